"""A learner's page: all attempts, passed or not, and no name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jobtwin.repository.learners import Entry
from jobtwin.site.learner_page import learner_page

T0 = datetime(2026, 11, 2, 9, tzinfo=UTC)
SUBJECT = "5" * 32


def entry(number: int, label: str, overall: float | None) -> Entry:
    return Entry(
        attempt=f"a{number}" * 16,
        twin="jt-incident-4",
        title="Live <incident>",
        number=number,
        started=T0 + timedelta(days=number),
        handed_in=None,
        decided=T0 + timedelta(days=number + 1) if overall is not None else None,
        label=label,
        overall=overall,
        threshold=0.65,
        bar_met=None if overall is None else overall > 0.5,
        credential="https://a.example/credentials/c1/" if label == "passed" else None,
        wants_page=True,
    )


def test_what_was_not_cleared_stands_beside_what_was() -> None:
    entries = [entry(1, "retake", 0.44), entry(2, "passed", 0.8), entry(3, "started", None)]
    page = learner_page(SUBJECT, entries)
    assert page.description == "3 attempts, passed or not."
    assert "All 3 attempts of one learner, the oldest first; 1 passed." in page.article
    assert page.article.index("0.44, 0.65 needed; bar missed") < page.article.index("0.8, 0.65")
    assert 'href="https://a.example/credentials/c1/"' in page.article
    assert 'href="../../../attempts/a1/' in page.article
    assert "Live &lt;incident&gt;" in page.article
