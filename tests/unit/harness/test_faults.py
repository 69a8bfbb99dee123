"""What each seeded fault makes of an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.harness.contract import Fault
from jobtwin.harness.faults import KINDS, Reply, Seeded

JSON = (("Content-Type", "application/json"),)
ASKED = [json.dumps({"text": f"where is parcel {number}", "id": number}) for number in range(6)]


def answers(fault: Fault, bodies: list[Any], status: int = 200) -> list[Any]:
    """Return what is answered to six requests, as JSON where it is."""
    seeded, found = Seeded(fault), []
    for asked, body in zip(ASKED, bodies, strict=False):
        reply, _ = seeded.spoil(asked.encode(), Reply(status, JSON, json.dumps(body).encode()))
        found.append((reply.status, reply.body.decode()))
    return [(status, _read(body)) for status, body in found]


def _read(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return "no JSON"


GIVEN = [{"label": word, "among": [word, 3], "sure": True} for word in ("lost", "late", "paid")]


@pytest.mark.parametrize(
    ("kind", "second"),
    [
        ("constant", GIVEN[0]),
        ("swapped", GIVEN[0]),
        ("emptied", {"label": "", "among": ["", 3], "sure": True}),
        (
            "echoed",
            {"label": "where is parcel 1", "among": ["where is parcel 1", 3], "sure": True},
        ),
        ("wrong_type", {"label": [4], "among": [[4], 3], "sure": True}),
        ("truncated", "no JSON"),
        ("slow", GIVEN[1]),
    ],
)
def test_each_fault_spoils_the_second_answer_in_its_own_way(kind: str, second: Any) -> None:
    assert answers(Fault(kind), GIVEN)[1] == (200, second)


def test_a_failing_service_answers_with_an_error_of_its_own() -> None:
    assert answers(Fault("failing"), GIVEN)[0] == (503, {"error": "overloaded"})


def test_every_third_answer_is_spoilt_and_no_more_than_was_said() -> None:
    spoilt = [status for status, _ in answers(Fault("failing", one_in=3), GIVEN * 2)]
    assert spoilt == [503, 200, 200, 503, 200, 200]
    once = [status for status, _ in answers(Fault("failing", one_in=3, most=1), GIVEN * 2)]
    assert once.count(503) == 1


def test_a_constant_is_an_answer_that_went_well() -> None:
    seeded = Seeded(Fault("constant"))
    seeded.spoil(b"{}", Reply(400, JSON, b'{"error": "empty"}'))
    well = Reply(200, JSON, b'{"label": "late"}')
    assert seeded.spoil(b"{}", well)[0] == well
    assert seeded.spoil(b"{}", Reply(500, JSON, b"{}"))[0] == well


def test_a_fault_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault"):
        Seeded(Fault("haunted"))


@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=400), st.binary(max_size=400))
def test_no_bytes_of_either_side_break_a_fault(kind: str, asked: bytes, body: bytes) -> None:
    seeded = Seeded(Fault(kind))
    for _ in range(2):
        spoilt, changed = seeded.spoil(asked, Reply(200, JSON, body))
        assert changed
        assert len(spoilt.body) <= 20 * (len(asked) + len(body) + 20)


def test_an_echo_stays_small_however_much_is_asked_and_answered() -> None:
    asked = json.dumps({"text": "x" * 500_000}).encode()
    many = json.dumps(["y"] * 10_000).encode()
    spoilt, _ = Seeded(Fault("echoed")).spoil(asked, Reply(200, JSON, many))
    assert len(spoilt.body) < 32 * 1024 * 1024
