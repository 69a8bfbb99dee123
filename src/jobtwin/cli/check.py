"""jobtwin check: say what is wrong in the definitions, or run a twin's proofs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobtwin.cli import options, places
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from jobtwin.acts.check import Checked


@click.command("check")
@options.repo
@click.option("--deep", "twin", metavar="TWIN", help="Run the declared proofs of this twin.")
@click.option("--seeds", type=click.IntRange(1, 100), default=1, show_default=True)
@click.option("--proof", help="With --deep: only this proof.")
@click.option("--case", help="With --deep: only this case.")
@options.as_json
def command(
    repo: Path, twin: str | None, seeds: int, proof: str | None, case: str | None, as_json: bool
) -> int:
    """Say what is wrong in twins, tracks, policies, cohorts, mentors and keys, all at once."""
    from jobtwin.acts import check

    if twin is None:
        checked = check.check(repo)
        if not checked.files:
            raise UsageError(f"{repo} holds no organisation's files", "name its clone by --repo")
        _print(checked, as_json)
        return 1 if checked.findings else 0
    choice = check.Choice(seeds, proof, case)
    results = check.prove(
        repo, twin, choice, places.machine(), lambda line: click.echo(line, err=True)
    )
    failed = any(result.problems for result in results)
    data = {"format": 1, "ok": not failed, "proofs": [asdict(result) for result in results]}
    click.echo(json.dumps(data, indent=2) if as_json else check.table(results))
    return 1 if failed else 0


def _print(checked: Checked, as_json: bool) -> None:
    if as_json:
        data = {
            "format": 1,
            "ok": not checked.findings,
            "files": checked.files,
            "findings": [asdict(finding) for finding in checked.findings],
            "notes": [asdict(note) for note in checked.notes],
        }
        click.echo(json.dumps(data, indent=2))
        return
    for finding in checked.findings:
        click.echo(f"{finding}\n  hint: {finding.hint}")
    for note in checked.notes:
        click.echo(f"note: {note}: it cannot be started yet")
    count = len(checked.findings)
    click.echo(f"{checked.files} files read, {count} {'finding' if count == 1 else 'findings'}")
