"""What a credential's page says of endorsements, and what it never lets them say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobtwin.site.credential_page import credential_page
from jobtwin.site.endorsements import EndorsementTold

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
NASTY = '<script>alert(1)</script>" onload="x'


def told(comment: str = "Well done.", **others: Any) -> EndorsementTold:
    plain = EndorsementTold(
        "mira", "Mira", "SHA256:abc", AT, comment, "endorsement-mira.json", True
    )
    return replace(plain, **others)


def section(passed: Callable[[str], Any], *endorsements: EndorsementTold) -> str:
    dossier = replace(passed("plain").dossier(), endorsements=endorsements)
    article = credential_page(dossier, AT).article
    found = re.search(r'<h2 id="endorsements">.*?</pre>', article, re.DOTALL)
    return found[0] if found else ""


def test_a_credential_without_endorsements_says_nothing_of_them(
    passed: Callable[[str], Any],
) -> None:
    assert section(passed) == ""


def test_one_line_says_who_when_what_and_where_the_file_is(passed: Callable[[str], Any]) -> None:
    html = section(passed, told())
    for words in ("Mira on 1 March 2027", "“Well done.”", "SHA256:abc"):
        assert words in html
    assert 'href="endorsement-mira.json"' in html
    assert re.search(r"jobtwin verify https://\S+/endorsement-mira\.json<", html)


def test_words_about_the_file_from_before_are_not_shown_as_words_about_this_one(
    passed: Callable[[str], Any],
) -> None:
    html = section(passed, told(is_current=False))
    assert "Well done." not in html
    assert "not of the one served now" in html
    assert 'href="endorsement-mira.json"' in html


def test_a_mentors_words_are_text_and_never_markup(passed: Callable[[str], Any]) -> None:
    html = section(passed, told(NASTY, name=NASTY))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
