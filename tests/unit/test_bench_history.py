"""The synthetic history: it holds, it is the same each time, and so is the report on it."""

from __future__ import annotations

import hashlib
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
from jobtwin.acts.audit.merging import merge, read_part, write_part
from jobtwin.acts.audit.sharding import Shard
from jobtwin.errors import EngineError
from jobtwin.records import layout
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


def test_several_processes_and_several_machines_give_the_same_report_to_the_byte(
    git: Git, report: Report
) -> None:
    assert audit(git, workers=3).json() == report.json()
    parts = [audit(git, workers=2, shard=Shard(number, 3)) for number in (1, 2, 3)]
    assert all(0 < part.checked["commits"] < report.checked["commits"] for part in parts)
    assert merge([read_part(write_part(part)) for part in parts]).json() == report.json()


def test_a_worker_that_dies_is_an_error_and_no_report(
    git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobtwin.acts.audit.ahead.foreseen", lambda *_: os._exit(1))
    with pytest.raises(EngineError, match="a worker process died"):
        audit(git, workers=2)


def test_from_a_checkpoint_far_less_is_read_and_the_same_is_found(git: Git) -> None:
    for back in (5, 60):
        since = git.text("rev-parse", f"main~{back + 1}")
        resumed = audit(git, "main~1", since=since, held=True)
        replayed = audit(git, "main~1", since=since)
        assert resumed.divergences == replayed.divergences == ()
        assert resumed.checked["commits"] == back
        assert resumed.checked["records `decision`"] <= replayed.checked["records `decision`"]


def test_one_more_record_costs_a_constant(git: Git) -> None:
    commits = git.text("rev-list", "-50", "main~1").split()
    written = [git.text("rev-list", "--objects", "--no-object-names", c, f"^{c}^") for c in commits]
    trees = [_sizes(git, names.split(), "tree") for names in written]
    assert max(map(len, trees)) <= 17, "a folder per level, of each record of the commit"
    assert max(max(sizes) for sizes in trees) < 64 * 1024


def test_no_folder_has_a_thousand_entries_after_ten_years_of_daily_batches() -> None:
    twins = [f"jt-some-{n}" for n in range(5)]
    names = [hashlib.sha256(b"%d" % n).hexdigest()[:32] for n in range(100_000)]
    paths = [layout.started(twins[n % 5], name) for n, name in enumerate(names)]
    paths += [layout.decision(twins[n % 5], name, 1) for n, name in enumerate(names)]
    paths += [layout.issued(name, 1) for name in names]
    paths += [layout.consented(name) for name in names]
    paths += [layout.status_list(n, day) for n in (1, 2) for day in range(1, 10 * 366 + 1)]
    entries: dict[str, set[str]] = {}
    for path in paths:
        while "/" in path:
            path, _, name = path.rpartition("/")  # noqa: PLW2901 - it goes up
            entries.setdefault(path, set()).add(name)
    assert max(map(len, entries.values())) < 1000


def _sizes(git: Git, names: list[str], kind: str) -> list[int]:
    asked = "\n".join(names).encode()
    told = git.run("cat-file", "--batch-check=%(objecttype) %(objectsize)", stdin=asked)
    pairs = [line.split() for line in told.decode().splitlines()]
    return [int(size) for found, size in pairs if found == kind]


def test_the_benchmark_of_audits_says_how_time_grows(tmp_path: Path) -> None:
    results = _measured(tmp_path, "160", "audit.cold", "audit.exponent")
    assert {"audit.cold", "audit.cold.cpu", "audit.cold.memory", "audit.exponent"} <= set(results)
    assert results["audit.exponent"] <= 1.1


def test_a_tenth_of_what_the_aims_speak_of_needs_a_tenth_of_what_they_allow(
    tmp_path: Path,
) -> None:
    results = _measured(tmp_path, "1000", "audit.cold", "audit.resumed")
    assert results["audit.cold.memory"] < 1024 / 4, "a quarter: code and schemas are a constant"
    assert results["audit.resumed.memory"] < 1024 / 4
    assert results["audit.resumed.cpu"] < results["audit.cold.cpu"] / 2


def test_the_benchmark_of_sites_says_what_one_more_costs_and_how_large_a_credential_is(
    tmp_path: Path,
) -> None:
    results = _measured(tmp_path, "100", "site.full", "site.one_more")
    assert results["site.one_more.cpu"] < results["site.full.cpu"] / 2
    assert results["site.full.memory"] < 500 / 2
    assert results["site.credential"] < 60 < results["site.credential.every_form"]


def _measured(folder: Path, attempts: str, *names: str) -> dict[str, float]:
    """Return what `scripts/bench` measures, by its ids."""
    out = folder / "bench.json"
    command = [sys.executable, "-m", "bench", *names, "--runs", "1", "--attempts", attempts]
    done = subprocess.run(
        [*command, "--json", str(out)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {item["id"]: item["ours"] for item in json.loads(out.read_text())["results"]}
