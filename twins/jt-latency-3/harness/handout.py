"""What the learner starts from: the service as it runs today, the notes, and a trace."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from jobtwin.harness import scaffold
from jobtwin.harness.contract import Kit
from jobtwin.harness.draw import generator

from .trace import as_lines, digest

SCAFFOLD = Path(__file__).parents[1] / "scaffold"
NAMES = ("Marit", "Oluwaseun", "Jaromir", "Ines", "Tova", "Bastian", "Yuki", "Rosalba")


@lru_cache(maxsize=4)
def hand_out(kit_seed: bytes) -> Kit:
    """Return the kit of `kit_seed`."""
    from .planning import TUNED, data_of, kit_trace, model_seed

    trace = kit_trace(kit_seed)
    lines = as_lines(trace)
    manager = generator(kit_seed, "facts").choice(NAMES)
    facts = {
        "manager": manager,
        "model_seed": model_seed(kit_seed).hex(),
        "models": json.dumps(TUNED),
        "trace_sha256": digest(lines),
        "questions": str(len(trace.questions)),
        "team_words": f"The product-questions team at Cobbler & Larch; {manager} is its manager.",
    }
    files = scaffold.filled(scaffold.read(SCAFFOLD), facts)
    data = {f"data/{name}": content for name, content in data_of(trace).items()}
    return Kit(dict(sorted({**files, **data, "data/trace.jsonl": lines}.items())), facts)
