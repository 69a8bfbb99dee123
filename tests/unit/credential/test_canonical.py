from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Dataset, RdfFormat, parse

from jobtwin.credential import canonical, contexts, rdf
from jobtwin.errors import Refused

Document = dict[str, Any]


def refused(document: Document) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        canonical.canonicalise(document)
    return [(finding.code, finding.path) for finding in caught.value.findings]


def test_a_realistic_credential_has_one_form(credential: Document) -> None:
    form = canonical.canonicalise(credential)
    assert form.count(b"\n") == 287
    assert form == b"".join(sorted(form.splitlines(keepends=True)))


def test_the_order_of_members_and_lists_does_not_matter(credential: Document) -> None:
    shuffled = json.loads(json.dumps(credential, sort_keys=True))
    shuffled["evidence"].reverse()
    shuffled["credentialSubject"]["result"].reverse()
    assert canonical.canonicalise(shuffled) == canonical.canonicalise(credential)


def test_canonicalising_a_canonical_form_changes_nothing(credential: Document) -> None:
    form = canonical.canonicalise(credential)
    assert rdf.canonical_form(Dataset(parse(form, format=RdfFormat.N_QUADS))) == form


def test_canonicalising_leaves_the_document_alone(credential: Document) -> None:
    before = copy.deepcopy(credential)
    canonical.canonicalise(credential)
    assert credential == before


text = st.text(
    st.characters(
        exclude_categories=["Cs"],
        exclude_characters=[chr(c) for c in (*range(9), 11, 12, *range(14, 32), 127)]
        + [chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))],
    )
)


@settings(max_examples=30, deadline=None)
@given(text, text)
def test_two_texts_have_the_same_form_only_if_they_are_equal(one: str, other: str) -> None:
    def form(name: str) -> bytes:
        return canonical.canonicalise(
            {
                "@context": [contexts.VC],
                "id": "urn:x:1",
                "type": ["VerifiableCredential"],
                "name": name,
            }
        )

    assert (form(one) == form(other)) == (one == other)
    quads = parse(form(one), format=RdfFormat.N_QUADS)
    assert one in {getattr(quad.object, "value", None) for quad in quads}


def test_our_terms_mean_the_same_in_the_published_revision_of_the_context(
    credential: Document, standards: Callable[[str], Path]
) -> None:
    published = json.loads(standards("contexts/ob-v3p0-context-3.0.3.json").read_bytes())
    other = copy.deepcopy(credential)
    other["@context"][1] = "https://published.example/ob"
    extra = {"https://published.example/ob": published}
    assert canonical.canonicalise(other, extra) == canonical.canonicalise(credential)


def test_an_undefined_term_is_named_with_its_place(credential: Document) -> None:
    credential["credentialSubject"]["achievement"]["alignment"][2]["kappa"] = "0.8"
    place = "$.credentialSubject.achievement.alignment[2].kappa"
    assert refused(credential) == [("VC-011", place)]


def test_a_term_defined_elsewhere_is_named_only_where_it_is_undefined(
    credential: Document,
) -> None:
    credential["issuer"]["targetUrl"] = "https://x.example"
    assert refused(credential) == [("VC-011", "$.issuer.targetUrl")]


def test_a_relative_id_is_named_with_its_place(credential: Document) -> None:
    credential["evidence"][1]["id"] = "evidence/review.yml"
    assert refused(credential) == [("VC-012", "$.evidence[1].id")]


def test_an_undefined_type_is_named_with_its_place(credential: Document) -> None:
    credential["credentialSchema"] = {
        "id": "https://x.example/schema.json",
        "type": "1EdTechJsonSchemaValidator2019",
    }
    assert refused(credential) == [("VC-012", "$.credentialSchema.type")]


def test_the_type_is_defined_once_the_extensions_are_named(credential: Document) -> None:
    credential["@context"].append(contexts.OB_EXTENSIONS)
    credential["credentialSchema"] = {
        "id": "https://x.example/schema.json",
        "type": "1EdTechJsonSchemaValidator2019",
    }
    assert b"#1EdTechJsonSchemaValidator2019>" in canonical.canonicalise(credential)


