"""A credential as a compact JWT, the other form that Open Badges 3.0 knows (§8.2).

The payload is the credential itself, without a proof, beside the registered claims that repeat
parts of it. `kid` names a bare JWK. The specification asks for RS256 at least and permits others:
EdDSA is accepted by general JOSE software, and refused by 1EdTech's own validator.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.credential import shape
from jobtwin.credential.did import moment
from jobtwin.credential.jsonbytes import jcs, parse_object
from jobtwin.credential.keys import base64url_decode, base64url_encode, is_signature
from jobtwin.errors import Refused
from jobtwin.findings import Code, Finding

if TYPE_CHECKING:
    from jobtwin.credential.keys import Signer

JWT_FORM = Code(
    "VC-071",
    "not a credential in JWT form that is read here",
    why="What a header may ask for has undone many a JWT verifier: little is allowed.",
    fix="Three base64url parts; header with alg EdDSA, typ JWT and a kid or a jwk, nothing else.",
)
JWT_CLAIM = Code(
    "VC-072",
    "a claim of the JWT contradicts the credential in it",
    why="Software that reads only claims would see another credential than a person does.",
    fix="iss, jti, sub, nbf and exp repeat issuer, id, credentialSubject.id and the dates.",
)
_HEADER = {"alg", "typ", "kid", "jwk"}
CLAIMS = ("iss", "jti", "sub", "nbf", "iat", "exp")


@dataclass(frozen=True, slots=True)
class Token:
    """A JWT that is well formed; whether its signature holds is not said yet."""

    kid: str
    """Where the key stands; nothing where the header holds the key itself."""
    jwk: dict[str, Any]
    """The key that the header holds; empty where it names one. It proves nothing by itself."""
    document: dict[str, Any]
    """The credential, without the registered claims."""
    signed: bytes
    """What the signature is over."""
    signature: bytes


def is_jwt(content: bytes) -> bool:
    """Say whether a file looks like a compact JWT rather than JSON or a picture."""
    return content.startswith(b"eyJ") and content.count(b".") == 2


def to_jwt(document: dict[str, Any], signer: Signer, kid: str) -> bytes:
    """Return the credential as a compact JWT; the same credential gives the same bytes.

    `document` has no proof; `kid` is the https URL of the signer's bare JWK.
    """
    signed = signing_input(document, kid)
    return signed + b"." + base64url_encode(signer.sign(signed)).encode("ascii")


def signing_input(document: dict[str, Any], kid: str) -> bytes:
    """Return what the signature of a credential's JWT is over: its first two parts."""
    header = {"alg": "EdDSA", "kid": kid, "typ": "JWT"}
    parts = (jcs(header), jcs(document | dict(_claims(document))))
    return ".".join(base64url_encode(part) for part in parts).encode("ascii")


def is_jwt_of(content: bytes, document: dict[str, Any], kid: str, public_key: bytes) -> bool:
    """Say whether `content` is, byte for byte, what `to_jwt` gives with the key; never raises."""
    signed, _, signature = content.rpartition(b".")
    try:
        raw = base64url_decode(signature.decode("ascii"))
    except ValueError:
        return False
    return signed == signing_input(document, kid) and is_signature(public_key, signed, raw)


def read_jwt(content: bytes) -> Token:
    """Return the parts of a JWT; raises `Refused` with every reason not to go on."""
    head, payload, signature = _parts(content)
    header, claims = parse_object(head), parse_object(payload)
    document = {name: value for name, value in claims.items() if name not in CLAIMS}
    if findings := [*_check_header(header), *_check_claims(claims, document)]:
        raise Refused(findings)
    signed = content.strip().rpartition(b".")[0]
    return Token(header.get("kid", ""), header.get("jwk", {}), document, signed, signature)


def _parts(content: bytes) -> tuple[bytes, bytes, bytes]:
    try:
        parts = [base64url_decode(part) for part in content.strip().decode("ascii").split(".")]
        head, payload, signature = parts
    except ValueError as error:
        raise Refused([JWT_FORM.at(f"not three canonical base64url parts: {error}")]) from error
    return head, payload, signature


def _check_header(header: dict[str, Any]) -> Iterator[Finding]:
    if header.get("alg") != "EdDSA":
        yield JWT_FORM.at(f"alg is {str(header.get('alg'))[:40]!r}", "header.alg")
    if header.get("typ", "JWT") != "JWT":
        yield JWT_FORM.at(f"typ is {str(header.get('typ'))[:40]!r}", "header.typ")
    if not isinstance(header.get("kid", ""), str) or not isinstance(header.get("jwk", {}), dict):
        yield JWT_FORM.at("kid is a text, jwk an object", "header")
    elif ("kid" in header) == ("jwk" in header):
        yield JWT_FORM.at("it names its key either by kid or by jwk", "header.kid")
    elif "d" in header.get("jwk", {}):
        yield JWT_FORM.at("jwk holds a private key: whoever reads it can sign", "header.jwk.d")
    for name in sorted(header.keys() - _HEADER):
        yield JWT_FORM.at(f"{name[:40]!r} is not read here", f"header.{name[:40]}")


def _check_claims(claims: dict[str, Any], document: dict[str, Any]) -> Iterator[Finding]:
    expected = dict(_claims(document))
    for name in sorted({"iss", "jti", "nbf", *expected}):
        if name not in claims or claims[name] != expected.get(name):
            yield JWT_CLAIM.at(f"{name} is not what the credential says", f"payload.{name}")
    if "exp" in claims and "exp" not in expected:
        yield JWT_CLAIM.at("exp stands there without a validUntil", "payload.exp")


def _claims(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the registered claims that follow from a credential, as far as it has them."""
    subject = document.get("credentialSubject")
    texts = {
        "iss": shape.issuer_id(document),
        "jti": document.get("id"),
        "sub": subject.get("id") if isinstance(subject, dict) else None,
    }
    yield from ((name, value) for name, value in texts.items() if isinstance(value, str))
    for name, member in (("nbf", "validFrom"), ("exp", "validUntil")):
        if (at := moment(document.get(member))) is not None:
            yield name, int(at.timestamp())
