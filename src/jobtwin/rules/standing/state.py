"""Where an attempt stands, as its records and a moment say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from jobtwin.rules import deadline, panel, receipts, sla

if TYPE_CHECKING:
    from datetime import datetime

    from jobtwin.records.grade import Claim, Decision, Review, Reviewed
    from jobtwin.records.submission import Evaluated, Expired, Received, Started
    from jobtwin.records.twin import Twin
    from jobtwin.rules.feedback import Before
    from jobtwin.rules.receipts import Numbered
    from jobtwin.rules.standing.links import Place

Stage = Literal[
    "started",
    "accepted",
    "late",
    "blocked",
    "refused",
    "nothing to grade",
    "waiting for a human",
    "evaluating",
    "infrastructure-error",
    "bundle-held",
    "waiting-for-mentor",
    "in-review",
    "passed",
    "retake",
    "not-cleared",
    "expired",
]
TRIES = 3
"""How often an attempt is run by itself when our machine fails: once and twice more; then a person
looks."""
RUNNING = ("started", "accepted", "late", "blocked", "refused")
LABELS = {
    "started": "The clock is running",
    "accepted": "Handed in, in time",
    "blocked": "A critical self-check is answered no",
    "refused": "The last push could not be taken in",
    "late": "The last push came after its deadline",
    "evaluating": "The machine measures what was handed in",
    "infrastructure-error": "Our machine failed; no attempt is used up",
    "bundle-held": "Something in it tells whose it is; an operator looks at it first",
    "waiting-for-mentor": "Measured; a calibrated mentor reads it next",
    "in-review": "A mentor is reading it",
    "no-mentor": "No mentor may read it at present; operators look for one",
    "passed": "Passed: bar and threshold are met",
    "retake": "Not cleared yet; another attempt is possible",
    "not-cleared": "Not cleared; no attempt is left",
    "expired": "Nothing that can be graded came before the last deadline",
}
"""Every label that a pull request may get, with what it says."""
_SHOWN_AS = {"nothing to grade": "late", "waiting for a human": "accepted"}
_WORST_FIRST = ("refused", "blocked", "late", "accepted", "noted")


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that an attempt's standing follows from."""

    twin: Twin
    started: Started
    now: datetime
    """The moment of the event that is answered."""
    grace_seconds: int
    place: Place
    receipts: tuple[Numbered, ...] = ()
    evaluated: tuple[Evaluated, ...] = ()
    expired: Expired | None = None
    claims: tuple[tuple[str, Claim], ...] = ()
    """Digest of the claim's file, and the claim."""
    """Those of the appeal, once there is one; so are reviews and decision."""
    reviewed: tuple[Reviewed, ...] = ()
    reviews_needed: int | None = None
    """How many reviews the decision waits for; None where the twin says it."""
    is_appeal: bool = False
    is_reopened: bool = False
    """Whether it is read anew since a mentor has drifted; so are claims, reviews and decision."""
    was_heard: bool = False
    """Whether the attempt has had its appeal."""
    is_held: bool = False
    """Whether something in the work tells whose it is, and no operator has let it through."""
    appeal_days: int | None = None
    """How long after a decision it may be appealed against; None where nobody may say so."""
    reviews: tuple[Review, ...] = ()
    """What mentors wrote; needed from the decision on."""
    decision: Decision | None = None
    before: Before | None = None
    """After an appeal, the decision that it was against."""
    credential: str | None = None
    """Where the credential is shown, once it is signed."""
    track: str | None = None
    """Where the credential of a whole track is shown that cites it."""
    is_published: bool = False
    """Whether a sealed attempt lies open by now, as its learner asked."""

    @property
    def wanted(self) -> int:
        """How many reviews the decision waits for."""
        return self.reviews_needed or self.twin.reviewers

    @property
    def closes(self) -> datetime:
        """When the last deadline is over, with its grace."""
        return deadline.last(self.started) + timedelta(seconds=self.grace_seconds)

    @property
    def is_handed_in(self) -> bool:
        """Whether nothing more can be handed in: the learner ended it, or time did."""
        return self.now > self.closes or receipts.final_at(r for _, r in self.receipts) is not None


