"""What the learner's own tests came to: hostile node ids and outcomes, held against the snapshot.

Whoever writes a conftest.py can make pytest say anything. What is counted is therefore what the
snapshot really defines, and what stops passing once the program's work is taken out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobtwin.errors import Refused
from jobtwin.harness.contract import Outcome
from jobtwin.harness.hostile_json import Bounds, read

from . import bars

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobtwin.harness.contract import CommandReturn, Files

OUTCOMES = frozenset({"passed", "failed", "skipped"})
_NODES = Bounds(size=512 * 1024, depth=2, values=12_000)
_MOST_NAME = 500
_MOST_SOURCE = 1024 * 1024
_DEFINED = re.compile(rb"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Suite:
    """One run of pytest."""

    status: int | None
    """pytest's exit status; None where there is none."""
    ended: Mapping[str, str] = field(default_factory=dict)
    """Node id → outcome, of tests that the snapshot defines."""
    problem: str = ""
    passed: frozenset[str] = frozenset()
    """What passed; a test without its parameters, where it did with all of them."""

    @property
    def executed(self) -> tuple[str, ...]:
        """The tests that were run to an end, and not skipped."""
        return tuple(sorted(name for name, how in self.ended.items() if how != "skipped"))


def suite(came: CommandReturn | None, files: Files) -> Suite:
    """Return what a run brought back, without what the snapshot does not define."""
    if came is None or came.outcome is not Outcome.OK or not isinstance(came.output, dict):
        why = f"{came.outcome}. {came.detail}" if came else "it was not run"
        return Suite(None, {}, f"The tests could not be run: {why}".strip())
    status = came.output.get("status")
    nodes = _nodes(came.output.get("nodes"))
    if type(status) is not int or nodes is None:
        ended = status if type(status) is int and status != 0 else None
        return Suite(ended, {}, "pytest was stopped before it had counted its tests.")
    defined = {path: _names(files[path]) for path in {_path(node) for node in nodes} & set(files)}
    known = {n: how for n, how in nodes.items() if _function(n) in defined.get(_path(n), ())}
    odd = len(nodes) - len(known)
    told = f"{odd} tests are told of that no file of the submission defines." if odd else ""
    return Suite(status, known, told, _passed(known))


def judge(first: Suite, again: Suite, gutted: Suite) -> tuple[dict[str, float], list[str]]:
    """Return the figures of the tests, and what is wrong with them in words."""
    notes = [one.problem for one in (first, again) if one.problem]
    executed = first.executed
    alike = bool(executed) and first.ended == again.ended
    well = first.status == 0 and again.status == 0 and "failed" not in first.ended.values()
    if first.status not in (0, None) or again.status not in (0, None):
        notes.append(f"pytest ended with status {first.status}, then {again.status}.")
    if not alike and first.status is not None and again.status is not None:
        notes.append(f"Two runs of pytest differ in {_differing(first, again)} tests.")
    if len(executed) < bars.TESTS:
        notes.append(f"{len(executed)} tests were executed; {bars.TESTS} at least.")
    passing = [node for node in executed if first.ended[node] == "passed"]
    noticing = [node for node in passing if gutted.ended.get(node) != "passed"]
    noticed = gutted.status not in (0, None)
    if passing and not noticed:
        words = "could not be run" if gutted.status is None else "still passes"
        notes.append(f"pytest {words} with the work taken out of every function.")
    return {
        "clean_clone_tests": float(alike and well and len(executed) >= bars.TESTS),
        "tests_executed": float(len(executed)),
        "tests_can_fail": _share(len(noticing), len(passing)) * float(noticed),
    }, notes


def _passed(ended: Mapping[str, str]) -> frozenset[str]:
    outcomes: dict[str, set[str]] = {}
    for node, how in ended.items():
        for name in {node, _plain(node)}:
            outcomes.setdefault(name, set()).add(how)
    return frozenset(name for name, found in outcomes.items() if found == {"passed"})


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _differing(one: Suite, other: Suite) -> int:
    names = {*one.ended, *other.ended}
    return sum(one.ended.get(name) != other.ended.get(name) for name in names)


def _nodes(said: Any) -> dict[str, str] | None:
    try:
        found = read(said.encode("utf-8"), _NODES) if isinstance(said, str) else None
    except (Refused, UnicodeEncodeError):
        return None
    fit = isinstance(found, dict) and all(
        len(name) <= _MOST_NAME and isinstance(how, str) and how in OUTCOMES
        for name, how in found.items()
    )
    return found if fit else None


def _names(source: bytes) -> frozenset[str]:
    found: Iterable[bytes] = _DEFINED.findall(source[:_MOST_SOURCE])
    return frozenset(name.decode("utf-8", "replace") for name in found)


def _path(node: str) -> str:
    return node.partition("::")[0]


def _plain(node: str) -> str:
    return node.partition("[")[0]


def _function(node: str) -> str:
    return _plain(node).rpartition("::")[2]
