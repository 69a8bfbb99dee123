"""base58 as the library has it, and stricter; Multikeys."""

from __future__ import annotations

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin import multikey


@given(st.binary(max_size=80), st.integers(0, 3))
def test_base58_is_read_as_the_library_writes_it(content: bytes, zeros: int) -> None:
    content = bytes(zeros) + content
    assert multikey.base58_decode(base58.b58encode(content).decode()) == content


@given(st.text(st.sampled_from("12abzZ0OIl \n+é"), max_size=12))
def test_every_text_stands_for_other_bytes_or_is_refused(text: str) -> None:
    try:
        content = multikey.base58_decode(text)
    except ValueError:
        assert set(text) & set("0OIl \n+é")
    else:
        assert multikey.base58_encode(content) == text


@pytest.mark.parametrize("text", ["1" * 201, "zz ", " zz", "z\n", "z0"])
def test_what_is_not_base58_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"base58|long"):
        multikey.base58_decode(text)


def test_a_multikey_is_read_as_it_was_written() -> None:
    assert multikey.decode(multikey.encode(bytes(range(32)))) == bytes(range(32))
