"""jobtwin attest: consent, key and write for people; ask and record for the platform; the rate."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobtwin.cli import files, options
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from jobtwin.credential.endorsement import SignedFile
    from jobtwin.credential.keys import Signer
    from jobtwin.forge.events import Effects
    from jobtwin.forge.performing import Forge
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Ledger

_PATH = click.Path(dir_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_CREDENTIAL = click.argument("credential")
_CHANNELS = ("mail", "telephone", "letter", "meeting", "form")
_SAID = {"yes": True, "no": False, "unsaid": None}


@click.group("attest")
def command() -> None:
    """Say what became of a credential's holder after 90 days, signed by the employer."""


@command.command("consent")
@_CREDENTIAL
@click.option("--employer", required=True, metavar="DID", help="did:web:… or did:key:….")
@click.option("--began", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First day there.")
@click.option("--out", type=_PATH, default="outcomes/inbox/consent.yml", show_default=True)
def consent(credential: str, employer: str, began: datetime, out: Path) -> None:
    """Learner: let an employer be asked about CREDENTIAL, and its answer be published for ever."""
    from jobtwin.records.base import load, write
    from jobtwin.records.outcome import Consent
    from jobtwin.yamlfile import dump

    given = {
        "format": 1,
        "credential": credential,
        "employer": employer,
        "began": began.strftime("%Y-%m-%dT00:00:00Z"),
        "agree": True,
    }
    record = load(Consent, dump(given, ""), str(out)).record
    files.write_new(out, write(record))
    click.echo(f"wrote {out}; bring it by a pull request of your own, and nothing else with it")


@command.command("ask")
@_CREDENTIAL
@click.option("--how", required=True, type=click.Choice(_CHANNELS), help="How you ask.")
@options.job
def ask(job: options.Job, credential: str, how: Any) -> None:
    """Operator: record that the employer is asked about CREDENTIAL now, and print the letter."""
    from jobtwin.acts import attest as act

    forge, holders = job.forge(), job.holders()
    done = forge.perform(lambda ledger: act.ask(forge.event, ledger, holders, credential, how))
    job.tell(done)


@command.command("key")
@click.argument("key", type=_FILE)
def key(key: Path) -> None:
    """Employer: print the did:key of the private key in KEY, for the operators to merge."""
    click.echo(_signer(key, None).key_id.partition("#")[0])


@command.command("write")
@click.argument("source")
@click.option("--key", "key_file", required=True, type=_FILE, help="Your Ed25519 private key.")
@click.option("--name", required=True, help="What your organisation is called.")
@click.option("--hired", required=True, type=click.Choice(("yes", "no")))
@click.option("--in-role", type=click.Choice(tuple(_SAID)), default="unsaid",
              help="In the role 90 days after beginning?")  # fmt: skip
@click.option("--again", type=click.Choice(tuple(_SAID)), default="unsaid",
              help="Would you hire them again?")  # fmt: skip
@click.option("--comment", help="Free words, published as they are.")
@click.option("--method", metavar="DID#KEY", help="Your key's name in your did:web's did.json.")
@click.option("--number", type=click.IntRange(1, 99), default=1, help="2 corrects your first.")
@click.option("--signed", type=click.IntRange(1, 9999), default=1,
              help="Of a file: which signing of the credential it is.")  # fmt: skip
@click.option("--out", type=_PATH, default="outcomes/inbox/outcome.json", show_default=True)
def write(source: str, key_file: Path, name: str, number: int, out: Path, **given: Any) -> None:
    """Employer: say what became of the holder of SOURCE, the address you were sent, or a file."""
    from jobtwin.acts.attest.writing import statement
    from jobtwin.records.outcome import Outcome

    outcome = Outcome(
        hired=given["hired"] == "yes",
        in_role=_SAID[given["in_role"]],
        again=_SAID[given["again"]],
        comment=given["comment"] or None,
    )
    found, using = _source(source, given["signed"]), _signer(key_file, given["method"])
    now = datetime.now(UTC).replace(microsecond=0)
    files.write_new(out, statement(found, outcome, name, using, now, number))
    click.echo(f"wrote {out}, signed as {using.key_id}; hand it in by a pull request, or send it")


def _source(source: str, signed: int) -> SignedFile:
    """Return a credential's file with its own address; raises `UsageError`."""
    from jobtwin.credential.endorsement import SignedFile
    from jobtwin.credential.jsonbytes import parse_object
    from jobtwin.repository.fetch import NotHad, get

    if source.startswith("https://"):
        try:
            return SignedFile(get(source), source)
        except NotHad as error:
            raise UsageError(f"{source} cannot be had: {error}", "name a file instead") from error
    content = files.read(Path(source))
    folder = str(parse_object(content).get("id")).rpartition("/")[0]
    return SignedFile(content, f"{folder}/{signed}.json")


def _signer(path: Path, method: str | None) -> Signer:
    from jobtwin.acts.attest.writing import signer

    def ask() -> str:
        words: str = click.prompt("Passphrase", hide_input=True, err=True)
        return words

    return signer(files.read(path), ask, method)


@command.command("record")
@click.argument("file", required=False, type=_FILE)
@options.job
def record(job: options.Job, file: Path | None) -> None:
    """Platform: take a consent (.yml) or statement (.json) in, from the event's pull request."""
    from jobtwin.acts import attest as act

    content = files.read(file) if file else b""

    def take_in(forge: Forge, ledger: Ledger, holders: Holders) -> Effects:
        if file is None:
            return act.by_pull_request(forge.event, ledger, holders)
        take = act.consent if file.suffix == ".yml" else act.attest
        return take(forge.event, ledger, holders, content)

    job.perform(take_in)


@command.command("list")
@options.repo
@options.as_json
def list_all(repo: Path, as_json: bool) -> None:
    """List whose employers may be asked, were asked, and what became of it."""
    from jobtwin.acts.attest.telling import lines

    with options.ledger(repo) as ledger:
        found = lines(ledger, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps({"format": 1, "ok": True, "outcomes": found}, indent=2))
        return
    for line in found:
        click.echo("  ".join(str(value) for value in line.values()))


@command.command("rate")
@options.repo
@options.as_json
def rate(repo: Path, as_json: bool) -> None:
    """Print how many were hired and kept, of everybody whose employer was asked."""
    from jobtwin.acts.attest.telling import data, table
    from jobtwin.repository import outcomes
    from jobtwin.rules.outcome import rows

    with options.ledger(repo) as ledger:
        found = rows(outcomes.cases(ledger), datetime.now(UTC))
    if as_json:
        click.echo(json.dumps({"format": 1, "ok": True, "rows": data(found)}, indent=2))
    else:
        click.echo(table(found))
