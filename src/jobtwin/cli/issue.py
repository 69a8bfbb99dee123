"""jobtwin issue: list the credentials that are due, and sign those that were approved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from jobtwin.cli import approval, options, outputs
from jobtwin.cli.subcommands import OrDefault

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.acts.issue import Batch
    from jobtwin.forge.events import Effects
    from jobtwin.forge.performing import Forge
    from jobtwin.keys import Holders
    from jobtwin.records.grade import Decision
    from jobtwin.repository.ledger import Attempt, Filed, Ledger


@click.group("issue", cls=OrDefault)
def command() -> None:
    """Sign the credentials that are due; `jobtwin issue …` is `jobtwin issue sign …`."""


@command.command("list")
@options.repo
@options.as_json
@outputs.option
def list_due(repo: Path, as_json: bool, output: Path | None) -> None:
    """List what is due, as Markdown; needs no secret.

    The outputs are `batch`, empty when nothing is due, and `commit`, which main was then at.
    """
    from jobtwin.acts.issue import batch

    with options.ledger(repo) as ledger:
        found = batch(ledger)
    outputs.add(output, batch="" if found.is_empty else found.digest, commit=found.commit)
    click.echo(json.dumps(_data(found), indent=2) if as_json else _page(found))


def _data(found: Batch) -> dict[str, object]:
    rows = [
        {
            "twin": attempt.twin,
            "attempt": attempt.id,
            "overall": decision.record.overall,
            "decided": decision.record.at.isoformat(),
            "decision": decision.digest,
        }
        for attempt, decision in found.due
    ]
    return {
        "format": 1,
        "ok": True,
        "commit": found.commit,
        "batch": None if found.is_empty else found.digest,
        "due": rows,
        "again": [issued.record.credential for issued in found.again],
        "lists": list(found.lists),
        "tracks": [
            {
                "track": cleared.track.id,
                "attempts": [attempt.id for attempt, _ in cleared.parts],
                "cleared": cleared.digest,
            }
            for cleared in found.tracks
        ],
    }


def _page(found: Batch) -> str:
    if found.is_empty:
        return f"Nothing is due at commit `{found.commit}`."
    parts = [_due(found)] if found.due else []
    if found.tracks:
        parts.append(_tracks(found))
    if found.again:
        rows = [f"- `{item.record.credential}`, after `{item.digest}`" for item in found.again]
        text = "A compromised key had signed these. Approving signs them again by another key:"
        parts.append("\n".join([text, "", *rows]))
    if found.lists:
        numbers = ", ".join(str(number) for number in found.lists)
        parts.append(f"No key in force has signed the latest status list {numbers}.")
    return "\n\n".join([*parts, f"Batch: `{found.digest}`"])


def _tracks(found: Batch) -> str:
    rows = [
        f"| {cleared.track.title} | {', '.join(_part(*part) for part in cleared.parts)} "
        f"| `{cleared.digest}` |"
        for cleared in found.tracks
    ]
    text = "A learner has cleared every twin. Approving signs the track's credential by these:"
    return "\n".join([text, "", "| track | parts | cleared |", "|---|---|---|", *rows])


def _part(attempt: Attempt, decision: Filed[Decision]) -> str:
    return f"{attempt.twin} {decision.record.overall:.2f} (`{attempt.id[:8]}`)"


def _due(found: Batch) -> str:
    rows = [
        f"| {attempt.twin} | `{attempt.id}` | {decision.record.overall:.2f} "
        f"| {decision.record.at:%Y-%m-%d %H:%M} UTC | `{decision.digest}` |"
        for attempt, decision in found.due
    ]
    count = f"{len(rows)} credentials are" if len(rows) > 1 else "1 credential is"
    return "\n".join(
        [
            f"**{count} due at commit `{found.commit}`.** Approving signs exactly these decisions:",
            "",
            "| twin | attempt | overall | decided | decision |",
            "|---|---|---|---|---|",
            *rows,
        ]
    )


@command.command("sign")
@approval.batch
@click.option("--commit", metavar="SHA", help="The commit that the batch was listed at.")
@options.job
def sign(job: options.Job, batch: str | None, commit: str | None) -> None:
    """Sign every credential that is due, or exactly an approved batch, and the status list."""
    from jobtwin.acts.issue import approved, issue
    from jobtwin.errors import UsageError

    if commit is not None and batch is None:
        raise UsageError("a commit lists a batch, which is not named", "name it by --batch")

    def act(forge: Forge, ledger: Ledger, holders: Holders) -> Effects:
        only = None if batch is None else approved(ledger, batch, commit)
        return issue(forge.event, ledger, holders, only)

    approval.perform(job, batch, act)
