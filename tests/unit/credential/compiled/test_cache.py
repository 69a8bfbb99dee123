"""What is kept, how much of it, and that verdicts do not depend on it."""

from __future__ import annotations

import copy
import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.credential.compiled.documents import IRIS, WORDS
from tests.vectors.test_eddsa_rdfc_2022 import (
    CREATED,
    DOCUMENT,
    DOCUMENT_HASH,
    EXAMPLES,
    EXAMPLES_CONTEXT,
    PROOF_HASH,
    PROOF_VALUE,
    signer,
)

from jobtwin.credential import canonical, proof, verify
from jobtwin.credential.canonical import walk
from jobtwin.credential.compiled import Shapes, cache
from jobtwin.credential.compiled.compiler import compile_shape
from jobtwin.credential.compiled.cut import cut
from jobtwin.credential.compiled.excerpt import options_of, without_left_out
from jobtwin.credential.compiled.template import Form, Template
from jobtwin.credential.contexts import VC
from jobtwin.credential.jsonbytes import parse_object, to_bytes

Document = dict[str, Any]
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Document]:
    """Every document that goes the general way."""
    seen: list[Document] = []
    general = canonical.canonicalise

    def count(document: Document, extra: Any = None) -> bytes:
        seen.append(document)
        return general(document, extra)

    monkeypatch.setattr(canonical, "canonicalise", count)
    return seen


def test_a_shape_is_compiled_when_it_is_met_again(
    credential: Document, counted: list[Document]
) -> None:
    shapes = Shapes()
    forms = [shapes(credential | {"id": f"urn:test:{n}"}) for n in range(5)]
    assert len(counted) == 2
    assert len(set(forms)) == 5


def test_the_order_of_members_is_another_shape_with_the_same_form(credential: Document) -> None:
    shapes, turned = Shapes(), dict(reversed(credential.items()))
    for document in (credential, turned) * 3:
        assert shapes(document) == canonical.canonicalise(credential)


def test_a_stream_of_shapes_is_forgotten_again(counted: list[Document]) -> None:
    shapes = Shapes()
    for number in range(cache._MAX_SEEN + 40):
        document: Document = {"@context": [VC], "id": "urn:x:1", "type": ["VerifiableCredential"]}
        few, many = divmod(number, 20)
        document["issuer"] = [{"id": f"urn:x:i{n}", "name": "I"} for n in range(few)]
        shapes(document | {"credentialSubject": [{"id": f"urn:x:{n}"} for n in range(many)]})
    assert len(shapes._seen) <= cache._MAX_SEEN
    assert len(shapes._known) == 0


def test_templates_are_bounded_in_number(
    monkeypatch: pytest.MonkeyPatch, credential: Document
) -> None:
    monkeypatch.setattr(cache, "MAX_SHAPES", 3)
    shapes = Shapes()
    for number in range(5):
        document = {name: credential[name] for name in ("@context", "id", "type")}
        document["evidence"] = [{"id": f"urn:x:{n}", "name": "E"} for n in range(number)]
        shapes(document)
        shapes(document)
    assert len(shapes._known) == 3


def test_one_shape_with_ever_other_types_is_tried_a_few_times_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = []

    def count(*arguments: Any) -> Any:
        tried.append(arguments)
        return compile_shape(*arguments)

    monkeypatch.setattr("jobtwin.credential.compiled.compiler.compile_shape", count)
    shapes = Shapes()
    for number in range(12):
        shapes({"@context": [VC], "id": "urn:x:1", "type": [f"urn:t:{number}"]})
    assert len(tried) == cache.MAX_VARIANTS


def test_what_is_no_json_goes_the_general_way() -> None:
    loop: Document = {"@context": [VC]}
    loop["a"] = ("x", loop)
    assert cut(loop) is None
    assert cut({"a": {1: "x"}, "b": "\ud800"}) is None
    assert cut([]) is None


def test_the_w3c_vector_comes_out_of_templates_too(counted: list[Document]) -> None:
    using = Shapes({EXAMPLES: EXAMPLES_CONTEXT})
    for _ in range(3):
        signed = proof.sign(DOCUMENT, signer, CREATED, using)
    assert len(counted) == 4  # twice the document, twice the proof's options
    assert signed["proof"][0]["proofValue"] == PROOF_VALUE
    options = proof.read_proof(signed).options
    data = proof.hash_data(using(DOCUMENT), options, DOCUMENT["@context"], using)
    assert data.hex() == PROOF_HASH + DOCUMENT_HASH


def told(form: bytes) -> tuple[bytes, int]:
    """A form with the number of its statements."""
    return form, form.count(b"\n")


def options(signed: Document) -> bytes:
    """The general form of the options of a document's one proof."""
    (given,) = signed["proof"]
    return canonical.canonicalise(options_of(signed, given))


def test_a_file_is_known_by_its_shape_layout_and_keys(signed: Document) -> None:
    shapes, content = Shapes(), to_bytes(signed)
    for _ in range(2):
        assert shapes.read(content) is None
        shapes.learn(content, parse_object(content))
    form = canonical.canonicalise(proof.unsigned(signed))
    assert shapes.read(content) == (without_left_out(signed), told(form), options(signed), True)
    assert shapes.read(json.dumps(signed).encode()) is None
    assert shapes.read(content.replace(b'"evidence"', b'"evidenzz"')) is None
    assert shapes.read(content.replace(b'"name"', b'"id"', 1)) is None


