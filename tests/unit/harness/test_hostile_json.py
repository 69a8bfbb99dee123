import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import Refused
from jobtwin.harness.hostile_json import Bounds, read

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=20,
)


@given(VALUES)
def test_what_json_writes_strictly_is_read_back_the_same(value: object) -> None:
    assert read(json.dumps(value, allow_nan=False).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(Refused):
        read(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[" * 33 + b"]" * 33, "JSN-001"),
        (b"[" * 10_000_000, "JSN-001"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "JSN-001"),
        (b"[" + b"1," * 200_000 + b"1]", "JSN-001"),
        (b"[1e400]", "JSN-002"),
        (b"[NaN]", "JSN-002"),
        (b"[-Infinity]", "JSN-002"),
        (b"[9223372036854775808]", "JSN-002"),
        (b"[" + b"9" * 100_000 + b"]", "JSN-002"),
        (b'{"a": 1, "a": 1}', "JSN-002"),
        (b'["\\ud800"]', "JSN-002"),
        (b'{"\\udfff": 1}', "JSN-002"),
        (b'["\xc3"]', "JSN-002"),
        (b"\xef\xbb\xbf{}", "JSN-002"),
        (b"", "JSN-002"),
        (b"{} {}", "JSN-002"),
        ("['a']".encode("utf-16"), "JSN-002"),
    ],
    ids=range(17),
)
def test_what_readers_might_take_differently_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        read(data, Bounds(size=64 * 1024 * 1024), "answer.json")
    assert [(item.code, item.path) for item in caught.value.findings] == [(code, "answer.json")]


def test_the_bounds_themselves_are_allowed() -> None:
    assert read(b"[" * 32 + b"]" * 32)
    assert read(b"[9223372036854775807, -9223372036854775808]")
    assert read(b'"' + b"x" * 8 + b'"', Bounds(size=10))
