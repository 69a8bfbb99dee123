"""The credential of a whole track: due once every part is cleared, again once a part has changed.

It cites what binds: of each of the track's twins the learner's best passed attempt. A better one
makes a new credential due, which supersedes the old; the old one stands, as its parts do.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from jobtwin.acts.issue.binding import bound
from jobtwin.acts.issue.deriving import attempt_of
from jobtwin.acts.issue.shelf import Shelf
from jobtwin.acts.issue.signing import signed, signed_json
from jobtwin.credential.clr import unsigned_clr
from jobtwin.credential.jsonbytes import jcs, parse_object
from jobtwin.credential.program import unsigned_track
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.credential import IssuedTrack, TrackPart
from jobtwin.rules import seeds
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from jobtwin.credential.contexts import JsonObject
    from jobtwin.credential.keys import Signer
    from jobtwin.forge.events import Event
    from jobtwin.records.credential import StatusEntry
    from jobtwin.records.grade import Decision
    from jobtwin.records.track import Track
    from jobtwin.repository.ledger import Attempt, Filed, Ledger

UNSIGNED = "sha256:" + "0" * 64
Bound = tuple["Attempt", "Filed[Decision]"]


@dataclass(frozen=True, slots=True)
class DueTrack:
    """A track that a learner has cleared, and the attempts that bind, in the track's order."""

    track: Track
    definition: str
    """Git blob of the track's file."""
    subject: str
    parts: tuple[Bound, ...]

    @property
    def digest(self) -> str:
        """What is approved: this track, by these attempts."""
        data = {"format": 1, "track": self.track.id, "definition": self.definition}
        return digest(jcs(data | {"attempts": [attempt.id for attempt, _ in self.parts]}))


def due_tracks(ledger: Ledger) -> Iterator[DueTrack]:
    """Yield the tracks that learners have cleared and hold no standing credential for.

    Needs no secret. A part may be due itself: then both are signed in one batch.
    """
    if not ledger.tracks:
        return
    binds = {(attempt.started.subject, attempt.twin): (attempt, d) for attempt, d in bound(ledger)}
    held = list(_held(ledger))
    for track in ledger.tracks:
        for subject in sorted({subject for subject, _ in binds}):
            parts = tuple(b for t in track.twins if (b := binds.get((subject, t.twin))))
            wanted = {attempt.id for attempt, _ in parts}
            is_held = any(name == track.id and wanted <= cited for name, cited in held)
            if len(parts) == len(track.twins) and not is_held:
                yield DueTrack(track, ledger.tree.tree_id(layout.track(track.id)), subject, parts)


def standing(ledger: Ledger) -> Iterator[Filed[IssuedTrack]]:
    """Yield the latest record of every track's credential that is not revoked."""
    for name in ledger.credentials():
        if (found := ledger.issued_track(name)) and not ledger.revoked(name):
            yield found[-1]


def citing(ledger: Ledger, credential: str) -> tuple[Filed[IssuedTrack], ...]:
    """Return the standing tracks' credentials that cite a twin's credential."""
    return tuple(
        filed
        for filed in standing(ledger)
        if credential in {part.credential for part in filed.record.parts}
    )


def again(ledger: Ledger, renewed: Collection[str]) -> Iterator[Filed[IssuedTrack]]:
    """Yield the latest record of each track's credential that has to be signed again.

    A compromised key has signed it, or a part that it cites by its digest: `renewed` are twins'
    credentials that are signed again now. Only where every part is one learner's own: what a thief
    has put here is not signed by another key.
    """
    issuer, keys = ledger.issuer, ledger.issuer_keys.keys
    compromised = {f"{issuer.did}#{key.fragment}" for key in keys if key.compromised}
    for name in ledger.credentials() if compromised or ledger.tracks else ():
        for filed in ledger.issued_track(name)[-1:]:
            is_stale = any(
                part.credential in renewed or part.number < len(ledger.issued(part.credential))
                for part in filed.record.parts
            )
            exposed = filed.record.verification_method in compromised
            if (is_stale or exposed) and _is_of_one_learner(ledger, filed.record):
                yield filed


