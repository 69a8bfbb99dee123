"""The whole way, once: what the demo leaves behind is what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobtwin.keys import FILES

pytestmark = pytest.mark.slow
Played = tuple[Path, dict[str, Any]]
JOBTWIN = Path(sys.executable).with_name("jobtwin")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([JOBTWIN, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    out = tmp_path_factory.mktemp("demo") / "out"
    done = _run("demo", "--no-serve", "--json", "--out", str(out))
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout)


def test_every_act_of_the_story_was_played(played: Played) -> None:
    acts = {act["act"] for act in played[1]["acts"]}
    assert acts == {
        "start",
        "kit",
        "receive",
        "evaluate",
        "calibrate",
        "claim",
        "review",
        "decide",
        "sweep",
        "issue",
        "build",
        "verify",
        "audit",
    }


def test_the_credential_verifies_from_the_site_alone(
    played: Played,
) -> None:
    out, told = played
    done = _run(
        "verify",
        str(told["credential"]),
        "--mirror",
        str(out / "site"),
        "--now",
        "2026-11-10T00:00:00Z",
    )
    assert done.returncode == 0, done.stdout
    assert "signature:  valid" in done.stdout


def test_the_repository_that_is_left_audits_clean(played: Played) -> None:
    done = _run("audit", str(played[0] / "repo"), "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["ok"] is True


def test_no_secret_and_no_learner_is_in_the_repository_or_the_site(
    played: Played,
) -> None:
    out, _ = played
    hidden = [
        path.read_text("ascii").strip().split(":")[-1]
        for path in (out / "secrets").iterdir()
        if path.suffix in (".key", ".secret")
    ]
    assert len(hidden) == len(FILES)
    packed = subprocess.run(
        ["git", "-C", str(out / "repo"), "log", "-p", "--all", "--text", "--format=%an %ae %B"],
        capture_output=True,
        check=True,
    ).stdout
    site = b"".join(path.read_bytes() for path in (out / "site").rglob("*") if path.is_file())
    for secret in hidden:
        assert secret.encode() not in packed
        assert secret.encode() not in site
    assert b"lea@people" not in packed + site
    assert b"forge.invalid/lea" not in packed + site


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    done = _run("demo", "--no-serve", "--out", str(tmp_path))
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
