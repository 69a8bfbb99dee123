"""scripts/interop: our credentials before others' verifiers, and theirs before ours.

Without a folder, freshly signed ones: good, revoked, tampered with, expired, as JWT and in
pictures. With one, every credential of that built site, in every form that it is published in;
with a demonstration's, also what becomes of them once they are revoked.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench import node
from bench.interop import inward, table
from bench.interop.cases import GENUINE, REVOKED, own_cases, site_cases
from bench.interop.demo import demo_cases
from bench.interop.strangers import FOLDER, JOSE, Verifier, answers, judged_by_us, strangers
from jobtwin.errors import JobtwinError

if TYPE_CHECKING:
    from bench.interop.cases import Answer, Case
    from bench.interop.table import Asked

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "interop.md"


def main() -> int:
    """Return 0 if all is as it must be, 1 if something differs, 3 where Node cannot run."""
    given = _arguments()
    try:
        for folder in (node.FOLDER, FOLDER):
            node.install(_say, folder)
        asked = _asked(given)
        problems = [problem for one in asked for problem in differences(one)]
        if given.site is None and given.demo is None:
            problems += _inward(asked, given)
    except node.NoNode as reason:
        _say(f"interop: NOT RUN, the other verifiers cannot be asked here: {reason}")
        return 0 if given.if_possible else 3
    except JobtwinError as error:
        _say(f"interop: {error}")
        return error.exit_code
    for problem in problems:
        _say(problem)
    for case, said, ours in asked:
        told = (f"{name} {answer.verdict}" for name, answer in said.items() if answer.verdict)
        sys.stdout.write(f"{case.name}: jobtwin {ours.verdict}; {', '.join(told)}\n")
    return 1 if problems else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/interop", description=__doc__)
    parser.add_argument("site", nargs="?", type=Path, help="folder of a built site")
    parser.add_argument(
        "--demo", type=Path, metavar="DIR", help="what scripts/demo --out DIR left, and it revoked"
    )
    parser.add_argument(
        "--if-possible", action="store_true", help="leave with 0 where Node or npm cannot be had"
    )
    parser.add_argument("--write", action="store_true", help="write docs/reference/interop.md")
    parser.add_argument("--check", action="store_true", help="fail if that page is not up to date")
    parser.add_argument(
        "--examples",
        type=Path,
        help="the specification's source folder; without it, what the page says of it is kept",
    )
    return parser.parse_args()


def _asked(given: argparse.Namespace) -> list[Asked]:
    now = datetime.now(UTC)  # noqa: TID251 - this is the edge: the clock comes in here
    if given.demo:
        with demo_cases(given.demo, now) as cases:
            return _ask(cases)
    return _ask(site_cases(given.site, now) if given.site else own_cases())


def _ask(cases: list[Case]) -> list[Asked]:
    judged = [(case, judged_by_us(case)) for case in cases]
    # Of a built site we say what each credential is, and the others have to see the same.
    cases = [case if case.expected else replace(case, expected=o.verdict) for case, o in judged]
    ours = [answer for _, answer in judged]
    return [(case, said, own) for (case, said), own in zip(answers(cases), ours, strict=True)]


def differences(asked: Asked) -> list[str]:
    """Return where we, or a verifier that has to agree, see something else than there is."""
    case, said, ours = asked
    binding = {verifier.name: verifier for verifier in strangers() if verifier.binding}
    wrong = [
        f"{case.name}: {name} says {answer.verdict} of what is {case.expected}: {answer.reason}"
        for name, answer in said.items()
        if name in binding and answer.verdict not in ("", _visible(case, binding[name]))
    ]
    if ours.verdict != case.expected:
        wrong.append(f"{case.name}: jobtwin says {ours.verdict}: {ours.reason}")
    return wrong


def _visible(case: Case, verifier: Verifier) -> str:
    """Return what a verifier can see of a case: jose knows no status lists."""
    return GENUINE if (verifier.name, case.expected) == (JOSE, REVOKED) else case.expected


def _inward(
    asked: list[tuple[Case, dict[str, Answer], Answer]], given: argparse.Namespace
) -> list[str]:
    found = [inward.judge(one) for one in inward.foreigners()]
    shown = PAGE.read_text("utf-8") if PAGE.is_file() else ""
    rest = table.EXAMPLES + shown.partition(table.EXAMPLES)[2]
    examples = []
    if given.examples:
        examples = [inward.judge(one) for one in inward.examples(given.examples)]
        rest = table.examples(examples)
    text = table.page(strangers(), asked, found, rest)
    if given.write:
        PAGE.write_text(text, "utf-8", newline="\n")
    wrong = [
        f"{one.foreign.maker}, {one.foreign.name}: {one.signature} {one.codes} {one.words}"
        for one in [*found, *examples]
        if not one.as_expected
    ]
    if given.check and text != shown:
        wrong.append("docs/reference/interop.md is not up to date; run: scripts/interop --write")
    return wrong


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    raise SystemExit(main())
