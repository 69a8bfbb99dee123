"""A learner agrees, an operator asks, an employer answers: each only after the other."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from jobtwin.acts import attest
from jobtwin.acts.attest import writing
from jobtwin.acts.issue import issue
from jobtwin.acts.revoke import revoke
from jobtwin.cli import _run
from jobtwin.credential.endorsement import SignedFile, did_key, did_key_method
from jobtwin.credential.keys import SeedSigner, to_multikey
from jobtwin.errors import EngineError, Refused, UsageError
from jobtwin.forge import founding
from jobtwin.forge.events import Account, Event, PullRequest, event_to_json
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.organisation import ActKeys
from jobtwin.records.outcome import Asked, Attested, Consent, Employer, Employers, Outcome
from jobtwin.repository import append, outcomes, ssh
from jobtwin.repository.fetch import NotHad
from jobtwin.rules.outcome import AFTER, CONSENT, STATEMENT, WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobtwin.repository.ledger import Ledger

LEARNER = Account(1001, "lea")
SEED = bytes(range(32))
OWN = SeedSigner("", SEED).public_key
BARE = SeedSigner(did_key_method(OWN), SEED)
WEB = "did:web:employer.example"
NAMED = SeedSigner(f"{WEB}#key-1", SEED)
KEPT = Outcome(hired=True, in_role=True, again=True, comment="Ships.\nWrites it down, too.")


def did_json(key: bytes = OWN, did: str = WEB) -> bytes:
    method = {
        "id": f"{did}#key-1",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": to_multikey(key),
    }
    document = {"id": did, "verificationMethod": [method], "assertionMethod": [method["id"]]}
    return json.dumps(document).encode()


class Web:
    """The employer's site; says what was asked of it."""

    def __init__(self, content: bytes | None = None) -> None:
        self.content, self.asked = did_json() if content is None else content, list[str]()

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if not self.content:
            raise NotHad("the server answers 404")
        return self.content


def merge(desk: Any, files: dict[str, bytes]) -> None:
    """Change files on main as a person does, whose pull request was merged."""
    index = {"GIT_INDEX_FILE": str(desk.git.path / "merged-index")}
    desk.git.run("read-tree", "main", env=index)
    for path, content in files.items():
        blob = desk.git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
        line = f"100644 {blob}\t{path}\n".encode()
        desk.git.run("update-index", "--index-info", stdin=line, env=index)
    tree = desk.git.text("write-tree", env=index)
    who = append.BOT.environment(desk.now)
    made = desk.git.text("commit-tree", tree, "-p", "main", "-m", "Merge", env=who)
    desk.git.run("update-ref", "refs/heads/main", made)


class Workplace:
    """A desk with one credential, whose holder began somewhere on its first day."""

    def __init__(self, desk: Any, credential: str, began: datetime) -> None:
        self.desk, self.credential, self.began = desk, credential, began

    def consents(self, employer: str = WEB, **changes: Any) -> Consent:
        given: dict[str, Any] = {"format": 1, "credential": self.credential, "employer": employer}
        return Consent(**given, began=self.began, agree=True).model_copy(update=changes)

    def pulled(self, actor: Account = LEARNER, author: Account = LEARNER) -> Event:
        event: Event = self.desk.event(actor, kind="pull_request.opened")
        return replace(event, pull_request=PullRequest(9, author, "a" * 40))

    def agree(self, given: Consent | None = None, **who: Account) -> Any:
        content = write(given or self.consents())
        ledger, holders = self.desk.ledger(), self.desk.holders
        return self.desk.apply(attest.consent(self.pulled(**who), ledger, holders, content))

    def ask(self, after: timedelta = AFTER + timedelta(hours=1)) -> Any:
        self.desk.now = max(self.desk.now, self.began + after)
        given = self.desk.event(), self.desk.ledger(), self.desk.holders, self.credential
        return self.desk.apply(attest.ask(*given, "mail"))

    def said(self, outcome: Outcome = KEPT, using: Any = NAMED, **changes: Any) -> bytes:
        ledger = self.desk.ledger()
        content = ledger.tree.read(layout.signed(self.credential, 1))
        url = f"{ledger.issuer.url}/{layout.signed(self.credential, 1)}"
        given: dict[str, Any] = {"at": self.desk.now, "number": 1} | changes
        return writing.statement(SignedFile(content, url), outcome, "Acme", using, **given)

    def attest(self, content: bytes, fetch: Callable[[str], bytes] | None = None) -> Any:
        given = self.desk.event(), self.desk.ledger(), self.desk.holders, content
        return self.desk.apply(attest.attest(*given, fetch or Web()))

    def merge(self, **changes: Any) -> None:
        entry = Employer(id="acme", name="Acme", did=did_key(OWN), since=self.began)
        found = Employers(format=1, employers=(entry.model_copy(update=changes),))
        merge(self.desk, {layout.EMPLOYERS: write(found)})


