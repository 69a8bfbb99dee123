"""The records of a commit, found by their place: attempts, mentors, policies, keys, credentials.

Reads only what is asked for, so that its cost does not grow with the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.base import Loaded, Part, load, read
from jobtwin.records.calibration import Calibrated, Drifted, Handed
from jobtwin.records.credential import AnyIssued, Issued, IssuedTrack, Revoked
from jobtwin.records.grade import (
    Appealed,
    Claim,
    Decision,
    Released,
    Reopened,
    Review,
    Reviewed,
)
from jobtwin.records.ledger import LedgerRecord
from jobtwin.records.organisation import (
    ActKey,
    ActKeys,
    CalibrationPolicy,
    Carriers,
    Cohort,
    IntakePolicy,
    Issuer,
    IssuerKeys,
    Mentor,
    QueuePolicy,
    VisibilityPolicy,
)
from jobtwin.records.submission import Evaluated, Expired, PolicyInForce, Received, Started
from jobtwin.records.track import Track
from jobtwin.records.twin import Twin
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from jobtwin.repository.tree import Tree

P = TypeVar("P", bound=Part)
Policy = CalibrationPolicy | QueuePolicy | IntakePolicy | VisibilityPolicy
Q = TypeVar("Q", CalibrationPolicy, QueuePolicy, IntakePolicy, VisibilityPolicy)
E = TypeVar("E", bound=LedgerRecord)

POLICIES: Mapping[str, type[Policy]] = {
    "calibration": CalibrationPolicy,
    "queue": QueuePolicy,
    "intake": IntakePolicy,
    "visibility": VisibilityPolicy,
}
ATTEMPT_RECORDS: Mapping[str, type[LedgerRecord]] = {
    "started": Started,
    "received": Received,
    "evaluated": Evaluated,
    "expired": Expired,
    "claim": Claim,
    "released": Released,
    "reviewed": Reviewed,
    "decision": Decision,
    "appealed": Appealed,
    "reopened": Reopened,
}
"""File name up to its number → model."""
_RECENT = 200
"""Files; about those of ten attempts."""


@dataclass(frozen=True, slots=True)
class Filed(Generic[E]):
    """A ledger record with the path and digest of its file."""

    path: str
    digest: str
    record: E


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt's records, in the order of their chain."""

    twin: str
    id: str
    chain: tuple[Filed[LedgerRecord], ...]

    def all(self, kind: type[E]) -> tuple[Filed[E], ...]:
        """Return the records of one kind, in chain order."""
        found = [item for item in self.chain if isinstance(item.record, kind)]
        return cast("tuple[Filed[E], ...]", tuple(found))

    def last(self, kind: type[E]) -> Filed[E] | None:
        """Return the latest record of one kind, if there is one."""
        found = self.all(kind)
        return found[-1] if found else None

    @property
    def started(self) -> Started:
        """The record that opened the attempt."""
        record = self.chain[0].record
        if not isinstance(record, Started):
            raise EngineError(
                f"attempt {self.id} does not begin with `started`", "run `jobtwin audit`"
            )
        return record

    @property
    def records(self) -> tuple[LedgerRecord, ...]:
        """The records of the chain, without their files."""
        return tuple(item.record for item in self.chain)

    @property
    def tip(self) -> str:
        """The digest that the next record must name as `previous`."""
        return self.chain[-1].digest


