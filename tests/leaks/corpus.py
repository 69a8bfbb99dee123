"""The corpus: every kind in every form, over repositories of every flavour, always the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tests.leaks.people import Person, person
from tests.leaks.planting import Field, Kind, Leak, Repository
from tests.leaks.repositories import FLAVOURS, repository

PER_KIND = 15


@dataclass(frozen=True)
class Case:
    """One repository with one leak in it."""

    files: Repository
    learner: Person
    leak: Leak


def cases(kinds: Sequence[Kind], per_kind: int = PER_KIND) -> Iterator[Case]:
    """Yield every case; each second leak is a stranger's, where no name has to be known."""
    flavours = sorted(FLAVOURS)
    for kind in kinds:
        for number in range(per_kind):
            rng = Random(f"{kind.name} {number}")
            learner, stranger = person(rng), person(rng)
            field = Field(repository(rng, flavours[number % len(flavours)]), learner, stranger, rng)
            is_strangers = number % 2 == 1 and not kind.known_only
            form = kind.forms[number % len(kind.forms)]
            leak = kind.plant(field, stranger if is_strangers else learner, form)
            yield Case(field.files, learner, leak)


def clean(count: int = 50) -> Iterator[tuple[Repository, Person]]:
    """Yield repositories without a leak, each with a learner that is sought in vain."""
    flavours = sorted(FLAVOURS)
    for number in range(count):
        rng = Random(f"clean {number}")
        yield repository(rng, flavours[number % len(flavours)]), person(rng)