@dataclass(frozen=True, slots=True)
class Tracks:
    """What an event signs of tracks, after the credentials of their parts."""

    event: Event
    shelf: Shelf
    secret: bytes
    signer: Signer
    only: Collection[str] | None
    """What was approved; None is everything."""

    def cleared(self, places: Iterator[StatusEntry]) -> list[dict[str, bytes]]:
        """Return the files of each track that is due, and whose parts are all signed."""
        return [
            self._signed(self._first(due, parts, next(places)))
            for due in due_tracks(self.shelf.ledger)
            if self._is_wanted(due.digest) and (parts := self._parts(due))
        ]

    def again(self, renewed: Collection[str]) -> list[dict[str, bytes]]:
        """Return the files of each track that is signed again; `renewed` are parts that were."""
        found = again(self.shelf.ledger, renewed)
        return [
            self._signed(self._following(earlier))
            for earlier in found
            if self._is_wanted(earlier.digest)
        ]

    def _is_wanted(self, name: str) -> bool:
        return self.only is None or name in self.only

    def _parts(self, due: DueTrack) -> tuple[TrackPart, ...]:
        """Return the parts as they are signed by now, none while one of them is not."""
        parts = []
        for attempt, _ in due.parts:
            name = seeds.credential(self.secret, attempt.id)
            if (latest := self.shelf.latest(name)) is None:
                return ()
            part = TrackPart(
                twin=attempt.twin,
                credential=name,
                number=latest[0].number,
                digest=digest(latest[1]),
                outcomes=_outcomes(self.shelf.ledger, name),
            )
            parts.append(part)
        return tuple(parts)

    def _first(
        self, due: DueTrack, parts: tuple[TrackPart, ...], status: StatusEntry
    ) -> IssuedTrack:
        ledger = self.shelf.ledger
        mine = list(_of_learner(ledger, self.secret, due))
        stands = [name for name in mine[:-1] if not ledger.revoked(name)]
        return IssuedTrack(
            format=1,
            at=self.event.at,
            event=self.event.id,
            key="none",
            credential=mine[-1],
            number=1,
            track=due.track.id,
            definition=due.definition,
            parts=parts,
            verification_method="none",
            jwt_key="none",
            status=status,
            supersedes=stands[-1] if stands else None,
            digest=UNSIGNED,
        )

    def _following(self, earlier: Filed[IssuedTrack]) -> IssuedTrack:
        record, parts = earlier.record, []
        for part in record.parts:
            latest = self.shelf.latest(part.credential)
            if latest is None:
                raise EngineError(f"part {part.credential} is not there", "run `jobtwin audit`")
            changes = {"number": latest[0].number, "digest": digest(latest[1])}
            parts.append(part.model_copy(update=changes))
        previous = self.shelf.tip(record.credential, earlier.digest)
        changed = {"at": self.event.at, "event": self.event.id, "previous": previous}
        return record.model_copy(
            update={**changed, "parts": tuple(parts), "number": record.number + 1}
        )

    def _signed(self, blank: IssuedTrack) -> dict[str, bytes]:
        shelf, signer = self.shelf, self.signer
        done = signed(
            blank,
            lambda record: unsigned_track(shelf.track_facts(record)),
            shelf.ledger.issuer,
            signer,
        )
        name, number = done.record.credential, done.record.number
        clr = signed_json(clr_of(shelf, done.record, done.json), signer, done.record.at)
        return {
            layout.issued_track(name, number): write(done.record),
            layout.signed(name, number): done.json,
            layout.signed_jwt(name, number): done.jwt,
            layout.signed_clr(name, number): clr,
        }


def cited(cleared: Iterable[Mapping[str, bytes]]) -> dict[str, str]:
    """Return credential → the track's credential that cites it, of what was just signed."""
    found: dict[str, str] = {}
    for files in cleared:
        for path, content in files.items():
            if "/track-" in path:
                record = load(IssuedTrack, content, path).record
                found |= {part.credential: record.credential for part in record.parts}
    return found


def clr_of(shelf: Shelf, issued: IssuedTrack, track: bytes) -> JsonObject:
    """Return the unsigned learner record of a signed track; raises `EngineError`, `Refused`."""
    parts = [shelf.signed(part.credential, part.number) for part in issued.parts]
    return unsigned_clr(parse_object(track), [parse_object(part) for part in parts])


def derive_track(ledger: Ledger, issued: IssuedTrack) -> JsonObject:
    """Return a track's unsigned credential again, from records alone; raises `EngineError`."""
    return unsigned_track(Shelf(ledger, {}).track_facts(issued))


def _held(ledger: Ledger) -> Iterator[tuple[str, set[str]]]:
    """Yield the track and the cited attempts of every standing credential."""
    for filed in standing(ledger):
        cited = (ledger.issued(part.credential)[:1] for part in filed.record.parts)
        yield filed.record.track, {found[0].record.attempt for found in cited if found}


def _is_of_one_learner(ledger: Ledger, record: IssuedTrack) -> bool:
    issued = [ledger.issued(part.credential)[:1] for part in record.parts]
    found = [attempt_of(ledger, item[0].record.attempt) for item in issued if item]
    subjects = {attempt.started.subject for attempt in found if attempt}
    return len(subjects) == 1 and all(found) and len(found) == len(record.parts)


def _outcomes(ledger: Ledger, credential: str) -> tuple[str, ...]:
    contents = (ledger.tree.read(layout.statement(credential, n)) for n in count(1))
    found = []
    for content in contents:
        if content is None:
            break
        found.append(digest(content))
    return tuple(found)


def _of_learner(ledger: Ledger, secret: bytes, due: DueTrack) -> Iterator[str]:
    """Yield the ids of the learner's credentials for the track, and the next free one."""
    for number in count(1):
        name = seeds.track_credential(secret, due.subject, due.track.id, number)
        yield name
        if not ledger.issued_track(name):
            return
