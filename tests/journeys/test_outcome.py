"""Ninety days later: the holder agrees, an operator asks, the employer answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.github.ordering import NAME
from tests.github.organisation import OTTO
from tests.github.people import ledger

from jobtwin.acts import verify
from jobtwin.acts.attest import writing
from jobtwin.acts.audit import audit
from jobtwin.credential.endorsement import SignedFile, did_key, did_key_method
from jobtwin.credential.keys import SeedSigner
from jobtwin.credential.verify import Outcome as Taken
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.outcome import Consent, Employer, Employers, Outcome
from jobtwin.repository import outcomes
from jobtwin.rules.outcome import CONSENT, STATEMENT

if TYPE_CHECKING:
    from tests.github.local_github import LocalGitHub
    from tests.github.people import Learner

pytestmark = pytest.mark.slow
SEED = bytes(range(32))
KEY = SeedSigner("", SEED).public_key
SIGNER = SeedSigner(did_key_method(KEY), SEED)
KEPT = Outcome(hired=True, in_role=True, again=True, comment="Mends what others step around.")


def _merge(github: LocalGitHub) -> None:
    """An operator has looked at the employer's key, and merged it."""
    entry = Employer(id="acme", name="Acme GmbH", did=did_key(KEY), since=github.now)
    files = {layout.EMPLOYERS: write(Employers(format=1, employers=(entry,)))}
    github.repositories.commit(NAME, "main", files, "An employer", "otto", github.now)


def _credential(github: LocalGitHub) -> tuple[str, SignedFile]:
    with ledger(github) as records:
        (name,) = (found for found in records.credentials() if records.issued(found))
        path = layout.signed(name, 1)
        content = records.tree.read(path)
        assert content is not None
        return name, SignedFile(content, f"{records.issuer.url}/{path}")


def _agree(github: LocalGitHub, learner: Learner, name: str) -> None:
    """Somebody else cannot agree; the holder can."""
    began = github.now.replace(hour=0, minute=0, second=0)
    given = Consent(format=1, credential=name, employer=did_key(KEY), began=began, agree=True)
    eve = github.account(1009, "eve")
    stolen = github.open_pull_request(eve, {CONSENT: write(given)}, "stolen")
    github.settle()
    assert "ATT-006" in github.comment_of_bot(stolen)
    agreed = github.open_pull_request(learner.account, {CONSENT: write(given)}, "consent")
    github.settle()
    assert "may be asked" in github.comment_of_bot(agreed), github.of("attest.yml")[-1].log
    assert github.issue(agreed).closed_at is not None


def _ask(github: LocalGitHub, name: str) -> None:
    """Too early, nobody is asked; then the letter stands in the log."""
    for days, told, ended in ((89, "ATT-001", "failure"), (2, "attest write", "success")):
        github.wait(days=days)
        github.dispatch(OTTO, "attest.yml", credential=name, how="mail")
        github.settle()
        run = github.of("attest.yml")[-1]
        assert (run.conclusion, told in run.log) == (ended, True), run.log


def _answer(github: LocalGitHub, file: SignedFile) -> bytes:
    github.wait(days=3)
    content = writing.statement(file, KEPT, "Acme GmbH", SIGNER, github.now - timedelta(hours=1))
    people = github.account(4001, "acme-people")
    github.disabled -= {"publish.yml"}
    answered = github.open_pull_request(people, {STATEMENT: content}, "outcome")
    github.settle()
    assert "was received" in github.comment_of_bot(answered), github.of("attest.yml")[-1].log
    assert github.issue(answered).closed_at is not None
    return content


def test_an_employers_answer_is_asked_for_signed_recorded_published_verified_and_audited(
    decided: Learner,
) -> None:
    github = decided.github
    github.approve(OTTO.login)
    github.settle()
    name, file = _credential(github)
    _merge(github)
    _agree(github, decided, name)
    _ask(github, name)
    content = _answer(github, file)

    site = github.folder / "site"
    served = site / layout.served_outcome(name, 1)
    assert served.read_bytes() == content
    assert "Mends what others step around." in (served.parent / "index.html").read_text("utf-8")
    assert "No rate is published" in (site / "outcomes" / "index.html").read_text("utf-8")
    verification = verify.verify_source(str(served), now=github.now, mirror=site, related=True)
    assert verification.ok, verification.findings
    assert verification.steps[-1].outcome is Taken.PASSED, verification.steps[-1]
    assert verification.issuer.value == "unknown", "the site does not vouch for the employer"
    report = audit(github.repositories.git(NAME))
    assert report.ok, report.text()
    assert report.checked["signatures of employers"] == 1
    with ledger(github) as records:
        (case,) = outcomes.cases(records)
    assert case.outcome == KEPT
