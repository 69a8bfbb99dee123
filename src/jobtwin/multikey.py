"""base58btc text, and Ed25519 public keys as Multikey (`z6Mk…`, CID 1.0 §2.2.2)."""

from __future__ import annotations

from functools import lru_cache

import base58

_ED25519_PUBLIC = b"\xed\x01"
"""Ed25519 public key (0xed as varint), the two bytes before the key in a Multikey."""
_MAX_BASE58 = 200
_VALUES = bytes.maketrans(base58.BITCOIN_ALPHABET, bytes(range(58)))
_LANES = 256
"""Digits that are read together: a power of two, and at least `_MAX_BASE58`."""
_MASKS = [
    (width, int.from_bytes((bytes(width) + b"\xff" * width) * (_LANES // width // 2), "big"))
    for width in (1, 2, 4, 8, 16, 32, 64, 128)
]
"""Widths in bytes, each with every second lane of that width set."""


def base58_encode(content: bytes) -> str:
    """Return base58btc text; leading zero bytes become `1`."""
    return str(base58.b58encode(content), "ascii")


@lru_cache(maxsize=8)
def base58_decode(text: str) -> bytes:
    """Return the bytes of base58btc text; raises `ValueError` for anything else."""
    if len(text) > _MAX_BASE58:
        raise ValueError("too long")
    try:
        digits = text.encode("ascii")
    except UnicodeEncodeError as error:
        raise ValueError("not base58 text") from error
    if digits.translate(None, base58.BITCOIN_ALPHABET):
        raise ValueError("not base58 text")
    # Neighbours are put together, then pairs, then fours: eight steps over all digits at once.
    number, base = int.from_bytes(digits.translate(_VALUES), "big"), 58
    for width, mask in _MASKS:
        number = (number & mask) + (number >> 8 * width & mask) * base
        base *= base
    zeros = len(text) - len(text.lstrip("1"))
    content = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes(zeros) + content


def encode(public_key: bytes) -> str:
    """Return a 32-byte public key as Multikey text."""
    if len(public_key) != 32:
        raise ValueError("an Ed25519 public key has 32 bytes")
    return "z" + base58_encode(_ED25519_PUBLIC + public_key)


def decode(text: str) -> bytes:
    """Return the 32 bytes; raises `ValueError` for anything but an Ed25519 Multikey."""
    if not text.startswith("z"):
        raise ValueError("not base58btc multibase text")
    raw = base58_decode(text[1:])
    if not raw.startswith(_ED25519_PUBLIC):
        raise ValueError("the prefix is not that of an Ed25519 public key")
    if len(raw) != 34:
        raise ValueError("an Ed25519 public key has 32 bytes")
    return raw[2:]
