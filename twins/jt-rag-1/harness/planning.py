"""What is run: the learner's service on a corpus of the held-out seed, asked one by one."""

from __future__ import annotations

from jobtwin.harness.contract import Plan, Seeds, Service

from .draw import generator
from .questions import questions


def graded_id(seed: bytes) -> str:
    """Return the id of the one service of a plan."""
    return f"{generator(seed, 'plan/id').getrandbits(48):012x}"


def make_plan(seeds: Seeds) -> Plan:
    """Return the plan: PDFs at `/data/corpus`, questions without answers."""
    from .rendering import render

    asked = tuple(one.asked() for one in questions(seeds.graded))
    data = {f"corpus/{name}.pdf": content for name, content in render(seeds.graded).items()}
    return Plan((Service(graded_id(seeds.graded), None, data, asked),))
