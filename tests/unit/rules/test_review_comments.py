"""Comments at lines of a bundle come into the review, and nothing else in it moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import Refused
from jobtwin.rules.review_comments import LONGEST, MOST, Remark, merged
from jobtwin.yamlfile import parse

FORM = b"""# A head that stays
format: 1
# Remarks at a place in the learner's work: file, line, text.
comments: []
# What you would tell the learner first
summary: |
  Sound work.

  comments: not this one
"""
AT = Remark("work/src/app.py", 12, "Why twice?")


def comments(content: bytes) -> list[dict[str, object]]:
    found: list[dict[str, object]] = parse(content).data["comments"]
    return found


def test_a_comment_comes_in_and_every_other_line_stays_as_it_was() -> None:
    done = merged(FORM, [AT])
    assert (done.added, done.known, done.left_out) == (1, 0, ())
    assert comments(done.content) == [{"file": "src/app.py", "line": 12, "text": "Why twice?"}]
    before = FORM.decode().splitlines()
    after = done.content.decode().splitlines()
    assert [line for line in before if line not in after] == ["comments: []"]
    assert after[:3] == before[:3]
    assert after[-5:] == before[-5:]


def test_the_same_comments_again_change_nothing() -> None:
    once = merged(FORM, [AT]).content
    again = merged(once, [AT])
    assert (again.content, again.added, again.known) == (once, 0, 1)


def test_what_the_mentor_wrote_by_hand_stays_in_front_with_its_own_remarks() -> None:
    mine = b"comments:\n- file: a.py  # look here\n  line: 1\n  text: mine\n\n# next\nsummary: s\n"
    done = merged(mine, [AT])
    assert done.content.startswith(mine[: mine.index(b"\n\n# next")])
    assert done.content.endswith(b"\n\n# next\nsummary: s\n")
    assert [item["file"] for item in comments(done.content)] == ["a.py", "src/app.py"]


@pytest.mark.parametrize(
    "content",
    [
        b"comments: [{file: a, line: 1, text: t}]\n",
        b"comments: [\n]\nsummary: s\n",
        b"comments: here\n",
        b"summary: s\n",
        b"- 1\n",
    ],
    ids=["in one line", "over two lines", "a text", "absent", "no review"],
)
def test_where_nothing_can_be_added_without_rewriting_it_is_said(content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        merged(content, [AT])
    assert [found.code for found in refused.value.findings] == ["REV-013"]


def test_files_of_the_bundle_that_are_not_the_learners_are_left_out_and_named() -> None:
    done = merged(FORM, [Remark("report.md", 3, "odd"), Remark("inbox/updates/01.yml", 2, "clear")])
    assert [item["file"] for item in comments(done.content)] == ["inbox/updates/01.yml"]
    assert done.left_out == ("report.md:3: it is not a file of the learner's",)


def test_the_comments_are_bounded_in_number_and_length() -> None:
    many = [Remark("work/a", n, "x" * (LONGEST + n)) for n in range(1, 40)]
    done = merged(FORM, many)
    assert all(len(str(item["text"])) == LONGEST for item in comments(done.content))
    short = [Remark("work/a", n, "x") for n in range(1, MOST + 3)]
    done = merged(FORM, short)
    assert (done.added, len(done.left_out)) == (MOST, 2)
    with pytest.raises(Refused, match="too large"):
        merged(FORM, [Remark("work/a", n, "x" * LONGEST) for n in range(1, MOST)])


@given(
    text=st.text(min_size=1, max_size=200),
    path=st.text(min_size=1, max_size=60),
    line=st.integers(min_value=-2, max_value=10**6),
)
def test_whatever_is_said_stays_text_in_one_comment_or_is_left_out(
    text: str, path: str, line: int
) -> None:
    done = merged(FORM, [Remark(f"work/{path}", line, text)])
    data = parse(done.content).data
    assert data["summary"] == parse(FORM).data["summary"]
    assert list(data) == ["format", "comments", "summary"]
    assert len(data["comments"]) == done.added == 1 - len(done.left_out)
    assert (done.content == FORM) == (done.added == 0)


def test_yaml_in_a_comment_is_no_yaml() -> None:
    evil = "x\nsummary: mine\nscores: []\n- file: b\n# ```\n<script>@lea"
    done = merged(FORM, [Remark("work/a.py", 1, evil)])
    assert comments(done.content)[0]["text"] == evil
    assert parse(done.content).data["summary"].startswith("Sound work.")
