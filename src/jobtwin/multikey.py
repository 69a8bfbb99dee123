"""base58btc text, and Ed25519 public keys as Multikey (`z6Mk…`, CID 1.0 §2.2.2)."""

from __future__ import annotations

from functools import lru_cache

import base58

_ED25519_PUBLIC = b"\xed\x01"
"""Ed25519 public key (0xed as varint), the two bytes before the key in a Multikey."""
_MAX_BASE58 = 200


def base58_encode(content: bytes) -> str:
    """Return base58btc text; leading zero bytes become `1`."""
    return str(base58.b58encode(content), "ascii")


@lru_cache(maxsize=8)
def base58_decode(text: str) -> bytes:
    """Return the bytes of base58btc text; raises `ValueError` for anything else."""
    if len(text) > _MAX_BASE58:
        raise ValueError("too long")
    # The library overlooks white space at the end; else each text stands for other bytes.
    if text != text.rstrip():
        raise ValueError("not the canonical base58 form")
    try:
        return bytes(base58.b58decode(text))
    except ValueError as error:
        raise ValueError("not base58 text") from error


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
