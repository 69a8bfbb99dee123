"""`DataIntegrityProof` with `eddsa-rdfc-2022` (vc-di-eddsa §3.2): made and checked.

Whose key it is, and whether the document says anything sensible, are other modules' questions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobtwin.credential.canonical import Canonicalise, is_iri
from jobtwin.credential.compiled import canonicalise
from jobtwin.credential.contexts import JsonObject
from jobtwin.credential.did import moment
from jobtwin.credential.keys import Signer, is_signature, timestamp
from jobtwin.errors import Refused
from jobtwin.findings import Code, Finding
from jobtwin.multikey import base58_decode, base58_encode

PROOF_FORM = Code(
    "VC-020",
    "no proof that could be checked",
    why="A credential is a text like any other until a proof says who signed it.",
    fix="The document carries one DataIntegrityProof under `proof`.",
)
PROOF_SUITE = Code(
    "VC-021",
    "a cryptosuite other than eddsa-rdfc-2022",
    why="The suite decides what is signed and how; an unknown one proves nothing here.",
    fix="Use a verifier that supports the suite, or ask for a credential with eddsa-rdfc-2022.",
)
PROOF_PURPOSE = Code(
    "VC-022",
    "a proof made for another purpose",
    why="A key that may log somebody in must not thereby be able to issue credentials.",
    fix="The proofPurpose of a credential is assertionMethod.",
)
PROOF_VALUE = Code(
    "VC-023",
    "a proof with a malformed member",
    why="What is not written as the specification says, different verifiers read differently.",
    fix="created is a date with a zone, verificationMethod a URL, proofValue 64 bytes in base58.",
)
FORGED = Code(
    "VC-024",
    "the signature does not fit the document",
    why="The document was altered after it was signed, or somebody else signed it.",
    fix="Trust nothing in it. Fetch the credential from the issuer's own address.",
)

SUITE = "eddsa-rdfc-2022"
PURPOSE = "assertionMethod"
MAX_PROOFS = 8


@dataclass(frozen=True, slots=True)
class Proof:
    """A well-formed proof, read from a document."""

    options: JsonObject
    """Every member but `proofValue`."""
    signature: bytes
    verification_method: str
    created: datetime
    expires: datetime | None = None


def unsigned(document: JsonObject) -> JsonObject:
    """Return the document without its proof."""
    return {key: value for key, value in document.items() if key != "proof"}


def hash_data(canonical: bytes, options: JsonObject, context: Any, using: Canonicalise) -> bytes:
    """Return the 64 bytes that are signed: SHA-256 of the proof options, then of the document.

    `canonical` is the unsigned document's form, `context` its `@context` (vc-di-eddsa §3.2.3–5).
    """
    return hash_forms(using({"@context": context, **options}), canonical)


def hash_forms(options: bytes, document: bytes) -> bytes:
    """Return the 64 bytes that are signed, of the two canonical forms (vc-di-eddsa §3.2.4)."""
    return hashlib.sha256(options).digest() + hashlib.sha256(document).digest()


def sign(
    document: JsonObject, signer: Signer, created: datetime, using: Canonicalise = canonicalise
) -> JsonObject:
    """Return `document` with a one-element `proof` array at its end; raises `Refused`.

    The same document, key and `created` give the same bytes, for ever and everywhere.
    """
    if "proof" in document:
        raise Refused([PROOF_FORM.at("the document already carries a proof", "$.proof")])
    options = {
        "type": "DataIntegrityProof",
        "created": timestamp(created),
        "verificationMethod": signer.key_id,
        "cryptosuite": SUITE,
        "proofPurpose": PURPOSE,
    }
    data = hash_data(using(document), options, document.get("@context"), using)
    value = "z" + base58_encode(signer.sign(data))
    return document | {"proof": [options | {"proofValue": value}]}


def verify_proof(
    document: JsonObject, public_key: bytes, using: Canonicalise = canonicalise
) -> tuple[Finding, ...]:
    """Return why the proof does not hold with `public_key`; nothing if it does. Never raises."""
    try:
        proof = read_proof(document)
        context = document.get("@context")
        data = hash_data(using(unsigned(document)), proof.options, context, using)
    except Refused as refused:
        return refused.findings
    if is_signature(public_key, data, proof.signature):
        return ()
    return (FORGED.at("the signature does not fit this document and key", "$.proof"),)


def read_proof(document: JsonObject) -> Proof:
    """Return the one `eddsa-rdfc-2022` proof of `document`, or raise `Refused`.

    `proof` is an object or an array. Proofs of other suites beside it are left to those who know
    them; two of ours, or a proof that continues another, are refused as ambiguous.
    """
    proof, place = _select(document.get("proof"))
    if "previousProof" in proof:
        raise Refused([PROOF_FORM.at("a proof that continues another stands alone", place)])
    return read_alone(proof, place)


def read_alone(proof: JsonObject, place: str, purpose: str = PURPOSE) -> Proof:
    """Return one `eddsa-rdfc-2022` proof that stands at `place`, or raise `Refused`."""
    if proof.get("proofPurpose") != purpose:
        found = f"proofPurpose is {str(proof.get('proofPurpose'))[:100]!r}"
        raise Refused([PROOF_PURPOSE.at(found, f"{place}.proofPurpose")])
    if "@context" in proof:
        raise Refused([PROOF_FORM.at("a proof has no context of its own", place)])
    created = _member(proof, "created", moment, place)
    method = _member(proof, "verificationMethod", lambda t: t if is_iri(t) else None, place)
    signature = _member(proof, "proofValue", _signature, place)
    expires = _member(proof, "expires", moment, place) if "expires" in proof else None
    options = {key: value for key, value in proof.items() if key != "proofValue"}
    return Proof(options, signature, method, created, expires)


def _select(proofs: Any) -> tuple[JsonObject, str]:
    """Return the proof to check, and where it stands."""
    listed = proofs if isinstance(proofs, list) else [proofs]
    if not 0 < len(listed) <= MAX_PROOFS or not all(isinstance(p, dict) for p in listed):
        raise Refused(
            [PROOF_FORM.at("proof is not an object or a short list of objects", "$.proof")]
        )
    for index, proof in enumerate(listed):
        if proof.get("type") != "DataIntegrityProof":
            found = f"type is {str(proof.get('type'))[:100]!r}, not DataIntegrityProof"
            raise Refused([PROOF_FORM.at(found, f"$.proof[{index}]")])
    ours = [index for index, proof in enumerate(listed) if proof.get("cryptosuite") == SUITE]
    if not ours:
        found = f"cryptosuite is {str(listed[0].get('cryptosuite'))[:100]!r}"
        raise Refused([PROOF_SUITE.at(found, "$.proof[0].cryptosuite")])
    if len(ours) > 1:
        raise Refused([PROOF_FORM.at(f"{len(ours)} proofs with {SUITE}", "$.proof")])
    place = f"$.proof[{ours[0]}]" if isinstance(proofs, list) else "$.proof"
    return listed[ours[0]], place


def _member(proof: JsonObject, name: str, read: Callable[[Any], Any], place: str) -> Any:
    value = read(proof.get(name))
    if value is None:
        shown = str(proof.get(name))[:100]
        raise Refused([PROOF_VALUE.at(f"{name} is malformed: {shown!r}", f"{place}.{name}")])
    return value


def _signature(text: Any) -> bytes | None:
    """Return the 64 bytes of `z…`, only in its one canonical spelling."""
    if not isinstance(text, str) or not text.startswith("z"):
        return None
    try:
        signature = base58_decode(text[1:])
    except ValueError:
        return None
    return signature if len(signature) == 64 else None
