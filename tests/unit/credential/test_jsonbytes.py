from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.credential.jsonbytes import (
    MAX_BYTES,
    MAX_DEPTH,
    jcs,
    parse_json,
    parse_object,
    to_bytes,
)
from jobtwin.errors import Refused

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


def codes(content: bytes) -> list[str]:
    with pytest.raises(Refused) as refused:
        parse_json(content)
    return [finding.code for finding in refused.value.findings]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "VC-001"),
        (b"{", "VC-001"),
        (b'{"a": 1} x', "VC-001"),
        (b'\xef\xbb\xbf{"a": 1}', "VC-001"),
        (b'{"a": "\xff"}', "VC-001"),
        (b"\xed\xa0\x80", "VC-001"),
        (b'{"a": 1, "a": 1}', "VC-002"),
        (b'[{"b": {"a": 1, "a": 2}}]', "VC-002"),
        (b'{"a": 1, "\\u0061": 1}', "VC-002"),
        (b"NaN", "VC-003"),
        (b"[-Infinity]", "VC-003"),
        (b"1e999", "VC-003"),
        (b"-1e999", "VC-003"),
        (b"9007199254740992", "VC-003"),
        (b"9" * 5000, "VC-003"),
        (b"[" * 65 + b"]" * 65, "VC-004"),
        (b'{"a":' * 100_000, "VC-004"),
        (b"[" * 500_000, "VC-004"),
        (b'"' + b"a" * MAX_BYTES + b'"', "VC-005"),
        (b'{"a": "\\ud800"}', "VC-006"),
        (b'{"\\udc00\\ud800": 1}', "VC-006"),
    ],
)
def test_bytes_with_more_than_one_meaning_are_refused(content: bytes, code: str) -> None:
    assert codes(content) == [code]


def test_fifty_megabytes_are_refused_unread() -> None:
    assert codes(bytes(50 * 1024 * 1024)) == ["VC-005"]


def test_every_duplicate_key_of_an_object_is_named_at_once() -> None:
    assert codes(b'{"a": 1, "b": 1, "a": 2, "b": 2, "c": 3}') == ["VC-002", "VC-002"]


def test_nesting_up_to_the_limit_is_read() -> None:
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None


def test_brackets_in_strings_are_not_nesting() -> None:
    assert parse_json(b'["' + b"[" * 1000 + b'\\"[[["]') == ["[" * 1000 + '"[[[']


def test_a_surrogate_pair_written_as_escapes_is_one_character() -> None:
    assert parse_json(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_a_place_is_given_for_a_syntax_error() -> None:
    with pytest.raises(Refused) as refused:
        parse_json(b'{\n  "a": tru\n}')
    assert (refused.value.findings[0].line, refused.value.findings[0].column) == (2, 8)


def test_an_array_is_no_object() -> None:
    with pytest.raises(Refused, match="object"):
        parse_object(b"[]")


@given(plain)
def test_what_is_written_is_read_back_the_same(value: Any) -> None:
    assert parse_json(to_bytes(value)) == value


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.floats(-1e15, 1e15)))
def test_the_canonical_form_is_read_back_and_canonical_again(value: Any) -> None:
    form = jcs(value)
    assert jcs(json.loads(form)) == form


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(Refused):
        parse_json(content)


def test_published_bytes_keep_the_order_and_end_in_a_newline() -> None:
    assert to_bytes({"b": "é", "a": []}) == '{\n  "b": "é",\n  "a": []\n}\n'.encode()


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**60, "\ud800"])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(Refused):
        jcs(value)


@given(
    st.recursive(
        st.text(st.characters(codec="utf-8"))
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.booleans()
        | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
        max_leaves=12,
    )
)
def test_what_is_published_is_written_as_the_standard_library_writes_it(value: Any) -> None:
    expected = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    assert to_bytes(value) == expected.encode()
