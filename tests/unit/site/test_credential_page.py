from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.credential.holder import hashed
from jobtwin.site.credential_page import Page, credential_page, how_sure, not_found_page

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NASTY = "</dd></section><script>alert(1)</script>\"' onload=alert(1) {{ 7*7 }} evil"


class _Tags(HTMLParser):
    """Collects tags, and refuses what is not closed in the order in which it was opened."""

    VOID = ("br", "img", "meta", "link")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def words(page: Page) -> str:
    """Return what a reader sees, as one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page.article)).split())


def first_screen(page: Page) -> str:
    return words(replace(page, article=page.article.partition("<h2")[0]))


def test_the_first_screen_answers_what_an_employer_asks(passed: Callable[[str], Any]) -> None:
    text = first_screen(credential_page(passed("Ada").dossier(), NOW))
    for answer in (
        "It holds. It was not revoked, and no better attempt replaces it",
        "the last record about it is of 2026-11-21 12:00:00 UTC",
        "Diagnosis, Hotfix, Post-mortem, Monitoring change",
        "90 min live + 4h post-mortem, judged by the server's clock",
        "Live window: handed in 2026-11-02 10:20:00 UTC, due 2026-11-02 10:30:00 UTC.",
        "AI assistants were allowed.",
        "0.8 of 1, 0.65 needed; quantitative bar met. The result of 1 attempt.",
        "Ada, a calibrated mentor, signed off on 2 November 2026. No model and no peer graded it.",
        "Cohen's kappa 0.78, with 90% confidence between 0.68 and 0.87",
    ):
        assert answer in text


def test_a_jwt_is_linked_with_its_key_and_with_who_reads_it(passed: Callable[[str], Any]) -> None:
    dossier = passed("Ada").dossier()
    assert "credential.jwt" not in credential_page(dossier, NOW).article
    (issued,) = dossier.issued
    named = issued.model_copy(update={"jwt_key": "https://credentials.example/keys/k.jwk.json"})
    page = credential_page(replace(dossier, issued=(named,)), NOW)
    assert '<a href="credential.jwt" download>' in page.article
    assert '<a href="https://credentials.example/keys/k.jwk.json">' in page.article
    assert "General JOSE software accepts it; 1EdTech's own validator does not" in words(page)


def test_a_credential_under_a_stolen_key_is_not_said_to_hold(passed: Callable[[str], Any]) -> None:
    dossier = passed("Ada").dossier()
    (issued,) = dossier.issued
    stolen = {issued.verification_method: datetime(2026, 11, 17, tzinfo=UTC)}
    page = credential_page(replace(dossier, withdrawn=stolen), NOW)
    assert page.title.startswith("Not validly signed now: ")
    assert "was withdrawn on 17 November 2026" in first_screen(page)
    assert "It holds" not in words(page)
    assert "LinkedIn" not in words(page)
    again = issued.model_copy(update={"number": 2, "verification_method": "did:web:x#key-2"})
    page = credential_page(replace(dossier, withdrawn=stolen, issued=(issued, again)), NOW)
    assert "It holds." in first_screen(page)
    assert "Signed again on" in first_screen(page)
    assert "issued, by a key that was withdrawn later" in words(page)


def test_below_it_stand_scores_with_anchors_bar_skills_and_digests(
    passed: Callable[[str], Any],
) -> None:
    dossier = passed("Ada").dossier()
    page = credential_page(dossier, NOW)
    text = words(page)
    assert page.article.count("Reached:") == len(dossier.twin.rubric)
    assert text.count(dossier.twin.rubric[0].levels[0][:40]) == 1
    assert "serve.py:3" in text
    assert "llm.safety.hallucination-mitigation" in text
    assert f"jobtwin verify {dossier.url}" in text
    assert dossier.evidence[0].digest in text
    assert 'href="credential.json"' in page.article


def test_it_names_the_file_of_the_evaluation_and_leads_to_the_plots_that_are_made_of_it(
    passed: Callable[[str], Any],
) -> None:
    dossier = passed("Ada").dossier()
    page = credential_page(dossier, NOW).article
    assert f'href="../../../attempts/a1/{dossier.started.attempt}/#measured"' in page
    assert 'href="../../../evidence/a1/x/evaluation.json"' in page
    assert dossier.report is not None
    assert dossier.report.file.digest in page
    before = credential_page(replace(dossier, report=None), NOW).article
    assert "evaluation.json" not in before


def test_a_revoked_credential_cannot_be_overlooked(passed: Callable[[str], Any]) -> None:
    played = passed("copied work")
    page = credential_page(replace(played.dossier(), revoked=played.revoke()), NOW)
    text = first_screen(page)
    assert "Revoked. Do not rely on this credential." in text
    assert "Reason: copied work" in text
    assert "It holds" not in text
    assert page.title.startswith("Revoked: ")


def test_a_superseded_credential_points_to_the_one_that_binds(
    passed: Callable[[str], Any],
) -> None:
    page = credential_page(replace(passed("x").dossier(), superseded_by="d4" * 16), NOW)
    assert f'href="../../../credentials/d4/{"d4" * 16}/"' in page.article
    assert "It holds" not in first_screen(page)
    assert page.title.startswith("Superseded: ")


def test_a_holder_without_a_public_name_is_not_shown(passed: Callable[[str], Any]) -> None:
    dossier = passed("Ada").dossier()
    hidden = dossier.started.model_copy(update={"public_name": None})
    page = credential_page(replace(dossier, started=hidden), NOW)
    assert "Not shown, and not named in the credential." in first_screen(page)


def test_a_hashed_name_waits_for_the_link_that_shows_it(passed: Callable[[str], Any]) -> None:
    dossier = passed("Ada").dossier()
    recipient = hashed("Ada", "0123456789abcdef" * 2)
    update = {"public_name": None, "recipient": recipient}
    page = credential_page(replace(dossier, started=dossier.started.model_copy(update=update)), NOW)
    assert f'data-identity-hash="{recipient}"' in page.article
    assert "Not shown. The holder can share a link" in first_screen(page)


def test_what_learner_mentor_and_operator_wrote_is_text_and_nothing_else(
    passed: Callable[[str], Any],
) -> None:
    played = passed(NASTY)
    page = credential_page(replace(played.dossier(), revoked=played.revoke()), NOW)
    tags = _Tags(page.article)
    assert tags.open == []
    assert "script" not in tags.seen
    assert not [name for name in tags.attributes if name.startswith("on")]
    assert "{{ 7*7 }}" in words(page)


def test_a_page_is_a_function_of_its_records(passed: Callable[[str], Any]) -> None:
    made = [credential_page(passed("Ada").dossier(), NOW) for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize(("kappa", "low"), [(None, None), (0.7, None)])
def test_an_undefined_agreement_is_said_and_not_guessed(
    passed: Callable[[str], Any], kappa: float | None, low: float | None
) -> None:
    agreement = passed("x").calibrated().agreement
    said = how_sure(agreement.model_copy(update={"kappa": kappa, "kappa_low": low}))
    assert "confidence" not in said
    assert ("could not be computed" in said) is (kappa is None)


def test_a_mentors_only_round_is_plotted_and_leads_to_the_mentors_own_page(
    passed: Callable[[str], Any],
) -> None:
    played = passed("Mira")
    dossier = played.dossier()
    judge = replace(dossier.judges[0], rounds=(played.calibrated(),), needed=0.7)
    article = credential_page(replace(dossier, judges=(judge,)), NOW).article
    assert article.count("Kappa of mira, round by round") == 1
    assert "0.78 (0.68 to 0.87)" in article
    assert '/mentors/mira/"' in article


def test_the_page_for_a_missing_address_leads_on_from_any_depth() -> None:
    article = not_found_page("/jobs/").article
    assert _Tags(article).open == []
    assert re.findall('href="([^"]*)"', article)[:2] == ["/jobs/", "/jobs/twins/"]
