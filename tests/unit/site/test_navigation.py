from __future__ import annotations

from tests.conftest import PROJECT

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


def test_the_page_that_verifies_has_a_place_of_its_own() -> None:
    assert {"Verify": "verify.md"} in navigation({"verify.md"}, [])
    assert (PROJECT / "docs" / "verify.md").is_file()


def test_what_explains_the_rest_stands_before_it() -> None:
    here = {path.name for path in (PROJECT / "docs" / "explanation").glob("*.md")}
    (section,) = navigation({f"explanation/{name}" for name in here}, [])[3:-1]
    assert isinstance(section, dict)
    shown = [page.removeprefix("explanation/") for page in section["Explanation"]]
    assert set(shown) == here
    assert shown[:2] == ["how-it-works.md", "threat-model.md"]
    assert shown[6:] == sorted(shown[6:])
