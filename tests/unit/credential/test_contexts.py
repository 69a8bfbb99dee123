from __future__ import annotations

import json

import pytest

from jobtwin.credential import contexts
from jobtwin.errors import EngineError

PUBLISHED_VC_HASH = "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"


def test_the_vc_context_is_pinned_by_the_hash_that_the_recommendation_prints() -> None:
    assert contexts.PINS[contexts.VC].sha256 == PUBLISHED_VC_HASH


def test_every_pinned_context_is_installed_and_passes_its_pin() -> None:
    assert set(contexts.pinned()) == set(contexts.PINS)


def test_a_reformatted_context_with_the_same_json_passes_the_pin() -> None:
    document = contexts.pinned()[contexts.OB]
    assert contexts.check_pin(contexts.OB, json.dumps(document).encode()) == document


def test_a_context_with_one_changed_definition_is_refused() -> None:
    changed = json.dumps(contexts.pinned()[contexts.OB]).replace("narrative", "narrativa", 1)
    with pytest.raises(EngineError, match=r"context-3\.0\.3"):
        contexts.check_pin(contexts.OB, changed.encode())


@pytest.mark.parametrize(
    "url",
    [
        "https://www.w3.org/ns/credentials/v2/",
        "http://www.w3.org/ns/credentials/v2",
        "https://www.w3.org/2018/credentials/v1",
        "file:///etc/passwd",
    ],
)
def test_the_loader_refuses_every_other_url(url: str) -> None:
    with pytest.raises(contexts.UnknownContext):
        contexts.loader()(url, {})


def test_an_extra_context_is_served_for_that_loader_only_and_never_cached() -> None:
    extra: contexts.Contexts = {"https://x.example/c": {"@context": {}}}
    assert "tag" not in contexts.loader(extra)("https://x.example/c", {})
    with pytest.raises(contexts.UnknownContext):
        contexts.loader()("https://x.example/c", {})


def test_an_extra_context_cannot_stand_in_for_a_pinned_one() -> None:
    load = contexts.loader({contexts.VC: {"@context": {}}})
    assert load(contexts.VC, {})["document"] == contexts.pinned()[contexts.VC]
