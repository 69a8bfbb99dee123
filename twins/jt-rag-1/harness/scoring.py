"""From what came back to figures, notes and plots."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jobtwin.harness.contract import Answer, Outcome, Score

from . import deployed, measures, plots, reproducing, writeup
from .answers import read
from .marking import figures, mark, strata
from .planning import graded_id
from .questions import questions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jobtwin.harness.contract import Returned, Seeds, Submission

    from .marking import Marked

_SLOWEST = 60_000.0


def score_all(seeds: Seeds, returned: Returned, submission: Submission) -> Score:
    """Measure what came back, and whether report and write-up are what they should be."""
    asked = questions(seeds.graded, seeds.pack)
    back = returned.services.get(graded_id(seeds.graded))
    answers = list(back.answers[: len(asked)]) if back else []
    answers += [Answer(Outcome.NOT_RUN)] * (len(asked) - len(answers))
    read_ones = [read(answer) for answer in answers]
    marked = [mark(one, reply) for one, (reply, _) in zip(asked, read_ones, strict=True)]
    again, trouble = reproducing.rerun(seeds, returned)
    gap, told = reproducing.gap(submission, again)
    written, missing = writeup.check(submission.files)
    inside = reproducing.answers_of(seeds, returned) or {}
    outside, seen = deployed.judge(seeds, returned, submission, inside)
    metrics = (
        figures(marked)
        | outside
        | {
            "latency_p95_ms": _p95(answers),
            "report_gap": gap,
            "write_up": written,
        }
    )
    notes = [back.detail] if back and back.detail else []
    notes += _troubles(what for _, what in read_ones)
    notes += [
        *_by_stratum(marked, seeds.graded),
        *([trouble] if trouble else []),
        *told,
        *missing,
        *seen,
    ]
    shown = (*plots.of_graded(marked, seeds.graded), plots.of_both(again, marked, seeds.graded))
    return Score(metrics, tuple(notes), shown)


def _troubles(found: Iterable[str]) -> list[str]:
    counted = Counter(what for what in found if what)
    return [f"{count} answers count as empty: {what}." for what, count in counted.most_common(5)]


def _by_stratum(marked: Sequence[Marked], seed: bytes) -> list[str]:
    """Return a sentence for the whole and one for each stratum, with intervals."""
    groups = {"all": list(marked), **strata(marked)}
    sentences = []
    for name, own in groups.items():
        parts = []
        for title, values in (
            ("recall@5", [one.recall for one in own]),
            ("citations", [one.citation for one in own]),
        ):
            low, high = measures.interval(values, seed, f"{name}/{title}")
            parts.append(f"{title} {measures.mean(values):.2f} [{low:.2f}, {high:.2f}]")
        words = name.replace("_", " ")
        sentences.append(f"{words}: {', '.join(parts)} over {len(own)} questions (95 % bootstrap).")
    return sentences


def _p95(answers: Sequence[Answer]) -> float:
    times = sorted(one.milliseconds for one in answers if one.outcome is Outcome.OK)
    return times[max(0, -(-len(times) * 95 // 100) - 1)] if times else _SLOWEST
