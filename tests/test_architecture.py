"""What holds for the repository as a whole: layers, sizes, scripts and acts."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "jobtwin"
MODULES = sorted(SOURCE.rglob("*.py"))
LAUNCHERS = (
    "scripts/setup",
    "scripts/demo",
    "scripts/test",
    "scripts/lock",
    "scripts/bench",
    "scripts/interop",
    "scripts/pin",
    "scripts/web",
    ".ci/run",
)
BELOW = {"bundle": "review", "endorse": "review"}
"""Modules among the acts that are a command below another one: `jobtwin review endorse`."""
BUILT_ACTS = sorted({path.stem for path in (SOURCE / "acts").glob("[!_]*")} - BELOW.keys())

README_ACTS = dict(
    re.findall(r"^\| `([a-z]+)` \| (.*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
)


def _tool(name: str) -> str:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is not installed; run scripts/setup"
    return found


def _run(*command: str) -> None:
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.name, node.end_lineno - node.lineno + 1


def test_imports_go_one_way() -> None:
    _run(_tool("lint-imports"), "--no-cache")


def test_no_module_is_longer_than_500_lines() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {str(path): n for path, n in lengths.items() if n > 500} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {name} has {length} lines"
        for path in MODULES
        for name, length in _functions(path)
        if length > 60
    ]
    assert long == []


def test_no_module_is_named_after_nothing_in_particular() -> None:
    vague = {"utils", "util", "helpers", "common", "manager", "misc"}
    assert [path for path in MODULES if path.stem in vague or path.parent.name in vague] == []


@pytest.mark.parametrize("name", LAUNCHERS)
def test_a_launcher_is_an_executable_bash_script_that_stops_at_errors(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert os.access(ROOT / name, os.X_OK)
    assert text.startswith("#!/usr/bin/env bash\n# ")
    assert "\nset -euo pipefail\n" in text


def test_launchers_are_clean_for_shellcheck() -> None:
    _run(_tool("shellcheck"), *LAUNCHERS)


def test_every_script_without_a_suffix_is_a_known_launcher_or_a_bench() -> None:
    scripts = {path.name for path in (ROOT / "scripts").iterdir() if path.is_file()}
    plain = {name for name in scripts if "." not in name and not name.startswith("bench")}
    assert {f"scripts/{name}" for name in plain} <= set(LAUNCHERS)


def test_no_launcher_and_no_lock_names_a_package_index() -> None:
    files = [ROOT / name for name in LAUNCHERS] + sorted((ROOT / "requirements").iterdir())
    address = re.compile(r"https?://|--(extra-)?index-url|--find-links|--trusted-host")
    assert [path.name for path in files if address.search(path.read_text("utf-8"))] == []


def test_every_locked_package_has_a_hash() -> None:
    for path in sorted((ROOT / "requirements").glob("*.lock")):
        text = path.read_text("utf-8").replace("\\\n", " ")
        entries = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
        assert entries
        assert [line for line in entries if "--hash=sha256:" not in line] == []


def test_the_product_lock_is_part_of_the_development_lock() -> None:
    pin = re.compile(r"^([A-Za-z0-9._-]+==[^ ;\\]+)", re.MULTILINE)
    product, development = (
        set(pin.findall((ROOT / "requirements" / name).read_text("utf-8")))
        for name in ("jobtwin.lock", "dev.lock")
    )
    assert product - development == set()


@pytest.mark.skipif(not BUILT_ACTS, reason="no act is built yet")
def test_the_readme_names_every_act_and_says_which_are_not_there_yet() -> None:
    assert sorted(a for a, text in README_ACTS.items() if "not yet" not in text) == BUILT_ACTS


@pytest.mark.parametrize("act", BUILT_ACTS)
def test_an_act_has_a_command_of_its_name(act: str) -> None:
    _run(_tool("jobtwin"), act, "--help")


@pytest.mark.parametrize("act", BUILT_ACTS)
def test_an_act_has_a_test_file_of_its_name(act: str) -> None:
    assert (ROOT / "tests" / "unit" / "acts" / f"test_{act}.py").is_file()


@pytest.mark.parametrize("act", BUILT_ACTS)
def test_an_act_has_a_how_to_page_of_its_name(act: str) -> None:
    page = ROOT / "docs" / "how-to" / f"{act}.md"
    assert page.is_file()
    assert f"jobtwin {act}" in page.read_text("utf-8")


@pytest.mark.parametrize(("part", "act"), sorted(BELOW.items()))
def test_what_is_a_command_below_an_act_has_its_help_tests_and_words(part: str, act: str) -> None:
    _run(_tool("jobtwin"), act, part, "--help")
    assert (ROOT / "tests" / "unit" / "acts" / f"test_{part}.py").is_file()
    assert f"jobtwin {act} {part}" in (ROOT / "docs" / "how-to" / f"{act}.md").read_text("utf-8")


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "index.md").read_text("utf-8")
    decisions = sorted(path.name for path in folder.glob("[0-9]*.md"))
    numbers = [int(name[:4]) for name in decisions if name[:4] != "0000"]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [name for name in decisions if f"({name})" not in index] == []


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *(ROOT / "docs" / "adr").glob("*.md")], ids=lambda page: page.name
)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