def stage(case: Case) -> Stage:
    """Return where an attempt stands."""
    if case.decision:
        verdicts: dict[str, Stage] = {"pass": "passed", "retake": "retake", "fail": "not-cleared"}
        return verdicts[case.decision.verdict]
    if case.expired:
        return "expired"
    if case.evaluated and not case.evaluated[-1].counts:
        return "infrastructure-error"
    if case.evaluated and case.is_held and not _is_taken(case):
        return "bundle-held"
    if case.evaluated:
        return "in-review" if _is_taken(case) else "waiting-for-mentor"
    return _handed_in(case) if case.is_handed_in else _running(case)


def label(at: Stage) -> str:
    """Return the label that shows a stage."""
    return _SHOWN_AS.get(at, at)


def follows(case: Case) -> str:
    """Return the act that follows from where an attempt stands, or ``""`` when none does."""
    at = stage(case)
    if at == "evaluating":
        # Sealed work would lie in the workflow's artifacts: `sweep` asks an operator for it.
        return "" if case.started.is_measured_by_hand else "evaluate"
    if at in ("waiting-for-mentor", "in-review") and is_reviewed(case):
        return "decide"
    binds = case.decision is not None and case.decision.best == case.started.attempt
    is_due = case.credential is None or case.is_reopened
    return "issue" if at == "passed" and binds and is_due else ""


def is_reviewed(case: Case) -> bool:
    """Say whether all the reviews are there that the twin asks for."""
    return len(case.reviewed) >= case.wanted


def open_claims(case: Case) -> list[Claim]:
    """Return the claims that hold a place and have no review yet, the first one first."""
    signed_off = {item.claim for item in case.reviewed}
    held = sla.occupied(case.claims, signed_off, case.now)
    done = {claim.number for digest, claim in case.claims if digest in signed_off}
    return [claim for claim in held if claim.number not in done]


def _is_taken(case: Case) -> bool:
    return is_reviewed(case) or bool(open_claims(case))


def _handed_in(case: Case) -> Stage:
    if not receipts.gradable(case.receipts, case.twin):
        return "nothing to grade"
    found_later = receipts.needs_human(case.receipts, case.twin, case.closes)
    return "waiting for a human" if found_later else "evaluating"


def _running(case: Case) -> Stage:
    rulings = {receipt.ruling for receipt in telling(case)}
    for worst in sorted(rulings, key=_WORST_FIRST.index):
        if worst != "noted":
            return worst
    return "started"


def telling(case: Case) -> list[Received]:
    """Return the receipts of the event that a running attempt's state is about, none at first.

    Files or an update that were refused are mended by the next that are taken in; a checkpoint
    that was refused is not, until it is handed in again.
    """
    mended: set[str] = set()
    for push in pushes(case):
        kind = push[0].event.partition(".")[0]
        if all(receipt.ruling == "noted" for receipt in push):
            mended.add(kind)
        elif kind not in mended or any(receipt.checkpoint for receipt in push):
            return push
    return []


def pushes(case: Case) -> list[list[Received]]:
    """Return the receipts of each event, the latest event first."""
    found: list[list[Received]] = []
    for _, receipt in reversed(receipts.in_order(case.receipts)):
        if found and found[-1][0].event == receipt.event:
            found[-1].insert(0, receipt)
        else:
            found.append([receipt])
    return found


def appeal_until(case: Case) -> datetime | None:
    """Return until when the decision can be appealed against; None where it cannot."""
    if case.decision is None or case.appeal_days is None:
        return None
    days, until = case.appeal_days, case.decision.at + timedelta(days=case.appeal_days)
    barred = panel.not_appealable(case.decision, case.now, days, was_heard=case.was_heard)
    return None if barred else until
