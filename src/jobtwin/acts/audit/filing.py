"""The auditor's report as a file that a person can file: plain text, the same bytes each time."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from jobtwin import __version__

if TYPE_CHECKING:
    from jobtwin.acts.audit.report import Report

_WIDTH = 100


def to_file(report: Report) -> bytes:
    """Return a report with what it was made by, and how anybody makes it again."""
    lines = [
        "AUDITOR'S REPORT",
        "",
        f"Commit:  {report.commit}",
        f"Tool:    jobtwin {__version__}",
        f"Result:  {'the history holds' if report.ok else 'the history does NOT hold'}",
        f"SHA-256 of the report for machines: {report.digest}",
        "",
        *textwrap.wrap(_MADE_AGAIN.format(commit=report.commit), _WIDTH),
        "",
        report.text(),
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")


_MADE_AGAIN = (
    "Whoever has a clone makes this report again with `jobtwin audit . --commit {commit}`, and the "
    "one that the digest is of with `--json`. Core count, time zone, language and number of "
    "machines change no byte of either. Archives that a clone lacks are counted in it as not "
    "compared: two auditors who fetched different ones differ there."
)