def story_of(ledger: Ledger, work: Workplace) -> outcomes.Story:
    found = outcomes.story(ledger, work.credential)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Where the desk with one credential is kept that was played once, for copying."""
    return tmp_path_factory.mktemp("issued") / "kept.git", {}


@pytest.fixture
def work(desk: Any, kept: tuple[Path, dict[str, Any]]) -> Workplace:
    folder, played = kept
    if not played:
        played["began"] = desk.now.replace(hour=0)
        desk.graded(score=0.9)
        desk.apply(issue(desk.event(), desk.ledger(), desk.holders))
        (played["credential"],) = desk.ledger().credentials()
        desk.close()
        shutil.copytree(desk.git.path, folder)
        played["clock"] = desk.now, desk.events
    shutil.rmtree(desk.git.path)
    shutil.copytree(folder, desk.git.path)
    desk.now, desk.events = played["clock"]
    return Workplace(desk, played["credential"], played["began"])


@pytest.fixture
def asked(work: Workplace) -> Workplace:
    """The learner has agreed to did:web:employer.example, which was asked."""
    work.agree()
    work.ask()
    work.desk.wait(days=1)
    return work


def test_a_statement_is_kept_byte_for_byte_with_the_did_document_that_vouched(
    asked: Workplace,
) -> None:
    content, web = asked.said(), Web()
    effects = asked.attest(content, web)
    kept = asked.desk.ledger()
    assert web.asked == ["https://employer.example/.well-known/did.json"]
    assert kept.tree.read(layout.statement(asked.credential, 1)) == content
    assert kept.tree.read(layout.employer_did(asked.credential, 1)) == did_json()
    assert "/outcome-1.json" in effects.comment
    (answer,) = outcomes.answers(kept, story_of(kept, asked))
    assert answer.statement.outcome == KEPT
    assert answer.attested.endorses == 1


def test_the_same_statement_again_changes_nothing(asked: Workplace) -> None:
    content = asked.said()
    asked.attest(content)
    again = asked.attest(content)
    assert not again.records
    assert "was received" in again.comment


def test_an_employer_may_correct_itself_and_the_last_word_binds(asked: Workplace) -> None:
    asked.attest(asked.said())
    gone = Outcome(hired=True, in_role=False, again=False)
    asked.attest(asked.said(gone, number=2))
    ledger = asked.desk.ledger()
    answer = outcomes.binding(ledger, story_of(ledger, asked))
    assert answer is not None
    assert answer.statement.outcome == gone


def test_a_bare_key_counts_once_an_operator_has_merged_it(work: Workplace) -> None:
    with pytest.raises(Refused, match="ATT-002"):
        work.agree(work.consents(did_key(OWN)))
    work.merge()
    work.agree(work.consents(did_key(OWN)))
    work.ask()
    effects = work.attest(work.said(using=BARE), Web(b""))
    assert layout.employer_did(work.credential, 1) not in effects.records
    assert load(Attested, effects.records[layout.attested(work.credential, 1)]).record.issuer == (
        did_key(OWN)
    )


@pytest.mark.parametrize("ended", ["until", "compromised"])
def test_a_key_that_has_ended_signs_nothing_new(work: Workplace, ended: str) -> None:
    work.merge()
    work.agree(work.consents(did_key(OWN)))
    work.ask()
    work.merge(**{ended: work.desk.now})
    work.desk.wait(days=1)
    with pytest.raises(Refused, match="ATT-002"):
        work.attest(work.said(using=BARE))


def test_what_a_lost_key_has_signed_counts_no_more(work: Workplace) -> None:
    work.merge()
    work.agree(work.consents(did_key(OWN)))
    work.ask()
    work.attest(work.said(using=BARE))
    work.merge(compromised=work.desk.now)
    ledger = work.desk.ledger()
    assert outcomes.binding(ledger, story_of(ledger, work)) is None
    assert [case.outcome for case in outcomes.cases(ledger)] == [None]


@pytest.mark.parametrize("who", [{"actor": Account(7, "eve")}, {"author": Account(7, "eve")}])
def test_nobody_but_the_holder_agrees(work: Workplace, who: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="ATT-006"):
        work.agree(**who)


def test_what_was_agreed_first_stands(work: Workplace) -> None:
    work.agree()
    assert not work.agree().records
    with pytest.raises(Refused, match="ATT-007"):
        work.agree(work.consents("did:web:kinder.example"))


def test_nobody_is_asked_without_the_learners_consent(work: Workplace) -> None:
    with pytest.raises(Refused, match="ATT-008"):
        work.ask()


def test_nobody_is_asked_before_the_90_days_are_over(work: Workplace) -> None:
    work.agree()
    with pytest.raises(Refused, match="ATT-001"):
        work.ask(AFTER - timedelta(seconds=1))
    assert work.ask(AFTER).records


def test_asking_twice_gives_the_same_letter_and_no_second_chance(work: Workplace) -> None:
    work.agree()
    first = work.ask()
    work.desk.wait(days=40)
    again = work.ask()
    assert (again.records, again.comment) == ({}, first.comment)
    record = load(Asked, first.records[layout.asked(work.credential)]).record
    assert record.answer_by == record.at + WINDOW


def test_about_a_revoked_credential_nobody_is_asked(work: Workplace) -> None:
    work.agree()
    event = work.desk.event()
    given = event, work.desk.ledger(), work.desk.holders, work.credential
    work.desk.apply(revoke(*given, "A mistake.", event.at))
    with pytest.raises(Refused, match="ATT-005"):
        work.ask()


@pytest.mark.parametrize("name", ["f" * 32, "../../keys", ""])
def test_an_unknown_credential_is_told_so(work: Workplace, name: str) -> None:
    work.credential = name
    with pytest.raises(Refused, match="ATT-005"):
        work.ask()


def test_who_was_not_asked_says_nothing(work: Workplace) -> None:
    with pytest.raises(Refused, match="ATT-008"):
        work.attest(work.said())


def test_another_employer_says_nothing(asked: Workplace) -> None:
    web = Web()
    other = SeedSigner("did:web:rival.example#key-1", SEED)
    with pytest.raises(Refused, match="ATT-008"):
        asked.attest(asked.said(using=other), web)
    assert web.asked == [], "nobody makes us fetch whom we did not ask"


def test_a_statement_signed_by_another_key_is_refused(asked: Workplace) -> None:
    thief = SeedSigner(NAMED.key_id, b"t" * 32)
    with pytest.raises(Refused, match="VC-024"):
        asked.attest(asked.said(using=thief))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "ATT-012"),
        (b"x" * 70_000, "ATT-012"),
        (did_json(did="did:web:rival.example"), "VC-033"),
        (b"<html>", "VC-00"),
    ],
)
def test_a_did_document_that_does_not_vouch_is_refused(
    asked: Workplace, content: bytes, code: str
) -> None:
    with pytest.raises(Refused, match=code):
        asked.attest(asked.said(), Web(content))


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
def test_a_did_web_that_leads_into_our_network_is_not_asked(
    work: Workplace, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[object] = []
    monkeypatch.setattr("socket.create_connection", lambda *where, **_: connected.append(where))
    work.agree(work.consents(f"did:web:{host}"))
    work.ask()
    inside = SeedSigner(f"did:web:{host}#key-1", SEED)
    content = work.said(using=inside)
    given = work.desk.event(), work.desk.ledger(), work.desk.holders, content
    with pytest.raises(Refused, match=r"ATT-012.*not at a public address"):
        attest.attest(*given)
    assert connected == []


def test_a_statement_about_other_bytes_is_refused(asked: Workplace) -> None:
    ledger = asked.desk.ledger()
    content = ledger.tree.read(layout.signed(asked.credential, 1)).replace(b"0.9", b"1.0")
    url = f"{ledger.issuer.url}/{layout.signed(asked.credential, 1)}"
    forged = writing.statement(SignedFile(content, url), KEPT, "Acme", NAMED, asked.desk.now)
    with pytest.raises(Refused, match="ATT-009"):
        asked.attest(forged)


def test_a_statement_says_which_one_it_is(asked: Workplace) -> None:
    with pytest.raises(Refused, match=r"ATT-009.*outcome-1\.json"):
        asked.attest(asked.said(number=2))


def test_a_statement_of_before_the_90_days_is_refused(asked: Workplace) -> None:
    with pytest.raises(Refused, match="ATT-001"):
        asked.attest(asked.said(at=asked.began + AFTER - timedelta(days=1)))


def test_a_statement_of_tomorrow_is_refused(asked: Workplace) -> None:
    with pytest.raises(Refused, match="ATT-003"):
        asked.attest(asked.said(at=asked.desk.now + timedelta(days=1)))


def test_a_late_answer_still_counts(asked: Workplace) -> None:
    asked.desk.wait(days=200)
    assert asked.attest(asked.said()).records


def test_an_employer_may_not_correct_itself_for_ever(asked: Workplace) -> None:
    for number in range(1, outcomes.MAX_STATEMENTS + 1):
        asked.desk.wait(minutes=1)
        asked.attest(asked.said(number=number))
    with pytest.raises(Refused, match="ATT-009"):
        asked.attest(asked.said(number=outcomes.MAX_STATEMENTS + 1))


def test_a_desk_key_of_before_is_not_used_for_what_audit_would_refuse(work: Workplace) -> None:
    keys = work.desk.ledger().need(ActKeys, layout.ACT_KEYS)
    acts = ("claim", "review", "decide", "calibrate")
    older = [k.model_copy(update={"acts": acts}) if "claim" in k.acts else k for k in keys.keys]
    merge(work.desk, {layout.ACT_KEYS: write(ActKeys(format=1, keys=tuple(older)))})
    with pytest.raises(EngineError, match="may not write outcomes"):
        work.agree()


# by pull request


def brings(desk: Any, files: dict[str, bytes], mode: str = "100644") -> Event:
    """Return the event of the learner's pull request that adds files."""
    index = {"GIT_INDEX_FILE": str(desk.git.path / "pull-index")}
    desk.git.run("read-tree", "main", env=index)
    for path, content in files.items():
        blob = desk.git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
        line = f"{mode} {blob}\t{path}\n".encode()
        desk.git.run("update-index", "--index-info", stdin=line, env=index)
    tree = desk.git.text("write-tree", env=index)
    who = append.Author("Lea", "lea@people.invalid").environment(desk.now)
    head = desk.git.text("commit-tree", tree, "-p", "main", "-m", "Bring", env=who)
    event: Event = desk.event(LEARNER, kind="pull_request.opened")
    return replace(event, pull_request=PullRequest(9, LEARNER, head))


