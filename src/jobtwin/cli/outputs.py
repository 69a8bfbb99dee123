"""What a job of a workflow tells the jobs after it, and the person who looks at its summary."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.errors import UsageError

option = click.option(
    "--github-output",
    "output",
    type=click.Path(path_type=Path),
    help="File that a job's outputs are added to: `$GITHUB_OUTPUT`.",
)


def add(file: Path | None, **outputs: str) -> None:
    """Add outputs to a file, where one is named; raises `UsageError` when it cannot be written."""
    lines = [f"{name}={value}\n" for name, value in outputs.items()]
    if not all(line[:-1].isprintable() for line in lines):
        raise UsageError("an output must be one line of plain text")
    if file is None:
        return
    try:
        with file.open("a", encoding="utf-8") as target:
            target.writelines(lines)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}", "name another") from error
