"""How hidden gold is carried into the queue, and how its reviews stop a mentor who has drifted.

Only the job with the gold key can tell which attempts are gold; what it says in public, and what it
writes while nobody has drifted, is the same whatever came in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtwin.acts.calibrate import gold_sets
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.calibration import Drifted
from jobtwin.records.grade import Reviewed
from jobtwin.records.organisation import QueuePolicy
from jobtwin.repository import drifts, hidden, moments, queues
from jobtwin.rules import drift, gold, scoring
from jobtwin.rules import hidden as rules
from jobtwin.rules.agreement import agreement
from jobtwin.rules.ledger import digest, sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.calibration import Agreement, GoldSet
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Ledger
    from jobtwin.rules.gold import Reference
    from jobtwin.rules.hidden import Graded, Item

NOT_CARRIED = Code(
    "CAL-021",
    "the item is not one to be carried",
    why="An item of a round that lies in the queue would be seen twice, and a used one is known.",
    fix="Name an item of a set with `use: queue` that no attempt has handed in yet.",
)
SAID = "Looked at what was graded; nothing is said of it."


@dataclass(frozen=True, slots=True)
class Hidden:
    """How much hidden gold a twin's queue holds; for operators' eyes."""

    carried: Mapping[str, str]
    """Attempt → digest of its item's files, of everything carried so far."""
    waiting: int
    """Attempts that wait for a mentor now, those of gold among them."""
    missing: int
    """How many items are to be carried now."""


def watch(event: Event, ledger: Ledger, holders: Holders, twin_id: str) -> Effects:
    """Stop every mentor of a twin whose agreement over hidden items lies below the floor.

    Writes nothing for anybody else, and says the same whatever it saw.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    twin = gold_sets.need_twin(ledger, twin_id)
    policy = ledger.policy(QueuePolicy, event.at)
    items = _carried(ledger, holders, twin)
    records: dict[str, bytes] = {}
    for mentor, graded in _graded(ledger, twin, items).items():
        stops = drifts.moments(ledger, mentor, twin.id, scoring.rubric_digest(twin))
        ratings = rules.ratings(graded, stops, policy)
        if not ratings:
            continue
        found = agreement(ratings, scoring.weights(twin), twin.pass_threshold)
        if drift.is_below(found, policy):
            record = _record(event, ledger, holders, mentor, twin.id, found)
            records[layout.drifted(mentor, twin.id, record.number)] = write(record)
    return Effects(
        records=records,
        message=f"Grading stops counting at {twin.id}" if records else "",
        comment=SAID,
    )


def _record(
    event: Event, ledger: Ledger, holders: Holders, mentor: str, twin_id: str, found: Agreement
) -> Drifted:
    signer, before = holders.signer("desk"), ledger.drifts(mentor, twin_id)
    record = Drifted(
        format=1,
        at=event.at,
        event=event.id,
        previous=before[-1].digest if before else None,
        key=signer.key_id,
        mentor=mentor,
        twin=twin_id,
        number=len(before) + 1,
        policy=ledger.policies(event.at)["queue"][1],
        agreement=found,
    )
    return sign(record, signer)


def _carried(ledger: Ledger, holders: Holders, twin: Twin) -> dict[str, tuple[Attempt, Item]]:
    """Return the attempts at a twin that are gold, with their items."""
    known = rules.items(_opened(ledger, holders, twin))
    attempts = {one.id: one for one in ledger.attempts(twin.id)} if known else {}
    handed = (hidden.handed_in(ledger, one) for one in attempts.values())
    found = rules.carried((one for one in handed if one), known)
    return {name: (attempts[name], item) for name, item in found.items()}


def _opened(ledger: Ledger, holders: Holders, twin: Twin) -> Iterator[tuple[GoldSet, Reference]]:
    rubric = scoring.rubric_digest(twin)
    for one in gold_sets.sets(ledger, twin.id):
        if one.use == "queue" and one.rubric == rubric:
            secrets = gold.secrets_of(one, holders.gold)
            yield one, gold_sets.reference(ledger, one, secrets)


def _graded(
    ledger: Ledger, twin: Twin, items: Mapping[str, tuple[Attempt, Item]]
) -> dict[str, list[Graded]]:
    """Return mentor → reviews of hidden items; a review that is still sealed waits."""
    found: dict[str, list[Graded]] = {}
    for attempt, item in items.values():
        for receipt in attempt.all(Reviewed):
            review = ledger.review(twin.id, attempt.id, receipt.record.number)
            if review:
                one = rules.graded(review, receipt.record.at, item)
                found.setdefault(receipt.record.mentor, []).append(one)
    return found


def hidden_gold(ledger: Ledger, holders: Holders, twin_id: str, at: datetime) -> Hidden:
    """Return what an operator needs to know to keep the queue's share of gold; never published."""
    twin = gold_sets.need_twin(ledger, twin_id)
    items = _carried(ledger, holders, twin)
    waiting = {
        one.candidate.attempt for one in queues.register(ledger, twin_id).waiting(twin_id, at)
    }
    policy = ledger.policy(QueuePolicy, at)
    count = rules.missing(len(waiting), len(waiting & items.keys()), policy)
    handed = (hidden.handed_in(ledger, attempt) for attempt, _ in items.values())
    return Hidden({one.attempt: one.identity for one in handed if one}, len(waiting), count)


def carry(
    ledger: Ledger, holders: Holders, twin_id: str, set_id: str, item: str
) -> dict[str, bytes]:
    """Return the files of an item that a carrier hands in, by path; raises `Refused`."""
    twin, gold_set = gold_sets.named(ledger, twin_id, set_id)
    named = next((one for one in gold_set.items if one.id == item), None)
    if gold_set.use != "queue" or named is None:
        raise Refused([NOT_CARRIED.at(f"`{set_id}` has no item {ascii(item)[:40]} for the queue")])
    sealed = ledger.tree.read(gold.item_path(gold_set, item))
    if sealed is None or digest(sealed) != named.digest:
        raise EngineError(f"{item} of {set_id} is not what set.yml names", "restore it")
    files = gold.open_item(sealed, gold.secrets_of(gold_set, holders.gold).items)
    mine = gold.identity(files)
    for attempt, _ in _carried(ledger, holders, twin).values():
        handed = hidden.handed_in(ledger, attempt)
        if handed and handed.identity == mine:
            raise Refused([NOT_CARRIED.at(f"`{item}` of `{set_id}` was carried already")])
    return files
