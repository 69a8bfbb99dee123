import base64
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import Refused
from jobtwin.harness.contract import (
    Answer,
    LearnerQuery,
    Outcome,
    Plan,
    Receipt,
    Returned,
    Service,
    ServiceReturn,
    Submission,
    TestReturn,
    TestRun,
)
from jobtwin.harness.file_tree import unsafe_paths
from jobtwin.harness.hostile_json import Bounds
from jobtwin.harness.wire import decode, encode

PLAN = Plan(
    (
        Service("a", None, {"corpus/a.txt": b"\0\xff"}, ({"q": [1, 2.5, None, True]},)),
        Service("b", {"app.py": b"print()"}, {}, (), LearnerQuery("repro.json", "call")),
    ),
    (TestRun("t", "b"),),
)
RETURNED = Returned(
    {
        "a": ServiceReturn(Outcome.OK, (Answer(Outcome.OK, {"x": "é"}, 1.25),)),
        "b": ServiceReturn(Outcome.CRASHED, (), Answer(Outcome.NOT_RUN), "it ended"),
    },
    {"t": TestReturn(Outcome.FAILED, 1), "u": TestReturn(Outcome.TIMED_OUT)},
)
SUBMISSION = Submission(
    {"src/app.py": b"1"},
    {"updates.jsonl": b"{}"},
    (Receipt(datetime(2026, 8, 1, 9, 0, tzinfo=UTC), 12.5, {"inbox/a": "0" * 64}, "live"),),
)


@pytest.mark.parametrize("message", [PLAN, RETURNED, SUBMISSION])
def test_a_message_travels_and_comes_back_equal(message: Any) -> None:
    data = encode(message)
    assert decode(type(message), data) == message
    assert encode(decode(type(message), data)) == data


def test_a_time_in_another_zone_travels_as_the_same_moment() -> None:
    east = datetime(2026, 8, 1, 9, 0, tzinfo=timezone(timedelta(hours=9)))
    sent = Submission({}, {}, (Receipt(east, 0.0, {}),))
    received = decode(Submission, encode(sent)).receipts[0].at
    assert received == east
    assert received.utcoffset() == timedelta(0)


def altered(message: Any, **changes: Any) -> bytes:
    document = json.loads(encode(message))
    for place, value in changes.items():
        *way, last = place.split("__")
        target = document
        for step in way:
            target = target[int(step) if step.isdigit() else step]
        if value is ...:
            del target[last]
        else:
            target[last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Plan, b"[]"),
        (Plan, b"null"),
        (Plan, encode(RETURNED)),
        (Plan, altered(PLAN, format=2)),
        (Plan, altered(PLAN, format=True)),
        (Plan, altered(PLAN, more=1)),
        (Plan, altered(PLAN, value__more=1)),
        (Plan, altered(PLAN, value__test_runs=...)),
        (Plan, altered(PLAN, value__services={})),
        (Plan, altered(PLAN, value__services__0__id=7)),
        (Plan, altered(PLAN, value__services__0__data={"../x": ""})),
        (Plan, altered(PLAN, value__services__0__data={"x": "!!"})),
        (Plan, altered(PLAN, value__services__0__data={"x": "é"})),
        (Plan, altered(PLAN, value__services__0__data={"x": 1})),
        (Returned, altered(RETURNED, value__tests__t__exit_status=True)),
        (Returned, altered(RETURNED, value__tests__t__exit_status=1.0)),
        (Returned, altered(RETURNED, value__tests__t__outcome="passed")),
        (Returned, altered(RETURNED, value__tests__t__outcome=["ok"])),
        (Returned, altered(RETURNED, value__services__a__answers__0__milliseconds=False)),
        (Returned, altered(RETURNED, value__services__a__answers__0__milliseconds="1")),
        (Returned, encode(RETURNED).replace(b"1.25", b"NaN")),
        (Returned, encode(RETURNED).replace(b"1.25", b"1e999")),
        (Returned, encode(RETURNED).replace(b'{"x"', b'{"x":' + b"[" * 90_000)),
        (Submission, altered(SUBMISSION, value__receipts__0__at="2026-08-01T09:00:00+00:00")),
        (Submission, altered(SUBMISSION, value__receipts__0__at="2026-08-01T09:00:00.000000")),
        (Submission, altered(SUBMISSION, value__receipts__0__at="yesterday")),
        (Submission, altered(SUBMISSION, value__files={"a": "", "a/b": ""})),
        (Returned, b"\xff"),
        (Returned, b"[" * 1_000_000),
        (Returned, b""),
    ],
    ids=range(30),
)
def test_bytes_that_encoding_would_not_write_are_refused(kind: Any, data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        decode(kind, data)
    assert caught.value.findings


def test_more_bytes_than_the_bounds_are_refused_unread() -> None:
    with pytest.raises(Refused, match="JSN-001"):
        decode(Submission, encode(SUBMISSION), Bounds(size=20))


@given(st.data())
def test_a_damaged_message_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    whole = bytearray(encode(RETURNED))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Refused):
        decode(Returned, bytes(whole))


@given(st.dictionaries(st.text("abc/._-", min_size=1, max_size=8), st.binary(max_size=20)))
def test_files_keep_every_byte_or_are_refused(files: dict[str, bytes]) -> None:
    if unsafe_paths(files):
        with pytest.raises(Refused, match="PTH-001"):
            decode(Submission, encode(Submission(files)))
    else:
        assert decode(Submission, encode(Submission(files))).files == files


def test_file_contents_are_standard_base64() -> None:
    document = json.loads(encode(PLAN))
    assert (
        document["value"]["services"][0]["data"]["corpus/a.txt"]
        == base64.b64encode(b"\0\xff").decode()
    )
