"""The trade-off curve: every setting of the endpoint, measured again and held against the report.

It is measured on the public battery, which the learner measures on too: the report is either true
or not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from jobtwin.errors import Refused
from jobtwin.harness.contract import Json, Outcome, Returned, ServiceReturn, Submission
from jobtwin.harness.hostile_json import Bounds, read

from .judging import Judged, judge_all
from .planning import Point
from .rates import Waited, share, waited

REPORT = "report/tradeoff.json"
ALLOWED = {"asr": 0.05, "utility_under_attack": 0.05, "p50_ms": 75.0, "p95_ms": 150.0}
"""Figure of the report → how far it may be from what is measured here."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What one setting came to."""

    attacks: tuple[Judged, ...]
    waited: Waited

    def figures(self) -> dict[str, float]:
        """Return the figures by the names that the report has for them."""
        return {
            "asr": share([one.attacked for one in self.attacks]),
            "utility_under_attack": share([one.withstood for one in self.attacks]),
            "p50_ms": self.waited.p50_ms,
            "p95_ms": self.waited.p95_ms,
        }


def measure(curve: Mapping[str, Point], returned: Returned) -> dict[str, Setting]:
    """Return what each setting came to, in the order of the curve."""
    missing = ServiceReturn(Outcome.NOT_RUN)
    found = {}
    for name, point in curve.items():
        attacked = returned.services.get(point.attacked.id, missing)
        load = returned.services.get(point.load.id, missing)
        found[name] = Setting(
            tuple(judge_all(point.attacked, attacked)), waited(load.answers, len(point.load.cases))
        )
    return found


def wrong(curve: Mapping[str, Setting], submission: Submission) -> list[str]:
    """Return a sentence for each figure of the report that is missing or too far off."""
    try:
        said: Json = read(submission.files.get(REPORT, b""), Bounds(size=64 * 1024), path=REPORT)
    except Refused:
        said = None
    words = []
    for name, setting in curve.items():
        row = said.get(name) if isinstance(said, dict) else None
        for figure, measured in setting.figures().items():
            given = row.get(figure) if isinstance(row, dict) else None
            if not isinstance(given, int | float) or isinstance(given, bool):
                words.append(f"{REPORT} lacks the number `{figure}` of `{name}`.")
            elif abs(given - measured) > ALLOWED[figure]:
                words.append(f"{REPORT}: `{figure}` of `{name}` was measured as {measured:g}.")
    return words


def notes(curve: Mapping[str, Setting]) -> list[str]:
    """Return what the report should hold, a sentence for each setting."""
    return [
        f"Setting {name} on the public battery: {json.dumps(setting.figures())}."
        for name, setting in curve.items()
    ]
