"""Write the table of error rates in the documentation; `--check` computes one part of it again.

Simulated mentors of known true kappa are measured by the rule and policy that measure real ones.
`--mentors` and `--items` print a table of one's own instead.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from jobtwin.records.base import load
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.rules.simulation import Rates, rates

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "explanation" / "how-sure-is-a-calibration.md"
POLICY = ROOT / "policy" / "calibration-2026-01.yml"
KAPPAS = (0.50, 0.60, 0.65, 0.70, 0.75, 0.80, 0.90)
ITEMS = (12, 20, 24, 40, 60)
MENTORS = 400
CHECKED = (0.60, 20)
_BETWEEN = re.compile(r"(<!-- table -->\n).*?(\n<!-- end of table -->)", re.DOTALL)


def main() -> int:
    """Write, check or print; return 1 where the page differs from what is computed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, compute one cell")
    parser.add_argument("--mentors", type=int, help="print a table of so many mentors a cell")
    parser.add_argument("--items", type=int, nargs="+", default=ITEMS, help="sizes of gold sets")
    given = parser.parse_args()
    if given.check:
        return check(PAGE.read_text("utf-8"))
    made = table(tuple(given.items), given.mentors or MENTORS)
    if given.mentors:
        print(made)
        return 0
    text, times = _BETWEEN.subn(
        lambda found: f"{found[1]}\n{made}{found[2]}", PAGE.read_text("utf-8")
    )
    if times != 1:
        sys.exit(f"{PAGE.name} has no place for the table; it is:\n\n{made}")
    PAGE.write_text(text, "utf-8")
    return 0


def policy() -> CalibrationPolicy:
    """Return the policy that the table is about."""
    return load(CalibrationPolicy, POLICY.read_bytes(), str(POLICY)).record


def table(sizes: tuple[int, ...], mentors: int) -> str:
    """Return the table in Markdown: a row for each size of set, a column for each true kappa."""
    head = " | ".join(f"{kappa:.2f}" for kappa in KAPPAS)
    lines = [
        f"| items | ratings | interval at 0.70 | {head} |",
        "|---|---|---|" + "---|" * len(KAPPAS),
    ]
    for items in sizes:
        found = {kappa: rates(kappa, items, mentors, policy()) for kappa in KAPPAS}
        print(f"{items} items", file=sys.stderr)
        row = " | ".join(cell(found[kappa]) for kappa in KAPPAS)
        lines.append(f"| {items} | {5 * items} | ± {found[0.70].width:.2f} | {row} |")
    return "\n".join(lines) + "\n"


def cell(found: Rates) -> str:
    """Return the share of mentors that is calibrated."""
    return f"{found.calibrated:.1%}"


def check(text: str) -> int:
    """Compute one cell of the page's table again; return 1 where it is another."""
    kappa, items = CHECKED
    row = next((line for line in text.splitlines() if line.startswith(f"| {items} |")), "")
    cells = [part.strip() for part in row.split("|")]
    wanted = cell(rates(kappa, items, MENTORS, policy()))
    stated = cells[4 + KAPPAS.index(kappa)] if len(cells) > 4 + KAPPAS.index(kappa) else "nothing"
    if stated == wanted:
        return 0
    print(f"{PAGE.name} says {stated} for kappa {kappa} with {items} items; computed: {wanted}")
    print("run: .venv/bin/python scripts/simulate_calibration.py")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
