"""GitHub as the forge: what a workflow's job was started for, and where its effects go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.forge.performing import Forge


def connect(environment: Mapping[str, str]) -> Forge:
    """Return the forge that a job runs on; raises `UsageError` where this is no job."""
    raise UsageError("this is no job on GitHub", "leave `--on github` to the workflows")
