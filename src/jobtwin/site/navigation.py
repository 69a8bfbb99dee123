"""Where each page stands in the navigation, from the files that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

TUTORIALS = (
    "earn-your-first-credential",
    "grade-your-first-submission",
    "verify-one-as-a-stranger",
    "audit-the-history",
    "run-your-own-cohort",
    "write-a-twin",
)
_SECTIONS = (
    ("How-to", "how-to/"),
    ("Reference", "reference/"),
    ("Explanation", "explanation/"),
    ("Decisions", "adr/"),
)


def navigation(pages: Collection[str], twins: Sequence[str]) -> list[dict[str, Any] | str]:
    """Return the `nav` of mkdocs; `twins` are the ids of the twins in the order of the cohort.

    A page without a title of its own here gets the title that it begins with.
    """
    tutorials = [f"tutorials/{name}.md" for name in TUTORIALS]
    tracks = sorted(page for page in pages if page.startswith("tracks/"))
    nav: list[dict[str, Any] | str] = [
        {"Home": ["index.md", "what-is-a-job-twin.md"]},
        {"Twins": ["twins/index.md", *(f"twins/{twin}.md" for twin in twins), *tracks]},
        {"Tutorials": [page for page in tutorials if page in pages]},
    ]
    for title, folder in _SECTIONS:
        if found := _below(pages, folder):
            nav.append({title: found})
    nav.append(
        {
            "Who grades, who signs": [
                "queue/index.md",
                "mentors/index.md",
                "analytics/index.md",
                "issuer.md",
                "outcomes.md",
                "transparency/index.md",
            ]
        }
    )
    return nav


def _below(pages: Collection[str], folder: str) -> list[str]:
    """Return a folder's pages by name, with its index first."""
    found = (page for page in pages if page.startswith(folder) and page.endswith(".md"))
    return sorted(found, key=lambda page: (not page.endswith("/index.md"), page))
