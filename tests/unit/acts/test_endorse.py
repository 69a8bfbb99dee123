"""A mentor stands by a credential: who may, of which file, and what is kept."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin import multikey
from jobtwin.acts import endorse, issue, rekey
from jobtwin.acts.revoke import revoke
from jobtwin.acts.verify import verify_source
from jobtwin.credential.endorsement import read_endorsement, sign_endorsement
from jobtwin.credential.endorser import signer_from_ssh
from jobtwin.credential.endorsing import STANDS_BY
from jobtwin.credential.jsonbytes import parse_object, to_bytes
from jobtwin.credential.keys import SeedSigner
from jobtwin.credential.proof import sign as sign_proof
from jobtwin.credential.proof import unsigned
from jobtwin.errors import Refused
from jobtwin.forge.events import Account, Effects, Event, PullRequest
from jobtwin.keys import Holders
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.endorsement import Endorsed
from jobtwin.repository.endorsements import endorsements
from jobtwin.rules.endorsement import FILE
from jobtwin.rules.ledger import check_record, digest
from jobtwin.rules.signature import fingerprint
from jobtwin.site import endorsements as published
from jobtwin.site.signed import key_files, status_lists

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobtwin.credential.contexts import JsonObject
    from jobtwin.credential.verify import Verification

WORDS = "She found the cause before the second page, and wrote it down."
WHO = {
    f"GIT_{who}_{what}": "mia@people.invalid"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


def key(desk: Any, name: str = "mia") -> SeedSigner:
    return signer_from_ssh((desk.keys / name).read_bytes())


def words(desk: Any, credential: str, name: str = "mia", comment: str = WORDS) -> bytes:
    return endorse.endorse(desk.ledger(), credential, key(desk, name), comment, desk.now)


def take_in(desk: Any, content: bytes) -> Effects:
    effects: Effects = desk.apply(
        endorse.record(desk.event(), desk.ledger(), desk.holders, content)
    )
    return effects


def codes(run: Callable[[], Any]) -> set[str]:
    with pytest.raises(Refused) as refused:
        run()
    assert all(finding.message and finding.hint for finding in refused.value.findings)
    return {finding.code for finding in refused.value.findings}


def again(content: bytes, signer: SeedSigner, desk: Any, **changed: Any) -> bytes:
    """Return an endorsement with other members, signed again by whoever writes that."""
    document: JsonObject = unsigned(parse_object(content)) | changed
    return to_bytes(sign_proof(document, signer, desk.now))


@pytest.fixture
def credential(desk: Any) -> str:
    """The id of a credential that rests on a review by mia."""
    desk.graded(score=0.9)
    desk.apply(issue.issue(desk.event(), desk.ledger(), desk.holders))
    desk.wait(hours=1)
    (found,) = desk.ledger().credentials()
    return str(found)


def test_what_a_mentor_signed_is_kept_byte_for_byte_with_a_record(
    desk: Any, credential: str
) -> None:
    content = words(desk, credential)
    effects = take_in(desk, content)
    path, filed = layout.endorsement(credential, "mia", 1), layout.endorsed(credential, "mia", 1)
    assert effects.records.keys() == {path, filed}
    ledger = desk.ledger()
    assert ledger.tree.read(path) == content
    record = load(Endorsed, ledger.tree.read(filed)).record
    (issued,) = ledger.issued(credential)
    assert (record.issued, record.endorsement) == (issued.digest, digest(content))
    assert record.reviewed == desk.attempt(issued.record.attempt).chain[-2].digest
    assert list(check_record(record, filed, desk.ledger().act_keys, None)) == []
    assert "was received" in effects.comment


def test_it_names_the_mentors_key_the_credential_and_the_exact_file(
    desk: Any, credential: str
) -> None:
    found = read_endorsement(words(desk, credential))
    ledger = desk.ledger()
    signed = ledger.tree.read(layout.signed(credential, 1))
    assert found.is_over(signed)
    assert found.credential == json.loads(signed)["id"]
    assert found.related["id"] == f"{ledger.issuer.url}/{layout.signed(credential, 1)}"
    assert found.id == f"{ledger.issuer.url}/{layout.endorsement(credential, 'mia', 1)}"
    assert found.issuer == key(desk).key_id.partition("#")[0]
    assert (found.name, found.comment) == ("Mia", WORDS)


def test_the_same_endorsement_again_changes_nothing(desk: Any, credential: str) -> None:
    content = words(desk, credential)
    first = take_in(desk, content)
    second = take_in(desk, content)
    assert (second.records, second.comment) == ({}, first.comment)


def test_a_mentor_speaks_once_about_a_signed_file(desk: Any, credential: str) -> None:
    content = words(desk, credential)
    other = words(desk, credential, comment="On second thoughts.")
    take_in(desk, content)
    assert codes(lambda: take_in(desk, other)) == {"END-003"}
    assert codes(lambda: words(desk, credential)) == {"END-003"}


def test_who_graded_nothing_of_it_does_not_endorse_it(desk: Any, credential: str) -> None:
    assert codes(lambda: words(desk, credential, "max")) == {"END-002"}


def test_who_is_no_mentor_does_not_endorse(desk: Any, credential: str) -> None:
    assert codes(lambda: words(desk, credential, "kim")) == {"END-001"}


def test_a_mentor_whose_file_has_ended_no_longer_endorses(desk: Any, credential: str) -> None:
    content = words(desk, credential)
    mentor = desk.ledger().mentor("mia").model_copy(update={"until": desk.now})
    desk.apply(Effects(records={}))
    replace_file(desk, layout.mentor("mia"), write(mentor))
    assert codes(lambda: words(desk, credential)) == {"END-001"}
    assert codes(lambda: take_in(desk, content)) == {"END-001"}


def test_a_credential_that_was_never_issued_is_not_endorsed(desk: Any, credential: str) -> None:
    assert codes(lambda: words(desk, "ab" * 16)) == {"REV-020"}


def test_a_revoked_credential_is_not_endorsed(desk: Any, credential: str) -> None:
    content = words(desk, credential)
    event = desk.event()
    desk.apply(revoke(event, desk.ledger(), desk.holders, credential, "Not theirs.", event.at))
    assert codes(lambda: take_in(desk, content)) == {"END-003"}


def test_a_date_before_the_credential_or_in_the_future_is_refused(
    desk: Any, credential: str
) -> None:
    desk.wait(days=-1)
    assert codes(lambda: words(desk, credential)) == {"END-004"}
    desk.wait(days=3)
    early = words(desk, credential)
    desk.wait(days=-2)
    assert codes(lambda: take_in(desk, early)) == {"END-004"}


def test_what_somebody_else_signed_in_a_mentors_name_is_refused(desk: Any, credential: str) -> None:
    content = words(desk, credential)
    forged = parse_object(content)
    stranger = parse_object(sign_endorsement(unsigned(forged), key(desk), desk.now))
    value = json.loads(again(content, key(desk, "kim"), desk))["proof"][0]["proofValue"]
    stranger["proof"][0]["proofValue"] = value
    assert codes(lambda: take_in(desk, to_bytes(stranger))) == {"VC-024"}


def test_words_that_were_changed_after_signing_are_refused(desk: Any, credential: str) -> None:
    content = words(desk, credential)
    assert codes(lambda: take_in(desk, content.replace(b"second", b"third"))) == {"VC-024"}


def test_an_endorsement_of_another_file_is_refused(desk: Any, credential: str) -> None:
    content = words(desk, credential)
    item = parse_object(content)["relatedResource"][0]
    wrong = "sha384-" + base64.b64encode(bytes(48)).decode()
    moved = again(content, key(desk), desk, relatedResource=[item | {"digestSRI": wrong}])
    assert codes(lambda: take_in(desk, moved)) == {"END-010"}


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Master of everything"},
        {"description": "More than a reader is shown."},
        {"validUntil": "2030-01-01T00:00:00Z"},
        {"id": "https://elsewhere.example/endorsement.json"},
        {"validFrom": "2026-11-03T09:00:00.5Z"},
    ],
)
def test_an_endorsement_that_says_more_or_otherwise_is_refused(
    desk: Any, credential: str, changed: dict[str, Any]
) -> None:
    made = again(words(desk, credential), key(desk), desk, **changed)
    assert "END-011" in codes(lambda: take_in(desk, made))


def test_another_name_than_the_mentors_is_refused(desk: Any, credential: str) -> None:
    content = words(desk, credential)
    issuer = parse_object(content)["issuer"] | {"name": "The Academy itself"}
    assert codes(lambda: take_in(desk, again(content, key(desk), desk, issuer=issuer))) == {
        "END-011"
    }


def test_every_reason_is_given_at_once(desk: Any, credential: str) -> None:
    content = words(desk, credential)
    event = desk.event()
    desk.apply(revoke(event, desk.ledger(), desk.holders, credential, "Not theirs.", event.at))
    made = again(content, key(desk), desk, name="Other")
    assert codes(lambda: take_in(desk, made)) == {"END-003", "END-011"}


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[" * 500, b" " * 20_000])
def test_what_is_no_endorsement_is_refused_with_a_reason(desk: Any, content: bytes) -> None:
    assert codes(lambda: take_in(desk, content))


def test_an_endorsement_of_something_elsewhere_is_refused(desk: Any, credential: str) -> None:
    content = words(desk, credential)
    subject = parse_object(content)["credentialSubject"] | {"id": "https://elsewhere.example/1"}
    assert codes(
        lambda: take_in(desk, again(content, key(desk), desk, credentialSubject=subject))
    ) == {"REV-020"}


def test_a_credential_of_the_same_id_on_another_site_is_another_one(
    desk: Any, credential: str
) -> None:
    content = words(desk, credential)
    elsewhere = f"https://elsewhere.example/{layout.credential(credential)}/credential.json"
    subject = parse_object(content)["credentialSubject"] | {"id": elsewhere}
    made = again(content, key(desk), desk, credentialSubject=subject)
    assert codes(lambda: take_in(desk, made)) == {"END-010"}


# after the issuer's key was compromised


def signed_again(desk: Any, number: int = 2) -> Holders:
    seed = f"{number}{number}" * 32
    public = multikey.encode(SeedSigner("", bytes.fromhex(seed)).public_key)
    new = f"key-2026-{number}"
    desk.apply(Effects(records=rekey.add(desk.ledger(), new, public, desk.now)))
    old = f"key-2026-{number - 1}"
    desk.apply(Effects(records=rekey.compromise(desk.ledger(), old, desk.now)))
    desk.wait(hours=1)
    holders = Holders({**desk.holders.secrets, "issuer": f"{new}:{seed}"})
    desk.apply(issue.issue(desk.event(), desk.ledger(), holders))
    desk.wait(hours=1)
    return holders


def test_an_endorsement_of_the_file_from_before_is_not_taken_in_any_more(
    desk: Any, credential: str
) -> None:
    content = words(desk, credential)
    signed_again(desk)
    assert codes(lambda: take_in(desk, content)) == {"END-010"}


def test_what_was_signed_again_can_be_endorsed_again_and_both_are_kept(
    desk: Any, credential: str
) -> None:
    first = words(desk, credential)
    take_in(desk, first)
    signed_again(desk)
    second = words(desk, credential)
    effects = take_in(desk, second)
    folder = layout.credential(credential)
    assert effects.records.keys() == {
        f"{folder}/endorsement-mia.2.json",
        f"{folder}/endorsed-mia.2.yml",
    }
    ledger = desk.ledger()
    one, two = endorsements(ledger, credential)
    assert (one.record.number, two.record.number) == (1, 2)
    assert two.record.previous == one.digest
    assert ledger.tree.read(f"{folder}/endorsement-mia.json") == first
    assert read_endorsement(second).is_over(ledger.tree.read(layout.signed(credential, 2)))


# what the site serves, and what a stranger finds


def served(desk: Any, credential: str, folder: Path) -> Path:
    """Write what the site serves of a credential, and return its folder there."""
    ledger = desk.ledger()
    number = ledger.issued(credential)[-1].record.number
    files = {
        **key_files(ledger),
        **status_lists(ledger),
        **published.files(ledger, credential),
        f"{layout.credential(credential)}/credential.json": ledger.tree.read(
            layout.signed(credential, number)
        ),
    }
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder / layout.credential(credential)


def looked_at(desk: Any, file: Path, mirror: Path, related: bool = False) -> Verification:
    return verify_source(str(file), now=desk.now, mirror=mirror, related=related)


def test_the_site_serves_each_endorsement_and_the_file_that_it_cites(
    desk: Any, credential: str, tmp_path: Path
) -> None:
    assert published.files(desk.ledger(), credential) == {}
    content = words(desk, credential)
    take_in(desk, content)
    folder = served(desk, credential, tmp_path / "site")
    assert (folder / "endorsement-mia.json").read_bytes() == content
    assert (folder / "1.json").read_bytes() == (folder / "credential.json").read_bytes()
    (told,) = published.told(desk.ledger(), credential)
    assert (told.name, told.comment, told.is_current) == ("Mia", WORDS, True)
    assert told.key == fingerprint(desk.ledger().mentor("mia").key)


def test_a_stranger_verifies_it_against_what_the_site_serves(
    desk: Any, credential: str, tmp_path: Path
) -> None:
    take_in(desk, words(desk, credential))
    folder = served(desk, credential, tmp_path / "site")
    found = looked_at(desk, folder / "endorsement-mia.json", tmp_path / "site", related=True)
    assert found.ok
    assert (found.signature.value, found.issuer.value) == ("valid", "unknown")
    steps = {step.id: (step.outcome.value, step.detail) for step in found.steps}
    assert steps["related"][0] == steps["endorsed"][0] == "passed"
    key = fingerprint(desk.ledger().mentor("mia").key)
    assert f"names the endorser's key, {key}, as that of a mentor" in steps["endorsed"][1]


def test_beside_another_file_the_endorsement_does_not_pass(
    desk: Any, credential: str, tmp_path: Path
) -> None:
    take_in(desk, words(desk, credential))
    folder = served(desk, credential, tmp_path / "site")
    other = (folder / "credential.json").read_bytes().replace(b"0.9", b"1.0")
    (folder / "credential.json").write_bytes(other)
    found = looked_at(desk, folder / "endorsement-mia.json", tmp_path / "site")
    assert [finding.code for finding in found.findings] == ["VC-091"]
    assert found.exit_code == 1


def test_an_endorsement_of_what_was_revoked_since_does_not_pass(
    desk: Any, credential: str, tmp_path: Path
) -> None:
    take_in(desk, words(desk, credential))
    event = desk.event()
    desk.apply(revoke(event, desk.ledger(), desk.holders, credential, "Not theirs.", event.at))
    folder = served(desk, credential, tmp_path / "site")
    found = looked_at(desk, folder / "endorsement-mia.json", tmp_path / "site")
    assert [finding.code for finding in found.findings] == ["VC-092"]
    assert "revoked" in found.steps[-1].detail


def test_without_the_credential_nothing_is_said_of_it(
    desk: Any, credential: str, tmp_path: Path
) -> None:
    take_in(desk, words(desk, credential))
    folder = served(desk, credential, tmp_path / "site")
    (folder / "credential.json").unlink()
    found = looked_at(desk, folder / "endorsement-mia.json", tmp_path / "site")
    assert (found.steps[-1].id, found.steps[-1].outcome.value) == ("endorsed", "not_checked")
    assert found.ok


def test_a_forged_endorsement_makes_nobody_fetch_anything(
    desk: Any, credential: str, tmp_path: Path
) -> None:
    take_in(desk, words(desk, credential))
    folder = served(desk, credential, tmp_path / "site")
    path = folder / "endorsement-mia.json"
    path.write_bytes(path.read_bytes().replace(b"second", b"third"))
    found = looked_at(desk, path, tmp_path / "site")
    assert found.signature.value == "forged"
    assert found.steps[-1].outcome.value == "not_checked"


def test_after_a_new_signature_the_old_word_is_told_as_one_of_the_file_before(
    desk: Any, credential: str, tmp_path: Path
) -> None:
    take_in(desk, words(desk, credential))
    signed_again(desk)
    old = looked_at(
        desk,
        served(desk, credential, tmp_path / "site") / "endorsement-mia.json",
        tmp_path / "site",
        related=True,
    )
    assert [finding.code for finding in old.findings] == ["VC-091"]
    assert {step.id: step.outcome.value for step in old.steps}["related"] == "passed"
    take_in(desk, words(desk, credential, comment="And again."))
    folder = served(desk, credential, tmp_path / "site")
    assert looked_at(desk, folder / "endorsement-mia.2.json", tmp_path / "site").ok
    told = published.told(desk.ledger(), credential)
    assert [(one.file, one.is_current) for one in told] == [
        ("endorsement-mia.2.json", True),
        ("endorsement-mia.json", False),
    ]


# by pull request


def brings(desk: Any, files: Mapping[str, bytes], mode: str = "100644", kind: str = "") -> Event:
    index = {"GIT_INDEX_FILE": str(desk.git.path / "endorse-index")}
    desk.git.run("read-tree", "main", env=index)
    for path, content in files.items():
        blob = desk.git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
        line = f"{mode} {blob}\t{path}\n"
        desk.git.run("update-index", "--index-info", stdin=line.encode(), env=index)
    tree = desk.git.text("write-tree", env=index)
    head = desk.git.text("commit-tree", tree, "-p", "main", "-m", "my word", env=WHO)
    actor = Account(501, "mia")
    desk.events += 1
    request = PullRequest(78, actor, head, "mia/records", "endorse")
    return Event(f"{kind or 'pull_request.opened'}:{desk.events}", desk.now, actor, request)


def by_pull_request(desk: Any, event: Event) -> Effects:
    effects: Effects = desk.apply(
        endorse.record_by_pull_request(event, desk.ledger(), desk.holders)
    )
    return effects


def test_a_pull_request_brings_it_and_is_closed(desk: Any, credential: str) -> None:
    event = brings(desk, {FILE: words(desk, credential)})
    assert endorse.is_brought(event, desk.ledger())
    effects = by_pull_request(desk, event)
    assert effects.close
    assert desk.ledger().tree.names(layout.GRADES_INBOX) == []
    assert by_pull_request(desk, event).records == {}


def test_a_pull_request_with_a_review_brings_no_endorsement(desk: Any, credential: str) -> None:
    event = brings(desk, {f"{layout.GRADES_INBOX}/review.yml": b"x"})
    assert not endorse.is_brought(event, desk.ledger())
    assert not endorse.is_brought(desk.event(), desk.ledger())


def test_a_closed_pull_request_brings_nothing(desk: Any, credential: str) -> None:
    event = brings(desk, {FILE: words(desk, credential)}, kind="pull_request.closed")
    assert by_pull_request(desk, event) == Effects()


@pytest.mark.parametrize(
    ("more", "mode", "code"),
    [
        ({"README.md": b"x"}, "100644", "INB-010"),
        ({f"{layout.GRADES_INBOX}/review.yml": b"x"}, "100644", "INB-010"),
        ({}, "120000", "INB-002"),
        ({FILE: b" " * 20_000}, "100644", "INB-003"),
    ],
)
def test_a_pull_request_that_brings_anything_else_is_refused(
    desk: Any, credential: str, more: dict[str, bytes], mode: str, code: str
) -> None:
    event = brings(desk, {FILE: words(desk, credential), **more}, mode)
    assert code in codes(lambda: by_pull_request(desk, event))


def test_a_pull_request_without_it_is_told_what_is_missing(desk: Any, credential: str) -> None:
    event = brings(desk, {"README.md": b"x"})
    assert codes(lambda: by_pull_request(desk, event)) == {"INB-010", "INB-011"}


# what a credential is named by


@pytest.mark.parametrize(
    "text",
    [
        "ab" * 16,
        f"credentials/ab/{'ab' * 16}",
        f"https://twins.example/credentials/ab/{'ab' * 16}/credential.json",
        f"https://twins.example/credentials/ab/{'ab' * 16}/",
    ],
)
def test_a_credential_is_named_by_id_folder_or_url(text: str) -> None:
    assert endorse.credential_named(text) == "ab" * 16


@pytest.mark.parametrize("text", ["", "credential.json", "AB" * 16, "ab" * 17, "x\n" + "ab" * 16])
def test_what_names_no_credential_is_refused(text: str) -> None:
    assert codes(lambda: endorse.credential_named(text)) == {"REV-020"}


def test_without_words_of_his_own_a_mentor_says_that_he_stands_by_it() -> None:
    assert "stand by" in STANDS_BY


def replace_file(desk: Any, path: str, content: bytes) -> None:
    """Commit another content of a file that is no record."""
    index = {"GIT_INDEX_FILE": str(desk.git.path / "replace-index")}
    desk.git.run("read-tree", "main", env=index)
    blob = desk.git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
    line = f"100644 {blob}\t{path}\n"
    desk.git.run("update-index", "--index-info", stdin=line.encode(), env=index)
    tree = desk.git.text("write-tree", env=index)
    when = {f"GIT_{who}_DATE": desk.now.isoformat() for who in ("AUTHOR", "COMMITTER")}
    head = desk.git.text("commit-tree", tree, "-p", "main", "-m", "changed", env=WHO | when)
    desk.git.run("update-ref", "refs/heads/main", head)
