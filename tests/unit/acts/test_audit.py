"""Replaying a young history: what is checked, what is left open, and how it is told."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from jobtwin.acts.audit import audit
from jobtwin.acts.receive import receive
from jobtwin.acts.start import start
from jobtwin.acts.sweep import sweep
from jobtwin.cli import main
from jobtwin.cli.audit import command
from jobtwin.forge.events import Account
from jobtwin.forge.local import OnThisMachine
from jobtwin.repository import append, history
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from jobtwin.acts.audit import Report
    from jobtwin.forge.events import Effects, Event

START = b"format: 1\ntwin: jt-incident-4\n"


def _act(organisation: Any, event: Event, run: Callable[[Ledger], Effects]) -> None:
    with Tree(organisation.forge.origin, "refs/heads/main") as tree:
        effects = run(Ledger(tree))
    organisation.forge.apply(effects, event)


def _start(organisation: Any, learner: Account) -> None:
    event = organisation.forge.open_pull_request(learner, {"start.yml": START})
    _act(organisation, event, lambda ledger: start(event, ledger, organisation.holders))


def _push(organisation: Any, recovered_at: datetime | None = None) -> None:
    """Push, and write the receipt: at once, or at a later moment as `sweep` does."""
    forge, holders = organisation.forge, organisation.holders
    event = forge.push(1, {"status/1.md": b"We are on it.\n"})
    with Tree(forge.origin, "refs/heads/main") as tree:
        effects = receive(
            event, Ledger(tree), holders, forge.rewrite, recovered=recovered_at is not None
        )
    append.add(forge.origin, effects.records, effects.message, recovered_at or event.at)


def _audit(organisation: Any) -> Report:
    return audit(organisation.forge.origin)


def test_a_history_without_records_holds(organisation: Any) -> None:
    report = _audit(organisation)
    assert (report.divergences, report.checked["commits"]) == ((), 1)


def test_what_start_receive_and_sweep_write_holds(organisation: Any, learner: Account) -> None:
    _start(organisation, learner)
    organisation.forge.wait(minutes=10)
    _push(organisation)
    organisation.forge.wait(days=3)
    here = OnThisMachine(organisation.forge.origin, organisation.forge.dispatch())
    sweep(here, organisation.holders)
    report = _audit(organisation)
    assert report.divergences == ()
    assert [report.checked[f"records `{kind}`"] for kind in ("started", "received", "expired")] == [
        1,
        1,
        1,
    ]


def test_seeds_are_listed_as_open_until_the_secret_is_revealed(
    organisation: Any, learner: Account
) -> None:
    _start(organisation, learner)
    (line, *_) = _audit(organisation).unchecked
    assert line.startswith("Not yet checkable: the seeds of 1 attempt of cohort autumn-2026")


def test_a_recovered_receipt_may_be_older_than_what_main_knew(
    organisation: Any, learner: Account
) -> None:
    _start(organisation, learner)
    missed = organisation.forge.now + timedelta(minutes=5)
    organisation.forge.wait(hours=1)
    _start(organisation, Account(1002, "ada"))
    later, organisation.forge.now = organisation.forge.now, missed
    _push(organisation, recovered_at=later)
    assert _audit(organisation).divergences == ()


def test_a_file_name_with_a_line_break_is_no_way_out(organisation: Any) -> None:
    git = organisation.forge.origin
    odd = "grades/x\nD\tgrades/y.yml"
    tree = git.run("mktree", "-z", stdin=_entry(git, odd.rsplit("/", 1)[-1])).decode().strip()
    root = git.run("ls-tree", "-z", "refs/heads/main") + f"040000 tree {tree}\tgrades\0".encode()
    made = git.run("mktree", "-z", stdin=root).decode().strip()
    commit = _commit(organisation, made)
    (found,) = _audit(organisation).divergences
    assert (found.finding.code, found.commit) == ("AUD-022", commit)


def _entry(git: Any, name: str) -> bytes:
    blob = git.run("hash-object", "-w", "--stdin", stdin=b"x").decode().strip()
    return f"100644 blob {blob}\t{name}\0".encode()


def _commit(organisation: Any, tree: str) -> str:
    git, main = organisation.forge.origin, "refs/heads/main"
    who = append.BOT.environment(organisation.forge.now)
    commit: str = git.text("commit-tree", tree, "-p", main, "-m", "Odd", env=who)
    git.run("update-ref", main, commit)
    return commit


def test_progress_is_told_commit_by_commit(organisation: Any, learner: Account) -> None:
    _start(organisation, learner)
    told: list[tuple[int, int]] = []
    audit(organisation.forge.origin, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_an_earlier_commit_is_audited_as_if_it_were_the_last(
    organisation: Any, learner: Account
) -> None:
    git = organisation.forge.origin
    founded = git.text("rev-parse", "refs/heads/main")
    _start(organisation, learner)
    assert [item.id for item in history.walk(git, founded)] == [founded]
    assert audit(git, founded).commit == founded


def test_the_command_says_yes_with_0(organisation: Any) -> None:
    done = CliRunner().invoke(command, [str(organisation.forge.origin.path)])
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "The history holds.")


def test_the_command_says_no_with_1_and_names_the_commit(organisation: Any) -> None:
    git = organisation.forge.origin
    append.add(git, {"grades/stray.yml": b"x: 1\n"}, "Stray", organisation.forge.now)
    done = CliRunner().invoke(command, [str(git.path), "--json"])
    data = json.loads(done.stdout)
    assert (done.exit_code, data["format"], data["ok"]) == (1, 1, False)
    (found,) = data["divergences"]
    assert found["code"] == "AUD-022"
    assert found["commit"] == git.text("rev-parse", "refs/heads/main")


def test_parts_are_printed_and_merged_into_the_report_that_is_filed(
    organisation: Any, learner: Account, tmp_path: Path
) -> None:
    _start(organisation, learner)
    repository, parts = str(organisation.forge.origin.path), tmp_path / "parts"
    parts.mkdir()
    for number in ("1", "2"):
        done = CliRunner().invoke(command, [repository, "--shard", f"{number}/2"])
        (parts / f"{number}.json").write_text(done.stdout)
    merged = CliRunner().invoke(command, ["--merge", str(parts), "--json"])
    file = tmp_path / "report.txt"
    whole = CliRunner().invoke(command, [repository, "--json", "--report", str(file)])
    assert (merged.exit_code, merged.stdout) == (0, whole.stdout)
    text = file.read_text("utf-8")
    assert digest(whole.stdout_bytes) in text
    assert "Result:  the history holds" in text
    assert all(line in text for line in json.loads(whole.stdout)["unchecked"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--shard", "3/2"], "such as 2/4"),
        (["--shard", "x"], "such as 2/4"),
        (["--shard", "1/2", "--report", "r.txt"], "one part of an audit"),
        (["--shard", "1/2", "--checkpoint", "c.json"], "one part of an audit"),
        (["--rerun"], "--rerun wants an attempt"),
    ],
)
def test_what_does_not_fit_together_is_a_usage_error(
    organisation: Any, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["audit", str(organisation.forge.origin.path), *words])
    assert left.value.code == 2
    assert said in capsys.readouterr().err
