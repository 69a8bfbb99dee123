"""What an audit found, as data and as text; the reports on the parts of one add up to it."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin import __version__
from jobtwin.acts.audit.sharding import WHOLE, Shard
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jobtwin.findings import Finding

NEVER = (
    "Whether history was replaced before this clone was made: compare with an earlier clone.",
    "Whether the forge's clock was right, and whether events reached the platform at once.",
    "What stands behind keyed hashes: learners, pull requests, repositories, accounts.",
    "Whether a mentor's draw was fair, until the cohort's secret is revealed.",
    "Whether the figures of an evaluation are right: its kept answers can be scored again.",
)


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first of its kind, where it came into the history, and how many more followed."""

    commit: str
    finding: Finding
    more: int = 0
    at: int = 0
    """The commit's place in the history, the first being 1."""

    def order(self) -> tuple[int, str, str]:
        """Return what tells which of two came first; in one commit the code and path do."""
        return self.at, self.finding.code, self.finding.path


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, what git alone cannot say, and where the history breaks its rules."""

    commit: str
    checked: Mapping[str, int]
    waiting: Mapping[str, int]
    """What could not be checked, with `{n}` in place of how many → how many.

    `(s)` and `(es)` are endings that are there unless it is one.
    """
    divergences: tuple[Divergence, ...]
    shard: Shard = WHOLE

    @property
    def ok(self) -> bool:
        """Whether nothing diverges."""
        return not self.divergences

    @property
    def unchecked(self) -> tuple[str, ...]:
        """What could not be checked yet or in this clone, and what git alone never says."""
        waits = (_counted(words, number) for words, number in self.waiting.items())
        return (*sorted(waits), *NEVER)

    @property
    def digest(self) -> str:
        """The SHA-256 of the report as `jobtwin audit --json` prints it."""
        return digest((self.json() + "\n").encode("ascii"))

    def text(self) -> str:
        """Return the report for a person."""
        lines = [f"History of {self.commit}{self.shard.in_words()}", "", "Checked:"]
        lines += [f"  {number:>8,}  {what}" for what, number in self.checked.items()]
        lines += ["", "What git alone cannot say:", *(f"  - {item}" for item in self.unchecked), ""]
        for item in self.divergences:
            finding = item.finding
            lines.append(f"{finding.code} in commit {item.commit[:12]}: {finding.path}")
            more = f" (and {item.more:,} more of this kind)" if item.more else ""
            lines += [f"  {finding.message}{more}", f"  {finding.hint}"]
        lines.append(f"{self.shard.subject()} {'holds' if self.ok else 'does NOT hold'}.")
        return "\n".join(_shown(line) for line in lines)

    def json(self) -> str:
        """Return the report for machines."""
        data = {
            "format": 1,
            "kind": "audit-report",
            "tool": f"jobtwin {__version__}",
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


def _counted(words: str, number: int) -> str:
    """Put a number into words, and the endings that it asks for."""
    ended = re.sub(r"\((e?s)\)", "" if number == 1 else r"\1", words)
    return ended.replace("{n}", f"{number:,}")


def _shown(line: str) -> str:
    """Return a line that moves no cursor, whatever somebody has named his files."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


@dataclass(slots=True)
class Notes:
    """What has been found so far; keeps the first of each kind only, however many there are.

    Of a shard, only what is found in its turns is kept: whatever the others judge is theirs.
    """

    shard: Shard = WHOLE
    commit: str = ""
    at: int = 0
    """The place of the commit at hand, the first being 1."""
    is_mine: bool = True
    """Whether what is judged now is this shard's."""
    checked: Counter[str] = field(default_factory=Counter)
    absent: Counter[str] = field(default_factory=Counter)
    first: dict[str, Divergence] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)

    def turn(self, path: str) -> bool:
        """Go on to what a path, or a commit, stands for; say whether it is this shard's."""
        self.is_mine = self.shard.has(path)
        return self.is_mine

    def take(self, findings: Iterable[Finding]) -> None:
        """Note what was found in the commit at hand; what is not ours is not even looked for."""
        if not self.is_mine:
            return
        for finding in findings:
            found = Divergence(self.commit, finding, at=self.at)
            known = self.first.setdefault(finding.code, found)
            if found.order() < known.order():
                self.first[finding.code] = found
            self.times[finding.code] += 1

    def count(self, what: str) -> None:
        """Count something as checked."""
        if self.is_mine:
            self.checked[what] += 1

    def lack(self, what: str) -> None:
        """Count something as absent from this clone."""
        if self.is_mine:
            self.absent[what] += 1

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Note nothing meanwhile: what is read is taken as it is, and counted nowhere."""
        kept = self.checked, self.absent, self.first, self.times
        self.checked, self.absent, self.first, self.times = Counter(), Counter(), {}, Counter()
        try:
            yield
        finally:
            self.checked, self.absent, self.first, self.times = kept

    def report(self, waiting: Iterable[tuple[str, int]]) -> Report:
        """Return the report, the first of each kind in the order of the history."""
        found = (
            Divergence(one.commit, one.finding, self.times[code] - 1, one.at)
            for code, one in self.first.items()
        )
        waits = dict(waiting) | {
            f"Not in this clone: {what}, {{n}} of them; fetch refs/archive/* to compare.": number
            for what, number in self.absent.items()
        }
        return Report(
            self.commit,
            dict(sorted(self.checked.items())),
            dict(sorted(waits.items())),
            tuple(sorted(found, key=Divergence.order)),
            self.shard,
        )
