"""Pictures lose what they tell and keep what they show, judged by another program."""

from __future__ import annotations

import io
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from jobtwin.rules.pictures import is_picture, metadata_of, stripped

FORMS = ("PNG", "JPEG", "GIF", "WEBP")


def saved(form: str, **options: object) -> bytes:
    image = Image.frombytes("RGB", (24, 24), Random(form).randbytes(24 * 24 * 3))
    exif = Image.Exif()
    exif[0x013B] = "Ingeborg Quisenberry"
    told: dict[str, object] = {"exif": exif} if form != "GIF" else {"comment": b"Quisenberry"}
    if form == "PNG":
        info = PngInfo()
        info.add_text("Author", "Quisenberry")
        info.add_itxt("Comment", "Quisenberry", zip=True)
        told["pnginfo"] = info
    target = io.BytesIO()
    image.save(target, form, **told, **options)
    return target.getvalue()


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGBA").tobytes()


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_shows_the_same_and_tells_nothing(form: str) -> None:
    content = saved(form)
    kept = stripped(content)
    assert kept is not None
    assert metadata_of(content)
    assert not metadata_of(kept)
    assert pixels(kept) == pixels(content)
    with Image.open(io.BytesIO(kept)) as image:
        assert not image.getexif()
        assert not {"Author", "Comment", "comment", "exif", "icc_profile"} & image.info.keys()


def test_a_progressive_picture_keeps_all_its_scans() -> None:
    content = saved("JPEG", progressive=True, quality=95)
    kept = stripped(content)
    assert kept is not None
    assert pixels(kept) == pixels(content)


def test_a_moving_picture_still_moves() -> None:
    frames = [Image.new("RGB", (8, 8), (n * 60, 0, 0)) for n in range(3)]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], comment=b"me", loop=0)
    kept = stripped(target.getvalue())
    assert kept is not None
    with Image.open(io.BytesIO(kept)) as image:
        assert getattr(image, "n_frames", 1) == 3
        assert "comment" not in image.info


@pytest.mark.parametrize("form", FORMS)
def test_what_follows_the_end_of_a_picture_is_dropped(form: str) -> None:
    content = saved(form)
    assert stripped(content + b"by Quisenberry") == stripped(content)


@given(form=st.sampled_from(FORMS), cut=st.integers(0, 600), byte=st.integers(0, 255))
def test_a_broken_picture_is_none_or_whole_and_never_an_error(
    form: str, cut: int, byte: int
) -> None:
    content = bytearray(saved(form))
    content[cut % len(content)] = byte
    for broken in (bytes(content), bytes(content[:cut])):
        kept = stripped(broken)
        assert kept is None or stripped(kept) == kept


def test_other_data_is_no_picture() -> None:
    assert not is_picture(b"%PDF-1.4")
    assert stripped(b"RIFF\x04\0\0\0WAVE") is None
