"""What audit says of a panel that was not kept apart, not opened together, or of the wrong size."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobtwin.records.base import load
from jobtwin.records.grade import (
    Appealed,
    Decision,
    DimensionScore,
    OpenedReview,
    Review,
    Reviewed,
)
from jobtwin.records.twin import Twin
from jobtwin.rules import panel
from jobtwin.rules.replay import panels

TWIN = load(
    Twin,
    (Path(__file__).parents[2] / "bad" / "TWN-008" / "jt-sample-1" / "twin.yml").read_bytes(),
).record.model_copy(update={"reviewers": 2})
T0 = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def review(score: float) -> Review:
    return Review.model_construct(
        scores=tuple(
            DimensionScore.model_construct(dimension=d.id, score=score) for d in TWIN.rubric
        ),
        skills=(),
    )


@dataclass
class Case:
    """An honest panel of two or three, to be changed in one thing."""

    scores: tuple[float, ...] = (0.8, 0.85)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    decision: dict[str, Any] = field(default_factory=dict)
    stopped: int | None = None
    """Whose grading stopped counting after the reviews came in: the mentor of this one."""

    def __post_init__(self) -> None:
        self.reviews = [review(score) for score in self.scores]
        self.receipts = [
            {
                "number": number,
                "mentor": f"m{number}",
                "at": T0,
                "review": f"sha256:{number}",
                "review_signature": f"sha256:{number}{number}",
                "sealed": f"sha256:{number}{number}{number}",
                "needed": panel.needed(TWIN, self.reviews[:number], is_appeal=False),
            }
            for number in range(1, len(self.scores) + 1)
        ]
        given = [Reviewed.model_construct(**receipt) for receipt in self.receipts]
        self.decision = {
            "number": 1,
            "void": (),
            "opened": tuple(
                OpenedReview.model_construct(
                    number=r.number, review=r.review, review_signature=r.review_signature
                )
                for r in given
            ),
            "counting": panel.numbers(TWIN, given, self.reviews),
        }

    def found(self) -> list[str]:
        decision = Decision.model_construct(**self.decision)
        given = [Reviewed.model_construct(**receipt) for receipt in self.receipts]
        sitting = panel.panel(TWIN, given, lambda m: (T0,) if m == f"m{self.stopped}" else ())
        counting = [one for n, one in enumerate(self.reviews, start=1) if n != self.stopped]
        every = panels.check_panel(decision, "decision.yml", TWIN, sitting, counting)
        return [finding.message for finding in every]


@pytest.mark.parametrize("scores", [(0.8, 0.85), (0.9, 0.5, 0.85), (0.9, 0.5, 0.55)])
def test_an_honest_panel_holds(scores: tuple[float, ...]) -> None:
    assert Case(scores).found() == []


def test_a_third_that_was_not_needed_is_found() -> None:
    case = Case((0.8, 0.85, 0.8))
    case.receipts[1]["needed"] = case.receipts[2]["needed"] = 3
    assert any("3 reviews are there, 2 were needed" in text for text in case.found())
    assert any("review 2 says 3 are needed; it is 2" in text for text in case.found())


def test_a_third_that_was_needed_and_not_asked_for_is_found() -> None:
    case = Case((0.9, 0.5))
    case.receipts[1]["needed"] = 2
    assert case.found() == ["review 2 says 2 are needed; it is 3"]


def test_a_decision_that_opens_another_review_than_was_sealed_is_found() -> None:
    case = Case()
    other = case.decision["opened"][0].model_copy(update={"review": "sha256:other"})
    case.decision["opened"] = (other, case.decision["opened"][1])
    assert case.found() == ["it does not open the reviews that were sealed"]


def test_a_decision_that_leaves_a_review_sealed_is_found() -> None:
    case = Case()
    case.decision["opened"] = case.decision["opened"][:1]
    assert case.found() == ["it does not open the reviews that were sealed"]


def test_counting_the_pair_that_suits_better_is_found() -> None:
    case = Case((0.9, 0.5, 0.55))
    case.decision["counting"] = (1, 3)
    assert case.found() == ["it counts reviews (1, 3), not (2, 3)"]


def test_a_decision_that_counts_a_stopped_mentor_is_found() -> None:
    case = Case((0.9, 0.5, 0.55), stopped=1)
    found = case.found()
    assert "it leaves out reviews (), not (1,)" in found
    assert "it counts reviews (2, 3), not ()" in found


def test_a_decision_that_leaves_a_stopped_mentor_out_and_opens_what_he_wrote_holds() -> None:
    case = Case((0.9, 0.5, 0.55), stopped=1)
    case.decision |= {"void": (1,), "counting": ()}
    assert case.found() == []


@pytest.mark.parametrize(
    ("sealed", "reviewers", "is_appeal", "wrong"),
    [
        (True, 2, False, False),
        (False, 2, False, True),
        (True, 1, False, True),
        (False, 1, False, False),
        (True, 1, True, False),
        (False, 1, True, True),
    ],
)
def test_a_review_is_sealed_where_another_is_to_come_and_nowhere_else(
    sealed: bool, reviewers: int, is_appeal: bool, wrong: bool
) -> None:
    twin = TWIN.model_copy(update={"reviewers": reviewers})
    record = Reviewed.model_construct(sealed="sha256:1" if sealed else None)
    found = list(panels.check_sealing(record, "reviewed-1.yml", twin, is_appeal))
    assert [finding.code for finding in found] == (["AUD-090"] if wrong else [])


@pytest.mark.parametrize(
    ("verdict", "after", "against", "why"),
    [
        ("retake", 13, "sha256:1", None),
        ("retake", 15, "sha256:1", "within 14 days"),
        ("pass", 1, "sha256:1", "was passed"),
        ("retake", 1, "sha256:2", "not against the attempt's decision"),
        ("retake", 1, None, "not against the attempt's decision"),
    ],
)
def test_an_appeal_that_could_not_be_is_found(
    verdict: str, after: int, against: str | None, why: str | None
) -> None:
    decided = Decision.model_construct(verdict=verdict, number=1, at=T0)
    record = Appealed.model_construct(at=T0 + timedelta(days=after), decision="sha256:1")
    last = (against, decided) if against else None
    found = list(panels.check_appealed(record, "appealed.yml", last, 14))
    assert [why in finding.message for finding in found if why] == ([True] if why else [])
    assert bool(found) == bool(why)
