"""A report: the same bytes for the same figures, bounded, and read only as it was written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jobtwin.errors import Refused
from jobtwin.records.report import (
    LARGEST,
    MOST,
    Axis,
    Curves,
    Measure,
    Needed,
    Report,
    Row,
    Rows,
    Series,
    read,
    write,
)

ROWS = Rows(title="By kind", about="How many.", rows=(Row(label="quality", value=0.5, among=4),))
CURVES = Curves(
    title="Delay",
    about="How soon.",
    x=Axis(title="Time", unit="minutes"),
    y=Axis(title="Share", needed=Needed(value=0.6)),
    series=(Series(name="yours", points=((0, 0), (41.5, 1))),),
)
DETECTION = Measure(metric="detection", title="Detection", unit="fraction", value=1 / 3, met=False)
GOLDEN = (
    b'{"figures":[{"met":false,"metric":"detection","title":"Detection","unit":"fraction",'
    b'"value":0.333333}],"format":1,"outcome":"failed","plots":[{"about":"How many.",'
    b'"kind":"rows","rows":[{"among":4,"label":"quality","value":0.5}],"title":"By kind",'
    b'"unit":"fraction"}],"title":"What it caught","twin":"jt-some-9","version":"1.0"}\n'
)


def report(**changes: Any) -> Report:
    given: dict[str, Any] = {
        "format": 1,
        "twin": "jt-some-9",
        "version": "1.0",
        "title": "What it caught",
        "outcome": "failed",
        "figures": (DETECTION,),
        "plots": (ROWS,),
    }
    return Report(**given | changes)


def test_a_report_is_written_as_it_always_was() -> None:
    assert write(report()) == GOLDEN


def test_what_was_written_is_read() -> None:
    whole = report(plots=(ROWS, CURVES))
    assert read(write(whole)) == whole


@given(st.floats(-MOST, MOST))
def test_any_value_comes_back_as_it_is_kept(value: float) -> None:
    kept = report(plots=(Rows(title="t", about="a", rows=(Row(label="r", value=value),)),))
    assert read(write(kept)) == kept


def test_machines_that_differ_in_the_last_digit_write_the_same() -> None:
    one, other = (
        report(plots=(Rows(title="t", about="a", rows=(Row(label="r", value=value),)),))
        for value in (0.1 + 0.2, 0.3)
    )
    assert write(one) == write(other)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -2 * MOST])
def test_a_value_is_a_number_that_a_scale_can_have(value: float) -> None:
    with pytest.raises(ValidationError):
        Row(label="r", value=value)


@pytest.mark.parametrize("words", ["", "two\nlines", "right \u202e to left", "x" * 61, "bell\x07"])
def test_words_are_one_short_line_that_can_be_shown(words: str) -> None:
    with pytest.raises(ValidationError):
        Row(label=words, value=1.0)


def test_an_interval_has_two_ends() -> None:
    with pytest.raises(ValidationError):
        Row(label="r", value=1.0, low=0.5)


def _spaced(content: bytes) -> bytes:
    return json.dumps(json.loads(content)).encode() + b"\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]\n",
        b"[" * 5000,
        b"\xff\xfe",
        _spaced(GOLDEN),
        GOLDEN + b"\n",
        GOLDEN.replace(b"0.333333", b"NaN"),
        GOLDEN.replace(b"0.333333", b'"0.333333"'),
        GOLDEN.replace(b'"format":1', b'"format":1,"format":1'),
        GOLDEN.replace(b'"format":1', b'"extra":"<script>","format":1'),
        GOLDEN.replace(b"What it caught", b"What \\u202eit caught"),
        b" " * (LARGEST + 1),
    ],
)
def test_whatever_else_is_refused_with_one_finding_and_no_traceback(content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(content, "evaluation.json")
    (finding,) = refused.value.findings
    assert finding.code == "RPT-001"
    assert str(finding).isascii()
