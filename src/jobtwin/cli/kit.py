"""jobtwin kit: write the repository that a learner starts from."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.cli import places


@click.command("kit")
@click.argument("twin")
@click.option("--seed", required=True, help="64 hex digits: the answer to your start has them.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="A new or empty folder."
)
@click.option("--sealed-to", metavar="HEX", help="The key of a sealed attempt: `submit` needs it.")
@click.option("--git", "with_git", is_flag=True, help="Make it a git repository, kit committed.")
@places.organisation
@places.twin_tree
def command(
    twin: str,
    seed: str,
    out: Path,
    *,
    sealed_to: str | None,
    with_git: bool,
    repo: str | None,
    twin_tree: str | None,
) -> None:
    """Write the kit of TWIN for a seed: brief, scaffold and dataset, the same on every machine."""
    from jobtwin.acts.kit import commit_kit, kit, write_kit

    kit_seed = places.seed(seed)
    key = places.x25519_key(sealed_to) if sealed_to else None
    files = kit(places.find_organisation(repo, twin, twin_tree), twin, kit_seed, key)
    write_kit(files, out)
    committed = f", first commit {commit_kit(out)}" if with_git else ""
    click.echo(f"wrote {len(files)} files to {out}{committed}")
    click.echo(f"read {out / 'BRIEF.md'}; measure your work by `jobtwin eval` there", err=True)
