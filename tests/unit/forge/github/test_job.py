from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.github.fake_state import Pull
from tests.unit.forge.github.conftest import NAME, NOW, Hub

from jobtwin.errors import EngineError, GitError, RaceLost, Refused, UsageError
from jobtwin.findings import Code
from jobtwin.forge.events import Account, Effects, Next, Notice
from jobtwin.forge.github import api, clone, job, patience, wording
from jobtwin.forge.github.place import read
from jobtwin.repository import bounded, inbox
from jobtwin.repository.ledger import Ledger

FORK = "lea/credentials"
ODD = Code("TST-999", "a test refuses", why="It must.", fix="Do it again.")
RECORD = {"submissions/jt-rag-1/aa/started.yml": b"format: 1\n"}


def push_more(hub: Hub, pull: Pull, name: str = "fix.yml") -> str:
    """Push another file to lea's pull request; return the new head."""
    before = pull.head
    files = {f"submissions/inbox/{name}": b"more\n"}
    hub.repositories.commit(FORK, "attempt", files, "More", "lea", hub.github.now)
    hub.github.pushed(FORK, "attempt", hub.lea, before)
    return pull.head


def other_adds(hub: Hub, path: str) -> None:
    """Add a record to the organisation's main as another job would."""
    hub.repositories.commit(NAME, "main", {path: b"other\n"}, "Other", "bot", hub.github.now)


def refuse(_: Ledger) -> Effects:
    raise Refused([ODD.at("`@lea` <b>no</b> #1", "submissions/inbox/start.yml", (3, 7))])


# --- what happened -----------------------------------------------------------------------------


def test_the_event_is_the_runs_and_its_head_the_payloads(hub: Hub) -> None:
    pull = hub.pull()
    hub.github.now += timedelta(seconds=9)
    event = hub.pushed(pull).event
    run = max(hub.github.state[NAME].runs)
    assert event.id == f"pull_request.opened:{run}"
    assert event.at == NOW + timedelta(seconds=9)
    assert event.actor == hub.lea
    assert event.pull_request is not None
    assert event.pull_request.head == pull.head
    assert (event.pull_request.repository, event.pull_request.branch) == (FORK, "attempt")


def test_a_run_that_is_started_again_later_is_the_same_event(hub: Hub) -> None:
    pull = hub.pull()
    payload = hub.github.pull_payload(NAME, pull, "opened", hub.lea)
    run = hub.github.start_run(NAME, "pull_request_target", "intake.yml", hub.lea)
    first = hub.job("pull_request_target", payload, run.id).event
    hub.github.now += timedelta(days=2)
    run.attempt = 2
    assert hub.job("pull_request_target", payload, run.id).event == first


def test_a_run_before_its_event_is_not_believed(hub: Hub) -> None:
    pull = hub.pull()
    run = hub.github.start_run(NAME, "pull_request_target", "intake.yml", hub.lea)
    run.created_at -= timedelta(hours=1)
    payload = hub.github.pull_payload(NAME, pull, "opened", hub.lea)
    with pytest.raises(EngineError, match="before its event"):
        hub.job("pull_request_target", payload, run.id)


def test_a_run_of_another_event_is_not_believed(hub: Hub) -> None:
    run = hub.github.start_run(NAME, "push", "publish.yml", hub.lea)
    payload = hub.github.pull_payload(NAME, hub.pull(), "opened", hub.lea)
    with pytest.raises(EngineError, match="was not started by"):
        hub.job("pull_request_target", payload, run.id)


def test_a_schedule_has_the_actor_of_its_run(hub: Hub) -> None:
    payload = hub.github.schedule_payload(NAME, "7 3 * * *", "sweep.yml")
    assert hub.job("schedule", payload).event.actor == hub.lea


def test_an_event_whose_file_is_gone_is_a_usage_error(hub: Hub) -> None:
    environment = hub.environment("push", {})
    with pytest.raises(UsageError):
        job.join(read({**environment, "GITHUB_EVENT_PATH": "/nowhere"}))


def test_a_comment_on_a_pull_request_has_the_head_that_there_is_now(hub: Hub) -> None:
    pull = hub.pull()
    head = push_more(hub, pull)
    event = hub.commented(pull.number, "/status all is well").event
    assert event.kind == "issue_comment.created"
    assert event.issue is None
    assert event.pull_request is not None
    assert (event.pull_request.head, event.comment) == (head, "/status all is well")


