"""receive: each push gets its receipt by the server's clock, whatever it brings."""

from __future__ import annotations

import importlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.audit import audit
from jobtwin.acts.evaluate import due, graded_receipts, harness_of
from jobtwin.acts.receive import receive
from jobtwin.acts.start import start
from jobtwin.cli import _run
from jobtwin.forge.events import Account, Effects, event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.intake import CheckpointRequest, StartRequest
from jobtwin.records.submission import Received, Started
from jobtwin.repository import snapshot
from jobtwin.rules import relations
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.forge.events import Event
    from jobtwin.repository import ledger as records

TWIN = "jt-incident-4"
YES = {"F1": True, "F2": True, "F3": True}
CHECKS = b"self_checks: {F1: true, F2: true, F3: true}\n"
WORK = {"serve.py": b"print('fixed')\n", "README.md": b"# Work\n"}


class Attempt:
    """An attempt of somebody, open since the forge's now."""

    def __init__(self, organisation: Any, learner: Account) -> None:
        self.forge, self.holders, self.learner = organisation.forge, organisation.holders, learner
        self.organisation = organisation
        request = write(StartRequest(format=1, twin=TWIN))
        event = self.forge.open_pull_request(learner, {"start.yml": request})
        ledger = organisation.ledger()
        with ledger.tree:
            effects = start(event, ledger, self.holders)
        self.forge.apply(effects, event)
        self.number = event.pull_request.number
        self.content = next(iter(effects.records.values()))
        self.started = load(Started, self.content).record
        self.hosted = self.forge.host(learner, "work")
        self.commit = self.forge.commit(self.hosted, learner, WORK, "Fix it")

    def live(self, **more: Any) -> dict[str, bytes]:
        whole: dict[str, Any] = {
            "checkpoint": "live",
            "repo_url": self.forge.url(self.learner, "work"),
            "commit": self.commit,
            "self_checks": YES,
        }
        return {"live.yml": write(CheckpointRequest(format=1, **(whole | more)))}

    def push(self, files: dict[str, bytes]) -> tuple[Received, ...]:
        event = self.forge.push(self.number, files)
        effects = self.receive(event)
        self.forge.apply(effects, event)
        return receipts(effects)

    def records(self) -> records.Attempt:
        ledger = self.organisation.ledger()
        with ledger.tree:
            found: records.Attempt | None = ledger.attempt(TWIN, self.started.attempt)
        assert found is not None
        return found

    def receive(self, event: Event, **more: Any) -> Effects:
        ledger = self.organisation.ledger()
        with ledger.tree:
            return receive(event, ledger, self.holders, self.forge.rewrite, **more)


def receipts(effects: Effects) -> tuple[Received, ...]:
    found = [body for path, body in effects.records.items() if "/received-" in path]
    return tuple(load(Received, body).record for body in found)


@pytest.fixture
def attempt(organisation: Any, learner: Account) -> Attempt:
    return Attempt(organisation, learner)


def test_a_push_without_a_checkpoint_is_noted_with_what_it_brings(attempt: Attempt) -> None:
    (receipt,) = attempt.push({"updates/01.yml": b"status: investigating\n"})
    assert receipt.ruling == "noted"
    assert [(item.path, item.digest) for item in receipt.inbox] == [
        ("updates/01.yml", digest(b"status: investigating\n"))
    ]
    assert receipt.at == attempt.forge.now


def test_a_checkpoint_in_time_is_accepted_and_the_repository_kept(attempt: Attempt) -> None:
    attempt.forge.wait(minutes=60)
    (receipt,) = attempt.push(attempt.live())
    assert receipt.ruling == "accepted"
    assert receipt.snapshot is not None
    assert receipt.snapshot.commit == attempt.commit
    kept = attempt.forge.origin.run("cat-file", "blob", f"{receipt.snapshot.ref}:snapshot.tar")
    assert digest(kept) == receipt.snapshot.digest
    assert snapshot.untar(kept) == WORK


