"""Write the tables of hidden gold in the documentation; `--check` computes one row of them again.

Simulated mentors of known true kappa grade on, and the policy's own rule looks at what they gave
hidden items: how often a good one is stopped, and how late one who has drifted.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.records.base import load
from jobtwin.records.organisation import QueuePolicy
from jobtwin.rules.drift_simulation import LONGEST, stopped_after

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "explanation" / "how-sure-is-a-calibration.md"
POLICY = ROOT / "policy" / "queue-2026-01.yml"
MENTORS = 200
KAPPAS = (0.50, 0.60, 0.70, 0.80, 0.90)
WITHIN = (40, 80, 160, LONGEST)
GOOD, DRIFTS_AT = 0.85, 80
DRIFTED = (0.20, 0.40, 0.50, 0.60)
CHECKED = 0.50
_BETWEEN = re.compile(r"(<!-- hidden -->\n).*?(\n<!-- end of hidden -->)", re.DOTALL)


def main() -> int:
    """Write or check; return 1 where the page differs from what is computed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, compute one row")
    text = PAGE.read_text("utf-8")
    if parser.parse_args().check:
        return 0 if row(CHECKED) in text else 1
    made = "\n".join([*_stopped(), "", *_caught()])
    text, times = _BETWEEN.subn(lambda found: f"{found[1]}\n{made}\n{found[2]}", text)
    if times != 1:
        sys.exit(f"{PAGE.name} has no place for the tables; they are:\n\n{made}")
    PAGE.write_text(text, "utf-8")
    return 0


def policy() -> QueuePolicy:
    """Return the policy that the tables are about."""
    return load(QueuePolicy, POLICY.read_bytes(), str(POLICY)).record


def row(kappa: float) -> str:
    """Return the row of a mentor who does not change: the share that is stopped by then."""
    found = stopped_after(kappa, kappa, 0, MENTORS, policy())
    shares = (sum(at is not None and at <= most for at in found) / MENTORS for most in WITHIN)
    return f"| {kappa:.2f} | {' | '.join(f'{share:.1%}' for share in shares)} |"


def _stopped() -> list[str]:
    head = " | ".join(f"within {most} reviews" for most in WITHIN)
    rows = [row(kappa) for kappa in KAPPAS]
    return [f"| true kappa | {head} |", "|---|" + "---|" * len(WITHIN), *rows]


def _caught() -> list[str]:
    lines = [
        f"| kappa falls from {GOOD:.2f} to | half are stopped after | nine in ten after | never |",
        "|---|---|---|---|",
    ]
    for kappa in DRIFTED:
        found = stopped_after(GOOD, kappa, DRIFTS_AT, MENTORS, policy())
        # Who was stopped before he drifted says nothing of how late one is caught.
        late = sorted(LONGEST if at is None else at for at in found if at is None or at > DRIFTS_AT)
        never = sum(at is None for at in found) / len(late)
        half, most = _at(late, 0.5), _at(late, 0.9)
        lines.append(f"| {kappa:.2f} | {half} | {most} | {never:.1%} |")
    return lines


def _at(ordered: Sequence[int], share: float) -> str:
    found = ordered[round(share * len(ordered)) - 1]
    return "later" if found >= LONGEST else f"{found - DRIFTS_AT} reviews"


if __name__ == "__main__":
    raise SystemExit(main())
