"""What a kit must not hold: leftovers, its own solution, the held-out seed, telling metadata.

Reads a kit as data. That the kit is made from the kit seed alone keeps the graded world out of it;
this finds what an author, a template or a drawing library left in it all the same.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import re
import tarfile
import zipfile
import zlib
from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError
from jobtwin.findings import Code
from jobtwin.rules import pictures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.findings import Finding
    from jobtwin.harness.contract import Files, Seeds, Submission
    from jobtwin.harness.predicting import GivenAway
    from jobtwin.repository.git import Git

LEFTOVER = Code(
    "KIT-001",
    "a kit holds what was left over from making it",
    why="A history, a backup or compiled code shows what the author had before or took out.",
    fix="Leave it out of what `kit` returns.",
)
SOLUTION = Code(
    "KIT-002",
    "a kit holds lines of its own solution",
    why="Whoever searches the kit finds what the work is meant to be.",
    fix="Take the lines out of the file; what the reference adds must be nowhere in the kit.",
)
HELD_OUT = Code(
    "KIT-003",
    "a kit holds the seed that it is graded with",
    why="Whoever knows it draws the graded world with the public generator, answers included.",
    fix="Make the kit from the kit seed alone.",
)
METADATA = Code(
    "KIT-004",
    "metadata differs from file to file",
    why="It says of each file how it was made, and so often which answer it stands for.",
    fix="Write the same metadata into every file of a kind, or none.",
)
PREDICTS = Code(
    "KIT-005",
    "one field predicts the answer",
    why="Then a rule of one line clears the bar, whatever the work is meant to show.",
    fix="Draw the field independently of the answer, or leave it out of what learner code sees.",
)
HISTORY = Code(
    "KIT-006",
    "a kit's repository has more than its first commit",
    why="What was taken out of the files can still be read in the history.",
    fix="Hand out files, and let `jobtwin kit --git` make the one commit.",
)

_LEFT_OVER = re.compile(
    r"(?:^|/)(?:\.git|\.hg|\.svn|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.hypothesis"
    r"|\.ipynb_checkpoints|\.DS_Store|\.venv)(?:/|$)"
    r"|\.(?:pyc|pyo|orig|rej|bak|swp|bundle|patch|diff)$|~$"
)
_LONG = 40
"""Characters of a line that is nobody's by chance."""
_MOST_LINES = 2
"""Lines of a solution that may stand elsewhere in a kit: an idiom, a sentence of the contract."""
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{40,}\r?\n?)+[A-Za-z0-9+/]*={0,2}")
_DEEPEST = 3
_UNPACKED = 64 << 20
_INFO = ("/Title", "/Author", "/Subject", "/Keywords", "/Creator", "/Producer", "/CreationDate")


def given_away(files: Files, handed: Submission, seeds: Seeds) -> Iterator[Finding]:
    """Yield what a kit gives away; `handed` is its reference, `seeds` what both are made from."""
    yield from _leftovers(files)
    yield from _solution(files, handed)
    yield from _seed(files, seeds.graded)
    yield from _metadata(files)


def predicted(found: GivenAway) -> Finding:
    """Return the finding that a field gives the answer away."""
    shares = f"{found.accuracy:.0%} right, where guessing is {found.base:.0%}"
    return PREDICTS.at(f"{found.what}: {found.field} alone is {shares}")


def history(git: Git) -> Iterator[Finding]:
    """Yield what a kit's repository holds besides one commit on one branch."""
    commits = git.text("rev-list", "--all", "--reflog").split()
    if len(set(commits)) != 1:
        yield HISTORY.at(f"there are {len(set(commits))} commits")
    loose = git.text("fsck", "--unreachable", "--no-reflogs", "--no-progress")
    if loose:
        yield HISTORY.at(f"{len(loose.splitlines())} objects belong to no commit")


def _leftovers(files: Files) -> Iterator[Finding]:
    for path in sorted(files):
        if _LEFT_OVER.search(path):
            yield LEFTOVER.at("this belongs in no kit", path)


