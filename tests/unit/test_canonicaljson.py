"""The quick canonical form against the library's."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobtwin import canonicaljson

LEAVES = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.integers(-(2**60), 2**60),
    st.floats(),
    st.floats(-1000, 1000).map(lambda number: round(number, 4)),
    st.booleans(),
    st.none(),
)
KEYS = st.text(st.characters(exclude_categories=()), max_size=4)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner) | st.tuples(inner),
    max_leaves=12,
)


def outcome(value: Any, dumps: Any) -> bytes | str:
    """Return the form, or the name of what was raised."""
    try:
        form: bytes = dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        return type(error).__name__
    return form


@given(VALUES)
@settings(max_examples=600)
@example({"\U0001f600": 1, "\ufb33": 2})
@example([1e21, 1e-7, 1e-5, 1e15, 123456789012345680.0, -0.0, 5e-324, 0.1 + 0.2])
@example(["\ud800", '\x7f\x1f\u2028/\\"'])
@example({"a": 2**53, "b": 2**53 - 1})
@example([float("nan")])
def test_every_value_has_the_form_that_the_library_gives_it(value: Any) -> None:
    assert outcome(value, canonicaljson.dumps) == outcome(value, rfc8785.dumps)


def test_what_has_no_form_is_refused_as_the_library_refuses_it() -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonicaljson.dumps({"a": float("inf")})
