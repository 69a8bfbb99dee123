"""The small alert language of `monitoring/alerts.yml`: parse it as hostile text, replay it.

Documented for the learner in the scaffold's `docs/alert-rules.md`. A condition is a conjunction
`field op value and …`; a comparison with an absent (null) field is false.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtwin import yamlfile
from jobtwin.errors import Refused

from .trace import Row

MAX_BYTES = 64 * 1024
MAX_RULES = 16
MAX_CONDITIONS = 8
TICK = 5
"""Minutes between two evaluations of every rule."""

FIELDS = frozenset(
    {
        "ask",
        "channel",
        "cited_product",
        "cited_section",
        "cited_version",
        "context_chars",
        "dose_mg",
        "interaction_found",
        "latency_ms",
        "matched_key",
        "reason",
        "register_max_mg",
        "register_version",
        "section_total",
        "section_used",
        "status",
        "typed_key",
    }
)
METRICS = ("count", "share", "mean", "max", "p95")
GROUPS = ("none", "ask", "cited_product", "channel")

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
COMPARATORS = tuple(_COMPARE)
_CONDITION = re.compile(r"\s*(\w{1,40})\s*(==|!=|<=|>=|<|>)\s*([\w.\-]{1,60})\s*")
_LITERALS: Mapping[str, Any] = {"true": True, "false": False}
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,6})?")


class BadRules(Exception):  # noqa: N818 - says what the learner must mend
    """`monitoring/alerts.yml` cannot be read; the message says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`field op value`; `other` names a field where the value stands in one."""

    field: str
    compare: str
    value: Any
    other: str | None

    def holds(self, row: Row) -> bool:
        """Whether the row meets the condition; never for an absent field."""
        left, right = row.get(self.field), row.get(self.other) if self.other else self.value
        if left is None or right is None or not _comparable(left, right, self.compare):
            return False
        return _COMPARE[self.compare](left, right)


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert rule, checked."""

    name: str
    metric: str
    of: tuple[Condition, ...]
    field: str | None
    where: tuple[Condition, ...]
    window: int
    min_requests: int
    compare: str
    threshold: float
    group: str


def parse_rules(content: bytes) -> tuple[Rule, ...]:
    """Return the rules of the file, or raise BadRules."""
    if len(content) > MAX_BYTES:
        raise BadRules(f"alerts.yml is larger than {MAX_BYTES} bytes")
    rules = plain_yaml(content).get("rules")
    if not isinstance(rules, list) or not 1 <= len(rules) <= MAX_RULES:
        raise BadRules(f"`rules` must be a list of 1 to {MAX_RULES} rules")
    return tuple(_rule(rule) for rule in rules)


def plain_yaml(content: bytes) -> dict[str, Any]:
    """Return a small YAML mapping of plain values; raise BadRules for anything clever."""
    try:
        value = yamlfile.parse(content).data
    except Refused as refused:
        raise BadRules(str(refused.findings[0])[:300]) from refused
    if not isinstance(value, dict):
        raise BadRules("the file must hold a mapping")
    return value


def _rule(value: Any) -> Rule:
    if not isinstance(value, dict):
        raise BadRules("every rule must be a mapping")
    name = str(value.get("name", ""))[:80]
    metric, group = value.get("metric"), value.get("group", "none")
    if not re.fullmatch(r"[\w.-]{1,80}", name):
        raise BadRules("every rule needs a `name` of letters, digits, dots and dashes")
    if metric not in METRICS or group not in GROUPS or value.get("comparator") not in COMPARATORS:
        raise BadRules(f"rule {name}: metric, group or comparator is not one of the documented")
    field = value.get("field")
    if metric in ("mean", "max", "p95") and (not isinstance(field, str) or field not in FIELDS):
        raise BadRules(f"rule {name}: `field` names no field of the trace")
    return Rule(
        name=name,
        metric=metric,
        of=_conditions(name, value.get("of", "")),
        field=field,
        where=_conditions(name, value.get("where", "")),
        window=int(_number(name, "window_minutes", value, 5, 240)),
        min_requests=int(_number(name, "min_requests", value, 0, 10_000, 1)),
        compare=value["comparator"],
        threshold=_number(name, "threshold", value, -1_000_000, 1_000_000),
        group=group,
    )