def test_who_committed_is_kept_in_hashes_from_the_work_its_past_and_the_pull_request(
    attempt: Attempt,
) -> None:
    forge = attempt.forge
    work = forge.host(Account(4004, "friend"), "shared")
    forge.commit(work, Account(4004, "friend"), {"start.txt": b"by a friend\n"}, "Begin")
    commit = forge.commit(work, attempt.learner, WORK, "Go on")
    url = forge.url(Account(4004, "friend"), "shared")
    (receipt,) = attempt.push(attempt.live(repo_url=url, commit=commit))
    mails = [f"{name}@people.invalid" for name in ("friend", attempt.learner.login)]
    expected = relations.identities(attempt.holders.subject, mails, ())
    assert receipt.ruling == "accepted"
    assert receipt.identities == expected
    assert not any(mail.encode() in write(receipt) for mail in mails)


def test_an_upload_names_who_committed_to_the_pull_request(attempt: Attempt) -> None:
    files = attempt.live(mode="file_upload", repo_url=None, commit=None)
    files |= {f"upload/{path}": content for path, content in WORK.items()}
    (receipt,) = attempt.push(files)
    mail = f"{attempt.learner.login}@people.invalid"
    assert receipt.identities == relations.identities(attempt.holders.subject, [mail], ())


def test_receipts_follow_one_another_from_the_start(attempt: Attempt) -> None:
    (first,) = attempt.push({"updates/01.yml": b"a"})
    (second,) = attempt.push({"updates/02.yml": b"b"})
    assert first.previous == digest(attempt.content)
    assert second.previous == digest(write(first))
    assert (first.number, second.number) == (1, 2)


@pytest.mark.parametrize(("seconds", "ruling"), [(0, "accepted"), (60, "accepted"), (3600, "late")])
def test_the_closing_second_counts_and_an_hour_after_does_not(
    attempt: Attempt, seconds: int, ruling: str
) -> None:
    attempt.forge.wait(minutes=90, seconds=seconds)
    (receipt,) = attempt.push(attempt.live())
    assert receipt.ruling == ruling
    assert (receipt.snapshot is None) is (ruling == "late")


def test_grace_ends_at_its_second(attempt: Attempt) -> None:
    ledger = attempt.organisation.ledger()
    with ledger.tree:
        from jobtwin.records.organisation import IntakePolicy

        grace = ledger.policy(IntakePolicy, attempt.started.at).grace_seconds
    attempt.forge.wait(minutes=90, seconds=grace)
    event = attempt.forge.push(attempt.number, attempt.live())
    assert receipts(attempt.receive(event))[0].ruling == "accepted"
    late = replace(event, at=event.at + timedelta(seconds=1))
    assert receipts(attempt.receive(late))[0].ruling == "late"


def test_the_dates_of_commits_mean_nothing(attempt: Attempt) -> None:
    attempt.forge.wait(minutes=30)
    files = attempt.live()
    attempt.forge.wait(minutes=70)
    event = attempt.forge.push(attempt.number, files)
    assert receipts(attempt.receive(event))[0].ruling == "late"


def test_a_late_push_takes_nothing_away_from_what_was_accepted(attempt: Attempt) -> None:
    (accepted,) = attempt.push(attempt.live())
    attempt.forge.wait(minutes=100)
    other = attempt.forge.commit(attempt.hosted, attempt.learner, {"serve.py": b"late"}, "Late")
    (late,) = attempt.push(attempt.live(commit=other))
    assert (accepted.ruling, late.ruling) == ("accepted", "late")
    ledger = attempt.organisation.ledger()
    with ledger.tree:
        found = ledger.attempt(TWIN, attempt.started.attempt)
    assert found is not None
    rulings = [item.record.ruling for item in found.all(Received)]
    assert rulings == ["accepted", "late"]


def test_a_checkpoint_file_that_did_not_change_hands_nothing_in_again(attempt: Attempt) -> None:
    attempt.push(attempt.live())
    (second,) = attempt.push({"updates/01.yml": b"a"})
    assert (second.ruling, second.checkpoint) == ("noted", None)


