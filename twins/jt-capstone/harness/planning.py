"""What is run: the tests three times, the service once by itself, the evals against many services.

Which of the services behind an eval is spoilt, and how, is nowhere in the plan but in the
go-between's own part, which no sandbox sees.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from jobtwin.harness.contract import CommandRun, Fault, Peer, Plan, Seeds, Service
from jobtwin.harness.draw import generator, subseed
from jobtwin.harness.solutions import folder

from . import bars

SMALL = b"jt-capstone/small"
"""A graded seed that begins so asks for few mutants: the twin's own proofs do, in CI. Nobody can
choose the seed that he is graded with."""
SERVICE = "service"
TEST_SECONDS = 300.0
TESTS, TESTS_AGAIN, GUTTED, OPERATION = "tests", "tests-again", "gutted", "operation"
FAULTS = (
    Fault("constant"),
    Fault("swapped", one_in=3),
    Fault("emptied", one_in=3),
    Fault("echoed", one_in=3),
    Fault("wrong_type", one_in=4),
    Fault("truncated", one_in=4),
    Fault("failing", one_in=4),
    Fault("slow", one_in=5, most=6, delay_ms=bars.DELAY_MS),
)
SMALL_FAULTS = (FAULTS[0], FAULTS[1], FAULTS[4], replace(FAULTS[-1], most=3))
OUTPUT = "seen.json"
_START = b"import runpy, sys; runpy.run_module(f'inside.{sys.argv.pop(1)}', None, '__main__', True)"
"""`python /data <script> …` runs a script of ours."""


@cache
def scripts() -> dict[str, bytes]:
    """Return what lies at `/data` in every sandbox."""
    inside = folder(Path(__file__).parent / "inside")
    return {"__main__.py": _START, **{f"inside/{name}": code for name, code in inside.items()}}


@dataclass(frozen=True, slots=True)
class World:
    """Everything that the evals are run against, with the answers."""

    first: str
    again: str
    mutants: tuple[tuple[str, Fault], ...]
    requests: tuple[str, ...]
    """The ids that the running service is asked under."""


@lru_cache(maxsize=4)
def world_of(seeds: Seeds) -> World:
    """Return the graded world; the same everywhere for the same seeds."""
    random = generator(seeds.graded, "ids")

    def name() -> str:
        return f"{random.getrandbits(48):012x}"

    faults = SMALL_FAULTS if seeds.graded.startswith(SMALL) else FAULTS
    return World(
        name(),
        name(),
        tuple((name(), fault) for fault in faults),
        tuple(name() for _ in range(bars.REQUESTS)),
    )


def make_plan(seeds: Seeds) -> Plan:
    """Return the plan of `seeds`: which evaluation is of a spoilt service is told by no order."""
    world = world_of(seeds)
    model = (Peer("llm", "llm", subseed(seeds.graded, "llm"), scale=0.0),)
    judged = [_evals(world.again), *(_evals(name, fault) for name, fault in world.mutants)]
    generator(seeds.graded, "order").shuffle(judged)
    first = _run(world.first, "evals", bars.EVAL_SECONDS, "--must-pass")
    operation = _run(OPERATION, "operate", bars.READY_SECONDS + 180, "/data/ids.json")
    ids = json.dumps(world.requests).encode()
    return Plan(
        services=(Service(SERVICE, None, scripts(), peers=model),),
        commands=(
            _run(TESTS, "run_tests", TEST_SECONDS),
            _run(TESTS_AGAIN, "run_tests", TEST_SECONDS),
            _run(GUTTED, "run_tests", TEST_SECONDS, "--gutted"),
            replace(operation, data={**scripts(), "ids.json": ids}, peers=model),
            replace(first, service=SERVICE),
            *(replace(one, needs=world.first) for one in judged),
        ),
    )


def _evals(name: str, fault: Fault | None = None) -> CommandRun:
    """Return a run of `make eval` that looks the same from inside, whatever the fault."""
    return replace(_run(name, "evals", bars.EVAL_SECONDS), service=SERVICE, fault=fault)


def _run(name: str, script: str, seconds: float, *options: str) -> CommandRun:
    words = (script, f"/out/{OUTPUT}", *options)
    return CommandRun(name, words, scripts(), OUTPUT, seconds)
