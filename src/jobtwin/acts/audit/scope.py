"""What the commits after another one touch, so that only that is replayed, from its beginning."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.repository import history

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.findings import Finding
    from jobtwin.repository.git import Git
    from jobtwin.repository.history import Commit, Objects

NOT_BEFORE = Code(
    "AUD-070",
    "the commit to audit from is not in the history",
    why="What came after it cannot be told, and a history that was replaced looks just like this.",
    fix="Audit the whole history, and compare it with an earlier clone.",
)

_NOTHING = re.compile("0{40}")
_ATTEMPT = re.compile(r"(?:submissions|grades)/([^/]+)/[0-9a-f]{2}/([0-9a-f]{32})/")
_ROUND = re.compile(r"calibration/rounds/([^/]+)/")
_CREDENTIAL = re.compile(r"credentials/([0-9a-f]{2}/[0-9a-f]{32})/")
_OUTCOME = re.compile(r"outcomes/([0-9a-f]{2}/[0-9a-f]{32})/")
_REVEALED = re.compile(r"cohorts/[^/]+\.revealed\.yml|calibration/[^/]+/[^/]+/retired\.yml")
_SUBJECT = re.compile(rb"^subject: \W?([0-9a-f]{32})\b", re.MULTILINE)
_OF_ATTEMPT = re.compile(rb"^attempt: \W?([0-9a-f]{32})\b", re.MULTILINE)
_PART = re.compile(rb"^ +credential: \W?([0-9a-f]{32})\b", re.MULTILINE)
_MENTOR = re.compile(rb"^mentor: \W?([a-z0-9-]{1,80})\b", re.MULTILINE)


MOST_CLAIMS = 20
"""Claims of one attempt that are looked at for their mentors; nobody claims so often."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which commits are judged, and which records before them are replayed for their sake."""

    since: str
    after: frozenset[str]
    """The commits that are judged as a whole."""
    attempts: frozenset[str]
    """Touched ones, and all others of the same learners."""
    mentors: frozenset[str]
    """Who touched records are by."""
    credentials: frozenset[str]
    """`<shard>/<id>` of touched ones."""
    outcomes: frozenset[str]
    """`<shard>/<id>` of the credentials whose holders' outcomes were touched."""
    lists: bool
    """Whether anything about credentials changed, so that their places and lists matter."""

    def is_judged(self, path: str) -> bool:
        """Say whether a record from before is replayed."""
        if found := _ATTEMPT.match(path):
            return found[2] in self.attempts
        if found := _ROUND.match(path):
            return found[1] in self.mentors
        if found := _OUTCOME.match(path):
            return found[1] in self.outcomes
        found = _CREDENTIAL.match(path)
        return found is not None and found[1] in self.credentials


def since(git: Git, objects: Objects, first: str, last: str) -> Scope | None:
    """Return what the commits after `first` touch, up to `last`; None when that is everything.

    Raises `Refused` when `first` is no commit that `last` follows.
    """
    if _NOTHING.fullmatch(first):
        return None
    name = f"{first}^{{commit}}"
    found = git.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    start = found.stdout.decode("ascii", "replace").strip()
    ends = git.text("rev-parse", "--verify", "--end-of-options", f"{last}^{{commit}}")
    if found.returncode or git.attempt("merge-base", "--is-ancestor", start, ends).returncode:
        message = f"{ascii(first)[1:81]} is no commit before {ends}"
        raise Refused([_replaced(git, start, ends) if start else NOT_BEFORE.at(message)])
    commits = list(history.walk(git, f"{start}..{ends}"))
    changed = {change.path: change.blob for commit in commits for change in commit.changes}
    if any(_REVEALED.fullmatch(path) for path in changed):
        return None  # every seed of the cohort, or round on the set, can be checked now
    return _Widening(git, objects, (start, ends), changed).scope(commits)


def _replaced(git: Git, start: str, ends: str) -> Finding:
    """Return what it means that a commit that is known is not in the history."""
    about = ("--name-only", "--no-renames", "--diff-filter=DMT", "-z", start, ends)
    lost = git.run("diff", *about, "--", *layout.WRITE_ONCE).decode("utf-8", "replace").split("\0")
    message = f"{start} is no commit before {ends}"
    if lost[0]:
        message += f"; {len(lost) - 1} of its records are gone or changed, this one first"
    return NOT_BEFORE.at(message, lost[0])