def test_learners_repositories_are_read_for_real_unless_the_forge_is_local(hub: Hub) -> None:
    assert list(hub.pushed(hub.pull()).rewrite.values()) == [f"{hub.folder / 'hosted'}/"]


# --- records -----------------------------------------------------------------------------------


def test_records_and_archives_are_pushed_by_the_bot_at_the_events_moment(hub: Hub) -> None:
    work = hub.pushed(hub.pull())
    ref = "refs/archive/jt-rag-1/aa/snapshot-1"
    done = work.perform(lambda _: Effects(RECORD, "Start it", {ref: b"tar"}))
    assert done.records == tuple(RECORD)
    git = hub.repositories.git(NAME)
    assert git.text("log", "-1", "--format=%an|%ct|%s", "main") == (
        f"jobtwin[bot]|{int(NOW.timestamp())}|Start it"
    )
    assert git.run("cat-file", "blob", f"{ref}:snapshot.tar") == b"tar"


def test_the_act_sees_the_pull_request_as_the_event_announced_it(hub: Hub) -> None:
    pull = hub.pull()
    work = hub.pushed(pull)
    push_more(hub, pull)
    seen: list[str] = []

    def look(ledger: Ledger) -> Effects:
        assert work.event.pull_request is not None
        seen.extend(inbox.read(ledger.tree.git, work.event.pull_request.head))
        return Effects()

    work.perform(look)
    assert seen == ["start.yml"]


def test_a_head_that_is_gone_is_told_to_the_learner(hub: Hub) -> None:
    pull = hub.pull()
    payload = hub.github.pull_payload(NAME, pull, "synchronize", hub.lea)
    payload["pull_request"]["head"]["sha"] = "0123456789" * 4
    done = hub.job("pull_request_target", payload).perform(lambda _: Effects(RECORD, "Never"))
    assert [finding.code for finding in done.refused] == ["HUB-001"]
    assert "HUB-001" in hub.comments(pull.number)[0].body
    assert hub.main(next(iter(RECORD))) is None


