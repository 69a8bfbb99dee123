"""What a planted leak is, and how one is put into a file without being told how it is sought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from tests.leaks.people import Person

Repository = dict[str, bytes]


@dataclass(frozen=True)
class Leak:
    """One thing that tells who handed in, and where it stands."""

    kind: str
    form: str
    path: str
    lines: tuple[int, int] | None
    """First and last line, from 1; None where the file has no lines."""
    owner: Person
    """Whose it is; not always the learner of the repository."""
    tells: tuple[str, ...]
    """The words that must be gone from a cleaned file: any of them gives the owner away."""


@dataclass
class Field:
    """A repository to plant in, with its learner and a friend who is not known to anybody."""

    files: Repository
    learner: Person
    stranger: Person
    rng: Random = field(repr=False)

    def path(self, *endings: str) -> str:
        """Return the path of a file with one of these endings."""
        return self.rng.choice(sorted(path for path in self.files if path.endswith(endings)))

    def insert(self, path: str, text: str) -> tuple[int, int]:
        """Insert whole lines somewhere where the file stays readable; return first and last."""
        lines = self.files[path].decode("utf-8").split("\n")
        places = [n for n, line in enumerate(lines) if not line.strip()] or [len(lines)]
        at = self.rng.choice(places)
        new = text.split("\n")
        lines[at:at] = new
        self.files[path] = "\n".join(lines).encode("utf-8")
        return at + 1, at + len(new)

    def add(self, path: str, text: str) -> tuple[int, int]:
        """Write a new file; return its first and last line."""
        self.files[path] = text.encode("utf-8")
        return 1, text.count("\n") + 1


Planter = Callable[[Field, Person, str], Leak]


@dataclass(frozen=True)
class Kind:
    """A kind of leak, the forms it comes in, and what plants it."""

    name: str
    plant: Planter
    forms: tuple[str, ...]
    known_only: bool = False
    """Whether nobody could tell it from other text without knowing the learner."""


def planted(
    kind: str, form: str, path: str, lines: tuple[int, int] | None, owner: Person, *tells: str
) -> Leak:
    """Return a leak; spelled out so that kinds read as tables."""
    return Leak(kind, form, path, lines, owner, tells)


def noted(comment: Mapping[str, str], path: str, text: str) -> str:
    """Return text as a comment of the file's language."""
    sign = next((sign for ending, sign in comment.items() if path.endswith(ending)), "")
    return "\n".join(f"{sign}{line}" for line in text.split("\n"))