@dataclass(frozen=True, slots=True)
class _Widening:
    """Finds what touched records rest on: a credential's attempt, a learner's others, mentors."""

    git: Git
    objects: Objects
    ends: tuple[str, str]
    """The commit to audit from, and the last one."""
    changed: Mapping[str, str]
    """Path → object id after its last change."""

    def scope(self, commits: list[Commit]) -> Scope:
        attempts = self._matches(_ATTEMPT)
        credentials = {name for (name,) in self._matches(_CREDENTIAL)}
        credentials |= self._parts(credentials)
        attempts |= self._credited(credentials)
        attempts |= self._of_the_same_learners(attempts)
        return Scope(
            since=self.ends[0],
            after=frozenset(commit.id for commit in commits),
            attempts=frozenset(attempt for _, attempt in attempts),
            mentors=frozenset(
                {name for (name,) in self._matches(_ROUND)} | self._graders(attempts)
            ),
            credentials=frozenset(credentials),
            outcomes=frozenset(name for (name,) in self._matches(_OUTCOME)),
            lists=any(path.startswith("credentials/") for path in self.changed),
        )

    def _matches(self, pattern: re.Pattern[str]) -> set[tuple[str, ...]]:
        return {found.groups() for path in self.changed if (found := pattern.match(path))}

    def _read(self, path: str) -> Iterator[bytes]:
        """Yield what a path holds at either end, and what it was changed to."""
        names = [f"{end}:{path}" for end in self.ends]
        names += [self.changed[path]] if path in self.changed else []
        yield from (content for name in names if (content := self.objects.blob(name)))

    def _parts(self, credentials: set[str]) -> set[str]:
        """Return `<shard>/<id>` of what the tracks' credentials among some cite."""
        paths = {path for path in self.changed if _CREDENTIAL.match(path) and "/track-" in path}
        paths |= {f"credentials/{name}/track-1.yml" for name in credentials}
        cited = {
            found.decode()
            for path in paths
            for content in self._read(path)
            for found in _PART.findall(content)
        }
        return {f"{layout.shard(name)}/{name}" for name in cited}

    def _credited(self, credentials: set[str]) -> set[tuple[str, ...]]:
        """Return (twin, attempt) of the credentials' attempts."""
        paths = {path for path in self.changed if _CREDENTIAL.match(path)}
        paths |= {f"credentials/{name}/issued-1.yml" for name in credentials}
        named = {
            found[1].decode()
            for path in paths
            if path.endswith(".yml")
            for content in self._read(path)
            if (found := _OF_ATTEMPT.search(content))
        }
        listed = self.git.text("ls-tree", "--name-only", self.ends[1], "submissions/").split()
        twins = [path.removeprefix("submissions/") for path in listed]
        return {
            (twin, attempt)
            for attempt in named
            for twin in twins
            if any(self._read(layout.started(twin, attempt)))
        }

    def _of_the_same_learners(self, attempts: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
        """Return (twin, attempt) of every attempt by the learners of some."""
        subjects = {
            found[1].decode()
            for twin, attempt in attempts
            for content in self._read(layout.started(twin, attempt))
            if (found := _SUBJECT.search(content))
        }
        if not subjects:
            return set()
        words = [word for subject in sorted(subjects) for word in ("-e", subject)]
        places = ["--", "submissions/*/started.yml"]
        listed = [self.git.attempt("grep", "-lzF", *words, end, *places) for end in self.ends]
        paths = [
            path.decode("utf-8", "replace") for done in listed for path in done.stdout.split(b"\0")
        ]
        return {match.groups() for path in paths if (match := _ATTEMPT.search(path))}

    def _graders(self, attempts: set[tuple[str, ...]]) -> set[str]:
        """Return the mentors who claimed some attempts."""
        return {
            found[1].decode()
            for twin, attempt in attempts
            for number in range(1, MOST_CLAIMS)
            for content in self._read(layout.claim(twin, attempt, number))
            if (found := _MENTOR.search(content))
        }