def take_in(work: Workplace, event: Event) -> Any:
    ledger = work.desk.ledger()
    return work.desk.apply(attest.by_pull_request(event, ledger, work.desk.holders, Web()))


def test_consent_and_statement_come_by_pull_requests_that_are_never_merged(
    work: Workplace,
) -> None:
    agreed = take_in(work, brings(work.desk, {CONSENT: write(work.consents())}))
    work.ask()
    told = take_in(work, brings(work.desk, {STATEMENT: work.said()}))
    assert agreed.close
    assert told.close
    assert work.desk.ledger().tree.names(layout.OUTCOMES_INBOX) == []


@pytest.mark.parametrize(
    ("files", "mode"),
    [
        ({}, "100644"),
        ({CONSENT: b"x", STATEMENT: b"x"}, "100644"),
        ({CONSENT: b"x", "src/jobtwin/errors.py": b"x"}, "100644"),
        ({layout.EMPLOYERS: b"x"}, "100644"),
        ({CONSENT: b"/etc/passwd"}, "120000"),
        ({CONSENT: b"x" * 5000}, "100644"),
        ({STATEMENT: b"x" * 17_000}, "100644"),
        ({f"{layout.OUTCOMES_INBOX}/\u202eosj": b"x"}, "100644"),
    ],
)
def test_a_pull_request_brings_one_bounded_file(
    work: Workplace, files: dict[str, bytes], mode: str
) -> None:
    with pytest.raises(Refused, match="ATT-004"):
        take_in(work, brings(work.desk, files, mode))


