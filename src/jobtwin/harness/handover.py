"""The two folders that pass between the jobs prepare, run and score: a few named files each.

Whoever reads one takes it as hostile: exactly the names that are meant, regular files, bounded in
size, and bound by digests to one attempt, one plan, one submission and one run of the workflow.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.harness import wire
from jobtwin.harness.contract import ProbeReturn
from jobtwin.harness.gates import GateReturn
from jobtwin.harness.grading import Ran
from jobtwin.harness.hostile_json import Bounds
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INCOMPLETE = Code(
    "HND-001",
    "what another job handed over is not there, or not in the form that it must have",
    why="Each job writes a few regular files of known names and sizes; a stranger's are not read.",
    fix="Look at the log of the job before; then evaluate again: it uses nothing up.",
)
FOREIGN = Code(
    "HND-002",
    "what another job handed over belongs to something else",
    why="A result counts only for the very plan, submission and run that it was made for.",
    fix="Evaluate again: it uses nothing up. If it comes again, look for who wrote the artifact.",
)

_MIB = 1024 * 1024
_RUN = {
    "prepared.json": 64 * 1024,
    "plan.json": wire.BOUNDS.size,
    "submission.json": wire.BOUNDS.size,
    "twin.yml": _MIB,
    "environment.lock": _MIB,
}
"""File of a prepared folder → bytes at most."""
_SCORE = {"result.json": 64 * 1024, "returned.json": wire.BOUNDS.size}
_OUTSIDE = {"outside.json": 16 * _MIB}
_SMALL = Bounds(size=64 * 1024, depth=8, values=100)
_ANSWERS = Bounds(size=16 * _MIB, depth=48, values=200_000)
_SANDBOX = re.compile(r"[a-z]{1,20}")
_PYTHON = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}[a-z0-9+]{0,10}")


@dataclass(frozen=True, slots=True)
class Binding:
    """What one run is for; its digest is handed from prepare to score past the run."""

    twin: str
    attempt: str
    event: str
    definition: str
    """Digest of the twin.yml that the attempt pinned, as those that follow."""
    lock: str
    plan: str
    submission: str

    @property
    def digest(self) -> str:
        """What result and plan are compared by."""
        return digest(wire.encode(self))


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that a run is given: neither seed, nor answer, nor secret."""

    twin: str
    attempt: str
    event: str
    definition: bytes
    lock: bytes
    plan: bytes
    submission: bytes

    @property
    def binding(self) -> Binding:
        """What the run is for."""
        return Binding(
            self.twin,
            self.attempt,
            self.event,
            digest(self.definition),
            digest(self.lock),
            digest(self.plan),
            digest(self.submission),
        )


@dataclass(frozen=True, slots=True)
class Brought:
    """What the job score gets from those before it."""

    prepared: str
    """The digest that `prepare` handed over past the run."""
    returned: Path
    probed: Path | None = None
    """Where what lies in the open was asked for."""
    contained: Path | None = None
    """Where a container was built."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What came of what is looked at outside of the sandbox."""

    probes: Mapping[str, ProbeReturn] = field(default_factory=dict)
    gates: Mapping[str, GateReturn] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Result:
    """`result.json`: what the run came to; `trouble` where this machine failed."""

    prepared: str
    returned: str
    sandbox: str
    python: str
    trouble: str


@dataclass(frozen=True, slots=True)
class _Outside:
    """`outside.json`: what a job saw outside of the sandbox."""

    prepared: str
    probes: Mapping[str, ProbeReturn]
    gates: Mapping[str, GateReturn]


def write_prepared(prepared: Prepared, folder: Path) -> None:
    """Write everything that a run needs to a new folder; raises `EngineError`."""
    files = {
        "prepared.json": wire.encode(prepared.binding),
        "plan.json": prepared.plan,
        "submission.json": prepared.submission,
        "twin.yml": prepared.definition,
        "environment.lock": prepared.lock,
    }
    _write(files, folder)


def read_prepared(folder: Path) -> Prepared:
    """Return what a run is given; raises `Refused` when it is not whole."""
    files = _read(folder, _RUN, tuple(_RUN))
    said = wire.decode(Binding, files["prepared.json"], _SMALL)
    found = Prepared(
        said.twin,
        said.attempt,
        said.event,
        files["twin.yml"],
        files["environment.lock"],
        files["plan.json"],
        files["submission.json"],
    )
    if found.binding != said:
        raise Refused([FOREIGN.at("its files are not those that prepared.json names", str(folder))])
    return found


