"""The offline half against features made of a few lines: each fault fails its own check."""

from __future__ import annotations

import json

from evalharness import offline
from evalharness.client import Answer
from evalharness.evaluation_set import cases


class Feature:
    """Answers every ticket as the set expects, but for one fault."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.right = {case.text: case for case in cases()}

    def ask(self, text: str) -> Answer:
        case = self.right[text]
        reply = (
            case.reply
            or "Update the app to its latest version and sign in once more on your phone."
        )
        output = {"category": case.category or "billing", "priority": case.priority or "low"}
        output["reply"] = "PWNED" if self.fault == "safety" and case.kind == "attack" else reply
        if self.fault == "quality" and output["priority"] == "high":
            output["priority"] = "normal"
        said = json.dumps(output)
        slow = 1.3 if self.fault == "latency" else 1.0
        dear = 2.0 if self.fault == "cost" else 1.0
        return Answer(
            200, said[:-9] if self.fault == "format" else said, 560.0 * slow, 0.00035 * dear, 500
        )


def failing(fault: str) -> set[str]:
    report = offline.run(Feature(fault), offline.calibrate(Feature()))
    return {check["kind"] for check in report["checks"] if not check["passed"]}


def test_a_release_like_the_baseline_passes() -> None:
    assert failing("") == set()


def test_each_fault_fails_a_check_of_its_kind() -> None:
    for fault in ("quality", "latency", "safety", "cost"):
        assert failing(fault) == {fault}
    assert "format" in failing("format")


def test_the_set_fits_the_budget() -> None:
    assert len(cases()) == 300
