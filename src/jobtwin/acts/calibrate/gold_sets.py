"""Gold sets as they lie in the ledger: found, opened, and who was handed which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.records.calibration import GoldSet
from jobtwin.rules import gold, rounds, scoring
from jobtwin.rules.eligibility import names_of
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.records.calibration import Handed
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Ledger
    from jobtwin.rules.gold import Reference, Secrets
    from jobtwin.rules.rounds import Shelf, Turn

NO_SET = Code(
    "CAL-002",
    "there is no such gold set for this rubric",
    why="A calibration speaks of one twin and one version of its rubric.",
    fix="Look under calibration/<twin>/ for the sets that are not retired.",
)
UNREADABLE = Code(
    "CAL-006",
    "what is sealed cannot be opened",
    why="Nothing can be compared.",
    fix="Seal answers with `jobtwin calibrate round`; open items with the key in your mentor file.",
)


def need_twin(ledger: Ledger, twin_id: str) -> Twin:
    """Return a twin as it is now; raises `Refused` where there is none."""
    found = ledger.twin(twin_id)
    if found is None:
        raise Refused(
            [NO_SET.at(f"`{twin_id}` is not a twin; there are {', '.join(ledger.twins)}")]
        )
    return found.record


def named(ledger: Ledger, twin_id: str, set_id: str) -> tuple[Twin, GoldSet]:
    """Return twin and set; raises `Refused` unless it is in use for the present rubric."""
    twin, gold_set = need_twin(ledger, twin_id), need_set(ledger, twin_id, set_id)
    if gold_set.rubric != scoring.rubric_digest(twin):
        message = f"`{set_id}` is no set for the present rubric of `{twin_id}`"
        raise Refused([NO_SET.at(message)])
    if is_retired(ledger, gold_set):
        raise Refused([NO_SET.at(f"`{set_id}` is retired: its scores are known")])
    return twin, gold_set


def need_set(ledger: Ledger, twin_id: str, set_id: str) -> GoldSet:
    """Return a gold set, retired or not; raises `Refused` where there is none."""
    found = ledger.load(GoldSet, gold.set_path(twin_id, set_id))
    if found is None:
        raise Refused([NO_SET.at(f"`{set_id}` is no gold set of `{twin_id}`")])
    return found.record


def is_retired(ledger: Ledger, gold_set: GoldSet) -> bool:
    """Say whether a set's secrets are published."""
    return ledger.tree.read(layout.retired(gold_set.twin, gold_set.id)) is not None


def sets(ledger: Ledger, twin_id: str) -> tuple[GoldSet, ...]:
    """Return all gold sets of a twin, retired ones too, in the order of their ids."""
    names = ledger.tree.names(f"calibration/{twin_id}")
    found = (ledger.load(GoldSet, gold.set_path(twin_id, name)) for name in sorted(names))
    return tuple(item.record for item in found if item)


def reference(ledger: Ledger, gold_set: GoldSet, secrets: Secrets) -> Reference:
    """Return a set's reference; raises `EngineError` where it is not what it should be."""
    sealed = ledger.tree.read(gold.reference_path(gold_set))
    if sealed is None:
        raise EngineError(f"gold set {gold_set.id} has no reference", "restore it from the history")
    return gold.open_reference(gold_set, sealed, secrets.answers)


def shelf(ledger: Ledger, twin_id: str, secret: bytes) -> Iterator[Shelf]:
    """Yield every set of a twin as it stands, opened with the gold secret."""
    given = [
        {item.record.gold_set for item in ledger.handed(mentor.id, twin_id)}
        for mentor in ledger.mentors
    ]
    for one in sets(ledger, twin_id):
        opened = reference(ledger, one, gold.secrets_of(one, secret))
        mentors = sum(one.id in names for names in given)
        yield rounds.Shelf(
            one, mentors, is_retired(ledger, one), frozenset(opened.artifacts.values())
        )


def turns(ledger: Ledger, mentor: str, twin_id: str) -> tuple[Turn, ...]:
    """Return what a mentor was handed for a twin, and what came of it, the first one first."""
    handed = (item.record for item in ledger.handed(mentor, twin_id))
    results = ((item.digest, item.record) for item in ledger.calibrations(mentor, twin_id))
    return rounds.turns(handed, results)


def known_to(ledger: Ledger, mentor: Mentor, twin_id: str) -> tuple[Handed, ...]:
    """Return what a person was handed for a twin, under whatever id: a new key brings a new one."""
    names = sorted(names_of(mentor, ledger.mentors))
    return tuple(item.record for name in names for item in ledger.handed(name, twin_id))


def tip(ledger: Ledger, mentor: str, twin_id: str) -> str | None:
    """Return the digest of the last record in a mentor's chain of rounds, None before the first."""
    handed = ledger.handed(mentor, twin_id)
    answered = {item.record.number: item.digest for item in ledger.calibrations(mentor, twin_id)}
    last = handed[-1] if handed else None
    return answered.get(last.record.number, last.digest) if last else None


def last_handed(ledger: Ledger, mentor: str, twin_id: str) -> Handed:
    """Return what a mentor was handed last; raises `Refused` where that was nothing."""
    found = ledger.handed(mentor, twin_id)
    if not found:
        message = f"`{mentor}` holds no set of `{twin_id}`: comment `/calibrate {twin_id}` first"
        raise Refused([rounds.NOT_HANDED.at(message)])
    return found[-1].record


def items(ledger: Ledger, gold_set: GoldSet, items_secret: bytes) -> Mapping[str, bytes]:
    """Return the files of all items by `<item>/<path>`; raises `EngineError`."""
    files: dict[str, bytes] = {}
    for item in gold_set.items:
        sealed = ledger.tree.read(gold.item_path(gold_set, item.id))
        if sealed is None or digest(sealed) != item.digest:
            raise EngineError(f"{item.id} of {gold_set.id} is not what set.yml names", "restore it")
        opened = gold.open_item(sealed, items_secret)
        files |= {f"{item.id}/{path}": content for path, content in opened.items()}
    return files
