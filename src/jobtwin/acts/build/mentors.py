"""Where mentors stand by a commit's records, read without reading all that was ever graded."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.records.calibration import Calibrated, Drifted
from jobtwin.records.grade import Reviewed
from jobtwin.rules.eligibility import in_force, uncalibrated
from jobtwin.rules.scoring import rubric_digest
from jobtwin.rules.signature import fingerprint
from jobtwin.site.mentor_page import MentorHistory, Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from jobtwin.acts.build.facts import Facts
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Ledger


def history(ledger: Ledger, mentor: Mentor) -> MentorHistory:
    """Return every time that a mentor's agreement was measured."""
    measured: list[Calibrated | Drifted] = []
    for twin in ledger.twins:
        measured += [filed.record for filed in ledger.calibrations(mentor.id, twin)]
        measured += [filed.record for filed in ledger.drifts(mentor.id, twin)]
    rounds = sorted(measured, key=lambda item: (item.at, item.twin, item.number))
    return MentorHistory(mentor, fingerprint(mentor.key), tuple(rounds))


def standings(
    ledger: Ledger,
    histories: Sequence[MentorHistory],
    twins: Sequence[Twin],
    facts: Mapping[str, Facts],
    at: datetime,
) -> dict[str, tuple[Standing, ...]]:
    """Return mentor → where he stands at a moment with each twin that can be started or was.

    `facts` are those of all attempts, by their ids.
    """
    rubrics = {twin.id: rubric_digest(twin) for twin in twins}
    claimed: dict[tuple[str, str], dict[str, Facts]] = defaultdict(dict)
    for name, one in facts.items():
        for mentor in one.mentors:
            claimed[mentor, one.twin][name] = one

    def standing(known: MentorHistory, twin: Twin) -> Standing:
        rounds = tuple(item for item in known.rounds if item.twin == twin.id)
        calibrations = [item for item in rounds if isinstance(item, Calibrated)]
        stopped = [item.at for item in rounds if isinstance(item, Drifted)]
        by = in_force(calibrations, rubrics[twin.id])
        reviewed = list(_reviewed(ledger, by, claimed[known.mentor.id, twin.id])) if by else ()
        barred = uncalibrated(calibrations, rubrics[twin.id], reviewed, at, stopped)
        return Standing(twin, rounds, by, barred.reason if barred else None)

    return {
        known.mentor.id: tuple(
            found for twin in twins if (found := standing(known, twin)).rounds or twin.harness
        )
        for known in histories
    }


def _reviewed(ledger: Ledger, by: Calibrated, claimed: Mapping[str, Facts]) -> Iterator[datetime]:
    """Yield when a mentor signed off after a round, as often as it matters.

    `claimed` are the attempts at the twin that the mentor ever claimed. Fewer of them than the
    round is good for cannot use it up: then none is read.
    """
    enough = by.expires_after_reviews
    names = [name for name, one in claimed.items() if _may_follow(one, by.at)]
    if len(names) >= enough:
        receipts = (one for name in sorted(names) for one in _receipts(ledger, by.twin, name))
        mine = (one.at for one in receipts if one.mentor == by.mentor and one.at > by.at)
        yield from islice(mine, enough)


def _may_follow(one: Facts, at: datetime) -> bool:
    """Say whether an attempt may hold a review that was handed in after a moment.

    The only review of one that was decided by then was there before its decision.
    """
    wait = one.wait
    if wait is None or wait.decided is None or wait.decided > at:
        return True
    return wait.in_time + wait.late > 1


def _receipts(ledger: Ledger, twin: str, attempt: str) -> Iterator[Reviewed]:
    folder = layout.grade(twin, attempt)
    for name in ledger.tree.names(folder):
        if name.startswith("reviewed-") and name.endswith(".yml"):
            yield ledger.need(Reviewed, f"{folder}/{name}")
