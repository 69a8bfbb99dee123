"""What an audit goes on from: everything on main at a commit up to which the history held.

Nobody judges it again, so it is read from that commit as it stands there, not commit by commit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.repository import history
from jobtwin.repository.history import Commit
from jobtwin.rules.replay.files import ABSENT, REGULAR, FileChange, is_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobtwin.acts.audit.scope import Scope
    from jobtwin.repository.git import Git
    from jobtwin.repository.history import Objects

MOMENT = re.compile(rb"^at: \W?([0-9-]{10}T[0-9:]{8}Z)\b", re.MULTILINE)
_ISSUED = re.compile(r"credentials/[0-9a-f]{2}/([0-9a-f]{32})/(?:issued|track)-[0-9]+\.yml")
_REVOKED = re.compile(r"credentials/[0-9a-f]{2}/([0-9a-f]{32})/revoked\.yml")
_PLACE = re.compile(
    rb"^attempt: ([0-9a-f]{32})$.*?^status:\n  list: ([0-9]+)\n  index: ([0-9]+)$",
    re.MULTILINE | re.DOTALL,
)
_LOOKED_AT_FIRST = 250
"""Commits whose records are looked at for the latest moment, before it is more and more."""


@dataclass(slots=True)
class Held:
    """What was on main at a commit, as far as what comes later is judged by it."""

    commit: Commit
    """The commit, as if it had added everything that is needed."""
    present: dict[str, str]
    """Case-folded path → path, of every file in a write-once folder."""
    places: dict[tuple[int, int], str] = field(default_factory=dict)
    """(list, index) → credential, of those that are not needed themselves."""


def held_at(git: Git, objects: Objects, scope: Scope) -> Held:
    """Return what was on main at the scope's commit."""
    files = dict(_files(git, scope.since))
    records = [path for path in files if is_record(path)]
    held = Held(
        commit=Commit(scope.since, _committed(git, scope.since), 1, ()),
        present={path.casefold(): path for path in records},
    )
    needed = [path for path in files if _is_needed(path, scope)]
    if scope.lists:
        needed += [*_newest_lists(records), *_needed_credentials(files, objects, scope, held)]
    changes = (FileChange(path, ABSENT, REGULAR, "", files[path]) for path in sorted(set(needed)))
    held.commit = Commit(held.commit.id, held.commit.at, 1, tuple(changes))
    return held


def newest(
    git: Git, objects: Objects, commit: str, skew: timedelta
) -> tuple[datetime, datetime | None]:
    """Return the latest moments of the commits up to one, and of their records.

    In a history that holds no record is later than its commit by more than the skew, nor a commit
    than those after it: so nothing earlier can be later than what is found here.
    """
    count = _LOOKED_AT_FIRST
    while True:
        commits = list(history.walk(git, commit, newest=count))
        latest = max(_moments(commits, objects), default=None)
        earliest = min(one.at for one in commits)
        if len(commits) < count or (latest and latest >= earliest + 2 * skew):
            return max(one.at for one in commits), latest
        count *= 8


def _files(git: Git, commit: str) -> Iterator[tuple[str, str]]:
    """Yield path and object id of every file of a commit."""
    for line in git.run("ls-tree", "-r", "-z", commit).split(b"\0"):
        if line:
            about, _, path = line.partition(b"\t")
            yield path.decode("utf-8", "surrogateescape"), about.rsplit(b" ", 1)[1].decode("ascii")


def _committed(git: Git, commit: str) -> datetime:
    seconds = git.text("show", "-s", "--format=%ct", "--end-of-options", commit)
    return datetime.fromtimestamp(int(seconds), UTC)


def _is_needed(path: str, scope: Scope) -> bool:
    """Say whether a file is needed whatever the others are."""
    if not is_record(path) or scope.is_judged(path):
        return True
    return path.startswith("calibration/") and not path.startswith("calibration/rounds/")


def _newest_lists(records: Iterable[str]) -> Iterator[str]:
    """Yield the newest version of each status list."""
    found: dict[int, int] = {}
    for path in records:
        if list_at := layout.status_list_at(path):
            number, version = list_at
            found[number] = max(version, found.get(number, 0))
    yield from (layout.status_list(number, version) for number, version in found.items())


def _needed_credentials(
    files: dict[str, str], objects: Objects, scope: Scope, held: Held
) -> Iterator[str]:
    """Yield the records of credentials that matter; of the others, keep where they stand."""
    revoked = {match[1]: path for path in files if (match := _REVOKED.fullmatch(path))}
    yield from revoked.values()
    issued = {path: match[1] for path in files if (match := _ISSUED.fullmatch(path))}
    objects.expect([files[path] for path in issued])
    for path, name in issued.items():
        content = objects.blob(files[path]) or b""
        found = _PLACE.search(content)
        if found and name not in revoked and found[1].decode() not in scope.attempts:
            held.places.setdefault((int(found[2]), int(found[3])), name)
        else:
            yield path


def _moments(commits: list[Commit], objects: Objects) -> Iterator[datetime]:
    added = [c for one in commits for c in one.changes if c.is_added and is_record(c.path)]
    named = [change.blob for change in added if change.path.endswith(".yml")]
    objects.expect(named)
    for name in named:
        if found := MOMENT.search(objects.blob(name) or b""):
            yield datetime.fromisoformat(found[1].decode("ascii"))
