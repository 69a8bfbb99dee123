"""Sealed boxes: who can open one, and what happens to everybody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from jobtwin.sealing import (
    public_half,
    public_of_ed25519,
    seal,
    seal_alike,
    secret_of_ed25519,
    unseal,
)

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


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_what_is_sealed_to_a_signing_key_is_opened_with_its_seed(seed: bytes, text: bytes) -> None:
    public = public_of_ed25519(bytes(SigningKey(seed).verify_key))
    assert public_half(secret_of_ed25519(seed)) == public
    assert unseal(seal(text, public), secret_of_ed25519(seed)) == text


def test_another_signing_keys_seed_does_not_open_it() -> None:
    public = public_of_ed25519(bytes(SigningKey(MINE).verify_key))
    with pytest.raises(ValueError, match="another key"):
        unseal(seal(b"x", public), secret_of_ed25519(OTHER))


@pytest.mark.parametrize("bad", [b"", b"\0" * 32, b"\1" + b"\0" * 31, b"short"])
def test_what_is_no_signing_key_is_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match="not an Ed25519"):
        public_of_ed25519(bad)


def test_a_box_that_is_made_alike_has_the_same_bytes_and_opens_like_any_other() -> None:
    public = public_half(b"r" * 32)
    box = seal_alike(b"content", public, b"s" * 32)
    assert seal_alike(b"content", public, b"s" * 32) == box
    assert unseal(box, b"r" * 32) == b"content"


@pytest.mark.parametrize(
    ("content", "recipient", "secret"),
    [(b"other", b"r", b"s"), (b"content", b"q", b"s"), (b"content", b"r", b"t")],
    ids=["content", "recipient", "secret"],
)
def test_no_two_boxes_made_alike_share_a_one_time_key(
    content: bytes, recipient: bytes, secret: bytes
) -> None:
    first = seal_alike(b"content", public_half(b"r" * 32), b"s" * 32)
    other = seal_alike(content, public_half(recipient * 32), secret * 32)
    assert first[:32] != other[:32]
