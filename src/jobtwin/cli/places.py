"""Where things are on a person's machine: the organisation's repository, and what is kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

import jobtwin
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from jobtwin.harness.grading import Machine

organisation = click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The organisation's repository; else $JOBTWIN_REPO, else where jobtwin is installed from.",
)
sandboxing = click.option(
    "--unsandboxed",
    is_flag=True,
    help="Run your own code without walls, where no sandbox can be used.",
)


def find_organisation(given: Path | None) -> Path:
    """Return the repository that holds the twins; raises `UsageError` where there is none."""
    named = os.environ.get("JOBTWIN_REPO")
    here = Path.cwd()
    wanted = [given] if given else [Path(named)] if named else [here, *here.parents]
    if not (given or named):
        wanted.append(Path(jobtwin.__file__).resolve().parents[2])
    for folder in wanted:
        if any(folder.glob("twins/*/twin.yml")):
            return folder
    raise UsageError(
        "the organisation's repository was not found", "name it by --repo or JOBTWIN_REPO"
    )


def cache() -> Path:
    """Return where installed environments are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "jobtwin" / "environments"


def seed(text: str) -> bytes:
    """Return a seed from its 64 hex digits; raises `UsageError` for anything else."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise UsageError("a seed is 64 hexadecimal digits", "the answer to your start has it")
    return value


def machine(unsandboxed: bool = False) -> Machine:
    """Return where code is run: behind the first walls that hold, or on request without any."""
    from jobtwin.harness.grading import Machine
    from jobtwin.harness.sandbox import choose
    from jobtwin.harness.sandbox.unsandboxed import Unsandboxed

    return Machine(Unsandboxed() if unsandboxed else choose(), cache())
