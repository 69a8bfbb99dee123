"""What `make eval` said of the service as it is, and of spoilt ones that look just the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobtwin.errors import Refused
from jobtwin.harness.contract import SERVICE_TRACE, Outcome
from jobtwin.harness.hostile_json import Bounds, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.harness.contract import CommandReturn, Returned

    from .planning import World

KINDS = ("domain", "adversarial")
_REPORT = Bounds(size=512 * 1024, depth=8, values=20_000)
_MOST_ID = 200


@dataclass(frozen=True, slots=True)
class Judged:
    """One run of `make eval`."""

    verdict: str | None = None
    """`pass` or `fail`, where report and exit status say the same."""
    cases: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    """Case → kind, and whether it passed."""
    asked: int = 0
    """Requests that the go-between saw."""
    changed: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What all the runs came to."""

    figures: Mapping[str, float]
    killed: Mapping[str, bool]
    """Kind of fault → whether the suite rejected it."""
    notes: tuple[str, ...]


def judged(came: CommandReturn | None) -> Judged:
    """Return what one run brought back; everything but the trace is hostile."""
    if came is None:
        return Judged(problem="it was not run")
    trace = came.traces.get(SERVICE_TRACE, ())
    asked = sum(line["path"] not in ("/healthz", "/metrics") for line in trace)
    changed = sum(line["changed"] for line in trace)
    output = came.output if isinstance(came.output, dict) else {}
    if came.outcome is not Outcome.OK:
        return Judged(asked=asked, changed=changed, problem=f"{came.outcome}. {came.detail}")
    report = _report(output.get("report"))
    if report is None:
        problem = "it left no report of the documented form"
        return Judged(asked=asked, changed=changed, problem=problem)
    verdict, cases = report
    if (output.get("status") == 0) is not (verdict == "pass"):
        problem = f"the verdict is {verdict} and the exit status says otherwise"
        return Judged(None, cases, asked, changed, problem)
    if verdict == "fail" and all(passed for _, passed in cases.values()):
        problem = "the verdict is fail and every case passed"
        return Judged(None, cases, asked, changed, problem)
    return Judged(verdict, cases, asked, changed)


def judge(returned: Returned, world: World) -> Evaluated:
    """Return the figures of the evals, which faults they noticed, and what is wrong in words."""
    first, again = (judged(returned.commands.get(name)) for name in (world.first, world.again))
    notes = [f"`make eval` on the service as it is: {p}." for p in _problems(first, again)]
    runs = not notes
    mutants = {fault.kind: judged(returned.commands.get(name)) for name, fault in world.mutants}
    killed = {kind: runs and _rejected(one) for kind, one in mutants.items()}
    if runs:
        notes += [_survivor(kind, one) for kind, one in mutants.items() if not killed[kind]]
    kinds = [kind for kind, _ in first.cases.values()]
    return Evaluated(
        {
            "evals_run": float(runs),
            "eval_cases": float(len(kinds)),
            "adversarial_cases": float(kinds.count("adversarial")),
            "evals_can_fail": float(killed.get("constant", False)),
            "mutants_killed": round(sum(killed.values()) / len(killed), 4),
        },
        killed,
        tuple(notes),
    )


def _problems(first: Judged, again: Judged) -> list[str]:
    """Return why a suite that meets its own service does not count: the first reason there is."""
    for one in (first, again):
        if one.problem:
            return [one.problem.rstrip(".")]
        if one.verdict != "pass":
            failed = sum(not passed for _, passed in one.cases.values())
            return [f"{failed} of {len(one.cases)} cases fail"]
        if one.asked < len(one.cases):
            return [f"{len(one.cases)} cases and only {one.asked} requests to SERVICE_URL"]
    return [] if first.cases.keys() == again.cases.keys() else ["another run has other cases"]


def _rejected(one: Judged) -> bool:
    return one.verdict == "fail" and one.changed > 0


def _survivor(kind: str, one: Judged) -> str:
    words = one.problem.rstrip(".") or f"it said {one.verdict}, {one.changed} answers changed"
    return f"The suite does not reject the `{kind}` service: {words}."


def _report(said: Any) -> tuple[str, dict[str, tuple[str, bool]]] | None:
    try:
        found = read(said.encode("utf-8"), _REPORT) if isinstance(said, str) else None
    except (Refused, UnicodeEncodeError):
        return None
    if not isinstance(found, dict) or found.get("verdict") not in ("pass", "fail"):
        return None
    cases = found.get("cases")
    if not isinstance(cases, list) or not cases or not all(_is_case(one) for one in cases):
        return None
    by_id = {one["id"]: (one["kind"], one["passed"]) for one in cases}
    return (found["verdict"], by_id) if len(by_id) == len(cases) else None


def _is_case(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("id"), str)
        and 0 < len(one["id"]) <= _MOST_ID
        and one.get("kind") in KINDS
        and isinstance(one.get("passed"), bool)
    )
