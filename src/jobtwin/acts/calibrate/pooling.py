"""How all mentors of a twin differ from the reference, as one table, for operators and mentors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.acts.calibrate import gold_sets
from jobtwin.errors import EngineError, Refused
from jobtwin.records import layout
from jobtwin.records.calibration import Calibrated, Round
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.rules import confusion, gold, rounds, scoring

if TYPE_CHECKING:
    from datetime import datetime

    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Ledger
    from jobtwin.rules.rounds import Ratings


def confusion_table(ledger: Ledger, holders: Holders, twin_id: str, at: datetime) -> str:
    """Return the pooled table of a twin's present rubric, in Markdown.

    One round of each mentor counts, the first; mentors enter in groups of the policy's
    `pooled_from`, in the order of those rounds. Raises `Refused` before the first group is full.
    """
    size = ledger.policy(CalibrationPolicy, at).pooled_from
    rubric = scoring.rubric_digest(gold_sets.need_twin(ledger, twin_id))
    firsts = (
        next((f.record for f in ledger.calibrations(m.id, twin_id) if f.record.rubric == rubric), 0)
        for m in ledger.mentors
    )
    ordered = sorted(
        (record for record in firsts if isinstance(record, Calibrated)),
        key=lambda record: (record.at, record.mentor),
    )
    taken = ordered[: len(ordered) // size * size]
    if not taken:
        message = f"{len(ordered)} of {size} mentors have answered for `{twin_id}`"
        raise Refused([confusion.TOO_FEW_MENTORS.at(message)])
    found = [_ratings(ledger, holders, record) for record in taken]
    return confusion.shown(
        confusion.pooled(found), len(taken), len({item for one in found for item in one})
    )


def _ratings(ledger: Ledger, holders: Holders, record: Calibrated) -> Ratings:
    """Return a round's ratings, without those that it was pooled with."""
    gold_set = gold_sets.need_set(ledger, record.twin, record.gold_set)
    given = ledger.need(Round, layout.round_file(record.mentor, record.twin, record.number))
    secrets = gold.secrets_of(gold_set, holders.gold)
    try:
        opened = gold.open_answers(given, secrets.answers)
    except ValueError as error:
        raise EngineError(f"round {record.number} of {record.mentor} does not open") from error
    reference = gold_sets.reference(ledger, gold_set, secrets).scores
    return rounds.paired(gold_set.id, opened.items, reference)
