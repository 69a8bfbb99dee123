"""scripts/interop: verifiers that are not ours see what we see, and we judge what they sign."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bench import node
from bench.interop import __main__ as interop
from bench.interop import cases, inward, strangers
from bench.interop.cases import GENUINE, REFUSED, Answer

from jobtwin.credential.jsonbytes import to_bytes

START = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
NODE = (node.FOLDER, strangers.FOLDER)
EXAMPLES = ROOT.parent / "shared" / "standards" / "vectors" / "openbadges" / "ob_v3p0"


def _interop(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.interop", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def _require_node() -> None:
    if node.version() is None:
        pytest.skip("the other verifiers cannot run: node is not installed")
    if not all(node.is_installed(folder) for folder in NODE):
        pytest.skip("the other verifiers' packages are not installed; run scripts/interop once")


@pytest.mark.slow
def test_verifiers_that_must_agree_do_and_the_page_says_who_accepts_what() -> None:
    _require_node()
    done = _interop("--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_folder_without_credentials_is_a_usage_error(tmp_path: Path) -> None:
    _require_node()
    assert _interop(str(tmp_path)).returncode == 2


@pytest.mark.parametrize("folder", NODE, ids=lambda folder: folder.name)
def test_what_is_pinned_is_what_the_lock_file_has(folder: Path) -> None:
    text = (folder / "package-lock.json").read_text()
    locked = json.loads(text)["packages"]
    pins = node.pinned(folder)
    assert {name: locked[f"node_modules/{name}"]["version"] for name in pins} == pins
    assert '"resolved"' not in text


@pytest.mark.parametrize("case", cases.own_cases(), ids=lambda case: case.name)
def test_we_see_in_every_form_of_ours_what_it_is(case: cases.Case) -> None:
    assert strangers.judged_by_us(case).verdict == case.expected


def test_whoever_must_agree_and_does_not_is_told() -> None:
    case = next(case for case in cases.own_cases() if case.name == "revoked")
    said = {
        strangers.DIGITALBAZAAR: Answer(GENUINE),
        strangers.DCC: Answer(REFUSED, "no list"),
        "openvc-core": Answer(GENUINE),
        strangers.JOSE: Answer(""),
    }
    told = interop.differences((case, said, Answer(GENUINE)))
    assert [line.split(" of what")[0] for line in told] == [
        f"revoked: {strangers.DIGITALBAZAAR} says genuine",
        f"revoked: {strangers.DCC} says refused",
        "revoked: jobtwin says genuine: ",
    ]


def test_a_verdict_for_another_reason_than_foreseen_is_not_as_expected() -> None:
    bare = inward.Foreign("nobody", "no proof", to_bytes(inward.document(inward.WEB)))
    found = inward.judge(replace(bare, expected=("VC-020",)))
    assert found.as_expected
    assert not replace(found, foreign=replace(bare, expected=("VC-024",))).as_expected
    assert not replace(found, foreign=bare).as_expected


def test_the_specifications_own_examples_are_verified_or_refused_for_the_right_reason() -> None:
    if not EXAMPLES.is_dir():
        pytest.skip("the standards collection is not beside the project: openbadges")
    found = [inward.judge(example) for example in inward.examples(EXAMPLES)]
    assert len(found) == 18
    assert [one for one in found if not one.as_expected] == []


def test_a_sites_files_are_cases_by_what_they_hold(tmp_path: Path) -> None:
    made = {case.name: case for case in cases.own_cases()}
    place = tmp_path / "credentials" / "00" / "0"
    place.mkdir(parents=True)
    names = {"credential.json": "genuine", "credential.jwt": "JWT, genuine"}
    names |= {"endorsement-ada-1.json": "endorsement by a mentor, did:key"}
    names |= {"badge.png": "baked into badge.png"}
    for name, kind in names.items():
        (place / name).write_bytes(made[kind].content)
    (place / "bundle.json").write_text('{"bundle": 1}')
    (place / "index.html").write_text("a page")
    found = {Path(case.name).name: case.form for case in cases.site_cases(tmp_path, START)}
    assert found == {
        "badge.png": cases.PICTURE,
        "credential.json": cases.JSON,
        "credential.json, altered": cases.JSON,
        "credential.jwt": cases.JWT,
        "endorsement-ada-1.json": cases.JSON,
        "endorsement-ada-1.json, altered": cases.JSON,
    }


def test_a_folder_that_is_no_demonstration_is_a_usage_error(tmp_path: Path) -> None:
    assert _interop("--demo", str(tmp_path)).returncode == (2 if node.version() else 3)


def test_where_node_is_missing_that_is_said_and_no_error_if_it_need_not_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.interop"]
    for given, code in ((["--if-possible"], 0), ([], 3)):
        done = subprocess.run(
            [*command, *given],
            cwd=ROOT,
            env={"PATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code
        assert "NOT RUN, the other verifiers cannot be asked here: node is not" in done.stderr
