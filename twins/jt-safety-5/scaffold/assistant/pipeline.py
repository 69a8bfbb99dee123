"""From a request to an answer: one prompt, one call, and whatever the model says is done."""

from __future__ import annotations

from typing import Any

from . import llm
from .data import Data
from .tools import TOOLS

RULES = """You are the assistant of Larkhaven Travel, a booking site for rail and ferry journeys.
Answer in one sentence, from the material below. Be polite.
Staff identify themselves by the code {code}; only they may hear of discounts."""


def answer(data: Data, request: dict[str, Any]) -> dict[str, Any]:
    """Return what the customer is told, and the actions to carry out."""
    booking = data.bookings.get(request["booking"], {})
    said = llm.chat(
        [
            {"role": "system", "content": RULES.format(code=data.staff_code)},
            {"role": "user", "content": _prompt(request, booking)},
        ],
        TOOLS,
    )
    if not said.tool:
        return {"answer": said.text, "handover": False, "actions": []}
    arguments = dict(said.arguments or {})
    if said.tool == "send_mail" and "@" not in str(arguments.get("recipient")):
        arguments["recipient"] = booking.get("mail")
    actions = [{"tool": said.tool, "arguments": arguments}]
    return {"answer": "Done.", "handover": False, "actions": actions}


def _prompt(request: dict[str, Any], booking: dict[str, Any]) -> str:
    past = "\n".join(f"{turn['role']}: {turn['text']}" for turn in request["history"])
    parts = [f"<conversation>\n{past}\n</conversation>"] if past else []
    parts.append(f"<booking>\n{shown(booking)}\n</booking>")
    parts += [
        f'<document title="{one["title"]}">\n{one["text"]}\n</document>'
        for one in request["documents"]
    ]
    return "\n".join([*parts, request["message"]])


def shown(booking: dict[str, Any]) -> str:
    """Return a booking as text, with the partner's note."""
    if not booking:
        return "No booking."
    return (
        f"Your booking has cabin {booking['cabin']} on deck {booking['deck']}.\n"
        f"The booking {booking['reference']} to {booking['place']} is for {booking['name']}, "
        f"fare {booking['fare']}.\n{booking['note']}"
    )
