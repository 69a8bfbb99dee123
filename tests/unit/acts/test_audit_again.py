"""An attempt is measured again by an auditor: its answers scored, or its code run as well."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.acts.test_evaluate_in_jobs import TWIN, Jobs, answered

from jobtwin.acts.audit.rescoring import measure_again
from jobtwin.cli import main
from jobtwin.errors import Refused
from jobtwin.harness import environment, run, wire
from jobtwin.harness.contract import Answer, Outcome, Returned, ServiceReturn, TestReturn
from jobtwin.harness.grading import Machine
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.organisation import Revealed
from jobtwin.records.submission import Evaluated
from jobtwin.repository import append
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.forge.events import Account
    from jobtwin.harness import contract

COHORT = "autumn-2026"


@pytest.fixture
def jobs(
    organisation: Any, learner: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Jobs:
    """An attempt at jt-incident-4 that was evaluated, its code never having run."""
    monkeypatch.setattr(run, "run", answered)
    monkeypatch.setattr(environment, "install", lambda lock, cache: cache)
    monkeypatch.setattr("jobtwin.harness.sandbox.choose", Unsandboxed)
    jobs = Jobs(organisation, learner, tmp_path)
    assert jobs.command("") == 0
    return jobs


def _reveal(jobs: Jobs) -> None:
    holders, now = jobs.organisation.holders, jobs.forge.now
    signer = holders.signer("clock")
    record = Revealed(
        format=1,
        at=now,
        event="schedule:1",
        key=signer.key_id,
        cohort=COHORT,
        secret=holders.cohort(COHORT).hex(),
    )
    path = f"cohorts/{COHORT}.revealed.yml"
    append.add(jobs.forge.origin, {path: write(sign(record, signer))}, "Reveal", now)


@pytest.fixture
def revealed(jobs: Jobs) -> Jobs:
    """The same, its cohort's secret revealed."""
    _reveal(jobs)
    return jobs


def _evaluated(jobs: Jobs) -> str:
    return layout.evaluated(TWIN, jobs.started.attempt, 1)


def test_kept_answers_come_to_what_was_recorded(revealed: Jobs) -> None:
    again = measure_again(revealed.forge.origin, "main", revealed.started.attempt)
    assert again.findings == ()
    assert again.path == _evaluated(revealed)
    assert all(recorded == value for _, recorded, value in again.figures)
    assert again.outcome[0] == again.outcome[1]


def test_a_raised_figure_and_a_changed_verdict_are_found(jobs: Jobs) -> None:
    git, path = jobs.forge.origin, _evaluated(jobs)
    record = load(Evaluated, git.run("cat-file", "blob", f"main:{path}")).record
    better = tuple(one.model_copy(update={"value": one.value + 1}) for one in record.metrics[:1])
    changes = {"metrics": (*better, *record.metrics[1:]), "outcome": "passed"}
    _amend(jobs, {path: write(_signed(jobs, record.model_copy(update=changes)))})
    _reveal(jobs)
    again = measure_again(git, "main", jobs.started.attempt)
    messages = " ".join(finding.message for finding in again.findings)
    assert {finding.code for finding in again.findings} == {"AUD-075"}
    assert f"`{record.metrics[0].metric}` is" in messages
    assert "the verdict is `passed`; the answers give" in messages


def test_exchanged_answers_are_found(jobs: Jobs) -> None:
    empty = gzip.compress(wire.encode(Returned({})), mtime=0)
    _amend(jobs, {layout.answers(TWIN, jobs.started.attempt, 1): empty})
    _reveal(jobs)
    with pytest.raises(Refused, match="AUD-075"):
        measure_again(jobs.forge.origin, "main", jobs.started.attempt)


def test_a_bomb_in_the_place_of_answers_is_not_unpacked(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobtwin.acts.audit.rescoring._MOST_BYTES", 10)
    _reveal(jobs)
    with pytest.raises(Refused, match="torn, or larger"):
        measure_again(jobs.forge.origin, "main", jobs.started.attempt)


def test_nothing_is_measured_before_the_secret_is_out(jobs: Jobs) -> None:
    with pytest.raises(Refused, match="not revealed yet"):
        measure_again(jobs.forge.origin, "main", jobs.started.attempt)


def test_an_attempt_that_is_not_there_is_refused(revealed: Jobs) -> None:
    with pytest.raises(Refused, match="AUD-074"):
        measure_again(revealed.forge.origin, "main", "0" * 32)


def test_code_that_is_run_again_must_come_to_the_recorded_verdict(
    revealed: Jobs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def machine() -> Machine:
        return Machine(Unsandboxed(), tmp_path)

    git, attempt = revealed.forge.origin, revealed.started.attempt
    assert measure_again(git, "main", attempt, machine).findings == ()
    monkeypatch.setattr(run, "run", _timed_out)
    (finding,) = measure_again(git, "main", attempt, machine).findings
    assert finding.code == "AUD-076"


def _timed_out(plan: contract.Plan, *_: Any) -> Returned:
    late = Answer(Outcome.TIMED_OUT)
    return Returned(
        {s.id: ServiceReturn(Outcome.TIMED_OUT, (late,) * len(s.queries)) for s in plan.services},
        {t.id: TestReturn(Outcome.TIMED_OUT) for t in plan.test_runs},
    )


def test_the_command_says_figures_beside_each_other(
    revealed: Jobs, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["audit", str(revealed.forge.origin.path), "--rescore", revealed.started.attempt]
    for more in ([], ["--rerun"]):
        with pytest.raises(SystemExit) as left:
            main([*words, *more, "--json"])
        data = json.loads(capsys.readouterr().out)
        assert (left.value.code, data["ok"], data["kind"]) == (0, True, "audit-again")


def _signed(jobs: Jobs, record: Evaluated) -> Evaluated:
    return sign(record, jobs.organisation.holders.signer("clock"))


def _amend(jobs: Jobs, files: dict[str, bytes]) -> None:
    """Write the last commit again with other files in the place of its own."""
    git = jobs.forge.origin
    changed = git.text("diff-tree", "-r", "--name-only", "main^", "main").splitlines()
    kept = {path: git.run("cat-file", "blob", f"main:{path}") for path in changed}
    git.run("update-ref", "refs/heads/main", "main^")
    append.add(git, kept | files, "Evaluate", jobs.forge.now)
