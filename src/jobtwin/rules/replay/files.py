"""What may happen to files: records are only ever added, dated rules are never edited."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.records.layout import NOT_RECORDS, WRITE_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.findings import Finding

EDITED = Code(
    "AUD-001",
    "a record was edited",
    why="Records are written once; whoever relied on the first version was deceived.",
    fix="Take the record from the commit before; find out who changed it.",
)
REMOVED = Code(
    "AUD-002",
    "a record was removed",
    why="Records are never deleted; what is missing can no longer be judged by anybody.",
    fix="Take the record from the commit before; find out who removed it.",
)
RENAMED = Code(
    "AUD-003",
    "a record was renamed",
    why="A record's place says whose it is and which in order.",
    fix="Move it back; find out who renamed it.",
)
ADDED_AGAIN = Code(
    "AUD-004",
    "a record was added again after its removal",
    why="What stands there now need not be what stood there first.",
    fix="Compare it with the first version in the history.",
)
NOT_A_FILE = Code(
    "AUD-005",
    "a record is not a regular file",
    why="Symlinks, submodules and executables point or do; a record only says.",
    fix="Find the commit that added it and what wrote it.",
)
COLLIDES = Code(
    "AUD-006",
    "a record's path differs from another one's by case only",
    why="On some machines one of the two would replace the other when cloned.",
    fix="Find the commit that added it; the platform writes lower case only.",
)
RULE_EDITED = Code(
    "AUD-007",
    "a dated rule was edited",
    why="Whoever acted by it acted by what it said then; a change comes as a new dated file.",
    fix="Take the file from the commit before, and add a new one with its own `since`.",
)

REGULAR = "100644"
ABSENT = "000000"
_DATED_RULE = re.compile(r"policy/[^/]+\.yml|cohorts/[^/]+\.(?:yml|sealed)")


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a commit did to one path; modes and object ids are zeros where there is no file."""

    path: str
    old_mode: str
    mode: str
    old_blob: str
    blob: str

    @property
    def is_added(self) -> bool:
        """Whether there was no file before."""
        return self.old_mode == ABSENT

    @property
    def is_removed(self) -> bool:
        """Whether there is no file any more."""
        return self.mode == ABSENT


def is_record(path: str) -> bool:
    """Say whether a path lies in a write-once folder; a folder's README may change."""
    if not path.startswith(WRITE_ONCE) or path.startswith(NOT_RECORDS):
        return False
    return not (path.endswith("/README.md") and path.count("/") == 1)


@dataclass(slots=True)
class WriteOnce:
    """Which records there are so far, and which there were."""

    present: dict[str, str] = field(default_factory=dict)
    """Case-folded path → path."""
    removed: set[str] = field(default_factory=set)

    def check(self, changes: Sequence[FileChange]) -> Iterator[Finding]:
        """Yield what one commit did to records and dated rules that nobody may do."""
        added = {change.blob: change.path for change in changes if change.is_added}
        for change in changes:
            if is_record(change.path):
                yield from self._check(change, added)
            elif _DATED_RULE.fullmatch(change.path) and not change.is_added:
                done = "removed" if change.is_removed else "edited"
                yield RULE_EDITED.at(f"`{change.path}` was {done}", change.path)

    def _check(self, change: FileChange, added: dict[str, str]) -> Iterator[Finding]:
        path = change.path
        if change.is_removed:
            self.removed.add(path)
            self.present.pop(path.casefold(), None)
            if new := added.get(change.old_blob):
                yield RENAMED.at(f"it was renamed to {new}", path)
            else:
                yield REMOVED.at("it was removed", path)
            return
        if change.mode != REGULAR:
            kind = {"120000": "a symlink", "160000": "a submodule", "100755": "an executable file"}
            yield NOT_A_FILE.at(f"it is {kind.get(change.mode, 'of mode ' + change.mode)}", path)
        if not change.is_added:
            if change.old_blob != change.blob:
                yield EDITED.at("its content was changed after it was written", path)
            return
        if path in self.removed:
            yield ADDED_AGAIN.at("it was removed earlier and has come back", path)
        other = self.present.setdefault(path.casefold(), path)
        if other != path:
            yield COLLIDES.at(f"{other} is there already", path)
