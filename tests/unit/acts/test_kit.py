"""kit: one seed, one kit; nothing is ever written over."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from jobtwin.acts import kit
from jobtwin.cli import _run
from jobtwin.errors import EngineError, UsageError
from jobtwin.records.base import load
from jobtwin.records.kit import KitOrigin
from jobtwin.records.twin import Twin
from jobtwin.repository.definitions import read_twin

PROJECT = Path(__file__).parents[3]
TWIN = "jt-incident-4"
SEED = bytes(range(32))


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return kit.kit(PROJECT, TWIN, SEED)


@pytest.fixture(scope="module")
def twin() -> Twin:
    return read_twin(PROJECT, TWIN)


def test_a_kit_has_the_brief_the_scaffold_and_what_it_was_made_from(
    files: dict[str, bytes],
) -> None:
    assert {"Makefile", "serve.py", "incident/trace.jsonl"} <= set(files)
    assert "{{" not in files[kit.BRIEF].decode()
    assert files[kit.BRIEF].decode().endswith(kit.counted(read_twin(PROJECT, TWIN)))
    origin = load(KitOrigin, files[kit.ORIGIN]).record
    assert (origin.twin, origin.kit_seed) == (TWIN, SEED.hex())


@pytest.mark.parametrize("twin_id", sorted(p.parent.name for p in PROJECT.glob("twins/*/brief.md")))
def test_a_brief_ends_with_everything_that_counts(twin_id: str) -> None:
    twin = read_twin(PROJECT, twin_id)
    parts = kit.counted(twin).split("\n## ")[1:]
    measured, graded, asked = (
        [line for line in part.splitlines() if line.startswith("| ")][2:] for part in parts
    )
    assert len(measured) == len(twin.metrics)
    barred = {line.metric for line in twin.bar}
    for metric, row in zip(twin.metrics, measured, strict=True):
        assert ("| shown only |" in row) == (metric.id not in barred)
    assert [row.split(" | ")[1] for row in graded] == [f"{one.weight:.0%}" for one in twin.rubric]
    assert [row[2:].split(" | ")[0] for row in asked] == [one.id for one in twin.failure_modes]


def test_the_same_seed_gives_the_same_kit_and_another_gives_another(
    files: dict[str, bytes],
) -> None:
    assert kit.kit(PROJECT, TWIN, SEED) == files
    other = kit.kit(PROJECT, TWIN, bytes(32))
    assert other[kit.BRIEF] != files[kit.BRIEF]
    assert other["incident/trace.jsonl"] != files["incident/trace.jsonl"]


def test_the_first_commit_of_a_kit_is_the_same_everywhere(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    commits = []
    for name in ("here", "there"):
        kit.write_kit(files, tmp_path / name)
        commits.append(kit.commit_kit(tmp_path / name))
    assert commits[0] == commits[1]


def test_every_kit_opens_in_a_container_with_the_scorer_ready(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    assert "postCreateCommand" not in json.loads(files[kit.DEVCONTAINER])
    repository = "https://github.com/academy/credentials"
    shutil.copytree(PROJECT / "twins" / TWIN, tmp_path / "twins" / TWIN)
    (tmp_path / "keys").mkdir()
    issuer = (
        "format: 1\nname: Academy\nurl: https://academy.example\n"
        "did: did:web:academy.example\ndescription: An academy.\n"
        f"repository: {repository}\n"
    )
    (tmp_path / "keys" / "issuer.yml").write_text(issuer)
    here = kit.kit(tmp_path, TWIN, SEED)
    container = json.loads(here[kit.DEVCONTAINER])
    assert container["containerEnv"] == {"JOBTWIN_REPO": repository}
    assert container["postCreateCommand"][-1] == f"git+{repository}"
    assert {path for path in here if here[path] != files.get(path)} == {kit.DEVCONTAINER}


def test_a_container_file_says_only_what_the_specification_knows() -> None:
    # containers.dev, devContainer.base.schema.json
    known = {"name", "image", "securityOpt", "remoteUser", "containerEnv", "postCreateCommand"}
    container = json.loads(kit.devcontainer("https://github.com/academy/credentials"))
    assert set(container) == known
    assert "features" not in container


def test_a_folder_with_something_in_it_is_left_alone(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "work.py").write_text("mine")
    with pytest.raises(UsageError, match="not an empty folder"):
        kit.write_kit(files, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["work.py"]


def test_a_twin_without_a_harness_has_no_kit(tmp_path: Path, unready: dict[str, bytes]) -> None:
    for path, content in unready.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(content)
    with pytest.raises(UsageError, match="cannot be started yet"):
        kit.kit(tmp_path, "jt-capstone", SEED)


def test_a_twin_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(UsageError) as error:
        kit.kit(PROJECT, "../../etc", SEED)
    assert TWIN in error.value.hint


def test_a_brief_that_asks_for_a_fact_that_the_kit_has_not_is_never_shown_with_a_gap() -> None:
    with pytest.raises(EngineError, match="company"):
        kit.render("{{ company }}", {})


def test_a_brief_cannot_reach_into_python() -> None:
    with pytest.raises(EngineError):
        kit.render("{{ name.__class__.__mro__[1].__subclasses__() }}", {"name": "x"})


def test_only_files_that_the_learner_wrote_go_to_the_inbox(
    files: dict[str, bytes], twin: Twin
) -> None:
    work = {**files, "inbox/repro.json": b"{}", "inbox/updates/01.yml": b"a", "inbox/x.sh": b"b"}
    written = {"repro.json": b"{}", "updates/01.yml": b"a"}
    assert kit.inbox_of(PROJECT, twin, SEED, work) == written
    assert kit.inbox_of(PROJECT, twin, SEED, files) == {}


def test_a_kit_is_not_drawn_again_where_there_is_nothing_to_compare(
    twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "kit", pytest.fail)
    assert kit.inbox_of(PROJECT, twin, SEED, {"serve.py": b"x", "inbox/x.sh": b"b"}) == {}


def test_a_folder_that_is_no_kit_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.jobtwin\.yml"):
        kit.origin_of(tmp_path)


@pytest.mark.parametrize("seed", ["", "12", "zz" * 32, "ab" * 33])
def test_a_seed_that_is_none_is_a_matter_of_usage(
    seed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "work")
    assert _run(["kit", TWIN, "--seed", seed, "--out", out, "--repo", str(PROJECT)]) == 2
    assert "64 hexadecimal digits" in capsys.readouterr().err


def test_the_command_writes_the_kit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "work"
    arguments = ["kit", TWIN, "--seed", SEED.hex(), "--out", str(out), "--git"]
    assert _run([*arguments, "--repo", str(PROJECT)]) == 0
    assert (out / ".git").is_dir()
    assert "first commit" in capsys.readouterr().out
