"""Folders between jobs: what was written is read, and anything else is refused and not followed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jobtwin.errors import EngineError, Refused
from jobtwin.harness import handover, wire
from jobtwin.harness.contract import Returned
from jobtwin.harness.grading import Ran

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PREPARED = handover.Prepared(
    "jt-incident-4", "a" * 32, "workflow_dispatch:7", b"id: x\n", b"", b"{}", b"{}"
)
RAN = Ran(wire.encode(Returned({})), "docker", "3.11.9")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that a run wrote."""
    handover.write_result(PREPARED.binding, RAN, tmp_path / "result")
    return tmp_path / "result"


def test_what_was_prepared_and_what_came_back_are_read_as_written(
    tmp_path: Path, folder: Path
) -> None:
    handover.write_prepared(PREPARED, tmp_path / "prepared")
    assert handover.read_prepared(tmp_path / "prepared") == PREPARED
    assert handover.read_result(folder, PREPARED.binding) == RAN


def test_trouble_comes_back_as_trouble_in_plain_text(tmp_path: Path) -> None:
    words = "no disk\n::set-output name=a::b\x1b[2J\udc80" + "x" * 9000
    handover.write_trouble(PREPARED.binding, words, tmp_path / "trouble")
    with pytest.raises(EngineError) as raised:
        handover.read_result(tmp_path / "trouble", PREPARED.binding)
    assert raised.value.message.startswith("no disk ::set-output")
    assert raised.value.message.isprintable()
    assert len(raised.value.message) <= 2000


def test_trouble_without_a_reason_is_trouble_still(tmp_path: Path) -> None:
    handover.write_trouble(PREPARED.binding, "\n", tmp_path / "trouble")
    with pytest.raises(EngineError, match="no reason was given"):
        handover.read_result(tmp_path / "trouble", PREPARED.binding)


@pytest.mark.parametrize("field", ["twin", "attempt", "event", "definition", "lock", "plan"])
def test_a_result_counts_for_nothing_but_what_it_was_made_for(folder: Path, field: str) -> None:
    from dataclasses import replace

    other = replace(PREPARED.binding, **{field: "another"})
    with pytest.raises(Refused, match="HND-002"):
        handover.read_result(folder, other)


@pytest.mark.parametrize("name", ["plan.json", "submission.json", "twin.yml", "environment.lock"])
def test_a_prepared_file_that_was_exchanged_is_noticed(tmp_path: Path, name: str) -> None:
    handover.write_prepared(PREPARED, tmp_path / "prepared")
    (tmp_path / "prepared" / name).write_bytes(b"another")
    with pytest.raises(Refused, match="HND-002"):
        handover.read_prepared(tmp_path / "prepared")


def test_nothing_is_written_over(folder: Path) -> None:
    with pytest.raises(EngineError, match="cannot be written"):
        handover.write_result(PREPARED.binding, RAN, folder)


def _swap(folder: Path, name: str, make: Callable[[Path], object]) -> None:
    (folder / name).unlink()
    make(folder / name)


def _edit(folder: Path, old: bytes, new: bytes) -> None:
    content = (folder / "result.json").read_bytes()
    assert old in content
    (folder / "result.json").write_bytes(content.replace(old, new))


def _many(folder: Path) -> None:
    for number in range(1000):
        (folder / str(number)).touch()


def _elsewhere(folder: Path) -> None:
    folder.rename(folder.parent / "moved")
    folder.symlink_to(folder.parent / "moved")


POISON: dict[str, Callable[[Path], object]] = {
    "a symlink to a file of the machine": lambda f: _swap(
        f, "returned.json", lambda p: p.symlink_to("/etc/passwd")
    ),
    "a pipe that never ends": lambda f: _swap(f, "returned.json", os.mkfifo),
    "a device": lambda f: _swap(f, "returned.json", lambda p: p.symlink_to("/dev/zero")),
    "a folder in place of a file": lambda f: _swap(f, "returned.json", os.mkdir),
    "a second name of the same file": lambda f: os.link(f / "result.json", f.parent / "again"),
    "the whole folder elsewhere": _elsewhere,
    "a file that no job writes": lambda f: (f / "evaluated-1.yml").write_bytes(b"passed"),
    "a name that moves the cursor": lambda f: (f / "\x1b[2J\u202e").write_bytes(b""),
    "a compressed bomb": lambda f: (f / "returned.json.gz").write_bytes(b"\x1f\x8b" * 99),
    "many files": _many,
    "no result": lambda f: (f / "result.json").unlink(),
    "no answers": lambda f: (f / "returned.json").unlink(),
    "a result that is huge": lambda f: os.truncate(f / "result.json", 1 << 40),
    "answers that are huge": lambda f: os.truncate(f / "returned.json", 1 << 40),
    "a result that is empty": lambda f: os.truncate(f / "result.json", 0),
    "a result that is no JSON": lambda f: (f / "result.json").write_bytes(b"\x1f\x8b\0NaN"),
    "a result that is too deep": lambda f: (f / "result.json").write_bytes(b"[" * 60_000),
    "answers cut short": lambda f: os.truncate(f / "returned.json", 10),
    "other answers": lambda f: (f / "returned.json").write_bytes(b"{}"),
    "a number that is none": lambda f: _edit(f, b'"format":1', b'"format":NaN'),
    "a field more": lambda f: _edit(f, b'"trouble"', b'"outcome":"passed","trouble"'),
    "a field twice": lambda f: _edit(f, b'"trouble":""', b'"trouble":"","trouble":""'),
    "another type": lambda f: _edit(f, b'"trouble":""', b'"trouble":[]'),
    "a sandbox that speaks": lambda f: _edit(f, b'"docker"', b'"x\\n::set-output a=b"'),
    "a Python that is long": lambda f: _edit(f, b"3.11.9", b"3" * 999),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_a_poisoned_folder_is_refused_in_words_that_move_nothing(
    folder: Path, poison: Callable[[Path], object]
) -> None:
    poison(folder)
    with pytest.raises(Refused) as refused:
        handover.read_result(folder, PREPARED.binding)
    assert all(str(finding).isprintable() for finding in refused.value.findings)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="HND-001"):
        handover.read_result(tmp_path / "nothing", PREPARED.binding)
