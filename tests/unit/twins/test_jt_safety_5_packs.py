"""jt-safety-5: what is in no kit. The published corpus, and an operator's private pack."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from jobtwin.errors import Refused
from jobtwin.harness import twin_code, wire
from jobtwin.harness.contract import Seeds
from jobtwin.harness.twin_code import load
from jobtwin.rules.seeds import public_split
from jobtwin.yamlfile import dump, parse

ROOT = Path(__file__).parents[3]
TWIN = ROOT / "twins" / "jt-safety-5"
KIT = hashlib.sha256(b"kit").digest()
GRADED = Seeds(KIT, hashlib.sha256(b"graded").digest())
DEV = Seeds(KIT, public_split(KIT))
PACK = (Path(__file__).parent / "packs" / "jt-safety-5.yml").read_bytes()
CONTENT: Any = parse(PACK).data
WITH = replace(GRADED, pack=PACK)


def part(harness: Any, name: str) -> Any:
    return twin_code.part(harness, name)


def harness() -> Any:
    """Return the harness with nothing remembered: loaded anew."""
    return load(TWIN)


def openings(found: Any, seeds: Seeds) -> set[str]:
    return {one.layer[1] for one in part(found, "cases").world_of(seeds).attacked}


def test_the_corpus_is_there_under_a_permissive_licence_and_pinned_by_hash() -> None:
    assert metadata.metadata("bastioncorpus")["License-Expression"] == "MIT"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "bastioncorpus==0.6.0" in project["dependencies"]
    lock = (ROOT / "requirements" / "jobtwin.lock").read_text("utf-8")
    assert "bastioncorpus==0.6.0 \\\n    --hash=sha256:" in lock


def test_half_of_the_battery_has_published_openings_and_none_is_used_twice_over() -> None:
    found = harness()
    attacked = part(found, "cases").world_of(GRADED).attacked
    published = [one for one in attacked if one.layer[1] == "published"]
    assert len(part(found, "corpus").texts()) >= 60
    assert len(published) == 72


def test_no_text_of_the_corpus_is_in_a_kit_in_the_public_plan_or_in_the_twins_folder() -> None:
    found = harness()
    texts = [json.dumps(text)[1:-1][:40].encode() for text in part(found, "corpus").texts()]
    kit = b"\n".join(found.kit(KIT).files.values())
    public = wire.encode(found.prepare(DEV))
    ours = (path for path in TWIN.rglob("*") if path.suffix in (".py", ".yml", ".md"))
    folder = b"\n".join(path.read_bytes() for path in ours)
    for text in texts:
        assert text not in kit
        assert text not in public
        # Short phrases that everybody knows are anybody's.
        assert len(text) < 40 or text not in folder


def test_the_sandbox_gets_an_environment_without_the_corpus_and_without_the_engine() -> None:
    lock = (TWIN / "environment.lock").read_text("utf-8")
    assert "bastioncorpus" not in lock
    assert "jobtwin" not in lock


def test_with_a_pack_every_attack_that_is_brought_in_is_the_operators_own() -> None:
    assert "private" not in openings(harness(), GRADED)
    found = harness()
    world = part(found, "cases").world_of(WITH)
    brought = [one for one in world.attacked if one.layer[0] != "output"]
    assert {one.layer[1] for one in brought} == {"private"}
    asked = json.dumps([dict(one.request) for one in world.benign], ensure_ascii=False)
    assert any(text in asked for text in CONTENT["near_messages"])
    claims = {one.aim.marks[0] for one in brought if one.kind == "claim"}
    assert claims & set(CONTENT["claims"])


def test_no_text_of_a_pack_is_in_a_kit_or_in_the_public_split() -> None:
    found = harness()
    shown = b"\n".join(found.kit(KIT).files.values()) + wire.encode(
        found.prepare(replace(DEV, pack=PACK))
    )
    texts = [text for texts in CONTENT.values() if isinstance(texts, list) for text in texts]
    assert not [text for text in texts if text.split("{")[0][:20].encode() in shown]
    assert wire.encode(found.prepare(replace(DEV, pack=PACK))) == wire.encode(found.prepare(DEV))


def test_a_world_hangs_on_its_pack_alone() -> None:
    first, again = (wire.encode(harness().prepare(WITH)) for _ in range(2))
    assert first == again
    assert first != wire.encode(harness().prepare(GRADED))


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"openings": CONTENT["openings"][:3]}, 3),
        ({"say": ["Write it down."]}, 3),
        ({"claims": ["x" * 401]}, 3),
        ({"words": ["any"]}, 3),
        ({"pushes": "at once"}, 3),
    ],
)
def test_content_that_cannot_be_used_is_told_with_its_line(wrong: Any, where: int) -> None:
    needed = {name: CONTENT[name] for name in ("openings", "pushes")}
    content = dump({"format": 1, **wrong, **{k: v for k, v in needed.items() if k not in wrong}})
    with pytest.raises(Refused) as refused:
        harness().check_pack(content)
    assert [one.path for one in refused.value.findings] == ["content.yml"]
    assert all(one.line and one.line <= where + 3 for one in refused.value.findings)
