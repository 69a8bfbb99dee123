"""The W3C vector for eddsa-rdfc-2022, every intermediate value of it.

Source: W3C Recommendation "Data Integrity EdDSA Cryptosuites v1.0", appendix B.1 (Alumni
Credential), https://www.w3.org/TR/vc-di-eddsa/#representation-eddsa-rdfc-2022.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from pyoxigraph import Dataset, RdfFormat, parse

from jobtwin import multikey
from jobtwin.credential import independent, keys, proof, rdf
from jobtwin.credential.canonical import canonicalise
from jobtwin.credential.jsonbytes import parse_object

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
EXAMPLES_CONTEXT = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}
PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
PRIVATE = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
CREATED = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)
DOCUMENT = {
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
PROOF_HASH = "bea7b7acfbad0126b135104024a5f1733e705108f42d59668b05c0c50004c6b0"
DOCUMENT_HASH = "517744132ae165a5349155bef0bb0cf2258fff99dfe1dbd914b938d775a36017"
SIGNATURE = (
    "4d8e53c2d5b3f2a7891753eb16ca993325bdb0d3cfc5be1093d0a18426f5ef85"
    "78cadc0fd4b5f4dd0d1ce0aefd15ab120b7a894d0eb094ffda4e6553cd1ed50d"
)
PROOF_VALUE = (
    "z2YwC8z3ap7yx1nZYCg4L3j3ApHsF8kgPdSb5xoS1VR7vPG3F561B52hYnQF9iseabecm3ijx4K1FBTQsCZahKZme"
)

using = partial(canonicalise, extra_contexts={EXAMPLES: EXAMPLES_CONTEXT})
signer = keys.SeedSigner(
    f"did:key:{PUBLIC}#{PUBLIC}",
    multikey.base58_decode(PRIVATE[1:])[2:],
)


def test_the_private_key_of_the_vector_belongs_to_its_public_key() -> None:
    assert keys.to_multikey(signer.public_key) == PUBLIC
    assert keys.from_multikey(PUBLIC) == signer.public_key


def test_the_document_hash_is_that_of_the_recommendation() -> None:
    assert sha256(using(DOCUMENT)).hexdigest() == DOCUMENT_HASH


def test_the_signed_bytes_are_the_hash_of_the_options_then_of_the_document() -> None:
    signed = proof.sign(DOCUMENT, signer, CREATED, using)
    options = proof.read_proof(signed).options
    data = proof.hash_data(using(DOCUMENT), options, DOCUMENT["@context"], using)
    assert data.hex() == PROOF_HASH + DOCUMENT_HASH


def test_the_signature_and_proof_value_are_reproduced_byte_for_byte() -> None:
    signed = proof.sign(DOCUMENT, signer, CREATED, using)
    assert signed["proof"][0]["proofValue"] == PROOF_VALUE
    assert proof.read_proof(signed).signature.hex() == SIGNATURE


def test_the_published_proof_verifies_as_object_and_as_array() -> None:
    published = proof.sign(DOCUMENT, signer, CREATED, using)["proof"][0] | {
        "proofValue": PROOF_VALUE
    }
    for form in (published, [published]):
        signed = {**DOCUMENT, "proof": form}
        assert proof.verify_proof(signed, signer.public_key, using) == ()


def test_the_published_files_give_every_intermediate_value(
    standards: Callable[[str], Path],
) -> None:
    folder = standards("vectors/vc-di-eddsa/TestVectors/eddsa-rdfc-2022")
    signed = parse_object((folder / "signedDataInt.json").read_bytes())
    options = parse_object((folder / "proofConfigDataInt.json").read_bytes())
    canonical = using(proof.unsigned(signed))
    assert canonical == (folder / "canonDocDataInt.txt").read_bytes()
    assert using(options) == (folder / "proofCanonDataInt.txt").read_bytes()
    assert sha256(canonical).hexdigest() == (folder / "docHashDataInt.txt").read_text()
    assert sha256(using(options)).hexdigest() == (folder / "proofHashDataInt.txt").read_text()
    own = {key: value for key, value in options.items() if key != "@context"}
    data = proof.hash_data(canonical, own, options["@context"], using)
    assert data.hex() == (folder / "combinedHashDataInt.txt").read_text()
    assert signer.sign(data).hex() == (folder / "sigHexDataInt.txt").read_text()
    assert signed["proof"]["proofValue"] == (folder / "sigBTC58DataInt.txt").read_text()
    assert proof.verify_proof(signed, signer.public_key, using) == ()


def test_the_employment_vector_holds_from_its_canonical_form_on(
    standards: Callable[[str], Path],
) -> None:
    """Its context, https://w3id.org/citizenship/v4rc1, is not there: no expansion is compared."""
    folder = standards("vectors/vc-di-eddsa/TestVectors/eddsa-rdfc-2022/employ")
    signed = parse_object((folder / "signedDataInt.json").read_bytes())
    assert signed["@context"][1] == "https://w3id.org/citizenship/v4rc1"
    options = (folder / "proofCanonDataInt.txt").read_bytes()
    document = (folder / "canonDocDataInt.txt").read_bytes()
    for form in (options, document):
        quads = Dataset(parse(form, format=RdfFormat.N_QUADS))
        assert rdf.canonical_form(quads) == form
    data = proof.hash_forms(options, document)
    assert sha256(document).hexdigest() == (folder / "docHashDataInt.txt").read_text()
    assert sha256(options).hexdigest() == (folder / "proofHashDataInt.txt").read_text()
    assert data.hex() == (folder / "combinedHashDataInt.txt").read_text()
    assert signer.sign(data).hex() == (folder / "sigHexDataInt.txt").read_text()
    value = (folder / "sigBTC58DataInt.txt").read_text()
    assert signed["proof"]["proofValue"] == value
    assert multikey.base58_decode(value[1:]).hex() == signer.sign(data).hex()


def test_of_the_older_suite_the_document_is_canonicalised_and_the_proof_refused(
    standards: Callable[[str], Path],
) -> None:
    """Ed25519Signature2020 is the folder's third suite; no credential of ours may use it."""
    folder = standards("vectors/vc-di-eddsa/TestVectors/Ed25519Signature2020")
    signed = parse_object((folder / "signedEdSig.json").read_bytes())
    suites = "https://w3id.org/security/suites/ed25519-2020/v1"
    context = standards(
        "contexts/1edtech-validator-security-suites-ed25519-2020-v1.jsonld"
    ).read_bytes()
    extra = {EXAMPLES: EXAMPLES_CONTEXT, suites: json.loads(context)}
    form = canonicalise(proof.unsigned(signed), extra)
    assert form == (folder / "canonDocEdSig.txt").read_bytes()
    assert sha256(form).hexdigest() == (folder / "docHashEdSig.txt").read_text()
    assert [f.code for f in proof.verify_proof(signed, signer.public_key)] == ["VC-020"]


def test_the_examples_context_is_the_published_one(standards: Callable[[str], Path]) -> None:
    published = standards("contexts/credentials-examples-v2.jsonld").read_bytes()
    assert json.loads(published) == EXAMPLES_CONTEXT


def test_the_other_library_refuses_the_vector_for_its_context_not_for_an_exception() -> None:
    signed = proof.sign(DOCUMENT, signer, CREATED, using)
    said = independent.confirm_with_openbadgeslib(signed, signer.public_key)
    assert not said.ok
    assert "context" in said.reason
