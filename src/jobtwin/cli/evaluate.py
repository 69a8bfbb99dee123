"""jobtwin evaluate: run what was handed in, and measure it."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.cli import options


@click.command("evaluate")
@click.argument("twin")
@click.argument("attempt")
@options.event
@options.repo
@options.secrets
@options.as_json
def command(
    twin: str, attempt: str, event_file: Path, repo: Path, secrets: Path | None, as_json: bool
) -> None:
    """Evaluate ATTEMPT at TWIN: prepare, run in a sandbox, score."""
    from jobtwin.acts import evaluate as act
    from jobtwin.errors import EngineError
    from jobtwin.forge.local import carry_out
    from jobtwin.harness.grading import Machine
    from jobtwin.harness.sandbox import choose

    event, holders = options.read_event(event_file), options.holders(secrets)
    with options.ledger(repo) as ledger:
        task = act.due(event, ledger, twin, attempt)
        try:
            machine = Machine(choose(), options.cache())
            effects = act.evaluate(event, ledger, holders, task, machine, options.talk)
        except EngineError as error:
            effects = act.trouble(event, holders, task, error)
        new = carry_out(ledger.tree.git, effects, event.at)
    options.print_effects(effects.comment, new, as_json)
