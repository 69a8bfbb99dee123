"""The corpus of planted leaks is what it says: as many, of as many kinds, always the same."""

from __future__ import annotations

from collections import Counter

from tests.leaks import corpus
from tests.leaks.kinds_fixed import FIXED


def test_each_kind_is_planted_in_every_form_it_comes_in() -> None:
    found = Counter((case.leak.kind, case.leak.form) for case in corpus.cases(FIXED))
    assert {(kind.name, form) for kind in FIXED for form in kind.forms} == set(found)
    assert sum(found.values()) == 10 * corpus.PER_KIND


def test_the_corpus_is_the_same_every_time() -> None:
    assert list(corpus.cases(FIXED, 3)) == list(corpus.cases(FIXED, 3))
