"""How a gold set ends: its secrets are published, and everybody can compute every round again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin.acts.calibrate import gold_sets
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import stamp, write
from jobtwin.records.calibration import Retired
from jobtwin.repository import moments
from jobtwin.rules import gold, rounds
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.calibration import GoldSet
    from jobtwin.repository.ledger import Ledger

IN_USE = Code(
    "CAL-014",
    "the gold set is still in use",
    why="Once its scores are published, answers to it measure nothing.",
    fix="Wait until every hand-out is answered or lapsed.",
)


def retire(event: Event, ledger: Ledger, holders: Holders, twin_id: str, set_id: str) -> Effects:
    """Publish the secrets of a gold set; raises `Refused` while a mentor still holds it.

    What they open was committed to: `audit` compares it, and computes every round on the set
    again. A set that is retired already stays as it is.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    gold_set = gold_sets.need_set(ledger, twin_id, set_id)
    if gold_sets.is_retired(ledger, gold_set):
        return Effects(comment=f"`{set_id}` of {twin_id} is retired already.")
    if findings := list(_held(ledger, gold_set, event.at)):
        raise Refused(findings)
    secrets = gold.secrets_of(gold_set, holders.gold)
    gold_sets.reference(ledger, gold_set, secrets)  # what cannot be shown is not retired
    signer = holders.signer("desk")
    record = sign(
        Retired(
            format=1,
            at=event.at,
            event=event.id,
            key=signer.key_id,
            twin=twin_id,
            gold_set=set_id,
            items_secret=secrets.items.hex(),
            answers_secret=secrets.answers.hex(),
        ),
        signer,
    )
    return Effects(
        records={layout.retired(twin_id, set_id): write(record)},
        message=f"Retire gold set {set_id} of {twin_id}",
        comment=f"`{set_id}` of {twin_id} is retired: items, reference and all answers are open.",
    )


def _held(ledger: Ledger, gold_set: GoldSet, at: datetime) -> Iterator[Finding]:
    for mentor in ledger.mentors:
        taken = gold_sets.turns(ledger, mentor.id, gold_set.twin)
        held = rounds.open_turn(taken, at)
        if held and held.gold_set == gold_set.id:
            yield IN_USE.at(f"`{mentor.id}` may answer it until {stamp(held.due)}")
