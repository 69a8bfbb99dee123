"""What is run: the learner's service on a held-out corpus, and their own `make eval`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.harness.contract import CommandRun, Plan, Seeds, Service
from jobtwin.harness.draw import generator

from . import deployed
from .handout import dev_lines, kit_world
from .questions import questions

if TYPE_CHECKING:
    from .questions import Question

EVAL_OUTPUT = "eval.json"
EVAL_SECONDS = 1200.0


def graded_id(seed: bytes) -> str:
    """Return the id of the one service of a plan."""
    return f"{generator(seed, 'plan/id').getrandbits(48):012x}"


def eval_id(seed: bytes) -> str:
    """Return the id of the one command of a plan."""
    return f"{generator(seed, 'plan/eval').getrandbits(48):012x}"


def developed(seeds: Seeds) -> tuple[Question, ...]:
    """Return the questions of the kit, which the learner has with their answers."""
    return questions(kit_world(seeds.kit))


def make_plan(seeds: Seeds) -> Plan:
    """Return the plan: PDFs at `/data/corpus`, held-out questions without answers."""
    asked = tuple(one.asked() for one in questions(seeds.graded, seeds.pack))
    service = Service(graded_id(seeds.graded), None, _corpus(seeds.graded, seeds.pack), asked)
    world = kit_world(seeds.kit)
    data = _corpus(world) | {"dev.jsonl": dev_lines(world)}
    words = (f"OUT=/out/{EVAL_OUTPUT}",)
    command = CommandRun(eval_id(seeds.graded), words, data, EVAL_OUTPUT, EVAL_SECONDS)
    return Plan((service,), commands=(command,), probes=(deployed.probe(seeds),))


def _corpus(world: bytes, pack: bytes = b"") -> dict[str, bytes]:
    from .rendering import render

    return {f"corpus/{name}.pdf": content for name, content in render(world, pack).items()}
