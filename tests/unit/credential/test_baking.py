"""A credential that was put into a picture comes back as it was; anything else is said plainly."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbadgeslib import baking as library

from jobtwin.credential.baking import MAX_PICTURE_BYTES, bake, frame, is_picture, unbake
from jobtwin.errors import EngineError, Refused

TWINS = Path(__file__).parents[3] / "twins"
PNG = (TWINS / "jt-incident-4/badge.png").read_bytes()
SVG = (TWINS / "jt-incident-4/badge.svg").read_bytes()
SIGNED = '{"name": "é ]]> <b>&amp;</b> \\u2603 ☃", "proof": []}'.encode()


def chunk(tag: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + tag + data + zlib.crc32(tag + data).to_bytes(4, "big")


@pytest.mark.parametrize("picture", [PNG, SVG], ids=["png", "svg"])
def test_what_was_baked_comes_back_byte_for_byte(picture: bytes) -> None:
    baked = bake(frame(picture), SIGNED)
    assert unbake(baked) == SIGNED
    assert bake(frame(picture), SIGNED) == baked
    assert is_picture(baked)
    assert not is_picture(SIGNED)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_pictures_are_those_that_the_library_bakes(text: str) -> None:
    as_svg = library.bake_svg(
        SVG,
        text,
        element=library.SVG_ELEMENT_OB3,
        namespace=library.SVG_NS_OB3,
        as_text=True,
    )
    assert bake(frame(SVG), text.encode()) == as_svg
    as_png = library.bake_png(PNG, text, keyword=library.ITXT_KEYWORD_OB3)
    assert bake(frame(PNG), text.encode()) == as_png


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
def test_any_text_survives_both_pictures(text: str) -> None:
    content = f"[{text}]".encode()
    assert unbake(bake(frame(PNG), content)) == content
    assert unbake(bake(frame(SVG), content)) == content


@pytest.mark.parametrize("picture", [PNG, SVG], ids=["png", "svg"])
def test_a_picture_without_a_credential_says_that_there_is_none(picture: bytes) -> None:
    with pytest.raises(Refused, match="nothing is baked into it"):
        unbake(picture)


@pytest.mark.parametrize(
    "picture",
    [
        PNG[:60],
        PNG[:8] + b"\xff" * 40,
        b"<svg",
        b"<!DOCTYPE svg [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><svg>&b;</svg>",
        b"<svg><openbadges:credential xmlns:openbadges='x'/></svg>",
        PNG[:33] + chunk(b"iTXt", b"openbadgecredential\0\x01\0\0\0not deflated") + PNG[33:],
        PNG[:33] + chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0\xff\xfe") + PNG[33:],
        b"<" + b" " * MAX_PICTURE_BYTES,
    ],
    ids=["cut", "no chunks", "open tag", "entities", "empty", "not zip", "not utf-8", "large"],
)
def test_a_hostile_picture_is_refused_with_a_finding(picture: bytes) -> None:
    with pytest.raises(Refused) as refused:
        unbake(picture)
    assert [finding.code for finding in refused.value.findings] == ["VC-070"]


@pytest.mark.parametrize("picture", [PNG[:60], b"<svg", b""], ids=["cut", "open tag", "empty"])
def test_a_badge_that_is_no_picture_cannot_carry_a_credential(picture: bytes) -> None:
    with pytest.raises(EngineError, match="cannot carry a credential"):
        frame(picture)


def test_a_compressed_bomb_inside_a_picture_is_not_inflated() -> None:
    bomb = zlib.compress(b" " * (64 * 1024 * 1024), 9)
    picture = PNG[:33] + chunk(b"iTXt", b"openbadgecredential\0\x01\0\0\0" + bomb) + PNG[33:]
    with pytest.raises(Refused, match="DecompressionLimitExceeded"):
        unbake(picture)
