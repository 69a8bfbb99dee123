"""jobtwin audit: replay the whole history."""

from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from jobtwin.cli import options

_KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/]{68}")


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line asks for."""

    folder: Path
    commit: str
    since: str | None
    by: Path | None
    checkpoint: Path | None
    workers: int
    as_json: bool


@click.command("audit")
@click.argument(
    "folder", metavar="[DIR]", default=".", type=click.Path(exists=True, path_type=Path)
)
@click.option("--commit", default="refs/heads/main", show_default=True, help="Audit up to it.")
@click.option(
    "--since",
    metavar="COMMIT|FILE",
    help="Judge only what came after it; forty zeros mean everything. With --by, a checkpoint.",
)
@click.option(
    "--by",
    metavar="KEY.pub",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Whose signature must stand beside the checkpoint of --since, as FILE.sig.",
)
@click.option(
    "--checkpoint",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="When the history holds, write a checkpoint there, for you to sign.",
)
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1, 64),
    default=_cores,
    help="Processes that verify ahead; the report is the same. Default: one for each core.",
)
@options.as_json
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:
    """Replay the history of the repository in DIR and name the first divergence of each kind.

    Exits with 1 when anything diverges.
    """
    from jobtwin.acts.audit import audit
    from jobtwin.acts.audit.checkpoint import write_checkpoint
    from jobtwin.errors import GitError, UsageError
    from jobtwin.repository.git import Git
    from jobtwin.repository.history import count, is_whole
    from jobtwin.rules.signature import AUDIT

    asked = _Asked(**given)
    git = Git(asked.folder)
    try:
        count(git, asked.commit)
    except GitError as error:
        message = f"{asked.folder} has no commit {asked.commit}"
        raise UsageError(message, "name one by --commit") from error
    if not is_whole(git):
        message = f"{asked.folder} is a shallow clone"
        raise UsageError(message, "run `git fetch --unshallow` in it first")
    if asked.checkpoint and asked.since and not asked.by:
        raise UsageError(
            "a checkpoint rests on the whole history", "leave --since out, or add --by"
        )
    begin = _signed(asked.since, asked.by) if asked.by else asked.since
    report = audit(git, asked.commit, _Telling(), begin, held=bool(asked.by), workers=asked.workers)
    click.echo(report.json() if asked.as_json else report.text())
    if asked.checkpoint and report.ok:
        asked.checkpoint.write_bytes(write_checkpoint(report))
        click.echo(f"Sign it: ssh-keygen -Y sign -n {AUDIT} -f KEY {asked.checkpoint}", err=True)
    context.exit(0 if report.ok else 1)


def _signed(since: str | None, by: Path) -> str:
    """Return the commit of a checkpoint; raises `UsageError`, or `Refused` for a bad signature."""
    from jobtwin.acts.audit.checkpoint import open_checkpoint
    from jobtwin.errors import UsageError
    from jobtwin.repository.ssh import public_key

    try:
        path = Path(since or "")
        content, signature = path.read_bytes(), Path(f"{path}.sig").read_bytes()
    except OSError as error:
        message = f"--by wants a checkpoint: {error.filename}: {error.strerror}"
        raise UsageError(message, "name it by --since, its signature beside it") from error
    key = public_key(by)
    if not _KEY.fullmatch(key):
        raise UsageError(f"{by} is no Ed25519 public key", "name a file like ~/.ssh/id_ed25519.pub")
    return open_checkpoint(content, signature, key, str(path))


class _Telling:
    """Says on stderr how far the replay is: for people as it goes, in a log now and then."""

    def __init__(self) -> None:
        self.begun = self.said = time.monotonic()
        self.steps = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and now - self.said < (0.2 if self.steps else 10):
            return
        self.said = now
        left = (now - self.begun) / done * (total - done)
        words = f"{done:,} of {total:,} commits" + (f", {_length(left)} left" if left else "")
        start = "\r\x1b[K" if self.steps else ""
        click.echo(f"{start}{words}", err=True, nl=not self.steps or done == total)


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} minutes"