@pytest.mark.parametrize("value", ["https://x.example/a b", "_:b0", "", "https://x.example/<>"])
def test_an_id_that_is_no_iri_is_refused(credential: Document, value: str) -> None:
    credential["evidence"][0]["id"] = value
    assert refused(credential)[0][0] == "VC-012"


@pytest.mark.parametrize("value", ["https://[x/", "https://x.example/%zz"])
def test_an_iri_that_only_looks_like_one_is_refused(credential: Document, value: str) -> None:
    credential["evidence"][0]["id"] = value
    assert refused(credential)[0][0] == "VC-012"


@pytest.mark.parametrize("character", ["\0", "\b", "\x0b", "\x1f", "\x7f", "\u202e", "\u2066"])
def test_control_characters_and_direction_overrides_are_refused(
    credential: Document, character: str
) -> None:
    credential["credentialSubject"]["result"][3]["value"] = f"0.{character}45"
    assert refused(credential) == [("VC-010", "$.credentialSubject.result[3].value")]


def test_a_control_character_in_a_key_is_refused(credential: Document) -> None:
    credential["na\u202eme"] = "x"
    assert refused(credential)[0][0] == "VC-010"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("https://www.w3.org/2018/credentials#credentialStatus", {"id": "urn:x:s"}),
        ("@included", [{"id": "urn:x:y", "name": "z"}]),
        ("@graph", []),
        ("@type", "VerifiableCredential"),
        ("validUntil", None),
        ("evidence", [[{"id": "urn:x:e", "type": ["Evidence"]}]]),
    ],
)
def test_a_member_that_readers_of_the_json_would_miss_is_refused(
    credential: Document, key: str, value: Any
) -> None:
    credential[key] = value
    assert {code for code, _ in refused(credential)} == {"VC-013"}


def test_a_status_moved_into_a_second_description_of_the_credential_is_refused(
    credential: Document,
) -> None:
    moved = {"id": credential["id"], "credentialStatus": credential.pop("credentialStatus")}
    credential["relatedResource"] = [moved]
    assert refused(credential)[0] == ("VC-013", "$.relatedResource[0]")


def test_a_context_in_the_middle_of_the_document_is_refused(credential: Document) -> None:
    credential["credentialSubject"]["@context"] = {"name": "https://x.example/hidden"}
    assert refused(credential) == [("VC-014", "$.credentialSubject.@context")]


@pytest.mark.parametrize(
    "named",
    [
        contexts.VC,
        [],
        [contexts.OB, contexts.VC],
        [contexts.VC, contexts.VC],
        [contexts.VC, {"name": "https://x.example/hidden"}],
        [contexts.VC, "https://x.example/own.json"],
        [contexts.VC] * 1000,
        None,
    ],
)
def test_contexts_other_than_the_known_ones_are_refused(credential: Document, named: Any) -> None:
    credential["@context"] = named
    assert {code for code, _ in refused(credential)} == {"VC-014"}


def test_alike_parts_beyond_any_verifiers_patience_are_refused(credential: Document) -> None:
    credential["credentialSubject"]["result"] = [{"type": ["Result"], "value": "1"}] * 12
    assert [code for code, _ in refused(credential)] == ["VC-016"]


def test_a_few_alike_parts_are_canonicalised(credential: Document) -> None:
    credential["credentialSubject"]["result"] = [{"type": ["Result"], "value": "1"}] * 3
    assert canonical.canonicalise(credential).count(b'"1"') > 0


def test_thousands_of_objects_are_refused_before_they_are_expanded(credential: Document) -> None:
    credential["evidence"] = [{"id": f"urn:x:{n}", "type": ["Evidence"]} for n in range(5000)]
    assert [code for code, _ in refused(credential)] == ["VC-016"]


def test_a_type_that_redefines_a_protected_term_is_json_ld_no_more(credential: Document) -> None:
    credential["credentialSubject"]["result"][0]["type"] = ["Achievement", "Profile", "Result"]
    assert [code for code, _ in refused(credential)] == ["VC-015"]
