from __future__ import annotations

import gzip
import math
import tracemalloc
import zlib
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtwin.credential import status
from jobtwin.credential.canonical import canonicalise
from jobtwin.credential.keys import base64url_decode, base64url_encode
from jobtwin.errors import Refused

SECRET = b"a secret of the issuer, 32 bytes"


def multibase(content: bytes) -> str:
    return "u" + base64url_encode(content)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 600), st.binary(min_size=16, max_size=40))
def test_the_indexes_are_a_permutation_of_the_list(size: int, secret: bytes) -> None:
    indexes = {status.index_at(secret, n, size) for n in range(size)}
    assert indexes == set(range(size))


def test_no_index_of_a_whole_list_comes_twice() -> None:
    size = 4096
    assert sorted(status.index_at(SECRET, n, size) for n in range(size)) == list(range(size))


def test_the_permutation_is_fixed_for_ever() -> None:
    first = [status.index_at(SECRET, n) for n in range(4)]
    assert first == [58_946, 95_974, 15_278, 23_598]


def test_neighbours_are_not_neighbours_on_the_list() -> None:
    indexes = [status.index_at(SECRET, n) for n in range(500)]
    mean = sum(abs(a - b) for a, b in pairwise(indexes)) / (len(indexes) - 1)
    assert math.isclose(mean, status.MIN_ENTRIES / 3, rel_tol=0.15)


def test_another_secret_gives_other_indexes() -> None:
    other = [status.index_at(SECRET[::-1], n) for n in range(50)]
    assert other != [status.index_at(SECRET, n) for n in range(50)]


@pytest.mark.parametrize(("secret", "n"), [(b"short", 0), (SECRET, -1), (SECRET, 131_072)])
def test_a_short_secret_and_a_number_beyond_the_list_are_refused(secret: bytes, n: int) -> None:
    with pytest.raises(ValueError):
        status.index_at(secret, n)


@given(st.sets(st.integers(0, status.MIN_ENTRIES - 1), max_size=50))
def test_exactly_the_revoked_entries_are_set(indexes: set[int]) -> None:
    bits = status.decode_list(status.encode_list(indexes))
    assert sum(byte.bit_count() for byte in bits) == len(indexes)
    assert all(status.is_set(bits, index) for index in indexes)


def test_index_zero_is_the_most_significant_bit() -> None:
    assert status.decode_list(status.encode_list([0]))[0] == 0x80
    assert status.decode_list(status.encode_list([15]))[1] == 0x01


def test_the_packed_list_holds_no_time_and_no_machine() -> None:
    packed = base64url_decode(status.encode_list([7])[1:])
    assert packed[:10] == bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])
    assert gzip.decompress(packed)[0] == 0x01


@pytest.mark.parametrize(("index", "size"), [(131_072, 131_072), (-1, 131_072), (0, 1024)])
def test_an_entry_beyond_the_list_and_a_short_list_cannot_be_made(index: int, size: int) -> None:
    with pytest.raises(ValueError):
        status.encode_list([index], size)


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        (None, "VC-040"),
        ("", "VC-040"),
        ("zabc", "VC-040"),
        ("u!!!", "VC-040"),
        ("u", "VC-040"),
        (multibase(b"not gzip"), "VC-040"),
        (multibase(zlib.compress(bytes(16_384))), "VC-040"),
        (multibase(gzip.compress(bytes(16_384))[:-9]), "VC-040"),
        (multibase(gzip.compress(bytes(16_384)) + b"x"), "VC-040"),
        (multibase(gzip.compress(bytes(16_384))[:-8] + bytes(8)), "VC-040"),
        (multibase(gzip.compress(bytes(16_383))), "VC-041"),
        (multibase(gzip.compress(bytes(2**23), 9)), "VC-041"),
    ],
    ids=range(12),
)
def test_a_list_that_cannot_be_read_is_refused(encoded: Any, code: str) -> None:
    with pytest.raises(Refused, match=code):
        status.decode_list(encoded)


def test_a_gzip_bomb_is_never_unpacked() -> None:
    bomb = multibase(gzip.compress(bytes(2**25), 9))
    tracemalloc.start()
    try:
        with pytest.raises(Refused, match="VC-041"):
            status.decode_list(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * status.MAX_DECOMPRESSED


@pytest.mark.parametrize("index", [-1, 131_072])
def test_an_index_beyond_the_list_is_refused(index: int) -> None:
    with pytest.raises(Refused, match="VC-042"):
        status.is_set(bytes(16_384), index)


def test_the_list_credential_is_signable_and_never_ends() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    made = status.status_list_credential("https://x.example/1", "did:web:x.example", {5}, moment)
    assert "validUntil" not in made
    assert made["@context"] == ["https://www.w3.org/ns/credentials/v2"]
    assert b"BitstringStatusList>" in canonicalise(made)
