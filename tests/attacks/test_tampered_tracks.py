"""A track's credential: played honestly it holds; each tampering is caught with its own words."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from tests.attacks.history import History
from tests.attacks.two_twins import BEN, FIRST, LEA, SECOND, TwoTwins

from jobtwin import keys
from jobtwin.acts.audit import audit
from jobtwin.acts.issue.lists import sign_lists
from jobtwin.acts.issue.shelf import Shelf
from jobtwin.acts.issue.signing import signed, signed_json
from jobtwin.acts.issue.track import clr_of
from jobtwin.credential.jsonbytes import parse_object
from jobtwin.credential.program import unsigned_track
from jobtwin.credential.proof import unsigned
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.credential import IssuedTrack, Revoked
from jobtwin.repository.git import Git
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules import seeds
from jobtwin.rules.ledger import digest, sign

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> TwoTwins:
    """Lea clears both twins, Ben one; everything that is due is signed. Nobody changes it."""
    play = TwoTwins(tmp_path_factory.mktemp("tracks")).calibrated()
    for learner, twin in ((LEA, FIRST), (BEN, FIRST), (LEA, SECOND)):
        play.passes(learner, twin)
    play.issues()
    return play


@pytest.fixture
def history(played: TwoTwins, tmp_path: Path) -> History:
    """A copy of the honest history to tamper with."""
    shutil.copytree(played.forge.origin.path, tmp_path / "copy.git")
    copy = Git(tmp_path / "copy.git")
    return History(copy, played.holders, played.keys, "", played.forge.now)


def _caught(history: History) -> list[tuple[str, str]]:
    return [(item.finding.code, item.finding.message) for item in history.audit().divergences]


def _ledger(history: History, read: Any) -> Any:
    with Tree(history.git, "refs/heads/main") as tree:
        return read(Ledger(tree))


def _track(history: History) -> IssuedTrack:
    def read(ledger: Ledger) -> IssuedTrack:
        found = [f.record for name in ledger.credentials() for f in ledger.issued_track(name)]
        return found[-1]

    record: IssuedTrack = _ledger(history, read)
    return record


def _replaced(history: History, **changes: Any) -> list[tuple[str, str]]:
    """Put another track's credential in the place of the honest one, and say what is caught.

    It is signed with the issuer's key: only what it says gives it away.
    """
    forged = _forged(history, _track(history).model_copy(update=changes))
    honest = history.git.text("diff", "--name-only", "main~1", "main").split("\n")
    kept = {path: _read(history, path) for path in honest}
    history.git.run("update-ref", "refs/heads/main", "refs/heads/main~1")
    history.commit(kept | forged)
    return _caught(history)


def _read(history: History, path: str) -> bytes:
    return history.git.run("cat-file", "blob", f"refs/heads/main:{path}")


def _forged(history: History, record: IssuedTrack) -> dict[str, bytes]:
    signer = history.holders.signer("issuer")
    method = keys.under(record.verification_method, signer)

    def make(ledger: Ledger) -> dict[str, bytes]:
        shelf = Shelf(ledger, {})
        done = signed(record, lambda r: unsigned_track(shelf.track_facts(r)), ledger.issuer, method)
        clr = signed_json(clr_of(shelf, done.record, done.json), method, record.at)
        name = record.credential
        return {
            layout.issued_track(name, 1): write(done.record),
            layout.signed(name, 1): done.json,
            layout.signed_jwt(name, 1): done.jwt,
            layout.signed_clr(name, 1): clr,
        }

    made: dict[str, bytes] = _ledger(history, make)
    return made


def test_the_honest_history_holds(history: History) -> None:
    report = history.audit()
    assert report.divergences == ()
    assert report.checked["credentials derived again"] == 4
    assert report.checked["learner records derived again"] == 1
    assert report.checked["records `issued_track`"] == 1


def test_signed_again_unchanged_nothing_is_caught(history: History) -> None:
    assert _replaced(history) == []


def _other_parts(history: History, **changes: Any) -> tuple[Any, ...]:
    """Return the parts with the first one changed."""
    first, *rest = _track(history).parts
    return (first.model_copy(update=changes), *rest)


def _of(history: History, learner: Any, twin: str, played: TwoTwins) -> tuple[str, str]:
    """Return a learner's credential for a twin, and the digest of its file."""
    subject = seeds.subject(history.holders.subject, learner.number)
    name = played.credential(seeds.attempt(history.holders.subject, subject, twin, 1))
    return name, digest(_read(history, layout.signed(name, 1)))


def test_a_part_of_another_learner_is_caught(history: History, played: TwoTwins) -> None:
    name, hashed = _of(history, BEN, FIRST, played)
    caught = _replaced(history, parts=_other_parts(history, credential=name, digest=hashed))
    assert ("AUD-067", "its parts are of more than one learner") in caught


