"""Acts that a person approves before they are done: the batch that was shown, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jobtwin.errors import Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.cli.options import Job
    from jobtwin.forge.events import Effects
    from jobtwin.forge.performing import Forge
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Ledger

batch = click.option("--batch", metavar="DIGEST", help="Do exactly what was approved.")


def perform(
    job: Job, approved: str | None, act: Callable[[Forge, Ledger, Holders], Effects]
) -> None:
    """Perform an act on its forge and print what it answered.

    Raises `UsageError` on GitHub where nothing says what was approved, and `Refused` where the act
    refuses, also when the forge has told somebody: a job that was approved must not end well then.
    """
    if approved is None and job.on == "github":
        raise UsageError("what was approved is not said", "name its digest by --batch")
    forge, holders = job.forge(), job.holders()
    done = forge.perform(lambda ledger: act(forge, ledger, holders))
    if done.refused:
        raise Refused(done.refused)
    job.tell(done)
