"""What the learner starts from: the scaffold, and the numbers of the gate."""

from __future__ import annotations

from pathlib import Path

from jobtwin.harness.contract import Kit
from jobtwin.harness.solutions import folder

from . import bars

SCAFFOLD = Path(__file__).parents[1] / "scaffold"


def hand_out(kit_seed: bytes) -> Kit:
    """Return the kit: the same for every seed, since the service is the learner's own idea."""
    del kit_seed
    facts = {name.lower(): str(value) for name, value in vars(bars).items() if name.isupper()}
    files = {_named(path): content for path, content in folder(SCAFFOLD).items()}
    return Kit({path: _filled(content, facts) for path, content in sorted(files.items())}, facts)


def _named(path: str) -> str:
    """Return a scaffold file's name in the kit: a dot file gets its dot here."""
    return f".{path}" if path == "gitignore" else path


def _filled(content: bytes, facts: dict[str, str]) -> bytes:
    text = content.decode("utf-8")
    for name, value in facts.items():
        text = text.replace("{{" + name + "}}", value)
    return text.encode()
