"""What a run ran on, in one line: figures of different machines are not comparable."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

from bench import node

OURS = ("jobtwin", "pyld", "pyoxigraph", "pynacl")


def describe() -> str:
    """Return cores, system, and the versions of everything that is measured."""
    ours = ", ".join(f"{name} {version(name)}" for name in OURS)
    theirs = ", ".join(f"{name} {pin}" for name, pin in node.pinned().items())
    found = node.version()
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()} ({ours}), "
        + (f"Node {found} ({theirs})" if found else "no Node")
    )
