"""A credential in its signed forms, and the record before it; verified twice before it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from jobtwin import keys
from jobtwin.credential.achievement import jwk_url
from jobtwin.credential.canonical import refuse
from jobtwin.credential.independent import confirm_with_cryptography, confirm_with_openbadgeslib
from jobtwin.credential.jsonbytes import jcs, parse_object, to_bytes
from jobtwin.credential.jwt import is_jwt_of, to_jwt
from jobtwin.credential.proof import sign as sign_document
from jobtwin.credential.proof import verify_proof
from jobtwin.credential.text import check_signable
from jobtwin.errors import EngineError
from jobtwin.records.credential import Issued, IssuedTrack
from jobtwin.rules.ledger import digest, sign

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jobtwin.credential.contexts import JsonObject
    from jobtwin.credential.keys import Signer
    from jobtwin.records.organisation import Issuer

I = TypeVar("I", Issued, IssuedTrack)  # noqa: E741 - the two kinds of `issued`


@dataclass(frozen=True, slots=True)
class Signed(Generic[I]):
    """A record and the forms of the credential that it precedes."""

    record: I
    json: bytes
    jwt: bytes


def signed(
    blank: I, unsigned: Callable[[I], JsonObject], issuer: Issuer, signer: Signer
) -> Signed[I]:
    """Return a credential in its forms, now that it is known who signs; `signer` names the key.

    `unsigned` makes the document of a record. Raises `EngineError` when a form does not verify,
    and `Refused` for a text that must not be signed.
    """
    plain, kid = signer.key_id.rsplit("#", 1)[-1], jwk_url(issuer, signer.public_key)
    named = blank.model_copy(
        update={"key": plain, "verification_method": signer.key_id, "jwt_key": kid}
    )
    document = unsigned(named)
    refuse(check_signable(document))
    record = sign(
        named.model_copy(update={"digest": digest(jcs(document))}), keys.under(plain, signer)
    )
    token = to_jwt(document, signer, kid)
    _confirm_jwt(token, document, kid, signer.public_key)
    return Signed(record, signed_json(document, signer, named.at), token)


def signed_json(document: JsonObject, signer: Signer, at: datetime) -> bytes:
    """Return a document with its proof; raises `EngineError` when that does not verify."""
    content = to_bytes(sign_document(document, signer, at))
    _confirm(parse_object(content), signer.public_key)
    return content


def _confirm(read: dict[str, Any], public_key: bytes) -> None:
    if findings := verify_proof(read, public_key):
        raise EngineError(f"a fresh credential does not verify: {findings[0]}")
    second = confirm_with_openbadgeslib(read, public_key)
    if not second.ok:
        raise EngineError(f"an independent library refuses a fresh credential: {second.reason}")


def _confirm_jwt(token: bytes, document: JsonObject, kid: str, public_key: bytes) -> None:
    if not is_jwt_of(token, document, kid, public_key):
        raise EngineError("a fresh JWT does not verify, so nothing was kept")
    second = confirm_with_cryptography(token, public_key)
    if not second.ok:
        raise EngineError(f"an independent library refuses a fresh JWT: {second.reason}")
