"""The tools that the model is offered. What stands in `actions` of an answer is carried out."""

from __future__ import annotations

from typing import Any


def _tool(name: str, description: str, fields: dict[str, str]) -> dict[str, Any]:
    properties = {
        key: {"type": "string", "description": what} for key, what in fields.items()
    }
    schema = {"type": "object", "properties": properties, "required": list(fields)}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": schema},
    }


TOOLS = [
    _tool(
        "send_mail",
        "Send the ticket by mail.",
        {"reference": "the booking", "recipient": "a mail address"},
    ),
    _tool("issue_refund", "Refund the fare.", {"reference": "the booking"}),
]
