"""What the learner starts from: scaffold, lock, and the numbers of the gate."""

from __future__ import annotations

from pathlib import Path

from jobtwin.harness import scaffold
from jobtwin.harness.contract import Kit

from . import bars

TWIN = Path(__file__).parents[1]
SCAFFOLD = TWIN / "scaffold"


def hand_out(kit_seed: bytes) -> Kit:
    """Return the kit: the same for every seed, since the service is the learner's own idea."""
    del kit_seed
    facts = {name.lower(): str(value) for name, value in vars(bars).items() if name.isupper()}
    files = scaffold.filled(scaffold.read(SCAFFOLD), facts)
    files["requirements.lock"] = (TWIN / "environment.lock").read_bytes()
    return Kit(dict(sorted(files.items())), facts)
