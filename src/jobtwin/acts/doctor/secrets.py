"""Secrets in places where more jobs can read them than need them. Only names are ever seen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from jobtwin.findings import Code, Finding
from jobtwin.forge.github.guards import environment_path
from jobtwin.forge.trust_model import ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.forge.github.settings import Reader, Setup

MISPLACED = Code(
    "DOC-001",
    "a secret lies where it does not belong",
    why="A secret of the repository or the organisation is read by every job, and one in another "
    "environment by jobs that the trust model keeps it from.",
    fix="Delete it there. If it is a key, treat it as stolen: docs/explanation/keys.md.",
)


def checks(reader: Reader, setup: Setup) -> Iterator[tuple[str, Callable[[], Iterator[Finding]]]]:
    """Yield what is looked at, and how."""
    yield "secrets of the repository", partial(_wide, reader, f"{setup.root}/actions/secrets")
    shared = f"{setup.root}/actions/organization-secrets"
    yield "secrets of the organisation", partial(_wide, reader, shared)
    yield "secrets in other environments than theirs", partial(_misplaced, reader, setup)


def _wide(reader: Reader, path: str) -> Iterator[Finding]:
    level = "the organisation" if "organization" in path else "the repository"
    for one in reader.all(path, "secrets") or ():
        yield MISPLACED.at(f"{one['name']} is a secret of {level}")


def _misplaced(reader: Reader, setup: Setup) -> Iterator[Finding]:
    everywhere = reader.all(f"{setup.root}/environments", "environments") or ()
    for name in sorted(one["name"] for one in everywhere):
        may = ENVIRONMENTS[name].secrets if name in ENVIRONMENTS else ()
        listed = reader.all(f"{environment_path(setup, name)}/secrets", "secrets") or ()
        for secret in sorted(one["name"] for one in listed):
            if secret not in may:
                yield MISPLACED.at(f"{secret} lies in the environment {name}")
