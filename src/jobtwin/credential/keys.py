"""Ed25519 keys in the forms that verifiers read, and the signer that an act is handed.

One key appears as a Multikey (`z6Mk…`, for Data Integrity) and as a JWK (for JWTs, `kid` = RFC 7638
thumbprint). `jwks` and `did_document` are made from the same list and hold the same keys.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from jobtwin import multikey
from jobtwin.credential.jsonbytes import parse_object, to_bytes
from jobtwin.errors import Refused
from jobtwin.findings import Code, Finding

if TYPE_CHECKING:
    from nacl.signing import SigningKey

KEY_FORM = Code(
    "VC-030",
    "not an Ed25519 public key",
    why="Only Ed25519 keys sign with eddsa-rdfc-2022.",
    fix="Give 32 bytes as Multikey (z6Mk…) or as a JWK with kty OKP and crv Ed25519.",
)
KEYS_DIFFER = Code(
    "VC-031",
    "did.json and jwks.json hold different keys",
    why="Some verifiers read one, some the other: a key in only one of them is either missing or "
    "smuggled in.",
    fix="Publish both files from the same list of keys.",
)

DID_CONTEXTS = (
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/jwk/v1",
)


class Signer(Protocol):
    """Whoever can sign as one key; where the private half lives is his affair."""

    @property
    def key_id(self) -> str:
        """The verificationMethod id, or the id of an act's key."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public half."""

    def sign(self, payload: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of `payload` (RFC 8032, deterministic)."""


@dataclass(frozen=True, slots=True)
class SeedSigner:
    """A signer that holds the 32-byte seed in memory."""

    key_id: str
    seed: bytes = field(repr=False)
    _derived: list[SigningKey] = field(default_factory=list, init=False, repr=False, compare=False)
    """The key, once it was asked for: deriving it takes as long as signing."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public half."""
        return bytes(self._key().verify_key)

    def sign(self, payload: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of `payload`."""
        return self._key().sign(payload).signature

    def _key(self) -> SigningKey:
        from nacl.signing import SigningKey

        if not self._derived:
            self._derived.append(SigningKey(self.seed))
        return self._derived[0]


def is_signature(public_key: bytes, payload: bytes, signature: bytes) -> bool:
    """Say whether `signature` is the key's own over `payload`; never raises."""
    from nacl.bindings import crypto_sign_open
    from nacl.exceptions import CryptoError

    # The binding does not look at lengths itself.
    if len(public_key) != 32 or len(signature) != 64:
        return False
    try:
        crypto_sign_open(signature + payload, public_key)
    except (CryptoError, ValueError, TypeError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key of the issuer, with its dates (UTC)."""

    fragment: str
    """`key-2026-1`: the name after `#` in the DID document."""
    public_key: bytes
    created: datetime
    retired_at: datetime | None = None
    """Signs nothing new from then on; what it signed stays valid."""
    compromised_at: datetime | None = None
    """Somebody else may sign with it: it is withdrawn, and everything it signed with it."""


def base64url_encode(content: bytes) -> str:
    """Return base64url text without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def base64url_decode(text: str) -> bytes:
    """Return the bytes of unpadded base64url text; raises `ValueError` on anything else."""
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    if base64url_encode(content) != text:
        raise ValueError("not the canonical base64url form")
    return content


def to_multikey(public_key: bytes) -> str:
    """Return the key as `z6Mk…`, or raise `Refused`."""
    return multikey.encode(_require_length(public_key))


def from_multikey(text: Any) -> bytes:
    """Return the 32 bytes of `z6Mk…`, or raise `Refused`."""
    try:
        return multikey.decode(text if isinstance(text, str) else "")
    except ValueError as error:
        raise Refused([KEY_FORM.at(f"not an Ed25519 Multikey: {error}")]) from error


def thumbprint(public_key: bytes) -> str:
    """Return the JWK's thumbprint (RFC 7638 with SHA-256, members of RFC 8037)."""
    text = f'{{"crv":"Ed25519","kty":"OKP","x":"{base64url_encode(public_key)}"}}'
    return base64url_encode(hashlib.sha256(text.encode("ascii")).digest())


def to_jwk(public_key: bytes) -> dict[str, str]:
    """Return the key as a public JWK (RFC 8037) whose `kid` is its thumbprint."""
    _require_length(public_key)
    x = base64url_encode(public_key)
    kid = thumbprint(public_key)
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": "EdDSA", "use": "sig"}


def from_jwk(jwk: Any) -> bytes:
    """Return the 32 bytes of a public Ed25519 JWK, or raise `Refused`."""
    try:
        if not isinstance(jwk, dict) or (jwk.get("kty"), jwk.get("crv")) != ("OKP", "Ed25519"):
            raise ValueError("kty and crv are not OKP and Ed25519")
        if "d" in jwk:
            raise ValueError("it holds the private key; treat that key as compromised")
        return _require_length(base64url_decode(str(jwk.get("x"))))
    except ValueError as error:
        raise Refused([KEY_FORM.at(f"not an Ed25519 JWK: {error}")]) from error


def timestamp(moment: datetime) -> str:
    """Return a moment as VC 2.0 writes it: UTC, whole seconds, `Z`."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def jwks(keys: Sequence[IssuerKey]) -> bytes:
    """Return `jwks.json`: every key but the compromised, the current one first, with its dates."""
    return to_bytes({"keys": [to_jwk(key.public_key) | _dates(key) for key in _published(keys)]})


def did_document(did: str, keys: Sequence[IssuerKey]) -> bytes:
    """Return `did.json` for `did`: the keys of `jwks(keys)`, each as Multikey and as JsonWebKey.

    Every method is also named in `assertionMethod` as a plain string: verifiers miss embedded
    ones. A retired key stays, and carries `expires` for information.
    """
    published = _published(keys)
    methods = [_multikey_method(did, key) for key in published]
    methods += [_jwk_method(did, key) for key in published]
    document = {
        "@context": list(DID_CONTEXTS),
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }
    return to_bytes(document)


@lru_cache(maxsize=8)
def compare_keys(jwks_bytes: bytes, did_bytes: bytes) -> tuple[Finding, ...]:
    """Say in which keys `jwks.json` and `did.json` differ; none if they hold the same.

    Raises `Refused` if one of them is unreadable. Keys of other types are not looked at.
    """
    in_jwks = set(_jwks_keys(parse_object(jwks_bytes)))
    in_did = set(_did_keys(parse_object(did_bytes)))
    only_jwks = [f"{to_multikey(key)} stands only in jwks.json" for key in in_jwks - in_did]
    only_did = [f"{to_multikey(key)} stands only in did.json" for key in in_did - in_jwks]
    return tuple(KEYS_DIFFER.at(message) for message in sorted(only_jwks + only_did))


def method_key(method: Any) -> bytes:
    """Return the 32 bytes of a verification method (Multikey or JsonWebKey), or raise `Refused`."""
    if isinstance(method, dict) and method.get("type") == "Multikey":
        return from_multikey(method.get("publicKeyMultibase"))
    if isinstance(method, dict) and method.get("type") == "JsonWebKey":
        return from_jwk(method.get("publicKeyJwk"))
    raise Refused([KEY_FORM.at("the verification method is neither Multikey nor JsonWebKey")])


def _require_length(public_key: bytes) -> bytes:
    if len(public_key) != 32:
        raise Refused([KEY_FORM.at(f"{len(public_key)} bytes instead of 32")])
    return public_key


def _published(keys: Sequence[IssuerKey]) -> list[IssuerKey]:
    """Return the keys that are published: current before retired, newest first.

    First, because there are wallets that try no other method than the first.
    """
    kept = [key for key in keys if key.compromised_at is None]
    kept.sort(key=lambda key: (key.created, key.fragment), reverse=True)
    return sorted(kept, key=lambda key: key.retired_at is not None)


def _dates(key: IssuerKey) -> dict[str, str]:
    dates = {"created": timestamp(key.created)}
    return dates | ({"retired": timestamp(key.retired_at)} if key.retired_at else {})


def _multikey_method(did: str, key: IssuerKey) -> dict[str, str]:
    method = {
        "id": f"{did}#{key.fragment}",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": to_multikey(key.public_key),
    }
    return method | ({"expires": timestamp(key.retired_at)} if key.retired_at else {})


def _jwk_method(did: str, key: IssuerKey) -> dict[str, Any]:
    jwk = to_jwk(key.public_key)
    return {
        "id": f"{did}#{jwk['kid']}",
        "type": "JsonWebKey",
        "controller": did,
        "publicKeyJwk": jwk,
    }


def _jwks_keys(document: dict[str, Any]) -> Iterator[bytes]:
    entries = document.get("keys")
    for jwk in entries if isinstance(entries, list) else []:
        if isinstance(jwk, dict) and jwk.get("crv") == "Ed25519":
            yield from_jwk(jwk)


def _did_keys(document: dict[str, Any]) -> Iterator[bytes]:
    """Yield the Ed25519 keys that the document both describes and lets assert."""
    methods, asserting = document.get("verificationMethod"), document.get("assertionMethod")
    if not isinstance(methods, list) or not isinstance(asserting, list):
        return
    names = {name for name in asserting if isinstance(name, str)}
    for method in methods:
        ours = isinstance(method, dict) and method.get("type") in ("Multikey", "JsonWebKey")
        if ours and isinstance(method.get("id"), str) and method["id"] in names:
            yield method_key(method)
