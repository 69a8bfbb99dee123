"""What a free question is about. Keywords only; the app's buttons send `ask` directly."""

from __future__ import annotations

ASKS = ("interaction", "dose", "storage", "driving")

# The first kind with a keyword in the question wins, so the order matters:
# "which dose may I combine with..." is about the combination.
KEYWORDS = {
    "interaction": ["together", "combine", "interact", "mix", "alongside"],
    "dose": ["how much", "dose", "dosage", "how many", "how often"],
    "storage": ["store", "storage", "keep", "fridge", "expire"],
    "driving": ["drive", "driving", "machine", "car"],
}


def route_question(question: str, seen: list[str] = []) -> str | None:  # noqa: B006
    """The kind of a question, None if no keyword occurs."""
    text = " " + " ".join(question.casefold().split()) + " "
    for kind in ASKS:
        for keyword in KEYWORDS[kind]:
            if keyword in text:
                return kind
    if len(seen) < 100:
        seen.append(question)  # what we could not place, for the next keyword review
    return None
