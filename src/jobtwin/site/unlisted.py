"""Pages for those who have the link: every attempt's, and that of a learner who asked for one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.repository import cases, learners
from jobtwin.site.attempt_page import attempt_page
from jobtwin.site.learner_page import learner_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jobtwin.repository.ledger import Attempt, Ledger
    from jobtwin.site.credential_page import Page
    from jobtwin.site.dossiers import Published


def unlisted_pages(
    ledger: Ledger, published: Published, as_of: datetime
) -> Iterator[tuple[str, Page]]:
    """Yield (folder below the site's root, page) of attempts and learners."""
    shown = {item.started.attempt: _page(ledger, item.id) for item in published.dossiers}
    tracks = {
        part.dossier.started.attempt: _page(ledger, track.id)
        for track in published.tracks
        for part in track.parts
        if not (track.revoked or track.superseded_by)
    }
    place, of_learner = cases.place(ledger), defaultdict(list)
    for twin in ledger.tree.names("submissions"):
        for attempt in ledger.attempts(twin):
            credential, track = shown.get(attempt.id), tracks.get(attempt.id)
            case = cases.case(ledger, attempt, as_of, place, credential=credential, track=track)
            yield layout.attempt_page(attempt.id), attempt_page(case)
            of_learner[attempt.started.subject].append(attempt)
    for subject, attempts in sorted(of_learner.items()):
        if _asked(attempts):
            found = learners.entries(ledger, attempts, shown, as_of)
            yield layout.learner_page(subject), learner_page(subject, found)


def _asked(attempts: list[Attempt]) -> bool:
    latest = max(attempts, key=lambda attempt: (attempt.started.at, attempt.id))
    return bool(latest.started.public_record)


def _page(ledger: Ledger, credential: str) -> str:
    return f"{ledger.issuer.url}/{layout.credential(credential)}/"
