"""What a fact's value looks like; no two forms can be mistaken for one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"

_FORMS: dict[str, Callable[[Random], str]] = {
    "days": lambda random: str(random.randrange(11, 400)),
    "clock": lambda random: f"{random.randrange(24):02}:{random.randrange(0, 60, 5):02}",
    "count": lambda random: str(random.randrange(11, 900)),
    "extension": lambda random: str(random.randrange(2001, 9999)),
    "version": lambda random: ".".join(str(random.randrange(1, most)) for most in (15, 30, 60)),
    "money": lambda random: f"{random.randrange(110, 4990)}.{random.randrange(10, 100)}",
    "code": lambda random: f"{_letters(random)}-{random.randrange(1000, 9999)}",
    "hours": lambda random: str(random.randrange(2, 96)),
    "megabytes": lambda random: str(random.randrange(12, 990)),
    "cabinet": lambda random: f"{random.choice(_LETTERS)}{random.randrange(10, 99)}",
    "date": lambda random: (
        f"{random.randrange(2027, 2033)}-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}"
    ),
    "serial": lambda random: f"{random.randrange(10**7, 10**8)}",
}

FORMS = frozenset(_FORMS)


def draw(form: str, random: Random) -> str:
    """Return a value of the form that a fact's type names."""
    return _FORMS[form](random)


def _letters(random: Random) -> str:
    return random.choice(_LETTERS) + random.choice(_LETTERS)
