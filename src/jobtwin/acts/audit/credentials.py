"""The credentials as they were at each commit: derived again, byte for byte, and verified."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from jobtwin import multikey
from jobtwin.acts.audit.answers import form, is_jwt_of_file, proof_findings, signed_file
from jobtwin.acts.audit.deriving import derive
from jobtwin.acts.audit.tracks import Tracks
from jobtwin.acts.issue.binding import rests_on
from jobtwin.acts.issue.shelf import Shelf
from jobtwin.acts.issue.track import clr_of, derive_track
from jobtwin.credential.achievement import jwk_url
from jobtwin.credential.jsonbytes import jcs, parse_object, to_bytes
from jobtwin.credential.jwt import is_jwt_of
from jobtwin.credential.proof import read_proof, unsigned
from jobtwin.credential.status import decode_list
from jobtwin.errors import EngineError, Refused
from jobtwin.records import layout
from jobtwin.records.credential import AnyIssued, Issued, IssuedTrack, Revoked
from jobtwin.records.grade import Decision
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules.ledger import digest
from jobtwin.rules.replay import signing
from jobtwin.rules.replay.clock import OUT_OF_ORDER, check_number
from jobtwin.rules.replay.tracks import check_track_again

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobtwin.acts.audit.attempts import Attempts
    from jobtwin.acts.audit.report import Notes
    from jobtwin.credential.contexts import JsonObject
    from jobtwin.records.organisation import IssuerKeyEntry
    from jobtwin.repository.git import Git
    from jobtwin.repository.ledger import Filed

_SIGNED = re.compile(r"credentials/[0-9a-f]{2}/([0-9a-f]{32})/(?:clr-)?([0-9]+)\.(?:json|jwt)")


@dataclass(slots=True)
class Credentials:
    """Every credential so far."""

    git: Git
    attempts: Attempts
    notes: Notes
    issued: dict[str, AnyIssued] = field(default_factory=dict)
    """Credential → its latest record."""
    places: dict[tuple[int, int], str] = field(default_factory=dict)
    """(list, index) → credential."""
    revoked: dict[int, set[int]] = field(default_factory=dict)
    lists: dict[int, tuple[int, set[int]]] = field(default_factory=dict)
    """List → highest version, and what it says is revoked."""
    fresh: list[AnyIssued] = field(default_factory=list)
    """Issued in the commit at hand."""
    tracks: Tracks = field(init=False)

    def __post_init__(self) -> None:
        self.tracks = Tracks(self.attempts, self.notes)

    def take(self, filed: Filed[Issued] | Filed[IssuedTrack] | Filed[Revoked]) -> None:
        """Judge a record and keep it."""
        record, path = filed.record, filed.path
        if isinstance(record, Issued):
            self._issue(record, path)
        elif isinstance(record, IssuedTrack):
            self._issue_track(record, path)
        elif (issued := self.issued.get(record.credential)) is None:
            self.notes.take([OUT_OF_ORDER.at("the credential was never issued", path)])
        else:
            self.revoked.setdefault(issued.status.list, set()).add(issued.status.index)
            self.tracks.remember(record)
            self.tracks.fallen.append(record)

    def remember(self, record: AnyIssued | Revoked) -> None:
        """Keep a record of before as it is, for what comes after it."""
        self.tracks.remember(record)
        if not isinstance(record, Revoked):
            place = record.status.list, record.status.index
            self.places.setdefault(place, record.credential)
            self.issued[record.credential] = record
        elif issued := self.issued.get(record.credential):
            self.revoked.setdefault(issued.status.list, set()).add(issued.status.index)

    def remember_list(self, path: str, content: bytes) -> None:
        """Keep a status list of before as it is."""
        if list_at := layout.status_list_at(path):
            try:
                said = _revoked_on(content)
            except (Refused, KeyError, TypeError):
                said = set()
            number, version = list_at
            self.lists[number] = version, said

    def finish(self, commit: str, files: Mapping[str, bytes]) -> None:
        """Check the signed files that a commit added against its records, all of them known."""
        known = set()
        for record in self.fresh:
            known.add(signed := layout.signed(record.credential, record.number))
            known.add(token := layout.signed_jwt(record.credential, record.number))
            if isinstance(record, IssuedTrack):
                known.add(layout.signed_clr(record.credential, record.number))
            if not self.notes.turn(signed):
                continue
            if isinstance(record, IssuedTrack):
                with Tree(self.git, commit) as tree:
                    ledger = Ledger(tree)
                    self.tracks.check(record, ledger)
                    self._compare_clr(ledger, record, files)
                    derived = self._derived(partial(derive_track, ledger, record), signed)
            else:
                derived = self._derived(partial(derive, self.attempts, record), signed)
            if derived is not None:
                self._compare(derived, record, signed, files.get(signed))
                self._compare_jwt(derived, record, token, files.get(token), files.get(signed))
        self.fresh = []
        self.tracks.finish()
        for path, content in files.items():
            self.notes.turn(path)
            if list_at := layout.status_list_at(path):
                self._list(path, content, *list_at)
            elif _SIGNED.fullmatch(path) and path not in known:
                self.notes.take([signing.NOT_DUE.at("no record precedes its signing", path)])

    def conclude(self) -> None:
        """Check that what is revoked stands on the lists that are served now."""
        for number in sorted(self.revoked.keys() | self.lists.keys()):
            version, said = self.lists.get(number, (0, set()))
            self.notes.turn(layout.status_list(number, version))
            self._bits(layout.status_list(number, version), said, number)

    def _number_and_place(self, record: AnyIssued, path: str) -> None:
        earlier = self.issued.get(record.credential)
        self.notes.take(check_number(record.number, earlier.number if earlier else 0, path))
        place = record.status.list, record.status.index
        if self.places.setdefault(place, record.credential) != record.credential:
            message = f"list {place[0]}, index {place[1]} is {self.places[place]}'s"
            self.notes.take([signing.INDEX_AGAIN.at(message, path)])

    def _issue_track(self, record: IssuedTrack, path: str) -> None:
        self._number_and_place(record, path)
        if earlier := self.tracks.known.get(record.credential):
            found = check_track_again(earlier, record, path, self._compromised())
            self.notes.take(found)
        self.issued[record.credential] = record
        self.tracks.remember(record)
        self.fresh.append(record)

    def _issue(self, record: Issued, path: str) -> None:
        self._number_and_place(record, path)
        attempts = self.attempts
        attempt = attempts.known.get(attempts.by_id.get(record.attempt, ""))
        if attempt is None:
            self.notes.take([signing.NOT_DUE.at("there is no such attempt", path)])
            return
        filed = attempt.last(Decision)
        if earlier := self.tracks.issued.get(record.credential):
            rests = rests_on(attempt, earlier.decision)
            bearing = rests.digest if rests else None
            exposed = self._compromised()
            self.notes.take(signing.check_again(earlier, record, path, exposed, bearing))
            filed = rests or filed
        decision = (filed.digest, filed.record) if filed else None
        mine = attempts.of_learner[attempt.started.subject, attempt.twin]
        decided = sum(attempts.known[other].last(Decision) is not None for other in mine)
        binds = self.tracks.binds(attempt)
        self.notes.take(signing.check_due(record, path, decision, decided, binds))
        self.issued[record.credential] = record
        self.tracks.remember(record)
        self.fresh.append(record)

    def _derived(self, make: Callable[[], JsonObject], path: str) -> JsonObject | None:
        try:
            return make()
        except (EngineError, Refused) as error:
            why = error.message
        except LookupError as error:  # one record names what another one lacks
            why = f"its records lack {error}"
        found = signing.OTHER_CREDENTIAL.at(f"it cannot be derived again: {why}", path)
        self.notes.take([found])
        return None

    def _compare_clr(self, ledger: Ledger, record: IssuedTrack, files: Mapping[str, bytes]) -> None:
        """Compare a track's learner record with what it must embed."""
        path = layout.signed_clr(record.credential, record.number)
        content = files.get(path)
        try:
            shelf, document = Shelf(ledger, {}), parse_object(content or b"")
            derived = clr_of(shelf, record, shelf.signed(record.credential, record.number))
        except (EngineError, Refused) as error:
            self.notes.take([signing.OTHER_CLR.at(f"it cannot be derived: {error.message}", path)])
            return
        except LookupError as error:
            self.notes.take([signing.OTHER_CLR.at(f"what it embeds lacks {error}", path)])
            return
        if to_bytes(derived | {"proof": document.get("proof")}) != content:
            where = _difference(derived, unsigned(document))
            self.notes.take([signing.OTHER_CLR.at(f"it is not what its parts give{where}", path)])
        self._verify(content or b"", self._key(record.verification_method), path)
        self.notes.count("learner records derived again")

    def _compare_jwt(
        self,
        derived: JsonObject,
        record: AnyIssued,
        path: str,
        content: bytes | None,
        file: bytes | None,
    ) -> None:
        """Compare a JWT with what it must say; `file` is the signed JSON file beside it."""
        if record.jwt_key is None or content is None:
            if content is not None:
                self.notes.take([signing.OTHER_JWT.at("its record names none", path)])
            elif record.jwt_key is not None:
                self.notes.take([signing.OTHER_JWT.at("the signed file is not there", path)])
            return
        issuer, key = self.attempts.organisation.issuer, self._key(record.verification_method)
        public_key = _public_key(key)
        if issuer is None or record.jwt_key != jwk_url(issuer, public_key):
            self.notes.take([signing.OTHER_JWT.at("its record names another key", path)])
        elif not self._is_jwt_of(content, derived, file, (record.jwt_key, public_key)):
            message = "it is not, byte for byte, the derived credential signed by the key"
            self.notes.take([signing.OTHER_JWT.at(message, path)])
        self.notes.count("JWTs derived again")

    def _is_jwt_of(
        self, token: bytes, derived: JsonObject, file: bytes | None, by: tuple[str, bytes]
    ) -> bool:
        answers = self.attempts.organisation.answers
        found = answers.of(signed_file, file) if file else None
        if file and found and found.form == form(derived):
            return answers.of(is_jwt_of_file, token, file, *by)
        return is_jwt_of(token, derived, *by)

    def _compare(
        self, derived: JsonObject, record: AnyIssued, path: str, content: bytes | None
    ) -> None:
        if content is None:
            self.notes.take([signing.OTHER_CREDENTIAL.at("the signed file is not there", path)])
            return
        found = self.attempts.organisation.answers.of(signed_file, content)
        if found is None:
            self.notes.take([signing.OTHER_CREDENTIAL.at("it cannot be read", path)])
            return
        self.notes.count("credentials derived again")
        is_same = form(derived) == found.form
        if (found.digest if is_same else digest(jcs(derived))) != record.digest:
            message = "the records give another credential than the one whose digest was recorded"
            self.notes.take([signing.OTHER_CREDENTIAL.at(message, path)])
        if not (is_same and found.is_as_published):
            where = _difference(derived, unsigned(parse_object(content)))
            message = f"the signed file is not what its records give{where}"
            self.notes.take([signing.OTHER_CREDENTIAL.at(message, path)])
        key = self._key(record.verification_method)
        self.notes.take(signing.check_key(record, path, key, _proof(found.proof)))
        self._verify(content, key, path)

    def _list(self, path: str, content: bytes, number: int, version: int) -> None:
        self.notes.take(check_number(version, self.lists.get(number, (0,))[0], path))
        try:
            document, said = parse_object(content), _revoked_on(content)
        except (Refused, KeyError, TypeError) as error:
            self.notes.take([signing.WRONG_BITS.at(f"it cannot be read: {error}", path)])
            return
        self.lists[number] = (version, said)
        self._bits(path, said, number)
        try:
            method = read_proof(document).verification_method
        except Refused:
            method = ""
        self._verify(content, self._key(method), path)
        self.notes.count("status lists")

    def _bits(self, path: str, said: set[int], number: int) -> None:
        revoked = self.revoked.get(number, set())
        if said == revoked:
            return
        message = f"it sets {len(said)} bits; {len(revoked)} credentials are revoked"
        self.notes.take([signing.WRONG_BITS.at(message, path)])

    def _compromised(self) -> set[str]:
        organisation = self.attempts.organisation
        issuer, keys = organisation.issuer, organisation.issuer_keys
        if issuer is None or keys is None:
            return set()
        return {f"{issuer.did}#{key.fragment}" for key in keys.keys if key.compromised}

    def _key(self, method: str) -> IssuerKeyEntry | None:
        organisation = self.attempts.organisation
        issuer, keys = organisation.issuer, organisation.issuer_keys
        if issuer is None or keys is None:
            return None
        named = {f"{issuer.did}#{key.fragment}": key for key in keys.keys}
        return named.get(method)

    def _verify(self, content: bytes, key: IssuerKeyEntry | None, path: str) -> None:
        if key is None:
            self.notes.take([signing.FORGED_PROOF.at("no key of the issuer's signed it", path)])
            return
        answers = self.attempts.organisation.answers
        for finding in answers.of(proof_findings, content, _public_key(key)):
            self.notes.take([signing.FORGED_PROOF.at(finding.message, path)])
        self.notes.count("proofs of signed files")


def _public_key(key: IssuerKeyEntry | None) -> bytes:
    try:
        return multikey.decode(key.public_key if key else "")
    except ValueError:
        return b""


def _proof(proofs: Any) -> JsonObject:
    first = proofs[0] if isinstance(proofs, list) and proofs else proofs
    return first if isinstance(first, dict) else {}


def _difference(derived: JsonObject, found: JsonObject) -> str:
    names = sorted(
        name for name in derived.keys() | found.keys() if derived.get(name) != found.get(name)
    )
    return f"; it differs in {', '.join(names)[:200]}" if names else " in the way it is written"


def _revoked_on(content: bytes) -> set[int]:
    """Return the indexes that a status list sets; raises `Refused`, KeyError or TypeError."""
    bits = decode_list(parse_object(content)["credentialSubject"]["encodedList"])
    return {n * 8 + bit for n, byte in enumerate(bits) if byte for bit in _bits(byte)}


def _bits(byte: int) -> list[int]:
    return [bit for bit in range(8) if byte & (0x80 >> bit)]
