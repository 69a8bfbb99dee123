"""jobtwin audit: replay the whole history."""

from __future__ import annotations

import json
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobtwin.cli import options
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from jobtwin.acts.audit.report import Report
    from jobtwin.acts.audit.sharding import Shard
    from jobtwin.repository.git import Git

_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/]{68}")


def _part(context: click.Context, parameter: click.Parameter, value: str | None) -> Shard:
    """Read `2/4`."""
    from jobtwin.acts.audit.sharding import WHOLE, Shard

    if value is None:
        return WHOLE
    found = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", value)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise click.BadParameter("name a part and how many there are, such as 2/4")
    return Shard(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line asks for."""

    folder: Path
    commit: str
    since: str | None
    by: Path | None
    checkpoint: Path | None
    workers: int
    shard: Shard
    merge: Path | None
    report: Path | None
    rescore: str | None
    rerun: bool
    secrets: Path | None
    as_json: bool

    def check(self) -> None:
        """Raise `UsageError` for what does not fit together."""
        if self.checkpoint and self.since and not self.by:
            message = "a checkpoint rests on the whole history"
            raise UsageError(message, "leave --since out, or add --by")
        if self.shard.of > 1 and (self.checkpoint or self.report):
            message = "one part of an audit says nothing of the whole"
            raise UsageError(message, "leave --checkpoint and --report for --merge")
        if self.rerun and not self.rescore:
            raise UsageError("--rerun wants an attempt", "name it by --rescore")


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
    type=_NEW_FILE,
    help="When the history holds, write a checkpoint there, for you to sign.",
)
@click.option("--report", metavar="FILE", type=_NEW_FILE, help="Write a report to file, as text.")
@options.workers("verify ahead; the report is the same")
@click.option(
    "--shard",
    metavar="I/N",
    callback=_part,
    help="Judge one of N parts, and print what --merge takes.",
)
@click.option(
    "--merge",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Read the parts in FOLDER's .json files instead of a history.",
)
@click.option(
    "--rescore", metavar="ATTEMPT", help="Score an attempt's kept answers again, nothing else."
)
@click.option("--rerun", is_flag=True, help="With --rescore: run the learner's code again as well.")
@click.option(
    "--secrets",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the keys of sealed cohorts, if you hold them: their boxes are opened too.",
)
@options.as_json
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:
    """Replay the history of the repository in DIR and name the first divergence of each kind.

    Exits with 1 when anything diverges.
    """
    asked = _Asked(**given)
    asked.check()
    if asked.merge:
        context.exit(_tell(asked, _merged(asked.merge)))
    git = _whole_clone(asked)
    context.exit(_measure_again(asked, git) if asked.rescore else _tell(asked, _audit(asked, git)))


def _whole_clone(asked: _Asked) -> Git:
    from jobtwin.errors import GitError
    from jobtwin.repository.git import Git
    from jobtwin.repository.history import count, is_whole

    git = Git(asked.folder)
    try:
        count(git, asked.commit)
    except GitError as error:
        message = f"{asked.folder} has no commit {asked.commit}"
        raise UsageError(message, "name one by --commit") from error
    if not is_whole(git):
        message = f"{asked.folder} is a shallow clone"
        raise UsageError(message, "run `git fetch --unshallow` in it first")
    return git


def _audit(asked: _Asked, git: Git) -> Report:
    from jobtwin.acts.audit import audit

    begin = _signed(asked.since, asked.by) if asked.by else asked.since
    return audit(
        git,
        asked.commit,
        _Telling(),
        begin,
        held=bool(asked.by),
        workers=asked.workers,
        shard=asked.shard,
        keys=options.holders(asked.secrets).keys_of_cohorts if asked.secrets else None,
    )


def _merged(folder: Path) -> Report:
    from jobtwin.acts.audit.merging import merge, read_part

    files = sorted(folder.rglob("*.json"))
    return merge([read_part(path.read_bytes(), str(path)) for path in files])


def _tell(asked: _Asked, report: Report) -> int:
    """Print a report, write what was asked for, and return the exit code."""
    from jobtwin.acts.audit.checkpoint import write_checkpoint
    from jobtwin.acts.audit.filing import to_file
    from jobtwin.acts.audit.merging import write_part
    from jobtwin.rules.signature import AUDIT

    if asked.shard.of > 1:
        click.echo(write_part(report).decode("ascii"), nl=False)
    else:
        click.echo(report.json() if asked.as_json else report.text())
    if asked.report:
        asked.report.write_bytes(to_file(report))
    if asked.checkpoint and report.ok:
        asked.checkpoint.write_bytes(write_checkpoint(report))
        click.echo(f"Sign it: ssh-keygen -Y sign -n {AUDIT} -f KEY {asked.checkpoint}", err=True)
    return 0 if report.ok else 1


def _measure_again(asked: _Asked, git: Git) -> int:
    from jobtwin.acts.audit.rescoring import measure_again
    from jobtwin.harness.grading import Machine
    from jobtwin.harness.sandbox import choose

    def machine() -> Machine:
        return Machine(choose(), options.cache())

    given = machine if asked.rerun else None
    keys = options.holders(asked.secrets).keys_of_cohorts if asked.secrets else None
    again = measure_again(git, asked.commit, asked.rescore or "", given, options.talk, keys)
    click.echo(json.dumps(again.as_data(), indent=2) if asked.as_json else again.text())
    return 1 if again.findings else 0


def _signed(since: str | None, by: Path) -> str:
    """Return the commit of a checkpoint; raises `UsageError`, or `Refused` for a bad signature."""
    from jobtwin.acts.audit.checkpoint import open_checkpoint
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
