"""Pages for those who have the link: every attempt's, and that of a learner who asked for one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.records.report import read
from jobtwin.repository import cases, learners, reports
from jobtwin.site.attempt_page import attempt_page
from jobtwin.site.learner_page import learner_page
from jobtwin.site.report_page import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jobtwin.repository.ledger import Attempt, Ledger
    from jobtwin.site.credential_page import Page
    from jobtwin.site.dossiers import Published
    from jobtwin.site.report_page import Shown


def unlisted_pages(
    ledger: Ledger, published: Published, as_of: datetime
) -> Iterator[tuple[str, Page]]:
    """Yield (folder below the site's root, page) of attempts and learners."""
    credentials = {item.started.attempt: _page(ledger, item.id) for item in published.dossiers}
    tracks = {
        part.dossier.started.attempt: _page(ledger, track.id)
        for track in published.tracks
        for part in track.parts
        if not (track.revoked or track.superseded_by)
    }
    place, of_learner = cases.place(ledger), defaultdict(list)
    for attempt in ledger.every_attempt():
        credential, track = credentials.get(attempt.id), tracks.get(attempt.id)
        case = cases.case(ledger, attempt, as_of, place, credential=credential, track=track)
        yield layout.attempt_page(attempt.id), attempt_page(case, _plots(ledger, attempt))
        of_learner[attempt.started.subject].append(attempt)
    for subject, attempts in sorted(of_learner.items()):
        if _asked(attempts):
            found = learners.entries(ledger, attempts, credentials, as_of)
            yield layout.learner_page(subject), learner_page(subject, found)


def _plots(ledger: Ledger, attempt: Attempt) -> tuple[Shown, ...]:
    content = reports.report(ledger, attempt)
    return shown(read(content)) if content else ()


def _asked(attempts: list[Attempt]) -> bool:
    latest = max(attempts, key=lambda attempt: (attempt.started.at, attempt.id))
    return bool(latest.started.public_record)


def _page(ledger: Ledger, credential: str) -> str:
    return layout.credential_page(ledger.issuer.url, credential)
