"""Ids and seeds: the same for the same, different for anything else, nothing to be linked."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from jobtwin.rules import seeds

SECRET = b"s" * 32
parts = st.tuples(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.integers(1, 99))


def make(given: tuple[str, str, str, int], purpose: str = "kit") -> bytes:
    twin, version, subject, number = given
    return seeds.seed(SECRET, twin, version, subject, number, purpose)


@given(parts, parts)
def test_two_attempts_have_the_same_seed_only_when_they_are_the_same(
    one: tuple[str, str, str, int], other: tuple[str, str, str, int]
) -> None:
    assert (make(one) == make(other)) is (one == other)


def test_letters_cannot_wander_from_one_part_to_the_next() -> None:
    assert make(("jt-a", "1", "x", 1)) != make(("jt-a1", "", "x", 1))
    assert seeds.attempt(SECRET, "a", "b1", 1) != seeds.attempt(SECRET, "a", "b", 11)


def test_the_kit_seed_says_nothing_of_the_held_out_one() -> None:
    one = ("jt-a", "1.0.0", "subject", 1)
    kit, graded = make(one), make(one, "graded")
    assert kit != graded
    assert seeds.public_split(kit) not in (kit, graded)


def test_a_seed_is_the_hmac_of_its_parts_each_with_its_length() -> None:
    message = b"4:seed4:jt-a5:1.0.01:x1:13:kit"
    assert make(("jt-a", "1.0.0", "x", 1)) == hmac.digest(SECRET, message, hashlib.sha256)


def test_ids_are_32_hex_digits_and_need_the_secret() -> None:
    subject = seeds.subject(SECRET, 1001)
    made = [
        subject,
        seeds.attempt(SECRET, subject, "jt-a", 1),
        seeds.credential(SECRET, subject),
        seeds.hidden(SECRET, "pull_request", 7),
    ]
    assert len(set(made)) == 4
    assert all(len(name) == 32 and bytes.fromhex(name) for name in made)
    assert seeds.subject(b"t" * 32, 1001) != subject


def test_what_is_hidden_does_not_match_across_purposes() -> None:
    assert seeds.hidden(SECRET, "mentor", "7") != seeds.hidden(SECRET, "source", "7")


def test_a_commitment_is_the_plain_hash_that_anybody_can_check() -> None:
    assert seeds.commitment(b"x") == "sha256:" + hashlib.sha256(b"x").hexdigest()


@given(st.text(max_size=20), st.integers(1, 50))
def test_a_draw_is_one_of_the_candidates_and_the_same_again(event: str, candidates: int) -> None:
    drawn = seeds.draw(SECRET, event, candidates)
    assert 0 <= drawn < candidates
    assert drawn == seeds.draw(SECRET, event, candidates)


def test_draws_fall_on_all_candidates_alike() -> None:
    drawn = Counter(seeds.draw(SECRET, f"comment:{number}", 8) for number in range(4000))
    assert set(drawn) == set(range(8))
    assert all(400 < count < 600 for count in drawn.values())