def _solution(files: Files, handed: Submission) -> Iterator[Finding]:
    """Yield files that hold what the reference adds: as they are, packed or encoded."""
    inbox = {f"inbox/{path}": content for path, content in handed.inbox.items()}
    added: set[str] = set()
    for path, content in {**handed.files, **inbox}.items():
        added |= _lines(content) - _lines(files.get(path, b""))
    for path, content in sorted(files.items()):
        found: set[str] = set()
        for view in _views(content):
            found |= added & _lines(view)
        if len(found) > _MOST_LINES:
            shown = min(found, key=len)[:60]
            yield SOLUTION.at(f"{len(found)} lines of the reference, as “{shown}…”", path)


def _lines(content: bytes) -> set[str]:
    """Return the lines of a text that are nobody's by chance."""
    if b"\x00" in content[:8192]:
        return set()
    lines = (" ".join(line.split()) for line in content.decode("utf-8", "replace").splitlines())
    return {line for line in lines if len(line) >= _LONG}


def _seed(files: Files, seed: bytes) -> Iterator[Finding]:
    for path, content in sorted(files.items()):
        for view in _views(content):
            if seed in view or seed.hex().encode() in view.lower():
                yield HELD_OUT.at("the held-out seed stands in it", path)
                break


def _views(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield a file's content, and what is packed or encoded in it."""
    yield content
    if depth < _DEEPEST:
        for inner in (*_unpacked(content), *_decoded(content)):
            yield from _views(inner, depth + 1)


def _unpacked(content: bytes) -> Iterator[bytes]:
    try:
        if content.startswith(b"\x1f\x8b"):
            yield gzip.GzipFile(fileobj=io.BytesIO(content)).read(_UNPACKED)
        elif content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for item in archive.infolist():
                    with archive.open(item) as file:
                        yield file.read(_UNPACKED)
        elif content[257:262] == b"ustar":
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                for member in archive:
                    opened = archive.extractfile(member)
                    yield opened.read(_UNPACKED) if opened else b""
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError, RuntimeError):
        return  # looks like an archive and is none


def _decoded(content: bytes) -> Iterator[bytes]:
    for found in _BASE64.finditer(content):
        packed = b"".join(found[0].split()).rstrip(b"=")
        try:
            yield base64.b64decode(packed + b"=" * (-len(packed) % 4))
        except binascii.Error:
            continue


def _metadata(files: Files) -> Iterator[Finding]:
    """Yield each field of metadata that is not the same in all files of a kind."""
    seen: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for path, content in sorted(files.items()):
        for field, value in _tags(content).items():
            seen[PurePosixPath(path).suffix, field].setdefault(value, path)
    for (suffix, field), values in seen.items():
        if len(values) > 1:
            first, second = list(values)[:2]
            message = f"{field} of `*{suffix}` is {first[:40]!r} here and {second[:40]!r} elsewhere"
            yield METADATA.at(message, values[first])


def _tags(content: bytes) -> Mapping[str, str]:
    """Return what a file says about itself beside what it shows."""
    if content.startswith(b"%PDF-"):
        return _of_pdf(content)
    if pictures.is_picture(content):
        return {"what is not drawn": str(pictures.metadata_of(content))}
    if content.startswith(b"\x1f\x8b"):
        return {"the moment": content[4:8].hex(), "the flags": content[3:4].hex()}
    if content.startswith(b"PK\x03\x04"):
        return _of_zip(content)
    return {}


def _of_pdf(content: bytes) -> Mapping[str, str]:
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError as error:
        raise EngineError("no PDF can be looked at here", "install jobtwin[rag]") from error
    try:
        reader = PdfReader(io.BytesIO(content))
        said = {name: str(value) for name, value in (reader.metadata or {}).items()}
        packet = reader.root_object.get("/Metadata")
    except PyPdfError as error:
        return {"its form": f"broken: {error}"}
    return {**dict.fromkeys(_INFO, ""), **said, "XMP": str(packet is not None)}


def _of_zip(content: bytes) -> Mapping[str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            items = archive.infolist()
            moments = {str(item.date_time) for item in items}
            notes = [archive.comment, *(item.comment + item.extra for item in items)]
    except zipfile.BadZipFile:
        return {"its form": "broken"}
    return {"the moments": ", ".join(sorted(moments)), "the notes": b"".join(notes).hex()}
