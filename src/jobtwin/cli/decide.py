"""jobtwin decide: judge an attempt whose reviews are all in."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.cli import options


@click.command("decide")
@click.argument("twin")
@click.argument("attempt")
@options.event
@options.repo
@options.secrets
@options.as_json
def command(
    twin: str, attempt: str, event_file: Path, repo: Path, secrets: Path | None, as_json: bool
) -> None:
    """Judge ATTEMPT at TWIN by its bar and its reviews, and print the full feedback."""
    from jobtwin.acts.decide import decide
    from jobtwin.forge.local import carry_out

    event = options.read_event(event_file)
    with options.ledger(repo) as ledger:
        effects = decide(event, ledger, options.holders(secrets), twin, attempt)
        new = carry_out(ledger.tree.git, effects, event.at)
    options.print_effects(effects.comment, new, as_json)