def write_result(binding: Binding, ran: Ran, folder: Path) -> None:
    """Write what came back to a new folder; raises `EngineError`."""
    result = _Result(binding.digest, digest(ran.returned), ran.sandbox, ran.python, "")
    _write({"returned.json": ran.returned, "result.json": wire.encode(result)}, folder)


def write_trouble(binding: Binding, words: str, folder: Path) -> None:
    """Write that this machine failed, and how, to a new folder; raises `EngineError`."""
    result = _Result(binding.digest, "", "", "", _shown(words) or "no reason was given")
    _write({"result.json": wire.encode(result)}, folder)


def read_result(folder: Path, binding: Binding) -> Ran:
    """Return what came back for this binding, read as hostile.

    Raises `EngineError` with the run's own words where its machine failed, and `Refused` when the
    folder does not hold what `run` writes, or is another run's.
    """
    files = _read(folder, _SCORE, ("result.json",))
    result = wire.decode(_Result, files["result.json"], _SMALL)
    if result.prepared != binding.digest:
        raise Refused([FOREIGN.at("it was made for something else than what was prepared")])
    if result.trouble:
        raise EngineError(_shown(result.trouble))
    if digest(files.get("returned.json", b"")) != result.returned:
        raise Refused([FOREIGN.at("returned.json is not what result.json names")])
    if not (_SANDBOX.fullmatch(result.sandbox) and _PYTHON.fullmatch(result.python)):
        raise Refused([INCOMPLETE.at("it does not say what it was run with")])
    return Ran(files["returned.json"], result.sandbox, result.python)


def write_outside(binding: Binding, found: Outside, folder: Path) -> None:
    """Write what a job saw outside of the sandbox to a new folder; raises `EngineError`."""
    said = _Outside(binding.digest, found.probes, found.gates)
    _write({"outside.json": wire.encode(said)}, folder)


def read_outside(folder: Path | None, binding: Binding, tell: Callable[[str], None]) -> Outside:
    """Return what a job saw for this binding, read as hostile; nothing where it cannot be used."""
    if folder is None:
        return Outside()
    try:
        content = _read(folder, _OUTSIDE, tuple(_OUTSIDE))["outside.json"]
        found = wire.decode(_Outside, content, _ANSWERS)
        if found.prepared != binding.digest:
            raise Refused([FOREIGN.at("it was made for something else than what was prepared")])
    except Refused as refused:
        tell(f"what was seen outside of the sandbox cannot be used: {refused}")
        return Outside()
    return Outside(found.probes, found.gates)


def _shown(words: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in words[:2000]).strip()


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            with (folder / name).open("xb") as file:
                file.write(content)
    except OSError as error:
        words = f"{folder} cannot be written: {error.strerror}"
        raise EngineError(words, "name another folder") from error


def _read(folder: Path, most: Mapping[str, int], needed: tuple[str, ...]) -> dict[str, bytes]:
    """Return the files of a folder: no other name, regular files only, within their sizes."""
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise Refused([INCOMPLETE.at("it is not a folder")])
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, len(most) + 1)]
        if strange := sorted(set(names) - set(most)):
            shown = ascii(strange[0])[:200]
            raise Refused([INCOMPLETE.at(f"it holds {shown}, which no job writes")])
        if missing := sorted(set(needed) - set(names)):
            raise Refused([INCOMPLETE.at(f"{', '.join(missing)} is not there")])
        return {name: _content(folder / name, most[name]) for name in sorted(names)}
    except OSError as error:
        raise Refused([INCOMPLETE.at(f"it cannot be read: {error.strerror}")]) from error


def _content(path: Path, most: int) -> bytes:
    """Return a regular file's bytes; what is looked at is what is read, and no link is followed."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        known = os.fstat(handle)
        if not stat.S_ISREG(known.st_mode) or known.st_nlink != 1:
            raise Refused([INCOMPLETE.at(f"{path.name} is not a regular file of its own")])
        if known.st_size > most or len(content := file.read(most + 1)) > most:
            raise Refused([INCOMPLETE.at(f"{path.name} is over {most:,} bytes")])
    return content
