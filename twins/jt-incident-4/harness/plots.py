"""What the report's plots are made of: answers by kind of question, the tests, the live window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import isfinite

from jobtwin.records.report import Axis, Curves, Needed, Row, Rows, Series

WHOLE = Needed(value=1)
MENDED = (
    "Share of the hidden questions that the release of the incident answers wrongly and the "
    "service handed in rightly, by what is asked."
)
LEFT_ALONE = (
    "Share of all other hidden questions that the service handed in still answers or refuses as "
    "before, by what is asked; the latency budget is one more of them."
)
TESTED = {
    "untouched": "the release of the incident",
    "own": "the service handed in",
    "reference": "a reference fix",
    "special-case": "a fix of the reported examples only",
}
FEWEST_TIMES, SHARES = 2, tuple(number / 20 for number in range(1, 21))


def of_answers(title: str, about: str, missed: Counter[str], asked: Counter[str]) -> Rows:
    """Return the share of right answers, of all questions and of each kind."""
    counts = [("all questions", missed.total(), asked.total())]
    counts += [(kind, missed[kind], asked[kind]) for kind in sorted(asked)]
    rows = [
        Row(
            label=label,
            value=1 - wrong / among if among else None,
            among=among,
            needed=WHOLE if label == counts[0][0] else None,
        )
        for label, wrong, among in counts
    ]
    return Rows(title=title, about=about, rows=tuple(rows))


def of_tests(ended: Mapping[str, bool]) -> Rows:
    """Return on which services, by their roles, the regression test ended as it must."""
    return Rows(
        title="What the regression test tells apart",
        about="1 where the test ended as it must: failing on the release and on a fix of the "
        "reported examples only, passing on both whole fixes.",
        rows=tuple(Row(label=TESTED[role], value=float(right)) for role, right in ended.items()),
    )


def of_times(times: Sequence[float], budget: float) -> list[Curves]:
    """Return the distribution of times, the shortest first; nothing without any to speak of."""
    if len(times) < FEWEST_TIMES:
        return []
    points = tuple((times[max(0, round(share * len(times)) - 1)], share) for share in SHARES)
    return [
        Curves(
            title="How long answers took",
            about="Share of the answers to hidden questions that came within a time; 95 % of "
            "them have to come within the budget.",
            x=Axis(
                title="Time",
                unit="milliseconds",
                logarithmic=True,
                needed=Needed(comparator="<=", value=budget),
            ),
            y=Axis(title="Share of the answers"),
            series=(Series(name="the service handed in", points=points),),
        )
    ]


def of_alerts(late: Mapping[str, float | None], within: float) -> Rows:
    """Return how soon a rule fires on each trace; nothing where one fires without the failure."""
    needed = Needed(comparator="<=", value=within)
    return Rows(
        title="From the onset to the first alert",
        about="Minutes on the trace of this incident and on an unseen one; a dash where no rule "
        "fires, or one does without the failure.",
        unit="minutes",
        rows=tuple(Row(label=name, value=value, needed=needed) for name, value in late.items()),
    )


def of_live(updates: Sequence[float], repro: float | None) -> list[Curves]:
    """Return when complete updates and the repro arrived; nothing without receipts."""
    known = sorted(minute for minute in updates if isfinite(minute))
    told = tuple((minute, float(number)) for number, minute in enumerate(known, 1))
    found = ((repro, 0.0),) if repro is not None and isfinite(repro) else ()
    if not told and not found:
        return []
    return [
        Curves(
            title="The live window",
            about="When complete status updates arrived, by the server's clock, and when the "
            "valid repro did.",
            x=Axis(title="After the start", unit="minutes"),
            y=Axis(title="Updates so far", unit="count"),
            series=(
                Series(name="complete updates", points=told),
                Series(name="the repro", points=found),
            ),
            joined=False,
        )
    ]
