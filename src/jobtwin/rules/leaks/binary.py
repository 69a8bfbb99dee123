"""What files that are no text tell: the metadata of pictures and documents, and what is packed.

Nothing is decoded but containers, each within bounds: what cannot be looked through is said to be
so, and counts as a leak.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.rules.leaks import known
from jobtwin.rules.pictures import metadata_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.rules.leaks.terms import Terms

OPAQUE = "a file that cannot be looked through"
PICTURE = "a picture's metadata"
DOCUMENT = "a document's metadata"
_DEPTH = 3
_MEMBERS = 5000
_NOBODY = ("", "root", "user", "nobody", "runner")
"""Owners of files in an archive that are nobody."""
_STRINGS = re.compile(rb"[\x20-\x7e]{8,}")
_PDF_FIELDS = re.compile(
    rb"/(?:Author|Creator|Producer|Info|Metadata|Subject|Keywords)\b|<x:xmpmeta"
)
_XMP = re.compile(rb"<x:xmpmeta|photoshop:|dc:creator|Exif\x00\x00")
_OFFICE = (
    "docProps/core.xml",
    "docProps/app.xml",
    "meta.xml",
    "word/comments.xml",
    "word/people.xml",
)


@dataclass(slots=True)
class Budget:
    """How much may still be unpacked while one file is looked through."""

    bytes: int = 64 * 1024 * 1024

    def take(self, size: int) -> None:
        """Use some of it; raises `Spent` when there is not so much left."""
        self.bytes -= size
        if self.bytes < 0:
            raise Spent


class Spent(Exception):  # noqa: N818 - never seen outside this package
    """More was packed than may be unpacked."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A file found inside another one."""

    name: str
    content: bytes


def tells(content: bytes, terms: Terms) -> Iterator[tuple[str, str]]:
    """Yield (kind, form) of what data tells without being unpacked."""
    if metadata_of(content) or content[:4] in (b"II*\0", b"MM\0*") or _XMP.search(content):
        yield PICTURE, ""
    if content[:1024].find(b"%PDF-") >= 0 and _PDF_FIELDS.search(content):
        yield DOCUMENT, ""
    if form := known.in_bytes(content, terms):
        yield known.KIND, form


def strings(content: bytes) -> str:
    """Return what is readable in data, one run a line."""
    wide = content.replace(b"\0", b"") if content.count(b"\0") * 3 > len(content) else b""
    runs = (*_STRINGS.findall(content), *_STRINGS.findall(wide))
    return b"\n".join(runs).decode("ascii")


def unpacked(content: bytes, budget: Budget, depth: int) -> Iterator[Inside]:
    """Yield the files that a container holds; raises `Spent` or `ValueError` where it cannot be."""
    if depth >= _DEPTH:
        if _is_container(content):
            raise Spent
        return
    if content[:4] in (b"PK\3\4", b"PK\5\6"):
        yield from _zip(content, budget)
    elif content[:2] == b"\x1f\x8b":
        yield Inside("packed", _inflated(content, 31, budget))
    elif content[:3] == b"BZh":
        yield Inside("packed", _stream(bz2.BZ2Decompressor(), content, budget))
    elif content[:6] == b"\xfd7zXZ\0":
        yield Inside("packed", _stream(lzma.LZMADecompressor(memlimit=128 << 20), content, budget))
    elif content[257:262] == b"ustar":
        yield from _tar(content, budget)
    elif content[:1024].find(b"%PDF-") >= 0:
        yield from _pdf_streams(content, budget)


def _is_container(content: bytes) -> bool:
    return content[:4] == b"PK\3\4" or content[:2] == b"\x1f\x8b" or content[257:262] == b"ustar"


def _zip(content: bytes, budget: Budget) -> Iterator[Inside]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > _MEMBERS:
                raise Spent
            said = [archive.comment, *(entry.comment for entry in entries)]
            yield Inside("comment", b"\n".join(said))
            for entry in entries:
                with archive.open(entry) as member:
                    body = member.read(max(budget.bytes, 0) + 1)
                budget.take(len(body))
                yield Inside(entry.filename, body)
    except (
        zipfile.BadZipFile,
        RuntimeError,
        NotImplementedError,
        OSError,
        zlib.error,
        EOFError,
    ) as error:
        raise ValueError("not a readable archive") from error


def _tar(content: bytes, budget: Budget) -> Iterator[Inside]:
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for number, entry in enumerate(archive):
                if number > _MEMBERS:
                    raise Spent
                if entry.uname not in _NOBODY:
                    yield Inside("owner", f"Author: {entry.uname.title()}".encode())
                has_body = entry.isreg() and not entry.issparse()
                body = archive.extractfile(entry) if has_body else None
                data = body.read(max(budget.bytes, 0) + 1) if body else b""
                budget.take(len(data))
                yield Inside(entry.name, data)
    except (tarfile.TarError, OSError, OverflowError) as error:
        raise ValueError("not a readable archive") from error


def _inflated(content: bytes, bits: int, budget: Budget) -> bytes:
    machine = zlib.decompressobj(bits)
    try:
        found = machine.decompress(content, max(budget.bytes, 0) + 1)
    except zlib.error as error:
        raise ValueError("not readable") from error
    budget.take(len(found))
    name = (
        content[10:].split(b"\0", 1)[0]
        if bits == 31 and len(content) > 10 and content[3] & 8
        else b""
    )
    return found + b"\n" + name


def _stream(
    machine: bz2.BZ2Decompressor | lzma.LZMADecompressor, content: bytes, budget: Budget
) -> bytes:
    try:
        found = machine.decompress(content, max(budget.bytes, 0) + 1)
    except (OSError, lzma.LZMAError, EOFError) as error:
        raise ValueError("not readable") from error
    budget.take(len(found))
    return found


def _pdf_streams(content: bytes, budget: Budget) -> Iterator[Inside]:
    at = content.find(b"stream")
    number = 0
    while at >= 0 and number < _MEMBERS:
        start = at + 6 + (content[at + 6 : at + 8] == b"\r\n") + 1
        end = content.find(b"endstream", start)
        if end < 0:
            return
        try:
            body = _inflated(content[start:end], 15, budget)
        except ValueError:
            body = b""
        number += 1
        if body.strip():
            yield Inside("stream", b"%PDF-" + body if _PDF_FIELDS.search(body) else body)
        at = content.find(b"stream", end + 9)


def is_office_metadata(name: str) -> bool:
    """Say whether a member of an archive is where an Office file names its authors."""
    return name in _OFFICE