def test_a_missing_part_is_caught(history: History) -> None:
    caught = _replaced(history, parts=_track(history).parts[1:])
    assert caught == [("AUD-067", f"its parts are not the track's twins: {FIRST}, {SECOND}")]


def test_a_part_that_was_never_issued_is_caught(history: History) -> None:
    forged = _track(history)
    changed = forged.model_copy(update={"parts": _other_parts(history, credential="ab" * 16)})
    path = layout.issued_track(forged.credential, 1)
    signer = history.holders.signer("issuer")
    honest = history.git.text("diff", "--name-only", "main~1", "main").split("\n")
    kept = {name: _read(history, name) for name in honest}
    history.git.run("update-ref", "refs/heads/main", "refs/heads/main~1")
    history.commit(kept | {path: write(sign(changed, signer))})
    codes = {code for code, _ in _caught(history)}
    assert codes == {"AUD-060", "AUD-067", "AUD-069"}


def test_a_part_under_another_digest_is_caught(history: History) -> None:
    caught = _replaced(history, parts=_other_parts(history, digest="sha256:" + "7" * 64))
    assert [code for code, _ in caught] == ["AUD-067"]
    assert "is served as file number 1" in caught[0][1]


def test_an_invented_statement_of_an_employer_is_caught(history: History) -> None:
    caught = _replaced(history, parts=_other_parts(history, outcomes=("sha256:" + "7" * 64,)))
    assert [code for code, _ in caught] == ["AUD-067"]


def test_another_definition_than_the_tracks_is_caught(history: History) -> None:
    content = _read(history, layout.track("two-twins")).replace(b"A track for tests", b"A feat")
    made = history.git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
    caught = _replaced(history, definition=made)
    assert caught == [("AUD-067", "the definition is not that of tracks/two-twins.yml")]


def test_a_credential_of_another_learner_is_not_superseded(
    history: History, played: TwoTwins
) -> None:
    name, _ = _of(history, BEN, FIRST, played)
    caught = _replaced(history, supersedes=name)
    assert caught == [("AUD-067", f"{name} is not the learner's, for this track")]


def test_another_credential_inside_the_learner_record_is_caught(history: History) -> None:
    record = _track(history)
    path = layout.signed_clr(record.credential, 1)
    other = parse_object(_read(history, path))
    del other["credentialSubject"]["verifiableCredential"][1]
    honest = history.git.text("diff", "--name-only", "main~1", "main").split("\n")
    kept = {one: _read(history, one) for one in honest}
    method = keys.under(record.verification_method, history.holders.signer("issuer"))
    history.git.run("update-ref", "refs/heads/main", "refs/heads/main~1")
    history.commit(kept | {path: signed_json(unsigned(other), method, record.at)})
    ((code, message),) = _caught(history)
    assert code == "AUD-069"
    assert "it differs in credentialSubject" in message


def _revoked(history: History, credential: str, **changes: Any) -> dict[str, bytes]:
    """Return a revocation, and the lists that go with it, as the issuer's key alone would."""

    def make(ledger: Ledger) -> dict[str, bytes]:
        signer = history.holders.signer("issuer")
        record = Revoked(
            format=1,
            at=history.now,
            event="workflow_dispatch:99",
            previous=ledger.issued_any(credential)[-1].digest,
            key=signer.key_id,
            credential=credential,
            effective=history.now,
            reason="The work was another's.",
            **changes,
        )
        method = keys.under(f"{ledger.issuer.did}#{signer.key_id}", signer)
        lists = sign_lists(history.now, ledger, method, also_revoked=(credential,))
        return {layout.revoked(credential): write(sign(record, signer))} | lists

    made: dict[str, bytes] = _ledger(history, make)
    return made


def test_a_track_that_stands_after_its_part_was_revoked_is_caught(history: History) -> None:
    track = _track(history)
    commit = history.commit(_revoked(history, track.parts[0].credential))
    ((code, message),) = _caught(history)
    assert (code, message) == ("AUD-068", f"credential {track.credential} cites it, and stands")
    assert history.audit().divergences[0].commit == commit


def test_from_a_later_commit_on_it_is_caught_too(history: History) -> None:
    before = history.git.text("rev-parse", "refs/heads/main")
    track = _track(history)
    history.commit(_revoked(history, track.parts[1].credential))
    ((code, _),) = [
        (item.finding.code, item.finding.message)
        for item in audit(history.git, since=before).divergences
    ]
    assert code == "AUD-068"


def test_a_track_that_fell_on_account_of_a_part_that_stands_is_caught(history: History) -> None:
    track = _track(history)
    history.commit(_revoked(history, track.credential, part=track.parts[0].credential))
    ((code, message),) = _caught(history)
    assert code == "AUD-068"
    assert message == f"{track.parts[0].credential} is no revoked part of it"


def test_a_tracks_own_revocation_holds(history: History) -> None:
    track = _track(history)
    history.commit(_revoked(history, track.credential))
    assert _caught(history) == []
