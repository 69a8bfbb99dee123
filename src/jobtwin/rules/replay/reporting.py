"""The audit's question to an evaluation's report: does it say what the record says?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records import report as reports
from jobtwin.rules.reporting import measures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.findings import Finding
    from jobtwin.records.submission import Evaluated
    from jobtwin.records.twin import Twin

OTHER_REPORT = Code(
    "AUD-039",
    "a report says something else than its evaluation",
    why="Mentors and employers look at the report; what counts is in the record.",
    fix="Find out what wrote the two; score the kept answers again.",
)


def check_report(record: Evaluated, path: str, twin: Twin, content: bytes) -> Iterator[Finding]:
    """Yield what a report does not share with its evaluation; `path` is the report's."""
    try:
        report = reports.read(content, path)
    except Refused as refused:
        yield from refused.findings
        return
    named = (report.twin, report.version, report.title, report.outcome)
    if named != (twin.id, twin.version, twin.report.title, record.outcome):
        yield OTHER_REPORT.at("its head is of another evaluation", path)
    values = {figure.metric: figure.value for figure in record.metrics}
    if report.figures != measures(twin, values, record.bar):
        yield OTHER_REPORT.at("its figures or bars are others", path)
