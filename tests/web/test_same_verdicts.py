"""The page judges every shared case as `jobtwin verify` does, in Node and in the browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.web.cases import Case, cases, expected, judge, write_files
from tests.web.conftest import WEB, Net

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

NEEDS_BROWSER = "needs a browser"
EMPTY = "https://twins.example/"
IN_BROWSER = 8
"""Every how manieth case is judged in the browser too, beside all that only a browser reads."""


@cache
def every_case() -> tuple[Case, ...]:
    return tuple(cases())


def names() -> list[str]:
    return list(expected())


def test_there_are_enough_cases_and_each_has_its_verdicts() -> None:
    found = [case.name for case in every_case()]
    assert len(found) == len(set(found)) >= 300
    assert found == names(), "run: PYTHONPATH=. .venv/bin/python -m tests.web.cases --write"


@pytest.mark.parametrize("part", range(8))
def test_python_says_of_every_case_what_is_written(part: int) -> None:
    wanted = expected()
    for case in every_case()[part::8]:
        assert judge(case) == wanted[case.name], case.name


def node() -> str:
    """Return Node's path; without one, the test is skipped."""
    own = Path(sys.executable).parent
    path = shutil.which("node", path=f"{os.environ['PATH']}{os.pathsep}{own}")
    if path is None:
        pytest.skip("there is no Node on this machine: scripts/web brings one")
    return path


def script(name: str) -> Path:
    """Return a file that `scripts/web` built; without it, the test is skipped."""
    path = WEB / "build" / name
    if not path.is_file():
        pytest.skip("the page's program is not built: scripts/web")
    return path


@pytest.mark.slow
def test_the_page_says_the_same_of_every_case(tmp_path: Path) -> None:
    write_files(tmp_path / "cases.json", every_case())
    done = subprocess.run(
        [node(), str(script("judge_node.js")), str(tmp_path / "cases.json")],
        capture_output=True,
        check=True,
        timeout=300,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    left = {name for name, said in told.items() if said == NEEDS_BROWSER}
    assert left == {case.name for case in every_case() if case.content[:1] == b"<"}
    wanted = expected()
    differ = {n: (s, wanted[n]) for n, s in told.items() if n not in left and s != wanted[n]}
    assert (len(told), differ) == (len(wanted), {})


@pytest.mark.slow
def test_the_browser_says_what_node_says(context: BrowserContext, net: Net, tmp_path: Path) -> None:
    chosen = [
        case
        for place, case in enumerate(every_case())
        if place % IN_BROWSER == 0 or case.content[:1] == b"<"
    ]
    write_files(tmp_path / "cases.json", chosen)
    page = context.new_page()
    net.files[EMPTY] = b"<!doctype html>"
    page.goto(EMPTY)
    page.evaluate(script("judge_page.js").read_text("utf-8"))
    told = page.evaluate("(text) => judge(JSON.parse(text))", (tmp_path / "cases.json").read_text())
    wanted = expected()
    assert told == {case.name: wanted[case.name] for case in chosen}
    assert net.asked == [EMPTY]
