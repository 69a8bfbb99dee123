"""receive: each push gets its receipt by the server's clock, whatever it brings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.receive import receive
from jobtwin.acts.start import start
from jobtwin.cli import _run
from jobtwin.forge.events import Effects, event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.records.base import load, write
from jobtwin.records.intake import CheckpointRequest, StartRequest
from jobtwin.records.submission import Received, Started
from jobtwin.repository import snapshot
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.forge.events import Account, Event

TWIN = "jt-incident-4"
YES = {"F1": True, "F2": True, "F3": True}
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
    assert attempt.receive(event) == replace(first, records={}, message="")


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


@pytest.mark.parametrize("name", ["upload/.gitattributes", "upload/a\\b", "upload/bad\udcff"])
def test_an_upload_that_cannot_be_kept_is_refused_with_its_reason(
    attempt: Attempt, name: str
) -> None:
    files = attempt.live(mode="file_upload", repo_url=None, commit=None)
    (receipt,) = attempt.push({**files, name: b"x"})
    assert receipt.ruling == "refused"
    assert receipt.reasons[0].startswith("SNP-00")
