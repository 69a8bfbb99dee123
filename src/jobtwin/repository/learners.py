"""All attempts of a learner, as the learner would list them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.repository import cases
from jobtwin.rules.standing import standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from jobtwin.repository.ledger import Attempt, Ledger
    from jobtwin.rules.standing import Case


@dataclass(frozen=True, slots=True)
class Entry:
    """One attempt as its learner would list it."""

    attempt: str
    twin: str
    title: str
    number: int
    started: datetime
    handed_in: datetime | None
    """When what counts of it arrived last."""
    decided: datetime | None
    label: str
    """One of the labels of a pull request."""
    overall: float | None
    threshold: float
    bar_met: bool | None
    credential: str | None
    """URL of the credential's page."""
    wants_page: bool
    """Whether the learner asked, at this start, for a page of all attempts."""


def entries(
    ledger: Ledger, attempts: Iterable[Attempt], shown: Mapping[str, str], now: datetime
) -> tuple[Entry, ...]:
    """Return attempts as entries, the oldest first; `shown` is attempt → credential's page."""
    place, found = cases.place(ledger), []
    for attempt in attempts:
        credential = shown.get(attempt.id)
        case = cases.case(ledger, attempt, now, place, credential=credential)
        found.append(_entry(case, credential))
    return tuple(sorted(found, key=lambda entry: (entry.started, entry.attempt)))


def _entry(case: Case, credential: str | None) -> Entry:
    started, decision = case.started, case.decision
    return Entry(
        attempt=started.attempt,
        twin=started.twin,
        title=case.twin.title,
        number=started.number,
        started=started.at,
        handed_in=_handed_in(case),
        decided=decision.at if decision else None,
        label=standing(case).label,
        overall=decision.overall if decision else None,
        threshold=decision.threshold if decision else case.twin.pass_threshold,
        bar_met=decision.bar_met if decision else None,
        credential=credential,
        wants_page=bool(started.public_record),
    )


def _handed_in(case: Case) -> datetime | None:
    counted = [item.at for _, item in case.receipts if item.ruling == "accepted"]
    return max(counted, default=None)
