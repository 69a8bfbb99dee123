"""What of a learner's Markdown is counted."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from jobtwin.harness.written import MOST_BYTES, own_words


def test_different_words_are_counted_below_their_heading() -> None:
    found = own_words(b"## Health\nall is well, all is well\n\n## Symptoms ##\nslow answers\n")
    assert found["symptoms"] == 2
    assert found["health"] == 3


def test_what_stands_below_a_smaller_heading_counts_above_as_well_and_beside_it_not() -> None:
    found = own_words(b"## A\none\n### B\ntwo\n## C\nthree four\n")
    assert found == {"a": 2, "b": 1, "c": 2}


def test_comments_and_lines_of_the_outline_are_nobodys_words() -> None:
    outline = b"## A\n<!-- what to say -->\nSay it here.\n"
    assert own_words(outline, outline) == {"a": 0}
    assert own_words(b"## A\n<!-- hidden -->SAY IT HERE.\nmine\n", outline) == {"a": 1}


def test_what_is_too_large_has_no_sections() -> None:
    assert own_words(b"## A\nword\n" + b"x" * MOST_BYTES) == {}


def test_a_comment_that_never_ends_costs_no_time() -> None:
    began = time.perf_counter()
    own_words(b"## A\n" + b"<!--" * (MOST_BYTES // 4 - 2))
    assert time.perf_counter() - began < 1


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content: bytes) -> None:
    assert all(count >= 0 for count in own_words(content, content).values())
