"""Which attempts bind: of a learner's passed ones at a twin the highest, without any secret.

A credential that was revoked takes its attempt out, and the best of the others binds then.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from jobtwin.records.grade import Decision
from jobtwin.rules.award import Decided, binding
from jobtwin.rules.drift import says_less

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobtwin.repository.ledger import Attempt, Filed, Ledger


def bound(ledger: Ledger) -> Iterator[tuple[Attempt, Filed[Decision]]]:
    """Yield the attempt that binds, for each learner and twin with a passed one."""
    gone = withdrawn(ledger)
    for twin in ledger.twins:
        attempts = sorted(
            ledger.attempts(twin), key=lambda item: (item.started.subject, item.started.number)
        )
        for _, mine in groupby(attempts, key=lambda item: item.started.subject):
            if found := best_of(mine, gone):
                yield found


def best_of(
    attempts: Iterable[Attempt], gone: frozenset[str] = frozenset()
) -> tuple[Attempt, Filed[Decision]] | None:
    """Return the one that binds of a learner's attempts at a twin, in the order of starting.

    `gone` are attempts whose credential was revoked.
    """
    decided = [(one, decision) for one in attempts if (decision := one.last(Decision))]
    name = binding(
        [Decided(one.id, d.record.overall, d.record.verdict == "pass") for one, d in decided], gone
    )
    return next((pair for pair in decided if pair[0].id == name), None)


def rests_on(attempt: Attempt, named: str) -> Filed[Decision] | None:
    """Return the decision that a credential is to rest on that names one of its attempt.

    That is the one it names, or the last one where others have read the work anew and say less.
    None where the attempt is not passed, or has no such decision.
    """
    last = attempt.last(Decision)
    mine = next((item for item in attempt.all(Decision) if item.digest == named), None)
    if last is None or mine is None or last.record.verdict != "pass":
        return None
    return last if says_less(mine.record, last.record) else mine


def withdrawn(ledger: Ledger) -> frozenset[str]:
    """Return the attempts whose credential was revoked."""
    return frozenset(
        filed.record.attempt
        for name in ledger.credentials()
        if ledger.revoked(name)
        for filed in ledger.issued(name)
    )