def test_a_file_with_raw_control_characters_or_other_escapes_is_not_read(signed: Document) -> None:
    shapes, content = Shapes(), to_bytes(signed)
    for _ in range(2):
        shapes.learn(content, parse_object(content))
    for other in (
        b"\n",
        b"\0",
        b"\1",
        b"\x7f",
        b"\\u0041",
        b"\\/",
        b"\\b",
        b"\t",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xe2\x80\xae",
    ):
        assert shapes.read(content.replace(b"Academy", b"Aca" + other + b"demy")) is None
    spoilt = content.replace(b"Academy", b'Aca\\" \\\\demy')
    whole = parse_object(spoilt)
    form = canonical.canonicalise(proof.unsigned(whole))
    assert shapes.read(spoilt) == (without_left_out(whole), told(form), options(whole), True)


def test_a_file_whose_last_string_does_not_end_is_not_read(signed: Document) -> None:
    shapes, content = Shapes(), to_bytes(signed)
    for _ in range(2):
        shapes.learn(content, parse_object(content))
    assert shapes.read(content)
    assert shapes.read(content + b'"') is None
    assert shapes.read(content + b'"an end') is None


@pytest.mark.parametrize(
    "change",
    [
        {"cryptosuite": "eddsa-jcs-2022"},
        {"cryptosuite": "ecdsa-rdfc-2019"},
        {"previousProof": "urn:x:1"},
        {"previousProof": []},
    ],
)
def test_a_file_with_another_proof_than_one_of_ours_is_read_whole(
    signed: Document, change: Document
) -> None:
    shapes = Shapes()
    for number in range(2):
        content = to_bytes(signed | {"proof": [signed["proof"][0] | change]})
        shapes.learn(content, parse_object(content))
        assert number == 0 or shapes.read(content) is not None
    found = shapes.read(content)
    assert found is not None
    assert (found.document, found.options) == (parse_object(content), None)
    ours, theirs = to_bytes(signed), content
    for _ in range(2):
        shapes.learn(ours, parse_object(ours))
    again = shapes.read(theirs)
    assert again is not None
    assert (again.document, again.options) == (parse_object(theirs), None)


def test_a_file_with_two_proofs_is_read_whole(signed: Document) -> None:
    shapes, content = Shapes(), to_bytes(signed | {"proof": signed["proof"] * 2})
    for _ in range(2):
        shapes.learn(content, parse_object(content))
    found = shapes.read(content)
    assert found is not None
    assert (found.document, found.options) == (parse_object(content), None)


@pytest.mark.parametrize(
    "path",
    [
        ("credentialSubject", "achievement", "alignment", 0, "targetName"),
        ("credentialSubject", "achievement", "resultDescription", 1, "name"),
        ("credentialSubject", "result", 0, "value"),
        ("evidence", 0, "name"),
    ],
)
def test_a_text_that_is_empty_where_only_the_whole_has_it_is_seen(
    academy: Any, signed_once: Document, path: tuple[Any, ...]
) -> None:
    shapes, changed = Shapes(), copy.deepcopy(signed_once)
    holder: Any = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = ""

    def verdict(content: bytes, using: Any) -> verify.Verification:
        return verify.verify(content, academy.resources, NOW, {academy.did}, using=using)

    for _ in range(3):
        assert verdict(to_bytes(signed_once), shapes).ok
    assert verdict(to_bytes(changed), shapes) == verdict(to_bytes(changed), canonical.canonicalise)


def test_of_a_shape_in_which_something_is_missing_every_file_is_read_whole(
    signed: Document,
) -> None:
    del signed["credentialSubject"]["achievement"]["alignment"][0]["targetUrl"]
    shapes, content = Shapes(), to_bytes(signed)
    for _ in range(2):
        shapes.learn(content, parse_object(content))
    found = shapes.read(content)
    assert found is not None
    assert (found.document, found.options) == (parse_object(content), None)


def test_every_verdict_is_the_one_that_the_general_way_gives(
    academy: Any, signed_once: Document
) -> None:
    shapes, rng = Shapes(), random.Random(5)

    def verdict(content: bytes, using: Any) -> verify.Verification:
        return verify.verify(content, academy.resources, NOW, {academy.did}, using=using)

    for _ in range(2):
        assert verdict(to_bytes(signed_once), shapes).ok
    leaves = [path for path, value in walk(signed_once) if isinstance(value, str)]
    for path in rng.sample(leaves, 60):
        changed = copy.deepcopy(signed_once)
        holder: Any = changed
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = rng.choice((*WORDS, *IRIS))
        try:
            content = to_bytes(changed)
        except UnicodeEncodeError:
            continue
        assert verdict(content, shapes) == verdict(content, canonical.canonicalise)


def test_a_form_that_is_not_the_general_one_fails_whichever_test_it_is_made_in(
    monkeypatch: pytest.MonkeyPatch, credential: Document
) -> None:
    shapes, fill = Shapes(), Template.fill
    for _ in range(2):
        shapes(credential)

    def spoilt(self: Template, strings: list[bytes]) -> Form | None:
        form = fill(self, strings)
        return form and Form(form.content.replace(b"Academy", b"Akademie"), form.statements)

    monkeypatch.setattr(Template, "fill", spoilt)
    with pytest.raises(AssertionError):
        proof.sign(credential, signer, CREATED, shapes)
