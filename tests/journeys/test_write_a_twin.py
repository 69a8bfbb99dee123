"""A sixth twin, made by the tutorial alone: it holds, it grades, and a learner has a credential."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.journeys import tutorial

from jobtwin.acts.demo.founding import project_files
from jobtwin.acts.new.twin import Wanted, files
from jobtwin.harness import twin_code
from jobtwin.harness.contract import CommandReturn, Outcome, Returned, Seeds, Submission
from jobtwin.records.base import load
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.repository.definitions import read_twin
from jobtwin.rules.gold_quality import check_quality

pytestmark = pytest.mark.slow
PROJECT = Path(__file__).parents[2]
TUTORIAL = (PROJECT / "docs/tutorials/write-a-twin.md").read_text("utf-8")
ID = "jt-orders-6"
PERSON = ("-c", "user.name=An Author", "-c", "user.email=author@people.invalid")
OF_AN_ORGANISATION = ("twins/", "tracks/", "policy/", "docs/", "mkdocs.yml")


@dataclass(frozen=True, slots=True)
class Followed:
    """What a reader of the tutorial has at its end."""

    repo: Path
    trouble: list[str]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    repo = tmp_path_factory.mktemp("author") / "twins"
    for path, content in project_files(PROJECT).items():
        if path.startswith(OF_AN_ORGANISATION):
            (repo / path).parent.mkdir(parents=True, exist_ok=True)
            (repo / path).write_bytes(content)
    for words in (["init", "-q"], ["add", "-A"], [*PERSON, "commit", "-q", "-m", "As cloned"]):
        subprocess.run(["git", *words], cwd=repo, check=True)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(repo.parent / "cache"),
    }
    return Followed(repo, tutorial.follow(TUTORIAL, repo, environment))


def test_every_command_of_the_tutorial_prints_what_it_says(followed: Followed) -> None:
    assert followed.trouble == []


def test_nothing_but_the_twin_and_its_track_was_touched(followed: Followed) -> None:
    listed = ["git", "status", "--porcelain", "--untracked-files=normal"]
    done = subprocess.run(listed, cwd=followed.repo, capture_output=True, text=True, check=True)
    assert sorted(done.stdout.split()) == sorted(
        ["??", "tracks/data-steward.yml", "??", "tracks/data-steward/", "??", f"twins/{ID}/"]
    )


def test_the_only_code_of_the_harness_is_one_small_scorer(followed: Followed) -> None:
    folder = followed.repo / "twins" / ID
    written = files(Wanted(ID, "T", "C", "L"))
    for name in ("harness/__init__.py", "proofs/__init__.py"):
        assert (folder / name).read_bytes() == written[name]
    assert len((folder / "harness/scorer.py").read_text("utf-8").splitlines()) < 140


def test_no_word_of_the_template_is_left(followed: Followed) -> None:
    paths = (path for path in (followed.repo / "twins" / ID).rglob("*") if path.is_file())
    texts = {
        path: path.read_bytes()
        for path in paths
        if path.suffix != ".png" and "__pycache__" not in path.parts
    }
    assert [path.name for path, text in texts.items() if b"parcel" in text.lower()] == []


def test_its_gold_set_measures_mentors(followed: Followed) -> None:
    (newest,) = sorted((PROJECT / "policy").glob("calibration-*.yml"))[-1:]
    policy = load(CalibrationPolicy, newest.read_bytes()).record
    items = twin_code.load(followed.repo / "twins" / ID).gold(b"g" * 32, 24)
    assert list(check_quality(items, read_twin(followed.repo, ID), policy)) == []


def test_a_hostile_answer_only_costs_points(followed: Followed) -> None:
    harness = twin_code.load(followed.repo / "twins" / ID)
    everything = [
        {"order": f"O{number:04}", "kind": kind}
        for number in range(125)
        for kind in ("duplicate", "total", "dates", "unit")
    ]
    outputs = (
        {"defects": everything},
        {"defects": everything * 9},
        {"defects": [{"order": "O1", "kind": "total"}]},
        {"defects": [{"order": "O0001", "kind": "odd"}]},
    )
    commands = {
        f"case-{number}": CommandReturn(Outcome.OK, output)
        for number, output in enumerate(outputs, start=1)
    }
    given = Returned({}, commands=commands)
    score = harness.score(Seeds(b"k" * 32, b"g" * 32), given, Submission({}))
    assert score.metrics["answered"] == 1 / 8
    assert score.metrics["recall_unit"] == 1 / 8
    assert score.metrics["precision"] < 0.1


def test_a_tutorial_is_followed_block_by_block(tmp_path: Path) -> None:
    text = (
        '```yaml title="a.yml"\nfirst: 1\n# of the second\nsecond:\n  - x\nthird: 3\n```\n'
        '- in a list\n\n    ```yaml title="a.yml, fields"\n    second:\n      - y\n    ```\n'
        "```sh\ncat a.yml\necho took 7 s\n```\n```text\n…\n  - y\nthird: 3\ntook … s\n```\n"
        "```bash\nexit 1\n```\n```sh\necho other\n```\n```text\nthis\n```\n"
    )
    (trouble,) = tutorial.follow(text, tmp_path, dict(os.environ))
    assert trouble.startswith("line 30: expected\nthis\n")
    kept = (tmp_path / "a.yml").read_text()
    assert kept == "first: 1\n# of the second\nsecond:\n  - y\nthird: 3\n"
