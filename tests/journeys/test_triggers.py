"""Which workflows an event starts, by the files as they are; nothing is run here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.github import organisation
from tests.github.ordering import NAME
from tests.github.organisation import BO
from tests.github.people import INBOX, Grader, ledger

from jobtwin.acts.audit import audit
from jobtwin.acts.calibrate.handing_out import opened
from jobtwin.credential.endorser import signer_from_ssh

if TYPE_CHECKING:
    from tests.github.local_github import LocalGitHub
    from tests.github.organisation import Template
    from tests.github.people import Learner


def _started(github: LocalGitHub) -> list[str]:
    return sorted(f"{run.workflow.file} {run.event}" for run in github.runs.all)


@pytest.mark.parametrize(
    ("path", "started"),
    [
        (f"{INBOX}/start.yml", ["intake.yml pull_request_target"]),
        ("grades/inbox/review.yml", ["mentor.yml pull_request_target"]),
        ("calibration/inbox/round.yml", ["calibrate.yml pull_request_target"]),
        ("outcomes/inbox/outcome.json", ["attest.yml pull_request_target"]),
        ("src/jobtwin/errors.py", ["ci.yml pull_request"]),
    ],
)
def test_a_pull_request_starts_the_one_workflow_that_it_is_for(
    github: LocalGitHub, lea: Learner, path: str, started: list[str]
) -> None:
    github.disabled.clear()
    github.open_pull_request(lea.account, {path: b"format: 1\n"})
    assert _started(github) == started
    assert github.runs.all[0].from_fork is started[0].startswith("ci.yml")


def test_a_pull_request_to_the_inbox_and_beyond_is_tested_by_ci_and_refused_by_intake(
    github: LocalGitHub, lea: Learner
) -> None:
    github.disabled.clear()
    github.open_pull_request(lea.account, {f"{INBOX}/start.yml": b"x", "src/a.py": b"x"})
    assert _started(github) == ["ci.yml pull_request", "intake.yml pull_request_target"]


@pytest.mark.parametrize(
    ("path", "started"),
    [
        ("submissions/jt-rag-1/aa/x/received-1.yml", ["audit.yml push", "publish.yml push"]),
        ("src/jobtwin/errors.py", ["audit.yml push", "ci.yml push", "publish.yml push"]),
    ],
)
def test_a_push_to_main_is_audited_and_published_and_tested_only_where_code_changes(
    github: LocalGitHub, path: str, started: list[str]
) -> None:
    github.disabled.clear()
    before = github.delivery.main()
    after = github.repositories.commit(NAME, "main", {path: b"x\n"}, "x", "bot", github.now)
    payload = github.api.push_payload(NAME, before, after, github.api.bot)
    github.deliver("push", payload)
    assert _started(github) == started


def test_a_mentor_asks_for_a_set_answers_it_and_only_that_job_can_open_it(
    github: LocalGitHub, template: Template
) -> None:
    bo = Grader(github, github.account(BO.number, BO.login), template.keys)
    bo.ask_for_gold()
    github.settle()
    with ledger(github) as records:
        (handed,) = records.handed(BO.login, organisation.TWIN)
        seed = signer_from_ssh((template.keys / BO.login).read_bytes()).seed
        items = opened(records, BO.login, organisation.TWIN, seed)
    assert handed.record.gold_set == "gold-1"
    assert items["item-01/report.md"] == b"# Item 0\n"
    number = bo.answer_gold_set()
    github.settle()
    ran = [run for run in github.of("calibrate.yml") if run.conclusion != "skipped"]
    assert [run.conclusion for run in ran] == ["success"] * 2, [run.log for run in ran]
    with ledger(github) as records:
        (calibrated,) = records.calibrations(BO.login, organisation.TWIN)
    assert calibrated.record.agreement.kappa == 1.0
    assert github.issue(number).closed_at
    holding = [n for n, e in github.environments.items() if "JOBTWIN_GOLD_SECRET" in e.secrets]
    assert holding == ["gold"]


def test_a_set_that_is_retired_on_github_lets_the_audit_compute_every_round_again(
    github: LocalGitHub,
) -> None:
    before = audit(github.repositories.git(NAME))
    assert any("agreement of 1 calibration round, " in line for line in before.unchecked)
    github.dispatch(organisation.OTTO, "calibrate.yml", twin=organisation.TWIN, set="gold-1")
    github.settle()
    (run,) = github.of("calibrate.yml")
    assert run.conclusion == "success", run.log
    after = audit(github.repositories.git(NAME))
    assert after.checked["agreements computed again"] == 1
    assert not [line for line in after.unchecked if "calibration round" in line]
    assert not [d for d in after.divergences if d.finding.path.startswith("calibration/")]
