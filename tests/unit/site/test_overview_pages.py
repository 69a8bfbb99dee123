from __future__ import annotations

from typing import TYPE_CHECKING

import markdown  # type: ignore[import-untyped] # it has no types

from jobtwin.records.organisation import Issuer, IssuerKeyEntry, IssuerKeys
from jobtwin.records.track import Track, TrackTwin
from jobtwin.site.overview_pages import issuer_page, track_page, twins_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from jobtwin.records.twin import Twin

NASTY = "</p><script>alert(1)</script> [x](javascript:alert(1)) | `"


def test_the_list_of_twins_says_which_cannot_be_started(twin: Twin) -> None:
    closed = twin.model_copy(update={"harness": None, "id": "jt-closed"})
    page = twins_page([twin, closed])
    assert page.index("| open |") < page.index("| cannot be started yet |")
    assert "](jt-closed.md)" in page


def test_a_track_lists_its_weeks_in_order_and_links_only_pages_that_are_there() -> None:
    items = [
        TrackTwin(twin=f"jt-{week}", week=week, title=f"T{week}", short="S", summary="Words.")
        for week in (8, 6)
    ]
    track = Track(
        format=1,
        id="t",
        title="Track",
        weeks=14,
        summary="All.",
        twins=tuple(items),
        capstone="jt-end",
    )
    page = track_page(track, {"jt-6": "Six", "jt-end": "The end"})
    assert page.index("Week 6") < page.index("Week 8")
    assert "[T6](../twins/jt-6.md)" in page
    assert "jt-8.md" not in page
    assert "[The end](../twins/jt-end.md)" in page
    assert "all 2 twins" in page


def test_retired_is_not_compromised(passed: Callable[[str], Any]) -> None:
    issuer: Issuer = passed(NASTY).dossier().issuer
    key = IssuerKeyEntry(
        fragment="key-2026-1", public_key="z6Mk" + "a" * 44, since=passed("x").calibrated().at
    )
    retired = key.model_copy(update={"retired": key.since})
    stolen = key.model_copy(update={"compromised": key.since})
    page = issuer_page(issuer, IssuerKeys(format=1, keys=(key, retired, stolen)))
    assert page.index("| in use |") < page.index("still holds |") < page.index("**compromised**")
    assert "For demonstration and tests only" in page
    assert "<script" not in markdown.markdown(page, extensions=["tables", "admonition"])


def test_a_repository_without_an_issuer_says_that_nothing_was_signed() -> None:
    assert "nothing was ever signed" in issuer_page(None, None)
