"""Tampered histories of endorsements: each lie that a stolen desk key could record is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts import endorse, issue
from jobtwin.acts.audit import audit
from jobtwin.acts.revoke import revoke
from jobtwin.credential.endorsement import (
    SignedFile,
    Words,
    did_key_method,
    profile,
    sign_endorsement,
    unsigned_endorsement,
)
from jobtwin.credential.endorser import public_bytes, signer_from_ssh
from jobtwin.credential.endorsing import Target, mentors_endorsement
from jobtwin.credential.jsonbytes import parse_object, to_bytes
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.endorsement import Endorsed
from jobtwin.rules.ledger import digest, sign
from jobtwin.rules.signature import fingerprint

if TYPE_CHECKING:
    from jobtwin.credential.keys import SeedSigner

WHO = {
    f"GIT_{who}_{what}": "mia@people.invalid"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


def key(desk: Any, name: str = "mia") -> SeedSigner:
    return signer_from_ssh((desk.keys / name).read_bytes())


def found(desk: Any) -> dict[str, str]:
    """Return code → place of what the audit finds about endorsements and files."""
    return {
        item.finding.code: item.finding.path
        for item in audit(desk.git).divergences
        if item.finding.code.startswith(("AUD-00", "AUD-02", "AUD-10", "LED-"))
    }


@pytest.fixture
def credential(desk: Any) -> str:
    desk.graded(score=0.9)
    desk.apply(issue.issue(desk.event(), desk.ledger(), desk.holders))
    desk.wait(hours=1)
    (name,) = desk.ledger().credentials()
    return str(name)


def honest(desk: Any, credential: str) -> bytes:
    content = endorse.endorse(desk.ledger(), credential, key(desk), "Well done.", desk.now)
    desk.apply(endorse.record(desk.event(), desk.ledger(), desk.holders, content))
    return content


def smuggled(desk: Any, credential: str, content: bytes, **changed: Any) -> str:
    """Record an endorsement as somebody would who has the desk's key and asks nobody."""
    ledger = desk.ledger()
    issued = ledger.issued(credential)[-1]
    attempt = ledger.attempt("jt-incident-4", issued.record.attempt)
    signer = desk.holders.signer("desk")
    record = Endorsed(
        format=1,
        at=desk.now,
        event=desk.event().id,
        key=signer.key_id,
        credential=credential,
        number=1,
        issued=issued.digest,
        reviewed=attempt.chain[-2].digest,
        mentor="mia",
        mentor_key=attempt.chain[-2].record.mentor_key,
        endorsement=digest(content),
    ).model_copy(update=changed)
    path = layout.endorsed(credential, record.mentor, record.number)
    file = layout.endorsement(credential, record.mentor, record.number)
    desk.apply(Effects(records={path: write(sign(record, signer)), file: content}))
    return path


def made(desk: Any, credential: str, mentor: str = "mia", signed: bytes = b"") -> bytes:
    """Return an endorsement by a mentor that nobody asked whether it may be."""
    ledger = desk.ledger()
    content = signed or ledger.tree.read(layout.signed(credential, 1))
    target = Target(ledger.issuer, credential, 1, content)
    document = mentors_endorsement(target, ledger.mentor(mentor), "Well done.", desk.now)
    return sign_endorsement(document, key(desk, mentor), desk.now)


def test_what_was_taken_in_holds_and_is_counted(desk: Any, credential: str) -> None:
    honest(desk, credential)
    assert found(desk) == {}
    assert audit(desk.git).checked["endorsements by mentors"] == 1


def test_a_smuggled_one_that_is_as_it_should_be_is_no_lie(desk: Any, credential: str) -> None:
    smuggled(desk, credential, made(desk, credential))
    assert found(desk) == {}


def test_a_forged_signature_is_found(desk: Any, credential: str) -> None:
    document = parse_object(made(desk, credential))
    document["credentialSubject"]["endorsementComment"] = "The best that I have ever seen."
    path = smuggled(desk, credential, to_bytes(document))
    assert found(desk) == {"AUD-100": path}


def test_the_key_of_another_mentor_is_found(desk: Any, credential: str) -> None:
    ledger = desk.ledger()
    target = Target(ledger.issuer, credential, 1, ledger.tree.read(layout.signed(credential, 1)))
    other = key(desk, "max")
    document = unsigned_endorsement(
        identifier=target.endorsement_url("mia"),
        name="Endorsement by a mentor who graded the work",
        issuer=profile(other.key_id.partition("#")[0], "Mia"),
        endorsed=SignedFile(target.content, target.file_url),
        words=Words("Well done."),
        at=desk.now,
    )
    path = smuggled(desk, credential, sign_endorsement(document, other, desk.now))
    assert found(desk) == {"AUD-100": path}


def test_a_mentor_who_graded_nothing_of_it_is_found(desk: Any, credential: str) -> None:
    max_key = desk.ledger().mentor("max").key
    assert did_key_method(public_bytes(max_key)) == key(desk, "max").key_id
    content = made(desk, credential, "max")
    path = smuggled(desk, credential, content, mentor="max", mentor_key=fingerprint(max_key))
    assert found(desk) == {"AUD-102": path}


def test_an_endorsement_of_another_credential_is_found(desk: Any, credential: str) -> None:
    desk.graded(score=0.9, account=1002)
    desk.apply(issue.issue(desk.event(), desk.ledger(), desk.holders))
    desk.wait(hours=1)
    (other,) = {*desk.ledger().credentials()} - {credential}
    path = smuggled(desk, credential, made(desk, other))
    assert found(desk) == {"AUD-101": path}


