"""A founded organisation on the local GitHub, made once and copied for each test.

Worlds that many journeys begin with are played once as well, by the same workflows, and copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.github import organisation
from tests.github.people import Grader, Learner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.github.local_github import LocalGitHub
    from tests.github.organisation import Template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The organisation, founded."""
    return organisation.founded(tmp_path_factory.mktemp("organisation"))


@pytest.fixture(scope="session")
def world_started(template: Template, tmp_path_factory: pytest.TempPathFactory) -> LocalGitHub:
    """Lea, number 1001, has opened pull request 1, and the clock runs."""
    world = organisation.copied(template, tmp_path_factory.mktemp("started"))
    with world:
        Learner(world, world.account(1001, "lea")).start()
        world.settle()
    return world


@pytest.fixture(scope="session")
def world_decided(
    template: Template, world_started: LocalGitHub, tmp_path_factory: pytest.TempPathFactory
) -> LocalGitHub:
    """Lea has passed, has been told so, and her credential waits for an approval."""
    world = world_started.copied(tmp_path_factory.mktemp("decided"))
    with world:
        lea = Learner(world, world.api.accounts["lea"], 1)
        handed = lea.solved("reference")
        lea.at_minute(25)
        lea.push(lea.asked_for(handed) | lea.live(handed.files))
        world.settle()
        lea.at_minute(180)
        lea.push(lea.post_mortem())
        world.settle()
        world.wait(minutes=30)
        ada = Grader(world, organisation.ADA, template.keys)
        ada.claim()
        world.settle()
        world.wait(hours=5)
        ada.review(lea.attempt)
        world.settle()
    return world


def _shown(github: LocalGitHub) -> Iterator[LocalGitHub]:
    with github:
        yield github
        for run in github.runs.all:  # shown by pytest where the test has failed
            print(f"── {run.workflow.file} {run.id}: {run.conclusion or run.status}")
            if run.conclusion not in ("success", "skipped"):
                print(run.log)


@pytest.fixture
def github(template: Template, tmp_path: Path) -> Iterator[LocalGitHub]:
    """A local GitHub with the organisation on it."""
    yield from _shown(organisation.copied(template, tmp_path / "github"))


@pytest.fixture
def started(world_started: LocalGitHub, tmp_path: Path) -> Iterator[Learner]:
    """Lea, whose clock runs."""
    for world in _shown(world_started.copied(tmp_path / "github")):
        yield Learner(world, world.api.accounts["lea"], 1)


@pytest.fixture
def decided(world_decided: LocalGitHub, tmp_path: Path) -> Iterator[Learner]:
    """Lea, who has passed and whose credential waits for an approval."""
    for world in _shown(world_decided.copied(tmp_path / "github")):
        yield Learner(world, world.api.accounts["lea"], 1)


@pytest.fixture
def lea(github: LocalGitHub) -> Learner:
    """Somebody who learns."""
    return Learner(github, github.account(1001, "lea"))


@pytest.fixture
def ada(github: LocalGitHub, template: Template) -> Grader:
    """A calibrated mentor."""
    return Grader(github, organisation.ADA, template.keys)
