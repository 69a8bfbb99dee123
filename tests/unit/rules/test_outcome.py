"""Who counts in the rate, and when somebody may be asked or answer."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records.outcome import Asked, Employer, Employers, Outcome
from jobtwin.rules.outcome import (
    AFTER,
    SKEW,
    WINDOW,
    Case,
    answer_by,
    check_ask,
    check_dates,
    check_employer,
    check_employers,
    listed,
    rows,
    wilson,
)

BEGAN = datetime(2026, 8, 3, tzinfo=UTC)
ASKED = BEGAN + AFTER
WEB = "did:web:employer.example"
KEY = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"
OUTCOMES = (
    None,
    Outcome(hired=True, in_role=True, again=True),
    Outcome(hired=True, in_role=False, again=False),
    Outcome(hired=False),
)


def case(
    outcome: Outcome | None = None,
    twin: str = "jt-rag-1",
    at: datetime = ASKED,
    holder: str = "lea",
) -> Case:
    record = Asked(
        format=1,
        at=at,
        event="test:1",
        key="desk-1",
        credential="a" * 32,
        employer=WEB,
        how="mail",
        answer_by=answer_by(at),
    )
    return Case(twin, holder, record, outcome)


CASES = st.lists(
    st.builds(
        case,
        st.sampled_from(OUTCOMES),
        st.sampled_from(("jt-rag-1", "jt-evals-2")),
        st.integers(0, 90).map(lambda days: ASKED + timedelta(days=days)),
        st.sampled_from("abcdefghij"),
    ),
    max_size=30,
)


@given(CASES, st.integers(0, 200).map(lambda days: ASKED + timedelta(days=days)))
def test_everybody_who_was_asked_about_stands_in_one_column_and_in_all(
    cases: list[Case], as_of: datetime
) -> None:
    every, *twins = rows(cases, as_of)
    for row in (every, *twins):
        assert row.answered + row.silent + row.pending == row.asked
        assert row.kept <= row.hired <= row.answered
        assert 0 <= row.interval[0] <= row.share <= row.interval[1] <= 1
    for column in ("asked", "answered", "silent", "pending", "hired", "kept", "again"):
        assert getattr(every, column) <= sum(getattr(row, column) for row in twins)
    assert every.asked == len({item.holder for item in cases})


@given(CASES)
def test_silence_and_waiting_never_raise_the_rate(cases: list[Case]) -> None:
    silent = case(holder="somebody else")
    (before, *_), (after, *_) = (rows([*cases, *more], ASKED) for more in ([], [silent]))
    assert after.share <= before.share
    assert after.kept == before.kept


def test_silence_begins_after_the_last_second_of_the_window() -> None:
    asked = case()
    assert asked.state(ASKED + WINDOW) == "pending"
    assert asked.state(ASKED + WINDOW + timedelta(seconds=1)) == "silent"


def test_a_late_answer_ends_the_silence() -> None:
    assert case(OUTCOMES[1]).state(ASKED + WINDOW * 5) == "answered"


@pytest.mark.parametrize(("asked", "published"), [(4, False), (5, True)])
def test_a_row_of_fewer_than_five_is_not_published(asked: int, published: bool) -> None:
    (every, *_) = rows([case(OUTCOMES[1], holder=str(n)) for n in range(asked)], ASKED)
    assert every.is_published is published


def test_a_hire_counts_once_by_the_question_that_was_asked_first() -> None:
    first = case(OUTCOMES[2])
    later = case(OUTCOMES[1], "jt-evals-2", ASKED + timedelta(days=1))
    (every, *_) = rows([later, first], ASKED)
    assert (every.asked, every.hired, every.kept) == (1, 1, 0)


def test_the_interval_is_wilsons() -> None:
    # 8 of 10 at z = 1.6449, worked out by the closed form with exact decimals
    assert wilson(8, 10) == (0.5408, 0.9314)
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_mirrors(counts: tuple[int, int]) -> None:
    kept, asked = counts
    low, high = wilson(kept, asked)
    assert low <= round(kept / asked, 4) <= high
    mirrored = wilson(asked - kept, asked)
    assert math.isclose(low, 1 - mirrored[1], abs_tol=1e-4)
    assert math.isclose(high, 1 - mirrored[0], abs_tol=1e-4)


def test_nobody_is_asked_a_second_before_the_90_days_are_over() -> None:
    assert list(check_ask(BEGAN, ASKED)) == []
    (finding,) = check_ask(BEGAN, ASKED - timedelta(seconds=1))
    assert finding.code == "ATT-001"


@pytest.mark.parametrize(
    ("valid_from", "created", "codes"),
    [
        (ASKED, ASKED, []),
        (ASKED + SKEW, ASKED, []),
        (ASKED, ASKED + SKEW + timedelta(seconds=1), ["ATT-003"]),
        (ASKED - timedelta(seconds=1), ASKED, ["ATT-001"]),
    ],
)
def test_a_statement_is_of_the_90_days_and_not_of_the_future(
    valid_from: datetime, created: datetime, codes: list[str]
) -> None:
    assert [finding.code for finding in check_dates(valid_from, created, BEGAN, ASKED)] == codes


def employer(**changes: object) -> Employer:
    entry = Employer(id="acme", name="Acme", did=KEY, since=BEGAN)
    return entry.model_copy(update=changes)


@pytest.mark.parametrize(
    ("entry", "did", "fits"),
    [
        (None, WEB, True),
        (None, KEY, False),
        (employer(), KEY, True),
        (employer(since=ASKED + SKEW), KEY, False),
        (employer(until=ASKED), KEY, True),
        (employer(until=ASKED - SKEW), KEY, False),
        (employer(compromised=ASKED + SKEW), KEY, False),
        (employer(did=WEB, until=ASKED - SKEW), WEB, False),
    ],
)
def test_a_domain_vouches_for_itself_and_a_bare_key_needs_an_entry_in_force(
    entry: Employer | None, did: str, fits: bool
) -> None:
    assert (not list(check_employer(entry, did, ASKED))) is fits


def test_an_employer_is_found_by_its_did() -> None:
    found = Employers(format=1, employers=(employer(), employer(id="web", did=WEB)))
    assert listed(found, WEB) == found.employers[1]
    assert listed(found, "did:web:rival.example") is None
    assert listed(None, WEB) is None


def test_an_id_and_a_key_belong_to_one_employer() -> None:
    twice = Employers(format=1, employers=(employer(), employer(did=WEB)))
    assert [f.message for f in check_employers(twice, "x")] == ["`acme` stands twice"]
    shared = Employers(format=1, employers=(employer(), employer(id="other")))
    assert [f.code for f in check_employers(shared, "x")] == ["ATT-014"]
    both = Employers(format=1, employers=(employer(), employer(id="other", did=WEB)))
    assert list(check_employers(both, "x")) == []
