"""Start this twin: the link's file is one that starts an attempt, on every twin that can be."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import markdown  # type: ignore[import-untyped] # it has no types
import pytest
from tests.conftest import cohort

from jobtwin.records.base import load
from jobtwin.records.intake import StartRequest
from jobtwin.records.twin import Twin
from jobtwin.repository.definitions import read_twin, twin_ids
from jobtwin.site.start_section import start_file, start_link, start_section

PROJECT = Path(__file__).parents[3]
REPOSITORY = "https://github.com/academy/credentials"


@pytest.fixture(params=twin_ids(PROJECT))
def twin(request: pytest.FixtureRequest) -> Twin:
    return read_twin(PROJECT, request.param)


def test_the_link_begins_a_valid_start_file_in_the_inbox(twin: Twin) -> None:
    parts = urlsplit(start_link(twin.id, REPOSITORY))
    assert parts.path == "/academy/credentials/new/main/submissions/inbox"
    asked = parse_qs(parts.query, strict_parsing=True)
    assert asked["filename"] == ["start.yml"]
    (value,) = asked["value"]
    assert load(StartRequest, value.encode(), "start.yml").record.twin == twin.id
    assert not parts.fragment


def test_what_the_comments_offer_is_taken_as_it_is_shown() -> None:
    shown = start_file("jt-incident-4").replace("relations: []", "relations: [ada-example]")
    shown = shown.replace("# recipient: sha256$0123...", f"recipient: sha256${'0' * 64}")
    shown = shown.replace("# public_name:", "public_name:")
    request = load(StartRequest, shown.encode(), "start.yml").record
    assert (request.relations, request.public_name) == (("ada-example",), "Your Name")


def test_every_twin_with_a_harness_has_the_button_and_no_other_has(twin: Twin) -> None:
    section = start_section(twin, "All is open.", REPOSITORY)
    html = markdown.markdown(section, extensions=["attr_list"])
    assert ("md-button--primary" in html) == (twin.harness is not None)
    assert ("All is open." in section) == (twin.harness is not None)


def test_the_page_says_when_the_clock_starts_and_what_cannot_be_hidden() -> None:
    section = start_section(read_twin(PROJECT, "jt-incident-4"), "All is open.", REPOSITORY)
    assert "The clock starts when the pull request opens, not before." in section
    assert "Drafts\nnever move a deadline" in section
    assert "GitHub asks you to fork" in section
    assert "what-an-open-repository-cannot-hide.md" in section


def test_without_a_repository_the_file_is_shown_and_no_link_leads_nowhere() -> None:
    section = start_section(read_twin(PROJECT, "jt-incident-4"))
    assert "md-button" not in section
    assert "twin: jt-incident-4" in section
    assert "submissions/inbox/start.yml" in section


def test_a_sealed_cohort_is_told_with_its_own_way_to_start() -> None:
    twin = read_twin(PROJECT, "jt-incident-4")
    sealed = cohort().model_copy(update={"id": "sealed-2026", "visibility": "sealed"})
    shown = start_section(twin, cohorts=(cohort(), sealed))
    assert shown.count("which is sealed") == 1
    assert "jobtwin submit start --twin jt-incident-4" in shown
