"""jobtwin evaluate: run what was handed in, and measure it; whole here, or in three jobs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobtwin.cli import options, outputs
from jobtwin.cli.subcommands import OrDefault

if TYPE_CHECKING:
    from jobtwin.forge.events import Effects
    from jobtwin.forge.performing import Forge
    from jobtwin.harness.handover import Prepared
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Ledger

_FOLDER = click.Path(path_type=Path)
_TWIN = click.argument("twin")
_ATTEMPT = click.argument("attempt")


class _OrWhole(OrDefault):
    """`jobtwin evaluate TWIN ATTEMPT` is `jobtwin evaluate whole TWIN ATTEMPT`."""

    default = "whole"


@click.group("evaluate", cls=_OrWhole)
def command() -> None:
    """Run what was handed in, and measure it: prepare, run in a sandbox, score.

    `jobtwin evaluate TWIN ATTEMPT` takes all three steps here, one after the other.
    """


@command.command("whole")
@_TWIN
@_ATTEMPT
@options.job
def whole(job: options.Job, twin: str, attempt: str) -> None:
    """Take the three steps on this machine.

    So sealed work is evaluated: on your own machine, or in a private repository.
    """
    is_open = job.on == "github" and _is_public()
    asked = _Asked(twin, attempt, may_unseal=not is_open)
    job.perform(lambda forge, ledger, holders: _whole(forge, ledger, holders, asked))


def _is_public() -> bool:
    from jobtwin.forge.github import place

    return not place.is_private(os.environ)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which attempt is to be evaluated, and whether this is a place for sealed work."""

    twin: str
    attempt: str
    may_unseal: bool


def _whole(forge: Forge, ledger: Ledger, holders: Holders, asked: _Asked) -> Effects:
    from jobtwin.acts import evaluate as act
    from jobtwin.errors import EngineError
    from jobtwin.harness.grading import Machine
    from jobtwin.harness.sandbox import choose

    name = (asked.twin, asked.attempt)
    if known := act.before(forge.event, ledger, holders, *name):
        return known
    key = holders.cohort_key if asked.may_unseal else None
    task = act.due(forge.event, ledger, *name, key)
    try:
        machine = Machine(choose(), options.cache())
    except EngineError as error:
        return act.trouble(forge.event, holders, task, error)
    return act.evaluate(forge.event, ledger, holders, task, machine, options.talk)


@command.command("prepare")
@_TWIN
@_ATTEMPT
@click.option("--out", type=_FOLDER, required=True, help="A new folder for what the run is given.")
@outputs.option
@options.job
def prepare(job: options.Job, twin: str, attempt: str, out: Path, output: Path | None) -> None:
    """Write what the run of ATTEMPT at TWIN is given; holds the seeds, never learner code.

    Prints the digest that score compares; as the output `prepared`, which stays empty when the
    attempt is not due. The output `probes` is empty where no deployed service is to be asked.
    """
    from jobtwin.acts import evaluate as act
    from jobtwin.forge.events import Effects
    from jobtwin.harness.handover import write_prepared

    forge, holders = job.forge(), job.holders()
    made: list[Prepared] = []

    def ask(ledger: Ledger) -> Effects:
        task = act.due(forge.event, ledger, twin, attempt)
        made[:] = [act.prepare(forge.event, ledger, holders, task)]
        return Effects()

    done = forge.perform(ask)
    if done.refused:
        outputs.add(output, prepared="", probes="")
        for finding in done.refused:
            options.talk(str(finding))
        return
    write_prepared(made[0], out)
    digest = made[0].binding.digest
    outputs.add(output, prepared=digest, probes="yes" if act.has_probes(made[0]) else "")
    told = {"format": 1, "ok": True, "prepared": digest}
    click.echo(json.dumps(told) if job.as_json else f"prepared {digest}")


@command.command("run")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--out", type=_FOLDER, required=True, help="A new folder for what came back.")
def run(folder: Path, out: Path) -> None:
    """Run what was prepared in DIR; needs no secret and no repository.

    Where this machine fails, the result says so; whatever learner code does is a result as well.
    """
    from jobtwin.acts import evaluate as act
    from jobtwin.errors import EngineError
    from jobtwin.harness.grading import Machine
    from jobtwin.harness.handover import read_prepared, write_result, write_trouble
    from jobtwin.harness.sandbox import choose

    prepared = read_prepared(folder)
    try:
        ran = act.run(prepared, Machine(choose(), options.cache()), options.talk)
    except EngineError as error:
        write_trouble(prepared.binding, error.message, out)
        click.echo(f"this machine could not run it: {' '.join(error.message.split())}")
        return
    write_result(prepared.binding, ran, out)
    click.echo(f"ran in {ran.sandbox}: {len(ran.returned):,} bytes came back")


@command.command("probe")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--out", type=_FOLDER, required=True, help="A new folder for what came of it.")
def probe(folder: Path, out: Path) -> None:
    """Ask the service that the learner of DIR deployed; needs no secret and no repository.

    It is asked at public addresses only, over https and without redirects.
    """
    from jobtwin.acts import evaluate as act
    from jobtwin.harness.handover import read_prepared, write_probed

    prepared = read_prepared(folder)
    found = act.probe(prepared)
    write_probed(prepared.binding, found, out)
    for one in found.values():
        answers = f"{len(one.answers)} answers" if one.answers else one.detail
        click.echo(options.in_log(f"the deployed service: {one.outcome}, {answers}"))
    if not found:
        click.echo("this twin asks for no deployed service")


@command.command("score")
@_TWIN
@_ATTEMPT
@click.option("--returned", type=_FOLDER, required=True, help="The folder that run wrote.")
@click.option("--prepared", required=True, metavar="DIGEST", help="What prepare printed.")
@click.option("--probed", type=_FOLDER, help="The folder that probe wrote, where there is one.")
@options.job
def score(
    job: options.Job, twin: str, attempt: str, returned: Path, prepared: str, probed: Path | None
) -> None:
    """Measure what came back from the run of ATTEMPT at TWIN; never runs learner code."""
    from jobtwin.acts import evaluate as act
    from jobtwin.harness.handover import Brought

    brought = Brought(prepared, returned, probed if probed and probed.is_dir() else None)

    def ask(forge: Forge, ledger: Ledger, holders: Holders) -> Effects:
        if known := act.before(forge.event, ledger, holders, twin, attempt):
            return known
        task = act.due(forge.event, ledger, twin, attempt)
        return act.score(forge.event, ledger, holders, task, brought, options.talk)

    job.perform(ask)
