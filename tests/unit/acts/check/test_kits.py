"""A kit is made again as another machine would; a small twin shows each way it can go wrong."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtwin.acts.check import kits, proving
from jobtwin.acts.check.keeping import Keeping
from jobtwin.acts.check.proving import Choice
from jobtwin.harness.grading import Machine
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed
from jobtwin.records import measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.findings import Finding
    from jobtwin.records.measured import KitCheck

PROJECT = Path(__file__).parents[4]
NAME = "jt-tiny"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
STARTABLE = sorted(path.parents[1].name for path in PROJECT.glob("twins/*/proofs/__init__.py"))
HARNESS = """import locale
import os
import time
from jobtwin.harness.contract import Kit, Plan, Score

def kit(kit_seed):
    names = {{"ash", "birch", "cedar", "fir", "larch", "maple", "oak", "pine"}}
    {body}
    return Kit(files, {{}})

def prepare(seeds):
    return Plan(())

def score(seeds, returned, submission):
    return Score({{}})

def gold(seed, count):
    return ()
"""
PROOFS = """from jobtwin.harness.contract import Seeds, Submission

cases = ("full",)

def seeds(case, index):
    return Seeds(bytes([index]) * 32, bytes([index + 100]) * 32)

def solve(proof_id, given):
    return Submission({"answer.py": b"x = 1\\n"})
"""
LABELS = """from jobtwin.harness.predicting import Labelled

def labelled(given):
    kinds = [("attack", "harmless")[bool(number % 3)] for number in range(90)]
    return (Labelled("requests", [{"source": kind} for kind in kinds], kinds),)
"""
SOUND = "files = {'data.txt': kit_seed}"
ODD = """files = {
        "hash": repr(names).encode(),
        "zone": time.strftime("%H", time.localtime(0)).encode(),
        "locale": locale.getpreferredencoding(False).encode(),
        "cores": str(len(os.sched_getaffinity(0))).encode(),
    }"""


def tiny(repo: Path, body: str) -> Path:
    """Write a twin whose kit is made by `body`; return the repository."""
    folder = repo / "twins" / NAME
    for part in ("harness", "proofs"):
        (folder / part).mkdir(parents=True)
    text = (PROJECT / "twins" / "jt-evals-2" / "twin.yml").read_text("utf-8")
    (folder / "twin.yml").write_text(text.replace("id: jt-evals-2", f"id: {NAME}"), "utf-8")
    (folder / "brief.md").write_text("# A tiny twin\n")
    (folder / "environment.lock").write_bytes(b"")
    (folder / "harness" / "__init__.py").write_text(HARNESS.format(body=body))
    (folder / "proofs" / "__init__.py").write_text(PROOFS)
    declared = "- id: reference\n  kind: reference\n  what: all\n"
    (folder / "proofs" / "proofs.yml").write_text(declared)
    return repo


def opened(repo: Path) -> proving.Proving:
    machine = Machine(Unsandboxed(), repo)
    return proving.opened(repo, NAME, machine, lambda: NOON)


def checked(repo: Path, keep: Path | None = None, seeds: int = 1) -> tuple[KitCheck, ...]:
    choice = Choice(seeds=seeds)
    return kits.check_kits(repo, opened(repo), choice, Keeping(NAME, keep))


def test_a_kit_that_is_drawn_from_its_seed_alone_is_the_same_everywhere(tmp_path: Path) -> None:
    (one,) = checked(tiny(tmp_path, SOUND))
    assert one.problems == ()


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="this machine has one core")
def test_each_thing_that_a_kit_must_not_depend_on_is_named(tmp_path: Path) -> None:
    (one,) = checked(tiny(tmp_path, ODD))
    assert [problem.partition("KIT-007 ")[2] for problem in one.problems] == [
        "cores with another number of cores",
        "zone with another time zone",
        "locale with another locale",
        "hash with another hash seed",
    ]


def test_a_kit_that_cannot_be_made_elsewhere_is_a_finding_and_no_traceback(tmp_path: Path) -> None:
    body = "files = {'x': b''} if os.environ.get('TZ') is None else 1 / 0"
    (one,) = checked(tiny(tmp_path, body))
    assert "nothing at all (ZeroDivisionError" in one.problems[0]


def test_a_field_that_predicts_the_label_is_a_finding_of_the_kit(tmp_path: Path) -> None:
    repo = tiny(tmp_path, SOUND)
    (repo / "twins" / NAME / "proofs" / "labels.py").write_text(LABELS)
    (one,) = checked(repo)
    assert "KIT-005 requests: `source` alone is 100% right" in one.problems[0]


def test_a_kit_that_was_looked_at_is_looked_at_again_only_when_the_twin_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, keep = tiny(tmp_path, SOUND), tmp_path / "measured.json"
    seen: list[int] = []

    def findings(*_: object) -> Iterator[Finding]:
        seen.append(1)
        yield from ()

    monkeypatch.setattr(kits, "findings", findings)
    checked(repo, keep)
    checked(repo, keep, seeds=2)
    assert len(seen) == 2
    assert [one.seed for one in measured.load(keep.read_bytes()).kits] == [0, 1]
    harness = repo / "twins" / NAME / "harness" / "__init__.py"
    harness.write_text(harness.read_text() + "\nMORE = 1\n")
    checked(repo, keep)
    assert len(seen) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.deep) if name == "jt-rag-1" else name
        for name in STARTABLE
    ],
)
def test_a_kit_of_each_twin_is_the_same_everywhere_and_holds_no_answer(
    name: str, tmp_path: Path
) -> None:
    machine = Machine(Unsandboxed(), tmp_path)
    real = proving.opened(PROJECT, name, machine, lambda: NOON)
    first = Choice(case=real.solutions.cases[0])
    (one,) = kits.check_kits(PROJECT, real, first, Keeping(name))
    assert one.problems == ()
    assert json.loads(measured.write(real.kept(kits=(one,))))["kits"][0]["twin"] == real.mark
