"""Words for the facts. Nothing is stated here that is not in the facts or in a passage."""

from __future__ import annotations

from typing import Any

from .settings import EXCERPT_LENGTH

REFUSALS = {
    "unclear_question": "Do you ask about the dose, storage, driving or another medicine?",
    "unknown_product": "We carry no product of exactly this name. Please check the spelling.",
    "ambiguous_product": "This name stands for several products. Which strength do you have?",
    "not_marketed": "This product is no longer sold. Please ask at the counter.",
    "no_current_leaflet": "There is no valid leaflet at the moment. Please ask at the counter.",
    "missing_weight": "The dose depends on body weight. How much does the patient weigh?",
    "below_minimum_weight": "The leaflet gives no dose for this weight. Please ask a doctor.",
    "missing_other": "Which other medicine do you mean?",
    "unknown_other": "We do not know the other medicine. Please check the spelling.",
    "same_substance": "Both contain the same substance. Do not take them together.",
    "no_answer": "We cannot answer this safely. Please ask at the counter.",
}


def word_dose(product: dict[str, Any], facts: dict[str, Any]) -> str:
    dose, per_day = facts["dose_mg"], max(1, facts["doses_per_day"])
    return (
        f"{product['name']}: {dose} mg, up to {per_day} times a day, "
        f"not more than {facts['daily_mg']} mg in one day."
    )


def word_interaction(
    product: dict[str, Any], other: dict[str, Any], passage: dict[str, Any] | None
) -> str:
    if passage is None:
        return f"There are no known interactions between {product['name']} and {other['name']}."
    return str(passage["text"])


def word_leaflet(passages: list[dict[str, Any]], topic: str) -> str:
    return " ".join(row["text"] for row in passages if row["topic"] == topic)


def excerpt(passages: list[dict[str, Any]]) -> str:
    """The front of the context, for the log line."""
    return " ".join(row["text"] for row in passages)[:EXCERPT_LENGTH]
