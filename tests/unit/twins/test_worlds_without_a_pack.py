"""Without a private pack a seed's kit and graded world stay what they are, byte for byte.

Attempts that were graded, and proofs that ran for hours, rest on them. Whoever changes a world on
purpose raises the twin's version, and writes the new digests down here.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jobtwin.harness import solutions, twin_code

TWINS = Path(__file__).parents[3] / "twins"
KITS = {
    "jt-evals-2": "8565712e56623125b8a8acaa8f00298d0bc78c558498bdcb2c8f3198358a1fa6",
    "jt-latency-3": "1b85c2edd062b6c6ccbe0f504f043c19f6044af0ffb4ae9ce4db114922845a73",
    "jt-safety-5": "c1a091fac9ed0c9199b7cd83ad16518728b3051c028e508c7ee3bc82b844d52e",
    "jt-incident-4": "7d53084b336cccc383c4817c87c11d70cd11063c5518594c680f712703917f40",
}
PLANS = {
    "jt-evals-2": "bb4bc4f3eef9bcd5d78bed2d27f538550a153e8b29c8131b705a820179283ba9",
    "jt-latency-3": "6c421bec6f06fd4e264e879eb1da5fd40f3a7a5498353dfed02d43f3108bedac",
    "jt-safety-5": "ecb6be3858c0aa713f3dc943ecb2b6dc74c820aab27e9cbc651f7f2045280e44",
    "jt-incident-4": "764afdd053e263ae2b100efd0cc3c6bc49823ca0809f6d9b0b8f3708c5bdba00",
}
CORPUS = "5e70f5b9299f6f4445c9101e7e4c79ff5a8d9841f52a5dcc0aea7e4441ad43e3"
QUESTIONS = "211b8ec86a544f70c9f8add88cbb9e13e04832ef6e57aba90c294cfe8f0b8811"


def harness(twin: str) -> Any:
    return twin_code.load(TWINS / twin)


def digest_of(files: Mapping[str, bytes]) -> str:
    found = hashlib.sha256()
    for part in (part for pair in sorted(files.items()) for part in (pair[0].encode(), pair[1])):
        found.update(hashlib.sha256(part).digest())
    return found.hexdigest()


def said(value: Any) -> Any:
    """Return a plan as plain data, without what it leaves at its default.

    So that a plan stays the one it was when the contract learns something that it does not use.
    """
    if dataclasses.is_dataclass(value):
        given = ((one, getattr(value, one.name)) for one in dataclasses.fields(value))
        return {one.name: said(found) for one, found in given if found != one.default}
    if isinstance(value, Mapping):
        return {str(name): said(found) for name, found in value.items()}
    if isinstance(value, tuple | list):
        return [said(one) for one in value]
    return value.hex() if isinstance(value, bytes) else value


@pytest.mark.parametrize("twin", KITS)
def test_the_kit_of_a_seed_is_the_one_it_always_was(twin: str) -> None:
    given = solutions.seeds(twin, 0)
    assert digest_of(harness(twin).kit(given.kit).files) == KITS[twin]


@pytest.mark.parametrize("twin", PLANS)
def test_the_graded_world_of_a_seed_is_the_one_it_always_was(twin: str) -> None:
    plan = json.dumps(said(harness(twin).prepare(solutions.seeds(twin, 0))), sort_keys=True)
    assert hashlib.sha256(plan.encode()).hexdigest() == PLANS[twin]


def test_the_corpus_of_a_seed_says_and_is_asked_what_it_always_was() -> None:
    # Not the PDFs: their bytes hang on the locked versions of what draws them.
    found = harness("jt-rag-1")
    seed = solutions.seeds("jt-rag-1", 0).graded
    corpus, questions = (twin_code.part(found, name) for name in ("corpus", "questions"))
    assert corpus.plan(seed).identity == CORPUS
    asked = repr(questions.questions(seed)).encode()
    assert hashlib.sha256(asked).hexdigest() == QUESTIONS
