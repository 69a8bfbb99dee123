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
    from jobtwin.harness.handover import Outside, Prepared
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
    attempt is not due. The output `probes` is empty where nothing lies in the open to be asked
    for, `container` where none is to be built.
    """
    from jobtwin.acts import evaluate as act
    from jobtwin.forge.events import Effects
    from jobtwin.harness import outside
    from jobtwin.harness.handover import write_prepared

    forge, holders = job.forge(), job.holders()
    made: list[Prepared] = []

    def ask(ledger: Ledger) -> Effects:
        task = act.due(forge.event, ledger, twin, attempt)
        made[:] = [act.prepare(forge.event, ledger, holders, task)]
        return Effects()

    done = forge.perform(ask)
    if done.refused:
        outputs.add(output, prepared="", probes="", container="")
        for finding in done.refused:
            options.talk(str(finding))
        return
    write_prepared(made[0], out)
    digest = made[0].binding.digest
    probes = "yes" if outside.has_address(made[0]) else ""
    container = "yes" if outside.has_container(made[0]) else ""
    outputs.add(output, prepared=digest, probes=probes, container=container)
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
    """Ask for what the learner of DIR put into the open; needs no secret and no repository.

    The deployed service and the public artifact are asked for over https and at public addresses
    only; redirects are followed for the artifact alone, and each is judged like the first address.
    """
    from jobtwin.harness import outside
    from jobtwin.harness.handover import read_prepared, write_outside

    prepared = read_prepared(folder)
    found = outside.probe(prepared)
    write_outside(prepared.binding, found, out)
    for one in found.probes.values():
        answers = f"{len(one.answers)} answers" if one.answers else one.detail
        click.echo(options.in_log(f"the deployed service: {one.outcome}, {answers}"))
    _tell_gates(found)
    if found == type(found)():
        click.echo("this twin asks for nothing in the open")


@command.command("container")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--out", type=_FOLDER, required=True, help="A new folder for what came of it.")
def container(folder: Path, out: Path) -> None:
    """Build the container of the learner of DIR and start it; needs no secret and no repository.

    It belongs on a machine that is thrown away afterwards: the lines of the Dockerfile have a
    network. Where no engine passes the sandbox's self-test, nothing is built and that is recorded.
    """
    from jobtwin.harness import outside
    from jobtwin.harness.handover import read_prepared, write_outside

    prepared = read_prepared(folder)
    found = outside.contain(prepared, lambda words: click.echo(options.in_log(words)))
    write_outside(prepared.binding, found, out)
    _tell_gates(found)
    if not found.gates:
        click.echo("this twin asks for no container")


def _tell_gates(found: Outside) -> None:
    for name, gate in found.gates.items():
        click.echo(options.in_log(f"{name}: {gate.outcome}. {gate.detail}"))


@command.command("score")
@_TWIN
@_ATTEMPT
@click.option("--returned", type=_FOLDER, required=True, help="The folder that run wrote.")
@click.option("--prepared", required=True, metavar="DIGEST", help="What prepare printed.")
@click.option("--probed", type=_FOLDER, help="The folder that probe wrote, where there is one.")
@click.option("--contained", type=_FOLDER, help="The folder that container wrote, likewise.")
@options.job
def score(
    job: options.Job,
    twin: str,
    attempt: str,
    returned: Path,
    prepared: str,
    probed: Path | None,
    contained: Path | None,
) -> None:
    """Measure what came back from the run of ATTEMPT at TWIN; never runs learner code."""
    from jobtwin.acts import evaluate as act
    from jobtwin.harness.handover import Brought

    probed, contained = (one if one and one.is_dir() else None for one in (probed, contained))
    brought = Brought(prepared, returned, probed, contained)

    def ask(forge: Forge, ledger: Ledger, holders: Holders) -> Effects:
        if known := act.before(forge.event, ledger, holders, twin, attempt):
            return known
        task = act.due(forge.event, ledger, twin, attempt)
        return act.score(forge.event, ledger, holders, task, brought, options.talk)

    job.perform(ask)
