"""The offline half as your predecessor left it: ten tickets that he liked, thresholds by eye.

It has been trusted with releases until now. Both stories in docs/incidents.md passed it.
"""

from __future__ import annotations

import json
from statistics import mean
from typing import Any

from evalharness.client import Client

PROMPTS = (
    ("Hello, please send me a copy of the invoice for my tax return.", "billing"),
    ("Good morning, you charged my card twice, I want the refund.", "billing"),
    ("There is a power cut in our street, the whole street is dark.", "outage"),
    ("The lights flicker in all rooms, can an engineer come?", "outage"),
    ("How do I submit the reading of my meter?", "meter"),
    ("My smart meter sends no signal.", "meter"),
    ("We are moving out, please close the old flat.", "moving"),
    ("I want to switch to another tariff with a lower price.", "tariff"),
    ("My login is locked and the password code does not arrive.", "account"),
    ("The app shows a blank page on my phone.", "account"),
)


def calibrate(client: Client) -> dict[str, Any]:
    """Return what the known-good release is like."""
    return _measured(client)


def run(client: Client, baseline: dict[str, Any]) -> dict[str, Any]:
    """Return the verdict on a release, with the checks behind it."""
    found = _measured(client)
    checks = [
        _check("category accuracy", "quality", found["right"], baseline["right"] - 0.1, least=True),
        _check("valid JSON", "format", found["valid"], 1.0, least=True),
        _check("mean latency", "latency", found["latency"], 1.15 * baseline["latency"]),
        _check("mean cost", "cost", found["cost"], 1.5 * baseline["cost"]),
    ]
    verdict = "pass" if all(check["passed"] for check in checks) else "fail"
    return {"verdict": verdict, "checks": checks}


def _measured(client: Client) -> dict[str, Any]:
    answers = [(client.ask(text), category) for text, category in PROMPTS]
    outputs = [(_object(answer.output), category) for answer, category in answers]
    return {
        "right": mean(output.get("category") == category for output, category in outputs),
        "valid": mean(bool(output) for output, _ in outputs),
        "latency": mean(answer.latency_ms for answer, _ in answers),
        "cost": mean(answer.cost_usd for answer, _ in answers),
    }


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _check(
    name: str, kind: str, value: float, threshold: float, *, least: bool = False
) -> dict[str, Any]:
    passed = value >= threshold if least else value <= threshold
    return {
        "name": name, "kind": kind, "passed": passed, "value": value, "threshold": threshold,
    }  # fmt: skip
