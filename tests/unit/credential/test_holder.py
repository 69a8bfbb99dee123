"""A name is shown only with the salt that was hashed with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.credential.holder import from_link, hashed, is_holder, link

SALT = "0123456789abcdef" * 2
PAGE = "https://a.example/credentials/ab/abcd/"


def credential(name: str = "Lea Example") -> dict[str, Any]:
    identity = {"type": "IdentityObject", "hashed": True, "identityHash": hashed(name, SALT)}
    return {"credentialSubject": {"identifier": [identity]}}


def test_the_name_with_its_salt_is_the_holder() -> None:
    assert is_holder(credential(), "Lea Example", SALT)


@pytest.mark.parametrize(
    ("name", "salt"),
    [
        ("Ben Example", SALT),
        ("Lea Example", SALT[::-1]),
        ("Lea Example", ""),
        ("Lea Example" + SALT[0], SALT[1:]),
        ("", SALT),
        ("Lea\u202eExample", SALT),
    ],
)
def test_another_name_or_salt_is_not(name: str, salt: str) -> None:
    assert not is_holder(credential(), name, salt)


@pytest.mark.parametrize(
    "subject",
    [None, [], {"identifier": None}, {"identifier": [{"hashed": True}]}, {"identifier": 5}],
)
def test_a_credential_that_names_nobody_has_no_holder_to_show(subject: Any) -> None:
    assert not is_holder({"credentialSubject": subject}, "Lea Example", SALT)


@given(st.text(min_size=1, max_size=100).filter(str.isprintable))
def test_a_link_carries_the_name_as_it_is(name: str) -> None:
    assert from_link(link(PAGE, name, SALT)) == (PAGE, name, SALT)


def test_a_link_without_a_name_is_left_alone() -> None:
    assert from_link(PAGE + "#verify") == (PAGE + "#verify", "", "")
