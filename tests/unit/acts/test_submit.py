"""submit: what the server would refuse is told before anything is sent."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtwin.acts import kit, submit
from jobtwin.acts.receive import receive
from jobtwin.acts.start import start
from jobtwin.cli import _run
from jobtwin.errors import Refused, UsageError
from jobtwin.records.base import load, write
from jobtwin.records.intake import CheckpointRequest, StartRequest
from jobtwin.records.submission import Received
from jobtwin.repository import snapshot
from jobtwin.repository.append import Author
from jobtwin.repository.git import Git
from jobtwin.repository.ledger import Ledger

if TYPE_CHECKING:
    from tests.conftest import Organisation

    from jobtwin.forge.events import Account

TWIN = "jt-incident-4"
SEED = bytes(range(32))
AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
YES = {"F1": True, "F2": True, "F3": True}
URL = "https://forge.invalid/lea/incident"


class Desk:
    """A learner's machine: a clone of the organisation's repository, and the kit's folder."""

    def __init__(self, clone: Path, folder: Path, rewrite: dict[str, str]) -> None:
        self.clone, self.folder, self.rewrite = clone, folder, rewrite

    def prepare(self, wanted: submit.HandIn) -> dict[str, bytes]:
        return submit.prepare(self.clone, self.folder, wanted, self.rewrite)

    def refused(self, wanted: submit.HandIn) -> list[str]:
        with pytest.raises(Refused) as refused:
            self.prepare(wanted)
        return [finding.code for finding in refused.value.findings]

    def save(self) -> str:
        git = Git(self.folder)
        git.run("add", "-A")
        who = Author("lea", "lea@people.invalid").environment(AT)
        git.run("commit", "-q", "--allow-empty", "-m", "work", env=who)
        return git.text("rev-parse", "HEAD")


@pytest.fixture
def desk(organisation, learner: Account, tmp_path: Path) -> Desk:  # type: ignore[no-untyped-def]
    forge = organisation.forge
    clone = tmp_path / "clone"
    forge.origin.run("clone", "-q", str(forge.origin.path), str(clone))
    folder = forge.host(learner, "incident").path
    for path, body in kit.kit(clone, TWIN, SEED).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(body)
    desk = Desk(clone, folder, forge.rewrite)
    desk.save()
    return desk


LIVE = submit.HandIn("live", YES, repo_url=URL)


def test_a_checkpoint_names_repository_commit_and_answers(desk: Desk) -> None:
    (desk.folder / "inbox" / "repro.json").write_text("{}")
    commit = desk.save()
    files = desk.prepare(LIVE)
    assert set(files) == {"live.yml", "repro.json"}
    request = load(CheckpointRequest, files["live.yml"]).record
    assert (request.repo_url, request.commit, request.self_checks) == (URL, commit, YES)
    assert not request.force
    assert not request.final


def test_a_checkpoint_of_writing_alone_needs_no_commit(desk: Desk) -> None:
    (desk.folder / "inbox" / "POSTMORTEM.md").write_text("# What happened\n")
    files = desk.prepare(submit.HandIn("post-mortem", YES, final=True))
    assert set(files) == {"post-mortem.yml", "POSTMORTEM.md"}
    request = load(CheckpointRequest, files["post-mortem.yml"]).record
    assert request.final
    assert request.commit is None


def test_a_critical_self_check_answered_no_blocks_unless_it_is_forced(desk: Desk) -> None:
    doubtful = replace(LIVE, self_checks={**YES, "F1": False})
    assert desk.refused(doubtful) == ["INB-007"]
    files = desk.prepare(replace(doubtful, force=True))
    assert load(CheckpointRequest, files["live.yml"]).record.force


def test_a_reflective_self_check_answered_no_blocks_nothing(desk: Desk) -> None:
    assert "live.yml" in desk.prepare(replace(LIVE, self_checks={**YES, "F2": False}))


def test_everything_that_is_wrong_is_told_at_once(desk: Desk) -> None:
    (desk.folder / "inbox" / "POSTMORTEM.md").write_text("x" * (65 * 1024))
    desk.save()
    assert desk.refused(replace(LIVE, self_checks={"F1": False})) == [
        "INB-006",
        "INB-006",
        "INB-007",
        "INB-003",
    ]


@pytest.mark.parametrize("url", ["/etc", "ext::sh -c id", "http://forge.invalid/lea/incident"])
def test_a_url_that_is_not_https_is_a_finding_at_its_place(desk: Desk, url: str) -> None:
    assert desk.refused(replace(LIVE, repo_url=url)) == ["REC-003"]


def test_a_commit_that_was_not_pushed_is_found_before_the_server_does(desk: Desk) -> None:
    assert desk.refused(replace(LIVE, commit="1" * 40)) == ["SNP-002"]


def test_work_that_is_not_committed_is_not_handed_in_by_mistake(desk: Desk) -> None:
    (desk.folder / "serve.py").write_text("pass\n")
    with pytest.raises(UsageError, match="not committed"):
        desk.prepare(LIVE)


