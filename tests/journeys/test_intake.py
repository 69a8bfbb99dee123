"""A learner's pull request on GitHub, from the clock's start to the last receipt."""

from __future__ import annotations

from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING

import pytest
from tests.github.git_server import Pushed
from tests.github.ordering import NAME
from tests.github.people import INBOX, Learner
from tests.github.repositories import Entry

from jobtwin.records.submission import Received

if TYPE_CHECKING:
    from tests.github.local_github import LocalGitHub

WORK = {"README.md": b"# What I did\n"}
STATUS = """/status
impact: Everybody who asks about doses gets the old leaflet.
status: identified
next_update: 10:30 UTC
"""


def test_the_clock_starts_when_the_pull_request_opens_and_a_checkpoint_gets_its_receipt(
    github: LocalGitHub, lea: Learner
) -> None:
    opened = github.now
    lea.start()
    github.wait(minutes=3)
    github.settle()
    assert lea.started.at == opened
    assert lea.labels == ["started"]
    assert "10:30:00 UTC" in lea.told
    lea.at_minute(60)
    lea.push(lea.live(WORK))
    github.settle()
    assert lea.rulings[-1] == "accepted"
    assert lea.receipts[-1].head[:12] in lea.told
    assert lea.labels == ["accepted"]
    assert not lea.is_closed
    assert "installing" not in github.logs(), "the runner's .venv is not taken for ready"


def test_a_late_push_gets_a_late_receipt_and_changes_nothing_else(started: Learner) -> None:
    lea, github = started, started.github
    lea.at_minute(60)
    lea.push(lea.live(WORK))
    github.settle()
    lea.at_minute(97)
    lea.push(lea.live({"README.md": b"# Better, but too late\n"}))
    github.settle()
    assert lea.rulings[-2:] == ["accepted", "late"]
    kept = [receipt.snapshot for receipt in lea.receipts if receipt.snapshot]
    assert len(kept) == 1
    assert "late" in lea.told.lower()


def test_what_was_received_in_time_survives_a_force_push_after_the_deadline(
    started: Learner,
) -> None:
    lea, github = started, started.github
    lea.at_minute(60)
    lea.push(lea.live(WORK))
    github.settle()
    lea.at_minute(100)
    lea.push({"notes.md": b"nothing was ever here\n"}, force=True)
    github.settle()
    kept = lea.receipts[lea.rulings.index("accepted")].snapshot
    assert kept is not None
    assert kept.ref in github.git.refs(NAME)
    assert github.pull(lea.number).head == lea.receipts[-1].head


def test_a_push_while_intake_runs_gets_a_receipt_of_its_own(started: Learner) -> None:
    lea, github = started, started.github
    lea.at_minute(60)
    lea.push({"notes.md": b"first\n"})

    def meanwhile(repository: str, token: str) -> None:
        github.git.before_push.clear()
        lea.push({"notes.md": b"second\n"})

    github.git.before_push.append(meanwhile)
    github.settle()
    heads = [receipt.head for receipt in lea.receipts]
    assert len(set(heads)) == len(heads) == 3
    assert heads[-1] == github.pull(lea.number).head


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("src/thief.py", b"print(1)\n"),
        (".github/workflows/intake.yml", b"on: push\n"),
        (f"{INBOX}/notes.md", Entry("120000", b"/etc/passwd")),
        (f"{INBOX}/lib", Entry("160000", b"1" * 40)),
    ],
    ids=["another path", ".github", "symlink", "submodule"],
)
def test_a_pull_request_that_brings_what_it_must_not_is_refused_in_words(
    github: LocalGitHub, lea: Learner, path: str, content: bytes | Entry
) -> None:
    before = github.delivery.main()
    lea.start(more={path: content})
    github.settle()
    assert not lea.has_started
    assert github.delivery.main() == before
    assert path in lea.told
    assert github.of("intake.yml")[0].conclusion == "success"


