"""What an audit found, as data and as text."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jobtwin.findings import Finding


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first of its kind, where it came into the history, and how many more followed."""

    commit: str
    finding: Finding
    more: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, what git alone cannot say, and where the history breaks its rules."""

    commit: str
    checked: Mapping[str, int]
    unchecked: tuple[str, ...]
    divergences: tuple[Divergence, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing diverges."""
        return not self.divergences

    def text(self) -> str:
        """Return the report for a person."""
        lines = [f"History of {self.commit}", "", "Checked:"]
        lines += [f"  {number:>8,}  {what}" for what, number in self.checked.items()]
        lines += ["", "What git alone cannot say:", *(f"  - {item}" for item in self.unchecked), ""]
        for item in self.divergences:
            finding = item.finding
            lines.append(f"{finding.code} in commit {item.commit[:12]}: {finding.path}")
            more = f" (and {item.more:,} more of this kind)" if item.more else ""
            lines += [f"  {finding.message}{more}", f"  {finding.hint}"]
        verdict = "The history holds." if self.ok else "The history does NOT hold."
        return "\n".join(_shown(line) for line in [*lines, verdict])

    def json(self) -> str:
        """Return the report for machines."""
        data = {
            "format": 1,
            "ok": self.ok,
            "commit": self.commit,
            "checked": dict(self.checked),
            "unchecked": list(self.unchecked),
            "divergences": [
                {
                    "code": item.finding.code,
                    "commit": item.commit,
                    "path": item.finding.path,
                    "message": item.finding.message,
                    "hint": item.finding.hint,
                    "more": item.more,
                }
                for item in self.divergences
            ],
        }
        return json.dumps(data, indent=2)


def _shown(line: str) -> str:
    """Return a line that moves no cursor, whatever somebody has named his files."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


@dataclass(slots=True)
class Notes:
    """What has been found so far; keeps the first of each kind only, however many there are."""

    commit: str = ""
    checked: Counter[str] = field(default_factory=Counter)
    absent: Counter[str] = field(default_factory=Counter)
    first: dict[str, tuple[str, Finding]] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)

    def take(self, findings: Iterable[Finding]) -> bool:
        """Note what was found in the commit at hand; say whether it was anything."""
        before = self.times.total()
        for finding in findings:
            self.first.setdefault(finding.code, (self.commit, finding))
            self.times[finding.code] += 1
        return self.times.total() > before

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Note nothing meanwhile: what is read is taken as it is, and counted nowhere."""
        kept = self.checked, self.absent, self.first, self.times
        self.checked, self.absent, self.first, self.times = Counter(), Counter(), {}, Counter()
        try:
            yield
        finally:
            self.checked, self.absent, self.first, self.times = kept

    def divergences(self) -> tuple[Divergence, ...]:
        """Return the first of each kind, in the order in which they came into the history."""
        return tuple(
            Divergence(commit, finding, self.times[code] - 1)
            for code, (commit, finding) in self.first.items()
        )
