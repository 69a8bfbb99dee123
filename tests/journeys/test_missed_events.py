"""What GitHub loses or delays, a scheduled sweep finds; it never decides what an event decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.github.people import INBOX

from jobtwin.records.submission import Evaluated, Expired

if TYPE_CHECKING:
    from tests.github.local_github import LocalGitHub
    from tests.github.people import Learner

WORK = {"README.md": b"# What I did\n"}


def test_a_lost_opening_is_told_and_the_clock_starts_when_the_learner_is_there(
    github: LocalGitHub, lea: Learner
) -> None:
    with github.held_back():
        lea.start()
    github.wait(hours=1)
    github.schedule("sweep.yml")
    github.settle()
    assert not lea.has_started
    assert "The clock has not started" in lea.told
    github.wait(hours=1)
    lea.push({"notes.md": b"here I am\n"})
    github.settle()
    assert lea.started.at == github.now


def test_a_lost_push_is_found_and_marked_so_that_a_human_decides(started: Learner) -> None:
    lea, github = started, started.github
    lea.at_minute(60)
    with github.held_back():
        lea.push(lea.live(WORK))
    lea.at_minute(95)
    github.schedule("sweep.yml")
    github.settle()
    receipt = lea.receipts[-1]
    assert receipt.recovered
    assert receipt.head == github.pull(lea.number).head
    assert receipt.head[:12] in lea.told


def test_an_attempt_that_hands_nothing_in_expires_when_its_time_is_over(started: Learner) -> None:
    lea, github = started, started.github
    lea.at_minute(5 * 60 + 40)
    github.schedule("sweep.yml")
    github.settle()
    assert lea.attempt.last(Expired) is not None
    assert lea.labels == ["expired"]
    assert lea.is_closed


@pytest.mark.slow
def test_an_evaluation_that_never_started_is_started_by_the_sweep(started: Learner) -> None:
    lea, github = started, started.github
    lea.at_minute(60)
    lea.push(lea.live(WORK))
    github.settle()
    github.wait(minutes=20)
    github.api.fault("POST", r"/dispatches$", status=422, times=-1)
    lea.push(lea.post_mortem())
    github.settle()
    assert "failure" in [run.conclusion for run in github.of("intake.yml")]
    assert not github.of("evaluate.yml")
    github.api.faults.clear()
    github.wait(minutes=30)
    github.schedule("sweep.yml")
    github.runs.only = {"sweep.yml"}
    github.settle()
    (run,) = github.of("evaluate.yml")
    assert run.payload["inputs"]["attempt"] == lea.attempt.id
    assert lea.attempt.last(Evaluated) is None


@pytest.mark.slow
def test_a_runner_that_is_lost_while_learner_code_runs_costs_the_learner_nothing(
    started: Learner,
) -> None:
    lea, github = started, started.github
    lea.at_minute(60)
    lea.push({**lea.live(WORK), **lea.post_mortem()})
    github.runs.only = {"intake.yml"}
    github.settle()
    (run,) = github.of("evaluate.yml")
    run.loses = "run"
    github.runs.only = {"evaluate.yml"}
    github.settle()
    ended = {name: job.result for name, job in run.jobs.items()}
    assert ended == {
        "prepare": "success", "run": "failure", "probe": "skipped", "container": "skipped",
        "score": "success",
    }  # fmt: skip
    evaluated = lea.attempt.last(Evaluated)
    assert evaluated is not None
    assert (evaluated.record.outcome, evaluated.record.counts) == ("infrastructure_error", False)
    assert lea.labels == ["infrastructure-error"]
    github.wait(hours=1)
    github.schedule("sweep.yml")
    github.runs.only = {"sweep.yml"}
    github.settle()
    again = github.of("evaluate.yml")[-1]
    assert again is not run
    assert again.payload["inputs"]["attempt"] == lea.attempt.id


def test_sweeping_when_nothing_was_missed_adds_and_tells_nothing(started: Learner) -> None:
    lea, github = started, started.github
    before, told = github.delivery.main(), lea.told
    github.wait(minutes=40)
    github.schedule("sweep.yml")
    github.settle()
    assert github.of("sweep.yml")[-1].conclusion == "success"
    assert (github.delivery.main(), lea.told) == (before, told)
    assert f"{INBOX}/start.yml" not in github.repositories.listing(
        github.repository.name, "main", "submissions/"
    )
