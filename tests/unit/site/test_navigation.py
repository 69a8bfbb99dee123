from __future__ import annotations

from jobtwin.site.navigation import navigation


def test_the_navigation_names_the_pages_that_are_there() -> None:
    pages = {"index.md", "how-to/start.md", "how-to/check.md", "adr/0001-a.md", "adr/index.md"}
    pages |= {"tutorials/audit-the-history.md", "reference/schemas/twin.json", "tracks/t.md"}
    assert navigation(pages, ["jt-b", "jt-a"]) == [
        {"Home": ["index.md", "what-is-a-job-twin.md"]},
        {"Twins": ["twins/index.md", "twins/jt-b.md", "twins/jt-a.md", "tracks/t.md"]},
        {"Tutorials": ["tutorials/audit-the-history.md"]},
        {"How-to": ["how-to/check.md", "how-to/start.md"]},
        {"Decisions": ["adr/index.md", "adr/0001-a.md"]},
        {
            "Who grades, who signs": [
                "queue/index.md",
                "mentors/index.md",
                "analytics/index.md",
                "issuer.md",
                "outcomes.md",
                "transparency/index.md",
            ]
        },
    ]
