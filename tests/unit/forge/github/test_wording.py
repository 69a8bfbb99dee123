from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.findings import Finding
from jobtwin.forge.github import wording

NO_SPACE = "\u200b"


@pytest.mark.parametrize(
    "text", ["@lea", "hi @academy/mentors", "(@lea)", "`x` @lea", "#12", "gh-7"]
)
def test_nobody_is_called_and_no_issue_is_mentioned(text: str) -> None:
    shown = wording.harmless(text)
    assert text not in shown
    assert shown.replace(NO_SPACE, "") == text


@pytest.mark.parametrize(
    "text",
    [
        "lea@people.invalid",
        "uvx --from git+https://github.com/academy/credentials@0123abc jobtwin kit",
        "https://github.com/academy/credentials/issues/3#issuecomment-12",
        "&#39;",
        "# Heading",
        "C# and F#",
    ],
)
def test_what_calls_nobody_stays_so_that_it_can_be_copied(text: str) -> None:
    assert wording.harmless(text) == text


def test_a_marker_in_a_strangers_words_is_none() -> None:
    shown = wording.sticky(f"hello {wording.MARKER}")
    assert shown.count(wording.MARKER) == 1


def test_signs_that_turn_a_line_round_or_steer_a_terminal_are_left_out() -> None:
    assert wording.harmless("a\u202eb\x1b[31mc\x00d\r\n\te") == "ab[31mcd\n\te"


def test_a_comment_that_fits_is_not_changed() -> None:
    text = "x\n" * (wording.LONGEST // 2)
    assert wording.fitting(text) == text


def test_a_comment_that_is_too_long_ends_after_a_line_and_says_so() -> None:
    shown = wording.fitting("0123456789\n" * 10_000)
    assert len(shown) <= wording.LONGEST
    assert "0123456789\n\n\n*This is too long" in shown


def test_a_code_block_that_is_cut_is_closed() -> None:
    shown = wording.fitting("````text\n" + "```\nrow\n" * 20_000)
    assert shown.count("````") == 2
    assert shown.index("*This is too long") > shown.rindex("````")


def test_size_is_counted_as_github_counts_at_worst() -> None:
    shown = wording.fitting("\U0001f600" * wording.LONGEST)
    assert len(shown.encode("utf-16-le")) // 2 <= wording.LONGEST


@given(st.text(max_size=300).map(lambda text: text * 500))
def test_any_text_fits(text: str) -> None:
    assert len(wording.sticky(text).encode("utf-16-le", "replace")) // 2 <= wording.LONGEST


def _refused(message: str, path: str = "", hint: str = "") -> str:
    return wording.harmless(
        wording.refusal([Finding("STA-001", message, path, 3, 7, hint)], "push")
    )


def test_a_refusal_says_what_where_and_what_to_do() -> None:
    shown = _refused("no such twin", "submissions/inbox/start.yml", "name one of these")
    assert "- **STA-001** at submissions/inbox/start.yml:3:7: no such twin\n" in shown
    assert "  name one of these" in shown


@pytest.mark.parametrize(
    "hostile",
    [
        "@academy/mentors",
        "fixes #1",
        "a\n\n# Passed\n",
        "![x](https://evil.example/x.png)",
        "[Continue](https://evil.example)",
        "<img src=x onerror=alert(1)><!-- jobtwin -->",
        "</details><details>",
        "`` ` ```",
        "| a | b |\n|---|---|",
        "~~struck~~ **bold** _it_",
    ],
)
def test_hostile_words_in_a_finding_do_nothing(hostile: str) -> None:
    shown = _refused(hostile, hostile, hostile)
    body = shown.partition("\n\n")[2].replace("**STA-001**", "")
    assert body.count("\n") == 1
    for sign in ("<", "@a", "#1", "<!--"):
        assert sign not in body.replace("&lt;", "")
    for sign in "`[]*_|~!":
        assert all(body[at - 1] == "\\" for at, one in enumerate(body) if one == sign)


def test_many_findings_are_counted_and_long_ones_cut() -> None:
    shown = wording.refusal([Finding("X-1", "m" * 5000)] * 1000, "push")
    assert "and 950 more" in shown
    assert len(shown) < wording.LONGEST
