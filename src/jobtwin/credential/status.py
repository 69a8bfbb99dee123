"""BitstringStatusList: made, read, and indexes that do not tell who is who.

Bitstring Status List 1.0: bit 0 is the most significant bit of byte 0; the list is gzipped and
written as multibase base64url. That the list is signed by the right key is checked in `verify`.
"""

from __future__ import annotations

import hmac
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from jobtwin.credential.contexts import VC, JsonObject
from jobtwin.credential.keys import base64url_decode, base64url_encode, timestamp
from jobtwin.errors import Refused
from jobtwin.findings import Code

LIST_FORM = Code(
    "VC-040",
    "a status list that cannot be read",
    why="If the list is unreadable, nobody can tell whether the credential was revoked.",
    fix="Fetch the list again; if it stays broken, tell the issuer.",
)
LIST_SIZE = Code(
    "VC-041",
    "a status list of the wrong size",
    why="A short list gives away who is on it; an enormous one is an attack on the reader.",
    fix="A list has at least 131,072 entries and, decompressed, at most 2 MiB.",
)
LIST_INDEX = Code(
    "VC-042",
    "an index that is not on the list",
    why="A credential that points beyond the list can never be revoked.",
    fix="The index is a decimal text below the length of the list.",
)

MIN_ENTRIES = 131_072
"""16 KiB of bits: the smallest list among which one holder is hidden (§3.2)."""
MAX_DECOMPRESSED = 2 * 1024 * 1024

_GZIP_HEADER = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])
"""No name, no time, unknown system: nothing that differs from machine to machine."""
_ROUNDS = 10
_DOMAIN = b"jobtwin status index 1"


def index_at(secret: bytes, n: int, size: int = MIN_ENTRIES) -> int:
    """Return the index of the `n`-th credential: a permutation of range(size) keyed by `secret`.

    Neighbours in time are strangers on the list, and no index comes twice. Ten Feistel rounds of
    HMAC-SHA256, walked until the result lies below `size`. Raises `ValueError` beyond the list or
    with a secret under 16 bytes.
    """
    if len(secret) < 16:
        raise ValueError("the secret of the index permutation has at least 16 bytes")
    if not 0 <= n < size:
        raise ValueError(f"{n} is not in a list of {size}")
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    value = n
    while True:
        value = _feistel(secret, value, half, size)
        if value < size:
            return value


def encode_list(indexes: Iterable[int], size: int = MIN_ENTRIES) -> str:
    """Return the `encodedList` in which exactly `indexes` are set, or raise `ValueError`."""
    if size < MIN_ENTRIES or size % 8:
        raise ValueError(f"a list has at least {MIN_ENTRIES} entries, in whole bytes")
    bits = bytearray(size // 8)
    for index in indexes:
        if not 0 <= index < size:
            raise ValueError(f"{index} is not in a list of {size}")
        bits[index >> 3] |= 0x80 >> (index & 7)
    return "u" + base64url_encode(_gzip(bytes(bits)))


def decode_list(encoded: Any) -> bytes:
    """Return the bits of an `encodedList`, or raise `Refused`; never more than 2 MiB in memory."""
    if not isinstance(encoded, str) or not encoded.startswith("u"):
        raise Refused([LIST_FORM.at("encodedList is not base64url multibase text")])
    try:
        unpacked = zlib.decompressobj(wbits=31)
        bits = unpacked.decompress(base64url_decode(encoded[1:]), MAX_DECOMPRESSED + 1)
    except (ValueError, zlib.error) as error:
        raise Refused([LIST_FORM.at(f"encodedList: {error}")]) from error
    if len(bits) > MAX_DECOMPRESSED:
        raise Refused([LIST_SIZE.at(f"more than {MAX_DECOMPRESSED} bytes when decompressed")])
    if not unpacked.eof or unpacked.unused_data:
        raise Refused([LIST_FORM.at("encodedList is cut off, or something follows it")])
    if len(bits) * 8 < MIN_ENTRIES:
        raise Refused([LIST_SIZE.at(f"{len(bits) * 8} entries, fewer than {MIN_ENTRIES}")])
    return bits


def is_set(bits: bytes, index: int) -> bool:
    """Say whether the bit at `index` is set, or raise `Refused` if there is no such bit."""
    if not 0 <= index < len(bits) * 8:
        raise Refused([LIST_INDEX.at(f"index {index} on a list of {len(bits) * 8}")])
    return bool(bits[index >> 3] & (0x80 >> (index & 7)))


def status_entry(list_url: str, index: int, purpose: str = "revocation") -> JsonObject:
    """Return the `credentialStatus` of the credential at `index`: an object, never a list."""
    return {
        "id": f"{list_url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def status_list_credential(
    list_url: str,
    issuer: str,
    revoked_indexes: Iterable[int],
    valid_from: datetime,
    size: int = MIN_ENTRIES,
) -> JsonObject:
    """Return the unsigned list that stands at `list_url`.

    It has no `validUntil`: its age is judged by whoever reads it, so that credentials do not die
    with their issuer.
    """
    return {
        "@context": [VC],
        "id": list_url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": timestamp(valid_from),
        "credentialSubject": {
            "id": f"{list_url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode_list(revoked_indexes, size),
        },
    }


def _feistel(secret: bytes, value: int, half: int, size: int) -> int:
    """Return the image of `value` under a permutation of the 2·`half`-bit numbers."""
    mask = (1 << half) - 1
    left, right = value >> half, value & mask
    for number in range(_ROUNDS):
        message = b"%b|%d|%d|%d" % (_DOMAIN, size, number, right)
        digest = hmac.digest(secret, message, "sha256")
        left, right = right, left ^ (int.from_bytes(digest[:8], "big") & mask)
    return left << half | right


def _gzip(content: bytes) -> bytes:
    """Return gzip bytes that hold no time and no machine (level 6; RFC 1952)."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(content) + packer.flush()
    tail = zlib.crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little")
    return _GZIP_HEADER + packed + tail
