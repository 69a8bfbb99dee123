"""The tracks' credentials at each commit: what they cite, and that they fall with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count, takewhile
from typing import TYPE_CHECKING

from jobtwin.acts.issue.binding import best_of
from jobtwin.errors import EngineError, Refused
from jobtwin.records import layout
from jobtwin.records.credential import Issued, IssuedTrack, Revoked
from jobtwin.rules.ledger import digest
from jobtwin.rules.replay import tracks as rules
from jobtwin.rules.replay.tracks import Held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.acts.audit.attempts import Attempts
    from jobtwin.acts.audit.report import Notes
    from jobtwin.repository.ledger import Attempt, Ledger


@dataclass(slots=True)
class Tracks:
    """Every track's credential so far, and what was revoked."""

    attempts: Attempts
    notes: Notes
    issued: dict[str, Issued] = field(default_factory=dict)
    """A twin's credential → its latest record."""
    known: dict[str, IssuedTrack] = field(default_factory=dict)
    """A track's credential → its latest record."""
    revoked: set[str] = field(default_factory=set)
    fallen: list[Revoked] = field(default_factory=list)
    """Revoked in the commit at hand."""
    _citing: dict[str, dict[str, None]] = field(default_factory=dict)
    """A part → the tracks' credentials that have ever cited it."""

    def remember(self, record: Issued | IssuedTrack | Revoked) -> None:
        """Keep a record."""
        match record:
            case Issued():
                self.issued[record.credential] = record
            case IssuedTrack():
                self.known[record.credential] = record
                for part in record.parts:
                    self._citing.setdefault(part.credential, {})[record.credential] = None
            case Revoked():
                self.revoked.add(record.credential)

    def binds(self, attempt: Attempt) -> str | None:
        """Return which of a learner's attempts at a twin binds now: `attempt` or another one."""
        mine = self.attempts.of_learner[attempt.started.subject, attempt.twin]
        gone = frozenset(
            issued.attempt for name in self.revoked if (issued := self.issued.get(name))
        )
        found = best_of((self.attempts.known[folder] for folder in mine), gone)
        return found[0].id if found else None

    def finish(self) -> None:
        """Check that nothing stands at the end of a commit that rests on what fell in it."""
        for record in self.fallen:
            path = layout.revoked(record.credential)
            self.notes.turn(path)
            citing = [
                name
                for name in self._citing.get(record.credential, ())
                if record.credential in {part.credential for part in self.known[name].parts}
            ]
            self.notes.take(rules.check_fall(path, citing, self.revoked))
            mine = self.known.get(record.credential)
            self.notes.take(rules.check_named_part(record, path, mine, self.revoked))
        self.fallen = []

    def check(self, record: IssuedTrack, ledger: Ledger) -> None:
        """Check a fresh record against a commit that has it, all records of that one known."""
        path = layout.issued_track(record.credential, record.number)
        try:
            track = ledger.pinned_track(record.definition)
            as_it_is = ledger.tree.tree_id(layout.track(record.track))
        except (EngineError, Refused) as error:
            self.notes.take([rules.NOT_CLEARED.at(f"no track {record.track}: {error}", path)])
            return
        if track.id != record.track or (record.number == 1 and as_it_is != record.definition):
            message = f"the definition is not that of {layout.track(record.track)}"
            self.notes.take([rules.NOT_CLEARED.at(message, path)])
        held = dict(self._held(record, ledger))
        twins = [item.twin for item in track.twins]
        self.notes.take(rules.check_parts(record, path, twins, held))
        earlier = self.known.get(record.supersedes or "")
        theirs = dict(self._held(earlier, ledger)) if earlier else {}
        same = {one.subject for one in held.values()} == {one.subject for one in theirs.values()}
        self.notes.take(rules.check_superseded(record, path, earlier, same))

    def _held(self, record: IssuedTrack, ledger: Ledger) -> Iterator[tuple[str, Held]]:
        attempts = self.attempts
        for part in record.parts:
            issued = self.issued.get(part.credential)
            attempt = attempts.known.get(attempts.by_id.get(issued.attempt, "")) if issued else None
            if issued is None or attempt is None:
                continue
            path = layout.signed(part.credential, issued.number)
            yield (
                part.credential,
                Held(
                    twin=attempt.twin,
                    subject=attempt.started.subject,
                    number=issued.number,
                    digest=digest(ledger.tree.read(path) or b""),
                    binds=self.binds(attempt) == attempt.id,
                    is_revoked=part.credential in self.revoked,
                    outcomes=tuple(_statements(ledger, part.credential)),
                ),
            )


def _statements(ledger: Ledger, credential: str) -> Iterator[str]:
    contents = (ledger.tree.read(layout.statement(credential, n)) for n in count(1))
    for content in takewhile(lambda found: found is not None, contents):
        yield digest(content or b"")
