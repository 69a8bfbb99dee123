"""How a twin's declared solutions ended when they were really run, beside the twin.

One measurement a line, in one order, so that what was measured apart is brought together by lines.
Whether a measurement still speaks of the twin as it is now, `harness.basis` knows.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import Field, StringConstraints

from jobtwin.records import base
from jobtwin.records.base import Line, Moment, Part, Record, Slug, Symbol, Text, TwinId

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAME = "measured.json"
Mark = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Key = tuple[str, str, int, int]
"""Proof, case, seed and repeat of a measurement."""


class Basis(Part):
    """What a measurement speaks of: the first 16 hex digits of SHA-256 over each part's code."""

    twin: Mark
    """Harness, scaffold, lock, limits and bar."""
    proof: Mark
    """The solution and what must become of it."""
    engine: Mark
    """What ran it: sandbox, services, simulated models."""


class Use(Part):
    """How much was used of what one sandbox may use, by the sandbox that used most."""

    most: Annotated[float, Field(ge=0)]
    share: Annotated[float, Field(ge=0)]
    """Of the limit that the sandbox had."""


class Measurement(Part):
    """One solution, run once and graded as an attempt is."""

    proof: Slug
    case: Slug
    seed: Annotated[int, Field(ge=0)]
    repeat: Annotated[int, Field(ge=0)]
    basis: Basis
    outcome: Literal["passed", "failed", "timed_out", "invalid"]
    problems: tuple[Text, ...] = ()
    """What was not as declared; empty where all was."""
    figures: dict[Symbol, float]
    seconds: Annotated[float, Field(ge=0)]
    """Of the whole grading, kit and sandboxes included."""
    wall: Use
    """Seconds of one sandbox."""
    cpu: Use | None = None
    """Seconds of one process; None where this machine's sandbox does not tell."""
    memory: Use | None = None
    """MiB of one sandbox."""
    at: Moment
    machine: Line

    @property
    def key(self) -> Key:
        """What is measured once: a later measurement of it takes this one's place."""
        return self.proof, self.case, self.seed, self.repeat

    @property
    def sandbox(self) -> str:
        """The backend that it was run in, as `machine` ends."""
        return self.machine.rpartition(", ")[2]


class KitCheck(Part):
    """One kit, made again in other environments and searched for what gives answers away."""

    case: Slug
    seed: Annotated[int, Field(ge=0)]
    twin: Mark
    """As in `Basis`."""
    problems: tuple[Text, ...] = ()
    at: Moment

    @property
    def key(self) -> tuple[str, int]:
        """What is checked once: a later check of it takes this one's place."""
        return self.case, self.seed


class Judged(Part):
    """What measurements of each proof would speak of, and the files that this was found from.

    Who reads it finds out by `files` alone whether it still holds, without reading any code.
    """

    files: Mark
    sandbox: Slug
    bases: dict[Slug, Basis]


class Measured(Record):
    """twins/<twin>/measured.json: what was kept of the runs of a twin's declared solutions."""

    twin: TwinId
    judged: Judged | None = None
    kits: tuple[KitCheck, ...] = ()
    measurements: tuple[Measurement, ...] = ()


K = TypeVar("K", Measurement, KitCheck)


def load(content: bytes, path: str = "") -> Measured:
    """Return what is kept in a file; raises `Refused`."""
    return base.read(Measured, content, path, lambda given: given.decode("utf-8", "replace"))


def write(measured: Measured) -> bytes:
    """Return the file: JSON with a line for each measurement, sorted."""
    head = f'{{"format": 1, "twin": {json.dumps(measured.twin)}'
    judged = f',\n"judged": {_line(measured.judged)}' if measured.judged else ""
    kits = sorted(measured.kits, key=lambda one: one.key)
    runs = sorted(measured.measurements, key=lambda one: one.key)
    listed = _listed("kits", kits) + _listed("measurements", runs)
    return f"{head}{judged}{listed}}}\n".encode("ascii")


def _listed(name: str, items: Sequence[Part]) -> str:
    lines = ",\n".join(map(_line, items))
    return f',\n"{name}": [\n{lines}\n]'


def _line(item: Part) -> str:
    return json.dumps(item.model_dump(mode="json", exclude_none=True))


def merged(known: Measured, more: Measured) -> Measured:
    """Return both together; of two measurements of the same thing the later one stays."""
    return known.model_copy(
        update={
            "judged": more.judged or known.judged,
            "kits": _later([*known.kits, *more.kits]),
            "measurements": _later([*known.measurements, *more.measurements]),
        }
    )


def _later(items: Iterable[K]) -> tuple[K, ...]:
    return tuple({item.key: item for item in sorted(items, key=lambda one: one.at)}.values())
