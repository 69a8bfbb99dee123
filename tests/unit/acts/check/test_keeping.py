"""What was measured is kept, taken up again, brought together, and stale after a change."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtwin.acts.check import proving, telling
from jobtwin.acts.check.keeping import Keeping
from jobtwin.acts.check.proving import Choice, Proving, Run
from jobtwin.cli import _run, places
from jobtwin.errors import Refused, UsageError
from jobtwin.harness.grading import Machine
from jobtwin.harness.proofs import declared
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed
from jobtwin.records import measured
from jobtwin.records.measured import Measured, Measurement, Use

if TYPE_CHECKING:
    from collections.abc import Iterable

PROJECT = Path(__file__).parents[4]
TWIN = "jt-safety-5"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE = Choice(proof="untouched")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    kept = shutil.ignore_patterns("__pycache__", "measured.json")
    shutil.copytree(PROJECT / "twins" / TWIN, tmp_path / "twins" / TWIN, ignore=kept)
    return tmp_path


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Measure in no time, and tell what was run."""
    runs: list[Run] = []

    def measure(self: Proving, run: Run) -> Measurement:
        runs.append(run)
        return Measurement(
            proof=run.proof.id,
            case=run.case,
            seed=run.seed,
            repeat=run.repeat,
            basis=self.basis(run.proof),
            outcome="failed",
            figures={"asr": 0.5},
            seconds=1.0,
            wall=Use(most=1.0, share=0.1),
            at=self.clock(),
            machine="Linux, 2 cores, Python 3.11.7, unsandboxed",
        )

    monkeypatch.setattr(Proving, "measure", measure)
    return runs


def opened(repo: Path, at: datetime = NOON) -> Proving:
    return proving.opened(repo, TWIN, Machine(Unsandboxed(), repo), lambda: at)


def prove(repo: Path, choice: Choice = ONE, at: datetime = NOON, name: str = "kept.json") -> None:
    proving.prove(opened(repo, at), choice, Keeping(TWIN, repo / name))


def state(repo: Path, choice: Choice = ONE) -> str:
    *_, last = telling.standings(opened(repo), choice, Keeping(TWIN, repo / "kept.json"))
    return str(last)


def edit(repo: Path, path: str, more: str) -> None:
    file = repo / "twins" / TWIN / path
    file.write_text(file.read_text("utf-8") + more, "utf-8")


def names(runs: Iterable[Run]) -> list[tuple[int, int]]:
    return [(run.seed, run.repeat) for run in runs]


def test_a_second_run_takes_up_where_the_first_ended(repo: Path, ran: list[Run]) -> None:
    prove(repo)
    prove(repo, Choice(seeds=3, proof="untouched"))
    assert names(ran) == [(0, 0), (1, 0), (2, 0)]


def test_only_the_reference_is_repeated_and_every_seed_comes_before_a_repeat(
    repo: Path, ran: list[Run]
) -> None:
    prove(repo, Choice(seeds=2, repeats=2, proof="untouched"))
    assert names(ran) == [(0, 0), (1, 0)]
    ran.clear()
    prove(repo, Choice(seeds=2, repeats=2, proof="reference"))
    assert names(ran) == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_every_solution_is_run_once_before_any_is_run_on_another_seed(
    repo: Path, ran: list[Run]
) -> None:
    prove(repo, Choice(seeds=2))
    count = len(declared(repo / "twins" / TWIN))
    assert [run.seed for run in ran] == [0] * count + [1] * count


def test_what_was_measured_of_another_harness_is_stale_and_measured_anew(
    repo: Path, ran: list[Run]
) -> None:
    prove(repo)
    assert state(repo).endswith("1 of 1 as declared, 0 stale, 0 missing")
    edit(repo, "harness/scoring.py", "\nMORE = 1\n")
    assert state(repo).endswith("0 of 0 as declared, 1 stale, 0 missing")
    prove(repo)
    assert len(ran) == 2
    assert state(repo).endswith("1 of 1 as declared, 0 stale, 0 missing")


def test_a_better_word_in_the_brief_makes_nothing_stale(repo: Path, ran: list[Run]) -> None:
    prove(repo)
    edit(repo, "brief.md", "\nGood luck.\n")
    prove(repo)
    assert len(ran) == 1


def test_what_was_measured_apart_is_brought_together_and_the_later_stays(
    repo: Path, ran: list[Run]
) -> None:
    prove(repo, Choice(seeds=2, proof="untouched"))
    prove(repo, at=NOON + timedelta(days=1), name="other.json")
    first, second = (
        measured.load((repo / name).read_bytes()) for name in ("kept.json", "other.json")
    )
    for together in (measured.merged(first, second), measured.merged(second, first)):
        assert {(one.seed, one.at) for one in together.measurements} == {
            (0, NOON + timedelta(days=1)),
            (1, NOON),
        }
    assert len(ran) == 3


def test_two_runs_that_keep_in_one_file_do_not_lose_each_others_results(
    repo: Path, ran: list[Run]
) -> None:
    here, there = (Keeping(TWIN, repo / "kept.json") for _ in range(2))
    proving.prove(opened(repo), ONE, here)
    proving.prove(opened(repo), Choice(proof="reference"), there)
    kept = measured.load((repo / "kept.json").read_bytes())
    assert {one.proof for one in kept.measurements} == {"untouched", "reference"}
    assert len(ran) == 2


def test_a_file_has_a_line_for_each_measurement_in_one_order(repo: Path, ran: list[Run]) -> None:
    prove(repo, Choice(seeds=2))
    content = (repo / "kept.json").read_bytes()
    lines = content.decode("ascii").splitlines()
    assert sum(line.startswith('{"proof": ') for line in lines) == len(ran)
    assert measured.write(measured.load(content)) == content
    assert json.loads(content)["twin"] == TWIN


def test_a_file_of_another_twin_is_left_alone(repo: Path) -> None:
    other = measured.write(Measured(format=1, twin="jt-rag-1"))
    (repo / "kept.json").write_bytes(other)
    with pytest.raises(UsageError, match="is about jt-rag-1"):
        Keeping(TWIN, repo / "kept.json")


def test_a_file_that_holds_something_else_is_refused(repo: Path) -> None:
    (repo / "kept.json").write_text('{"format": 1, "twin": 7}')
    with pytest.raises(Refused):
        Keeping(TWIN, repo / "kept.json")


def test_the_command_keeps_adds_and_lists(
    repo: Path,
    ran: list[Run],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "machine", lambda: Machine(Unsandboxed(), repo))
    prove(repo, name="piece.json")
    words = ["check", "--repo", str(repo), "--deep", TWIN, "--proof", "untouched"]
    kept = ["--keep", str(repo / "all.json")]
    assert _run([*words, *kept, "--list"]) == 0
    assert "0 stale, 1 missing" in capsys.readouterr().out
    assert _run([*words, *kept, "--add", str(repo / "piece.json"), "--list"]) == 0
    assert measured.load((repo / "all.json").read_bytes()).measurements[0].proof == "untouched"
    capsys.readouterr()
    assert _run([*words, *kept, "--list", "--json"]) == 0
    (standing,) = json.loads(capsys.readouterr().out)["kept"]
    assert (standing["name"], standing["measured"], standing["held"]) == ("untouched", 1, 1)
    assert len(ran) == 1
