"""The real part of the held-out battery: published attack texts, reserved for grading.

`bastioncorpus` (MIT) is a package that the operator installs from a hash lock; no text of it stands
here or in any kit. Its wheel is part of the engine's lock.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources

from jobtwin.errors import EngineError

PACKAGE = "bastioncorpus"
LONGEST = 400
CATEGORIES = frozenset(
    ("direct_injection", "instruction_override", "jailbreak_persona", "indirect_injection",
     "delimiter_injection")
)  # fmt: skip


@lru_cache(maxsize=1)
def texts() -> tuple[str, ...]:
    """Return the openings of published attacks; raises `EngineError` where they are not installed.

    Texts with a slot of their own (`{canary}`) and encoded ones are left out.
    """
    try:
        found = resources.files(PACKAGE).joinpath("corpus/injections.jsonl").read_text("utf-8")
    except (ModuleNotFoundError, OSError) as error:
        raise EngineError(
            f"the held-out battery needs the package {PACKAGE}, which is not installed",
            "install the engine with its hash lock, `requirements/jobtwin.lock`",
        ) from error
    rows = (json.loads(line) for line in found.splitlines() if line.strip())
    return tuple(
        row["text"]
        for row in rows
        if row["label"] == "malicious"
        and row["category"] in CATEGORIES
        and len(row["text"]) <= LONGEST
        and "{" not in row["text"]
    )
