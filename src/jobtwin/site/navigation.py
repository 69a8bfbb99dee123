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
VERIFY = "verify.md"
"""Stands in for the page that is written over it; so the generator knows where links to it lead."""
_READ_FIRST = (
    "explanation/how-it-works.md",
    "explanation/threat-model.md",
    "explanation/keys.md",
    "explanation/kappa-in-plain-words.md",
    "explanation/how-sure-is-a-calibration.md",
    "explanation/what-an-open-repository-cannot-hide.md",
)
"""What explains the rest: how it works, whom to trust with what, how sure, how blind."""
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
    ]
    if VERIFY in pages:
        nav.append({"Verify": VERIFY})
    nav.append({"Tutorials": [page for page in tutorials if page in pages]})
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
    """Return a folder's pages by name, with its index and what is to be read first before them."""
    found = [page for page in pages if page.startswith(folder) and page.endswith(".md")]
    first = [f"{folder}index.md", *_READ_FIRST]
    begin = [page for page in first if page in found]
    return begin + sorted(set(found) - set(begin))