def test_handing_in_again_in_time_is_another_snapshot_beside_the_first(attempt: Attempt) -> None:
    (first,) = attempt.push(attempt.live())
    other = attempt.forge.commit(attempt.hosted, attempt.learner, {"serve.py": b"2"}, "Better")
    (second,) = attempt.push(attempt.live(commit=other))
    assert first.snapshot is not None
    assert second.snapshot is not None
    assert first.snapshot.ref != second.snapshot.ref


def test_two_checkpoints_in_one_push_have_a_receipt_each(attempt: Attempt) -> None:
    done = write(CheckpointRequest(format=1, checkpoint="post-mortem", self_checks=YES))
    found = attempt.push({**attempt.live(), "post-mortem.yml": done, "POSTMORTEM.md": b"# It\n"})
    assert [item.checkpoint for item in found] == ["live", "post-mortem"]
    assert found[1].previous == digest(write(found[0]))


def test_a_critical_self_check_answered_no_blocks_and_force_is_seen(attempt: Attempt) -> None:
    no = {**YES, "F1": False}
    (blocked,) = attempt.push(attempt.live(self_checks=no))
    assert (blocked.ruling, blocked.snapshot) == ("blocked", None)
    assert blocked.reasons[0].startswith("INB-007")
    (forced,) = attempt.push(attempt.live(self_checks=no, force=True))
    assert (forced.ruling, forced.forced) == ("accepted", True)
    assert {item.id: item.answer for item in forced.self_checks} == no


def test_final_closes_the_pull_request(attempt: Attempt) -> None:
    event = attempt.forge.push(attempt.number, attempt.live(final=True))
    effects = attempt.receive(event)
    assert effects.close
    assert receipts(effects)[0].final


def test_the_same_event_twice_is_one_receipt(attempt: Attempt) -> None:
    event = attempt.forge.push(attempt.number, {"updates/01.yml": b"a"})
    first = attempt.receive(event)
    attempt.forge.apply(first, event)
    assert attempt.receive(event) == replace(first, records={}, archives={}, message="")


def test_what_sweep_recovers_says_so(attempt: Attempt) -> None:
    event = attempt.forge.push(attempt.number, {"updates/01.yml": b"a"})
    assert receipts(attempt.receive(event, recovered=True))[0].recovered


def test_an_upload_is_kept_like_a_repository(attempt: Attempt) -> None:
    files = attempt.live(mode="file_upload", repo_url=None, commit=None)
    (receipt,) = attempt.push({**files, "upload/serve.py": b"print()\n"})
    assert receipt.ruling == "accepted"
    assert receipt.snapshot is not None
    assert (receipt.snapshot.mode, receipt.snapshot.files) == ("file_upload", 1)


def test_nothing_in_a_receipt_names_the_learner_or_the_repository(attempt: Attempt) -> None:
    event = attempt.forge.push(attempt.number, attempt.live())
    published = b"".join(attempt.receive(event).records.values())
    assert b"lea/" not in published
    assert b"forge.invalid" not in published


def _commit_with(attempt: Attempt, lines: bytes) -> str:
    tree = attempt.hosted.run("mktree", "-z", "--missing", stdin=lines).decode().strip()
    who = {
        f"GIT_{role}_{what}": "lea@people.invalid"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    made: str = attempt.hosted.text("commit-tree", tree, "-m", "work", env=who)
    attempt.hosted.run("update-ref", "refs/heads/other", made)
    return made


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("120000 blob {blob}\tsecrets\0", "SNP-003"),
        ("160000 commit 1111111111111111111111111111111111111111\tmodule\0", "SNP-003"),
        ("100644 blob {blob}\tA\x00100644 blob {blob}\ta\0", "SNP-004"),
        ("100644 blob {blob}\t.gitattributes\0", "SNP-007"),
    ],
)
def test_a_repository_that_cannot_be_kept_is_refused_with_its_reason_and_nothing_is_lost(
    attempt: Attempt, entry: str, code: str
) -> None:
    blob = attempt.hosted.run("hash-object", "-w", "--stdin", stdin=b"x").decode().strip()
    commit = _commit_with(attempt, entry.format(blob=blob).encode())
    (receipt,) = attempt.push({**attempt.live(commit=commit), "updates/01.yml": b"a"})
    assert receipt.ruling == "refused"
    assert receipt.reasons[0].startswith(code)
    assert [item.path for item in receipt.inbox] == ["updates/01.yml"]
    (second,) = attempt.push(attempt.live())
    assert second.ruling == "accepted"


