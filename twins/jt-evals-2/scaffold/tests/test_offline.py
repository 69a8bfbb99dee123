"""A first test: the harness without any network, against a feature made of a few lines."""

from __future__ import annotations

import json

from evalharness import offline
from evalharness.client import Answer


class Feature:
    """Answers every ticket alike."""

    def __init__(self, output: str) -> None:
        self.output = output

    def ask(self, text: str) -> Answer:
        return Answer(200, self.output, 560.0, 0.00035, 500)


GOOD = Feature(json.dumps({"category": "billing", "priority": "low", "reply": "Thanks."}))
BROKEN = Feature('{"category": "billing", "prio')


def test_a_release_like_the_baseline_passes() -> None:
    report = offline.run(GOOD, offline.calibrate(GOOD))
    assert report["verdict"] == "pass"


def test_a_release_whose_answers_are_cut_off_fails_with_a_check_of_format() -> None:
    report = offline.run(BROKEN, offline.calibrate(GOOD))
    assert report["verdict"] == "fail"
    assert "format" in {check["kind"] for check in report["checks"] if not check["passed"]}
