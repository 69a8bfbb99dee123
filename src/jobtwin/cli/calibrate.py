"""jobtwin calibrate: seal for operators; open, round for mentors; the rest for the platform."""

from __future__ import annotations

import secrets as randomness
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from jobtwin.cli import files, options, ssh_key

if TYPE_CHECKING:
    from jobtwin.forge.events import Effects
    from jobtwin.forge.performing import Forge
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Ledger

_PATH = click.Path(path_type=Path)
_KEY = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_MENTOR = click.option("--mentor", required=True, help="Your id under mentors/.")
_PRIVATE_KEY = click.option(
    "--key", type=_KEY, required=True, help="The private half of the SSH key in your mentor file."
)


@click.group("calibrate")
def command() -> None:
    """Measure how well a mentor's scores agree with a sealed reference."""


_COUNT = click.option(
    "--count", default=24, show_default=True, help="How many items the harness makes."
)
_PLAN = click.option("--plan", type=_KEY, help="A plan.yml; else twins/TWIN/gold/plan.yml, if any.")


@command.command("seal")
@click.argument("twin")
@click.argument("set_id", metavar="SET")
@_COUNT
@_PLAN
@click.option("--use", type=click.Choice(("rounds", "queue")), default="rounds", show_default=True)
@click.option("--kit", type=_FOLDER, help="For the queue: the carrier's kit, which items lie over.")
@click.option("--without", multiple=True, help="For the queue: a file that only rounds show.")
@options.repo
@options.secrets
def seal(  # noqa: PLR0913 - each is an option of the command
    twin: str,
    set_id: str,
    count: int,
    plan: Path | None,
    use: Literal["rounds", "queue"],
    *,
    kit: Path | None,
    without: tuple[str, ...],
    repo: Path,
    secrets: Path | None,
) -> None:
    """Operator: make a gold set SET for TWIN and write it, sealed, to the repository's folder."""
    from jobtwin.acts.calibrate import gold_sets, making
    from jobtwin.records.organisation import CalibrationPolicy
    from jobtwin.rules import gold

    now, entropy = datetime.now(UTC).replace(microsecond=0), randomness.token_bytes(32)
    with options.ledger(repo) as ledger:
        definition = gold_sets.need_twin(ledger, twin)
        policy = ledger.policy(CalibrationPolicy, now)
    items = making.items_for(definition, repo / "twins" / twin, plan, entropy, count)
    if use == "queue":
        items = making.for_queue(items, definition, kit, without)
    else:
        making.refuse_weak(items, definition, policy)
    key = gold.public_key(options.holders(secrets).gold)
    made = gold.seal(definition, set_id, items, key, randomness.token_bytes(32), now, use=use)
    files.write_tree(repo, made)
    click.echo(f"wrote {len(made)} files to calibration/{twin}/{set_id}; commit them to main")
    click.echo(f"{len(items)} items, each with its reference", err=True)


@command.command("preview")
@click.argument("twin")
@_COUNT
@_PLAN
@click.option("--out", type=_PATH, required=True, help="A new folder, outside the repository.")
@options.repo
def preview(twin: str, count: int, plan: Path | None, out: Path, repo: Path) -> None:
    """Operator: write items with their scores in clear, to look at; they are never used."""
    from jobtwin.acts.calibrate import gold_sets, making

    with options.ledger(repo) as ledger:
        definition = gold_sets.need_twin(ledger, twin)
    entropy = randomness.token_bytes(32)
    items = making.items_for(definition, repo / "twins" / twin, plan, entropy, count)
    files.write_tree(out, making.in_clear(items))
    click.echo(f"wrote {len(items)} items to {out}; `seal` draws others")


@command.command("hand-out")
@options.job
def hand_out(job: options.Job) -> None:
    """Platform: hand the mentor who commented `/calibrate <twin>` a fresh set."""
    from jobtwin.acts.calibrate.handing_out import hand_out as act

    job.perform(lambda forge, ledger, holders: act(forge.event, ledger, holders))


@command.command("open")
@click.argument("twin")
@_MENTOR
@_PRIVATE_KEY
@click.option("--out", type=_PATH, required=True, help="A new folder for the items.")
@options.repo
def open_items(twin: str, mentor: str, key: Path, out: Path, repo: Path) -> None:
    """Mentor: open the set that you were handed last, with a sheet for your answers."""
    from jobtwin.acts.calibrate.handing_out import opened

    seed = ssh_key.signer(key).seed
    with options.ledger(repo) as ledger:
        found = opened(ledger, mentor, twin, seed)
    files.write_tree(out, found)
    click.echo(f"wrote the items and answers.yml to {out}; show them to nobody")


@command.command("round")
@click.argument("twin")
@_MENTOR
@click.option("--answers", type=_KEY, required=True, help="The sheet, filled in.")
@click.option("--key", type=_KEY, required=True, help="Your SSH key.")
@click.option("--out", type=_PATH, default="round.yml", show_default=True)
@options.repo
def make_round(twin: str, mentor: str, answers: Path, key: Path, out: Path, repo: Path) -> None:
    """Mentor: seal your answers into a round, and sign it."""
    from jobtwin.acts.calibrate import prepare_round, sign_round

    with options.ledger(repo) as ledger:
        content = prepare_round(ledger, mentor, twin, files.read(answers))
    signature = sign_round(key, content)
    files.write_new(out, content)
    files.write_new(out.with_name(out.name + ".sig"), signature)
    click.echo(f"wrote {out} and {out}.sig")


