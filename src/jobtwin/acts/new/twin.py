"""A twin that runs as it stands: it passes `check` and its own proofs, and makes a kit."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jobtwin.acts.new import badge
from jobtwin.credential.text import check_record
from jobtwin.errors import Refused, UsageError
from jobtwin.harness import file_tree
from jobtwin.records import forms, layout
from jobtwin.records.base import load
from jobtwin.records.twin import Twin
from jobtwin.rules import twins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment

    from jobtwin.findings import Finding

Mode = Literal["repo_url", "file_upload"]
Kind = Literal["command", "service"]

_TEMPLATE = Path(__file__).parent / "template"
_SUFFIX = ".j2"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an author says about the twin before it exists."""

    id: str
    title: str
    company: str
    label: str
    kind: Kind = "command"
    """What the learner writes: a command, run on each case, or a service that is asked each."""
    hours: int = 8
    """Of focused work."""
    minutes: int | None = None
    """The server's time box; None for a window in days that the cohort sets."""
    reviewers: int = 1
    submission: tuple[Mode, ...] = ("repo_url",)

    @property
    def time_box(self) -> str:
        """The time box in words."""
        return f"{self.minutes} minutes" if self.minutes else f"{self.hours} hours of focused work"


def write(repo: Path, wanted: Wanted) -> tuple[str, ...]:
    """Write the twin below `repo` and return the paths of its files.

    Raises `UsageError` where there is no place for it, `Refused` for words that a twin cannot have.
    """
    folder = _place(repo, wanted)
    made = files(wanted)
    file_tree.write(made, folder)
    return tuple(f"twins/{wanted.id}/{path}" for path in made)


def _place(repo: Path, wanted: Wanted) -> Path:
    """Return the folder that the twin is written to; raises `UsageError` where it cannot be."""
    if not (repo / "twins").is_dir():
        raise UsageError(f"{repo} has no folder twins/", "name an organisation's clone by --repo")
    if not re.fullmatch(forms.TWIN_ID, wanted.id):
        raise UsageError(f"{wanted.id!r} is no id", f"it must be {forms.IN_WORDS[forms.TWIN_ID]}")
    if any(brace in wanted.title + wanted.company for brace in "{}"):
        raise UsageError("a brace in a title is a blank in the brief", "leave braces out")
    folder = repo / "twins" / wanted.id
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} is there already", "name another id: no work is written over")
    return folder


def files(wanted: Wanted) -> dict[str, bytes]:
    """Return a new twin's files by their path in its folder; raises `Refused`."""
    environment, blanks = _environment(), {**asdict(wanted), "time_box": wanted.time_box}
    found = {
        name.removesuffix(_SUFFIX): environment.get_template(name).render(blanks).encode()
        for name in environment.list_templates(extensions=[_SUFFIX.removeprefix(".")])
    }
    found |= badge.both(wanted.title)
    path = layout.twin(wanted.id)
    if findings := list(_wrong(found["twin.yml"], path)):
        raise Refused(findings)
    return dict(sorted(found.items()))


def _wrong(content: bytes, path: str) -> Iterator[Finding]:
    loaded = load(Twin, content, path)
    yield from twins.check_twin(loaded)
    yield from check_record(loaded)


def _environment() -> Environment:
    """Return Jinja2 with blanks that none of a twin's own files has."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_TEMPLATE),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - YAML, Python and Markdown, of the author's own words
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["yaml"] = lambda text: json.dumps(text, ensure_ascii=False)
    return made
