"""Agreement against scikit-learn, by hand, and at its edges."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import warnings
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.rules.agreement import (
    Table,
    ac1,
    agreement,
    interval,
    kappa,
    ruling,
    table,
    weighted_kappa,
)
from jobtwin.rules.scoring import level

if TYPE_CHECKING:
    from jobtwin.records.calibration import Agreement

LEVELS = [1, 2, 3, 4, 5]
PAIRS = st.lists(st.tuples(st.sampled_from(LEVELS), st.sampled_from(LEVELS)), min_size=1)
WEIGHTS = {"a": 0.5, "b": 0.3, "c": 0.2}
ANCHORS = (0.0, 0.25, 0.5, 0.75, 1.0)
POLICY = CalibrationPolicy(
    format=1,
    since=datetime(2026, 1, 1, tzinfo=UTC),
    kappa=0.7,
    kappa_low=0.6,
    verdict_agreement=0.85,
    items=20,
    ratings=100,
    expires_days=90,
    expires_reviews=20,
    rounds_per_90_days=2,
)

Ratings = dict[str, dict[str, tuple[float, float]]]


def _ratings(items: int, wrong_every: int = 10**9, shift: int = 1) -> Ratings:
    found: Ratings = {}
    counter = 0
    for number in range(items):
        found[f"item-{number:02}"] = scores = {}
        for offset, name in enumerate(WEIGHTS):
            counter += 1
            right = (number * 3 + offset * 2) % 5
            mine = (right + shift) % 5 if counter % wrong_every == 0 else right
            scores[name] = (ANCHORS[mine], ANCHORS[right])
    return found


def _measured(ratings: Ratings) -> Agreement:
    return agreement(ratings, WEIGHTS, 0.65)


@given(PAIRS)
@settings(max_examples=150, deadline=None)
def test_kappa_is_scikit_learns_with_the_full_list_of_levels(pairs: list[tuple[int, int]]) -> None:
    from sklearn.metrics import cohen_kappa_score  # type: ignore[import-untyped]

    mine, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = cohen_kappa_score(mine, right, labels=LEVELS)
        weighted = cohen_kappa_score(mine, right, labels=LEVELS, weights="quadratic")
    ours, ours_weighted = kappa(table(pairs)), weighted_kappa(table(pairs))
    # Where it is undefined, scikit-learn says NaN (which differs from itself) and we say None.
    assert (ours is None) == bool(plain != plain)  # noqa: PLR0124
    assert (ours_weighted is None) == bool(weighted != weighted)  # noqa: PLR0124
    if ours is not None:
        assert float(ours) == pytest.approx(plain, abs=1e-9)
    if ours_weighted is not None:
        assert float(ours_weighted) == pytest.approx(weighted, abs=1e-9)


@given(PAIRS)
@settings(max_examples=100, deadline=None)
def test_turning_given_and_reference_round_changes_nothing(pairs: list[tuple[int, int]]) -> None:
    turned = [(right, mine) for mine, right in pairs]
    for figure in (kappa, weighted_kappa, ac1):
        assert figure(table(pairs)) == figure(table(turned))


def test_kappa_by_hand() -> None:
    # 20 + 15 of 50 agree; by chance (25*30 + 25*20) / 50² = 0.5; (0.7 - 0.5) / 0.5.
    pairs = [(1, 1)] * 20 + [(1, 2)] * 5 + [(2, 1)] * 10 + [(2, 2)] * 15
    found = kappa(table(pairs))
    assert found is not None
    assert float(found) == pytest.approx(0.4)


def test_gwets_ac1_by_hand() -> None:
    # Shares of the levels (0.55, 0.45, 0, 0, 0): by chance 2 * 0.55 * 0.45 / 4 = 0.12375.
    pairs = [(1, 1)] * 20 + [(1, 2)] * 5 + [(2, 1)] * 10 + [(2, 2)] * 15
    found = ac1(table(pairs))
    assert found is not None
    assert float(found) == pytest.approx((0.7 - 0.12375) / (1 - 0.12375))


@given(PAIRS)
@settings(max_examples=100, deadline=None)
def test_ac1_is_gwets_formula_over_pairs_of_raters(pairs: list[tuple[int, int]]) -> None:
    """Gwet (2008), as a sum over subjects: how likely two raters agree, and by chance."""
    agree = statistics.fmean(mine == right for mine, right in pairs)
    every = [level_ for pair in pairs for level_ in pair]
    shares = [every.count(level_) / len(every) for level_ in LEVELS]
    by_chance = statistics.fmean(share * (1 - share) for share in shares) * 5 / 4
    found = ac1(table(pairs))
    assert found is not None
    assert float(found) == pytest.approx((agree - by_chance) / (1 - by_chance), abs=1e-9)


def test_perfect_agreement_is_one_in_every_figure() -> None:
    found = _measured(_ratings(24))
    assert (found.kappa, found.kappa_low, found.kappa_high) == (1.0, 1.0, 1.0)
    assert (found.weighted_kappa, found.ac1, found.exact, found.adjacent) == (1.0, 1.0, 1.0, 1.0)
    assert (found.mean_absolute_error, found.verdict_agreement) == (0.0, 1.0)
    assert (found.items, found.ratings) == (24, 72)


def test_one_level_only_leaves_kappa_undefined_and_ac1_good() -> None:
    ratings = {f"i{n}": dict.fromkeys(WEIGHTS, (0.5, 0.5)) for n in range(20)}
    found = _measured(ratings)
    assert (found.kappa, found.kappa_low, found.kappa_high, found.weighted_kappa) == (None,) * 4
    assert (found.ac1, found.exact) == (1.0, 1.0)
    assert ruling(found, POLICY) == "recalibrate"


def test_error_and_verdicts_are_of_the_overall_score() -> None:
    ratings: Ratings = {
        "over": {"a": (1.0, 0.5), "b": (0.5, 0.5), "c": (0.5, 0.5)},  # 0.75 against 0.50
        "same": {"a": (1.0, 1.0), "b": (0.5, 0.5), "c": (0.5, 0.5)},
    }
    found = _measured(ratings)
    assert (found.mean_absolute_error, found.verdict_agreement) == (0.125, 0.5)


def test_reaching_the_threshold_exactly_is_a_pass_on_both_sides() -> None:
    weights = {"a": 0.1, "b": 0.2, "c": 0.7}  # 0.1 + 0.2 + 0.35 is not 0.65 in floats
    ratings = {"i": {"a": (1.0, 0.75), "b": (1.0, 1.0), "c": (0.5, 0.75)}}
    assert agreement(ratings, weights, 0.65).verdict_agreement == 1.0


def test_the_interval_is_the_same_each_time_and_holds_the_point() -> None:
    first, second = _measured(_ratings(24, 7)), _measured(_ratings(24, 7))
    assert first == second
    assert first.kappa_low is not None
    assert first.kappa_high is not None
    assert first.kappa is not None
    assert first.kappa_low < first.kappa < first.kappa_high


def test_the_interval_is_pinned_to_its_published_procedure() -> None:
    found = _measured(_ratings(24, 7))
    assert (found.kappa, found.kappa_low, found.kappa_high) == (0.8263, 0.7556, 0.8952)


def test_the_interval_is_that_of_a_plain_bootstrap_with_other_random_numbers() -> None:
    dice = random.Random(1)
    ratings = list(_ratings(24, 7).values())
    found = []
    for _ in range(500):
        drawn = dice.choices(ratings, k=len(ratings))
        pairs = [(level(mine), level(right)) for i in drawn for mine, right in i.values()]
        found.append(float(kappa(table(pairs)) or 0))
    found.sort()
    ours = _measured(_ratings(24, 7))
    assert ours.kappa_low == pytest.approx(found[24], abs=0.02)
    assert ours.kappa_high == pytest.approx(found[474], abs=0.02)


def test_drawing_items_is_less_sure_than_drawing_ratings() -> None:
    # All errors in three items, against the same number spread over all of them.
    def item(errors: int) -> Table:
        return table([(2 if n < errors else 1, 1) for n in range(3)] + [(4, 4), (5, 5)])

    lumped = interval([item(3)] * 4 + [item(0)] * 20)
    spread = interval([item(1)] * 12 + [item(0)] * 12)
    assert lumped is not None
    assert spread is not None
    assert lumped[1] - lumped[0] > spread[1] - spread[0]


def test_more_of_the_same_items_make_it_surer() -> None:
    few, many = _measured(_ratings(20, 7)), _measured(_ratings(80, 7))
    assert few.kappa_low is not None
    assert many.kappa_low is not None
    assert many.kappa_low > few.kappa_low


def test_the_order_of_items_and_dimensions_changes_nothing() -> None:
    ratings = _ratings(24, 7)
    turned = {name: dict(reversed(scores.items())) for name, scores in reversed(ratings.items())}
    assert _measured(ratings) == _measured(turned)


@pytest.mark.parametrize(
    ("changes", "extended", "expected"),
    [
        ({}, False, "calibrated"),
        ({"kappa": 0.6999}, False, "recalibrate"),
        ({"verdict_agreement": 0.84}, False, "recalibrate"),
        ({"kappa_low": 0.5999}, False, "extend"),
        ({"kappa_low": 0.5999}, True, "recalibrate"),
        ({"kappa_low": None}, False, "extend"),
        ({"items": 19}, False, "extend"),
        ({"ratings": 99}, False, "extend"),
        ({"ratings": 99}, True, "recalibrate"),
        ({"kappa": None}, False, "recalibrate"),
    ],
)
def test_the_ruling_at_each_limit(
    changes: dict[str, float | None], extended: bool, expected: str
) -> None:
    at_the_limit = _measured(_ratings(24)).model_copy(
        update={
            "kappa": 0.7,
            "kappa_low": 0.6,
            "verdict_agreement": 0.85,
            "items": 20,
            "ratings": 100,
            **changes,
        }
    )
    assert ruling(at_the_limit, POLICY, extended) == expected


@given(PAIRS)
@settings(max_examples=100, deadline=None)
def test_figures_keep_within_their_bounds(pairs: list[tuple[int, int]]) -> None:
    counts = table(pairs)
    for figure in (kappa, weighted_kappa, ac1):
        value = figure(counts)
        assert value is None or -1 <= value <= 1
    value = kappa(counts)
    if value is not None:
        assert (value == 1) == (counts.within(0) == counts.total)


@given(PAIRS)
@settings(max_examples=100, deadline=None)
def test_calling_the_levels_otherwise_changes_kappa_and_ac1_in_nothing(
    pairs: list[tuple[int, int]],
) -> None:
    other = {1: 4, 2: 1, 3: 5, 4: 3, 5: 2}
    renamed = [(other[mine], other[right]) for mine, right in pairs]
    assert kappa(table(renamed)) == kappa(table(pairs))
    assert ac1(table(renamed)) == ac1(table(pairs))


@given(PAIRS)
@settings(max_examples=100, deadline=None)
def test_turning_the_scale_upside_down_changes_no_figure(pairs: list[tuple[int, int]]) -> None:
    turned = [(6 - mine, 6 - right) for mine, right in pairs]
    for figure in (kappa, weighted_kappa, ac1):
        assert figure(table(turned)) == figure(table(pairs))


@given(PAIRS, st.integers(2, 4))
@settings(max_examples=50, deadline=None)
def test_the_same_ratings_several_times_over_change_no_figure(
    pairs: list[tuple[int, int]], times: int
) -> None:
    for figure in (kappa, weighted_kappa, ac1):
        assert figure(table(pairs * times)) == figure(table(pairs))


def test_levels_that_nobody_used_count_for_ac1_and_not_for_kappa() -> None:
    # Gwet divides by q - 1 = 4, also where only two of the five levels occur.
    pairs = [(1, 1)] * 9 + [(2, 2)] * 9 + [(1, 2)] * 2
    assert kappa(table(pairs)) == Fraction(81, 101)  # (0.9 - 0.495) / (1 - 0.495)
    found = ac1(table(pairs))
    assert found is not None
    assert float(found) == pytest.approx((0.9 - 0.125) / (1 - 0.125))


# Tables whose AC1 was worked out by hand from Gwet (2008), eq. for q categories: shares of the
# levels p_k over both graders, chance = sum p_k (1 - p_k) / (q - 1), q = 5.
AC1_BY_HAND = [
    ([(1, 1)] * 10, 1.0),
    ([(1, 2)] * 10, (0 - 2 * 0.25 / 4) / (1 - 2 * 0.25 / 4)),
    ([(n, n) for n in LEVELS], 1.0),
    ([(n, n % 5 + 1) for n in LEVELS], (0 - 5 * 0.16 / 4) / (1 - 5 * 0.16 / 4)),
    ([(4, 4)] * 18 + [(4, 5), (5, 4)], (0.9 - 2 * 0.95 * 0.05 / 4) / (1 - 2 * 0.95 * 0.05 / 4)),
]


@pytest.mark.parametrize(("pairs", "wanted"), AC1_BY_HAND)
def test_gwets_ac1_of_a_table_of_hand_worked_cases(
    pairs: list[tuple[int, int]], wanted: float
) -> None:
    found = ac1(table(pairs))
    assert found is not None
    assert float(found) == pytest.approx(wanted)


def test_where_one_level_dominates_kappa_collapses_and_ac1_does_not() -> None:
    pairs = [(4, 4)] * 18 + [(4, 5), (5, 4)]
    plain, gwet = kappa(table(pairs)), ac1(table(pairs))
    assert plain is not None
    assert gwet is not None
    assert plain < 0
    assert gwet > 0.85


def test_the_figures_are_the_same_whatever_the_hash_seed() -> None:
    code = (
        "from jobtwin.rules.agreement import agreement\n"
        "r = {f'i{n}': {d: (n * k % 5 / 4, n * (k + 1) % 5 / 4) for k, d in enumerate('abc')}"
        " for n in range(24)}\n"
        "print(agreement(r, {'a': 0.5, 'b': 0.3, 'c': 0.2}, 0.65))\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "42")
    }
    assert len(found) == 1


def test_an_undefined_kappa_is_explained_to_the_mentor() -> None:
    from jobtwin.records.calibration import Calibrated
    from jobtwin.rules.rounds import result

    ratings = {f"i{n}": dict.fromkeys(WEIGHTS, (0.5, 0.5)) for n in range(20)}
    zero = "sha256:" + "0" * 64
    record = Calibrated(
        format=1, at=POLICY.since, event="test:1", key="desk-1", mentor="mia", twin="jt-a-1",
        twin_version="1.0", rubric=zero, gold_set="set-1", number=1, round=zero,
        round_signature=zero, policy=zero, agreement=_measured(ratings), ruling="recalibrate",
        expires=POLICY.since, expires_after_reviews=20,
    )  # fmt: skip
    told = result(record, POLICY)
    assert "| Cohen's kappa, five levels | undefined | >= 0.7 |" in told
    assert "you and the reference gave one and the same level throughout" in told