def test_a_head_that_is_too_large_is_told_to_the_learner(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    import random

    monkeypatch.setattr(clone, "HEAD", bounded.Bounds(60, 64 * 1024))
    pull = hub.pull({"submissions/inbox/upload/x.bin": random.Random(1).randbytes(300_000)})
    done = hub.pushed(pull).perform(lambda _: Effects(RECORD, "Never"))
    assert [finding.code for finding in done.refused] == ["HUB-002"]


def test_a_fetch_that_takes_too_long_is_not_held_against_the_learner(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull = hub.pull()
    monkeypatch.setattr(bounded, "run", lambda *_: bounded.Ended(None, b"", "slow"))
    with pytest.raises(GitError, match="180 s"):
        hub.pushed(pull).perform(lambda _: Effects(RECORD, "Never"))
    assert hub.comments(pull.number) == []


def test_a_head_that_git_finds_fault_with_is_told_to_the_learner(hub: Hub) -> None:
    pull = hub.pull()
    git = hub.repositories.git(NAME)
    commit = git.run("cat-file", "commit", pull.head).replace(b"author lea <", b"author lea ")
    asked = ("hash-object", "-t", "commit", "-w", "--literally", "--stdin")
    pull.head = git.run(*asked, stdin=commit).decode().strip()
    done = hub.pushed(pull).perform(lambda _: Effects(RECORD, "Never"))
    assert [finding.code for finding in done.refused] == ["HUB-003"]
    assert hub.waited == []


def test_a_lost_race_asks_the_act_again_on_the_new_main(hub: Hub) -> None:
    work = hub.pushed(hub.pull())
    asked: list[bytes | None] = []

    def act(ledger: Ledger) -> Effects:
        asked.append(ledger.tree.read("other-2"))
        if len(asked) < 4:
            other_adds(hub, f"other-{len(asked)}")
        return Effects(RECORD, "Start")

    assert work.perform(act).records == tuple(RECORD)
    assert asked == [None, None, b"other\n", b"other\n"]
    assert all(hub.main(path) for path in (*RECORD, "other-1", "other-2", "other-3"))
    assert len(hub.waited) == 3


def test_pauses_grow_and_are_bounded() -> None:
    lengths = [clone.pause(number) for number in range(40)]
    assert sum(lengths[: job.TRIES]) < patience.SECONDS
    assert min(lengths[20:]) > max(lengths[:4])
    assert len(set(lengths)) > 10


def test_a_race_that_is_always_lost_ends_and_has_no_effects(hub: Hub) -> None:
    pull = hub.pull()
    work = hub.pushed(pull)
    asked = iter(range(1000))

    def act(_: Ledger) -> Effects:
        other_adds(hub, f"other-{next(asked)}")
        return Effects(RECORD, "Start", comment="Started")

    with pytest.raises(RaceLost):
        work.perform(act)
    assert next(asked) == job.TRIES + 1
    assert hub.main(next(iter(RECORD))) is None
    assert hub.comments(pull.number) == []


def test_an_archive_is_not_kept_when_its_record_lost_the_race_for_good(hub: Hub) -> None:
    work = hub.pushed(hub.pull())
    asked = iter(range(1000))
    ref = "refs/archive/jt-rag-1/aa/snapshot-1"

    def act(_: Ledger) -> Effects:
        other_adds(hub, f"other-{next(asked)}")
        return Effects(RECORD, "Start", {ref: b"tar"})

    with pytest.raises(RaceLost):
        work.perform(act)
    assert hub.repositories.resolve(NAME, ref) is None
    assert work.clone.git.text("for-each-ref", "refs/archive") == ""


def test_the_same_effects_twice_change_nothing(hub: Hub) -> None:
    pull = hub.pull()
    effects = Effects(
        RECORD, "Start", {"refs/archive/a/b/snapshot-1": b"tar"}, "Started", ("started",)
    )
    hub.pushed(pull).perform(lambda _: effects)
    before = hub.repositories.head(NAME, "main")
    done = hub.pushed(pull).perform(lambda _: effects)
    assert (done.records, hub.repositories.head(NAME, "main")) == ((), before)
    assert len(hub.comments(pull.number)) == 1
    assert pull.issue.labels == ["started"]
    assert hub.asked("PATCH") == 0


def test_two_acts_of_one_job_share_the_clone(hub: Hub) -> None:
    payload = hub.github.pull_payload(NAME, hub.pull(), "opened", hub.lea)
    run = hub.github.start_run(NAME, "pull_request_target", "intake.yml", hub.lea).id
    hub.job("pull_request_target", payload, run).perform(lambda _: Effects(RECORD, "Start"))
    other_adds(hub, "other")
    seen: list[bytes | None] = []

    def second(ledger: Ledger) -> Effects:
        seen.append(ledger.tree.read("other"))
        return Effects({"submissions/b.yml": b"b"}, "Receive")

    hub.job("pull_request_target", payload, run).perform(second)
    assert seen == [b"other\n"]
    assert hub.main("submissions/b.yml") == b"b"


def test_a_commits_subject_closes_no_issue(hub: Hub) -> None:
    hub.pushed(hub.pull()).perform(lambda _: Effects(RECORD, "Receive: fixes #1 for @lea"))
    subject = hub.repositories.git(NAME).text("log", "-1", "--format=%s", "main")
    assert "#1" not in subject
    assert "@lea" not in subject


def test_a_dispatched_act_sees_what_is_kept_of_its_attempt_and_of_no_other(hub: Hub) -> None:
    attempt = "ab" * 16
    for name in (attempt, "cd" * 16):
        ref = f"refs/archive/jt-rag-1/{name}/snapshot-1"
        hub.repositories.git(NAME).run("update-ref", ref, "main")
    seen: list[str] = []

    def look(ledger: Ledger) -> Effects:
        seen.append(ledger.tree.git.text("for-each-ref", "--format=%(refname)", "refs/archive"))
        return Effects()

    hub.dispatched(hub.github.bot, twin="jt-rag-1", attempt=attempt).perform(look)
    assert seen == [f"refs/archive/jt-rag-1/{attempt}/snapshot-1"]


@pytest.mark.parametrize("twin", ["../heads", "*", "jt-rag-1:refs/heads/main", "-x", "a b"])
def test_an_input_that_is_no_twin_reaches_no_ref(hub: Hub, twin: str) -> None:
    seen: list[str] = []

    def look(ledger: Ledger) -> Effects:
        seen.append(ledger.tree.git.text("for-each-ref", "--format=%(refname)"))
        return Effects()

    hub.dispatched(hub.github.bot, twin=twin, attempt="ab" * 16).perform(look)
    assert seen == ["refs/heads/main"]


# --- what is shown -----------------------------------------------------------------------------


def test_an_answer_is_shown_in_order_and_then_the_next_act_is_started(hub: Hub) -> None:
    pull = hub.pull()
    effects = Effects(
        RECORD, "Start", comment="Well", labels=("accepted",), close=True,
        then=(Next("evaluate", {"twin": "jt-rag-1"}), Next("decide")),
    )  # fmt: skip
    hub.pushed(pull).perform(lambda _: effects)
    writes = [one.path.rpartition("/")[2] for one in hub.github.exchanges if one.method != "GET"]
    assert writes == ["comments", "labels", str(pull.number), "dispatches", "dispatches"]
    assert pull.issue.closed_at == NOW
    assert [(one.workflow, one.ref, one.inputs) for one in hub.github.dispatches] == [
        ("evaluate.yml", "main", {"twin": "jt-rag-1"}),
        ("decide.yml", "main", {}),
    ]


def test_nothing_is_shown_where_an_act_has_nothing_to_say(hub: Hub) -> None:
    pull = hub.pull()
    pull.issue.labels.append("started")
    hub.pushed(pull).perform(lambda _: Effects())
    assert all(one.method == "GET" for one in hub.github.exchanges)
    assert pull.issue.labels == ["started"]


def test_the_one_comment_is_replaced(hub: Hub) -> None:
    pull = hub.pull()
    for words in ("first", "second", "third"):
        effects = Effects(comment=words)
        hub.pushed(pull).perform(lambda _, effects=effects: effects)  # type: ignore[misc]
    assert [one.body for one in hub.comments(pull.number)] == [f"{wording.MARKER}\nthird"]


def test_a_learners_comment_with_our_marker_is_never_taken_for_ours(hub: Hub) -> None:
    pull = hub.pull()
    forged = f"{wording.MARKER}\nYou passed!"
    hub.github.comment(NAME, pull.number, hub.lea, forged)
    almost = hub.github.account(1002, "jobtwin-bot-bot")
    hub.github.comment(NAME, pull.number, almost, forged)
    hub.pushed(pull).perform(lambda _: Effects(comment="Started"))
    assert [one.body for one in pull.issue.comments[:2]] == [forged, forged]
    assert len(hub.comments(pull.number)) == 1


def test_another_apps_comment_with_our_marker_is_never_taken_for_ours(hub: Hub) -> None:
    pull = hub.pull()
    actions = hub.github.account(41898282, "github-actions[bot]")
    hub.github.comment(NAME, pull.number, actions, f"{wording.MARKER}\nother")
    hub.pushed(pull).perform(lambda _: Effects(comment="Started"))
    assert pull.issue.comments[0].body.endswith("other")
    assert len(hub.comments(pull.number)) == 1


def test_the_one_comment_is_found_behind_hundreds_of_others(hub: Hub) -> None:
    pull = hub.pull()
    for number in range(250):
        hub.github.comment(NAME, pull.number, hub.lea, f"comment {number}")
    hub.github.comment(NAME, pull.number, hub.github.bot, f"{wording.MARKER}\nold")
    for number in range(20):
        hub.github.comment(NAME, pull.number, hub.lea, f"more {number}")
    hub.pushed(pull).perform(lambda _: Effects(comment="new"))
    assert [one.body for one in hub.comments(pull.number)] == [f"{wording.MARKER}\nnew"]
    assert hub.asked("GET", "/comments") == 3


def test_a_comment_by_an_account_that_is_gone_is_passed_over(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.github import fake_views

    pull = hub.pull()
    hub.github.comment(NAME, pull.number, hub.lea, "bye")
    plain = fake_views.comment
    monkeypatch.setattr(fake_views, "comment", lambda *given: {**plain(*given), "user": None})
    hub.pushed(pull).perform(lambda _: Effects(comment="Started"))
    assert len(hub.comments(pull.number)) == 1


def test_labels_of_ours_are_replaced_and_others_left_alone(hub: Hub) -> None:
    pull = hub.pull()
    pull.issue.labels.extend(["started", "late", "good first issue"])
    hub.pushed(pull).perform(lambda _: Effects(labels=("accepted",)))
    assert sorted(pull.issue.labels) == ["accepted", "good first issue"]


def test_a_closed_pull_request_is_opened_again(hub: Hub) -> None:
    pull = hub.pull()
    hub.github.set_state(NAME, pull.number, "closed", hub.lea)
    hub.pushed(pull, "closed").perform(lambda _: Effects(reopen=True))
    assert pull.issue.closed_at is None


def test_one_that_cannot_be_opened_again_stays_closed_and_the_rest_is_done(hub: Hub) -> None:
    pull = hub.pull()
    hub.github.set_state(NAME, pull.number, "closed", hub.lea)
    work = hub.pushed(pull, "closed")
    pull.source = None
    work.perform(lambda _: Effects(comment="Open it", reopen=True, then=(Next("decide"),)))
    assert pull.issue.closed_at is not None
    assert len(hub.github.dispatches) == 1


def test_an_act_that_follows_names_its_pull_request_itself(hub: Hub) -> None:
    pull = hub.pull()
    work = hub.dispatched(hub.github.bot)
    work.perform(lambda _: Effects(comment="Passed", labels=("passed",), pull_request=pull.number))
    assert hub.comments(pull.number)[0].body.endswith("Passed")
    assert pull.issue.labels == ["passed"]


def test_others_are_told_by_notices(hub: Hub) -> None:
    pull, other = hub.pull(), hub.pull({"submissions/inbox/b.yml": b"b"})
    notice = Notice(other.number, "A mentor reads it", ("in-review",), close=True)
    hub.pushed(pull).perform(lambda _: Effects(comment="Taken", notices=(notice,)))
    assert hub.comments(pull.number)[0].body.endswith("Taken")
    assert hub.comments(other.number)[0].body.endswith("A mentor reads it")
    assert (other.issue.labels, other.issue.closed_at) == (["in-review"], NOW)


def test_a_comment_on_an_issue_is_answered_once_by_another(hub: Hub) -> None:
    issue = hub.github.open_issue(NAME, hub.lea, "The queue", ("queue",))
    work = hub.commented(issue.number, "/claim jt-rag-1")
    for _ in range(2):
        work.perform(lambda _: Effects(comment="It is yours"))
    hub.commented(issue.number, "/claim jt-rag-1").perform(lambda _: Effects(comment="Yours too"))
    assert [one.body.partition("\n")[2] for one in hub.comments(issue.number)] == [
        "It is yours",
        "Yours too",
    ]
    assert issue.labels == ["queue"]


# --- refusals ----------------------------------------------------------------------------------


def test_a_refused_push_is_told_in_the_one_comment_and_is_no_failure(hub: Hub) -> None:
    pull = hub.pull()
    done = hub.pushed(pull).perform(refuse)
    assert [finding.code for finding in done.refused] == ["TST-999"]
    (comment,) = hub.comments(pull.number)
    assert comment.body.startswith(wording.MARKER)
    assert "Do it again." in comment.body
    assert "@lea" not in comment.body
    assert "<b>" not in comment.body
    assert "#1" not in comment.body


def test_a_refused_comment_leaves_the_one_comment_as_it_was(hub: Hub) -> None:
    pull = hub.pull()
    hub.pushed(pull).perform(lambda _: Effects(comment="The clock is running"))
    work = hub.commented(pull.number, "/status")
    for _ in range(2):
        assert work.perform(refuse).refused
    standing, told = hub.comments(pull.number)
    assert standing.body.endswith("The clock is running")
    assert "TST-999" in told.body


def test_a_refused_claim_is_told_where_it_was_made(hub: Hub) -> None:
    issue = hub.github.open_issue(NAME, hub.lea, "The queue", ("queue",))
    assert hub.commented(issue.number, "/claim x").perform(refuse).refused
    assert "TST-999" in hub.comments(issue.number)[0].body


def test_who_starts_a_job_by_hand_is_told_by_its_failure(hub: Hub) -> None:
    with pytest.raises(Refused):
        hub.dispatched(Account(42, "operator")).perform(refuse)


def test_a_chained_job_that_has_nothing_to_do_any_more_is_no_failure(hub: Hub) -> None:
    done = hub.dispatched(hub.github.bot).perform(refuse)
    assert [finding.code for finding in done.refused] == ["TST-999"]


# --- what was missed ---------------------------------------------------------------------------


def test_open_pull_requests_are_the_events_of_their_last_push(hub: Hub) -> None:
    pull = hub.pull()
    hub.github.now += timedelta(minutes=20)
    head = push_more(hub, pull)
    hub.github.now += timedelta(hours=5)
    sweep = hub.job("schedule", hub.github.schedule_payload(NAME, "7 3 * * *", "sweep.yml"))
    (event,) = sweep.open_pull_requests()
    assert event.kind == "pull_request.synchronize"
    assert event.at == NOW + timedelta(minutes=20)
    assert event.actor == hub.lea
    assert event.pull_request is not None
    assert event.pull_request.head == head


def test_a_branch_that_was_pushed_before_the_pull_request_opened_came_when_that_opened(
    hub: Hub,
) -> None:
    fork = hub.github.fork(NAME, hub.lea)
    files = {"submissions/inbox/start.yml": b"x"}
    hub.repositories.commit(fork, "attempt", files, "Start", "lea", NOW)
    hub.github.pushed(fork, "attempt", hub.lea)
    hub.github.now += timedelta(hours=2)
    hub.github.open_pull(NAME, hub.lea, fork, "attempt")
    hub.github.now += timedelta(hours=2)
    (event,) = hub.dispatched(hub.github.bot).open_pull_requests()
    assert event.at == NOW + timedelta(hours=2)


@pytest.mark.parametrize("how", ["forgotten", "gone", "failing"])
def test_where_the_fork_does_not_say_when_it_is_the_jobs_own_moment(hub: Hub, how: str) -> None:
    pull = hub.pull()
    if how == "forgotten":
        hub.github.state[FORK].activity.clear()
    elif how == "gone":
        pull.source = None
    else:
        hub.github.fault("GET", r"/activity$", status=403, times=-1)
    hub.github.now += timedelta(hours=5)
    (event,) = hub.dispatched(hub.github.bot).open_pull_requests()
    assert event.at == NOW + timedelta(hours=5)


def test_only_open_pull_requests_to_the_inbox_are_returned_and_all_pages_of_them(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PAGE", 3)
    first = hub.pull()
    outside = hub.pull({"README.md": b"hello"})
    closed = hub.pull()
    closed.issue.closed_at = NOW
    outside.head = hub.repositories.commit(NAME, "x", {"README.md": b"h"}, "m", "lea", NOW)
    repo = hub.github.state[NAME]
    for number in range(4, 12):
        issue = type(first.issue)(number, hub.lea, "t", "", NOW, NOW)
        repo.pulls[number] = Pull(issue, first.head, FORK, "attempt", "main", first.base_sha)
    found = hub.dispatched(hub.github.bot).open_pull_requests()
    numbers = [event.pull_request.number for event in found if event.pull_request]
    assert numbers == [1, *range(4, 12)]
    assert len({event.id for event in found}) == len(found)


def test_an_act_that_was_missed_is_performed_for_its_own_event(hub: Hub) -> None:
    pull = hub.pull()
    hub.github.now += timedelta(hours=5)
    sweep = hub.dispatched(hub.github.bot)
    (event,) = sweep.open_pull_requests()
    seen: list[str] = []

    def act(ledger: Ledger) -> Effects:
        seen.extend(inbox.read(ledger.tree.git, pull.head))
        return Effects(RECORD, "Recovered", comment="Found later")

    sweep.perform(act, event)
    assert seen == ["start.yml"]
    assert hub.comments(pull.number)[0].body.endswith("Found later")
    moment = hub.repositories.git(NAME).text("log", "-1", "--format=%ct", "main")
    assert int(moment) == int(NOW.timestamp())


# --- what git and the network do -----------------------------------------------------------------


def test_a_repository_that_cannot_be_fetched_is_tried_again_and_then_said(hub: Hub) -> None:
    work = hub.pushed(hub.pull())
    hub.repositories.git(NAME).path.rename(hub.folder / "away.git")
    with pytest.raises(GitError, match="could not be fetched"):
        work.perform(lambda _: Effects())
    assert hub.waited == [2.0, 4.0, 8.0]


def test_a_ruleset_that_keeps_the_bot_out_is_said_at_once_and_nothing_is_shown(hub: Hub) -> None:
    pull = hub.pull()
    work = hub.pushed(pull)
    words = "remote: error: GH013: Repository rule violations found for refs/heads/main."
    with_hook(hub, f"echo '{words}' >&2; exit 1")
    with pytest.raises(EngineError, match="GH013") as caught:
        work.perform(lambda _: Effects(RECORD, "Start", comment="Started"))
    assert "exempt from the ruleset" in caught.value.hint
    assert (hub.waited, hub.comments(pull.number)) == ([], [])


def test_a_push_that_fails_for_a_while_is_tried_again(hub: Hub) -> None:
    work = hub.pushed(hub.pull())
    lock = hub.repositories.git(NAME).path / "refs/heads/main.lock"
    lock.touch()

    def wait(seconds: float) -> None:
        hub.waited.append(seconds)
        if len(hub.waited) == 2:
            lock.unlink()

    work.api.patience.sleep = wait
    assert work.perform(lambda _: Effects(RECORD, "Start")).records == tuple(RECORD)
    assert hub.waited == [2.0, 4.0]


def test_a_push_that_always_fails_is_said_in_gits_words(hub: Hub) -> None:
    work = hub.pushed(hub.pull())
    (hub.repositories.git(NAME).path / "refs/heads/main.lock").touch()
    with pytest.raises(GitError, match=r"could not be pushed: .*atomic transaction failed"):
        work.perform(lambda _: Effects(RECORD, "Start"))


def with_hook(hub: Hub, script: str) -> None:
    """Let a script say whether a push is taken in."""
    hook = hub.repositories.git(NAME).path / "hooks" / "pre-receive"
    hook.unlink(missing_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    hook.chmod(0o755)


def test_the_token_is_in_no_argument_and_in_nothing_that_is_said(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import base64
    import shutil

    basic = base64.b64encode(f"x-access-token:{hub.token}".encode()).decode()
    log, folder = hub.folder / "arguments", hub.folder / "bin"
    folder.mkdir()
    wrapper = folder / "git"
    wrapper.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {shutil.which("git")} "$@"\n', "utf-8")
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    work = hub.pushed(hub.pull())
    # A server that says back whatever it was sent.
    with_hook(hub, f"echo 'GH013 {hub.token} {basic}' >&2; exit 1")
    with pytest.raises(EngineError) as caught:
        work.perform(lambda _: Effects(RECORD, "Start"))
    assert "GH013 *** ***" in caught.value.message
    config = (hub.folder / "temp-9008").rglob("config")
    said: list[Any] = [log.read_text("utf-8"), repr(work), *capfd.readouterr()]
    said += [repr(caught.value), *(path.read_text("utf-8") for path in config)]
    assert "push -q --atomic" in said[0]
    for words in said:
        assert hub.token not in words
        assert basic not in words


@pytest.fixture
def over_http(hub: Hub) -> Callable[..., Any]:
    """Return a function that starts a job whose git goes over HTTP."""
    from tests.github.git_server import GitServer

    server = GitServer(
        hub.repositories, lambda token, _: {"contents": "write"} if token == hub.token else None
    )
    server.start()

    def start(pull: Pull) -> job.GithubJob:
        payload = hub.github.pull_payload(NAME, pull, "opened", hub.lea)
        told = hub.environment("pull_request_target", payload) | {"GITHUB_SERVER_URL": server.url}
        return job.join(read(told))

    start.server = server  # type: ignore[attr-defined]
    return start


def test_over_http_git_shows_the_token_and_is_let_in(hub: Hub, over_http: Any) -> None:
    try:
        work = over_http(hub.pull())
        assert work.perform(lambda _: Effects(RECORD, "Start")).records == tuple(RECORD)
    finally:
        over_http.server.stop()


def test_a_push_whose_answer_is_lost_is_known_to_be_taken(hub: Hub, over_http: Any) -> None:
    def cut(_: object) -> None:
        raise ConnectionResetError("the line is cut")

    over_http.server.after_push.append(cut)
    pull = hub.pull()
    try:
        done = over_http(pull).perform(lambda _: Effects(RECORD, "Start", comment="Started"))
    finally:
        over_http.server.stop()
    assert done.records == tuple(RECORD)
    assert len(hub.comments(pull.number)) == 1
    assert hub.waited == []
