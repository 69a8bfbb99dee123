"""The synthetic history: it holds, it is the same each time, and so is the report on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bench.history import write_history
from bench.history_mentors import grader

from jobtwin.acts.audit import Report, audit
from jobtwin.repository import history
from jobtwin.rules import seeds
from jobtwin.rules.replay.files import is_record
from jobtwin.rules.signature import REVIEW, ROUND, check_signature

if TYPE_CHECKING:
    from jobtwin.repository.git import Git
    from jobtwin.rules.replay.files import FileChange

pytestmark = pytest.mark.slow
ATTEMPTS = 60
JOBTWIN = Path(sys.executable).with_name("jobtwin")
KINDS = (
    "calibrated claim decision evaluated expired handed issued received reviewed revoked started"
)


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> Git:
    """A history of some attempts."""
    return write_history(tmp_path_factory.mktemp("history") / "records.git", ATTEMPTS)


@pytest.fixture(scope="module")
def report(git: Git) -> Report:
    """What its audit finds."""
    return audit(git)


def test_the_audit_of_a_synthetic_history_finds_nothing(report: Report) -> None:
    assert report.divergences == ()
    assert report.checked["records `started`"] == ATTEMPTS


def test_every_kind_of_record_stands_in_it_and_every_credential_has_both_forms(
    report: Report,
) -> None:
    found = {what.split("`")[1] for what in report.checked if what.startswith("records `")}
    assert found == set(KINDS.split())
    issued = report.checked["records `issued`"]
    assert report.checked["credentials derived again"] == issued > ATTEMPTS / 3
    assert report.checked["JWTs derived again"] == issued
    assert report.checked["seeds against their commitment"] == ATTEMPTS
    assert report.checked["draws by the revealed secret"] == report.checked["records `claim`"]


def test_the_same_length_gives_the_same_commits(git: Git, tmp_path: Path) -> None:
    again = write_history(tmp_path / "again.git", ATTEMPTS)
    assert again.text("rev-parse", "main") == git.text("rev-parse", "main")


def test_a_signature_made_in_process_is_one_that_counts() -> None:
    from bench.history import FOUNDED

    one = grader(1, b"s" * 32, FOUNDED)
    assert one.record.account == seeds.subject(b"s" * 32, one.number)
    signature = one.sign(b"words", REVIEW)
    assert not list(check_signature(b"words", signature, one.record.key, REVIEW))
    assert list(check_signature(b"words", signature, one.record.key, ROUND))


def _clone(git: Git, folder: Path) -> Path:
    subprocess.run(
        ["git", "clone", "-q", "--bare", str(git.path), str(folder)], check=True, env=_PLAIN
    )
    return folder


_PLAIN = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def test_two_clones_in_other_surroundings_give_the_same_report_to_the_byte(
    git: Git, tmp_path: Path
) -> None:
    here = {"TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}
    there = {"TZ": "America/St_Johns", "LC_ALL": "POSIX", "PYTHONHASHSEED": "4711"}
    one_core = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    reports = [
        subprocess.run(
            [*prefix, JOBTWIN, "audit", str(_clone(git, tmp_path / name)), "--json"],
            capture_output=True,
            check=True,
            env=_PLAIN | surroundings,
        ).stdout
        for name, prefix, surroundings in (("a.git", [], here), ("b.git", one_core, there))
    ]
    assert reports[0] == reports[1]
    assert json.loads(reports[0])["ok"] is True


def test_objects_that_were_asked_for_ahead_are_those_that_are_asked_for_one_by_one(
    git: Git,
) -> None:
    def wanted(change: FileChange) -> bool:
        return change.is_added and is_record(change.path)

    with history.Objects(git) as ahead, history.Objects(git) as single:
        for commit in history.ahead(history.walk(git, "main"), ahead, wanted):
            for change in filter(wanted, commit.changes):
                assert ahead.blob(change.blob) == single.blob(change.blob)
                assert ahead.blob(change.blob) is not None, "a second time, it is read again"


def test_the_benchmark_of_audits_says_what_they_take(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    names = ["audit.cold", "audit.exponent"]
    command = [sys.executable, "-m", "bench", *names, "--runs", "1", "--attempts", "160"]
    done = subprocess.run(
        [*command, "--json", str(out)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = {item["id"]: item["ours"] for item in json.loads(out.read_text())["results"]}
    assert {"audit.cold", "audit.cold.cpu", "audit.cold.memory", "audit.exponent"} <= set(results)
    assert results["audit.cold.memory"] < 1024
    assert results["audit.exponent"] <= 1.1
