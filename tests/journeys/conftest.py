"""A founded organisation on the local GitHub, made once and copied for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.github import organisation
from tests.github.people import Learner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.github.local_github import LocalGitHub
    from tests.github.organisation import Template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The organisation, founded."""
    return organisation.founded(tmp_path_factory.mktemp("organisation"))


@pytest.fixture
def github(template: Template, tmp_path: Path) -> Iterator[LocalGitHub]:
    """A local GitHub with the organisation on it."""
    with organisation.copied(template, tmp_path / "github") as made:
        yield made
        for run in made.runs.all:  # shown by pytest where the test has failed
            print(f"── {run.workflow.file} {run.id}: {run.conclusion}\n{run.log}")


@pytest.fixture
def lea(github: LocalGitHub) -> Learner:
    """Somebody who learns."""
    return Learner(github, github.account(1001, "lea"))