def test_a_commit_that_is_not_there_is_refused(attempt: Attempt) -> None:
    (receipt,) = attempt.push(attempt.live(commit="1" * 40))
    assert receipt.ruling == "refused"
    assert receipt.reasons[0].startswith("SNP-002")


@pytest.mark.parametrize(
    "url", ["/etc", "file:///etc", "ext::sh -c id", "ssh://a@b.c/d", "http://forge.invalid/a/b"]
)
def test_a_url_that_is_not_https_is_refused_where_it_stands(attempt: Attempt, url: str) -> None:
    text = attempt.live()["live.yml"].decode()
    changed = text.replace(attempt.forge.url(attempt.learner, "work"), url)
    (receipt,) = attempt.push({"live.yml": changed.encode()})
    assert receipt.ruling == "refused"
    assert receipt.reasons[0].startswith(("REC-003", "YML"))


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"a: &x [*x]", b"[" * 9999, b"\t", b"checkpoint: live\n" * 2]
)
def test_a_checkpoint_file_that_cannot_be_read_is_a_refused_receipt(
    attempt: Attempt, content: bytes
) -> None:
    (receipt,) = attempt.push({"live.yml": content})
    assert receipt.ruling == "refused"
    assert receipt.reasons


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"solution.zip": b"PK"}, "INB-004"),
        ({"POSTMORTEM.md": b"x" * 900_000}, "INB-003"),
        ({"updates/a b.yml": b"x"}, "INB-005"),
        ({"updates/caf\xe9.yml": b"x"}, "INB-005"),
        ({"../../keys/acts.yml": b"x"}, "INB-001"),
        ({".hidden": b"x"}, "INB-005"),
    ],
)
def test_an_inbox_that_cannot_be_taken_in_is_a_refused_receipt_without_its_files(
    attempt: Attempt, files: dict[str, bytes], code: str
) -> None:
    (receipt,) = attempt.push(files)
    assert receipt.ruling == "refused"
    assert receipt.reasons[0].startswith(code)
    assert receipt.inbox == ()


def test_a_refused_push_is_answered_with_what_to_do(attempt: Attempt) -> None:
    event = attempt.forge.push(attempt.number, {"solution.zip": b"PK"})
    comment = attempt.receive(event).comment
    assert "INB-004" in comment
    assert "Remove or rename the file" in comment


def test_a_pull_request_without_an_attempt_is_nothing_to_it(
    organisation: Any, learner: Account
) -> None:
    event = organisation.forge.open_pull_request(learner, {"updates/01.yml": b"a"})
    ledger = organisation.ledger()
    with ledger.tree:
        assert receive(event, ledger, organisation.holders) == Effects()


