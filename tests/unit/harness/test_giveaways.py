"""A kit that gives something away is told so, however deep it lies; a sound one is left alone."""

from __future__ import annotations

import base64
import gzip
import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfWriter

from jobtwin.acts import kit
from jobtwin.harness import giveaways
from jobtwin.harness.contract import Seeds, Submission
from jobtwin.repository.git import Git

if TYPE_CHECKING:
    from collections.abc import Mapping

SEEDS = Seeds(b"k" * 32, bytes(range(32)))
SOLVED = b"""def answer(question):
    wanted = {name for name in question.names if name in APPROVED}
    if not wanted or len(wanted) > LIMIT_OF_NAMES_IN_A_QUESTION:
        return refuse(question, "nothing approved was asked for")
    return compose([LEAFLETS[name].current().section for name in wanted])
"""
KIT = {"README.md": b"Read me.\n", "answer.py": b"def answer(question):\n    return None\n"}
HANDED = Submission({**KIT, "answer.py": SOLVED})


def codes(more: Mapping[str, bytes]) -> set[tuple[str, str]]:
    found = giveaways.given_away({**KIT, **more}, HANDED, SEEDS)
    return {(one.code, one.path) for one in found}


def zipped(content: bytes, moment: tuple[int, ...] = (1980, 1, 1, 0, 0, 0)) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("a.py", moment), content)  # type: ignore[arg-type]
    return packed.getvalue()


def test_a_sound_kit_gives_nothing_away() -> None:
    assert codes({"data/a.jsonl": b'{"a": 1}\n', "docs.zip": zipped(b"Read me too.")}) == set()


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        "src/__pycache__/a.cpython-311.pyc",
        "answer.py.orig",
        "answer.py~",
        "fix.patch",
        "data/.DS_Store",
        "old.bundle",
    ],
)
def test_a_leftover_is_found(path: str) -> None:
    assert codes({path: b"x"}) == {("KIT-001", path)}


@pytest.mark.parametrize(
    "hidden",
    [
        SOLVED,
        b"# Notes\n\n" + SOLVED.replace(b"    ", b"\t"),
        gzip.compress(SOLVED, mtime=0),
        zipped(SOLVED),
        zipped(gzip.compress(SOLVED)),
        b"token = '" + base64.b64encode(SOLVED) + b"'",
        base64.encodebytes(SOLVED),
    ],
    ids=["plain", "indented", "gzip", "zip", "gzip in zip", "base64", "base64 in lines"],
)
def test_a_solution_in_a_file_is_found_however_it_is_packed(hidden: bytes) -> None:
    assert codes({"data/notes": hidden}) == {("KIT-002", "data/notes")}


def test_a_line_or_two_that_a_solution_shares_with_the_kit_are_no_leak() -> None:
    assert codes({"docs.md": b"\n".join(SOLVED.splitlines()[1:3])}) == set()


def test_what_a_solution_leaves_as_it_was_is_no_leak() -> None:
    kept = {"long.py": SOLVED}
    handed = Submission({**KIT, **kept})
    assert list(giveaways.given_away({**KIT, **kept, "copy.py": SOLVED}, handed, SEEDS)) == []


def test_what_goes_to_the_inbox_is_part_of_the_solution() -> None:
    handed = Submission(KIT, {"report.md": SOLVED})
    found = giveaways.given_away({**KIT, "template.md": SOLVED}, handed, SEEDS)
    assert [one.path for one in found] == ["template.md"]


@pytest.mark.parametrize(
    "hidden",
    [
        SEEDS.graded,
        SEEDS.graded.hex().encode(),
        SEEDS.graded.hex().upper().encode(),
        base64.b64encode(SEEDS.graded),
        zipped(b"seed: " + SEEDS.graded.hex().encode()),
    ],
    ids=["bytes", "hex", "upper hex", "base64", "zip"],
)
def test_the_held_out_seed_is_found(hidden: bytes) -> None:
    assert ("KIT-003", "config") in codes({"config": b"<" + hidden + b">"})


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), *chunks]
    parts += [(b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b"")]
    framed = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def pdf(title: str = "Document", author: str = "Kit", width: int = 72) -> bytes:
    written = io.BytesIO()
    with PdfWriter() as writer:
        writer.add_blank_page(width, 72)
        writer.add_metadata({"/Title": title, "/Author": author})
        writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("first", "second", "is_found"),
    [
        (pdf(), pdf(width=90), False),
        (pdf(), pdf(title="Superseded"), True),
        (pdf(), pdf(author="attack"), True),
        (png(), png((b"tEXt", b"Comment\0attack")), True),
        (png(), png(), False),
        (gzip.compress(b"a", mtime=0), gzip.compress(b"b", mtime=0), False),
        (gzip.compress(b"a", mtime=0), gzip.compress(b"b", mtime=99), True),
        (zipped(b"a"), zipped(b"b"), False),
        (zipped(b"a"), zipped(b"b", (2026, 11, 21, 9, 0, 0)), True),
    ],
    ids=["pdf", "title", "author", "text chunk", "png", "gzip", "gzip time", "zip", "zip time"],
)
def test_metadata_that_differs_from_file_to_file_is_found(
    first: bytes, second: bytes, is_found: bool
) -> None:
    found = codes({"data/1.bin": first, "data/2.bin": second})
    assert found == ({("KIT-004", "data/1.bin")} if is_found else set())


def test_a_broken_archive_ends_in_no_traceback() -> None:
    codes({"a.gz": b"\x1f\x8bnothing", "b.zip": b"PK\x03\x04nothing", "c.pdf": b"%PDF-1.4 nothing"})


def test_the_repository_of_a_kit_has_one_commit_and_nothing_else(tmp_path: Path) -> None:
    kit.write_kit(KIT, tmp_path / "kit")
    kit.commit_kit(tmp_path / "kit")
    git = Git(tmp_path / "kit" / ".git")
    assert list(giveaways.history(git)) == []
    git.run("hash-object", "-w", "--stdin", stdin=SOLVED)
    (loose,) = giveaways.history(git)
    assert loose.message == "1 objects belong to no commit"


def test_a_second_commit_of_a_kit_is_found(tmp_path: Path) -> None:
    kit.write_kit({"answer.py": SOLVED}, tmp_path / "kit")
    first = kit.commit_kit(tmp_path / "kit")
    git = Git(tmp_path / "kit" / ".git")
    tree = git.text("write-tree")
    second = git.text(
        "commit-tree", tree, "-p", first, "-m", "x", env=kit.AUTHOR.environment(kit.BEGINNING)
    )
    git.run("update-ref", "refs/heads/other", second)
    (found,) = giveaways.history(git)
    assert (found.code, found.message) == ("KIT-006", "there are 2 commits")
