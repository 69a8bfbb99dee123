"""What is run: one calibration, a verdict for each anonymous release, alerts for each trace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jobtwin.harness.contract import CommandRun, Peer, Plan, Seeds
from jobtwin.harness.draw import generator, subseed

from . import production
from .mutants import COUNTS, KINDS, SMALL_COUNTS, Mutant, harmless, mutants
from .packs import texts_of
from .triage import known_good

SMALL = b"jt-evals-2/small"
"""A graded seed that begins so asks for a small world: the twin's own proofs do, in CI. Nobody can
choose the seed that he is graded with."""
CALIBRATION_REQUESTS = 900
RUN_REQUESTS = 300
RUN_SECONDS = 60.0
CALIBRATION_SECONDS = 180.0
ONLINE_SECONDS = 30.0
DAYS = 2
"""Of a graded trace; what changes, changes on the last."""
PEER = "triage"
SOCKET = f"unix:/run/peers/{PEER}.sock"


@dataclass(frozen=True, slots=True)
class Size:
    """How much a world has of everything."""

    counts: dict[str, int]
    copies: int
    """With how much different noise each regression is served."""
    good: int
    repeats: int
    """How many regressions, and how many good releases, are served a second time, all alike."""
    changes: tuple[str, ...]
    """Kinds of the changed production traces."""
    calm: int
    """Production traces without a change."""


FULL = Size(COUNTS, 2, 20, 3, KINDS, 2)
REDUCED = Size(SMALL_COUNTS, 1, 6, 1, ("latency", "format"), 1)


@dataclass(frozen=True, slots=True)
class Release:
    """One release that is judged."""

    id: str
    noise: bytes
    settings: dict[str, Any]
    mutant: Mutant | None
    """None for one as good as the baseline."""
    repeats: str | None = None
    """The release that it is, byte for byte, once more."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One production trace that is watched, and the same cut off before its end."""

    id: str
    trace: production.Trace
    cut_id: str | None
    cut_minute: float


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is judged, with the answers."""

    calibration: str
    releases: tuple[Release, ...]
    watches: tuple[Watch, ...]


@lru_cache(maxsize=4)
def world_of(seeds: Seeds) -> World:
    """Return the graded world; the same everywhere for the same seeds."""
    size = REDUCED if seeds.graded.startswith(SMALL) else FULL
    random = generator(seeds.graded, "ids")

    def name() -> str:
        return f"{random.getrandbits(48):012x}"

    def noise() -> bytes:
        return subseed(seeds.graded, f"noise/{name()}")

    bad = [
        Release(name(), noise(), mutant.settings, mutant)
        for mutant in mutants(seeds.graded, size.counts, texts_of(seeds.pack))
        for _ in range(size.copies)
    ]
    good = [Release(name(), noise(), harmless(random), None) for _ in range(size.good)]
    chosen = [*random.sample(bad, size.repeats), *random.sample(good, size.repeats)]
    again = [Release(name(), one.noise, one.settings, one.mutant, one.id) for one in chosen]
    releases = [*bad, *good, *again]
    random.shuffle(releases)
    watches = []
    for number, kind in enumerate((*size.changes, *([None] * size.calm))):
        trace = production.trace(seeds.graded, f"online/{number}", DAYS, kind)
        late = trace.change.minute + random.uniform(40, 300) if trace.change else 0.0
        watches.append(Watch(name(), trace, name() if trace.change else None, late))
    return World(name(), tuple(releases), tuple(watches))


def make_plan(seeds: Seeds) -> Plan:
    """Return the plan of `seeds`: releases without labels, traces without change points."""
    world = world_of(seeds)
    first = CommandRun(
        world.calibration,
        ("calibrate", "--base-url", SOCKET, "--out", "/out/base.json"),
        {},
        "base.json",
        CALIBRATION_SECONDS,
        (_peer(known_good(), subseed(seeds.graded, "noise/baseline"), CALIBRATION_REQUESTS),),
    )
    judged = [_judged(release, world.calibration) for release in world.releases]
    watched = []
    for watch in world.watches:
        watched.append(_watched(watch.id, watch.trace.lines))
        if watch.cut_id is not None:
            early = production.cut(watch.trace.lines, watch.cut_minute)
            watched.append(_watched(watch.cut_id, early))
    generator(seeds.graded, "online/order").shuffle(watched)
    return Plan((), (), (first, *judged, *watched))


def _peer(settings: dict[str, Any], noise: bytes, requests: int) -> Peer:
    return Peer(PEER, "feature", noise, settings, scale=0.0, requests=requests)


def _judged(release: Release, calibration: str) -> CommandRun:
    words = ("run", "--base-url", SOCKET, "--baseline", "/data/base.json")
    return CommandRun(
        release.id,
        (*words, "--out", "/out/report.json"),
        {},
        "report.json",
        RUN_SECONDS,
        (_peer(release.settings, release.noise, RUN_REQUESTS),),
        needs=calibration,
    )


def _watched(name: str, lines: bytes) -> CommandRun:
    words = ("online", "--trace", "/data/events.jsonl", "--out", "/out/alerts.json")
    return CommandRun(name, words, {"events.jsonl": lines}, "alerts.json", ONLINE_SECONDS)
