"""What a learner's pull request may hold, and what its self-checks allow."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from jobtwin.findings import Code, Finding
from jobtwin.records.base import LONGEST_PATH, PLAIN_PATH
from jobtwin.records.layout import INBOX
from jobtwin.rules import deadline, forcing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from jobtwin.records.base import Loaded
    from jobtwin.records.intake import CheckpointRequest
    from jobtwin.records.submission import Started
    from jobtwin.records.twin import InboxFile, Twin

OUTSIDE = Code(
    "INB-001",
    "the pull request touches something outside the inbox",
    why=f"A learner's pull request brings files to {INBOX}/ and changes nothing else.",
    fix=f"Take the change back; put your files below {INBOX}/.",
)
NOT_A_FILE = Code(
    "INB-002",
    "the inbox holds something that is not a regular file",
    why="Symlinks and submodules point somewhere else, and so cannot be taken in as they are.",
    fix="Replace it by the file itself.",
)
TOO_MUCH = Code(
    "INB-003",
    "the inbox holds too much",
    why="The inbox is for short records; code belongs in the repository that you submit.",
    fix="Remove what the brief does not ask for.",
)
NOT_ASKED_FOR = Code(
    "INB-004",
    "the brief does not ask for this file",
    why="What is not asked for is not graded, and would only surprise somebody later.",
    fix="Remove or rename the file; the brief lists what the inbox may hold.",
)
BAD_NAME = Code(
    "INB-005",
    "a file name cannot be taken in",
    why="Names that are not plain text read differently on different machines.",
    fix="Use letters, digits, dots, dashes and underscores; begin with none but the last.",
)
UNANSWERED = Code(
    "INB-006",
    "a self-check is not answered",
    why="Every self-check is answered before submitting; the mentor sees the answers.",
    fix="Add the answer under `self_checks`, true or false.",
)
BLOCKED = Code(
    "INB-007",
    "a critical self-check is answered no",
    why="The brief calls it critical: work that fails it is rarely worth a mentor's time yet.",
    fix="Mend it and push again, or set `force: true`; the mentor then sees that you forced it.",
)
WRONG_MODE = Code(
    "INB-008",
    "the submission mode or what it needs is wrong",
    why="The twin says how work is handed in.",
    fix="Use a mode of the brief, with `repo_url` and `commit` for `repo_url`.",
)
NO_UPDATE = Code(
    "INB-009",
    "a status update cannot be taken in",
    why="Updates count for the live window, and are as many and as long as the brief allows.",
    fix="Write `/status` and the update in one new comment, while the live window is open.",
)

NOT_SIGNED_FILE = Code(
    "INB-010",
    "the pull request brings something else than one signed file",
    why="A mentor's pull request brings one review or one round with its signature, and changes "
    "nothing else.",
    fix="Take the change back; open another pull request for another review.",
)
SIGNED_FILE_MISSING = Code(
    "INB-011",
    "the signed file or its signature is not there",
    why="A file counts by the signature beside it, as it was signed.",
    fix="Add both files to the pull request: the file as it was signed, and its `.sig`.",
)

MAX_FILES = 200
MAX_BYTES = 1024 * 1024
_REGULAR = ("100644", "100755")
UPLOAD = "upload/"
"""Below it lies a repository handed in as files; the twin's snapshot limits bound it again."""
UPLOAD_FILES = 2000
UPLOAD_BYTES = 32 * 1024 * 1024


SIGNED_BYTES = 1024 * 1024
SIGNATURE_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """One path that the pull request differs from main in."""

    path: str
    mode: str
    """Of the new side; `000000` for a deletion."""
    bytes: int = 0


def check_changes(changes: Iterable[Change]) -> Iterator[Finding]:
    """Yield what keeps a pull request's files from being taken in."""
    sizes: dict[bool, list[int]] = {False: [], True: []}
    given = list(changes)
    files = {change.path for change in given if change.mode != "000000"}
    for change in given:
        sizes[_is_upload(change.path)].append(change.bytes)
        yield from _check_change(change)
        if not files.isdisjoint(str(parent) for parent in PurePosixPath(change.path).parents):
            shown = ascii(change.path)[1:-1]
            yield NOT_A_FILE.at(f"`{shown}` lies below another file", shown)
    yield from _check_sizes(sizes[False], MAX_FILES, MAX_BYTES)
    yield from _check_sizes(sizes[True], UPLOAD_FILES, UPLOAD_BYTES)


