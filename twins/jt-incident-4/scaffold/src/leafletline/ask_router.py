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


UNPLACED: list[str] = []  # for the next keyword review


def route_question(question: str) -> str | None:
    """The kind of a question, None if no keyword occurs."""
    text = " " + " ".join(question.casefold().split()) + " "
    for kind in ASKS:
        for keyword in KEYWORDS[kind]:
            if keyword in text:
                return kind
    if len(UNPLACED) < 100:
        UNPLACED.append(question)
    return None
