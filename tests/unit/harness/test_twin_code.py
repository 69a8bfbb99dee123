import sys
from pathlib import Path

import pytest

from jobtwin.errors import EngineError
from jobtwin.harness.contract import Kit
from jobtwin.harness.twin_code import load

WHOLE = """
from dataclasses import dataclass
from .world import make
from jobtwin.harness.contract import Kit

@dataclass
class Facts:
    name: str

def kit(kit_seed): return Kit({}, {"world": make(kit_seed)})
def prepare(seeds): ...
def score(seeds, returned, submission): ...
def gold(seed, count): ...
"""


def twin(folder: Path, start: str, world: str = "def make(seed): return seed.hex()") -> Path:
    (folder / "harness").mkdir(parents=True)
    (folder / "harness/__init__.py").write_text(start)
    (folder / "harness/world.py").write_text(world)
    return folder


def test_a_harness_is_loaded_with_its_relative_imports(tmp_path: Path) -> None:
    path = list(sys.path)
    harness = load(twin(tmp_path / "jt-x-1", WHOLE))
    assert harness.kit(b"\x01") == Kit({}, {"world": "01"})
    assert sys.path == path


def test_two_versions_of_a_twin_stand_side_by_side(tmp_path: Path) -> None:
    old = load(twin(tmp_path / "old", WHOLE, "def make(seed): return 'old'"))
    new = load(twin(tmp_path / "new", WHOLE, "def make(seed): return 'new'"))
    assert [h.kit(b"").facts["world"] for h in (old, new)] == ["old", "new"]


def test_a_twin_without_a_harness_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="has no harness yet"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("def kit(seed): ...", "lacks prepare, score, gold"),
        ("1 / 0", "ZeroDivisionError"),
        ("from .nowhere import x", "ModuleNotFoundError"),
        ("def", "SyntaxError"),
    ],
)
def test_a_harness_that_does_not_work_says_why_and_leaves_no_module(
    tmp_path: Path, start: str, words: str
) -> None:
    before = set(sys.modules)
    with pytest.raises(EngineError, match=words):
        load(twin(tmp_path / "t", start))
    assert not {name for name in set(sys.modules) - before if name.startswith("jobtwin_twin")}
