"""A field that by itself tells the answer is found; what merely hints at it is not."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from jobtwin.harness.predicting import GivenAway, Labelled, given_away

COUNT = 200
RANDOM = Random(7)
LABELS = [RANDOM.choice(["attack", "harmless"]) for _ in range(COUNT)]


def fields(rows: list[dict[str, Any]], *told: str, labels: list[str] = LABELS) -> list[str]:
    found = given_away(Labelled("requests", rows, labels, frozenset(told)))
    return [one.field for one in found]


def noise() -> dict[str, Any]:
    words = [RANDOM.choice("abcdefgh") * 3 for _ in range(RANDOM.randint(3, 9))]
    return {"text": " ".join(words), "id": RANDOM.getrandbits(40), "list": words[:2]}


@pytest.mark.parametrize(
    ("leak", "field"),
    [
        (lambda label: {"source": "upload" if label == "attack" else "desk"}, "`source`"),
        (lambda label: {"n": 2 * RANDOM.getrandbits(30) + (label == "attack")}, "`n`, even or odd"),
        (lambda label: {"size": RANDOM.uniform(0, 5) + 5 * (label == "attack")}, "`size`"),
        (lambda label: {"id": f"{label[0]}{RANDOM.getrandbits(40)}"}, "the first 1 of `id`"),
        (lambda label: {"x": "y" * (40 if label == "attack" else 2)}, "the length of `x`"),
        (lambda label: {"meta": {"kind": label}}, "`meta.kind`"),
        (lambda label: {"flag": True} if label == "attack" else {}, "`flag`"),
        (lambda label: {"docs": ["d"] * (2 + (label == "attack"))}, "`docs, how many`"),
    ],
)
def test_a_field_that_tells_the_label_is_found(leak: Any, field: str) -> None:
    assert field in fields([{**noise(), **leak(label)} for label in LABELS])


def test_rows_sorted_by_their_label_are_found() -> None:
    assert fields([noise() for _ in LABELS], labels=sorted(LABELS)) == ["the place in the order"]


def test_rows_that_take_turns_are_found() -> None:
    turns = ["attack", "harmless"] * (COUNT // 2)
    found = fields([noise() for _ in turns], labels=turns)
    assert found == ["the place in the order, even or odd"]


def test_fields_that_tell_nothing_are_passed_over() -> None:
    assert fields([noise() for _ in LABELS]) == []


def test_a_hint_is_no_answer() -> None:
    hints = [
        {"channel": "mail" if (label == "attack") ^ (RANDOM.random() < 0.4) else "web"}
        for label in LABELS
    ]
    assert fields(hints) == []


def test_what_says_the_label_on_purpose_is_no_leak() -> None:
    rows = [{"kind": label, "meta": {"kind": label}} for label in LABELS]
    assert fields(rows, "kind", "meta") == []


def test_a_rare_label_is_judged_by_what_is_left_to_know() -> None:
    rare = ["attack" if number % 20 == 0 else "harmless" for number in range(COUNT)]
    (found,) = given_away(Labelled("requests", [{"is": one} for one in rare], rare))[:1]
    assert isinstance(found, GivenAway)
    assert found.accuracy == 1.0
    assert found.base > 0.9


@pytest.mark.parametrize("count", [0, 1, 25])
def test_a_few_rows_say_nothing(count: int) -> None:
    labels = LABELS[:count]
    assert fields([{"is": label} for label in labels], labels=labels) == []
