"""What the learner's commands wrote, read as hostile: a verdict with its checks, and alerts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from jobtwin.harness.contract import CommandReturn, Outcome

from .mutants import KINDS
from .planning import RUN_REQUESTS
from .production import minute_of

MOST_CHECKS = 200
MOST_ALERTS = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run said of one release."""

    trouble: str
    """Why it does not count; empty when it does."""
    fails: bool = False
    kinds: frozenset[str] = frozenset()
    """Of the failing checks."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of the online half."""

    minute: float
    kind: str


def verdict(came: CommandReturn | None) -> Verdict:
    """Return what a run said, or why it does not count."""
    if came is None or came.outcome is not Outcome.OK:
        return Verdict(f"the run ended as {came.outcome.value if came else 'not_run'}")
    if len(asked(came)) > RUN_REQUESTS:
        return Verdict(f"more than {RUN_REQUESTS} requests")
    return _read(came.output)


def asked(came: CommandReturn) -> tuple[Any, ...]:
    """Return the requests of a run, as the peer wrote them down."""
    return next(iter(came.traces.values()), ())


def _read(output: Any) -> Verdict:
    said = output.get("verdict") if isinstance(output, dict) else None
    checks = output.get("checks") if isinstance(output, dict) else None
    if said not in ("pass", "fail"):
        return Verdict("`verdict` is neither pass nor fail")
    if not isinstance(checks, list) or not 0 < len(checks) <= MOST_CHECKS:
        return Verdict(f"`checks` is not a list of 1 to {MOST_CHECKS}")
    if not all(_is_check(check) for check in checks):
        return Verdict("a check lacks name, kind, passed, value or threshold")
    failing = frozenset(check["kind"] for check in checks if not check["passed"])
    if (said == "fail") is not bool(failing):
        return Verdict("the verdict does not follow from its checks")
    return Verdict("", said == "fail", failing)


def _is_check(check: Any) -> bool:
    return (
        isinstance(check, dict)
        and isinstance(check.get("name"), str)
        and check.get("kind") in KINDS
        and isinstance(check.get("passed"), bool)
        and _is_number(check.get("value"))
        and _is_number(check.get("threshold"))
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def alerts(came: CommandReturn | None) -> tuple[Alert, ...] | None:
    """Return the alerts in order of time; None where there is nothing of that form."""
    if came is None or came.outcome is not Outcome.OK or not isinstance(came.output, dict):
        return None
    given = came.output.get("alerts")
    if not isinstance(given, list) or len(given) > MOST_ALERTS:
        return None
    found = []
    for item in given:
        minute = minute_of(item.get("at")) if isinstance(item, dict) else None
        if minute is None or item.get("kind") not in KINDS:
            return None
        found.append(Alert(minute, item["kind"]))
    return tuple(sorted(found, key=lambda alert: (alert.minute, alert.kind)))
