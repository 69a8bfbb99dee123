"""What every stand-in knows: its inputs, its job, and how it answers the runner."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

INPUTS: dict[str, str] = json.loads(os.environ.get("INPUTS", "{}"))


def job() -> dict[str, Any]:
    """Return what the local GitHub says about this job."""
    read: dict[str, Any] = json.loads(Path(os.environ["LOCAL_GITHUB_JOB"]).read_bytes())
    return read


def given(name: str) -> str:
    """Return an input, stripped; empty where it is not given."""
    return str(INPUTS.get(name) or "").strip()


def is_set(name: str) -> bool:
    """Say whether an input is `true`."""
    return given(name).lower() == "true"


def output(**values: object) -> None:
    """Set outputs of the step; `_` in a name stands for `-`."""
    for name, value in values.items():
        plain_output(name.replace("_", "-"), value)


def plain_output(name: str, value: object) -> None:
    """Set one output of the step under exactly this name."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")


def workspace(path: str = "") -> Path:
    """Return a path as the runner means it: below the workspace unless it is absolute."""
    return Path(os.environ["GITHUB_WORKSPACE"], Path(path).expanduser())


def fail(words: str) -> NoReturn:
    """End the step as failed."""
    print(f"::error::{words}")
    sys.exit(1)