def test_a_checkpoint_that_the_twin_has_not_is_told_with_those_it_has(desk: Desk) -> None:
    with pytest.raises(UsageError) as error:
        desk.prepare(replace(LIVE, checkpoint="lunch"))
    assert "live, post-mortem" in error.value.hint


def test_an_upload_is_refused_where_the_twin_does_not_offer_it_or_brings_the_files(
    desk: Desk,
) -> None:
    wanted = replace(LIVE, upload=True)
    (desk.folder / "incident" / "trace.jsonl").unlink()  # the inbox is for short files
    path = desk.clone / "twins" / TWIN / "twin.yml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("  - file_upload\n", ""), "utf-8")
    assert desk.refused(wanted) == ["INB-008"]
    path.write_text(text, "utf-8")
    files = desk.prepare(wanted)
    assert "upload/serve.py" in files
    assert not [path for path in files if "/." in path or path.startswith("upload/inbox")]


def test_the_first_mode_of_the_twin_is_taken_where_nothing_is_named(desk: Desk) -> None:
    path = desk.clone / "twins" / TWIN / "twin.yml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("  - repo_url\n  - file_upload\n", "  - file_upload\n"), "utf-8")
    files = desk.prepare(replace(LIVE, repo_url=None))
    assert load(CheckpointRequest, files["live.yml"]).record.mode == "file_upload"
    assert "upload/serve.py" in files
    assert desk.refused(LIVE) == ["INB-008"]


def test_a_whole_kit_is_handed_in_as_files_and_kept_as_it_was(
    organisation: Organisation, learner: Account, desk: Desk
) -> None:
    forge = organisation.forge
    event = forge.open_pull_request(
        learner, {"start.yml": write(StartRequest(format=1, twin=TWIN))}
    )
    with organisation.ledger().tree as tree:
        forge.apply(start(event, Ledger(tree), organisation.holders), event)
    assert event.pull_request is not None
    (desk.folder / "inbox" / "repro.json").write_text("{}")
    files = desk.prepare(replace(LIVE, repo_url=None, upload=True))
    upload = {path: body for path, body in files.items() if path.startswith("upload/")}
    assert sum(map(len, upload.values())) > 1_000_000
    pushed = forge.push(event.pull_request.number, files)
    with organisation.ledger().tree as tree:
        effects = receive(pushed, Ledger(tree), organisation.holders, forge.rewrite)
    receipts = [body for path, body in effects.records.items() if "/received-" in path]
    found = [load(Received, body).record for body in receipts]
    assert [receipt.ruling for receipt in found] == ["accepted"]
    (tar,) = (kept for ref, kept in effects.archives.items() if not ref.endswith("-blinded"))
    assert {f"upload/{path}": body for path, body in snapshot.untar(tar).items()} == upload
    forge.apply(effects, pushed)
    assert found[0].snapshot is not None
    kept = forge.origin.run("cat-file", "blob", f"{found[0].snapshot.ref}:snapshot.tar")
    assert kept == tar


def test_the_files_are_committed_to_the_inbox_on_a_branch_from_main(desk: Desk) -> None:
    git = Git(desk.clone)
    made = submit.commit(desk.clone, {"live.yml": b"a\n", "updates/01.yml": b"b\n"}, "mine", AT)
    changed = git.text("diff", "--name-only", "main", made).split()
    assert changed == ["submissions/inbox/live.yml", "submissions/inbox/updates/01.yml"]
    assert git.text("log", "-1", "--format=%an %ae", made) == "learner learner@people.invalid"
    assert submit.commit(desk.clone, {"live.yml": b"a\n"}, "mine", AT) == made
    again = submit.commit(desk.clone, {"live.yml": b"c\n"}, "mine", AT)
    assert git.text("rev-parse", f"{again}^") == made


def test_a_branch_that_was_begun_elsewhere_is_gone_on_with(desk: Desk) -> None:
    git = Git(desk.clone)
    begun = submit.commit(desk.clone, {"start.yml": b"a\n", "upload/x": b"1"}, "patch-1", AT)
    submit.push(desk.clone, "origin", "patch-1", {})
    git.run("switch", "-q", "main")
    git.run("branch", "-q", "-D", "patch-1")
    made = submit.commit(desk.clone, {"live.yml": b"b\n", "upload/y": b"2"}, "patch-1", AT)
    assert git.text("rev-parse", f"{made}^") == begun
    inbox = git.text("ls-tree", "-r", "--name-only", made, "submissions/inbox/").split()
    assert [path.rsplit("/", 1)[-1] for path in inbox] == ["live.yml", "start.yml", "y"]


