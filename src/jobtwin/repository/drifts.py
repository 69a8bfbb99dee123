"""When mentors' grading of a twin stopped counting, as a commit has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.rules import drift, panel, sla
from jobtwin.rules.scoring import rubric_digest

if TYPE_CHECKING:
    from datetime import datetime

    from jobtwin.records.grade import Claim
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Ledger
    from jobtwin.rules.panel import Panel, Stops


def may_have(ledger: Ledger, mentor: str, twin_id: str) -> bool:
    """Say whether a mentor's grading may ever have stopped counting, by the bytes of his rounds."""
    folder = layout.rounds(mentor, twin_id)
    return any(
        name.startswith("drifted-")
        or (
            name.startswith("calibrated-")
            and b"recalibrate" in (ledger.tree.read(f"{folder}/{name}") or b"")
        )
        for name in ledger.tree.names(folder)
    )


def moments(ledger: Ledger, mentor: str, twin_id: str, rubric: str) -> tuple[datetime, ...]:
    """Return when a mentor's grading of a twin by a rubric stopped counting, sorted."""
    if not may_have(ledger, mentor, twin_id):
        return ()
    rounds = (item.record for item in ledger.calibrations(mentor, twin_id))
    short = [one.at for one in rounds if drift.fell_short(one, rubric)]
    return tuple(sorted(short + [item.record.at for item in ledger.drifts(mentor, twin_id)]))


def stops(ledger: Ledger, twin: Twin) -> Stops:
    """Return whom to ask when a mentor's grading of a twin's present rubric stopped counting."""
    return lambda mentor: moments(ledger, mentor, twin.id, rubric_digest(twin))


def panel_of(ledger: Ledger, attempt: Attempt, twin: Twin) -> Panel:
    """Return an attempt's panel; `twin` is the one that it pins."""
    return panel.panel(twin, attempt.records, stops(ledger, twin))


def of_claim(ledger: Ledger, attempt: Attempt, claim: Claim) -> tuple[datetime, ...]:
    """Return when the grading of a claim's mentor stopped counting for its attempt."""
    twin = ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)
    return moments(ledger, claim.mentor, attempt.twin, rubric_digest(twin))


def stopped(ledger: Ledger, attempt: Attempt, claim: Claim) -> datetime | None:
    """Return when a suspension ended a claim; None where none has."""
    return sla.stopped(claim, of_claim(ledger, attempt, claim))
