"""Sealed boxes: who can open one, and what happens to everybody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.sealing import public_half, seal, unseal

MINE, OTHER = bytes(range(32)), bytes(range(1, 33))


@given(st.binary(max_size=2000))
def test_the_holder_of_the_secret_gets_back_what_was_sealed(content: bytes) -> None:
    assert unseal(seal(content, public_half(MINE)), MINE) == content


def test_the_same_content_gives_another_box_each_time() -> None:
    assert seal(b"0.75", public_half(MINE)) != seal(b"0.75", public_half(MINE))


def test_another_secret_does_not_open_it() -> None:
    with pytest.raises(ValueError, match="another key"):
        unseal(seal(b"0.75", public_half(MINE)), OTHER)


@given(st.integers(0, 70), st.integers(1, 255))
def test_a_box_with_one_changed_byte_is_not_opened(place: int, change: int) -> None:
    box = bytearray(seal(b"x" * 23, public_half(MINE)))
    box[place % len(box)] ^= change
    with pytest.raises(ValueError, match="changed since"):
        unseal(bytes(box), MINE)


@pytest.mark.parametrize("box", [b"", b"short", bytes(47)])
def test_what_is_no_box_is_refused_in_the_same_words(box: bytes) -> None:
    with pytest.raises(ValueError, match="another key"):
        unseal(box, MINE)
