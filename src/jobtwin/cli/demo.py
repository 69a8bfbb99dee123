"""jobtwin demo: play a whole cohort on this machine."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import click

from jobtwin.cli import options
from jobtwin.errors import UsageError


@click.command("demo")
@click.option("--out", type=click.Path(path_type=Path), help="Where repository and site are left.")
@click.option("--twin", help="Rehearse this twin by its own solutions, instead of the cohort.")
@click.option("--serve/--no-serve", default=True, help="Serve the site on loopback at the end.")
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(__file__).parents[3],
    help="The project's clone, for its twins and docs.",
)
@options.as_json
def command(out: Path | None, twin: str | None, serve: bool, project: Path, as_json: bool) -> None:
    """Play a whole cohort: real git, a real sandbox, real signatures."""
    from jobtwin.acts.demo import demo
    from jobtwin.acts.demo.ending import serve_site
    from jobtwin.acts.demo.founding import PORT
    from jobtwin.acts.demo.rehearsal import rehearse
    from jobtwin.harness.grading import Machine
    from jobtwin.harness.sandbox import choose

    folder = out or Path(tempfile.mkdtemp(prefix="jobtwin-demo-"))
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", "name a new folder by --out")
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    played, machine = folder.resolve(), Machine(choose(), options.cache())
    told = (
        rehearse(project, twin, played, machine, options.talk)
        if twin
        else demo(project, played, machine, options.talk)
    )
    seconds = time.perf_counter() - begun
    if as_json:
        acts = [{"act": name, "seconds": round(taken, 4)} for name, taken in told.acts]
        data = {"format": 1, "credential": told.credential, "seconds": seconds, "acts": acts}
        click.echo(json.dumps(data, indent=2))
    else:
        click.echo(told.words(seconds))
    if serve:
        options.talk(f"serving {told.site} on http://localhost:{PORT}/ until Ctrl-C")
        serve_site(told.site)
