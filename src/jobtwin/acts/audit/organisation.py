"""The organisation as it was at each commit: keys, mentors, cohorts, policies, twins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from jobtwin.errors import Refused
from jobtwin.forge.founding import key_files
from jobtwin.records import layout
from jobtwin.records.base import Part, as_json, read
from jobtwin.records.organisation import (
    ActKey,
    ActKeys,
    Cohort,
    Destroyed,
    IntakePolicy,
    Issuer,
    IssuerKeys,
    Mentor,
    QueuePolicy,
    Revealed,
)
from jobtwin.records.root import Root
from jobtwin.records.twin import Twin
from jobtwin.repository.ledger import POLICIES
from jobtwin.rules.ledger import check_record, digest
from jobtwin.rules.replay import organisation as rules
from jobtwin.rules.replay import root, sealing
from jobtwin.rules.replay.places import UNREADABLE
from jobtwin.rules.replay.seeding import check_revealed

if TYPE_CHECKING:
    from datetime import datetime

    from jobtwin.acts.audit.answers import Answers
    from jobtwin.acts.audit.report import Notes
    from jobtwin.repository.history import Commit, Objects
    from jobtwin.repository.ledger import Policy
    from jobtwin.rules.replay.files import FileChange

P = TypeVar("P", bound=Part)
_POLICY = re.compile(r"policy/([a-z]+)-[^/]+\.yml")
_COHORT = re.compile(r"cohorts/([^/.]+)(\.revealed|\.destroyed)?\.yml")
_MENTOR = re.compile(r"mentors/[^/]+\.yml")


@dataclass(slots=True)
class Organisation:
    """What applies at the commit that was replayed last."""

    objects: Objects
    notes: Notes
    answers: Answers
    act_keys: ActKeys | None = None
    issuer: Issuer | None = None
    issuer_keys: IssuerKeys | None = None
    root: Root | None = None
    """The root key in force; none was ever replaced but by its own signature."""
    mentors: dict[str, Mentor] = field(default_factory=dict)
    cohorts: dict[str, Cohort] = field(default_factory=dict)
    revealed: dict[str, bytes] = field(default_factory=dict)
    destroyed: dict[str, Destroyed] = field(default_factory=dict)
    """Sealed cohort → the end of its key."""
    policies: dict[str, tuple[Policy, str]] = field(default_factory=dict)
    """Path → record and digest."""
    twin_trees: dict[str, str] = field(default_factory=dict)
    pinned: dict[str, Twin | None] = field(default_factory=dict)
    """Git tree → the twin in it, for every tree that an attempt has pinned."""

    def follow(self, commit: Commit, began: bool) -> None:
        """Take over what a commit changed; `began` says whether there were records before it."""
        for change in commit.changes:
            if not change.is_removed:
                self._follow(commit, change, began)
            elif _MENTOR.fullmatch(change.path):
                removed = rules.MENTOR_REMOVED.at(f"`{change.path}` was removed", change.path)
                self.notes.take([removed])
        for path in sorted({change.path for change in commit.changes} & self.mentors.keys()):
            others = self.mentors.values()
            self.notes.take(rules.check_person(self.mentors[path], others, path))
        for twin in {c.path.split("/")[1] for c in commit.changes if c.path.startswith("twins/")}:
            found = self.objects.find(f"{commit.id}:twins/{twin}")
            self.twin_trees[twin] = found.id if found else ""
        if any(change.path.startswith("keys/") for change in commit.changes):
            self._compare_key_files(commit)
            self._check_root(commit)

    def keys(self) -> dict[str, ActKey]:
        """Return the keys of acts by their ids."""
        return {key.id: key for key in self.act_keys.keys} if self.act_keys else {}

    def in_force(self, at: datetime) -> dict[str, str]:
        """Return path → digest of the policies in force at a moment."""
        latest: dict[str, tuple[datetime, str, str]] = {}
        for path, (policy, hashed) in sorted(self.policies.items()):
            known = latest.get(policy.kind)
            if policy.since <= at and (known is None or known[0] <= policy.since):
                latest[policy.kind] = (policy.since, path, hashed)
        return {path: hashed for _, path, hashed in latest.values()}

    def intake(self, at: datetime) -> IntakePolicy | None:
        """Return the intake policy in force at a moment."""
        found = (self.policies[path][0] for path in self.in_force(at))
        return next((policy for policy in found if isinstance(policy, IntakePolicy)), None)

    def grace(self, at: datetime) -> int:
        """Return how many seconds an attempt that started at a moment has after a deadline."""
        policy = self.intake(at)
        return policy.grace_seconds if policy else 0

    def appeal_days(self, at: datetime) -> int:
        """Return how long after its decision an attempt started at a moment can be appealed."""
        policy = self.queue_policy(at)
        return policy.appeal_days if policy else 0

    def queue_policy(self, at: datetime) -> QueuePolicy | None:
        """Return the queue policy in force at a moment."""
        found = (self.policies[path][0] for path in self.in_force(at))
        return next((policy for policy in found if isinstance(policy, QueuePolicy)), None)

    def skew(self, at: datetime) -> timedelta:
        """Return how far the order of moments may differ."""
        policy = self.intake(at)
        return timedelta(seconds=policy.skew_seconds if policy else 0)

    def twin(self, tree: str) -> Twin | None:
        """Return the twin of a git tree, None where there is none that can be read."""
        if tree not in self.pinned:
            content = self.objects.blob(f"{tree}:twin.yml")
            self.pinned[tree] = self.read(Twin, content, "twin.yml") if content else None
        return self.pinned[tree]

    def read(self, model: type[P], content: bytes | None, path: str) -> P | None:
        """Return a file as a record, None and a finding when it cannot be read."""
        try:
            return read(model, content or b"", path, self._as_json)
        except Refused as refused:
            self.notes.take([UNREADABLE.at(str(refused.findings[0]), path)])
            return None

    def _as_json(self, content: bytes) -> str | None:
        return self.answers.of(as_json, content)

    def _follow(self, commit: Commit, change: FileChange, began: bool) -> None:
        path = change.path
        if path == layout.ACT_KEYS and (keys := self._load(ActKeys, change)):
            if self.act_keys:
                self.notes.take(rules.check_act_keys(self.act_keys, keys, path))
            self.act_keys = keys
        elif path == layout.ISSUER_KEYS and (issuer_keys := self._load(IssuerKeys, change)):
            if self.issuer_keys:
                self.notes.take(rules.check_issuer_keys(self.issuer_keys, issuer_keys, path))
            self.issuer_keys = issuer_keys
        elif path == layout.ISSUER:
            self.issuer = self._load(Issuer, change)
        elif _MENTOR.fullmatch(path) and (mentor := self._load(Mentor, change)):
            if path in self.mentors:
                self.notes.take(rules.check_mentor(self.mentors[path], mentor, path))
            self.mentors[path] = mentor
        elif change.is_added and (found := _COHORT.fullmatch(path)):
            self._cohort(change, found[1], found[2])
        elif change.is_added and (found := _POLICY.fullmatch(path)):
            self._policy(commit, change, found[1], began)

    def _cohort(self, change: FileChange, name: str, end: str | None) -> None:
        """Follow a cohort's file, or what lies beside it in the end."""
        path, cohort = change.path, self.cohorts.get(name)
        if end == ".revealed" and (revealed := self._load(Revealed, change)):
            self.notes.take(check_record(revealed, path, self.keys(), None))
            self.notes.take(check_revealed(revealed, path, cohort))
            self.revealed[name] = bytes.fromhex(revealed.secret)
        elif end == ".destroyed" and (gone := self._load(Destroyed, change)):
            self.notes.take(check_record(gone, path, self.keys(), None))
            self.notes.take(sealing.check_destroyed(gone, path, cohort))
            self.destroyed[name] = gone
        elif end is None and (opened := self._load(Cohort, change)):
            self.cohorts[name] = opened

    def _policy(self, commit: Commit, change: FileChange, kind: str, began: bool) -> None:
        content = self.objects.blob(change.blob) or b""
        if (
            kind not in POLICIES
            or (policy := self.read(POLICIES[kind], content, change.path)) is None
        ):
            return
        if began:
            earliest = commit.at - self.skew(commit.at)
            self.notes.take(rules.check_policy(policy.since, earliest, change.path))
        self.policies[change.path] = (policy, digest(content))

    def _load(self, model: type[P], change: FileChange) -> P | None:
        self.notes.count("files of the organisation")
        return self.read(model, self.objects.blob(change.blob), change.path)

    def _check_root(self, commit: Commit) -> None:
        def content(path: str) -> bytes:
            return self.objects.blob(f"{commit.id}:{path}") or b""

        file = content(layout.ROOT)
        found = self.read(Root, file, layout.ROOT) if file else None
        if self.root:
            wrong = list(root.check_root(self.root, found, file, content(f"{layout.ROOT}.sig")))
            self.notes.take(wrong)
            found = self.root if wrong else found
        self.root = found
        if self.root:
            signature = content(f"{layout.ISSUER_KEYS}.sig")
            self.notes.take(root.check_keys(self.root, content(layout.ISSUER_KEYS), signature))

    def _compare_key_files(self, commit: Commit) -> None:
        if self.issuer is None or self.issuer_keys is None:
            return
        try:
            expected = key_files(self.issuer, self.issuer_keys)
        except ValueError as error:
            self.notes.take([UNREADABLE.at(str(error), layout.ISSUER_KEYS)])
            return
        for path, content in expected.items():
            if self.objects.blob(f"{commit.id}:{path}") != content:
                self.notes.take(
                    [rules.KEY_FILES_DIFFER.at("its keys are not those on record", path)]
                )
