"""A mentor who has drifted: when grading stops counting, and what becomes of what rests on it.

A mentor drifts in a round that falls short, or by hidden gold items that were graded too far from
their reference. What was graded since the last good round is in doubt; before it, it is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jobtwin.records.base import stamp
from jobtwin.rules import panel
from jobtwin.rules.scoring import exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from jobtwin.records.calibration import Agreement, Calibrated
    from jobtwin.records.grade import Decision, Review
    from jobtwin.records.organisation import QueuePolicy
    from jobtwin.records.twin import Twin

Fate = Literal["kept", "reviewed again", "superseded", "revoked"]


@dataclass(frozen=True, slots=True)
class Span:
    """What a mentor graded after one moment and up to another is in doubt."""

    after: datetime | None
    """The last good round; None where there was none."""
    until: datetime
    """When grading stopped counting."""

    def covers(self, at: datetime) -> bool:
        """Say whether a review that was handed in at a moment is in doubt."""
        return at <= self.until and (self.after is None or at > self.after)


def fell_short(record: Calibrated, rubric: str) -> bool:
    """Say whether a round took away what an earlier one had given; an extension does not.

    A round is by the rubric of its time, and speaks of no other.
    """
    return record.rubric == rubric and record.ruling == "recalibrate"


def is_below(found: Agreement, policy: QueuePolicy) -> bool:
    """Say whether agreement over hidden items stops grading: enough of them, and too low.

    An undefined kappa stops nothing: the items said too little.
    """
    enough = found.items >= policy.floor_items
    return enough and found.kappa is not None and found.kappa < policy.floor_kappa


def spans(rounds: Sequence[Calibrated], suspended: Iterable[datetime]) -> Iterator[Span]:
    """Yield what is in doubt of a mentor's work at a twin, the earliest first.

    `rounds` are what his rounds came to, `suspended` the moments from which grading did not count.
    """
    good = [record.at for record in rounds if record.ruling == "calibrated"]
    for until in sorted(suspended):
        yield Span(max((at for at in good if at < until), default=None), until)


def fate(
    twin: Twin,
    decision: Decision,
    sound: Sequence[Review],
    later: Decision | None,
) -> tuple[Fate, str]:
    """Return what happens to a credential that rests on a review in doubt, and why.

    `sound` are the other reviews of its panel that are in no doubt, in their order, `later` what
    others have decided since, if they have. Nothing is revoked for a mentor's drift alone: only
    where others have read the work and it does not hold.
    """
    if later is not None:
        return _decided_anew(decision, later)
    if len(sound) < twin.reviewers:
        words = f"{len(sound)} of {twin.reviewers} reviews are left; it stands until others decide"
        return "reviewed again", words
    left = f"the {len(sound)} reviews that are left"
    if not _clears(twin, decision, sound):
        return "revoked", f"{left} do not bear it"
    return "kept", f"{left} bear it without this mentor's"


def _decided_anew(decision: Decision, later: Decision) -> tuple[Fate, str]:
    words = f"others decided on {stamp(later.at)}: {later.verdict}"
    if later.verdict != "pass":
        return "revoked", words
    if says_less(decision, later):
        return "superseded", f"{words}, and it says less: the credential is signed again"
    return "kept", f"{words}, and bear all that it says"


def says_less(decision: Decision, later: Decision) -> bool:
    """Say whether a later decision bears less than one: a lower score, or a skill missing or lower.

    Then a credential of the earlier one says more than sound reviews do.
    """
    borne = {skill.id: skill.weight for skill in later.skills}
    lower = any(borne.get(skill.id, 0) < skill.weight for skill in decision.skills)
    return lower or exact(later.overall) < exact(decision.overall)


def _clears(twin: Twin, decision: Decision, sound: Sequence[Review]) -> bool:
    """Say whether reviews reach the threshold and assert every skill as the decision does."""
    if exact(panel.overall(twin, sound)) < exact(twin.pass_threshold):
        return False
    borne = {skill.id: skill.weight for skill in panel.skills(twin, sound)}
    return all(borne.get(skill.id, 0) >= skill.weight for skill in decision.skills)
