"""check: everything that is wrong in the definitions, at once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from jobtwin.acts import check
from jobtwin.cli import _run

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


def test_twins_that_cannot_be_started_yet_are_said_and_are_not_wrong(
    repo: Path, unready: dict[str, bytes]
) -> None:
    for path, content in unready.items():
        (repo / path).write_bytes(content)
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


def test_an_employers_key_that_stands_twice_is_found_before_it_is_merged(repo: Path) -> None:
    entry = "  - {id: %s, name: Acme, did: 'did:web:acme.example', since: '2026-11-21T00:00:00Z'}\n"
    (repo / "outcomes").mkdir()
    written = "format: 1\nemployers:\n" + entry % "acme" + entry % "other"
    (repo / "outcomes" / "keys.yml").write_text(written)
    (finding,) = check.check(repo).findings
    assert (finding.code, finding.path) == ("ATT-014", "outcomes/keys.yml")


def test_measurements_that_cannot_be_shown_are_found_before_a_site_is_built(repo: Path) -> None:
    path = repo / "twins" / TWIN / "measured.json"
    path.write_text('{"format": 1, "twin": "jt-rag-1", "measurements": []}')
    (astray,) = check.check(repo).findings
    assert (astray.code, astray.path) == ("CHK-005", f"twins/{TWIN}/measured.json")
    path.write_text(f'{{"format": 1, "twin": "{TWIN}", "measurements": [{{"seed": -1}}]}}')
    assert {one.code for one in check.check(repo).findings} == {"REC-001", "REC-003"}
