"""The line of waiting attempts: whatever happens, its order is that of a plain sort."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jobtwin.rules.eligibility import Candidate
from jobtwin.rules.line import Line, Waiting
from jobtwin.rules.relations import Person

T0 = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _waiting(name: str, since: int, *due: int, needed: int = 1, signed_off: int = 0) -> Waiting:
    return Waiting(
        candidate=Candidate(name, Person(), "rubric"),
        cohort="autumn",
        since=T0 + since * HOUR,
        needed=needed,
        signed_off=signed_off,
        open_until=tuple(T0 + hours * HOUR for hours in due),
    )


def _names(line: Line, hours: int) -> list[str]:
    return [entry.candidate.attempt for entry in line.waiting(T0 + hours * HOUR)]


def test_the_oldest_stands_first() -> None:
    line = Line()
    for name, since in (("b", 2), ("c", 1), ("a", 2)):
        line.put(_waiting(name, since))
    assert _names(line, 3) == ["c", "a", "b"]


def test_a_claim_holds_its_place_up_to_the_second_when_it_is_due() -> None:
    line = Line()
    line.put(_waiting("old", 0))
    line.put(_waiting("claimed", 5, 10))
    assert _names(line, 10) == ["old"]
    assert [e.candidate.attempt for e in line.waiting(T0 + 10 * HOUR + timedelta(seconds=1))] == [
        "claimed",
        "old",
    ]


def test_an_attempt_that_needs_two_stands_with_room_for_the_second() -> None:
    line = Line()
    line.put(_waiting("capstone", 0, 10, needed=2))
    assert _names(line, 1) == ["capstone"]
    line.put(_waiting("capstone", 0, 10, 11, needed=2))
    assert _names(line, 1) == []
    line.put(_waiting("capstone", 0, 11, needed=2, signed_off=1))
    assert _names(line, 10) == []
    assert _names(line, 12) == ["capstone"]


def test_a_claim_that_was_handed_in_brings_nothing_back() -> None:
    line = Line()
    line.put(_waiting("claimed", 0, 10))
    line.drop("claimed")
    assert _names(line, 20) == []
    assert len(line) == 0


_STEP = st.tuples(
    st.sampled_from("abcdefg"),
    st.integers(0, 20),
    st.lists(st.integers(0, 30), max_size=2),
    st.integers(1, 2),
    st.integers(0, 30),
)


@given(st.lists(_STEP, max_size=25))
def test_the_order_is_that_of_a_plain_sort_also_when_time_goes_back(
    steps: list[tuple[str, int, list[int], int, int]],
) -> None:
    line, known = Line(), dict[str, Waiting]()
    for name, since, dues, needed, now in steps:
        if name in known and not dues:
            line.drop(name)
            del known[name]
        else:
            known[name] = _waiting(name, since, *dues, needed=needed)
            line.put(known[name])
        at = T0 + now * HOUR
        plain = sorted(
            (entry for entry in known.values() if entry.has_room(at)),
            key=lambda entry: (not entry.came_back(at), entry.since, entry.candidate.attempt),
        )
        assert list(line.waiting(at)) == plain
