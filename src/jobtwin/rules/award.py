"""The verdict over bar and scores, the attempts that are left, and which attempt binds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jobtwin.rules import gates
from jobtwin.rules.scoring import exact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from jobtwin.records.submission import Evaluated
    from jobtwin.records.twin import Twin

Left = int | Literal["unlimited"]
Verdict = Literal["pass", "retake", "fail"]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided attempt, as far as it matters which one binds."""

    attempt: str
    overall: float
    passed: bool


def bar_met(evaluated: Evaluated) -> bool:
    """Say whether the bar is met: the run passed, every figure with it, and no gate failed."""
    return (
        evaluated.outcome == "passed"
        and all(figure.met for figure in evaluated.bar)
        and not gates.ended(evaluated, "failed")
    )


def attempts_left(twin: Twin, used: int) -> Left:
    """Return how many attempts remain after `used` ones that count."""
    if twin.reattempts == "unlimited":
        return "unlimited"
    return max(0, 1 + twin.reattempts - used)


def verdict(met: bool, overall: float, threshold: float, left: Left) -> Verdict:
    """Return `pass` when bar and threshold are met; the threshold itself is enough."""
    if met and exact(overall) >= exact(threshold):
        return "pass"
    return "fail" if left == 0 else "retake"


def best(decided: Sequence[Decided]) -> str:
    """Return the attempt that binds: the highest overall score, among passed ones if there are any.

    `decided` is in the order of the attempts; of equal ones the earliest binds, so that nothing is
    superseded without need. Raises ValueError when there is none.
    """
    return max(decided, key=lambda item: (item.passed, exact(item.overall))).attempt


def binding(decided: Sequence[Decided], withdrawn: Collection[str] = ()) -> str | None:
    """Return the attempt whose credential binds, None where none was passed.

    `decided` is in the order of the attempts; `withdrawn` are attempts whose credential was
    revoked: they bind no more, and the best of the others does.
    """
    standing = [item for item in decided if item.passed and item.attempt not in withdrawn]
    return best(standing) if standing else None


def reasons(evaluated: Evaluated, overall: float, threshold: float) -> Iterator[str]:
    """Yield, in words, what the verdict rests on."""
    if bar_met(evaluated):
        yield "The quantitative bar is met."
    elif evaluated.outcome in ("timed_out", "invalid"):
        yield f"The run ended as `{evaluated.outcome}`, so the quantitative bar is not met."
    for figure in evaluated.bar:
        if not figure.met:
            asked = f"{figure.comparator} {figure.bar:g}"
            yield f"{figure.metric} is {figure.value:g}; the bar asks {asked}."
    for outcome in ("failed", "not_run"):
        yield from (gate.sentence for gate in gates.ended(evaluated, outcome))
    relation = "reaches" if exact(overall) >= exact(threshold) else "is below"
    yield f"The overall score {overall:.4g} {relation} the threshold {threshold:g}."
