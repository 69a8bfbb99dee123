"""What is done to a message before anybody reads it: bounds, orders, personal data."""

from __future__ import annotations

import re
import unicodedata

MOST_SIGNS = 2_000
_ORDERS = re.compile(
    r"ignore (?:all|any|the|your|previous)|system prompt|you are now|pretend to be|"
    r"new instructions?|as an? (?:admin|developer)|set (?:topic|confidence|handoff)|override",
)
_PERSONAL = (
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"), "<mail>"),
    (re.compile(r"\+?\d[\d /-]{6,20}\d"), "<number>"),
    (re.compile(r"\b\d{4,8}\b"), "<code>"),
)


class RefusedError(ValueError):
    """A request that is not answered; its words go to whoever sent it."""


def message_of(body: object) -> str:
    """Return the text of a request; raises RefusedError for one that has none, or too much."""
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise RefusedError("`text` is missing or empty")
    if len(text) > MOST_SIGNS:
        raise RefusedError(f"`text` has more than {MOST_SIGNS} signs")
    return plain(text)


def plain(text: str) -> str:
    """Return the text with look-alike signs made one and invisible ones left out."""
    shown = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in shown if unicodedata.category(sign) not in ("Cf", "Cc", "Co"))


def gives_orders(text: str) -> bool:
    """Whether a message talks to the machine instead of about a parcel."""
    return _ORDERS.search(plain(text).lower()) is not None


def masked(text: str) -> str:
    """Return the text as it may stand in a log."""
    for pattern, word in _PERSONAL:
        text = pattern.sub(word, text)
    return text
