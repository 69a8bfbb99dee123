"""A track of twins that are there: its file, and a badge for who passes all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.acts.new import badge
from jobtwin.credential.text import check_record
from jobtwin.errors import Refused, UsageError
from jobtwin.harness import file_tree
from jobtwin.records import forms, layout
from jobtwin.records.base import load
from jobtwin.records.track import Track
from jobtwin.repository.definitions import read_twin
from jobtwin.yamlfile import dump

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.records.twin import Twin

SCHEMA = "../docs/reference/schemas/track.json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is said about a track before it exists."""

    id: str
    title: str
    weeks: int
    twins: tuple[tuple[str, int], ...]
    """Each twin's id with the week that it opens in."""


def write(repo: Path, wanted: Wanted) -> tuple[str, ...]:
    """Write the track below `repo` and return the paths of its files.

    What it says of each twin is the twin's own, to be shortened. Raises `UsageError` where there is
    no place for it or a twin is not there, `Refused` for words that a track cannot have.
    """
    if not re.fullmatch(forms.SLUG, wanted.id):
        raise UsageError(f"{wanted.id!r} is no id", f"it must be {forms.IN_WORDS[forms.SLUG]}")
    path, folder = layout.track(wanted.id), f"tracks/{wanted.id}"
    for place in (path, folder):
        if (repo / place).exists() or (repo / place).is_symlink():
            raise UsageError(f"{place} is there already", "no work is written over: change it")
    content = _file(wanted, {name: read_twin(repo, name) for name, _ in wanted.twins})
    if findings := list(check_record(load(Track, content, path))):
        raise Refused(findings)
    drawn = badge.both(wanted.title)
    made = {path: content, **{f"{folder}/{name}": picture for name, picture in drawn.items()}}
    file_tree.write(made, repo)
    return tuple(made)


def _file(wanted: Wanted, twins: dict[str, Twin]) -> bytes:
    data = {
        "format": 1,
        "id": wanted.id,
        "title": wanted.title,
        "weeks": wanted.weeks,
        "summary": f"Job Twins of this track: {', '.join(twin.title for twin in twins.values())}.",
        "twins": [
            {
                "twin": name,
                "week": week,
                "title": twins[name].title,
                "short": twins[name].label,
                "summary": twins[name].scenario,
            }
            for name, week in wanted.twins
        ],
    }
    return dump(data, SCHEMA)
