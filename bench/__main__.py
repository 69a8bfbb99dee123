"""scripts/bench: measures, prints a table, and writes JSON if asked."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench import machine, measure
from jobtwin.errors import JobtwinError

if TYPE_CHECKING:
    from bench.measure import Result

RATES = {"issue.rate", "verify.rate", "verify.proof.rate", "verify.foreign.rate"}
STARTS = {"cli.help", "receive.cold"}
DEMO = {"demo.wall"}
QUEUE = {"queue.decisions"}
LLM = {"llm.rate"}
AUDIT = {"audit.cold", "audit.resumed", "audit.exponent"}
SITE = {"site.full", "site.one_more"}
IDS = (
    "issue.rate",
    "verify.rate",
    "verify.proof.rate",
    "verify.foreign.rate",
    "cli.help",
    "receive.cold",
    "queue.decisions",
    "llm.rate",
    "audit.cold",
    "audit.resumed",
    "audit.exponent",
    "site.full",
    "site.one_more",
    "demo.wall",
)
RUNS = 7
DEMO_RUNS = 1
QUEUE_RUNS = 3
AUDIT_RUNS = 3
ATTEMPTS = 1000
"""In the history that is audited and built: a tenth of what the aims speak of, or less."""


def main() -> int:
    """Return 0, or 3 when something that is measured does not work; usage errors leave with 2."""
    if sys.argv[1:2] == ["history"]:
        return _write_history(sys.argv[2:])
    given = _parser().parse_args()
    try:
        results = _measured(set(given.names or IDS), given.runs, given.attempts)
    except JobtwinError as error:
        _say(f"bench: {error}")
        return 3
    sys.stdout.write(f"{machine.describe()}\n\n{measure.to_text(results)}\n")
    if given.json:
        given.json.write_text(measure.to_json(results), "utf-8")
    return 0


def _write_history(words: list[str]) -> int:
    """Write a synthetic history that is truly signed, for whoever wants to look at one."""
    from bench.history import write_history

    parser = argparse.ArgumentParser(
        prog="scripts/bench history", description=_write_history.__doc__
    )
    parser.add_argument("folder", type=Path, help="a new bare repository")
    parser.add_argument("attempts", type=_many, help="how many attempts it holds")
    given = parser.parse_args(words)
    try:
        git = write_history(given.folder, given.attempts)
    except JobtwinError as error:
        _say(f"bench: {error}")
        return 3
    sys.stdout.write(f"{git.path}: {git.text('rev-list', '--count', 'main')} commits\n")
    return 0


def _measured(names: set[str], runs: int | None, attempts: int) -> list[Result]:
    """Measure what is named; each module is loaded only when it is needed."""
    results: list[Result] = []
    if names & RATES:
        from bench import rates

        results += rates.measure(names & RATES, runs or RUNS, _say)
    if names & STARTS:
        from bench import startup

        results += startup.measure(names & STARTS, runs or RUNS, _say)
    if names & QUEUE:
        from bench import queue

        results += queue.measure(runs or QUEUE_RUNS, _say)
    if names & LLM:
        from bench import llm

        results += llm.measure(runs or RUNS, _say)
    if names & AUDIT:
        from bench import auditing

        results += auditing.measure(names & AUDIT, attempts, runs or AUDIT_RUNS, _say)
    if names & SITE:
        from bench import site

        results += site.measure(names & SITE, attempts, runs or AUDIT_RUNS, _say)
    if names & DEMO:
        from bench import demo

        results += demo.measure(runs or DEMO_RUNS, _say)
    return results


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    # No `choices`: argparse would hold an empty list against them.
    parser.add_argument(
        "names", nargs="*", type=_known, metavar="NAME", help=f"of {', '.join(IDS)}; else all"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the medians there")
    parser.add_argument(
        "--runs",
        type=_count,
        metavar="N",
        help=f"rounds of each (else {RUNS}, and {DEMO_RUNS} of the demo)",
    )
    parser.add_argument(
        "--attempts",
        type=_many,
        default=ATTEMPTS,
        metavar="N",
        help=f"in the history that is audited and built (else {ATTEMPTS:,})",
    )
    return parser


def _known(name: str) -> str:
    if name not in IDS:
        raise argparse.ArgumentTypeError(f"{name!r} is not measured; there are {', '.join(IDS)}")
    return name


def _many(text: str) -> int:
    if not text.isdecimal() or not 40 <= int(text) <= 10**6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 40 to 1000000")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    raise SystemExit(main())
