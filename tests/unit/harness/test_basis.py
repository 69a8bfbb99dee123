"""What a measurement speaks of: code changes it, words about code do not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtwin.harness import basis, solutions
from jobtwin.records.measured import Basis, KitCheck, Measured, Measurement, Use
from jobtwin.repository.definitions import read_twin

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).parents[3]
NAME = "jt-safety-5"
TWIN = read_twin(PROJECT, NAME)
FILES = solutions.folder(PROJECT / "twins" / NAME)
NOW = basis.bases(FILES, TWIN, "bubblewrap")
WRONG = next(name for name in NOW if name not in ("reference", "untouched"))
SCORING = "harness/scoring.py"


def bases(path: str, more: bytes) -> dict[str, Basis]:
    return basis.bases({**FILES, path: FILES[path] + more}, TWIN, "bubblewrap")


@pytest.mark.parametrize(
    ("path", "more"),
    [
        (SCORING, b"\n\n# a better comment\n"),
        (SCORING, b'\n"""Words."""\n'),
        ("brief.md", b"Another word."),
        ("README.md", b"Another word."),
        ("harness/exemplars.py", b"\nMORE = 1\n"),
    ],
)
def test_words_and_what_no_run_needs_make_nothing_stale(path: str, more: bytes) -> None:
    assert bases(path, more) == NOW


@pytest.mark.parametrize("path", [SCORING, "scaffold/serve.py", "environment.lock"])
def test_a_change_of_the_twin_makes_every_proof_stale(path: str) -> None:
    changed = bases(path, b"\nMORE = 1\n")
    assert {name: one.twin != NOW[name].twin for name, one in changed.items()} == dict.fromkeys(
        NOW, True
    )
    assert {one.engine for one in changed.values()} == {NOW["reference"].engine}


def test_a_bar_that_moves_makes_every_proof_stale() -> None:
    line = TWIN.bar[0].model_copy(update={"value": 0.5})
    moved = TWIN.model_copy(update={"bar": (line, *TWIN.bar[1:])})
    assert basis.bases(FILES, moved, "bubblewrap")["reference"].twin != NOW["reference"].twin


def test_a_change_of_the_reference_leaves_the_untouched_kit_as_it_was_measured() -> None:
    path = next(path for path in FILES if path.startswith("proofs/reference/"))
    changed = bases(path, b"\nMORE = 1\n")
    assert changed["untouched"] == NOW["untouched"]
    assert changed["reference"].proof != NOW["reference"].proof
    assert changed[WRONG].proof != NOW[WRONG].proof


def test_a_change_of_one_wrong_solution_is_its_own_alone() -> None:
    written = FILES["proofs/wrong.yml"].replace(f"{WRONG}:".encode(), b"other:")
    changed = basis.bases({**FILES, "proofs/wrong.yml": written}, TWIN, "bubblewrap")
    assert [name for name in NOW if changed[name] != NOW[name]] == [WRONG]


def test_walls_of_another_kind_are_another_engine() -> None:
    docker = basis.bases(FILES, TWIN, "docker")
    assert docker == basis.bases(FILES, TWIN, "podman")
    assert docker["reference"].engine != NOW["reference"].engine


def test_code_is_what_is_left_without_comments_and_docstrings() -> None:
    source = b'"""Module."""\n\nX = "# no comment"  # a comment\n\n\n'
    source += b'def f():\n    """Doc\n\n    more."""\n    return "kept"\n'
    assert basis.code(source) == b'X = "# no comment"\ndef f():\n    return "kept"'


def measurement(proof: str, of: Basis) -> Measurement:
    return Measurement(
        proof=proof,
        case="full",
        seed=0,
        repeat=0,
        basis=of,
        outcome="passed",
        figures={"asr": 0.0},
        seconds=1.0,
        wall=Use(most=1.0, share=0.5),
        at=datetime(2026, 11, 21, tzinfo=UTC),
        machine="Linux, 2 cores, Python 3.11.7, bubblewrap",
    )


def kept(*items: Measurement) -> Measured:
    now = basis.judged(FILES, TWIN, "bubblewrap")
    return Measured(format=1, twin=NAME, judged=now, measurements=items)


def current(data: Measured, files: Mapping[str, bytes] = FILES) -> tuple[Measurement, ...]:
    return basis.current(data, files, TWIN).measurements


def test_a_kit_of_other_code_is_not_current_either() -> None:
    of_twin = NOW["reference"].twin
    now, before = (
        KitCheck(case="full", seed=seed, twin=mark, at=datetime(2026, 11, 21, tzinfo=UTC))
        for seed, mark in enumerate((of_twin, "0" * 16))
    )
    data = kept().model_copy(update={"kits": (now, before)})
    assert basis.current(data, FILES, TWIN).kits == (now,)


def test_what_was_measured_of_other_code_is_not_current() -> None:
    other = NOW["untouched"].model_copy(update={"twin": "0" * 16})
    fresh, stale = measurement("reference", NOW["reference"]), measurement("untouched", other)
    assert current(kept(fresh, stale)) == (fresh,)
    changed = {**FILES, SCORING: FILES[SCORING] + b"\nMORE = 1\n"}
    assert current(kept(fresh, stale), changed) == ()


def test_what_was_judged_is_judged_anew_only_where_a_file_has_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fresh = measurement("reference", NOW["reference"])
    data = kept(fresh)
    commented = {**FILES, SCORING: FILES[SCORING] + b"\n# a comment\n"}
    assert current(data, commented) == (fresh,)
    monkeypatch.setattr(basis, "bases", None)
    assert current(data) == (fresh,)


def test_where_solutions_are_not_published_those_that_were_measured_count() -> None:
    public = {
        path: content
        for path, content in FILES.items()
        if not path.startswith("proofs/") or path == "proofs/proofs.yml"
    }
    fresh = measurement("reference", NOW["reference"])
    assert current(kept(fresh), public) == (fresh,)