def check_box(changes: Iterable[Change], path: str) -> Iterator[Finding]:
    """Yield what keeps the one sealed file `path` from being taken in."""
    there = False
    for change in changes:
        shown = ascii(change.path)[1:-1]
        if change.path != path or change.mode == "000000":
            yield NOT_SIGNED_FILE.at(f"`{shown}` comes beside `{path}`; bring that alone", shown)
        elif change.mode not in _REGULAR:
            yield NOT_A_FILE.at(f"`{shown}` is not a regular file", shown)
        elif change.bytes > 2 * SIGNED_BYTES:
            yield TOO_MUCH.at(f"`{shown}` is over {2 * SIGNED_BYTES:,} bytes", shown)
        there = there or change.path == path
    if not there:
        yield SIGNED_FILE_MISSING.at(f"`{path}` is not there", path)


def check_signed_file(changes: Iterable[Change], path: str) -> Iterator[Finding]:
    """Yield what keeps a mentor's signed file, `path` with `<path>.sig`, from being taken in."""
    most = {path: SIGNED_BYTES, f"{path}.sig": SIGNATURE_BYTES}
    brought: set[str] = set()
    for change in changes:
        shown = ascii(change.path)[1:-1]
        if change.path not in most or change.mode == "000000":
            message = f"`{shown}` is none of {' and '.join(most)}; bring one of them at a time"
            yield NOT_SIGNED_FILE.at(message, shown)
            continue
        brought.add(change.path)
        if change.mode not in _REGULAR:
            yield NOT_A_FILE.at(f"`{shown}` is not a regular file", shown)
        elif change.bytes > most[change.path]:
            yield TOO_MUCH.at(f"`{shown}` is over {most[change.path]:,} bytes", shown)
    for missing in sorted(set(most) - brought):
        yield SIGNED_FILE_MISSING.at(f"`{missing}` is not there", missing)


def _is_upload(path: str) -> bool:
    return path.startswith(f"{INBOX}/{UPLOAD}")


def _check_sizes(sizes: list[int], files: int, total: int) -> Iterator[Finding]:
    if len(sizes) > files:
        yield TOO_MUCH.at(f"{len(sizes):,} files; at most {files:,} are taken in")
    if sum(sizes) > total:
        yield TOO_MUCH.at(f"{sum(sizes):,} bytes; at most {total:,} are taken in")


def _check_change(change: Change) -> Iterator[Finding]:
    shown = ascii(change.path)[1:-1]
    if not change.path.startswith(f"{INBOX}/"):
        yield OUTSIDE.at(f"`{shown}` lies outside {INBOX}/", shown)
    elif change.mode not in _REGULAR and change.mode != "000000":
        kind = {"120000": "a symlink", "160000": "a submodule"}.get(change.mode, "not a file")
        yield NOT_A_FILE.at(f"`{shown}` is {kind}", shown)
    elif not _is_upload(change.path) and not _is_plain(change.path.removeprefix(f"{INBOX}/")):
        yield BAD_NAME.at(f"`{shown}` is not a name that can be taken in", shown)


def _is_plain(path: str) -> bool:
    return len(path) <= LONGEST_PATH and re.match(PLAIN_PATH + r"\Z", path) is not None


