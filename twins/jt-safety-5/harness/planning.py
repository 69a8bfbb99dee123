"""What is run: learner and endpoint as found, over the same requests; then both under load."""

from __future__ import annotations

import json
from dataclasses import dataclass

from jobtwin.harness.contract import Peer, Plan, Seeds, Service

from .cases import Case, World, world_of
from .draw import generator, subseed
from .handout import scaffold

TUNED = {
    "tuned": {
        "sim-medium": {
            "misreads": 0.0, "distracted": 0.0, "caution": 0.0, "faults": 0.0, "resistance": 0.5,
        },
        "sim-small": {"faults": 0.0},
    }
}  # fmt: skip
"""The model reads rightly, so that helpfulness is lost by defenses only, and obeys easily."""
LOAD, SMALL_LOAD = 150, 60
PER_SECOND = 15.0


@dataclass(frozen=True, slots=True)
class Runs:
    """The plan with the answers: opaque ids, and the cases in the order they are asked."""

    own: str
    own_cases: tuple[Case, ...]
    found: str
    found_cases: tuple[Case, ...]
    own_load: str
    found_load: str
    load: tuple[Case, ...]
    arrivals: tuple[float, ...]


def runs_of(seeds: Seeds) -> Runs:
    """Return what is asked of whom; the same everywhere for the same seeds."""
    world = world_of(seeds)
    random = generator(seeds.graded, "runs")
    ids = [f"{random.getrandbits(48):012x}" for _ in range(4)]
    mixed = [*world.benign, *world.attacked]
    random.shuffle(mixed)
    pool = [case for case in world.benign if case.kind in ("plain", "near", "cabin")]
    count = SMALL_LOAD if world.is_small else LOAD
    load = tuple(pool[number % len(pool)] for number in range(count))
    at, arrivals = 0.0, []
    for _ in range(count):
        at += random.expovariate(PER_SECOND)
        arrivals.append(round(at, 4))
    return Runs(ids[0], tuple(mixed), ids[1], world.benign, ids[2], ids[3], load, tuple(arrivals))


def make_plan(seeds: Seeds) -> Plan:
    """Return the plan of `seeds`."""
    world, runs = world_of(seeds), runs_of(seeds)
    data, found = data_of(world), scaffold(seeds.kit)

    def service(name: str, cases: tuple[Case, ...], *, own: bool, load: bool) -> Service:
        peer = Peer("llm", "llm", subseed(seeds.graded, "model"), TUNED, scale=1.0 if load else 0.0)
        return Service(
            name,
            None if own else found,
            data,
            tuple(dict(case.request) for case in cases),
            arrivals=runs.arrivals if load else (),
            peers=(peer,),
        )

    return Plan(
        (
            service(runs.own, runs.own_cases, own=True, load=False),
            service(runs.found, runs.found_cases, own=False, load=False),
            service(runs.own_load, runs.load, own=True, load=True),
            service(runs.found_load, runs.load, own=False, load=True),
        )
    )


def data_of(world: World) -> dict[str, bytes]:
    """Return the folder that the endpoint reads."""
    return {
        "bookings.json": _json(world.bookings),
        "company.json": _json({"name": "Larkhaven Travel", "staff_code": world.code}),
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
