"""The auditor's page says what was found, and nothing that was not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.audit.report import Divergence, Report
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.rules.ledger import digest
from jobtwin.site.transparency_page import read_report, transparency_page

if TYPE_CHECKING:
    from collections.abc import Callable

KIND = Code("XXX-001", "wrong", why="It is.", fix="Mend it.")
COMMIT = "c" * 40


def _printed(*found: Divergence) -> bytes:
    report = Report(COMMIT, {"commits": 1234}, {"{n} snapshots are not here.": 5}, found)
    return f"{report.json()}\n".encode()


def test_it_says_result_commit_version_counts_and_what_git_cannot_say() -> None:
    content = _printed()
    page = transparency_page(read_report(content), "https://forge.example/records")
    assert "**The history holds.**" in page
    for words in (COMMIT, "jobtwin ", digest(content), "1,234", "5 snapshots are not here."):
        assert words in page
    assert "git clone https://forge.example/records records" in page
    assert "with the SHA-256 that stands above" in page


def test_the_digest_is_that_of_the_report_as_it_was_printed() -> None:
    assert Report(COMMIT, {}, {}, ()).digest == digest(
        f"{Report(COMMIT, {}, {}, ()).json()}\n".encode()
    )


def test_a_divergence_stands_there_with_whatever_its_file_is_called() -> None:
    path = "grades/\x1b[2J<b>\udcff|x"
    page = transparency_page(
        read_report(_printed(Divergence(COMMIT, KIND.at("it is | odd", path), 2))), ""
    )
    assert "**The history does not hold.**" in page
    assert "XXX-001" in page
    assert "(and 2 more)" in page
    assert "\x1b" not in page
    assert "<b>" not in page
    page.encode("utf-8")


def test_without_a_report_nothing_is_claimed() -> None:
    page = transparency_page(None, "")
    assert "nothing is claimed" in page
    assert "stands above" not in page
    assert "holds.**" not in page
    assert "jobtwin audit ." in page


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.update(kind="audit-part"),
        lambda data: data.update(commit="--help"),
        lambda data: data.update(checked=["x"]),
        lambda data: data.pop("tool"),
    ],
    ids=["part", "commit", "checked", "tool"],
)
def test_what_is_no_report_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(_printed())
    change(data)
    with pytest.raises(Refused, match="AUD-077"):
        read_report(json.dumps(data).encode())


def test_a_report_that_says_yes_and_lists_divergences_says_no() -> None:
    data = json.loads(_printed(Divergence(COMMIT, KIND.at("it is"))))
    assert not read_report(json.dumps(data | {"ok": True}).encode()).ok
