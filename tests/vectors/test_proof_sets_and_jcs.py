"""The W3C vectors for eddsa-jcs-2022, proof sets and proof chains (vc-di-eddsa, appendix B)."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jobtwin.credential import did
from jobtwin.credential.canonical import canonicalise
from jobtwin.credential.jsonbytes import jcs
from jobtwin.credential.proof import Proof
from jobtwin.credential.proof_set import check_proofs, read_proofs
from jobtwin.errors import Refused

FOLDER = "vectors/vc-di-eddsa/TestVectors"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
EXAMPLES_CONTEXT = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}
Standards = Callable[[str], Path]
using = partial(canonicalise, extra_contexts={EXAMPLES: EXAMPLES_CONTEXT})
CHAINS = (
    "signedProofSet1.json",
    "signedProofSet2.json",
    "signedProofChain1.json",
    "signedProofChain2.json",
)
JCS_DOCUMENT = {
    "@context": ["https://www.w3.org/ns/credentials/v2", EXAMPLES],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {
        "id": "did:example:abcdefgh",
        "alumniOf": "The School of Examples",
    },
}
_KEY = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
JCS_PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "created": "2023-02-24T23:36:38Z",
    "verificationMethod": f"{_KEY}#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
    "proofPurpose": "assertionMethod",
    "@context": ["https://www.w3.org/ns/credentials/v2", EXAMPLES],
    "proofValue": "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfj"
    "oJdcnTMuVor51aX",
}


def key_of(proof: Proof) -> bytes:
    return did.did_key_bytes(proof.verification_method)


def problems(document: dict[str, Any]) -> list[str]:
    try:
        members = read_proofs(document)
        return [finding.code for finding in check_proofs(document, members, key_of, using)]
    except Refused as refused:
        return [finding.code for finding in refused.findings]


def load(folder: Path, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
    return document


def test_the_jcs_vector_verifies_and_any_change_does_not() -> None:
    document = JCS_DOCUMENT | {"proof": JCS_PROOF}
    assert problems(document) == []
    assert problems(document | {"name": "Another"}) == ["VC-024"]
    assert problems(document | {"proof": JCS_PROOF | {"created": "2024-02-24T23:36:38Z"}}) == [
        "VC-024"
    ]
    assert problems(document | {"proof": JCS_PROOF | {"@context": [EXAMPLES]}}) == ["VC-020"]


def test_every_intermediate_value_of_the_jcs_vector(standards: Standards) -> None:
    folder = standards(f"{FOLDER}/eddsa-jcs-2022")
    options = {key: value for key, value in JCS_PROOF.items() if key != "proofValue"}
    text = {path.stem: path.read_text("utf-8") for path in folder.glob("*.txt")}
    assert jcs(JCS_DOCUMENT).decode() == text["canonDocJCS"]
    assert jcs(options).decode() == text["proofCanonJCS"]
    document_hash = hashlib.sha256(jcs(JCS_DOCUMENT)).hexdigest()
    proof_hash = hashlib.sha256(jcs(options)).hexdigest()
    assert (document_hash, proof_hash) == (text["docHashJCS"], text["proofHashJCS"])
    assert proof_hash + document_hash == text["combinedHashJCS"]
    assert (
        read_proofs(JCS_DOCUMENT | {"proof": JCS_PROOF})[0].proof.signature.hex()
        == (text["sigHexJCS"])
    )
    assert load(folder, "signedJCS.json") == JCS_DOCUMENT | {"proof": JCS_PROOF}


@pytest.mark.parametrize("name", CHAINS)
def test_a_published_set_or_chain_verifies(standards: Standards, name: str) -> None:
    assert problems(load(standards(f"{FOLDER}/proof-set-chain"), name)) == []


@pytest.mark.parametrize("name", CHAINS)
def test_a_change_breaks_every_proof_of_it(standards: Standards, name: str) -> None:
    document = load(standards(f"{FOLDER}/proof-set-chain"), name)
    count = len(document["proof"]) if isinstance(document["proof"], list) else 1
    assert problems(document | {"name": "Another"}) == ["VC-024"] * count


def test_a_chain_whose_earlier_proof_was_changed_does_not_hold(standards: Standards) -> None:
    document = load(standards(f"{FOLDER}/proof-set-chain"), "signedProofChain2.json")
    changed = copy.deepcopy(document)
    changed["proof"][0]["created"] = "2020-01-01T00:00:00Z"
    assert len(problems(changed)) >= 2


def test_a_chain_without_its_beginning_is_refused(standards: Standards) -> None:
    document = load(standards(f"{FOLDER}/proof-set-chain"), "signedProofChain2.json")
    assert set(problems(document | {"proof": document["proof"][-1:]})) == {"VC-025"}


def test_proofs_that_follow_each_other_in_a_circle_are_refused() -> None:
    one = {**JCS_PROOF, "id": "urn:x:1", "previousProof": "urn:x:2"}
    two = {**JCS_PROOF, "id": "urn:x:2", "previousProof": ["urn:x:1"]}
    assert set(problems(JCS_DOCUMENT | {"proof": [one, two]})) == {"VC-025"}
    assert set(problems(JCS_DOCUMENT | {"proof": [one, one]})) == {"VC-025"}


@pytest.mark.parametrize("proof", [None, [], "x", [1], [JCS_PROOF] * 9])
def test_what_is_no_proof_is_refused(proof: Any) -> None:
    assert problems(JCS_DOCUMENT | {"proof": proof}) == ["VC-020"]
