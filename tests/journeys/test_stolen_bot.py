"""Somebody has the bot's key: they can add data, which audit sees, but not change what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.github import tokens
from tests.github.ordering import APP_KEY, APP_PERMISSIONS, NAME

from jobtwin.repository.git import Git, create

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github.local_github import LocalGitHub
    from tests.github.people import Learner

SHOUT = 'import sys\nprint("THE THIEF WAS HERE", file=sys.stderr)\n'


def _push_with_the_stolen_key(github: LocalGitHub, folder: Path, edits: dict[str, bytes]) -> str:
    """Push edits to main as the thief; return what git says."""
    grant = tokens.Grant(github.api.bot.login, NAME, APP_PERMISSIONS)
    header = f"http.extraheader=Authorization: bearer {tokens.mint(APP_KEY, grant)}"
    git: Git = create(folder / "thief", bare=False)
    remote = f"{github.git.url}/{NAME}"
    git.run("fetch", "-q", remote, "main")
    git.run("reset", "-q", "--hard", "FETCH_HEAD")
    for path, content in edits.items():
        (git.path / path).parent.mkdir(parents=True, exist_ok=True)
        (git.path / path).write_bytes(content)
    git.run("add", "-A", "-f")
    git.run("-c", "user.name=bot", "-c", "user.email=bot@bot.invalid", "commit", "-q", "-m", "Mend")
    done = git.attempt("-c", header, "push", "-q", remote, "HEAD:main")
    return done.stderr.decode()


def test_an_edit_of_the_engine_or_of_its_set_up_on_main_is_never_run(
    started: Learner, tmp_path: Path
) -> None:
    lea, github = started, started.github
    read = github.repositories.read
    action = read(NAME, "main", ".github/actions/setup/action.yml") or b""
    receive = read(NAME, "main", "src/jobtwin/acts/receive/__init__.py") or b""
    stolen = {
        "src/jobtwin/acts/receive/__init__.py": receive + SHOUT.encode(),
        "scripts/setup": b"#!/bin/sh\necho THE THIEF WAS HERE\nexit 1\n",
        ".github/actions/setup/action.yml": action.replace(b"using:", b"using: #"),
    }
    assert not _push_with_the_stolen_key(github, tmp_path, stolen)
    assert read(NAME, "main", "src/jobtwin/acts/receive/__init__.py") == receive + SHOUT.encode()
    lea.at_minute(97)
    lea.push(lea.live({"README.md": b"late\n"}))
    github.settle()
    assert lea.rulings[-1] == "late"
    assert "THE THIEF WAS HERE" not in github.logs()


@pytest.mark.parametrize("path", ["intake.yml", "new.yml"])
def test_a_workflow_can_neither_be_edited_nor_added_with_the_bots_key(
    started: Learner, tmp_path: Path, path: str
) -> None:
    github = started.github
    before = github.delivery.main()
    said = _push_with_the_stolen_key(
        github, tmp_path, {f".github/workflows/{path}": b"on: push\njobs: {}\n"}
    )
    assert "without `workflows` permission" in said
    assert github.delivery.main() == before
