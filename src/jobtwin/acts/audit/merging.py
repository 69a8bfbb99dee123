"""The report on a whole history from those on its parts, byte for byte that of one machine."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jobtwin import __version__
from jobtwin.acts.audit.report import Divergence, Report
from jobtwin.acts.audit.sharding import WHOLE, Shard
from jobtwin.errors import Refused
from jobtwin.findings import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NOT_PARTS = Code(
    "AUD-073",
    "the files are not the parts of one audit",
    why="A part that is missing, doubled, or of another history would hide what is in it.",
    fix="Let every machine audit the same commit by the same version, each another part of one n.",
)
_TOOL = f"jobtwin {__version__}"


def write_part(report: Report) -> bytes:
    """Return the report on one part as `read_part` reads it."""
    data = {
        "format": 1,
        "kind": "audit-part",
        "tool": _TOOL,
        "commit": report.commit,
        "part": [report.shard.number, report.shard.of],
        "checked": dict(report.checked),
        "waiting": dict(report.waiting),
        "divergences": [
            {"at": one.at, "commit": one.commit, "more": one.more} | _finding(one.finding)
            for one in report.divergences
        ],
    }
    return (json.dumps(data, indent=2) + "\n").encode("ascii")


def read_part(content: bytes, path: str = "") -> Report:
    """Return the report on one part; raises `Refused` for anything else."""
    try:
        data = json.loads(content)
        if (data["format"], data["kind"], data["tool"]) != (1, "audit-part", _TOOL):
            raise ValueError("it is no part of an audit by this version")
        shard = Shard(*map(int, data["part"]))
        if not 1 <= shard.number <= shard.of:
            raise ValueError("there is no such part")
        return Report(
            commit=str(data["commit"]),
            checked=_numbers(data["checked"]),
            waiting=_numbers(data["waiting"]),
            divergences=tuple(map(_divergence, data["divergences"])),
            shard=shard,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused([NOT_PARTS.at(f"it cannot be read: {error}", path)]) from error


def merge(parts: Sequence[Report]) -> Report:
    """Return the report on the whole; raises `Refused` unless each part of one audit is there."""
    expected = [Shard(n, len(parts)) for n in range(1, len(parts) + 1)]
    found = sorted((one.shard for one in parts), key=lambda shard: (shard.of, shard.number))
    if not parts or found != expected:
        names = ", ".join(f"{shard.number}/{shard.of}" for shard in found)
        raise Refused([NOT_PARTS.at(f"there are the parts {names or 'of none'}")])
    if len({one.commit for one in parts}) > 1:
        raise Refused([NOT_PARTS.at("they are about different commits")])
    return Report(
        commit=parts[0].commit,
        checked=_sums(one.checked for one in parts),
        waiting=_sums(one.waiting for one in parts),
        divergences=_first_of_each(parts),
        shard=WHOLE,
    )


def _first_of_each(parts: Sequence[Report]) -> tuple[Divergence, ...]:
    found: dict[str, Divergence] = {}
    for one in sorted((d for part in parts for d in part.divergences), key=Divergence.order):
        known = found.get(one.finding.code)
        more = known.more + 1 + one.more if known else one.more
        found[one.finding.code] = replace(known or one, more=more)
    return tuple(sorted(found.values(), key=Divergence.order))


def _sums(counted: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for numbers in counted:
        total.update(numbers)
    return dict(sorted(total.items()))


def _numbers(data: Mapping[str, Any]) -> dict[str, int]:
    return {str(what): int(number) for what, number in data.items()}


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "path": finding.path,
        "message": finding.message,
        "hint": finding.hint,
    }


def _divergence(data: Mapping[str, Any]) -> Divergence:
    finding = Finding(
        code=str(data["code"]),
        message=str(data["message"]),
        path=str(data["path"]),
        hint=str(data["hint"]),
    )
    return Divergence(str(data["commit"]), finding, int(data["more"]), int(data["at"]))
