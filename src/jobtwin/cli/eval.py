"""jobtwin eval: measure your work with the exact scorer."""

from __future__ import annotations

import json
from pathlib import Path

import click

from jobtwin.cli import files, options, places


@click.command("eval")
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default="."
)
@click.option("--twin", help="Else as the kit's .jobtwin.yml says.")
@click.option("--seed", help="The kit's seed; else as .jobtwin.yml says.")
@click.option(
    "--gates", is_flag=True, help="Look at container and public artifact too, if there are any."
)
@places.sandboxing
@places.organisation
@places.twin_tree
@options.as_json
def command(  # noqa: PLR0913 - each is an option of the command
    folder: Path,
    *,
    twin: str | None,
    seed: str | None,
    gates: bool,
    unsandboxed: bool,
    repo: str | None,
    twin_tree: str | None,
    as_json: bool,
) -> int:
    """Measure the work in FOLDER on the public split; exit code 1 below the bar.

    Writes the report into FOLDER as JSON and as a page, over an older one.
    """
    from jobtwin.acts import eval as act

    wanted = twin or (act.twin_in(folder) if twin_tree else None)
    organisation = places.find_organisation(repo, wanted, twin_tree)
    given = places.seed(seed) if seed else None
    twin_id, kit_seed = act.which(folder, organisation, twin, given)
    machine = places.machine(unsandboxed)
    measured = act.measure(
        organisation, twin_id, kit_seed, folder, machine, _tell, with_gates=gates
    )
    for path in files.write_over(folder, act.files(measured)):
        _tell(f"wrote {path}")
    data = act.as_data(measured)
    click.echo(json.dumps(data, indent=2) if as_json else act.report(measured))
    return 0 if measured.cleared else 1


def _tell(line: str) -> None:
    click.echo(line, err=True)