@command.command("record")
@click.argument("round_file", metavar="[ROUND]", required=False, type=_PATH)
@options.job
def record(job: options.Job, round_file: Path | None) -> None:
    """Platform: measure a signed round, from the event's pull request unless a file is named."""
    from jobtwin.acts import calibrate as act

    given = files.read_signed(round_file) if round_file else None

    def measure(forge: Forge, ledger: Ledger, holders: Holders) -> Effects:
        if given is None:
            return act.calibrate_by_pull_request(forge.event, ledger, holders)
        return act.calibrate(forge.event, ledger, holders, *given)

    job.perform(measure)


@command.command("retire")
@click.argument("twin")
@click.argument("set_id", metavar="SET")
@options.job
def retire(job: options.Job, twin: str, set_id: str) -> None:
    """Platform: publish what opens SET and all answers to it; it is used no more."""
    from jobtwin.acts.calibrate.retiring import retire as act

    job.perform(lambda forge, ledger, holders: act(forge.event, ledger, holders, twin, set_id))


@command.command("confusion")
@click.argument("twin")
@options.repo
@options.secrets
def confusion(twin: str, repo: Path, secrets: Path | None) -> None:
    """Operator: show which levels all mentors of TWIN mix up, pooled over five or more."""
    from jobtwin.acts.calibrate.pooling import confusion_table

    with options.ledger(repo) as ledger:
        found = confusion_table(ledger, options.holders(secrets), twin, datetime.now(UTC))
    click.echo(found)


@command.command("affected")
@click.argument("mentor")
@options.repo
def affected(mentor: str, repo: Path) -> None:
    """Anybody: list the credentials that rest on MENTOR since the last good round, with their fate.

    Tab-separated: credential, twin, attempt, when it was reviewed, what happens to it, and why.
    """
    from jobtwin.acts.calibrate.affected import affected as act

    with options.ledger(repo) as ledger:
        found = act(ledger, mentor)
    for one in found:
        row = (one.credential, one.twin, one.attempt, one.reviewed, one.fate, one.why)
        click.echo("\t".join(row))
    click.echo(f"{len(found)} credentials rest on {mentor} since the last good round", err=True)


@command.command("reopen")
@click.argument("twin")
@click.argument("mentor")
@options.job
def reopen(job: options.Job, twin: str, mentor: str) -> None:
    """Platform: put before others what is to be reviewed again of what MENTOR graded at TWIN."""
    from jobtwin.acts.calibrate.reopening import reopen as act

    job.perform(lambda forge, ledger, holders: act(forge.event, ledger, holders, twin, mentor))


@command.command("carrier")
@click.argument("account", type=int)
@options.secrets
def carrier(account: int, secrets: Path | None) -> None:
    """Operator: print what stands in keys/carriers.yml for ACCOUNT, which carries hidden gold."""
    from jobtwin.rules import seeds

    secret = options.holders(secrets).subject
    click.echo(seeds.carrier(secret, seeds.subject(secret, account)))


@command.command("watch")
@click.argument("twin")
@options.job
def watch(job: options.Job, twin: str) -> None:
    """Platform: stop the mentors of TWIN whose grading of hidden items fell below the floor."""
    from jobtwin.acts.calibrate.watching import watch as act

    job.perform(lambda forge, ledger, holders: act(forge.event, ledger, holders, twin))


@command.command("carry")
@click.argument("twin")
@click.argument("set_id", metavar="SET")
@click.argument("item")
@click.option("--out", type=_PATH, required=True, help="A new folder, outside the repository.")
@options.repo
@options.secrets
def carry(twin: str, set_id: str, item: str, out: Path, repo: Path, secrets: Path | None) -> None:
    """Operator: open ITEM of SET for whoever carries it into the queue of TWIN as an attempt."""
    from jobtwin.acts.calibrate.watching import carry as act

    with options.ledger(repo) as ledger:
        found = act(ledger, options.holders(secrets), twin, set_id, item)
    files.write_tree(out, found)
    click.echo(f"wrote {item} to {out}: work/ is the repository, inbox/ the updates")


@command.command("hidden")
@click.argument("twin")
@options.repo
@options.secrets
def hidden(twin: str, repo: Path, secrets: Path | None) -> None:
    """Operator: say how much of TWIN's queue is gold, and how many items to carry; tell nobody."""
    from jobtwin.acts.calibrate.watching import hidden_gold

    with options.ledger(repo) as ledger:
        found = hidden_gold(ledger, options.holders(secrets), twin, datetime.now(UTC))
    for attempt, identity in sorted(found.carried.items()):
        click.echo(f"{attempt}\t{identity}")
    click.echo(f"{found.waiting} attempts wait; carry {found.missing} more items now", err=True)