def test_a_pull_request_that_conflicts_with_main_is_received_all_the_same(started: Learner) -> None:
    lea, github = started, started.github
    lea.at_minute(60)
    stray = {f"{INBOX}/notes.md": b"somebody left this here\n"}
    github.repositories.commit(NAME, "main", stray, "A stray file", "operator", github.now)
    lea.push({"notes.md": b"mine\n"})
    assert not github.repositories.resolve(NAME, f"refs/pull/{lea.number}/merge")
    github.settle()
    assert lea.receipts[-1].head == github.pull(lea.number).head


def test_a_status_update_is_a_comment_timed_by_the_forge_and_an_edit_changes_nothing(
    started: Learner,
) -> None:
    lea, github = started, started.github
    lea.at_minute(20)
    comment = lea.comment(STATUS)
    github.settle()
    update = lea.receipts[-1]
    assert update.at == comment.created_at
    assert [entry.path for entry in update.inbox if entry.path.startswith("updates/")]
    runs = len(github.runs.all)
    github.wait(minutes=30)
    github.edit(lea.number, comment, STATUS.replace("identified", "resolved"))
    github.settle()
    assert len(github.runs.all) == runs
    assert lea.receipts[-1] == update


def test_an_event_that_is_delivered_twice_changes_nothing(
    github: LocalGitHub, lea: Learner
) -> None:
    with github.held_back() as held:
        lea.start()
    for event, payload in [*held, *held]:
        github.deliver(event, payload)
    github.settle()
    assert lea.started.number == 1
    assert len({receipt.head for receipt in lea.receipts}) == 1
    assert lea.told
    assert lea.labels == ["started"]


def test_events_that_arrive_in_the_wrong_order_still_make_a_receipt_for_each_head(
    started: Learner,
) -> None:
    lea, github = started, started.github
    lea.at_minute(60)
    with github.held_back() as held:
        heads = [lea.push({"notes.md": text}) for text in (b"first\n", b"second\n")]
    pushes = [(event, payload) for event, payload in held if event == "pull_request"]
    for event, payload in reversed(pushes):
        github.deliver(event, payload)
    github.settle()
    assert {receipt.head for receipt in lea.receipts[-2:]} == set(heads)


def test_a_job_that_is_lost_after_its_push_is_completed_by_running_it_again(
    github: LocalGitHub, lea: Learner
) -> None:
    opened = github.now
    lea.start()
    crash = [lambda pushed: github.runs.all[0].kill()]
    github.git.after_push.append(crash[0])
    github.settle()
    github.git.after_push.remove(crash[0])
    run = github.of("intake.yml")[0]
    assert run.conclusion == "cancelled"
    assert not lea.told
    github.wait(hours=1)
    github.rerun(run)
    github.settle()
    assert run.conclusion == "success"
    assert lea.started.at == opened
    assert len(lea.receipts) == 1
    assert "clock is running" in lea.told


def test_two_learners_at_once_lose_nothing_to_each_other(github: LocalGitHub, lea: Learner) -> None:
    ben = Learner(github, github.account(1002, "ben"))
    lea.start()
    ben.start()
    both, tried, taken = Barrier(2), [0], [0]

    def together(repository: str, token: str) -> None:
        tried[0] += 1
        with suppress(BrokenBarrierError):
            both.wait(30)
            both.abort()

    def counted(pushed: Pushed) -> None:
        taken[0] += 1

    github.git.before_push.append(together)
    github.git.after_push.append(counted)
    github.settle()
    assert tried > taken, "nobody lost the race"
    assert [run.conclusion for run in github.of("intake.yml")[:2]] == ["success", "success"]
    for learner in (lea, ben):
        assert [receipt.ruling for receipt in learner.receipts] == ["noted"]
        assert "clock is running" in learner.told


def test_a_pull_request_that_its_learner_closes_is_opened_again(started: Learner) -> None:
    lea, github = started, started.github
    lea.at_minute(5)
    github.close(lea.number, lea.account)
    github.settle()
    assert not lea.is_closed
    assert lea.labels == ["started"]
    assert len(lea.attempt.all(Received)) == 1
