"""Hidden gold in the queue: once its sets are retired, what stopped a mentor is computed again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.records.grade import Decision, Review, Reviewed
from jobtwin.repository import hidden
from jobtwin.rules import drift
from jobtwin.rules import hidden as rules
from jobtwin.rules.replay import drifts
from jobtwin.rules.scoring import rubric_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jobtwin.acts.audit.attempts import Attempts
    from jobtwin.acts.audit.calibrations import Calibrations
    from jobtwin.records.calibration import Drifted
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Filed
    from jobtwin.rules.hidden import Graded, Item


@dataclass(slots=True)
class HiddenGold:
    """The records that stopped a mentor, and wait for the sets that their items come from."""

    attempts: Attempts
    calibrations: Calibrations
    _waiting: list[Filed[Drifted]] = field(default_factory=list)
    _taken: list[Drifted] = field(default_factory=list)
    _retired: int = 0

    def take(self, filed: Filed[Drifted]) -> None:
        """Keep a record until it can be computed again."""
        if self.calibrations.notes.is_mine:
            self._waiting.append(filed)
        self._taken.append(filed.record)

    def reveal(self, commit: str) -> None:
        """Compute again what the sets that are retired by a commit give."""
        retired = len(self.calibrations.retired)
        if retired == self._retired:
            return
        self._retired = retired
        self._waiting = [filed for filed in self._waiting if not self._is_checked(filed, commit)]

    def unchecked(self) -> Iterator[tuple[str, int]]:
        """Yield what cannot be computed yet."""
        if self._waiting:
            yield (
                (
                    "Not yet checkable: the agreement over hidden items of {n} "
                    "mentor(s) whose grading was stopped, until the gold sets are retired."
                ),
                len(self._waiting),
            )

    def _is_checked(self, filed: Filed[Drifted], commit: str) -> bool:
        """Judge a record, if everything is open that it rests on."""
        record = filed.record
        organisation = self.calibrations.organisation
        twin = organisation.twin(organisation.twin_trees.get(record.twin, ""))
        policy = organisation.queue_policy(record.at)
        sets = [
            (name, one)
            for name, one in self.calibrations.sets.items()
            if one.twin == record.twin and one.use == "queue" and one.made <= record.at
        ]
        if (
            twin is None
            or policy is None
            or any(n not in self.calibrations.retired for n, _ in sets)
        ):
            return False
        opened = ((one, self.calibrations.retired[name][1]) for name, one in sets)
        items = self._carried(twin, rules.items(opened), commit)
        if items is None:
            return False
        graded = self._graded(record, items, commit)
        stopped = [at for at in self._stops(record, twin) if at < record.at]
        notes = self.calibrations.notes
        notes.turn(filed.path)
        notes.take(drifts.check_figures(record, filed.path, twin, graded, stopped, policy))
        notes.count("agreements over hidden items computed again")
        return True

    def _carried(
        self, twin: Twin, known: dict[str, Item], commit: str
    ) -> list[tuple[Attempt, Item]] | None:
        """Return the attempts that were gold; None where this clone lacks an archive."""
        objects = self.calibrations.objects
        mine = {one.id: one for one in self.attempts.known.values() if one.twin == twin.id}
        handed = []
        for one in mine.values():
            found = hidden.read(one, lambda path: objects.blob(f"{commit}:{path}"), objects.blob)
            if found is None and one.all(Reviewed):
                return None
            handed += [found] if found else []
        return [(mine[name], item) for name, item in rules.carried(handed, known).items()]

    def _graded(
        self, record: Drifted, items: list[tuple[Attempt, Item]], commit: str
    ) -> list[Graded]:
        """Return the mentor's reviews of hidden items up to a record, as they lie open."""
        found = []
        for attempt, item in items:
            for receipt in attempt.all(Reviewed):
                path = layout.review(attempt.twin, attempt.id, receipt.record.number)
                content = self.calibrations.objects.blob(f"{commit}:{path}")
                review = self.calibrations.organisation.read(Review, content, path)
                seen = _seen(attempt, receipt)
                is_his = receipt.record.mentor == record.mentor
                if review and is_his and seen and seen <= record.at:
                    found.append(rules.graded(review, receipt.record.at, item))
        return found

    def _stops(self, record: Drifted, twin: Twin) -> Iterator[datetime]:
        whose = (record.mentor, record.twin)
        for _, result in self.calibrations.results.get(whose, ()):
            if drift.fell_short(result, rubric_digest(twin)):
                yield result.at
        yield from (one.at for one in self._taken if (one.mentor, one.twin) == whose)


def _seen(attempt: Attempt, receipt: Filed[Reviewed]) -> datetime | None:
    """Return from when a review lay open: a sealed one since the decision that opened it."""
    if receipt.record.sealed is None:
        return receipt.record.at
    opened = (one.record for one in attempt.all(Decision))
    return next((one.at for one in opened if receipt.digest in one.reviews), None)
