"""Which attempt binds, over every sequence of attempts, retakes and revocations."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobtwin.rules.award import Decided, binding
from jobtwin.rules.scoring import exact

SCORES = st.integers(0, 20).map(lambda steps: steps / 20)
ATTEMPTS = st.lists(st.tuples(SCORES, st.booleans()), max_size=8).map(
    lambda drawn: [Decided(f"a{n}", score, passed) for n, (score, passed) in enumerate(drawn)]
)


def _withdrawn(decided: list[Decided], chosen: set[int]) -> frozenset[str]:
    return frozenset(one.attempt for n, one in enumerate(decided) if n in chosen)


@given(ATTEMPTS, st.sets(st.integers(0, 7)))
def test_the_first_of_the_highest_passed_and_standing_binds(
    decided: list[Decided], chosen: set[int]
) -> None:
    gone = _withdrawn(decided, chosen)
    standing = [one for one in decided if one.passed and one.attempt not in gone]
    found = binding(decided, gone)
    if not standing:
        assert found is None
        return
    winner = next(one for one in standing if one.attempt == found)
    before = standing[: standing.index(winner)]
    assert all(exact(one.overall) <= exact(winner.overall) for one in standing)
    assert all(exact(one.overall) < exact(winner.overall) for one in before)


@given(ATTEMPTS, st.tuples(SCORES, st.booleans()))
def test_another_attempt_changes_what_binds_only_by_beating_it(
    decided: list[Decided], drawn: tuple[float, bool]
) -> None:
    later = Decided("later", *drawn)
    before, after = binding(decided), binding([*decided, later])
    scores = {one.attempt: one.overall for one in decided}
    beats = later.passed and (before is None or exact(later.overall) > exact(scores[before]))
    assert after == ("later" if beats else before)


@given(ATTEMPTS, st.sets(st.integers(0, 7)))
def test_revoking_what_does_not_bind_changes_nothing(
    decided: list[Decided], chosen: set[int]
) -> None:
    binds = binding(decided)
    gone = _withdrawn(decided, chosen) - {binds}
    assert binding(decided, gone) == binds


@given(ATTEMPTS)
def test_what_binds_in_turn_never_scores_lower_than_before(decided: list[Decided]) -> None:
    scores = {one.attempt: exact(one.overall) for one in decided}
    told = [binding(decided[:count]) for count in range(1, len(decided) + 1)]
    bound = [scores[name] for name in told if name]
    assert bound == sorted(bound)
