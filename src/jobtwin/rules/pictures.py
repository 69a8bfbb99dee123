"""Pictures without what they tell beside their pixels: PNG, JPEG, GIF and WebP, chunk by chunk.

Nothing is decoded or drawn anew, so the pixels stay what they are and the bytes are the same on
every machine. What is not known to be needed for drawing is dropped.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB sBIT bKGD pHYs".split())
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"ALPH"))
_WEBP_EXTENDED = b"VP8X"
_ALPHA = 0x10


def stripped(content: bytes) -> bytes | None:
    """Return a picture without metadata; None for what is no such picture, or broken."""
    for mark, strip in _FORMS:
        if content.startswith(mark):
            try:
                return strip(content)
            except (struct.error, IndexError, ValueError):
                return None
    return None


def is_picture(content: bytes) -> bool:
    """Say whether data begins as a picture of a known form."""
    return any(content.startswith(mark) for mark, _ in _FORMS)


def metadata_of(content: bytes) -> bool:
    """Say whether a picture holds anything that `stripped` would drop, or cannot be read."""
    return is_picture(content) and stripped(content) != content


def _png(content: bytes) -> bytes:
    parts, at = [_PNG], len(_PNG)
    while True:
        (size,) = struct.unpack_from(">I", content, at)
        name, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        if len(body) < size:
            raise ValueError("cut off")
        if name in _PNG_KEPT:
            sealed = name + body
            parts += [struct.pack(">I", size), sealed, struct.pack(">I", zlib.crc32(sealed))]
        at += 12 + size
        if name == b"IEND":
            return b"".join(parts)


def _jpeg(content: bytes) -> bytes:
    parts, at = [b"\xff\xd8"], 2
    while True:
        if content[at] != 0xFF:
            raise ValueError("not a marker")
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            parts.append(b"\xff\xd9")
            return b"".join(parts)
        (size,) = struct.unpack_from(">H", content, at + 2)
        body = content[at + 4 : at + 2 + size]
        if size < 2 or len(body) < size - 2:
            raise ValueError("cut off")
        if kept := _segment(marker, body):
            parts += [bytes((0xFF, marker)), struct.pack(">H", len(kept) + 2), kept]
        at += 2 + size
        if marker == 0xDA:
            end = _scan_end(content, at)
            parts.append(content[at:end])
            at = end


def _segment(marker: int, body: bytes) -> bytes:
    """Return what is kept of a segment: tables and frames, JFIF without its thumbnail, Adobe's."""
    if marker == 0xE0:
        return body[:12] + b"\0\0" if body.startswith(b"JFIF\0") else b""
    if marker == 0xEE:
        return body[:12] if body.startswith(b"Adobe") else b""
    return b"" if 0xE0 <= marker <= 0xEF or marker == 0xFE else body


def _scan_end(content: bytes, at: int) -> int:
    """Return where the next marker after a scan's packed pixels begins."""
    while True:
        at = content.index(b"\xff", at)
        following = content[at + 1]
        if following == 0 or 0xD0 <= following <= 0xD7:
            at += 2
        elif following == 0xFF:
            at += 1
        else:
            return at


def _gif(content: bytes) -> bytes:
    flags = content[10]
    head = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    parts, at = [content[:head]], head
    while content[at] != 0x3B:
        start = at
        if content[at] == 0x21:
            end = _blocks_end(content, at + 2)
            if content[at + 1] == 0xF9 or content[at + 3 : at + 14] == b"NETSCAPE2.0":
                parts.append(content[start:end])
        elif content[at] == 0x2C:
            local = content[at + 9]
            end = _blocks_end(content, at + 11 + (3 << ((local & 7) + 1) if local & 0x80 else 0))
            parts.append(content[start:end])
        else:
            raise ValueError("no block")
        at = end
    return b"".join(parts) + b"\x3b"


def _blocks_end(content: bytes, at: int) -> int:
    while content[at]:
        at += content[at] + 1
    return at + 1


def _webp(content: bytes) -> bytes:
    if content[8:12] != b"WEBP":
        raise ValueError("another RIFF file")
    (total,) = struct.unpack_from("<I", content, 4)
    if total + 8 > len(content):
        raise ValueError("cut off")
    parts = list(_webp_chunks(content, min(len(content), total + 8)))
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_chunks(content: bytes, end: int) -> Iterator[bytes]:
    at = 12
    while at + 8 <= end:
        name, (size,) = content[at : at + 4], struct.unpack_from("<I", content, at + 4)
        body = content[at + 8 : at + 8 + size]
        if len(body) < size:
            raise ValueError("cut off")
        if name == _WEBP_EXTENDED:
            body = bytes((body[0] & _ALPHA,)) + b"\0\0\0" + body[4:10]
        if name in _WEBP_KEPT or name == _WEBP_EXTENDED:
            yield name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
        at += 8 + size + size % 2


_FORMS: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (_PNG, _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"GIF87a", _gif),
    (b"GIF89a", _gif),
    (b"RIFF", _webp),
)
