"""What pages say of one another: which credential an attempt has, and which one binds now.

Read from the newest record of each credential; of an earlier build only what has changed is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jobtwin.records import layout
from jobtwin.records.credential import Issued
from jobtwin.site.retakes import binding_now

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from jobtwin.repository.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Entry:
    """A credential as far as other pages speak of it."""

    at: datetime
    supersedes: str | None
    is_revoked: bool
    attempt: str | None
    """None of a track's credential."""
    parts: tuple[str, ...] = ()
    """The credentials that a track's cites."""

    def as_json(self) -> list[Any]:
        """Return what `entry_of` reads."""
        at = self.at.isoformat()
        return [at, self.supersedes, self.is_revoked, self.attempt, self.parts]


def entry_of(data: list[Any]) -> Entry:
    """Return an entry that was written before."""
    at, supersedes, is_revoked, attempt, parts = data
    return Entry(datetime.fromisoformat(at), supersedes, is_revoked, attempt, tuple(parts))


@dataclass(frozen=True)
class Index:
    """All credentials of a commit, by their ids."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    @cached_property
    def later(self) -> Mapping[str, str]:
        """Superseded credential → the one that binds now."""
        revoked = {name for name, entry in self.entries.items() if entry.is_revoked}
        return binding_now(self.entries, revoked)

    @cached_property
    def of_attempt(self) -> Mapping[str, str]:
        """Attempt → its credential."""
        named = sorted(self.entries.items())
        return {entry.attempt: name for name, entry in named if entry.attempt}

    @cached_property
    def tracks(self) -> tuple[str, ...]:
        """The credentials of tracks, sorted."""
        return tuple(sorted(name for name, entry in self.entries.items() if entry.parts))

    @cached_property
    def track_of(self) -> Mapping[str, str]:
        """Attempt → the track's credential that cites it, and that binds."""
        return {
            attempt: name
            for name in self.tracks
            if not self.entries[name].is_revoked and name not in self.later
            for part in self.entries[name].parts
            if part in self.entries and (attempt := self.entries[part].attempt)
        }


def index(ledger: Ledger) -> Index:
    """Return the index of a commit; raises `Refused`."""
    return Index(_entries(ledger, ledger.credentials()))


def renewed(ledger: Ledger, before: Index, changed: Collection[str]) -> Index:
    """Return the index of a commit from that of another, of which these credentials differ."""
    kept = {name: entry for name, entry in before.entries.items() if name not in changed}
    return Index(kept | _entries(ledger, changed))


def _entries(ledger: Ledger, names: Iterable[str]) -> dict[str, Entry]:
    found = {}
    attempt: str | None
    parts: tuple[str, ...]
    for name in names:
        issued = ledger.issued_any(name)
        if issued:
            latest = issued[-1].record
            is_revoked = ledger.tree.read(layout.revoked(name)) is not None
            attempt, parts = None, ()
            if isinstance(latest, Issued):
                attempt = latest.attempt
            else:
                parts = tuple(part.credential for part in latest.parts)
            found[name] = Entry(latest.at, latest.supersedes, is_revoked, attempt, parts)
    return found
