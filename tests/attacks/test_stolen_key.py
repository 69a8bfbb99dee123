"""The issuer's key is stolen on Tuesday: from the theft until everything verifies again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.attacks.history import Play
from tests.conftest import PROJECT

from jobtwin import multikey
from jobtwin.acts import rekey
from jobtwin.acts.audit import audit
from jobtwin.acts.build import build
from jobtwin.acts.issue import approved, batch, issue
from jobtwin.acts.revoke import revoke
from jobtwin.acts.verify import verify_published, verify_source
from jobtwin.credential import proof
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.keys import SeedSigner
from jobtwin.forge.events import Account
from jobtwin.keys import Holders
from jobtwin.records import layout
from jobtwin.repository import append
from jobtwin.repository.append import Author
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

NEW = hashlib.sha256(b"NOT A SECRET new").digest()
WHO = Author("A Founder", "founder@people.invalid")


@dataclass
class Story:
    """What happens, and the site as it was published last."""

    play: Play
    root: Path
    site: Path = Path()
    published: int = 0

    def ledger(self, read: Callable[[Ledger], Any]) -> Any:
        with Tree(self.play.forge.origin, "refs/heads/main") as tree:
            return read(Ledger(tree))

    def publish(self) -> None:
        self.published += 1
        self.site = self.root / f"site-{self.published}"
        self.ledger(lambda ledger: build(ledger, self.site))

    def change(self, files: dict[str, bytes]) -> None:
        """Merge what an operator changed in a clone."""
        append.add(self.play.forge.origin, files, "Keys", self.play.forge.now, WHO)
        self.play.forge.wait(minutes=5)

    def issue_approved(self, holders: Holders) -> str:
        listed = self.ledger(batch)
        event = self.play.forge.dispatch()
        self.play.act(
            event,
            lambda ledger: issue(event, ledger, holders, approved(ledger, listed.digest)),
        )
        return str(listed.digest)

    def verdict(self, source: str) -> tuple[str, str]:
        now = self.play.forge.now
        trusted = ("did:web:credentials.example",)
        found = verify_source(source, now=now, mirror=self.site, trusted=trusted)
        return found.signature.value, found.status.value

    def names(self) -> list[str]:
        return list(self.ledger(lambda ledger: list(ledger.credentials())))

    def url(self, name: str, file: str = "credential.json") -> str:
        return f"https://credentials.example/{layout.credential(name)}/{file}"

    def served(self, name: str, file: str = "credential.json") -> bytes:
        return (self.site / layout.credential(name) / file).read_bytes()


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """Two learners pass, one is revoked later on; both are issued and published on Monday."""
    docs = {
        str(path.relative_to(PROJECT)): path.read_bytes()
        for path in (PROJECT / "docs").rglob("*")
        if path.is_file()
    }
    mkdocs = {"mkdocs.yml": (PROJECT / "mkdocs.yml").read_bytes()}
    (tmp_path / "play").mkdir()
    play = Play(tmp_path / "play", docs | mkdocs)
    play.calibrate()
    play.pass_one(Account(1001, "lea"), 1)
    play.pass_one(Account(1002, "leo"), 2)
    event = play.forge.dispatch()
    play.act(event, lambda ledger: issue(event, ledger, play.holders))
    told = Story(play, tmp_path)
    told.publish()
    return told


def _forged(story: Story, name: str) -> str:
    """Return a file with a credential that the thief made up, signed with the stolen key."""
    document = json.loads(story.served(name))
    stolen = story.play.holders.signer("issuer")
    assert isinstance(stolen, SeedSigner)
    made_up = proof.unsigned(document) | {"name": "Chief of everything"}
    signer = SeedSigner(document["proof"][0]["verificationMethod"], stolen.seed)
    path = story.root / "forged.json"
    path.write_bytes(to_bytes(proof.sign(made_up, signer, story.play.forge.now)))
    return str(path)


@pytest.mark.slow
def test_a_key_that_is_stolen_on_tuesday(story: Story) -> None:
    first, second = story.names()
    for name in (first, second):
        assert story.verdict(story.url(name)) == ("valid", "holds")
    before = {name: json.loads(story.served(name)) for name in (first, second)}
    copy = story.root / "copy.json"
    copy.write_bytes(story.served(first))
    play, forge = story.play, story.play.forge

    # Tuesday: the thief signs what nobody found, and every verifier takes it for genuine.
    forge.wait(days=1)
    forged = _forged(story, first)
    assert story.verdict(forged) == ("valid", "holds")

    # Two commands, committed and published: nothing under the old key verifies any more.
    public = multikey.encode(SeedSigner("", NEW).public_key)
    story.change(story.ledger(lambda ledger: rekey.add(ledger, "key-2026-2", public, forge.now)))
    story.change(story.ledger(lambda ledger: rekey.compromise(ledger, "key-2026-1", forge.now)))
    story.publish()
    for source in (forged, str(copy), story.url(first), story.url(second, "credential.jwt")):
        assert story.verdict(source)[0] != "valid"
    assert b"Not validly signed now" in story.served(first, "index.html")

    # What the records give is signed again by the new key, and what the thief made up is not.
    holders = Holders({**play.holders.secrets, "issuer": f"key-2026-2:{NEW.hex()}"})
    listed = story.ledger(batch)
    assert [item.record.credential for item in listed.again] == [first, second]
    assert (listed.due, listed.lists) == ((), (1,))
    story.issue_approved(holders)
    story.publish()
    for name in (first, second):
        assert story.verdict(story.url(name)) == ("valid", "holds")
        assert story.verdict(story.url(name, "credential.jwt")) == ("valid", "holds")
        again = json.loads(story.served(name))
        for member in ("id", "awardedDate", "credentialStatus", "credentialSubject", "evidence"):
            assert again[member] == before[name][member]
        assert again["validFrom"] > before[name]["validFrom"]
        page = story.served(name, "index.html").decode()
        assert "Signed again on" in page
        assert "A copy from before does not verify any more" in page
    for source in (forged, str(copy)):
        assert story.verdict(source)[0] != "valid"

    # The whole history holds, nothing is left to sign, and the site is what the records say.
    report = audit(forge.origin)
    assert report.divergences == (), report.text()
    assert report.checked["credentials derived again"] == 4
    assert report.checked["JWTs derived again"] == 4
    for commit in forge.origin.text("rev-list", "-n", "5", "main").split():
        later = audit(forge.origin, since=commit)
        assert later.divergences == (), later.text()
    assert story.ledger(batch).is_empty
    _, findings = story.ledger(
        lambda ledger: verify_published(ledger, 5, now=forge.now, mirror=story.site)
    )
    assert [item for item in findings if "commit.txt" not in str(item.path)] == []


@pytest.mark.slow
def test_what_was_revoked_is_seen_to_be_under_the_new_key_too(story: Story) -> None:
    first, second = story.names()
    play, forge = story.play, story.play.forge
    event = forge.dispatch()
    play.act(
        event,
        lambda ledger: revoke(event, ledger, play.holders, first, "Not the learner's.", forge.now),
    )
    public = multikey.encode(SeedSigner("", NEW).public_key)
    story.change(story.ledger(lambda ledger: rekey.add(ledger, "key-2026-2", public, forge.now)))
    story.change(story.ledger(lambda ledger: rekey.compromise(ledger, "key-2026-1", forge.now)))
    holders = Holders({**play.holders.secrets, "issuer": f"key-2026-2:{NEW.hex()}"})
    story.issue_approved(holders)
    story.publish()
    assert story.verdict(story.url(first)) == ("valid", "revoked")
    assert story.verdict(story.url(second)) == ("valid", "holds")
    report = audit(forge.origin)
    assert report.divergences == (), report.text()


@pytest.mark.slow
def test_a_retired_key_goes_on_verifying_and_the_lists_move_to_the_next(story: Story) -> None:
    first, _ = story.names()
    play, forge = story.play, story.play.forge
    public = multikey.encode(SeedSigner("", NEW).public_key)
    story.change(story.ledger(lambda ledger: rekey.add(ledger, "key-2026-2", public, forge.now)))
    story.change(story.ledger(lambda ledger: rekey.retire(ledger, "key-2026-1", forge.now)))
    listed = story.ledger(batch)
    assert (listed.due, listed.again, listed.lists) == ((), (), (1,))
    holders = Holders({**play.holders.secrets, "issuer": f"key-2026-2:{NEW.hex()}"})
    story.issue_approved(holders)
    story.publish()
    assert story.verdict(story.url(first)) == ("valid", "holds")
    served = json.loads((story.site / "status" / "1.json").read_bytes())
    assert served["proof"][0]["verificationMethod"].endswith("#key-2026-2")
    report = audit(forge.origin)
    assert report.divergences == (), report.text()
