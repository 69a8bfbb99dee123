"""jobtwin doctor: compare a live repository with the trust model."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobtwin.cli import options
from jobtwin.cli.init import api, token
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from jobtwin.acts.doctor import Diagnosis
    from jobtwin.acts.doctor.people import People


@click.command("doctor")
@options.repo
@click.option("--repository", help="ORG/NAME on GitHub; else what keys/issuer.yml says.")
@click.option(
    "--secrets",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with subject.secret, to tell whether somebody who may write mentors or learns.",
)
@options.as_json
def command(repo: Path, repository: str | None, secrets: Path | None, as_json: bool) -> int:
    """Say what is missing or too wide in a live repository. Changes nothing.

    The token, of an owner, comes from GH_TOKEN or GITHUB_TOKEN. The exit code is 1 when anything is
    wrong or could not be looked at.
    """
    from jobtwin.acts.doctor import doctor
    from jobtwin.forge.github import administration
    from jobtwin.repository.fetch import get

    connected = administration.connect(repository or _own(repo), token(), api())
    told = doctor(connected, datetime.now(UTC), get, _people(repo, secrets))
    if as_json:
        data = {
            "format": 1,
            "ok": told.ok,
            "checked": told.checked,
            "findings": [asdict(finding) for finding in told.findings],
            "not_checked": list(told.not_checked),
        }
        click.echo(json.dumps(data, indent=2))
    else:
        _print(told)
    return 0 if told.ok else 1


def _print(told: Diagnosis) -> None:
    for finding in told.findings:
        click.echo(f"{options.in_log(str(finding))}\n  hint: {finding.hint}")
    for what in told.not_checked:
        click.echo(f"not checked: {options.in_log(what)}")
    count, hidden = len(told.findings), len(told.not_checked)
    word = "finding" if count == 1 else "findings"
    click.echo(f"{told.checked} things checked, {count} {word}, {hidden} not checked")


def _own(repo: Path) -> str:
    from jobtwin.acts.init.files import issuer_of

    issuer = issuer_of(repo)
    if issuer is None or issuer.repository is None:
        raise UsageError("which repository is not said", "name it: --repository ORG/NAME")
    return issuer.repository.split("/", 3)[3]


def _people(repo: Path, secrets: Path | None) -> People:
    from jobtwin.acts.doctor.people import NO_PEOPLE, in_records

    if secrets is None:
        return NO_PEOPLE
    with options.ledger(repo) as ledger:
        return in_records(ledger, options.holders(secrets).subject)
