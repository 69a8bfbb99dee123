"""Options that several acts share, and what they are turned into."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.forge.events import Event
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
event = click.option(
    "--event", "event_file", type=_FILE, required=True, help="What happened, as JSON."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


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


def print_effects(comment: str, records: list[str], as_json_too: bool) -> None:
    """Print what an act answered and which records it added."""
    if as_json_too:
        click.echo(json.dumps({"format": 1, "ok": True, "records": records, "comment": comment}))
    else:
        click.echo(comment)
        for path in records:
            click.echo(f"added {path}", err=True)


def cache() -> Path:
    """Return the folder that keeps installed environments."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "jobtwin"


def talk(line: str) -> None:
    """Say on stderr what is going on."""
    click.echo(line, err=True)
