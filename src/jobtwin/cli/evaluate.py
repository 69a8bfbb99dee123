"""jobtwin evaluate: run what was handed in, and measure it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jobtwin.cli import options

if TYPE_CHECKING:
    from jobtwin.forge.events import Effects
    from jobtwin.forge.performing import Forge
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Ledger


@click.command("evaluate")
@click.argument("twin")
@click.argument("attempt")
@options.job
def command(job: options.Job, twin: str, attempt: str) -> None:
    """Evaluate ATTEMPT at TWIN: prepare, run in a sandbox, score."""
    job.perform(lambda forge, ledger, holders: _evaluate(forge, ledger, holders, twin, attempt))


def _evaluate(forge: Forge, ledger: Ledger, holders: Holders, twin: str, attempt: str) -> Effects:
    from jobtwin.acts import evaluate as act
    from jobtwin.errors import EngineError
    from jobtwin.harness.grading import Machine
    from jobtwin.harness.sandbox import choose

    task = act.due(forge.event, ledger, twin, attempt)
    try:
        machine = Machine(choose(), options.cache())
        return act.evaluate(forge.event, ledger, holders, task, machine, options.talk)
    except EngineError as error:
        return act.trouble(forge.event, holders, task, error)