def test_the_command_adds_the_receipt_and_prints_it(
    attempt: Attempt, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_secrets(attempt.holders, tmp_path / "secrets")
    event = attempt.forge.push(attempt.number, attempt.live())
    (tmp_path / "event.json").write_bytes(event_to_json(event))
    command = ["receive", "--event", str(tmp_path / "event.json")]
    command += ["--repo", str(attempt.forge.origin.path), "--secrets", str(tmp_path / "secrets")]
    assert _run([*command, "--hosted", str(attempt.forge.root / "hosted")]) == 0
    said = capsys.readouterr()
    assert "Accepted, in time" in said.out
    assert "received-1.yml" in said.err


def test_an_upload_may_be_as_large_as_the_brief_allows_and_hold_dot_files(attempt: Attempt) -> None:
    files = attempt.live(mode="file_upload", repo_url=None, commit=None)
    upload = {"upload/data.json": b"0" * 1_500_000, "upload/.gitignore": b"*.pyc\n"}
    (receipt,) = attempt.push({**files, **upload})
    assert (receipt.ruling, receipt.snapshot and receipt.snapshot.files) == ("accepted", 2)


def test_other_files_beside_the_same_checkpoint_file_are_handed_in_anew(attempt: Attempt) -> None:
    files = attempt.live(mode="file_upload", repo_url=None, commit=None)
    (first,) = attempt.push({**files, "upload/serve.py": b"print(1)\n"})
    (second,) = attempt.push({"upload/serve.py": b"print(2)\n"})
    (noted,) = attempt.push({"updates/01.yml": b"status: resolved\n"})
    attempt.forge.wait(minutes=120)
    (late,) = attempt.push({"upload/serve.py": b"print(3)\n"})
    rulings = [receipt.ruling for receipt in (first, second, noted, late)]
    assert rulings == ["accepted", "accepted", "noted", "late"]
    assert first.snapshot is not None
    assert second.snapshot is not None
    assert first.snapshot.digest != second.snapshot.digest


def test_files_beside_a_checkpoint_of_writing_alone_hand_nothing_in(attempt: Attempt) -> None:
    attempt.push({"post-mortem.yml": b"format: 1\ncheckpoint: post-mortem\n" + CHECKS})
    (receipt,) = attempt.push({"upload/serve.py": b"print(1)\n"})
    assert (receipt.ruling, receipt.checkpoint) == ("noted", None)


@pytest.mark.parametrize("name", ["upload/.gitattributes", "upload/a\\b", "upload/bad\udcff"])
def test_an_upload_that_cannot_be_kept_is_refused_with_its_reason(
    attempt: Attempt, name: str
) -> None:
    files = attempt.live(mode="file_upload", repo_url=None, commit=None)
    (receipt,) = attempt.push({**files, name: b"x"})
    assert receipt.ruling == "refused"
    assert receipt.reasons[0].startswith("SNP-00")


# Events that come twice, late, in another order, or not at all


def test_another_event_for_the_same_head_says_the_same_and_writes_nothing(attempt: Attempt) -> None:
    event = attempt.forge.push(attempt.number, attempt.live(final=True))
    first = attempt.receive(event)
    attempt.forge.apply(first, event)
    again = attempt.receive(replace(event, id="pull_request.reopened:99"))
    assert again == replace(first, records={}, message="", archives={})
    assert [following.act for following in again.then] == ["evaluate"]


def test_final_asks_for_the_evaluation_in_the_attempts_own_slot(attempt: Attempt) -> None:
    event = attempt.forge.push(attempt.number, attempt.live(final=True))
    (following,) = attempt.receive(event).then
    name = attempt.started.attempt
    slot = str(int(name[0], 16) % 8)
    assert (following.act, dict(following.arguments)) == (
        "evaluate",
        {"twin": TWIN, "attempt": name, "slot": slot},
    )


def test_a_late_push_asks_for_no_evaluation_while_another_checkpoint_is_open(
    attempt: Attempt,
) -> None:
    attempt.push(attempt.live())
    attempt.forge.wait(minutes=100)
    event = attempt.forge.push(attempt.number, {"updates/09.yml": b"a"})
    effects = attempt.receive(event)
    assert (effects.then, effects.close) == ((), False)


def test_after_the_last_deadline_a_late_push_has_the_attempt_evaluated(attempt: Attempt) -> None:
    attempt.push(attempt.live())
    attempt.forge.wait(hours=6)
    event = attempt.forge.push(attempt.number, {"updates/09.yml": b"a"})
    effects = attempt.receive(event)
    assert ([following.act for following in effects.then], effects.close) == (["evaluate"], True)
    assert effects.labels == ("evaluating",)


def test_events_in_another_order_are_judged_in_the_order_in_which_they_happened(
    attempt: Attempt,
) -> None:
    older = attempt.forge.push(attempt.number, attempt.live())
    attempt.forge.wait(minutes=4)
    other = attempt.forge.commit(attempt.hosted, attempt.learner, {"serve.py": b"2"}, "Better")
    newer = attempt.forge.push(attempt.number, attempt.live(commit=other))
    for event in (newer, older):
        attempt.forge.apply(attempt.receive(event), event)
    first, second = (item.record for item in attempt.records().all(Received))
    assert (first.at, second.at) == (newer.at, older.at)
    assert (second.previous, second.recovered) == (digest(write(first)), False)
    ledger = attempt.organisation.ledger()
    with ledger.tree:
        (graded,) = graded_receipts(attempt.records(), ledger)
    assert graded.record == first
    assert audit(attempt.forge.origin).ok


def test_an_event_that_was_overtaken_by_far_is_for_a_person_to_judge(attempt: Attempt) -> None:
    older = attempt.forge.push(attempt.number, attempt.live(final=True))
    attempt.forge.wait(minutes=10)
    attempt.push({"updates/01.yml": b"a"})
    effects = attempt.receive(older)
    attempt.forge.apply(effects, older)
    (receipt,) = receipts(effects)
    assert (receipt.at, receipt.ruling, receipt.recovered) == (older.at, "accepted", True)
    assert effects.then == ()
    assert "A person looks at it" in effects.comment
    assert audit(attempt.forge.origin).ok


def test_an_old_head_that_is_pushed_again_keeps_its_first_receipt(attempt: Attempt) -> None:
    old = attempt.forge.push(attempt.number, attempt.live())
    attempt.forge.apply(attempt.receive(old), old)
    attempt.forge.wait(minutes=10)
    other = attempt.forge.commit(attempt.hosted, attempt.learner, {"serve.py": b"2"}, "Better")
    (newer,) = attempt.push(attempt.live(commit=other))
    attempt.forge.wait(minutes=90)
    back = replace(old, id="pull_request.synchronize:77", at=attempt.forge.now)
    effects = attempt.receive(back)
    assert effects.records == {}
    assert f"head `{newer.head[:12]}`" in effects.comment


def test_the_first_event_that_named_a_head_counts_whenever_it_arrives(attempt: Attempt) -> None:
    attempt.forge.wait(minutes=89)
    named = attempt.forge.push(attempt.number, attempt.live())
    attempt.forge.wait(minutes=4)
    again = replace(named, id="pull_request.reopened:77", at=attempt.forge.now)
    attempt.forge.apply(attempt.receive(again), again)
    (first,) = receipts(attempt.receive(named))
    assert (first.at, first.ruling) == (named.at, "accepted")


def test_after_final_a_push_changes_nothing(attempt: Attempt) -> None:
    (final,) = attempt.push(attempt.live(final=True))
    attempt.forge.wait(minutes=1)
    other = attempt.forge.commit(attempt.hosted, attempt.learner, {"serve.py": b"2"}, "Better")
    late = {**attempt.live(commit=other), "POSTMORTEM.md": b"# After the end\n"}
    (second,) = attempt.push(late)
    assert second.ruling == "late"
    ledger = attempt.organisation.ledger()
    with ledger.tree:
        task = due(attempt.forge.dispatch(), ledger, TWIN, attempt.started.attempt)
    assert [item.record for item in task.receipts] == [final]
    assert task.submission.inbox == {}
    assert audit(attempt.forge.origin).ok


def test_what_happened_before_the_clock_started_has_no_receipt(attempt: Attempt) -> None:
    event = attempt.forge.push(attempt.number, attempt.live())
    early = replace(event, at=attempt.started.at - timedelta(seconds=1))
    assert attempt.receive(early).records == {}


def test_a_file_that_could_not_be_taken_in_is_tried_again_with_the_next_push(
    attempt: Attempt,
) -> None:
    files = attempt.live()
    moved = attempt.hosted.path.rename(attempt.hosted.path.with_name("away"))
    (refused,) = attempt.push(files)
    moved.rename(attempt.hosted.path)
    (accepted,) = attempt.push({**files, "updates/01.yml": b"a"})
    assert (refused.ruling, accepted.ruling) == ("refused", "accepted")


def test_the_files_beside_a_late_checkpoint_still_count(attempt: Attempt) -> None:
    attempt.push(attempt.live())
    attempt.forge.wait(minutes=100)
    other = attempt.forge.commit(attempt.hosted, attempt.learner, {"serve.py": b"2"}, "Better")
    (late,) = attempt.push({**attempt.live(commit=other), "POSTMORTEM.md": b"# In time\n"})
    assert late.ruling == "late"
    attempt.forge.wait(hours=6)
    ledger = attempt.organisation.ledger()
    with ledger.tree:
        task = due(attempt.forge.dispatch(), ledger, TWIN, attempt.started.attempt)
    assert task.submission.inbox == {"POSTMORTEM.md": b"# In time\n"}


# Closing and reopening


def closed(attempt: Attempt) -> Event:
    event: Event = attempt.forge.push(attempt.number, {"updates/01.yml": b"a"})
    attempt.forge.apply(attempt.receive(event), event)
    return replace(event, id="pull_request.closed:50", at=attempt.forge.now)


def test_a_pull_request_closed_too_early_is_opened_again_with_words(attempt: Attempt) -> None:
    effects = attempt.receive(closed(attempt))
    assert (effects.reopen, effects.records) == (True, {})
    assert effects.comment.startswith("**Opened again.**")
    assert "Live window" in effects.comment


def test_after_the_end_it_stays_closed(attempt: Attempt) -> None:
    event = closed(attempt)
    attempt.push(attempt.live(final=True))
    later = replace(event, at=attempt.forge.now)
    assert attempt.receive(later) == Effects()


def test_reopened_after_the_end_it_is_closed_again(attempt: Attempt) -> None:
    event = attempt.forge.push(attempt.number, attempt.live(final=True))
    attempt.forge.apply(attempt.receive(event), event)
    again = attempt.receive(replace(event, id="pull_request.reopened:51"))
    assert (again.records, again.close, again.reopen) == ({}, True, False)


def test_kinds_that_it_does_not_know_are_nothing_to_it(attempt: Attempt) -> None:
    event = attempt.forge.push(attempt.number, attempt.live())
    for kind in ("pull_request.labeled", "pull_request.edited", "issue_comment.edited"):
        assert attempt.receive(replace(event, id=f"{kind}:60")) == Effects()


# Status updates by comment

UPDATE = "/status\r\nimpact: branches are told to ask a pharmacist\r\nstatus: identified\r\n"


def said(attempt: Attempt, text: str = UPDATE, **more: Any) -> Event:
    pushed: Event = attempt.forge.push(attempt.number, {"updates/01.yml": b"a"})
    event = replace(pushed, id=f"issue_comment.created:{attempt.forge.events}", comment=text)
    return replace(event, **more)


def test_a_comment_becomes_an_update_at_its_own_moment(attempt: Attempt) -> None:
    attempt.forge.wait(minutes=12)
    event = said(attempt)
    effects = attempt.receive(event)
    (receipt,) = receipts(effects)
    assert (receipt.at, receipt.ruling, receipt.event) == (event.at, "noted", event.id)
    (entry,) = receipt.inbox
    kept = effects.records[layout.inbox_copy(TWIN, receipt.attempt, 1, "updates/51.yml")]
    assert (entry.path, entry.digest) == ("updates/51.yml", digest(kept))
    assert kept == b"impact: branches are told to ask a pharmacist\nstatus: identified\n"


def test_the_twins_own_harness_reads_an_update_that_came_by_comment(attempt: Attempt) -> None:
    attempt.push(attempt.live())
    attempt.forge.wait(minutes=12)
    event = said(attempt, UPDATE + "next_update: 09:40 UTC")
    attempt.forge.apply(attempt.receive(event), event)
    attempt.push({"POSTMORTEM.md": b"# It\n"})
    attempt.forge.wait(hours=6)
    ledger = attempt.organisation.ledger()
    with ledger.tree:
        task = due(attempt.forge.dispatch(), ledger, TWIN, attempt.started.attempt)
        with harness_of(ledger, task.attempt) as (harness, _):
            name = f"{vars(harness)['__name__']}.communication"
            communication = importlib.import_module(name)
            submission = task.submission
            found = communication.updates_of(submission.inbox, submission.receipts)
    assert [(item.number, item.complete) for item in found] == [
        ("01", False),
        ("51", True),
    ]
    assert communication.first_minutes(found) == 12


def test_a_later_push_loses_no_update_and_the_next_comment_has_the_next_number(
    attempt: Attempt,
) -> None:
    for _ in range(2):
        event = said(attempt)
        attempt.forge.apply(attempt.receive(event), event)
    attempt.push({**attempt.live(), "updates/51.yml": b"pushed over it"})
    attempt.forge.wait(hours=6)
    ledger = attempt.organisation.ledger()
    with ledger.tree:
        task = due(attempt.forge.dispatch(), ledger, TWIN, attempt.started.attempt)
    inbox = task.submission.inbox
    assert sorted(inbox) == ["updates/01.yml", "updates/51.yml", "updates/52.yml"]
    assert inbox["updates/51.yml"].startswith(b"impact: branches")
    assert audit(attempt.forge.origin).ok


def test_the_same_comment_event_twice_is_one_update(attempt: Attempt) -> None:
    event = said(attempt)
    first = attempt.receive(event)
    attempt.forge.apply(first, event)
    assert attempt.receive(event) == replace(first, records={}, archives={}, message="")


def test_a_comment_does_not_stand_for_a_push_of_the_same_head(attempt: Attempt) -> None:
    event = said(attempt)
    attempt.forge.apply(attempt.receive(event), event)
    pushed = replace(event, id="pull_request.synchronize:70", comment="")
    assert receipts(attempt.receive(pushed))[0].inbox[0].path == "updates/01.yml"


def test_only_the_learners_own_comment_is_an_update(attempt: Attempt) -> None:
    assert attempt.receive(said(attempt, actor=Account(4711, "eve"))) == Effects()


@pytest.mark.parametrize("text", ["hello", "see /status", "/statusquo", "/claim jt-incident-4", ""])
def test_other_comments_are_nothing_to_it(attempt: Attempt, text: str) -> None:
    assert attempt.receive(said(attempt, text)) == Effects()


@pytest.mark.parametrize("text", ["/status", "/status \n ", "/status " + "x" * 9000])
def test_an_update_that_cannot_be_taken_in_is_told_why(attempt: Attempt, text: str) -> None:
    effects = attempt.receive(said(attempt, text))
    (receipt,) = receipts(effects)
    assert (receipt.ruling, receipt.inbox) == ("refused", ())
    assert receipt.reasons[0].startswith("INB-009")
    assert "INB-009" in effects.comment


def test_there_are_only_as_many_updates_as_the_brief_allows(attempt: Attempt) -> None:
    pushed = {f"updates/{number:02}.yml": b"a" for number in range(1, 13)}
    attempt.push(pushed)
    (receipt,) = receipts(attempt.receive(said(attempt)))
    assert receipt.reasons[0].startswith("INB-009: 12 updates are there already")


def test_a_flood_of_comments_does_not_fill_the_records(
    attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobtwin.acts.receive.MOST_COMMENTS", 2)
    for _ in range(2):
        event = said(attempt, "/status")
        attempt.forge.apply(attempt.receive(event), event)
    assert attempt.receive(said(attempt)) == Effects()


def test_after_the_live_window_a_comment_is_no_update(attempt: Attempt) -> None:
    attempt.forge.wait(minutes=95)
    (receipt,) = receipts(attempt.receive(said(attempt)))
    assert receipt.ruling == "refused"
    assert "`live` is closed" in receipt.reasons[0]


def test_after_the_end_a_comment_is_nothing_to_it(attempt: Attempt) -> None:
    attempt.push(attempt.live(final=True))
    attempt.forge.wait(minutes=1)
    assert attempt.receive(said(attempt)) == Effects()


def test_what_a_learner_writes_is_shown_as_text(attempt: Attempt) -> None:
    text = (
        attempt.live()["live.yml"].decode().replace("checkpoint: live", "checkpoint: <b>@all</b>")
    )
    event = attempt.forge.push(attempt.number, {"live.yml": text.encode(), "a<b>@x.yml": b""})
    comment = attempt.receive(event).comment
    assert "<b>" not in comment
    assert "@all" not in comment
    assert "@x" not in comment
