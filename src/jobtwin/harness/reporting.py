"""The report of one grading: the twin's figures beside their bars, with the harness's plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from jobtwin.errors import EngineError
from jobtwin.records.report import LARGEST, Report, write
from jobtwin.rules.reporting import measures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobtwin.harness.contract import Score
    from jobtwin.harness.grading import BarLine, GradeOutcome
    from jobtwin.records.twin import Twin


def report_of(twin: Twin, score: Score, bar: Sequence[BarLine], outcome: GradeOutcome) -> Report:
    """Return the report; raises `EngineError` for what cannot be one: our fault, not theirs."""
    try:
        report = Report(
            format=1,
            twin=twin.id,
            version=twin.version,
            title=twin.report.title,
            outcome=outcome,
            figures=measures(twin, score.metrics, bar),
            plots=score.report,
        )
    except ValidationError as error:
        words = f"the harness of {twin.id} gives figures or plots that no report can have"
        raise EngineError(words, "see jobtwin.records.report") from error
    if (size := len(write(report))) > LARGEST:
        words = f"the report of {twin.id} has {size:,} bytes, over {LARGEST:,}"
        raise EngineError(words, "give its plots fewer points")
    return report
