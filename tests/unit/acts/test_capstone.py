"""The capstone from its start to its decision: fourteen days, two ledgers, no second attempt."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.acts.test_evaluate_in_jobs import begun

from jobtwin.acts import evaluate
from jobtwin.acts import review as act
from jobtwin.acts.audit import audit
from jobtwin.acts.issue import issue
from jobtwin.acts.receive import receive
from jobtwin.acts.start import start
from jobtwin.errors import EngineError, Refused, SandboxUnavailable
from jobtwin.forge.events import Account
from jobtwin.forge.local import LocalForge
from jobtwin.harness import artifact, environment
from jobtwin.harness.contract import Seeds
from jobtwin.harness.grading import Machine
from jobtwin.harness.proofs import solutions
from jobtwin.harness.sandbox import choose
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.grade import Decision, Review, Reviewed
from jobtwin.records.intake import StartRequest
from jobtwin.records.submission import Evaluated, Started

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.forge.events import Effects

PROJECT = Path(__file__).parents[3]
TWIN = "jt-capstone"
WRITE_UP = b"What it is, for whom, and how well it works.\n"
MIA, MAX, KIM = Account(501, "mia"), Account(502, "max"), Account(503, "kim")


@pytest.fixture
def desk(make_desk: Callable[..., Any]) -> Any:
    """A desk with three mentors who are calibrated for the capstone."""
    return make_desk(calibrated=True, more=(KIM,), twin=TWIN)


def hand_in(desk: Any, written: Review) -> Effects:
    content = write(written)
    signature = act.sign_review(desk.keys / written.mentor, content)
    box = act.seal(desk.ledger(), content, signature)
    effects: Effects = desk.apply(act.sealed(desk.event(), desk.ledger(), desk.holders, box))
    return effects


def reviewed(desk: Any, attempt_id: str, account: Account, score: float) -> Effects:
    desk.claim(account)
    return hand_in(desk, desk.written(attempt_id, score, mentor=account.login))


def decided(desk: Any, attempt_id: str) -> Decision:
    desk.decide(attempt_id)
    found: Decision = desk.attempt(attempt_id).last(Decision).record
    return found


def test_the_clock_of_the_capstone_runs_fourteen_days(organisation: Any, learner: Account) -> None:
    wish = write(StartRequest(format=1, twin=TWIN))
    event = organisation.forge.open_pull_request(learner, {"start.yml": wish})
    ledger = organisation.ledger()
    with ledger.tree:
        (content,) = start(event, ledger, organisation.holders).records.values()
    begun = load(Started, content).record
    (only,) = begun.deadlines
    assert only.at - begun.at == timedelta(days=14)


@pytest.fixture
def machine() -> Machine:
    """Where learner code is run, with the twin's own packages."""
    cache = Path.home() / ".cache" / "jobtwin"
    try:
        environment.install((PROJECT / "twins" / TWIN / "environment.lock").read_bytes(), cache)
        return Machine(choose(), cache)
    except (SandboxUnavailable, EngineError) as missing:
        pytest.skip(f"learner code cannot be run on this machine: {missing}")


@pytest.mark.slow
def test_a_capstone_goes_from_its_start_to_a_credential_that_an_audit_holds_to_be_earned(
    desk: Any, learner: Account, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = partial(artifact.look, get=lambda *_: WRITE_UP, wait=lambda _: None)
    monkeypatch.setattr(artifact, "look", served)
    forge = LocalForge(tmp_path / "here", desk.now)
    shutil.copytree(desk.git.path, forge.origin.path)
    at_origin = replace(desk, git=forge.origin, tree=None)
    try:
        attempt_id = handed_in(at_origin, forge, learner)
        at_origin.now = forge.now
        event = forge.dispatch()
        task = evaluate.due(event, at_origin.ledger(), TWIN, attempt_id)
        found = evaluate.evaluate(event, at_origin.ledger(), at_origin.holders, task, machine)
        at_origin.apply(found)
        measured = at_origin.attempt(attempt_id).last(Evaluated).record
        assert [line.metric for line in measured.bar if not line.met] == []
        for account, score in ((MIA, 0.8), (MAX, 0.9)):
            reviewed(at_origin, attempt_id, account, score)
        assert decided(at_origin, attempt_id).verdict == "pass"
        at_origin.wait(days=15)
        at_origin.apply(issue(at_origin.event(), at_origin.ledger(), at_origin.holders))
        ledger = at_origin.ledger()
        (credential,) = ledger.credentials()
        assert [filed.record.attempt for filed in ledger.issued(credential)] == [attempt_id]
        assert at_origin.divergences() == set()
    finally:
        at_origin.close()


def handed_in(desk: Any, forge: LocalForge, learner: Account) -> str:
    """Start an attempt, and hand in the sample project on its thirteenth day; return its id."""
    started = begun(forge, desk.ledger(), desk.holders, learner, TWIN)
    kit_seed = bytes.fromhex(started.kit_seed)
    work = solutions(PROJECT / "twins" / TWIN).solve("reference", Seeds(kit_seed, kit_seed)).files
    public = {"url": "https://lea.example/", "sha256": hashlib.sha256(WRITE_UP).hexdigest()}
    work = {**work, "artifact.json": json.dumps(public).encode()}
    commit = forge.commit(forge.host(learner, "work"), learner, work, "The work")
    written = (
        f"format: 1\ncheckpoint: submission\nrepo_url: {forge.url(learner, 'work')}\n"
        f"commit: {commit}\nself_checks: {{F1: true, F2: true, F3: true, F4: true}}\n"
        "final: true\n"
    )
    forge.wait(hours=24 * 13)
    pushed = forge.push(1, {"submission.yml": written.encode()})
    forge.apply(receive(pushed, desk.ledger(), desk.holders, forge.rewrite), pushed)
    return started.attempt


def test_two_mentors_pass_a_capstone_and_neither_sees_the_other_before(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    first = reviewed(desk, attempt_id, MIA, 0.85)
    assert "0.85" not in first.comment + "".join(map(repr, first.records.values()))
    with pytest.raises(Refused, match="1 of 2"):
        desk.decide(attempt_id)
    reviewed(desk, attempt_id, MAX, 0.95)
    decision = decided(desk, attempt_id)
    assert (decision.overall, decision.verdict) == (0.9, "pass")
    assert [(skill.id, skill.weight) for skill in decision.skills] == [
        ("llm.api.production-readiness", 0.8)
    ]
    opened = [f"review-{n}.yml" for n in (1, 2)]
    assert set(opened) <= set(desk.ledger().tree.names(layout.grade(TWIN, attempt_id)))


def test_two_mentors_on_both_sides_of_the_threshold_bring_a_third(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    reviewed(desk, attempt_id, MIA, 0.7)
    reviewed(desk, attempt_id, MAX, 0.75)
    assert desk.attempt(attempt_id).last(Reviewed).record.needed == 3
    reviewed(desk, attempt_id, KIM, 0.7)
    assert decided(desk, attempt_id).verdict == "fail"


def test_a_capstone_below_the_gate_is_read_by_both_and_fails_for_good(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt(bar=False)
    reviewed(desk, attempt_id, MIA, 0.95)
    reviewed(desk, attempt_id, MAX, 0.95)
    assert decided(desk, attempt_id).verdict == "fail"


def test_an_audit_derives_the_capstones_decision_again(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    for account in (MIA, MAX):
        reviewed(desk, attempt_id, account, 0.85)
    decided(desk, attempt_id)
    graded = [d.finding for d in audit(desk.git, "refs/heads/main").divergences]
    assert [f for f in graded if not f.path.startswith("submissions/")] == []
