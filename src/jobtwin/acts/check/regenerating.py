"""Making a kit and its plan again as another machine would, and naming what came out otherwise.

Run as a program it is the other machine: `python -m jobtwin.acts.check.regenerating REPO TWIN KIT
GRADED CORES` prints the digest of every file, on at most CORES cores.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.acts.kit import kit
from jobtwin.errors import EngineError
from jobtwin.findings import Code
from jobtwin.harness import grading, twin_code
from jobtwin.harness.contract import Seeds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.findings import Finding

DIFFERS = Code(
    "KIT-007",
    "a kit does not come out the same everywhere",
    why="The learner makes the kit, we grade with ours: they must be the same bytes.",
    fix="Draw from seeds alone: no clock, zone, locale, `hash()`, set order or number of cores.",
)
PLAN = "the plan"
_SECONDS = 1800
_LOCALE = ("LC_ALL=C", "PYTHONUTF8=0", "PYTHONCOERCECLOCALE=0")
"""Python then reads and writes text files as ASCII."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A machine that is unlike this one in some way."""

    name: str
    variables: tuple[str, ...] = ()
    """As `env` takes them."""
    cores: int = 64


_USUAL = "PYTHONHASHSEED=0"
USUAL = Elsewhere("nothing", (_USUAL,))
ALL = Elsewhere(
    "number of cores, time zone, locale and hash seed",
    (*_LOCALE, "PYTHONHASHSEED=4711", "TZ=Pacific/Kiritimati"),
    cores=1,
)
"""Unlike in every way at once: where this comes out the same, each alone does."""
EACH = (
    Elsewhere("number of cores", (_USUAL,), cores=1),
    Elsewhere("time zone", (_USUAL, "TZ=Pacific/Kiritimati")),
    Elsewhere("locale", (_USUAL, *_LOCALE)),
    Elsewhere("hash seed", ("PYTHONHASHSEED=4711",)),
)


def differing(repo: Path, twin_id: str, seeds: Seeds, here: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what comes out otherwise elsewhere than in `here`, which `digests` gave, and where."""
    together = _made(repo, twin_id, seeds, ALL)
    if together == here:
        return
    # What is alike but for one thing: our own hash seed is one that nobody chose.
    usual = _made(repo, twin_id, seeds, USUAL)
    alone = {elsewhere.name: _made(repo, twin_id, seeds, elsewhere) for elsewhere in EACH}
    odd = {name: found for name, found in alone.items() if found != usual}
    for name, found in (odd or {ALL.name: together}).items():
        known = usual if odd else here
        changed = [path for path in known.keys() | found if known.get(path) != found.get(path)]
        first, *more = sorted(changed, key=lambda path: (path in known, path))
        others = f" and {len(more)} more" if more else ""
        yield DIFFERS.at(f"{first}{others} with another {name}")


def digests(files: Mapping[str, bytes], plan: bytes) -> dict[str, str]:
    """Return path → SHA-256 of a kit's files, and of the plan."""
    parts = {**files, PLAN: plan}
    return {path: hashlib.sha256(content).hexdigest() for path, content in parts.items()}


def made(repo: Path, twin_id: str, seeds: Seeds) -> tuple[dict[str, bytes], bytes]:
    """Return a kit's files and the plan that belongs to it."""
    harness = twin_code.load(repo / "twins" / twin_id)
    return kit(repo, twin_id, seeds.kit), grading.prepare_bytes(harness, seeds)


def _made(repo: Path, twin_id: str, seeds: Seeds, elsewhere: Elsewhere) -> dict[str, str]:
    program = [sys.executable, "-m", __name__, str(repo.resolve()), twin_id]
    words = [seeds.kit.hex(), seeds.graded.hex(), str(elsewhere.cores)]
    argv = ["env", *elsewhere.variables, *program, *words]
    try:
        done = subprocess.run(argv, capture_output=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"the kit of {twin_id} took over {_SECONDS} s") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return {f"nothing at all ({said[:200]})": ""}
    found: dict[str, str] = json.loads(done.stdout)
    return found


def main(repo: str, twin_id: str, kit_seed: str, graded_seed: str, cores: str) -> None:
    """Print what is made on this machine, on so many of its cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
    seeds = Seeds(bytes.fromhex(kit_seed), bytes.fromhex(graded_seed))
    sys.stdout.write(json.dumps(digests(*made(Path(repo), twin_id, seeds))))


if __name__ == "__main__":
    main(*sys.argv[1:])
