"""A signed credential inside a picture, and back out of one (Open Badges 3.0 §5.3, baking).

The picture is only a carrier: what it shows proves nothing, what it carries is verified like any
other credential. Pictures from strangers are bounded before anything is read from them.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code

NOT_BAKED = Code(
    "VC-070",
    "the picture carries no Open Badges 3.0 credential",
    why="A picture of a badge proves nothing; the credential inside it would.",
    fix="Download badge.png or badge.svg again, unedited: editors and chats strip what is inside.",
)
MAX_PICTURE_BYTES = 4 * 1024 * 1024
_SENTINEL = "jobtwin-credential-goes-here"
"""Baked by the library into each picture once: what stands around it is the same for all."""
_TAG = 4
_CHUNK = b"iTXtopenbadgecredential" + bytes(5)
"""Tag and head of the chunk that carries a credential, as text that is not compressed."""
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture as the library bakes it, cut open where each credential goes."""

    is_png: bool
    before: bytes
    after: bytes


def frame(picture: bytes) -> Frame:
    """Return the frame of a PNG or SVG file; raises `EngineError` where it cannot carry anything.

    The library is asked once, for any number of credentials.
    """
    try:
        baked = _baked(picture)
    except Exception as error:  # as with `unbake`: two parsers, too many kinds of errors to name
        raise EngineError("the badge cannot carry a credential", "draw it anew") from error
    if picture.startswith(_PNG):
        before, after = _around(_CHUNK + _SENTINEL.encode("ascii"), baked, picture)
        return Frame(True, before[: -len(_number(0))], after[len(_number(0)) :])
    return Frame(False, *_around(_SENTINEL.encode("ascii"), baked, picture))


def _baked(picture: bytes) -> bytes:
    """Return a picture in which the library has put the sentinel."""
    from openbadgeslib import baking  # slow to load

    if picture.startswith(_PNG):
        return baking.bake_png(picture, _SENTINEL, keyword=baking.ITXT_KEYWORD_OB3)
    return baking.bake_svg(
        picture,
        _SENTINEL,
        element=baking.SVG_ELEMENT_OB3,
        namespace=baking.SVG_NS_OB3,
        as_text=True,
    )


def bake(frame: Frame, credential: bytes) -> bytes:
    """Return the picture with a signed credential in it.

    In PNG it stands in an iTXt chunk `openbadgecredential`, in SVG it is the text of
    `openbadges:credential`.
    """
    if frame.is_png:
        chunk = _CHUNK + credential
        parts = (_number(len(chunk) - _TAG), chunk, _number(zlib.crc32(chunk)))
        return b"".join((frame.before, *parts, frame.after))
    text = credential.replace(b"&", b"&amp;").replace(b"<", b"&lt;")
    return frame.before + text.replace(b'"', b"&quot;").replace(b">", b"&gt;") + frame.after


def _around(carried: bytes, baked: bytes, picture: bytes) -> tuple[bytes, bytes]:
    """Return what stands around what was baked into a picture; raises `EngineError`."""
    before, found, after = baked.partition(carried)
    if not found or _SENTINEL.encode("ascii") in picture:
        raise EngineError("the badge cannot carry a credential", "draw it anew")
    return before, after


def _number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def is_picture(content: bytes) -> bool:
    """Say whether a file looks like PNG or SVG rather than JSON."""
    return content.startswith(_PNG) or content.lstrip()[:1] == b"<"


def unbake(picture: bytes) -> bytes:
    """Return the credential that a PNG or SVG file carries; raises `Refused` where it has none."""
    if len(picture) > MAX_PICTURE_BYTES:
        raise Refused([NOT_BAKED.at(f"{len(picture):,} bytes are more than any badge has")])
    try:
        token = _from_png(picture) if picture.startswith(_PNG) else _from_svg(picture)
    except Exception as error:  # two parsers on hostile bytes have too many kinds of errors to name
        raise Refused([NOT_BAKED.at(f"it cannot be read: {type(error).__name__}")]) from error
    if token is None:
        raise Refused([NOT_BAKED.at("nothing is baked into it")])
    if (held := _held(picture)) > 1:
        found = f"{held} credentials are baked into it: which one counts, each reader decides anew"
        raise Refused([NOT_BAKED.at(found)])
    return token.encode("utf-8")


def _held(picture: bytes) -> int:
    """Count the credentials in a picture that was read without an error just before."""
    if picture.startswith(_PNG):
        return picture.count(b"iTXtopenbadgecredential\0")
    from xml.etree import ElementTree

    tree = ElementTree.fromstring(picture)  # noqa: S314 - read before by a parser without entities
    named = [node for node in tree.iter() if node.tag.rpartition("}")[2] == "credential"]
    return sum(bool("".join(node.itertext()).strip()) + ("verify" in node.attrib) for node in named)


def _from_png(picture: bytes) -> str | None:
    from openbadgeslib import baking

    return baking.extract_png(picture, keyword=baking.ITXT_KEYWORD_OB3)


def _from_svg(picture: bytes) -> str | None:
    from openbadgeslib import baking

    return baking.extract_svg(picture, element=baking.SVG_ELEMENT_OB3, text_fallback=True)