def test_an_endorsement_of_bytes_that_were_never_signed_is_found(
    desk: Any, credential: str
) -> None:
    signed = desk.ledger().tree.read(layout.signed(credential, 1))
    path = smuggled(desk, credential, made(desk, credential, signed=signed + b"\n"))
    assert found(desk) == {"AUD-101": path}


def test_a_file_that_is_no_endorsement_is_found(desk: Any, credential: str) -> None:
    path = smuggled(desk, credential, b"{}")
    assert found(desk) == {"AUD-101": path}


def test_a_record_of_another_signing_is_found(desk: Any, credential: str) -> None:
    path = smuggled(desk, credential, made(desk, credential), issued="sha256:" + "0" * 64)
    assert found(desk) == {"AUD-101": path}


def test_a_record_of_another_review_is_found(desk: Any, credential: str) -> None:
    path = smuggled(desk, credential, made(desk, credential), reviewed="sha256:" + "0" * 64)
    assert found(desk) == {"AUD-102": path}


def test_a_mentor_whose_time_was_over_is_found(desk: Any, credential: str) -> None:
    content = made(desk, credential)
    mentor = desk.ledger().mentor("mia").model_copy(update={"until": desk.now})
    replace_file(desk, layout.mentor("mia"), write(mentor))
    desk.wait(hours=1)
    path = smuggled(desk, credential, content)
    assert found(desk) == {"AUD-100": path}


def test_a_mentor_who_left_later_still_stands_by_it(desk: Any, credential: str) -> None:
    honest(desk, credential)
    desk.wait(days=1)
    mentor = desk.ledger().mentor("mia").model_copy(update={"until": desk.now})
    replace_file(desk, layout.mentor("mia"), write(mentor))
    assert found(desk) == {}


def test_an_endorsement_of_what_was_revoked_before_is_found(desk: Any, credential: str) -> None:
    content = made(desk, credential)
    event = desk.event()
    desk.apply(revoke(event, desk.ledger(), desk.holders, credential, "Not theirs.", event.at))
    desk.wait(hours=1)
    path = smuggled(desk, credential, content)
    assert found(desk) == {"AUD-103": path}


def test_what_is_revoked_later_was_endorsed_rightly(desk: Any, credential: str) -> None:
    honest(desk, credential)
    desk.wait(hours=1)
    event = desk.event()
    desk.apply(revoke(event, desk.ledger(), desk.holders, credential, "Not theirs.", event.at))
    assert found(desk) == {}


def test_an_edited_endorsement_is_found(desk: Any, credential: str) -> None:
    content = honest(desk, credential)
    path = layout.endorsement(credential, "mia", 1)
    replace_file(desk, path, content.replace(b"Well", b"Very well"))
    assert found(desk) == {"AUD-001": path}


def test_an_endorsement_without_a_record_is_found(desk: Any, credential: str) -> None:
    path = layout.endorsement(credential, "mia", 1)
    desk.apply(Effects(records={path: made(desk, credential)}))
    assert found(desk) == {"AUD-022": path}


def test_a_record_without_its_endorsement_is_found(desk: Any, credential: str) -> None:
    content = made(desk, credential)
    path = smuggled(desk, credential, content)
    ledger = desk.ledger()
    record = load(Endorsed, ledger.tree.read(path)).record
    again = record.model_copy(update={"number": 2, "previous": digest(ledger.tree.read(path))})
    filed = layout.endorsed(credential, "mia", 2)
    desk.apply(Effects(records={filed: write(sign(again, desk.holders.signer("desk")))}))
    assert found(desk) == {
        "AUD-023": layout.endorsement(credential, "mia", 2),
        "AUD-101": filed,
    }


def test_another_endorsement_than_its_record_names_is_found(desk: Any, credential: str) -> None:
    content = made(desk, credential)
    path = smuggled(desk, credential, content, endorsement="sha256:" + "0" * 64)
    assert path.endswith("endorsed-mia.yml")
    assert found(desk) == {"AUD-023": layout.endorsement(credential, "mia", 1)}


def test_a_record_by_a_key_that_may_not_write_it_is_found(desk: Any, credential: str) -> None:
    honest(desk, credential)
    path = layout.endorsed(credential, "mia", 1)
    record = load(Endorsed, desk.ledger().tree.read(path)).record
    clock = desk.holders.signer("clock")
    other = record.model_copy(update={"key": clock.key_id, "number": 2, "previous": None})
    filed = layout.endorsed(credential, "mia", 2)
    desk.apply(Effects(records={filed: write(sign(other, clock))}))
    assert {"LED-002", "LED-003"} <= found(desk).keys()


def test_an_audit_from_a_later_commit_judges_it_by_what_is_before(
    desk: Any, credential: str
) -> None:
    before = desk.git.text("rev-parse", "main")
    document = parse_object(made(desk, credential))
    document["credentialSubject"]["endorsementComment"] = "The best that I have ever seen."
    path = smuggled(desk, credential, to_bytes(document))
    report = audit(desk.git, since=before)
    assert ("AUD-100", path) in {(d.finding.code, d.finding.path) for d in report.divergences}


def replace_file(desk: Any, path: str, content: bytes) -> None:
    """Commit another content of a file."""
    index = {"GIT_INDEX_FILE": str(desk.git.path / "replace-index")}
    desk.git.run("read-tree", "main", env=index)
    blob = desk.git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
    line = f"100644 {blob}\t{path}\n"
    desk.git.run("update-index", "--index-info", stdin=line.encode(), env=index)
    tree = desk.git.text("write-tree", env=index)
    when = {f"GIT_{who}_DATE": desk.now.isoformat() for who in ("AUTHOR", "COMMITTER")}
    head = desk.git.text("commit-tree", tree, "-p", "main", "-m", "changed", env=WHO | when)
    desk.git.run("update-ref", "refs/heads/main", head)
