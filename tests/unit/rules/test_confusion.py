"""Tables pooled over mentors, and that no two of them show one mentor's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobtwin.rules.confusion import lean, pooled, shown

ANCHORS = (0.0, 0.25, 0.5, 0.75, 1.0)
SCORES = st.sampled_from(ANCHORS)
ROUNDS = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]),
        st.dictionaries(st.sampled_from(["x", "y"]), st.tuples(SCORES, SCORES), min_size=1),
        min_size=1,
    ),
    min_size=1,
    max_size=8,
)


@given(ROUNDS)
def test_every_rating_is_counted_once(
    rounds: list[dict[str, dict[str, tuple[float, float]]]],
) -> None:
    wanted = sum(len(scores) for ratings in rounds for scores in ratings.values())
    assert pooled(rounds).total == wanted


@given(ROUNDS)
def test_the_order_of_mentors_changes_nothing(
    rounds: list[dict[str, dict[str, tuple[float, float]]]],
) -> None:
    assert pooled(rounds) == pooled(rounds[::-1])


def test_rows_are_what_was_given_and_columns_the_reference() -> None:
    found = pooled([{"i": {"a": (1.0, 0.75), "b": (0.5, 0.5)}}])
    assert found.cells[4][3] == found.cells[2][2] == 1
    text = shown(found, 5, 24)
    assert "| 5 (1.00) | 0 | 0 | 0 | 1 | 0 | 1 |" in text
    assert "| all | 0 | 0 | 1 | 1 | 0 | 2 |" in text


def test_the_lean_is_said_in_words() -> None:
    found = pooled([{"i": {"a": (1.0, 0.75), "b": (0.5, 0.5), "c": (0.0, 0.5), "d": (0.0, 0.0)}}])
    assert lean(found) == "The same level in 50%, a higher one in 25%, a lower one in 25%."
