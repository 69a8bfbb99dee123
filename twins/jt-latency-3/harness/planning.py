"""What is run: the learner's service on an unseen trace; it and the old one on the kit's trace."""

from __future__ import annotations

import json
from dataclasses import dataclass

from jobtwin.harness.contract import Files, Peer, Plan, Seeds, Service
from jobtwin.harness.draw import generator, subseed

from .handout import hand_out
from .packs import wording_of
from .trace import Trace, draw_trace, notes

SMALL = b"jt-latency-3/small"
"""A graded seed that begins so asks for a short trace: the twin's own proofs do, in CI."""
SCALE = 0.5
"""How much of the modelled time is waited; arrivals are closer by the same factor."""
TIER = 20
TUNED = {"sim-small": {"misreads": 0.10}, "sim-medium": {"misreads": 0.008}}
"""As they are, chance alone decided some traces: of fourteen, the medium model lost a point of
quality on one or two, and the smallest one did not on two."""
REQUESTS = 20
"""Of the model server, for each question: nobody who answers needs as many."""
COUNT, SMALL_COUNT = 1000, 120
KIT_COUNT = 400


@dataclass(frozen=True, slots=True)
class Run:
    """One service under one trace."""

    id: str
    trace: Trace
    seed: bytes
    """Of the models beside it."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Everything that is run."""

    unseen: Run
    before: Run
    after: Run


def kit_trace(kit_seed: bytes) -> Trace:
    """Return the trace that the kit holds and the report is about."""
    return draw_trace(subseed(kit_seed, "kit trace"), KIT_COUNT)


def model_seed(world_seed: bytes) -> bytes:
    """Return the seed of the models that serve a trace."""
    return subseed(world_seed, "models")


def runs_of(seeds: Seeds) -> Runs:
    """Return what is run for `seeds`, with the answers."""
    count = SMALL_COUNT if seeds.graded.startswith(SMALL) else COUNT
    random = generator(seeds.graded, "ids")
    unseen, before, after = (f"{random.getrandbits(48):012x}" for _ in range(3))
    kit = kit_trace(seeds.kit)
    wording = wording_of(seeds.pack)
    held_out = draw_trace(subseed(seeds.graded, "unseen trace"), count, wording)
    known = model_seed(seeds.kit)
    return Runs(
        Run(unseen, held_out, model_seed(seeds.graded)),
        Run(before, kit, known),
        Run(after, kit, known),
    )


def make_plan(seeds: Seeds) -> Plan:
    """Return the plan of `seeds`: services, questions and their times, and no answer."""
    runs = runs_of(seeds)
    old = hand_out(seeds.kit).files
    return Plan(
        (
            _service(runs.unseen, None),
            _service(runs.after, None),
            _service(runs.before, old),
        )
    )


def _service(run: Run, files: Files | None) -> Service:
    return Service(
        run.id,
        files,
        data_of(run.trace),
        queries=run.trace.bodies,
        arrivals=tuple(round(one.at * SCALE, 5) for one in run.trace.items),
        peers=(
            Peer(
                "llm",
                "llm",
                run.seed,
                {"tier": TIER, "tuned": TUNED},
                SCALE,
                REQUESTS * len(run.trace.questions),
            ),
        ),
    )


def data_of(trace: Trace) -> Files:
    """Return what a service finds at `JOBTWIN_DATA`."""
    settings = {"time_scale": SCALE}
    return {
        "notes.json": notes(trace.world),
        "settings.json": (json.dumps(settings) + "\n").encode(),
    }
