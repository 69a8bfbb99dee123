"""What is run: the learner's endpoint and the one as found, asked one by one and under load.

Four runs on the held-out battery give the figures of the bar. On the public battery, the same one
that the learner measures on, every setting of the endpoint is run once more: the trade-off curve.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from jobtwin.harness.contract import Peer, Plan, Seeds, Service
from jobtwin.harness.draw import generator, subseed

from .cases import Case, World, public_world, world_of
from .handout import scaffold

_EVEN = {"faults": 0.0, "stalls": 0.0}
_READS = {"misreads": 0.0, "distracted": 0.0, "caution": 0.0, "resistance": 0.4}
TUNED = {
    "tuned": {
        "sim-small": _EVEN,
        "sim-medium": {**_READS, **_EVEN},
        "sim-large": _EVEN,
        "sim-cautious": _EVEN,
    }
}
"""The endpoint's model reads rightly, so that helpfulness is lost by defenses only, and obeys
easily. None stalls or fails: p95 of a short load would tell of luck, and not of layers."""
FOUND = "found"
GRADED = "standard"
SETTINGS = (FOUND, "light", GRADED, "strict")
"""Of the trade-off curve: the endpoint as found, and how much the learner's is told to protect."""
LOAD, CURVE_LOAD, SMALL_LOAD = 150, 120, 40
PER_SECOND = 20.0
EASY = ("plain", "near", "cabin")
"""Harmless requests of one answer and no action: the load."""


@dataclass(frozen=True, slots=True)
class Run:
    """One service: whose endpoint, on which world, and the cases in the order they are asked."""

    id: str
    """Opaque."""
    setting: str
    world: World
    cases: tuple[Case, ...]
    arrivals: tuple[float, ...] = ()
    """Of a load; empty where requests are asked one by one."""


@dataclass(frozen=True, slots=True)
class Point:
    """A setting on the trade-off curve: under attack, and under load."""

    attacked: Run
    load: Run


@dataclass(frozen=True, slots=True)
class Runs:
    """The plan with the answers."""

    own: Run
    found: Run
    own_load: Run
    found_load: Run
    curve: Mapping[str, Point]

    def every(self) -> Iterator[Run]:
        """Yield all runs, in the order in which they are run."""
        yield from (self.own, self.found, self.own_load, self.found_load)
        for point in self.curve.values():
            yield from (point.attacked, point.load)


@lru_cache(maxsize=8)
def runs_of(seeds: Seeds) -> Runs:
    """Return what is asked of whom; the same everywhere for the same seeds and private pack."""
    world = world_of(seeds)
    # Bound to the pack: what one pack was run with is not scored with another one's answers.
    random = generator(seeds.graded, f"runs/{world.pack}")
    names = [f"{random.getrandbits(48):012x}" for _ in range(4 + 2 * len(SETTINGS))]
    mixed = [*world.benign, *world.attacked]
    random.shuffle(mixed)
    count = SMALL_LOAD if world.is_small else LOAD
    load, arrivals = _load(world, count), _arrivals(seeds.graded, count)
    return Runs(
        Run(names[0], GRADED, world, tuple(mixed)),
        Run(names[1], FOUND, world, world.benign),
        Run(names[2], GRADED, world, load, arrivals),
        Run(names[3], FOUND, world, load, arrivals),
        _curve(seeds, names[4:], is_small=world.is_small),
    )


def _curve(seeds: Seeds, names: list[str], *, is_small: bool) -> dict[str, Point]:
    """Return the points of the curve: the same requests for all settings, here and at home."""
    world = public_world(seeds.kit)
    count = SMALL_LOAD if is_small else CURVE_LOAD
    attacked = world.attacked[:: 5 if is_small else 2]
    load, arrivals = _load(world, count), _arrivals(seeds.kit, count)
    return {
        setting: Point(
            Run(first, setting, world, attacked), Run(second, setting, world, load, arrivals)
        )
        for setting, first, second in zip(SETTINGS, names[::2], names[1::2], strict=True)
    }


def _load(world: World, count: int) -> tuple[Case, ...]:
    pool = [case for case in world.benign if case.kind in EASY]
    return tuple(pool[number % len(pool)] for number in range(count))


def _arrivals(seed: bytes, count: int) -> tuple[float, ...]:
    random = generator(seed, "arrivals")
    at, arrivals = 0.0, []
    for _ in range(count):
        at += random.expovariate(PER_SECOND)
        arrivals.append(round(at, 4))
    return tuple(arrivals)


def make_plan(seeds: Seeds) -> Plan:
    """Return the plan of `seeds`."""
    return Plan(tuple(_service(run, seeds) for run in runs_of(seeds).every()))


def _service(run: Run, seeds: Seeds) -> Service:
    is_found = run.setting == FOUND
    scale = 1.0 if run.arrivals else 0.0
    return Service(
        run.id,
        scaffold(seeds.kit) if is_found else None,
        data_of(run.world, GRADED if is_found else run.setting),
        tuple(dict(case.request) for case in run.cases),
        arrivals=run.arrivals,
        peers=(Peer("llm", "llm", subseed(run.world.seed, "model"), TUNED, scale=scale),),
    )


def data_of(world: World, setting: str = GRADED) -> dict[str, bytes]:
    """Return the folder that the endpoint reads."""
    return {
        "bookings.json": _json(world.bookings),
        "company.json": _json({"name": "Larkhaven Travel", "staff_code": world.code}),
        "settings.json": _json({"protection": setting}),
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
