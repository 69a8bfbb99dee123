"""Gold sets and mentors' rounds as they were at each commit; what retired sets give again."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.records.calibration import Calibrated, Drifted, GoldSet, Handed, Retired, Round
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.rules import gold, rounds
from jobtwin.rules.eligibility import names_of
from jobtwin.rules.replay import drifts
from jobtwin.rules.replay import rounds as rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.acts.audit.organisation import Organisation
    from jobtwin.acts.audit.report import Notes
    from jobtwin.findings import Finding
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.repository.history import Commit, Objects
    from jobtwin.repository.ledger import Filed
    from jobtwin.rules.gold import Reference, Secrets
    from jobtwin.rules.rounds import Turn

_SET = re.compile(r"calibration/[^/]+/[^/]+/set\.yml")
_RETIRED = re.compile(r"calibration/[^/]+/[^/]+/retired\.yml")
Name = tuple[str, str]
"""Twin and set."""
Whose = tuple[str, str]
"""Mentor and twin."""


@dataclass(slots=True)
class Waiting:
    """A result whose figures can be computed once its sets are retired."""

    path: str
    record: Calibrated
    twin: Twin
    rounds: tuple[Round, ...]


@dataclass(slots=True)
class Calibrations:
    """What mentors were handed and answered so far."""

    organisation: Organisation
    objects: Objects
    notes: Notes
    sets: dict[Name, GoldSet] = field(default_factory=dict)
    retired: dict[Name, tuple[Secrets, Reference]] = field(default_factory=dict)
    handed: dict[Whose, list[Handed]] = field(default_factory=dict)
    results: dict[Whose, list[tuple[str, Calibrated]]] = field(default_factory=dict)
    answers: dict[str, Round] = field(default_factory=dict)
    """Digest of the result → the round."""
    drifted: Counter[Whose] = field(default_factory=Counter)
    """How often hidden items stopped a mentor's grading."""
    waiting: list[Waiting] = field(default_factory=list)
    looked_at: tuple[int, int] = (0, 0)
    """How many were waiting, and how many sets retired, when it was last looked."""

    def follow(self, commit: Commit) -> None:
        """Take over the gold sets that a commit brought, and those that it retired."""
        added = [change for change in commit.changes if change.is_added]
        for change in added:
            if _SET.fullmatch(change.path):
                content = self.objects.blob(change.blob)
                if found := self.organisation.read(GoldSet, content, change.path):
                    files = self._files(commit, found)
                    self.notes.take(rules.check_set(found, change.path, files))
                    self.notes.count("gold sets")
                    self.sets[found.twin, found.id] = found
        for change in added:
            if _RETIRED.fullmatch(change.path):
                content = self.objects.blob(change.blob)
                if record := self.organisation.read(Retired, content, change.path):
                    self._retire(commit, record, change.path)

    def _files(self, commit: Commit, gold_set: GoldSet) -> dict[str, bytes | None]:
        paths = [gold.item_path(gold_set, item.id) for item in gold_set.items]
        paths.append(gold.reference_path(gold_set))
        return {path: self.objects.blob(f"{commit.id}:{path}") for path in paths}

    def _retire(self, commit: Commit, record: Retired, path: str) -> None:
        name = (record.twin, record.gold_set)
        gold_set = self.sets.get(name)
        files = self._files(commit, gold_set) if gold_set else {}
        opened = rules.open_retired(record, path, gold_set, files)
        if isinstance(opened, list):
            self.notes.take(opened)
        else:
            self.retired[name] = opened
            self.notes.take(self._check_seen(name))
            self.notes.count("gold sets opened against their commitment")

    def hand(self, filed: Filed[Handed]) -> None:
        """Judge a hand-out and keep it."""
        record = filed.record
        in_force = self.organisation.in_force(record.at).values()
        policy = self._policy(record.policy) if record.policy in in_force else None
        name = (record.twin, record.gold_set)
        gold_set = self.sets.get(name)
        given = sum(
            record.gold_set in {item.gold_set for item in items}
            for (_, twin), items in self.handed.items()
            if twin == record.twin
        )
        shelf = rounds.Shelf(gold_set, given, name in self.retired) if gold_set else None
        taken = self._turns(record.mentor, record.twin)
        mentor = self._mentor(record.mentor)
        known = self._known_to(self._selves(record.mentor), record.twin)
        self.notes.take(rules.check_handed(record, filed.path, mentor, shelf, taken, known, policy))
        self.handed.setdefault((record.mentor, record.twin), []).append(record)

    def calibrate(self, filed: Filed[Calibrated], files: Mapping[str, bytes]) -> None:
        """Judge what a round came to, and keep it until its figures can be computed."""
        record = filed.record
        path = layout.round_file(record.mentor, record.twin, record.number)
        signed = files.get(path, b""), files.get(f"{path}.sig", b"")
        taken = self._turns(record.mentor, record.twin)
        last = taken[-1] if taken and taken[-1].calibrated is None else None
        handed = last.handed if last else None
        policy = self._policy(handed.policy) if handed else None
        gold_set = self.sets.get((record.twin, record.gold_set))
        mentor = self._mentor(record.mentor)
        self.notes.take(
            rules.check_calibrated(record, filed.path, signed, mentor, gold_set, handed, policy)
        )
        self.notes.count("signatures of mentors")
        whose = (record.mentor, record.twin)
        self.results.setdefault(whose, []).append((filed.digest, record))
        twin = self.organisation.twin(self.organisation.twin_trees.get(record.twin, ""))
        given = self.organisation.read(Round, signed[0], path)
        if given is None or twin is None:
            return
        self.answers[filed.digest] = given
        before = self.answers.get(handed.extends) if handed and handed.extends else None
        pooled = (before, given) if before else (given,)
        if self.notes.is_mine:
            self.waiting.append(Waiting(filed.path, record, twin, pooled))

    def drift(self, filed: Filed[Drifted]) -> None:
        """Judge that a mentor's grading was stopped, as far as it can be told without the items."""
        record, whose = filed.record, (filed.record.mentor, filed.record.twin)
        policy = self.organisation.queue_policy(record.at)
        pinned = self.organisation.in_force(record.at).values()
        floor = policy if record.policy in pinned else None
        known = self._mentor(record.mentor)
        self.notes.take(drifts.check_drifted(record, filed.path, known, self.drifted[whose], floor))
        self.drifted[whose] += 1

    def reveal(self) -> None:
        """Compute the figures of every result whose sets are all retired."""
        if (len(self.waiting), len(self.retired)) == self.looked_at:
            return
        still: list[Waiting] = []
        for item in self.waiting:
            names = [(given.twin, given.gold_set) for given in item.rounds]
            if not all(name in self.retired for name in names):
                still.append(item)
                continue
            answered = [
                (given, self.sets[name], *self.retired[name])
                for given, name in zip(item.rounds, names, strict=True)
            ]
            self.notes.turn(item.path)
            self.notes.take(rules.check_agreement(item.record, item.path, item.twin, answered))
            self.notes.count("agreements computed again")
        self.waiting = still
        self.looked_at = len(self.waiting), len(self.retired)

    def _check_seen(self, name: Name) -> Iterator[Finding]:
        """Yield what mentors met twice, as far as sets are open, now that this one is."""
        twin, gold_set = name
        for selves in sorted({self._selves(mentor) for mentor, of in self.handed if of == twin}):
            known = self._known_to(selves, twin)
            if gold_set not in {one.gold_set for one in known}:
                continue
            yield from rules.check_seen(
                [
                    (one, layout.handed(one.mentor, twin, one.number), self.retired[key][1])
                    for one in known
                    if (key := (twin, one.gold_set)) in self.retired
                ]
            )

    def _selves(self, mentor_id: str) -> tuple[str, ...]:
        """Return the ids of everybody who is the same person as a mentor, his own too, sorted."""
        mentor = self._mentor(mentor_id)
        if mentor is None:
            return (mentor_id,)
        return tuple(sorted(names_of(mentor, self.organisation.mentors.values())))

    def _known_to(self, selves: tuple[str, ...], twin: str) -> list[Handed]:
        """Return what somebody was handed for a twin under any id, in its order."""
        known = [one for name in selves for one in self.handed.get((name, twin), ())]
        return sorted(known, key=lambda one: one.at)

    def unchecked(self) -> Iterator[tuple[str, int]]:
        """Yield what cannot be computed yet."""
        if self.waiting:
            yield (
                (
                    "Not yet checkable: the agreement of {n} calibration round(s), "
                    "until the gold sets are retired."
                ),
                len(self.waiting),
            )

    def _turns(self, mentor: str, twin: str) -> tuple[Turn, ...]:
        whose = (mentor, twin)
        return rounds.turns(self.handed.get(whose, ()), self.results.get(whose, ()))

    def _policy(self, pinned: str) -> CalibrationPolicy | None:
        for policy, hashed in self.organisation.policies.values():
            if hashed == pinned and isinstance(policy, CalibrationPolicy):
                return policy
        return None

    def _mentor(self, name: str) -> Mentor | None:
        found = self.organisation.mentors.values()
        return next((mentor for mentor in found if mentor.id == name), None)
