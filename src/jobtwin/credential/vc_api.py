"""The VC API's issue and verify, as the W3C's conformance suites call them; for tests only.

https://w3c-ccg.github.io/vc-api/. Any context that is written inline or handed in is accepted here,
which the product never does, and the only DIDs are did:key. Nothing is fetched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobtwin.credential import data_model, did
from jobtwin.credential.canonical import check_terms, check_text, refuse
from jobtwin.credential.contexts import Contexts, JsonObject, pinned_bytes
from jobtwin.credential.jsonbytes import jcs, parse_object
from jobtwin.credential.keys import Signer
from jobtwin.credential.proof import PURPOSE, Proof, sign
from jobtwin.credential.proof_set import check_proofs, read_proofs
from jobtwin.credential.shape import issuer_id
from jobtwin.credential.status import MIN_ENTRIES, status_entry, status_list_credential
from jobtwin.errors import Refused
from jobtwin.findings import Code, Finding

NO_REQUEST = Code(
    "VC-080",
    "not a request of the VC API",
    why="The suites send one JSON object with `credential` or `verifiableCredential`.",
    fix="See https://w3c-ccg.github.io/vc-api/.",
)
WRONG_SIGNER = Code(
    "VC-081",
    "the proof is by somebody else",
    why="A credential is its issuer's, a presentation its holder's.",
    fix="Sign with the key of the issuer or holder, for the purpose, domain and challenge asked.",
)
LIST = "/status/1"
AUTHENTICATION = "authentication"
VC_1 = "https://www.w3.org/2018/credentials/v1"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
"""Some suites sign credentials of the older data model; then only the proof is judged."""


@dataclass(frozen=True, slots=True)
class Service:
    """Who issues here, at which moment, and which contexts are known besides the pinned ones."""

    signer: Signer
    now: datetime
    contexts: Contexts
    base: str = ""
    """Where the service answers; with it each credential gets an entry in a status list."""

    @property
    def issuer(self) -> str:
        """The DID of the key."""
        return did.controller_of(self.signer.key_id)


Answer = tuple[int, JsonObject]


def respond(service: Service, path: str, body: bytes) -> Answer:
    """Return status and JSON object for a request; 400 with every reason for what is refused."""
    acts: Mapping[str, Callable[[Service, JsonObject], Answer]] = {
        "/credentials/issue": _issue,
        "/credentials/verify": _verify,
        "/presentations/verify": _verify_presentation,
    }
    if path not in acts:
        return 404, _problem([NO_REQUEST.at(f"there is no {path[:100]}")])
    try:
        return acts[path](service, parse_object(body))
    except Refused as refused:
        return 400, _problem(refused.findings)


def listed(service: Service, path: str) -> Answer:
    """Return the status list that stands at a path: nothing in it is revoked."""
    if path != LIST:
        return 404, _problem([NO_REQUEST.at(f"there is no {path[:100]}")])
    unsigned = status_list_credential(f"{service.base}{LIST}", service.issuer, (), service.now)
    signed = sign(unsigned, service.signer, service.now)
    return 200, signed | {"proof": signed["proof"][0]}


def _issue(service: Service, request: JsonObject) -> Answer:
    credential = _object(request, "credential")
    refuse(_model(credential))
    issuer = credential.get("issuer")
    own = {**issuer, "id": service.issuer} if isinstance(issuer, dict) else service.issuer
    unsigned = {key: value for key, value in credential.items() if key != "proof"}
    if _listed(unsigned.get("@context"))[:1] == [VC_1]:
        unsigned["@context"] = [*unsigned["@context"], DATA_INTEGRITY]
    elif service.base and "credentialStatus" not in unsigned:
        index = int.from_bytes(hashlib.sha256(jcs(unsigned)).digest()[:4]) % MIN_ENTRIES
        unsigned["credentialStatus"] = status_entry(f"{service.base}{LIST}", index)
    signed = sign(unsigned | {"issuer": own}, service.signer, service.now, _using(service))
    return 201, {"verifiableCredential": signed | {"proof": signed["proof"][0]}}


def _verify(service: Service, request: JsonObject) -> Answer:
    credential = _object(request, "verifiableCredential")
    refuse(_judge_credential(service, credential))
    return 200, {"verified": True, "checks": ["proof"], "warnings": [], "errors": []}


def _verify_presentation(service: Service, request: JsonObject) -> Answer:
    presentation = _object(request, "verifiablePresentation")
    options = request.get("options", {})
    refuse(data_model.check_presentation(presentation))
    members = read_proofs(presentation, AUTHENTICATION)
    for member in members:
        for name in ("domain", "challenge"):
            if options.get(name) not in (None, member.proof.options.get(name)):
                raise Refused([WRONG_SIGNER.at(f"another {name}", f"{member.place}.{name}")])
    refuse(check_proofs(presentation, members, _key_of, _using(service)))
    for item in _listed(presentation.get("verifiableCredential")):
        if data_model.ENVELOPED not in _listed(item.get("type")):
            refuse(_judge_credential(service, item))
    return 200, {"verified": True, "checks": ["proof"], "warnings": [], "errors": []}


def _judge_credential(service: Service, credential: JsonObject) -> Iterable[Finding]:
    yield from _model(credential)
    members = read_proofs(credential, PURPOSE)
    by = {did.controller_of(member.proof.verification_method) for member in members}
    if issuer_id(credential) not in by:
        yield WRONG_SIGNER.at("no proof is by the issuer", "$.proof")
    for member in members:
        if member.proof.expires and member.proof.expires < service.now:
            yield WRONG_SIGNER.at("the proof has expired", f"{member.place}.expires")
    yield from check_proofs(credential, members, _key_of, _using(service))


def _model(credential: JsonObject) -> Iterable[Finding]:
    if _listed(credential.get("@context"))[:1] == [VC_1]:
        return data_model.check_claims(credential)
    return data_model.check_credential(credential, pinned_bytes())


def _key_of(proof: Proof) -> bytes:
    return did.did_key_bytes(proof.verification_method)


def _using(service: Service) -> Callable[[JsonObject], bytes]:
    """Return a canonicaliser that takes inline contexts too; it drops nothing, as ours does not."""

    def canonicalise(document: JsonObject) -> bytes:
        from jobtwin.credential import rdf

        refuse(check_text(document))
        processor = rdf.SafeProcessor()
        try:
            quads = rdf.to_quads(document, processor, service.contexts)
            refuse(check_terms(document, processor, service.contexts))
            return rdf.canonicalise_quads(quads)
        except ValueError as error:
            raise Refused([NO_REQUEST.at(f"no canonical form: {error}")]) from error

    return canonicalise


def _object(request: JsonObject, name: str) -> JsonObject:
    found = request.get(name)
    if not isinstance(found, dict):
        raise Refused([NO_REQUEST.at(f"{name} is not an object", f"$.{name}")])
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _problem(findings: Iterable[Finding]) -> JsonObject:
    errors = [str(finding) for finding in findings]
    return {"verified": False, "errors": errors, "checks": [], "warnings": []}
