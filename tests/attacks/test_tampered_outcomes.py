"""Histories in which somebody tampered with what employers said, or put words into their mouths.

One honest history is played on: the learner agrees, an operator asks, the employer answers under
its did:web and is found again later, when its site is long gone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.attacks.history import LEARNER, History, Play

from jobtwin.acts import attest
from jobtwin.acts.attest import writing
from jobtwin.acts.audit import audit
from jobtwin.acts.issue import issue
from jobtwin.credential.endorsement import SignedFile, did_key
from jobtwin.credential.keys import SeedSigner, to_multikey
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.outcome import (
    Asked,
    Attested,
    Consent,
    Consented,
    Employer,
    Employers,
    Outcome,
)
from jobtwin.repository.git import Git
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules.ledger import digest, sign
from jobtwin.rules.outcome import AFTER

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path


WEB = "did:web:employer.example"
SEED, STOLEN = (hashlib.sha256(f"NOT A SECRET {name}".encode()).digest() for name in ("a", "b"))
EMPLOYER = SeedSigner(f"{WEB}#key-1", SEED)
STRANGER = SeedSigner(f"{WEB}#key-1", STOLEN)
KEPT = Outcome(hired=True, in_role=True, again=True)
GONE = Outcome(hired=True, in_role=False, again=False, comment="Left after a month.")


def did_json(key: bytes) -> bytes:
    name = f"{WEB}#key-1"
    method = {"id": name, "type": "Multikey", "controller": WEB}
    method["publicKeyMultibase"] = to_multikey(key)
    return json.dumps(
        {"id": WEB, "verificationMethod": [method], "assertionMethod": [name]}
    ).encode()


@dataclass
class Told(History):
    """A history that goes on to an employer's statement."""

    credential: str = ""

    def said(self, outcome: Outcome = GONE, using: SeedSigner = EMPLOYER, number: int = 1) -> bytes:
        path = layout.signed(self.credential, 1)
        file = SignedFile(self.read(path), f"https://credentials.example/{path}")
        return writing.statement(file, outcome, "Acme", using, self.now, number)

    def exchanged(self, content: bytes, **changes: object) -> None:
        """Play history again with another statement, and a record that names it."""
        old = layout.statement(self.credential, 1)
        record = layout.attested(self.credential, 1)
        named = self.signed(record, Attested, statement=digest(content), **changes)
        self.rewrite(record, named)
        self.rewrite(old, content)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The honest history; nobody changes it."""
    play = Play(tmp_path_factory.mktemp("spoken"))
    play.calibrate()
    attempt = play.pass_one(LEARNER)
    forge, holders = play.forge, play.holders
    last = forge.dispatch()
    play.act(last, lambda ledger: issue(last, ledger, holders))
    began = forge.now.replace(hour=0, minute=0, second=0)
    (credential,) = Ledger(Tree(forge.origin, "refs/heads/main")).credentials()
    given = Consent(format=1, credential=credential, employer=WEB, began=began, agree=True)
    agreed = forge.push(1, {})
    play.act(agreed, lambda ledger: attest.consent(agreed, ledger, holders, write(given)))
    forge.wait(days=AFTER.days + 1)
    asks = forge.dispatch()
    play.act(asks, lambda ledger: attest.ask(asks, ledger, holders, credential, "mail"))
    told = Told(forge.origin, holders, play.keys, attempt, forge.now, credential)
    forge.wait(days=1)
    comes, content = forge.dispatch(), told.said(KEPT)
    web = did_json(EMPLOYER.public_key)
    play.act(comes, lambda ledger: attest.attest(comes, ledger, holders, content, lambda _: web))
    told.now = forge.now
    return told


@pytest.fixture
def history(spoken: Told, tmp_path: Path) -> Told:
    """A copy of the honest history to tamper with."""
    shutil.copytree(spoken.git.path, tmp_path / "copy.git")
    copy = Git(tmp_path / "copy.git")
    told = (spoken.holders, spoken.keys, spoken.attempt, spoken.now, spoken.credential)
    return Told(copy, *told)


def test_the_honest_history_holds_and_every_signature_is_checked_without_a_network(
    spoken: Told,
) -> None:
    report = audit(spoken.git)
    assert report.divergences == (), report.text()
    assert report.checked["signatures of employers"] == 1
    assert report.checked["records `attested`"] == 1


def test_the_honest_history_holds_from_each_of_its_commits(spoken: Told) -> None:
    for commit in spoken.git.text("rev-list", "--first-parent", "main").split()[:6]:
        assert audit(spoken.git, since=commit).divergences == ()


Caught = tuple[str, str]


def _merge(history: Told, *entries: Employer, at: datetime | None = None) -> None:
    found = Employers(format=1, employers=entries)
    history.commit({layout.EMPLOYERS: write(found)}, at)


def _entry(history: Told, **changes: object) -> Employer:
    entry = Employer(id="acme", name="Acme", did=WEB, since=history.now - timedelta(days=300))
    return entry.model_copy(update=changes)


def employer_removed(history: Told) -> Caught:
    _merge(history, _entry(history))
    _merge(history)
    return ("AUD-110", "was removed")


def employers_key_replaced(history: Told) -> Caught:
    _merge(history, _entry(history))
    _merge(history, _entry(history, did=did_key(STRANGER.public_key)))
    return ("AUD-110", "was changed")


def employer_revived(history: Told) -> Caught:
    _merge(history, _entry(history, until=history.now))
    _merge(history, _entry(history))
    return ("AUD-110", "was changed")


def one_key_for_two(history: Told) -> Caught:
    _merge(history, _entry(history))
    _merge(history, _entry(history), _entry(history, id="other"))
    return ("AUD-110", "stands twice")


def consent_left_out(history: Told) -> Caught:
    history.leave_out(layout.consented(history.credential))
    return ("AUD-111", "had not agreed")


def consent_to_somebody_else(history: Told) -> Caught:
    path = layout.consented(history.credential)
    other = history.signed(path, Consented, employer="did:web:rival.example")
    history.rewrite(path, other)
    return ("AUD-111", "the learner agreed to did:web:rival.example")


def asked_too_early(history: Told) -> Caught:
    path = layout.consented(history.credential)
    history.rewrite(path, history.signed(path, Consented, began=history.now))
    return ("AUD-111", "over on")


def time_to_answer_shortened(history: Told) -> Caught:
    path = layout.asked(history.credential)
    history.rewrite(path, history.signed(path, Asked, answer_by=history.now))
    return ("AUD-111", "time to answer")


def question_left_out(history: Told) -> Caught:
    history.leave_out(layout.asked(history.credential))
    return ("AUD-038", "never asked")


def bare_key_that_nobody_merged(history: Told) -> Caught:
    bare = did_key(EMPLOYER.public_key)
    for path, model in (
        (layout.consented(history.credential), Consented),
        (layout.asked(history.credential), Asked),
    ):
        history.rewrite(path, history.signed(path, model, employer=bare))
    return ("AUD-111", "is not in outcomes/keys.yml")


def answer_by_a_stranger(history: Told) -> Caught:
    history.exchanged(history.said(using=STRANGER))
    return ("AUD-112", "does not fit")


def did_document_exchanged(history: Told) -> Caught:
    content = did_json(STRANGER.public_key)
    path = layout.employer_did(history.credential, 1)
    record = layout.attested(history.credential, 1)
    said = history.signed(record, Attested, did_document=digest(content))
    history.rewrite(record, said)
    history.rewrite(path, content)
    return ("AUD-112", "does not fit")


def did_document_left_out(history: Told) -> Caught:
    history.leave_out(layout.employer_did(history.credential, 1))
    return ("AUD-112", "not available")


def did_document_unnamed(history: Told) -> Caught:
    record = layout.attested(history.credential, 1)
    history.rewrite(record, history.signed(record, Attested, did_document=None))
    return ("AUD-022", "no record of its commit names it")


def answer_by_another_employer(history: Told) -> Caught:
    record = layout.attested(history.credential, 1)
    said = history.signed(record, Attested, issuer="did:web:rival.example")
    history.rewrite(record, said)
    return ("AUD-111", f"{WEB} was asked")


def answer_in_other_words(history: Told) -> Caught:
    content = history.said().replace(b"Hired: yes", b"Hired: sure")
    history.exchanged(content)
    return ("AUD-113", "other words")


def answer_about_another_file(history: Told) -> Caught:
    path = layout.signed(history.credential, 1)
    changed = history.read(path).replace(b"0.75", b"0.95")
    file = SignedFile(changed, f"https://credentials.example/{path}")
    history.exchanged(writing.statement(file, GONE, "Acme", EMPLOYER, history.now))
    return ("AUD-113", "digest of another file")


def answer_at_another_address(history: Told) -> Caught:
    history.exchanged(history.said(number=2))
    return ("AUD-113", "outcome-2.json")


def answer_without_a_record(history: Told) -> Caught:
    history.commit({layout.statement(history.credential, 2): history.said(number=2)})
    return ("AUD-022", "no record")


def answer_altered(history: Told) -> Caught:
    path = layout.statement(history.credential, 1)
    history.commit({path: history.read(path).replace(b"Acme", b"Acne")})
    return ("AUD-001", "content was changed")


def answer_removed(history: Told) -> Caught:
    history.commit({layout.statement(history.credential, 1): None})
    return ("AUD-002", "was removed")


def answer_numbered_on(history: Told) -> Caught:
    record = layout.attested(history.credential, 1)
    history.rewrite(record, history.signed(record, Attested, number=3))
    return ("AUD-020", "attested-3.yml")


def consent_signed_with_the_clock_key(history: Told) -> Caught:
    path = layout.consented(history.credential)
    signer = history.holders.signer("clock")
    found = load(Consented, history.read(path)).record.model_copy(update={"key": signer.key_id})
    history.rewrite(path, write(sign(found, signer)))
    return ("LED-002", "may not do that")


TAMPERINGS: tuple[Callable[[Told], Caught], ...] = (
    employer_removed,
    employers_key_replaced,
    employer_revived,
    one_key_for_two,
    consent_left_out,
    consent_to_somebody_else,
    asked_too_early,
    time_to_answer_shortened,
    question_left_out,
    bare_key_that_nobody_merged,
    answer_by_a_stranger,
    did_document_exchanged,
    did_document_left_out,
    did_document_unnamed,
    answer_by_another_employer,
    answer_in_other_words,
    answer_about_another_file,
    answer_at_another_address,
    answer_without_a_record,
    answer_altered,
    answer_removed,
    answer_numbered_on,
    consent_signed_with_the_clock_key,
)


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_a_tampering_is_caught_with_its_own_words(
    history: Told, tamper: Callable[[Told], Caught]
) -> None:
    code, words = tamper(history)
    report = audit(history.git)
    found = {item.finding.code: item.finding for item in report.divergences}
    assert code in found, report.text()
    assert words in found[code].message


def test_an_outcome_that_is_touched_is_replayed_from_its_consent(history: Told) -> None:
    path = layout.consented(history.credential)
    history.rewrite(path, history.signed(path, Consented, employer="did:web:rival.example"))
    before = history.git.text("rev-parse", "main")
    history.commit({layout.attested(history.credential, 9): b"format: 1\n"})
    found = {item.finding.code for item in audit(history.git, since=before).divergences}
    assert {"AUD-021", "AUD-111"} <= found
