"""Each way in which a leaf could mean more than itself, alone."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode
from tests.unit.credential.compiled.documents import IRIS, WORDS

from jobtwin.credential import canonical
from jobtwin.credential.compiled import Shapes
from jobtwin.credential.compiled.cut import cut
from jobtwin.credential.compiled.safe import all_safe
from jobtwin.credential.compiled.text import cut_text
from jobtwin.credential.contexts import VC
from jobtwin.errors import Refused

Document = dict[str, Any]
OWN = "https://own.example/context"
SMALL: Document = {
    "@context": [VC],
    "id": "https://a.example/1",
    "type": ["VerifiableCredential"],
    "name": "A name",
    "description": "Some text",
    "issuer": {"id": "did:web:a.example", "name": "Issuer"},
    "credentialSubject": [
        {"type": ["BitstringStatusList"], "statusPurpose": "revocation"},
        {"type": ["BitstringStatusList"], "statusPurpose": "suspension"},
    ],
}


def learnt(document: Document, context: Document | None = None) -> Shapes:
    """Shapes that met a document twice."""
    shapes = Shapes({OWN: {"@context": context}} if context else None)
    for _ in range(2):
        shapes(copy.deepcopy(document))
    return shapes


def filled(shapes: Shapes, document: Document) -> bytes | None:
    return shapes._fill(cut(document))


SHAPES = learnt(SMALL)

text = st.one_of(st.sampled_from(WORDS), st.text(st.characters(exclude_categories=[]), max_size=20))
iri = st.one_of(
    st.sampled_from(IRIS),
    st.from_regex(r"(https?://|urn:|did:)[\x21-\x7e]{0,12}", fullmatch=True),
    st.builds("https://a.example/{}".format, text),
)


@settings(max_examples=150, deadline=None)
@given(iri, iri, text, text, text, text)
@example("https://a.example/1", "https://a.example/1", "x", "x", "x", "x")
@example("urn:x:1", "urn:x:1/", "", "", "same", "same")
def test_whatever_the_leaves_are_the_form_is_the_general_one_or_there_is_none(
    own: str, issuer: str, name: str, described: str, first: str, second: str
) -> None:
    document = copy.deepcopy(SMALL)
    document |= {"id": own, "name": name, "description": described}
    document["issuer"]["id"] = issuer
    document["credentialSubject"][0]["statusPurpose"] = first
    document["credentialSubject"][1]["statusPurpose"] = second
    if (form := filled(SHAPES, document)) is not None:
        assert form == canonical.canonicalise(document)


def test_good_leaves_do_not_need_the_general_way() -> None:
    document = SMALL | {"id": "urn:uuid:1", "name": 'Quotes " and \\ and\nlines 工程'}
    assert filled(SHAPES, document) == canonical.canonicalise(document)


@settings(max_examples=400, deadline=None)
@given(iri)
def test_a_safe_iri_is_one_that_is_written_as_it_stands(value: str) -> None:
    try:
        content = value.encode()
    except UnicodeEncodeError:
        return
    if all_safe((content,)):
        assert str(NamedNode(value)) == f"<{value}>"
        assert canonical.is_iri(value)


@pytest.mark.parametrize(
    "value",
    [
        "https://a.example/%zz",
        "https://[x/",
        "https://a.example/é",
        "https://u@a.example/",
        "https://a.example/#a#b",
        "mailto:a@a.example",
        "urn:x:",
        "_:b0",
        "relative",
        "https://a.example/\n",
        "",
    ],
)
def test_an_iri_that_is_not_safe_goes_the_general_way(value: str) -> None:
    assert not all_safe((value.encode(),))
    assert filled(SHAPES, SMALL | {"id": value}) is None


def test_blank_nodes_that_look_alike_go_the_general_way() -> None:
    document = copy.deepcopy(SMALL)
    document["credentialSubject"][1]["statusPurpose"] = "revocation"
    assert filled(SHAPES, document) is None
    assert SHAPES(document) == canonical.canonicalise(document)


def test_children_that_look_alike_from_their_parent_are_counted_each() -> None:
    children = [{"type": ["Alignment"], "targetName": name, "targetUrl": "x"} for name in "abcd"]
    results = [{"type": ["Result"], "alignment": pair} for pair in (children[:2], children[2:])]
    results[0]["value"] = "1"
    document: Document = {
        "@context": [VC, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
        "id": "urn:test:1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [],
            "result": results,
        },
    }
    shapes = learnt(document)
    other = copy.deepcopy(document)
    other["credentialSubject"]["result"][0]["value"] = "3"
    assert filled(shapes, other) == canonical.canonicalise(other)


def test_a_thing_described_twice_is_the_same_thing_only_if_it_was_then() -> None:
    document = copy.deepcopy(SMALL) | {"evidence": {"id": "did:web:a.example", "name": "Issuer"}}
    shapes = learnt(document)
    again = copy.deepcopy(document)
    again["issuer"]["id"] = again["evidence"]["id"] = "did:web:b.example"
    again["evidence"]["name"] = "Other"
    assert filled(shapes, again) == canonical.canonicalise(again)
    again["issuer"]["id"] = "did:web:c.example"
    assert filled(shapes, again) is None


def test_a_second_description_of_the_credential_goes_the_general_way_and_is_refused() -> None:
    document = copy.deepcopy(SMALL)
    document["issuer"]["id"] = document["id"]
    assert filled(SHAPES, document) is None
    with pytest.raises(Refused, match="VC-013"):
        SHAPES(document)


@pytest.mark.parametrize(
    "change",
    [
        {"type": ["VerifiablePresentation"]},
        {"@context": ["https://www.w3.org/ns/credentials/examples/v2"]},
        {"name": True},
        {"name": 1},
        {"name": None},
        {"name": ("A name",)},
        {"name": ["A name"]},
        {"more": "x"},
        {"name": {"@value": "A name", "@language": "en"}},
    ],
)
def test_another_shape_goes_the_general_way(change: Document) -> None:
    assert filled(SHAPES, SMALL | change) is None


def test_a_truth_value_is_not_the_length_of_a_list() -> None:
    one, other = cut({"a": ["x"], "b": "y"}), cut({"a": True, "b": "y"})
    none, false = cut({"a": [], "b": "y"}), cut({"a": False, "b": "y"})
    shapes = {whole.shape for whole in (one, other, none, false) if whole}
    assert len(shapes) == 4


@pytest.mark.parametrize(
    ("context", "member"),
    [
        pytest.param({"urn": "https://hidden.example/"}, {"own": "x"}, id="prefix urn"),
        pytest.param({"did": "https://hidden.example/"}, {"own": "x"}, id="prefix did"),
        pytest.param({"@vocab": "https://v.example/", "own": {"@id": "urn:y:o", "@type": "@json"}},
                     {"own": "x"}, id="@json"),
        pytest.param({"own": {"@id": "https://v.example/o", "@language": "en"}}, {"own": "x"},
                     id="language"),
        pytest.param({"own": {"@id": "https://v.example/o", "@container": "@language"}},
                     {"own": {"en": "x"}}, id="language map"),
        pytest.param({"own": {"@id": "https://v.example/o", "@direction": "rtl"}}, {"own": "x"},
                     id="direction"),
        pytest.param({"own": {"@id": "https://v.example/o",
                              "@type": "http://www.w3.org/2001/XMLSchema#double"}},
                     {"own": "1.0"}, id="double"),
        pytest.param({"own": {"@id": "https://v.example/o", "@container": "@index"}},
                     {"own": {"i": {"id": "urn:x:i"}}}, id="index map"),
        pytest.param({"own": {"@id": "https://v.example/o", "@container": "@graph"}},
                     {"own": {"id": "urn:x:i", "name": "x"}}, id="graph"),
    ],
)  # fmt: skip
def test_a_context_in_which_leaves_are_computed_with_is_not_compiled(
    context: Document, member: Document
) -> None:
    document = SMALL | {"@context": [VC, OWN]} | member
    terms = {"own": "https://v.example/own"} | context
    assert filled(learnt(document, terms), document) is None


def test_a_value_that_is_looked_up_as_a_term_may_not_vary() -> None:
    context = {
        "own": {"@id": "https://v.example/o", "@type": "@vocab"},
        "red": "https://v.example/red",
        "green": "https://v.example/green",
    }
    document = SMALL | {"@context": [VC, OWN], "own": "red"}
    shapes = learnt(document, context)
    assert filled(shapes, document) is not None
    assert filled(shapes, document | {"own": "green"}) is None
    green = shapes(document | {"own": "green"})
    assert green == canonical.canonicalise(
        document | {"own": "green"}, {OWN: {"@context": context}}
    )


def test_a_compact_iri_is_not_taken_for_an_iri() -> None:
    context = {"ex": "https://v.example/", "own": {"@id": "https://v.example/o", "@type": "@id"}}
    document = SMALL | {"@context": [VC, OWN], "own": "https://x.example/"}
    shapes = learnt(document, context)
    assert filled(shapes, document) is not None
    assert filled(shapes, document | {"own": "ex:thing"}) is None
    assert b"<https://v.example/thing>" in shapes(document | {"own": "ex:thing"})


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=30), st.integers(0, 200), st.integers(0, 3))
def test_a_cut_text_is_put_together_again(other: bytes, at: int, left_out: int) -> None:
    content = b'{"a": "b\\n", "c": ["d \\" e", true, {"f": "\\\\"}], "g": ""}'
    content = content[: at % len(content)] + other + content[at % len(content) + left_out :]
    try:
        json.loads(content.decode(), strict=True)
    except ValueError:
        return
    if whole := cut_text(content):
        first, *rest = whole.shape.split(b'"')
        pairs = zip(whole.strings, rest, strict=True)
        assert first + b"".join(b'"%b"%b' % pair for pair in pairs) == content
