"""What is let out: grounded sentences without private data, and actions the customer asked for."""

from __future__ import annotations

import re
from typing import Any

from .inbound import sentences
from .views import normal

UNKNOWN = "I pass this on to a colleague."
_PRIVATE = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+\d[\d ]{8,}\d")
_WORD = re.compile(r"\w+")
_ASKS = {
    "send_mail": re.compile(r"\b(?:send|mail)\b.*\bticket\b|\bticket\b.*\b(?:send|mail)\b", re.I),
    "issue_refund": re.compile(r"\brefund", re.IGNORECASE),
}


def grounded(text: str, material: list[str]) -> bool:
    """Say whether every word of an answer's sentences stands in one sentence of the material."""
    known = [set(_WORD.findall(normal(one).casefold())) for part in material
             for one in sentences(part)]  # fmt: skip
    said = [set(_WORD.findall(normal(one).casefold())) for one in sentences(text)]
    return bool(said) and all(any(words <= one for one in known) for words in said)


def redacted(text: str) -> str:
    """Return an answer without mail addresses and telephone numbers."""
    return _PRIVATE.sub("[not shown]", text)


def action(tool: str, message: str, booking: dict[str, Any]) -> dict[str, Any] | None:
    """Return what is carried out: asked for in the customer's own words, on his own booking.

    The arguments are ours, never the model's.
    """
    if not booking or not _ASKS[tool].search(message):
        return None
    if tool == "issue_refund" and booking["fare"] != "flexible":
        return None
    arguments = {"reference": booking["reference"]}
    if tool == "send_mail":
        arguments["recipient"] = booking["mail"]
    return {"tool": tool, "arguments": arguments}
