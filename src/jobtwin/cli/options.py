"""Options that several acts share, and what they are turned into."""

from __future__ import annotations

import functools
import json
import os
import re
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import click

from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobtwin.forge.events import Effects, Event
    from jobtwin.forge.performing import Done, Forge
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Ledger

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

repo = click.option(
    "--repo", type=_FOLDER, default=".", show_default=True, help="The organisation's repository."
)
secrets = click.option(
    "--secrets", type=_FOLDER, help="Folder with the secrets; else they come from the environment."
)
on = click.option(
    "--on",
    type=click.Choice(("local", "github")),
    default="local",
    show_default=True,
    help="Where it happened: a repository here, or GitHub, in a workflow's job.",
)
event = click.option("--event", "event_file", type=_FILE, help="What happened here, as JSON.")
hosted = click.option("--hosted", type=_FOLDER, help="Where a local forge keeps repositories.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


def workers(doing: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option for how many processes do what the help says they do."""
    said = f"Processes that {doing}. Default: one for each core."
    number = click.IntRange(1, 64)
    return click.option("--workers", metavar="N", type=number, default=_cores, help=said)


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Job:
    """An act that an event asked for: where it happened, and which secrets the job holds."""

    on: str
    event_file: Path | None
    repo: Path
    secrets: Path | None
    as_json: bool
    hosted: Path | None

    def forge(self) -> Forge:
        """Return the forge that the event is from; raises `UsageError` where that is not said."""
        if self.on == "github":
            from jobtwin.forge.github import connect

            return connect(os.environ)
        from jobtwin.forge.local import HOST, OnThisMachine
        from jobtwin.repository.git import Git

        if self.event_file is None:
            raise UsageError("what happened is not said", "name a file by --event")
        rewrite = {f"{HOST}/": f"{self.hosted.resolve()}/"} if self.hosted else {}
        with ledger(self.repo):  # says it when there is nothing to read
            return OnThisMachine(Git(self.repo), read_event(self.event_file), rewrite)

    def holders(self) -> Holders:
        """Return the secrets that this job holds."""
        return holders(self.secrets)

    def perform(self, act: Callable[[Forge, Ledger, Holders], Effects]) -> None:
        """Perform the act on its forge, and print what it answered."""
        forge, held = self.forge(), self.holders()
        self.tell(forge.perform(lambda ledger: act(forge, ledger, held)))

    def tell(self, done: Done) -> None:
        """Print what an act answered, and which records it added."""
        for finding in done.refused:
            talk(f"refused: {finding}")
        print_effects(done.effects.comment, list(done.records), self.as_json)


def job(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of an act that an event asks for, as one `Job` called `job`."""

    @on
    @event
    @repo
    @secrets
    @hosted
    @as_json
    @functools.wraps(function)
    def command(**given: Any) -> Any:
        own = Job(**{name: given.pop(name) for name in Job.__dataclass_fields__})
        if own.on == "github":
            _take_no_commands()
        return function(job=own, **given)

    return command


def holders(folder: Path | None) -> Holders:
    """Return the secrets that this job holds."""
    from jobtwin import keys

    return keys.from_folder(folder) if folder else keys.from_environment(os.environ)


def read_event(path: Path) -> Event:
    """Return the event in a file; raises `UsageError` when it is not one."""
    from jobtwin.forge.events import event_from_json

    try:
        return event_from_json(path.read_bytes()[: 1 << 20])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"{path} is not an event: {error}", "see docs/how-to/start.md") from error


@contextmanager
def ledger(folder: Path, commit: str = "refs/heads/main") -> Iterator[Ledger]:
    """Open the records of a repository's main; raises `UsageError` where there is none."""
    from jobtwin.errors import GitError
    from jobtwin.repository.git import Git
    from jobtwin.repository.ledger import Ledger
    from jobtwin.repository.tree import Tree

    try:
        tree = Tree(Git(folder), commit)
    except GitError as error:
        raise UsageError(f"{folder} has no branch main to read", "name it by --repo") from error
    with tree:
        yield Ledger(tree)


def _take_no_commands() -> None:
    """Tell the runner that nothing in this step's log is a command of ours, whoever wrote it.

    The word that would end this is drawn and never said again.
    """
    click.echo(f"::stop-commands::{token_hex(16)}", err=True)


_UNSEEN = ("Cc", "Cf", "Cs")
_COMMAND = re.compile(r"^(\s*)::|##\[", re.MULTILINE)


def in_log(text: str) -> str:
    """Return a text of whomever as lines of a log: no runner's command, nothing for a terminal."""
    shown = "".join(s for s in text if s in "\n\t" or unicodedata.category(s) not in _UNSEEN)
    return _COMMAND.sub(lambda found: f"{found[0][:-1]}\u200b{found[0][-1]}", shown)


def print_effects(comment: str, records: list[str], as_json_too: bool) -> None:
    """Print what an act answered and which records it added."""
    if as_json_too:
        told = {"format": 1, "ok": True, "records": records, "comment": comment}
        click.echo(json.dumps(told).replace("##[", "#\\u0023["))
    else:
        click.echo(in_log(comment))
        for path in records:
            click.echo(f"added {path}", err=True)


def cache() -> Path:
    """Return the folder that keeps installed environments."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "jobtwin"


def talk(line: str) -> None:
    """Say on stderr what is going on."""
    click.echo(in_log(line), err=True)
