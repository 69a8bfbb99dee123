"""What a learner, or a thief of the bot's key, may try on GitHub, and what comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.github.ordering import NAME
from tests.github.people import INBOX, Learner, ledger

from jobtwin.acts.audit import audit
from jobtwin.records.submission import Started

if TYPE_CHECKING:
    from tests.github.local_github import LocalGitHub

START = b"format: 1\ntwin: jt-incident-4\nrelations: []\n"


def _script(mark: Path) -> str:
    """Return words that any shell would take for a command; they would leave a file."""
    return f'"; touch${{IFS}}{mark} #$(touch${{IFS}}{mark})`touch${{IFS}}{mark}`'


def test_hostile_words_in_title_branch_and_comment_are_never_run(
    github: LocalGitHub, lea: Learner, tmp_path: Path
) -> None:
    mark = tmp_path / "pwned"
    words = _script(mark)
    files = {f"{INBOX}/start.yml": START}
    title = f"${{{{ secrets.JOBTWIN_CLOCK_KEY }}}} {words}"
    branch = f"$(touch${{IFS}}{mark})"
    lea.number = github.open_pull_request(lea.account, files, branch=branch, title=title)
    github.settle()
    assert lea.has_started
    lea.comment(f"/status\n{words}\n::set-output name=x::y\n::add-mask::e\n")
    github.settle()
    assert not mark.exists()
    assert {run.conclusion for run in github.of("intake.yml")} <= {"success", "skipped"}
    key = github.environments["clock"].secrets["JOBTWIN_CLOCK_KEY"]
    assert key not in github.logs() + lea.told


def test_a_hostile_file_name_is_refused_in_words_and_never_run(
    github: LocalGitHub, lea: Learner, tmp_path: Path
) -> None:
    mark = tmp_path / "pwned"
    name = f"$(touch ..{mark})`touch x`;{{0}}.md".replace("/", "_")
    files = {f"{INBOX}/start.yml": START, f"{INBOX}/{name}": b"a note\n"}
    lea.number = github.open_pull_request(lea.account, files)
    github.settle()
    assert not mark.exists()
    assert not lea.has_started
    assert "INB-" in lea.told


def test_a_learners_words_are_no_commands_to_the_runner(started: Learner) -> None:
    lea, github = started, started.github
    lea.at_minute(30)
    lea.push({"::set-output name=twin::x.md": b"::add-mask::e\n", "notes.md": b"::error::no\n"})
    github.settle()
    run = github.of("intake.yml")[-1]
    assert run.conclusion == "success"
    assert not any(line.lstrip().startswith("::set-output") for line in run.log.splitlines())
    assert all(not job.outputs for job in run.jobs.values())


def test_a_second_account_has_an_attempt_of_its_own_and_none_of_the_first(
    started: Learner,
) -> None:
    lea, github = started, started.github
    other = Learner(github, github.account(1099, "lea-too"))
    other.start()
    github.settle()
    assert other.started.subject != lea.started.subject
    assert other.started.kit_seed != lea.started.kit_seed
    before = len(lea.receipts)
    github.comment(other.account, lea.number, "/status\nstatus: resolved\n")
    github.settle()
    assert len(lea.receipts) == before


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("policy/intake-2026-01.yml", b"grace_seconds: ", b"grace_seconds: 9"),
        ("twins/jt-incident-4/twin.yml", b"    minutes: 90\n", b"    minutes: 900\n"),
    ],
    ids=["policy", "twin"],
)
def test_rules_that_a_thief_bends_do_not_judge_an_attempt_that_has_started(
    started: Learner, path: str, old: bytes, new: bytes
) -> None:
    lea, github = started, started.github
    content = github.repositories.read(NAME, "main", path) or b""
    assert old in content
    bent = {path: content.replace(old, new)}
    github.repositories.commit(NAME, "main", bent, "Bend a rule", "bot", github.now)
    lea.at_minute(97)
    lea.push(lea.live({"README.md": b"late\n"}))
    github.settle()
    assert "accepted" not in lea.rulings
    if path.startswith("policy/"):
        assert github.of("intake.yml")[-1].conclusion == "failure"
        report = audit(github.repositories.git(NAME))
        assert not report.ok
        assert path in report.text()


def test_closing_and_opening_again_draws_no_other_seed(started: Learner) -> None:
    lea, github = started, started.github
    seed = lea.started.kit_seed
    first, lea.number = lea.number, lea.start()
    github.settle()
    with ledger(github) as records:
        attempts = list(records.attempts("jt-incident-4"))
    assert [a.started.kit_seed for a in attempts] == [seed]
    assert isinstance(attempts[0].started, Started)
    assert "the attempt that is open" in lea.told
    assert lea.number != first
