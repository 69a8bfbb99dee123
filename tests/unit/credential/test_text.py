"""No text is signed that shows less, or other, than it holds."""

from __future__ import annotations

import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.credential.text import UNSIGNABLE, check_record, check_signable, unsignable
from jobtwin.records.base import load
from jobtwin.records.organisation import Issuer
from jobtwin.yamlfile import unshowable

REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
IGNORABLE = [
    0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180E,
    0x180F, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x3164,
    *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0, *range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE1000),
]  # fmt: skip
"""Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt."""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\x00", "U+0000"),
        ("a\x1b[31m", "U+001B, a control character"),
        ("a\r\nb", "U+000D"),
        ("a\x7f", "U+007F"),
        ("a\x85", "U+0085"),
        ("a\x9f", "U+009F"),
        ("abc\u202edcb", "character 4 is U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("\u2066a\u2069", "U+2066 LEFT-TO-RIGHT ISOLATE"),
        ("\u200e", "U+200E LEFT-TO-RIGHT MARK"),
        ("\u061c", "U+061C ARABIC LETTER MARK"),
        ("Le\u200ba", "U+200B ZERO WIDTH SPACE, an invisible"),
        ("Le\u200da", "U+200D ZERO WIDTH JOINER"),
        ("so\u00adft", "U+00AD SOFT HYPHEN"),
        ("\ufeffa", "U+FEFF"),
        ("a\u2028b", "U+2028 LINE SEPARATOR"),
        ("a\u034fb", "U+034F COMBINING GRAPHEME JOINER, an invisible"),
        ("\u3164", "U+3164 HANGUL FILLER"),
        ("❤\ufe0f", "U+FE0F VARIATION SELECTOR-16"),
        ("a\U000e0041", "U+E0041"),
        ("\ud800", "U+D800, half of a surrogate pair"),
        ("\ue000", "U+E000, of private use"),
        ("\U0010fffd", "of private use"),
        ("\u0378", "U+0378, not assigned"),
        ("\ufdd0", "not assigned"),
        ("\U0010ffff", "not assigned"),
        ("Zoe\u0308", "not in Unicode's composed form (NFC)"),
        ("\u212b", "NFC"),
    ],
)
def test_a_text_that_hides_something_is_refused_with_the_reason(text: str, said: str) -> None:
    found = unsignable(text)
    assert found is not None
    assert said in found


@pytest.mark.parametrize(
    "text",
    ["", "Lea", "Zoë Müller-Őry", "two\nlines\tand a tab", "工程", "نورا", "p95 ≤ 200 ms", "🎓"],
)
def test_what_everybody_sees_may_be_signed(text: str) -> None:
    assert unsignable(text) is None


def test_over_all_of_unicode_the_categories_and_the_invisible_ones_decide() -> None:
    invisible = set(IGNORABLE)
    for point in range(sys.maxunicode + 1):
        character = chr(point)
        wanted = unicodedata.category(character) in REFUSED or point in invisible
        wanted = wanted and character not in "\n\t"
        wanted = wanted or not unicodedata.is_normalized("NFC", character)
        assert (unsignable(character) is not None) == wanted, f"U+{point:04X}"


@given(st.text())
def test_whatever_a_record_must_not_hold_is_not_signed_either(text: str) -> None:
    if unshowable(text):
        assert unsignable(text)


@given(st.text(), st.text())
def test_one_bad_character_makes_the_whole_text_bad(before: str, after: str) -> None:
    assert unsignable(before + "\u200b" + after)


def test_each_place_of_a_document_is_named_keys_too() -> None:
    document: Any = {"a": ["fine", {"b": "x\u200b"}], "k\u202e": "y", "n": 5, "t": True}
    found = [*check_signable(document)]
    assert [finding.path for finding in found] == ["$.a[1].b", "$.k\u202e"]
    assert {finding.code for finding in found} == {UNSIGNABLE.id}


def test_a_records_text_is_named_with_line_and_column() -> None:
    lines = [
        "format: 1",
        "name: Aca\u200bdemy",
        "url: https://a.example",
        "did: did:web:a.example",
        "description: Twins.",
    ]
    loaded = load(Issuer, ("\n".join(lines) + "\n").encode(), "keys/issuer.yml")
    (found,) = check_record(loaded)
    assert str(found).startswith("keys/issuer.yml:2:1: ")
    assert "`name`: character 4 is U+200B ZERO WIDTH SPACE" in found.message
