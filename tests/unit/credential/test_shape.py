from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from jobtwin.credential import shape
from jobtwin.credential.canonical import show, walk

Document = dict[str, Any]
SCHEMA = "schemas/1edtech-ghpages-ob_v3p0_achievementcredential_schema.json"


def without(document: Document, path: tuple[Any, ...]) -> Document:
    changed = copy.deepcopy(document)
    holder: Any = changed
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return changed


def test_the_sample_lacks_nothing(signed: Document) -> None:
    assert list(shape.check_badge(signed)) == []
    assert list(shape.check_badge_contexts(signed)) == []


def test_what_is_missing_here_is_missing_for_the_official_schema_too(
    signed: Document, standards: Callable[[str], Path]
) -> None:
    schema = json.loads(standards(SCHEMA).read_bytes())
    validator = jsonschema.validators.validator_for(schema)(schema)
    members = [path for path, _ in walk(signed) if path and isinstance(path[-1], str)]
    ours = {
        show(path): validator.is_valid(without(signed, path))
        for path in members
        if any(shape.check_badge(without(signed, path)))
    }
    only_ours = {place for place, valid in ours.items() if valid}
    assert only_ours == {"$.credentialSubject.achievement.criteria.narrative"}
    assert len(ours) > 50


@pytest.mark.parametrize(
    "issuer", ["did:web:x.example", {"id": "did:web:x.example", "type": ["Profile"]}]
)
def test_the_issuer_is_found_as_text_and_as_object(issuer: Any) -> None:
    assert shape.issuer_id({"issuer": issuer}) == "did:web:x.example"


@pytest.mark.parametrize("issuer", [None, 5, [], {}, {"id": 5}, "us", "_:b0", ["did:web:x"]])
def test_an_issuer_without_an_iri_is_none(issuer: Any) -> None:
    assert shape.issuer_id({"issuer": issuer}) is None