def check_names(twin: Twin, files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield a finding for each inbox file that the twin does not ask for, or that is too large."""
    own = {"start.yml", *(f"{checkpoint.id}.yml" for checkpoint in twin.checkpoints)}
    for path, content in sorted(files.items()):
        if path in own or path.startswith(UPLOAD):
            continue
        asked = next((item for item in twin.inbox if fnmatch.fnmatchcase(path, item.pattern)), None)
        if asked is None:
            there = ", ".join(sorted(own) + [item.pattern for item in twin.inbox])
            message = f"`{path}` is not among the files of the brief, which are {there}"
            yield NOT_ASKED_FOR.at(message, path)
        elif len(content) > asked.max_kib * 1024:
            yield TOO_MUCH.at(f"`{path}` is over {asked.max_kib} KiB", path)
    for item in twin.inbox:
        count = sum(fnmatch.fnmatchcase(path, item.pattern) for path in files)
        if count > item.max_count:
            yield TOO_MUCH.at(f"{count} files match `{item.pattern}`; at most {item.max_count}")


def check_request(twin: Twin, request: Loaded[CheckpointRequest]) -> Iterator[Finding]:
    """Yield what is missing or wrong in a checkpoint file; self-checks answered no are not."""
    record = request.record
    checkpoint = next((item for item in twin.checkpoints if item.id == record.checkpoint), None)
    if checkpoint is None or request.path.rsplit("/", 1)[-1] != f"{record.checkpoint}.yml":
        message = f"`{record.checkpoint}` is not the checkpoint that this file is for"
        yield request.finding(WRONG_MODE, message, "checkpoint")
        return
    mode = record.mode or twin.submission_modes[0]
    if mode not in twin.submission_modes:
        yield request.finding(WRONG_MODE, f"mode `{mode}` is not offered", "mode")
    if checkpoint.repository and mode == "repo_url" and not (record.repo_url and record.commit):
        yield request.finding(WRONG_MODE, "`repo_url` and `commit` are needed", "mode")
    for check in twin.failure_modes:
        if check.id not in record.self_checks:
            message = f"{check.id} is not answered: {check.question}"
            yield request.finding(UNANSWERED, message, "self_checks")


def check_self_checks(twin: Twin, request: Loaded[CheckpointRequest]) -> Iterator[Finding]:
    """Yield each critical self-check answered no; `force` does not change the answer."""
    for check in forcing.critical_noes(twin, request.record.self_checks):
        message = f"{check.id} is answered no: {check.question}"
        yield request.finding(BLOCKED, message, "self_checks", check.id)


def beside(twin: Twin, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what an inbox brings besides start.yml, checkpoint files and a repository."""
    own = {"start.yml", *(f"{checkpoint.id}.yml" for checkpoint in twin.checkpoints)}
    return {
        path: content
        for path, content in sorted(files.items())
        if path not in own and not path.startswith(UPLOAD)
    }


def uploaded(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the repository that an inbox brings, by paths of its own."""
    return {
        path.removeprefix(UPLOAD): content
        for path, content in files.items()
        if path.startswith(UPLOAD)
    }


FIRST_BY_COMMENT = 51
"""Files that comments bring are numbered from here, apart from those that learners push."""


def taken_by_comment(twin: Twin) -> InboxFile | None:
    """Return which files of the inbox comments may bring, if any."""
    return next((item for item in twin.inbox if item.by_comment), None)


def is_live(started: Started, twin: Twin, at: datetime, grace_seconds: int) -> bool:
    """Say whether updates by comment are taken: until the first checkpoint closes."""
    closes = deadline.closes(started, twin.checkpoints[0].id)
    return deadline.is_on_time(at, closes, grace_seconds)


def said(comment: str) -> str | None:
    """Return what a comment says after `/status`, None when it is no status update."""
    found = re.fullmatch(r"/status(?:\s+(.*))?", comment.replace("\r\n", "\n").strip(), re.DOTALL)
    return (found[1] or "").strip() if found else None


def check_update(asked: InboxFile, text: str, inbox: Collection[str]) -> Iterator[Finding]:
    """Yield why an update cannot be taken in; `inbox` are the paths that are there already."""
    if not text:
        yield NO_UPDATE.at("the comment says nothing after `/status`")
    if len(text.encode("utf-8", "replace")) >= asked.max_kib * 1024:
        yield NO_UPDATE.at(f"the update is over {asked.max_kib} KiB")
    count = sum(fnmatch.fnmatchcase(path, asked.pattern) for path in inbox)
    if count >= asked.max_count:
        message = f"{count} updates are there already; at most {asked.max_count} are taken"
        yield NO_UPDATE.at(message)


def update_name(asked: InboxFile, inbox: Collection[str]) -> str:
    """Return the path below the inbox that the next update by comment gets."""
    names = (asked.pattern.replace("*", f"{number:02}") for number in range(FIRST_BY_COMMENT, 151))
    return next(name for name in names if name not in inbox)
