"""A second opinion: what was signed is checked once more by code that shares none of ours.

`openbadgeslib` has its own canonicaliser guard, context files and Ed25519 (by `cryptography`).
Only its proof check is asked, with the key supplied; its clock and its network are not.
"""

from __future__ import annotations

from dataclasses import dataclass

from jobtwin.credential.contexts import JsonObject


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the other library says, and why if it says no."""

    ok: bool
    reason: str = ""


def confirm_with_openbadgeslib(signed_document: JsonObject, public_key: bytes) -> Confirmation:
    """Say whether openbadgeslib accepts the document's proof with this 32-byte Ed25519 key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3.clr import bundled_clr_contexts
    from openbadgeslib.ob3.ldp import verify_data_integrity_proof

    key = Ed25519PublicKey.from_public_bytes(public_key)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        # Its own copy of the CLR context is not among those that it knows by itself.
        verify_data_integrity_proof(signed_document, pem, extra_contexts=bundled_clr_contexts())
    except LibOpenBadgesException as error:
        return Confirmation(False, f"{type(error).__name__}: {error}")
    return Confirmation(True)


def confirm_with_cryptography(token: bytes, public_key: bytes) -> Confirmation:
    """Say whether the signature of a compact JWT holds with this key, for `cryptography`."""
    import base64
    import binascii

    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    signed, _, signature = token.rpartition(b".")
    try:
        raw = base64.urlsafe_b64decode(signature + b"=" * (-len(signature) % 4))
        Ed25519PublicKey.from_public_bytes(public_key).verify(raw, signed)
    except (InvalidSignature, ValueError, binascii.Error) as error:
        return Confirmation(False, f"{type(error).__name__}: {error}")
    return Confirmation(True)