class Ledger:
    """The records of one commit."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._pinned_twins: dict[str, Twin] = {}
        self._pinned_policies: dict[PolicyInForce, Policy] = {}
        self._recent: dict[str, tuple[str, Any]] = {}
        self._calibrations: dict[tuple[str, str], tuple[Filed[Calibrated], ...]] = {}

    def load(self, model: type[P], path: str) -> Loaded[P] | None:
        """Return the record at a path, None where there is no file; raises `Refused`."""
        content = self.tree.read(path)
        return None if content is None else load(model, content, path)

    def need(self, model: type[P], path: str) -> P:
        """Return the record at a path; raises `EngineError` where there is no file."""
        content = self.tree.read(path)
        if content is None:
            raise EngineError(f"{path} is not there", "the organisation's set-up is incomplete")
        return read(model, content, path)

    def _folder(self, folder: str, suffix: str = ".yml") -> Iterator[str]:
        names = self.tree.names(folder)
        return (f"{folder}/{name}" for name in names if name.endswith(suffix))

    @cached_property
    def issuer(self) -> Issuer:
        """Who signs."""
        return self.need(Issuer, layout.ISSUER)

    @cached_property
    def issuer_keys(self) -> IssuerKeys:
        """The life of every issuer key."""
        return self.need(IssuerKeys, layout.ISSUER_KEYS)

    @cached_property
    def act_keys(self) -> Mapping[str, ActKey]:
        """Which key may write which records, by key id."""
        return {key.id: key for key in self.need(ActKeys, layout.ACT_KEYS).keys}

    @cached_property
    def twins(self) -> tuple[str, ...]:
        """The ids of all twins."""
        return tuple(
            n for n in self.tree.names("twins") if self.tree.read(layout.twin(n)) is not None
        )

    def twin(self, twin_id: str) -> Loaded[Twin] | None:
        """Return a twin as this commit has it."""
        return self.load(Twin, layout.twin(twin_id))

    def pinned_twin(self, tree_id: str, twin_id: str) -> Twin:
        """Return a twin as it was when an attempt started; raises `GitError`."""
        if tree_id not in self._pinned_twins:
            content = self.tree.git.run("cat-file", "blob", f"{tree_id}:twin.yml")
            self._pinned_twins[tree_id] = load(Twin, content, layout.twin(twin_id)).record
        return self._pinned_twins[tree_id]

    @cached_property
    def tracks(self) -> tuple[Track, ...]:
        """All tracks."""
        return tuple(self.need(Track, path) for path in self._folder("tracks"))

    @cached_property
    def cohorts(self) -> tuple[Cohort, ...]:
        """All cohorts."""
        # Beside them lie <cohort>.revealed.yml and <cohort>.destroyed.yml.
        paths = (path for path in self._folder("cohorts") if path.count(".") == 1)
        return tuple(self.need(Cohort, path) for path in paths)

    def cohort(self, cohort_id: str) -> Cohort:
        """Return a cohort; raises `EngineError` where there is none."""
        return self.need(Cohort, layout.cohort(cohort_id))

    @cached_property
    def carriers(self) -> frozenset[str]:
        """Keyed hashes of those who hand in hidden gold."""
        found = self.load(Carriers, layout.CARRIERS)
        return frozenset(found.record.carriers if found else ())

    @cached_property
    def mentors(self) -> tuple[Mentor, ...]:
        """All mentors."""
        return tuple(self.need(Mentor, path) for path in self._folder("mentors"))

    def mentor(self, mentor_id: str) -> Mentor | None:
        """Return a mentor, if there is one with this id."""
        return next((mentor for mentor in self.mentors if mentor.id == mentor_id), None)

    def policies(self, at: datetime) -> dict[str, tuple[str, str]]:
        """Return name → (path, digest) of the policies in force at a moment."""
        found: dict[str, tuple[datetime, str, str]] = {}
        for kind, since, path, hashed in self._policies:
            if since <= at and (kind not in found or found[kind][0] <= since):
                found[kind] = (since, path, hashed)
        return {kind: (path, hashed) for kind, (_, path, hashed) in sorted(found.items())}

    @cached_property
    def _policies(self) -> tuple[tuple[str, datetime, str, str], ...]:
        """Kind, beginning, path and digest of each policy."""
        found = []
        for path in self._folder("policy"):
            kind = path.removeprefix("policy/").split("-")[0]
            content = self.tree.read(path) or b""
            found.append((kind, read(POLICIES[kind], content, path).since, path, digest(content)))
        return tuple(found)

    def policy(self, kind: type[Q], at: datetime) -> Q:
        """Return the policy of a kind in force at a moment; raises `EngineError` without one."""
        name = next(name for name, model in POLICIES.items() if model is kind)
        in_force = self.policies(at).get(name)
        if in_force is None:
            raise EngineError(
                f"no {name} policy is in force at {at:%Y-%m-%d}", "add one to policy/"
            )
        return self.need(kind, in_force[0])

    def pinned_policy(self, kind: type[Q], started: Started) -> Q:
        """Return the policy that an attempt started under; raises `EngineError` if it was changed.

        Whoever changes a policy after the start, by mistake or with a stolen key, stops the
        attempt's next step and does not judge it.
        """
        name = next(name for name, model in POLICIES.items() if model is kind)
        for pinned in started.policies:
            if pinned.path.startswith(f"policy/{name}-"):
                known = self._pinned_policies.get(pinned)
                if isinstance(known, kind):
                    return known
                if digest(self.tree.read(pinned.path) or b"") != pinned.digest:
                    raise EngineError(
                        f"{pinned.path} is not what it was when the attempt started",
                        "policies are added, never changed: restore it, and run `jobtwin audit`",
                    )
                found = self._pinned_policies[pinned] = self.need(kind, pinned.path)
                return found
        return self.policy(kind, started.at)

    def attempt(self, twin_id: str, attempt_id: str) -> Attempt | None:
        """Return an attempt with its whole chain, None where it has not started."""
        folders = (layout.submission(twin_id, attempt_id), layout.grade(twin_id, attempt_id))
        filed = {item.digest: item for folder in folders for item in self._records(folder)}
        if not filed:
            return None
        following = {item.record.previous: item for item in filed.values()}
        chain: list[Filed[LedgerRecord]] = []
        tip: str | None = None
        while (item := following.get(tip)) is not None:
            chain.append(item)
            tip = item.digest
        if len(chain) != len(filed):
            raise EngineError(
                f"the records of attempt {attempt_id} are not one chain", "run `jobtwin audit`"
            )
        return Attempt(twin_id, attempt_id, tuple(chain))

    def _records(self, folder: str) -> Iterator[Filed[LedgerRecord]]:
        for path in self._folder(folder):
            name = path.rsplit("/", 1)[-1].removesuffix(".yml")
            model = ATTEMPT_RECORDS.get(name.rsplit("-", 1)[0])
            if model is not None:
                yield self._filed(model, path)

    def _filed(self, model: type[E], path: str) -> Filed[E]:
        return Filed(path, *self._read(model, path))

    def _read(self, model: type[P], path: str) -> tuple[str, P]:
        """Return a file's digest and record; of the latest some are kept, being asked for again."""
        known = self._recent.get(path)
        if known is None or not isinstance(known[1], model):
            content = self.tree.read(path) or b""
            if len(self._recent) >= _RECENT:
                self._recent.clear()
            known = self._recent[path] = (digest(content), read(model, content, path))
        found: tuple[str, P] = known
        return found

    def attempts(self, twin_id: str) -> Iterator[Attempt]:
        """Yield every attempt at a twin, in the order of their ids."""
        for shard in self.tree.names(f"submissions/{twin_id}"):
            for attempt_id in self.tree.names(f"submissions/{twin_id}/{shard}"):
                if (found := self.attempt(twin_id, attempt_id)) is not None:
                    yield found

    def every_attempt(self) -> Iterator[Attempt]:
        """Yield all attempts, twin by twin."""
        for twin in self.tree.names("submissions"):
            yield from self.attempts(twin)

    def review(self, twin_id: str, attempt_id: str, number: int) -> Review | None:
        """Return a mentor's own review."""
        path = layout.review(twin_id, attempt_id, number)
        return None if self.tree.read(path) is None else self._read(Review, path)[1]

    def calibrations(self, mentor: str, twin_id: str) -> tuple[Filed[Calibrated], ...]:
        """Return what a mentor's rounds for a twin came to, the first one first."""
        if (mentor, twin_id) not in self._calibrations:
            found = self._of_rounds(Calibrated, mentor, twin_id, "/calibrated-")
            ordered = tuple(sorted(found, key=lambda item: item.record.number))
            self._calibrations[mentor, twin_id] = ordered
        return self._calibrations[mentor, twin_id]

    def handed(self, mentor: str, twin_id: str) -> tuple[Filed[Handed], ...]:
        """Return which gold sets of a twin a mentor was given, the first one first."""
        found = self._of_rounds(Handed, mentor, twin_id, "/handed-")
        return tuple(sorted(found, key=lambda item: item.record.number))

    def drifts(self, mentor: str, twin_id: str) -> tuple[Filed[Drifted], ...]:
        """Return when hidden gold stopped a mentor's grading of a twin, the first time first."""
        found = self._of_rounds(Drifted, mentor, twin_id, "/drifted-")
        return tuple(sorted(found, key=lambda item: item.record.number))

    def _of_rounds(
        self, model: type[E], mentor: str, twin_id: str, name: str
    ) -> Iterator[Filed[E]]:
        for path in self._folder(layout.rounds(mentor, twin_id)):
            if name in path:
                yield self._filed(model, path)

    def credentials(self) -> Iterator[str]:
        """Yield the ids of all credentials, sorted."""
        for shard in self.tree.names("credentials"):
            if len(shard) == 2:
                yield from self.tree.names(f"credentials/{shard}")

    def issued(self, credential: str) -> tuple[Filed[Issued], ...]:
        """Return every time a credential was issued, the first one first."""
        paths = self._folder(layout.credential(credential))
        found = [self._filed(Issued, path) for path in paths if "/issued-" in path]
        return tuple(sorted(found, key=lambda item: item.record.number))

    def issued_track(self, credential: str) -> tuple[Filed[IssuedTrack], ...]:
        """Return every time a track's credential was issued, the first one first."""
        paths = self._folder(layout.credential(credential))
        found = [self._filed(IssuedTrack, path) for path in paths if "/track-" in path]
        return tuple(sorted(found, key=lambda item: item.record.number))

    def issued_any(self, credential: str) -> tuple[Filed[AnyIssued], ...]:
        """Return every time a credential of either kind was issued, the first one first."""
        found = self.issued(credential) or self.issued_track(credential)
        return tuple(Filed(item.path, item.digest, item.record) for item in found)

    def pinned_track(self, blob: str) -> Track:
        """Return a track as it was when its credential was issued; raises `GitError`."""
        return load(Track, self.tree.git.run("cat-file", "blob", blob), "tracks").record

    def status_lists(self) -> dict[int, int]:
        """Return the highest version of each signed status list by the list's number, sorted."""
        found = {}
        for number in self._numbers(layout.STATUS_LISTS):
            folder = f"{layout.STATUS_LISTS}/{number}"
            latest = max(self._numbers(folder), default=0)
            if versions := self._numbers(f"{folder}/{latest}"):
                found[number] = versions[-1]
        return found

    def _numbers(self, folder: str) -> list[int]:
        """Return the numbers that name what lies in a folder, sorted."""
        names = (name.removesuffix(".json") for name in self.tree.names(folder))
        return sorted(int(name) for name in names if name.isdecimal())

    def revoked(self, credential: str) -> Revoked | None:
        """Return the revocation of a credential, if there is one."""
        found = self.load(Revoked, layout.revoked(credential))
        return found.record if found else None