def test_a_closed_pull_request_asks_for_nothing(work: Workplace) -> None:
    event = brings(work.desk, {CONSENT: write(work.consents())})
    closed = replace(event, id=event.id.replace("opened", "closed"))
    assert take_in(work, closed).records == {}


# at the employer's, and on the command line


def test_an_employer_signs_with_an_ssh_key_or_a_pem_file(tmp_path: Path) -> None:
    ssh.make_key(tmp_path / "key", "hr@employer.example")
    line = ssh.public_key(tmp_path / "key.pub").split()[1]
    own = base64.b64decode(line)[-32:]
    content = (tmp_path / "key").read_bytes()
    assert writing.signer(content, str).key_id == did_key_method(own)
    assert writing.signer(content, str, NAMED.key_id).key_id == NAMED.key_id
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    locked = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a passphrase")
    )
    assert writing.signer(locked, lambda: "a passphrase").sign(b"x") == BARE.sign(b"x")
    with pytest.raises(UsageError, match="passphrase"):
        writing.signer(locked, lambda: "another")


@pytest.mark.parametrize("content", [b"", b"x", b"-----BEGIN OPENSSH PRIVATE KEY-----\nx"])
def test_what_is_no_key_is_told_so(content: bytes) -> None:
    with pytest.raises((UsageError, Refused), match=r"cannot be read|SIG-010"):
        writing.signer(content, str)


