"""Several proofs on one document, and proofs of either EdDSA suite.

VC Data Integrity §4.6 (proof sets and chains) and vc-di-eddsa §3.2 (eddsa-rdfc-2022) and §3.3
(eddsa-jcs-2022). What one proof looks like is `proof`'s affair, whose the keys are the caller's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jobtwin.credential.canonical import Canonicalise
from jobtwin.credential.contexts import JsonObject
from jobtwin.credential.jsonbytes import jcs
from jobtwin.credential.keys import is_signature
from jobtwin.credential.proof import (
    FORGED,
    MAX_PROOFS,
    PROOF_FORM,
    PROOF_SUITE,
    PURPOSE,
    SUITE,
    Proof,
    hash_data,
    read_alone,
    unsigned,
)
from jobtwin.errors import Refused
from jobtwin.findings import Code, Finding

PROOF_CHAIN = Code(
    "VC-025",
    "a proof that continues another which is not there",
    why="A chain says in which order its proofs were made; with a link missing it says nothing.",
    fix="Each previousProof is the id of another proof of the document, and none follows itself.",
)

JCS_SUITE = "eddsa-jcs-2022"
SUITES = (SUITE, JCS_SUITE)


@dataclass(frozen=True, slots=True)
class Member:
    """One proof of a set, and what it says that it continues."""

    proof: Proof
    written: JsonObject
    """The proof as the document has it."""
    place: str
    previous: tuple[str, ...] = ()


def is_plain(document: JsonObject) -> bool:
    """Say whether there is nothing of a set: one `eddsa-rdfc-2022` proof, which continues none.

    `read_proofs` finds in it what `proof.read_proof` finds.
    """
    listed = document.get("proof")
    proof = listed[0] if isinstance(listed, list) and len(listed) == 1 else listed
    return (
        isinstance(proof, dict)
        and proof.get("type") == "DataIntegrityProof"
        and proof.get("cryptosuite") == SUITE
        and "previousProof" not in proof
    )


def read_proofs(document: JsonObject, purpose: str = PURPOSE) -> tuple[Member, ...]:
    """Return every proof of a document, in its order; raises `Refused` with all that is wrong.

    Proofs of other suites beside ours are left to those who know them.
    """
    listed = document.get("proof")
    proofs: list[Any] = listed if isinstance(listed, list) else [listed]
    if not 0 < len(proofs) <= MAX_PROOFS or not all(isinstance(p, dict) for p in proofs):
        message = "proof is not an object or a short list of objects"
        raise Refused([PROOF_FORM.at(message, "$.proof")])
    findings: list[Finding] = []
    members: list[Member] = []
    ours = [p for p in proofs if p.get("cryptosuite") in SUITES]
    for index, proof in enumerate(proofs):
        if ours and _is_of_others(proof):
            continue
        place = f"$.proof[{index}]" if isinstance(listed, list) else "$.proof"
        try:
            members.append(_member(proof, place, document, purpose))
        except Refused as refused:
            findings += refused.findings
    findings += _check_chain(members)
    if findings:
        raise Refused(findings)
    return tuple(members)


def check_proofs(
    document: JsonObject,
    members: Sequence[Member],
    key_of: Callable[[Proof], bytes],
    using: Canonicalise,
) -> tuple[Finding, ...]:
    """Return why some proof does not hold; nothing if every one of them does.

    `key_of` returns the public key that its controller vouches for, or raises `Refused`.
    """
    findings: list[Finding] = []
    for member in members:
        try:
            signed = _signed(document, member, members, using)
            if not is_signature(key_of(member.proof), signed, member.proof.signature):
                message = "the signature does not fit this document and key"
                findings.append(FORGED.at(message, member.place))
        except Refused as refused:
            findings += refused.findings
    return tuple(findings)


def _is_of_others(proof: JsonObject) -> bool:
    return proof.get("type") == "DataIntegrityProof" and proof.get("cryptosuite") not in SUITES


def _member(proof: JsonObject, place: str, document: JsonObject, purpose: str) -> Member:
    if proof.get("type") != "DataIntegrityProof":
        found = f"type is {str(proof.get('type'))[:100]!r}, not DataIntegrityProof"
        raise Refused([PROOF_FORM.at(found, place)])
    if proof.get("cryptosuite") not in SUITES:
        found = f"cryptosuite is {str(proof.get('cryptosuite'))[:100]!r}"
        raise Refused([PROOF_SUITE.at(found, f"{place}.cryptosuite")])
    previous = _previous(proof.get("previousProof", []), place)
    if proof["cryptosuite"] == SUITE or "@context" not in proof:
        return Member(read_alone(proof, place, purpose), proof, place, previous)
    own, whole = _contexts(proof["@context"]), _contexts(document.get("@context"))
    if whole[: len(own)] != own:
        message = "the proof's contexts are not those that the document begins with"
        raise Refused([PROOF_FORM.at(message, f"{place}.@context")])
    read = read_alone({key: proof[key] for key in proof if key != "@context"}, place, purpose)
    options = read.options | {"@context": proof["@context"]}
    return Member(replace(read, options=options), proof, place, previous)


def _previous(value: Any, place: str) -> tuple[str, ...]:
    named = [value] if isinstance(value, str) else value
    if not isinstance(named, list) or not all(isinstance(item, str) for item in named):
        raise Refused([PROOF_CHAIN.at("it is neither an id nor a list", f"{place}.previousProof")])
    return tuple(named)


def _contexts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_chain(members: Sequence[Member]) -> Iterator[Finding]:
    ids = [member.written.get("id") for member in members]
    named = [item for item in ids if item is not None]
    if len(named) > len(set(map(str, named))):
        yield PROOF_CHAIN.at("two proofs have the same id", "$.proof")
        return
    follows = {str(name): member.previous for name, member in zip(ids, members, strict=True)}
    for member in members:
        for name in member.previous:
            if name not in named:
                message = f"there is no proof {name[:200]!r}"
                yield PROOF_CHAIN.at(message, f"{member.place}.previousProof")
    for name in named:
        if name in _before(str(name), follows):
            yield PROOF_CHAIN.at(f"{str(name)[:200]!r} follows itself", "$.proof")


def _before(name: str, follows: dict[str, tuple[str, ...]]) -> set[str]:
    """Return every proof that a proof rests on, however far back."""
    found: set[str] = set()
    pending = list(follows.get(name, ()))
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending.extend(follows.get(one, ()))
    return found


def _signed(
    document: JsonObject, member: Member, members: Sequence[Member], using: Canonicalise
) -> bytes:
    """Return the 64 bytes that a proof is over: the document with the proofs that it continues."""
    base = unsigned(document)
    if member.previous:
        base |= {"proof": [m.written for m in members if m.written.get("id") in member.previous]}
    options = member.proof.options
    if options["cryptosuite"] == SUITE:
        return hash_data(using(base), options, document.get("@context"), using)
    if "@context" in options:
        base |= {"@context": options["@context"]}
    return hashlib.sha256(jcs(options)).digest() + hashlib.sha256(jcs(base)).digest()
