"""Sealed boxes: anybody can close one, and only the holder of a secret can open it (libsodium).

A box is anonymous and says nothing of its content but the length. Closing the same content twice
gives different bytes, but for `seal_alike`.
"""

from __future__ import annotations

import hashlib
import hmac

_ALIKE = b"jobtwin-sealed-alike@v1"


def public_half(secret: bytes) -> bytes:
    """Return the X25519 public key, 32 bytes, that belongs to a secret of 32 bytes."""
    from nacl.public import PrivateKey

    return bytes(PrivateKey(secret).public_key)


def seal(content: bytes, public_key: bytes) -> bytes:
    """Return a box that only the holder of the secret behind `public_key` can open."""
    from nacl.public import PublicKey, SealedBox

    return SealedBox(PublicKey(public_key)).encrypt(content)


def seal_alike(content: bytes, public_key: bytes, secret: bytes) -> bytes:
    """Return a box like `seal`'s that has the same bytes each time.

    What is archived before its record must not differ when an act is asked again. The one-time key
    comes from `secret`, which nobody may have who should not read the content, and from the
    content itself, so that two contents never share one.
    """
    from nacl.public import Box, PrivateKey, PublicKey

    parts = (_ALIKE, public_key, hashlib.sha256(content).digest())
    once = PrivateKey(hmac.digest(secret, b"".join(parts), "sha256"))
    mine = bytes(once.public_key)
    # As libsodium's crypto_box_seal draws it, so that `unseal` opens it like any other.
    nonce = hashlib.blake2b(mine + public_key, digest_size=Box.NONCE_SIZE).digest()
    return mine + Box(once, PublicKey(public_key)).encrypt(content, nonce).ciphertext


def unseal(box: bytes, secret: bytes) -> bytes:
    """Return what a box holds; raises ValueError when this secret does not open it."""
    from nacl.exceptions import CryptoError
    from nacl.public import PrivateKey, SealedBox

    try:
        return SealedBox(PrivateKey(secret)).decrypt(box)
    except (CryptoError, TypeError) as error:
        raise ValueError("the box was closed to another key, or changed since") from error


def public_of_ed25519(public_key: bytes) -> bytes:
    """Return the X25519 public key behind an Ed25519 one, such as an SSH key's; 32 bytes each.

    Raises ValueError when it is no point that an honest key could be (libsodium checks it).
    """
    from nacl.bindings import crypto_sign_ed25519_pk_to_curve25519
    from nacl.exceptions import CryptoError

    try:
        return crypto_sign_ed25519_pk_to_curve25519(public_key)
    except (CryptoError, TypeError) as error:
        raise ValueError("this is not an Ed25519 public key") from error


def secret_of_ed25519(seed: bytes) -> bytes:
    """Return the X25519 secret behind an Ed25519 seed; it opens what its public half was given."""
    from nacl.bindings import crypto_sign_ed25519_sk_to_curve25519, crypto_sign_seed_keypair

    _, secret = crypto_sign_seed_keypair(seed)
    return crypto_sign_ed25519_sk_to_curve25519(secret)