def test_a_key_of_another_kind_is_told_so() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(UsageError, match="not an Ed25519"):
        writing.signer(pem, str)


@pytest.mark.parametrize(
    "url", ["https://x.example/1.json", "https://credentials.example/credentials/credential.json"]
)
def test_a_statement_is_made_from_a_file_that_stays(asked: Workplace, url: str) -> None:
    content = asked.desk.ledger().tree.read(layout.signed(asked.credential, 1))
    with pytest.raises(Refused, match="ATT-013"):
        writing.statement(SignedFile(content, url), KEPT, "Acme", NAMED, asked.desk.now)


def test_everything_by_the_command_line(
    work: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The dates are of long ago, so that what is signed now is in time."""
    desk, secrets = work.desk, tmp_path / "secrets"
    founding.write_secrets(desk.holders, secrets)
    ssh.make_key(tmp_path / "key", "hr@employer.example")

    def run(*words: str, event: Event | None = None) -> str:
        given = [*words]
        if event:
            (tmp_path / "event.json").write_bytes(event_to_json(event))
            given += ["--event", str(tmp_path / "event.json"), "--secrets", str(secrets)]
            given += ["--repo", str(desk.git.path)]
        assert _run(["attest", *given]) == 0
        return capsys.readouterr().out

    did = run("key", str(tmp_path / "key")).strip()
    work.merge(did=did)
    began = "2025-01-01"
    out = str(tmp_path / "consent.yml")
    run("consent", work.credential, "--employer", did, "--began", began, "--out", out)
    run("record", out, event=work.pulled())
    assert "jobtwin attest write" in run(
        "ask", work.credential, "--how", "mail", event=desk.event()
    )
    signed = tmp_path / "1.json"
    signed.write_bytes(desk.ledger().tree.read(layout.signed(work.credential, 1)))
    said = str(tmp_path / "outcome.json")
    answer = ["--hired", "yes", "--in-role", "yes", "--again", "yes"]
    key = ["--key", str(tmp_path / "key"), "--name", "Acme"]
    run("write", str(signed), *key, *answer, "--out", said)
    desk.now = max(desk.now, datetime.now(UTC) + timedelta(seconds=1))
    run("record", said, event=desk.event())
    assert "answered" in run("list", "--repo", str(desk.git.path))
    told = json.loads(run("rate", "--json", "--repo", str(desk.git.path)))
    assert told["rows"][0] == {"name": "all", "asked": "fewer than 5"}
    assert "fewer than 5" in run("rate", "--repo", str(desk.git.path))