def test_a_branch_is_pushed_only_when_asked_for(desk: Desk) -> None:
    made = submit.commit(desk.clone, {"live.yml": b"a\n"}, "mine", AT)
    there = Git(desk.clone).text("ls-remote", "origin", "refs/heads/mine")
    assert there == ""
    submit.push(desk.clone, "origin", "mine", {})
    assert made in Git(desk.clone).text("ls-remote", "origin", "refs/heads/mine")
    with pytest.raises(UsageError, match="push failed"):
        submit.push(desk.clone, "no-such-remote", "mine", {})


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("git@github.com:lea/incident.git", "https://github.com/lea/incident.git"),
        ("https://github.com/lea/incident", "https://github.com/lea/incident"),
        ("/srv/incident", None),
    ],
)
def test_the_address_of_the_work_follows_from_its_remote(
    desk: Desk, remote: str, url: str | None
) -> None:
    Git(desk.folder).run("remote", "add", "origin", remote)
    assert submit.published_url(desk.folder) == url


def test_a_start_request_has_a_hash_and_the_salt_stays_here(desk: Desk) -> None:
    said = submit.write_start_request(desk.clone, TWIN, AT, name="Lea Example")
    written = (desk.clone / "submissions" / "inbox" / "start.yml").read_bytes()
    request = load(StartRequest, written).record
    (kept,) = (desk.clone / ".jobtwin").glob("name-*")
    salt = kept.read_text().split("salt: ")[1].strip()
    assert len(bytes.fromhex(salt)) == 16
    digest = hashlib.sha256(b"Lea Example" + salt.encode()).hexdigest()
    assert request.recipient == f"sha256${digest}"
    assert b"Lea" not in written
    assert str(kept) in said
    assert kept.stat().st_mode & 0o077 == 0
    assert ".jobtwin" not in Git(desk.clone).text("status", "--porcelain", "-uall")


def test_a_start_request_is_never_written_over(desk: Desk) -> None:
    submit.write_start_request(desk.clone, TWIN, AT)
    with pytest.raises(UsageError, match="there already"):
        submit.write_start_request(desk.clone, TWIN, AT, name="Lea Example")


def test_a_start_file_takes_what_is_wished_and_nothing_else(desk: Desk, tmp_path: Path) -> None:
    wish = submit.Wish(TWIN, public_name="Lea", relations=("ada",), employer="example.com")
    content, said = submit.start_file(desk.clone, wish, tmp_path, AT)
    request = load(StartRequest, content).record
    assert (request.public_name, request.relations, request.recipient) == ("Lea", ("ada",), None)
    assert request.employer == "example.com"
    assert said == []
    with pytest.raises(Refused):
        submit.start_file(desk.clone, replace(wish, relations=("Not A Slug",)), tmp_path, AT)


def test_a_twin_that_cannot_be_started_yet_is_not_asked_for(
    desk: Desk, tmp_path: Path, unready: dict[str, bytes]
) -> None:
    for path, content in unready.items():
        (desk.clone / path).write_bytes(content)
    with pytest.raises(UsageError, match="cannot be started"):
        submit.write_start_request(desk.clone, "jt-capstone", AT)
    with pytest.raises(UsageError, match="cannot be started"):
        submit.start_file(desk.clone, submit.Wish("jt-capstone"), tmp_path, AT)


def test_the_command_starts_an_attempt_without_a_clone(
    desk: Desk,
    organisation: Organisation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    origin = organisation.forge.origin
    fork = tmp_path / "lea" / "origin.git"
    origin.run("clone", "-q", "--bare", str(origin.path), str(fork))
    monkeypatch.setenv("JOBTWIN_REPO", f"file://{origin.path}")
    arguments = ["submit", "start", "--dir", str(tmp_path), "--branch", "mine"]
    assert _run([*arguments, "--twin", TWIN]) == 2
    assert "/fork" in capsys.readouterr().err
    arguments += ["--fork", f"file://{fork}"]
    assert _run(arguments) == 2
    assert "--twin" in capsys.readouterr().err
    assert _run([*arguments, "--twin", TWIN]) == 0
    assert "compare/main...lea:mine?expand=1" in capsys.readouterr().out
    written = Git(fork).run("cat-file", "blob", "mine:submissions/inbox/start.yml")
    assert load(StartRequest, written).record.twin == TWIN
    monkeypatch.setenv("JOBTWIN_REPO", str(desk.clone))
    assert _run([*arguments, "--twin", TWIN]) == 2
    assert "URL" in capsys.readouterr().err


def test_the_command_commits_and_says_how_to_push(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["submit", "live", "--dir", str(desk.folder), "--to", str(desk.clone)]
    arguments += ["--repo-url", URL, "--hosted", desk.rewrite["https://forge.invalid/"]]
    answers = ["--yes", "F1", "--yes", "F2", "--no", "F3"]
    assert _run([*arguments, *answers]) == 0
    told = capsys.readouterr()
    assert "committed 1 files to attempt" in told.out
    assert "nothing is sent yet" in told.err
    assert _run([*arguments, "--yes", "F1", "--no", "F1"]) == 2
    assert _run([*arguments, "--no", "F1", "--yes", "F2", "--yes", "F3"]) == 1
    assert "INB-007" in capsys.readouterr().err
