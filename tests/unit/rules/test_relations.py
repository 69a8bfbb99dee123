"""Ties between people, as keyed hashes: each kind, symmetry, and that knowing more never unties."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.rules import relations, seeds
from jobtwin.rules.relations import Person, mirrored, ties

SECRET = b"s" * 32
GRADER = Person(selves=frozenset({"mia", "mia@x"}))
LEARNER = Person(selves=frozenset({"lea"}), cohorts=frozenset({"autumn"}))


def _set(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("grader", "learner", "tie"),
    [
        ({"selves": _set("lea")}, {}, "same person"),
        ({}, {"commits": _set("mia@x", "lea@x")}, "shared commits"),
        ({"commits": _set("lea")}, {}, "shared commits"),
        ({"employers": _set("acme")}, {"employers": _set("acme", "other")}, "same employer"),
        ({"cohorts": _set("autumn")}, {}, "same cohort"),
        ({"declared": _set("lea")}, {}, "declared by the grader"),
        ({"declared": _set("lea@x")}, {"commits": _set("lea@x")}, "declared by the grader"),
        ({}, {"declared": _set("mia")}, "declared by the learner"),
    ],
)
def test_each_tie_is_found_alone(
    grader: dict[str, frozenset[str]], learner: dict[str, frozenset[str]], tie: str
) -> None:
    assert list(ties(replace(GRADER, **grader), replace(LEARNER, **learner))) == [tie]


def test_strangers_have_no_tie() -> None:
    assert not list(ties(GRADER, LEARNER))
    assert not list(ties(Person(), Person()))


_NAMES = st.frozensets(st.sampled_from("abcdef"), max_size=3)
_PEOPLE = st.builds(Person, *[_NAMES for _ in fields(Person)])


@given(_PEOPLE, _PEOPLE)
def test_ties_are_the_same_from_both_sides(one: Person, other: Person) -> None:
    assert set(ties(one, other)) == {mirrored(tie) for tie in ties(other, one)}


@given(_PEOPLE, _PEOPLE, _PEOPLE)
def test_knowing_more_of_somebody_never_takes_a_tie_away(
    one: Person, other: Person, more: Person
) -> None:
    grown = Person(*[getattr(one, part.name) | getattr(more, part.name) for part in fields(Person)])
    assert set(ties(one, other)) <= set(ties(grown, other))
    assert set(ties(other, one)) <= set(ties(other, grown))


@pytest.mark.parametrize(
    "written",
    ["Lea@Example.com", " lea@example.com ", "lea+git@example.com", "LEA+x+y@EXAMPLE.COM"],
)
def test_an_address_is_one_however_it_is_written(written: str) -> None:
    assert relations.address(SECRET, written) == relations.address(SECRET, "lea@example.com")


def test_githubs_address_of_an_account_is_the_account() -> None:
    mail = "1001+lea@users.noreply.github.com"
    assert relations.address(SECRET, mail) == seeds.subject(SECRET, 1001)


@pytest.mark.parametrize(
    "mail", ["", "lea", "@example.com", "lea@", "noreply@github.com", "x@" * 200]
)
def test_what_is_nobodys_address_gives_no_hash(mail: str) -> None:
    assert relations.address(SECRET, mail) is None


def test_another_secret_gives_other_hashes() -> None:
    assert relations.employer(SECRET, "a.example") != relations.employer(b"t" * 32, "a.example")
    assert relations.employer(SECRET, "A.example.") == relations.employer(SECRET, "a.example")


def test_identities_are_sorted_and_each_stands_once() -> None:
    found = relations.identities(SECRET, ["a@x.y", "A@x.y", "b@x.y"], ["SHA256:k"])
    assert len(found) == 3
    assert list(found) == sorted(found)
    assert relations.key(SECRET, "SHA256:k") in found
