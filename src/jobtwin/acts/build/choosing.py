"""Which units have to be made: all of them, or those that something has happened to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from jobtwin.acts.build import index as indexes
from jobtwin.acts.build import looking, memory
from jobtwin.acts.build.earlier import changes
from jobtwin.acts.build.making import Wanted, name
from jobtwin.repository import queues

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from jobtwin.acts.build.earlier import Changes, Earlier
    from jobtwin.acts.build.facts import Facts
    from jobtwin.acts.build.index import Index
    from jobtwin.repository.ledger import Ledger


@dataclass(frozen=True)
class Before:
    """An earlier build that can be gone on from."""

    earlier: Earlier
    changes: Changes
    out: Path
    look: Callable[[], Collection[str]]

    @cached_property
    def spoilt(self) -> Collection[str]:
        """Names of units whose files are not as they were left; waits for the look's end."""
        return self.look()

    def has(self, wanted: Wanted) -> bool:
        """Say whether a unit stands as it was made before."""
        label = name(wanted)
        return label in self.earlier.units and label not in self.spoilt


def before(
    ledger: Ledger, out: Path, as_of: datetime, has_archive: bool, workers: int
) -> Before | None:
    """Return the earlier build in a folder; None where nothing of its units is sure to hold.

    A process of its own begins to look at the files of its units.
    """
    kept = memory.read(memory.beside(out))
    if kept is None:
        return None
    look = looking.begin(out, kept.units, workers)
    found = memory.recall(kept)
    if found.as_of > as_of or found.has_archive != has_archive:
        return None
    since = changes(ledger, found.commit)
    return Before(found, since, out, look) if since else None


def index(ledger: Ledger, known: Before | None) -> Index:
    """Return which credentials a commit has."""
    if known is None:
        return indexes.index(ledger)
    return indexes.renewed(ledger, known.earlier.index, known.changes.credentials)


def attempts(ledger: Ledger, known: Before | None, index: Index, as_of: datetime) -> list[Wanted]:
    """Return the attempts to make, in the order of their ids."""
    every = dict(_every(ledger)) if known is None else _touched(known, index, as_of)
    return [("attempt", twin, attempt) for attempt, twin in sorted(every.items())]


def tracks(known: Before | None, index: Index, made: Collection[str]) -> list[Wanted]:
    """Return the credentials of tracks to make; `made` are the attempts that are made anew."""
    every: list[Wanted] = [("track", credential) for credential in index.tracks]
    if known is None:
        return every
    return [one for one in every if not known.has(one) or _is_touched(known, index, one, made)]


def learners(
    known: Before | None, facts: Mapping[str, Facts], made: Collection[str]
) -> tuple[list[Wanted], list[str]]:
    """Return the learners to make, and the names of all who have a page."""
    mine = defaultdict(list)
    for attempt, one in facts.items():
        mine[one.subject].append(attempt)
    asked = [subject for subject, names in mine.items() if _asks(facts, names)]
    every: list[Wanted] = [
        ("learner", subject, *(f"{one} {facts[one].twin}" for one in sorted(mine[subject])))
        for subject in sorted(asked)
    ]
    listed = [name(one) for one in every]
    if known is None:
        return every, listed
    touched = {facts[attempt].subject for attempt in made}
    return [one for one in every if one[1] in touched or not known.has(one)], listed


def _asks(facts: Mapping[str, Facts], names: list[str]) -> bool:
    """Say whether a learner asked for a page at the latest start."""
    latest = max(names, key=lambda attempt: (facts[attempt].started, attempt))
    return facts[latest].wants_page


def _every(ledger: Ledger) -> Iterator[tuple[str, str]]:
    for twin in ledger.tree.names("submissions"):
        for attempt in queues.ids(ledger, twin):
            yield attempt, twin


def _touched(known: Before, index: Index, as_of: datetime) -> dict[str, str]:
    """Return attempt → twin of what has changed, or stands otherwise than it was left."""
    found = {attempt: twin for twin, attempt in known.changes.attempts}
    related = _related(known, index)
    for label, unit in known.earlier.units.items():
        kind, _, attempt = label.partition(" ")
        facts = unit.facts
        if kind == "attempt" and facts and attempt not in found:
            is_due = facts.until is not None and facts.until <= as_of
            judged = any(
                mentor in facts.mentors and twin in (None, facts.twin)
                for mentor, twin in known.changes.mentors
            )
            if attempt in related or is_due or judged or label in known.spoilt:
                found[attempt] = facts.twin
    return found


def _related(known: Before, index: Index) -> set[str]:
    """Return the attempts whose credential, or whose track's, has changed in what is said of it."""
    old = known.earlier.index
    names = set(known.changes.credentials) | _differing(old.later, index.later)
    entries = [one.entries[name] for one in (old, index) for name in names if name in one.entries]
    found = {entry.attempt for entry in entries if entry.attempt}
    return found | _differing(old.track_of, index.track_of)


def _is_touched(known: Before, index: Index, wanted: Wanted, made: Collection[str]) -> bool:
    credential = wanted[1]
    parts = (index.entries.get(part) for part in index.entries[credential].parts)
    return (
        credential in known.changes.credentials
        or known.earlier.index.later.get(credential) != index.later.get(credential)
        or any(part is None or part.attempt in made for part in parts)
    )


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> set[str]:
    return {key for key, _ in old.items() ^ new.items()}
