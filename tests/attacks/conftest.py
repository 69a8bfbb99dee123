"""One honest history for all who tamper with copies of it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.attacks.history import History, Play

from jobtwin.repository.git import Git

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> History:
    """The honest history; nobody changes it."""
    return Play(tmp_path_factory.mktemp("honest")).play()


@pytest.fixture
def history(honest: History, tmp_path: Path) -> History:
    """A copy of the honest history to go on in."""
    shutil.copytree(honest.git.path, tmp_path / "copy.git")
    copy = Git(tmp_path / "copy.git")
    return History(copy, honest.holders, honest.keys, honest.attempt, honest.now)
