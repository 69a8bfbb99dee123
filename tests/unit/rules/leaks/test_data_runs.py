"""Long runs of data: what is cut out of them, where everything else stands, and what they hide."""

from __future__ import annotations

import base64
import io
import zipfile
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.rules.leaks import Identifiers, scan
from jobtwin.rules.leaks.data_runs import thin

if TYPE_CHECKING:
    from collections.abc import Callable

WHO = Identifiers(("lea-lovelace",), ("Lea Lovelace",), ("lea@lovelace.example",), ())
NOISE = Random(3).randbytes(12_000)


def _one(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _lines(content: bytes) -> str:
    return base64.encodebytes(content).decode("ascii")


def _words(content: bytes) -> str:
    whole = _one(content)
    return " ".join(whole[at : at + 40] for at in range(0, len(whole), 40))


WRITINGS = [_one, _lines, _words]


@pytest.mark.parametrize("write", WRITINGS)
def test_what_stands_beside_data_is_found_at_its_very_place(write: Callable[[bytes], str]) -> None:
    text = f'kim@somewhere.dev\n"{write(NOISE)}" jo@somewhere.dev\nmia@somewhere.dev\n'
    found = {(leak.line, leak.column) for leak in scan({"a.txt": text.encode()}, WHO)}
    for who in ("kim@", "jo@", "mia@"):
        at = text.index(who)
        assert (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)) in found


@pytest.mark.parametrize("write", WRITINGS)
def test_text_in_long_data_is_read(write: Callable[[bytes], str]) -> None:
    words = "\n".join(f"line {n} of a log that says nothing" for n in range(200))
    text = write(f"{words}\nSigned-off-by: Kim Somebody <kim@somewhere.dev>\n".encode())
    assert scan({"a.txt": text.encode()}, WHO)
    assert not scan({"a.txt": write(words.encode()).encode()}, WHO)


@pytest.mark.parametrize("write", WRITINGS)
def test_an_archive_in_long_data_is_looked_through(write: Callable[[bytes], str]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("noise.bin", NOISE)
        archive.writestr("notes.md", "by kim@somewhere.dev, in February\n")
    text = write(packed.getvalue())
    assert scan({"a.json": f'{{"data": "{text}"}}'.encode()}, WHO)


def test_a_known_name_in_the_middle_of_data_is_found() -> None:
    noise = _one(NOISE)
    text = f"{noise[:8000]}lealovelace{noise[8000:]}"
    assert scan({"a.txt": text.encode()}, WHO)


def test_words_that_do_not_decode_together_are_decoded_one_by_one() -> None:
    rng = Random(5)
    words = [_one(rng.randbytes(31)).rstrip("=") for _ in range(200)]
    words[100] = _one(b"written by kim@somewhere.dev today").rstrip("=")
    assert scan({"a.txt": " ".join(words).encode()}, WHO)


@given(st.lists(st.sampled_from(["ab\n", "x " * 9, _one(NOISE), _lines(NOISE)]), max_size=5))
def test_lines_stay_where_they_are_and_places_lead_back(parts: list[str]) -> None:
    text = "|".join(parts)
    cut = thin(text)
    assert cut.text.count("\n") == text.count("\n")
    for sign in "|x":
        at = cut.text.rfind(sign)
        assert at < 0 or text[cut.place(at)] == sign
