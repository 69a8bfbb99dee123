"""check: everything that is wrong, at once; and proofs that end as they are declared."""

from __future__ import annotations

import json
import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtwin.acts import check
from jobtwin.cli import _run
from jobtwin.errors import NothingMeasured, Refused, SandboxUnavailable, UsageError
from jobtwin.harness import contract, grading
from jobtwin.harness.grading import BarLine, Graded, Machine
from jobtwin.harness.proofs import Proof, verdict
from jobtwin.harness.reporting import report_of
from jobtwin.harness.sandbox import choose
from jobtwin.records.report import Row, Rows
from jobtwin.repository.definitions import read_twin

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.records.twin import Twin

PROJECT = Path(__file__).parents[3]
TWIN = "jt-incident-4"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    for name in ("twins", "tracks", "policy", "mentors"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc"))
    return tmp_path


def _change(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")


def test_the_projects_own_definitions_are_sound() -> None:
    checked = check.check(PROJECT)
    assert checked.findings == ()
    assert checked.files >= 11


def test_twins_that_cannot_be_started_yet_are_said_and_are_not_wrong(repo: Path) -> None:
    checked = check.check(repo)
    assert "jt-capstone" in " ".join(note.message for note in checked.notes)
    assert TWIN not in " ".join(note.message for note in checked.notes)


def test_what_is_wrong_in_several_files_is_said_all_at_once(repo: Path) -> None:
    _change(repo / "twins" / TWIN / "twin.yml", "pass_threshold: 0.65", "pass_treshold: 0.65")
    _change(repo / "twins" / "jt-rag-1" / "twin.yml", "id: jt-rag-1", "id: jt-rag-7")
    (repo / "cohorts").mkdir()
    (repo / "cohorts" / "x.yml").write_text("format: 1\n")
    (repo / "mentors" / "x.yml").write_text("a: [\n")
    (repo / "policy" / "lunch-2026-01.yml").write_text("format: 1\n")
    found = check.check(repo).findings
    assert {finding.path for finding in found} >= {
        f"twins/{TWIN}/twin.yml",
        "twins/jt-rag-1/twin.yml",
        "cohorts/x.yml",
        "mentors/x.yml",
        "policy/lunch-2026-01.yml",
    }
    assert {"REC-002", "TWN-011", "REC-001", "CHK-003"} <= {finding.code for finding in found}
    assert all(finding.hint for finding in found)


COHORT = """format: 1
id: autumn-2026
track: production-ai-engineer
opens: "2026-09-01T00:00:00Z"
closes: "2027-03-01T00:00:00Z"
visibility: open
windows:
  - {{twin: jt-rag-1, days: 14}}
  - {{twin: jt-evals-2, days: 14}}
  - {{twin: jt-latency-3, days: 14}}
  - {{twin: {last}, days: 14}}
secret_commitment: sha256:{zeros}
"""


def test_a_folder_without_anything_to_read_is_not_called_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(["check", "--repo", str(tmp_path)]) == 2
    assert "holds no organisation's files" in capsys.readouterr().err


def test_a_cohort_gives_every_twin_of_its_track_the_window_that_it_needs(repo: Path) -> None:
    (repo / "cohorts").mkdir()
    path = repo / "cohorts" / "autumn-2026.yml"
    path.write_text(COHORT.format(last="jt-safety-5", zeros="0" * 64))
    assert check.check(repo).findings == ()
    path.write_text(COHORT.format(last="jt-incident-4", zeros="0" * 64))
    (lacking,) = check.check(repo).findings
    assert str(lacking).endswith("CHK-004 `jt-safety-5` has no window")
    _change(path, "track: production-ai-engineer", "track: nothing")
    (astray,) = check.check(repo).findings
    assert (astray.code, astray.line) == ("CHK-004", 3)


@pytest.mark.parametrize("name", ["brief.md", "environment.lock", "proofs/proofs.yml"])
def test_a_startable_twin_without_one_of_its_parts_is_told_so(repo: Path, name: str) -> None:
    (repo / "twins" / TWIN / name).unlink()
    found = [finding for finding in check.check(repo).findings if finding.code == "CHK-001"]
    assert [f"`{name}` is missing"] == [finding.message for finding in found]


def test_a_harness_that_cannot_be_imported_is_a_finding(repo: Path) -> None:
    (repo / "twins" / TWIN / "harness" / "__init__.py").write_text("1 / 0\n")
    found = [finding for finding in check.check(repo).findings if finding.code == "CHK-002"]
    assert "ZeroDivisionError" in found[0].message


def test_a_lock_without_hashes_is_a_finding_of_the_lock(repo: Path) -> None:
    (repo / "twins" / TWIN / "environment.lock").write_text("pytest==9.0.0\n")
    assert "LCK-005" in {finding.code for finding in check.check(repo).findings}


def test_the_command_prints_every_finding_with_its_place_and_ends_with_one(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _change(repo / "twins" / TWIN / "twin.yml", "reviewers: 1", "reviewers: 3")
    assert _run(["check", "--repo", str(repo)]) == 1
    assert f"twins/{TWIN}/twin.yml:" in capsys.readouterr().out
    assert _run(["check", "--repo", str(repo), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["format"] == 1
    assert data["findings"][0]["line"] > 1


PLOT = Rows(title="By kind", about="Shares.", rows=(Row(label="dose", value=0.5),))


def _graded(**values: float) -> Graded:
    bar = tuple(BarLine(name, value, ">=", 1.0) for name, value in values.items())
    score = contract.Score(values, (), (PLOT,))
    report = report_of(read_twin(PROJECT, TWIN), score, bar, "failed")
    return Graded(score, b"", "failed", bar, "none", "3", report)


WRONG = Proof("narrow-test", "wrong", "regression_test")


@pytest.mark.parametrize(
    ("proof", "values", "problems"),
    [
        (Proof("reference", "reference", None), {"a": 1.0, "b": 1.0}, 0),
        (Proof("reference", "reference", None), {"a": 0.5, "b": 0.0}, 2),
        (WRONG, {"regression_test": 0.75, "b": 1.0}, 0),
        (WRONG, {"regression_test": 0.75, "b": 0.0}, 0),
        (WRONG, {"regression_test": 1.0, "b": 0.0}, 1),
        (WRONG, {"regression_test": 1.0, "b": 1.0}, 1),
    ],
)
def test_a_proof_holds_when_it_fails_on_the_declared_figure(
    proof: Proof, values: dict[str, float], problems: int
) -> None:
    assert len(list(verdict(proof, _graded(**values)))) == problems


@pytest.mark.parametrize(
    "choice", [check.Choice(proof="no-such-proof"), check.Choice(case="no-such-case")]
)
def test_a_proof_that_is_not_declared_is_told_with_those_that_are(
    choice: check.Choice, unused_machine: Machine
) -> None:
    with pytest.raises(UsageError) as error:
        check.prove(PROJECT, TWIN, choice, unused_machine)
    assert "there are: " in error.value.hint


@pytest.mark.parametrize(
    "text",
    ["a: 1\n", "- id: x\n", "- 7\n", "- id: x\n  kind: wrong\n  what: y\n"],
)
def test_proofs_that_are_none_are_told_and_never_a_traceback(
    repo: Path, unused_machine: Machine, text: str
) -> None:
    (repo / "twins" / TWIN / "proofs" / "proofs.yml").write_text(text)
    with pytest.raises(Refused, match="PRF-001"):
        check.prove(repo, TWIN, check.Choice(), unused_machine)


def test_a_twin_without_a_harness_has_nothing_to_prove(unused_machine: Machine) -> None:
    with pytest.raises(UsageError, match="no harness"):
        check.prove(PROJECT, "jt-capstone", check.Choice(), unused_machine)


@pytest.fixture
def unused_machine(tmp_path: Path) -> Machine:
    from jobtwin.harness.sandbox.unsandboxed import Unsandboxed

    return Machine(Unsandboxed(), tmp_path)


@pytest.mark.parametrize(("noisy", "ends"), [(0, True), (2, True), (3, False)])
def test_a_solution_that_the_machine_could_not_measure_is_run_twice_more(
    noisy: int, ends: bool, unused_machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []

    def grade(twin: Twin, *_: object) -> Graded:
        runs.append(1)
        if len(runs) <= noisy:
            raise NothingMeasured("this machine was 90 ms late")
        line = BarLine("fail_to_pass", 0.0, ">=", 1.0)
        score = contract.Score({metric.id: 0.0 for metric in twin.metrics}, (), (PLOT,))
        report = report_of(twin, score, (line,), "failed")
        return Graded(score, b"", "failed", (line,), "none", "3.11", report)

    monkeypatch.setattr(grading, "grade", grade)
    choice = check.Choice(proof="untouched", case="dose")
    with nullcontext() if ends else pytest.raises(NothingMeasured):
        (result,) = check.prove(PROJECT, TWIN, choice, unused_machine)
        assert result.problems == ()
    assert len(runs) == min(noisy + 1, 3)


@pytest.mark.slow
def test_a_declared_solution_is_really_run_and_its_end_is_told_as_it_comes(
    sandboxed: Callable[[], Machine],
) -> None:
    told: list[str] = []
    choice = check.Choice(seeds=2, proof="untouched", case="dose")
    results = check.prove(PROJECT, TWIN, choice, sandboxed(), told.append)
    assert [(result.index, result.problems) for result in results] == [(0, ()), (1, ())]
    assert [line.split()[0] for line in told] == ["1/2", "2/2"]
    assert "fails on fail_to_pass" in check.table(results)


@pytest.mark.slow
def test_a_solution_that_does_not_end_as_declared_is_found(
    repo: Path, sandboxed: Callable[[], Machine]
) -> None:
    path = repo / "twins" / TWIN / "proofs" / "proofs.yml"
    _change(path, "fails_on: fail_to_pass", "fails_on: pass_to_pass")
    choice = check.Choice(proof="untouched", case="find")
    (result,) = check.prove(repo, TWIN, choice, sandboxed())
    assert "should fail on `pass_to_pass`" in result.problems[0]
    assert "0 of 1" in check.table((result,))


@pytest.fixture
def sandboxed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Machine]:
    def make() -> Machine:
        try:
            sandbox = choose()
        except SandboxUnavailable as unavailable:
            pytest.skip(f"no sandbox on this machine: {unavailable}")
        return Machine(sandbox, tmp_path_factory.getbasetemp().parent / "environments")

    return make


def test_an_employers_key_that_stands_twice_is_found_before_it_is_merged(repo: Path) -> None:
    entry = "  - {id: %s, name: Acme, did: 'did:web:acme.example', since: '2026-11-21T00:00:00Z'}\n"
    (repo / "outcomes").mkdir()
    written = "format: 1\nemployers:\n" + entry % "acme" + entry % "other"
    (repo / "outcomes" / "keys.yml").write_text(written)
    (finding,) = check.check(repo).findings
    assert (finding.code, finding.path) == ("ATT-014", "outcomes/keys.yml")
