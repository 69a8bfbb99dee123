"""The credentials of a commit, together with those that the event at hand has just signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.acts.issue.deriving import attempt_of, facts
from jobtwin.credential.program import Cited, TrackFacts
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.credential import Issued
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.records.credential import IssuedTrack, TrackPart
    from jobtwin.repository.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the parts of a track are taken from."""

    ledger: Ledger
    fresh: Mapping[str, bytes]
    """Path → content of what is added to the commit."""

    def latest(self, credential: str) -> tuple[Issued, bytes] | None:
        """Return a twin's credential as it is served: the latest record with its signed file."""
        number, found = 1, None
        while record := self._record(credential, number):
            found = record, self.signed(credential, number)
            number += 1
        return found

    def signed(self, credential: str, number: int) -> bytes:
        """Return a signed file; raises `EngineError` where there is none."""
        path = layout.signed(credential, number)
        content = self._read(path)
        if content is None:
            raise EngineError(f"{path} is not there", "run `jobtwin audit`")
        return content

    def track_facts(self, issued: IssuedTrack) -> TrackFacts:
        """Return the records that a track's credential is derived from; raises `EngineError`."""
        return TrackFacts(
            issuer=self.ledger.issuer,
            track=self.ledger.pinned_track(issued.definition),
            issued=issued,
            parts=tuple(self._cited(part) for part in issued.parts),
        )

    def tip(self, name: str, latest: str) -> str:
        """Return what the next record of a credential follows, whose `latest` is an issued one."""
        content, revoked = self._read(layout.revoked(name)), self.ledger.revoked(name)
        is_last = content and revoked and revoked.previous == latest
        return digest(content or b"") if is_last else latest

    def _cited(self, part: TrackPart) -> Cited:
        record = self._record(part.credential, part.number)
        attempt = attempt_of(self.ledger, record.attempt) if record else None
        if record is None or attempt is None:
            message = f"part {part.credential} has no record number {part.number}"
            raise EngineError(message, "run `jobtwin audit`")
        return Cited(part, facts(self.ledger, attempt, record))

    def _record(self, credential: str, number: int) -> Issued | None:
        path = layout.issued(credential, number)
        content = self._read(path)
        return None if content is None else load(Issued, content, path).record

    def _read(self, path: str) -> bytes | None:
        return self.fresh.get(path) or self.ledger.tree.read(path)