def _number(
    name: str, key: str, value: Mapping[Any, Any], low: int, high: int, default: int | None = None
) -> float:
    number = value.get(key, default)
    plain = isinstance(number, int | float) and not isinstance(number, bool)
    if not plain or not low <= number <= high:
        raise BadRules(f"rule {name}: `{key}` must be a number from {low} to {high}")
    return float(number)


def _conditions(name: str, text: Any) -> tuple[Condition, ...]:
    if not isinstance(text, str) or len(text) > 600:
        raise BadRules(f"rule {name}: a condition must be a line of text")
    if not text.strip():
        return ()
    parts = re.split(r"\s+and\s+", text.strip())
    if len(parts) > MAX_CONDITIONS:
        raise BadRules(f"rule {name}: more than {MAX_CONDITIONS} conditions")
    return tuple(_condition(name, part) for part in parts)


def _condition(name: str, text: str) -> Condition:
    match = _CONDITION.fullmatch(text)
    if match is None or match[1] not in FIELDS:
        raise BadRules(f"rule {name}: cannot read the condition {text[:60]!r}")
    word = match[3]
    if word in FIELDS:
        return Condition(match[1], match[2], None, word)
    if match[1].endswith("_version") or not _NUMBER.fullmatch(word):
        return Condition(match[1], match[2], _LITERALS.get(word, word), None)
    return Condition(match[1], match[2], float(word), None)


def _comparable(left: Any, right: Any, compare: str) -> bool:
    if compare in ("==", "!="):
        return True
    numbers = (int, float)
    return isinstance(left, numbers) and isinstance(right, numbers)


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of a trace, with its minute counted from the first row."""

    minute: float
    row: Row


def samples(rows: Sequence[tuple[dt.datetime, Row]]) -> list[Sample]:
    """Return the rows as samples."""
    first = rows[0][0]
    return [Sample((at - first).total_seconds() / 60, row) for at, row in rows]


def first_firing(rule: Rule, trace: Sequence[Sample]) -> float | None:
    """Return the minute at which `rule` first fires over the trace, None if it stays silent."""
    firings = (_group_firing(rule, group) for group in _groups(rule, trace))
    return min((minute for minute in firings if minute is not None), default=None)


def _groups(rule: Rule, trace: Sequence[Sample]) -> Iterator[list[Sample]]:
    groups: dict[str, list[Sample]] = {}
    for sample in trace:
        if all(condition.holds(sample.row) for condition in rule.where):
            key = "" if rule.group == "none" else str(sample.row.get(rule.group))
            groups.setdefault(key, []).append(sample)
    yield from groups.values()


def _group_firing(rule: Rule, group: Sequence[Sample]) -> float | None:
    minutes = [sample.minute for sample in group]
    values = [_value(rule, sample.row) for sample in group]
    last = int(minutes[-1]) + TICK
    for tick in range(-(-rule.window // TICK) * TICK, last + 1, TICK):
        low, high = bisect_right(minutes, tick - rule.window), bisect_right(minutes, tick)
        if high - low < rule.min_requests:
            continue
        figure = _figure(rule, values[low:high])
        if figure is not None and _COMPARE[rule.compare](figure, rule.threshold):
            return float(tick)
    return None


def _value(rule: Rule, row: Row) -> float | None:
    if rule.metric in ("count", "share"):
        return float(all(condition.holds(row) for condition in rule.of))
    value = row.get(rule.field or "")
    return float(value) if isinstance(value, (int, float)) else None


def _figure(rule: Rule, values: Sequence[float | None]) -> float | None:
    numbers = sorted(value for value in values if value is not None)
    if rule.metric == "count":
        return sum(numbers)
    if not numbers:
        return None
    if rule.metric == "max":
        return numbers[-1]
    if rule.metric == "p95":
        return numbers[(len(numbers) * 95 + 99) // 100 - 1]
    return sum(numbers) / len(numbers)
