"""Without a private pack a seed's kit and graded world stay what they are, byte for byte.

Attempts that were graded, and proofs that ran for hours, rest on them. Whoever changes a world on
purpose raises the twin's version, and writes the new digests down here.
"""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.harness import solutions, twin_code, wire

if TYPE_CHECKING:
    from collections.abc import Mapping

TWINS = Path(__file__).parents[3] / "twins"
KITS = {
    "jt-evals-2": "8565712e56623125b8a8acaa8f00298d0bc78c558498bdcb2c8f3198358a1fa6",
    "jt-latency-3": "1b85c2edd062b6c6ccbe0f504f043c19f6044af0ffb4ae9ce4db114922845a73",
    "jt-safety-5": "c1a091fac9ed0c9199b7cd83ad16518728b3051c028e508c7ee3bc82b844d52e",
    "jt-incident-4": "7d53084b336cccc383c4817c87c11d70cd11063c5518594c680f712703917f40",
}
PLANS = {
    "jt-evals-2": "314b0e44d6210de16384274803423f74dfe3071fff1185e82cc8a7165b39af36",
    "jt-latency-3": "16b07686ae4d43f3418b8255c27dbf778bc272b60d2551aec971dedf13f5a1e1",
    "jt-safety-5": "6aba60384d8f748b69607b3489c8f080b374221478bb0960430d8b2ea347bbb7",
    "jt-incident-4": "1b1ed493df1bd5aed2132b85e9897369df93196219fb964ec0a2987f7619449d",
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


@pytest.mark.parametrize("twin", KITS)
def test_the_kit_of_a_seed_is_the_one_it_always_was(twin: str) -> None:
    given = solutions.seeds(twin, 0)
    assert digest_of(harness(twin).kit(given.kit).files) == KITS[twin]


@pytest.mark.parametrize("twin", PLANS)
def test_the_graded_world_of_a_seed_is_the_one_it_always_was(twin: str) -> None:
    plan = wire.encode(harness(twin).prepare(solutions.seeds(twin, 0)))
    assert hashlib.sha256(plan).hexdigest() == PLANS[twin]


def test_the_corpus_of_a_seed_says_and_is_asked_what_it_always_was() -> None:
    # Not the PDFs: their bytes hang on the locked versions of what draws them.
    found = harness("jt-rag-1")
    seed = solutions.seeds("jt-rag-1", 0).graded
    corpus, questions = (
        importlib.import_module(f"{found.__name__}.{name}") for name in ("corpus", "questions")
    )
    assert corpus.plan(seed).identity == CORPUS
    asked = repr(questions.questions(seed)).encode()
    assert hashlib.sha256(asked).hexdigest() == QUESTIONS
