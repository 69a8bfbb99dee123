"""The threat model: threats that name what protects from them, and the tests that show it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.errors import Refused
from jobtwin.yamlfile import parse

from . import bars

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobtwin.harness.contract import Files

    from .suites import Suite

MODEL = "THREATS.yml"
FIELDS = ("asset", "boundary", "threat")
ACCEPTED = ("why", "owner", "review")
_DAY = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
_WORDS_OF_WHY = 8
_MOST = 200


@dataclass(frozen=True, slots=True)
class Threat:
    """One threat, as far as it is written down as it should be."""

    id: str
    tests: tuple[str, ...]
    """Node ids that show its mitigation; empty where there is none."""
    accepted: bool
    """Whether somebody says why it stays, who owns it, and when it is looked at again."""


def judge(
    files: Files, first: Suite, again: Suite, gutted: Suite
) -> tuple[dict[str, float], list[str]]:
    """Return the figures of the threat model, and what is wrong with it in words."""
    listed, notes = _listed(files)
    named = {found.id: found for one in listed if (found := _threat(one)) is not None}
    if len(named) < len(listed):
        notes.append(
            f"{len(listed) - len(named)} entries of {MODEL} lack an id of their own, or one of "
            f"{', '.join(FIELDS)}."
        )
    shown = [one for one in named.values() if one.tests and _hold(one, first, again)]
    kept = [one for one in named.values() if not one.tests and one.accepted]
    kept = kept[: len(named) // 2]
    answered = len(shown) + len(kept)
    if answered < len(named):
        notes.append(
            f"{len(named) - answered} of {len(named)} threats have neither tests that exist and "
            "passed twice nor an acceptance that says why, owner and review; half of them may be "
            "accepted."
        )
    nodes = {node for one in shown for node in one.tests}
    biting = len(nodes - gutted.passed)
    return {
        "threats_named": float(len(named)),
        "threats_answered": round(answered / len(named), 4) if named else 0.0,
        "risks_mitigated": float(len(shown)),
        "threat_tests_can_fail": round(biting / len(nodes), 4) if nodes else 0.0,
    }, notes


def _hold(one: Threat, first: Suite, again: Suite) -> bool:
    return first.passed.issuperset(one.tests) and again.passed.issuperset(one.tests)


def _listed(files: Files) -> tuple[Sequence[Any], list[str]]:
    if MODEL not in files:
        return [], [f"There is no {MODEL}."]
    try:
        found = parse(files[MODEL], MODEL).data
    except Refused:
        return [], [f"{MODEL} cannot be read."]
    if not isinstance(found, list) or len(found) > _MOST:
        return [], [f"{MODEL} is not a list of at most {_MOST} threats."]
    if len(found) < bars.THREATS:
        return found, [f"{MODEL} names {len(found)} threats; {bars.THREATS} at least."]
    return found, []


def _threat(entry: Any) -> Threat | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        return None
    if not all(_said(entry.get(name)) for name in FIELDS):
        return None
    tests = entry.get("tests")
    named = tests if isinstance(tests, list) and _said(entry.get("mitigation")) else []
    return Threat(
        entry["id"],
        tuple(str(one) for one in named if isinstance(one, str)),
        _is_accepted(entry.get("accepted")),
    )


def _is_accepted(said: Any) -> bool:
    if not isinstance(said, dict) or not all(_said(said.get(name)) for name in ACCEPTED):
        return False
    reasons: Mapping[str, str] = said
    enough = len(reasons["why"].split()) >= _WORDS_OF_WHY
    return enough and _DAY.fullmatch(reasons["review"].strip()) is not None


def _said(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip(" \n\t.…-"))
