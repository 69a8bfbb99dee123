"""Ed25519 public keys as Multikey text (`z6Mk…`), CID 1.0 §2.2.2."""

from __future__ import annotations

import base58

_ED25519_PUBLIC = b"\xed\x01"


def encode(public_key: bytes) -> str:
    """Return a 32-byte public key as Multikey text."""
    if len(public_key) != 32:
        raise ValueError("an Ed25519 public key has 32 bytes")
    return "z" + str(base58.b58encode(_ED25519_PUBLIC + public_key), "ascii")


def decode(text: str) -> bytes:
    """Return the 32 bytes; raises ValueError for anything but a canonical Ed25519 Multikey."""
    raw = bytes(base58.b58decode(text[1:])) if text[:1] == "z" else b""
    if len(raw) != 34 or not raw.startswith(_ED25519_PUBLIC) or encode(raw[2:]) != text:
        raise ValueError("not an Ed25519 Multikey")
    return raw[2:]
