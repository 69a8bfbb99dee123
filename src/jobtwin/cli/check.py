"""jobtwin check: say what is wrong in the definitions, or prove a twin."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobtwin.cli import files, options, places
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from jobtwin.acts.check import Checked
    from jobtwin.acts.check.proving import Choice

_COUNT = click.IntRange(1, 100)


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where measurements are kept, and what is wanted of them."""

    keep: Path | None
    add: tuple[Path, ...]
    listed: bool
    kits: bool
    pack: Path | None


@click.command("check")
@options.repo
@click.option("--deep", "twin", metavar="TWIN", help="Look at this twin's kits and run its proofs.")
@click.option("--seeds", type=_COUNT, default=1, show_default=True)
@click.option(
    "--repeats",
    type=_COUNT,
    default=1,
    show_default=True,
    help="With --deep: how often the reference is run on each seed.",
)
@click.option("--proof", help="With --deep: only this proof.")
@click.option("--case", help="With --deep: only this case.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --deep: keep every measurement here, and take up where the last run ended.",
)
@click.option(
    "--add",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    multiple=True,
    help="With --keep: take over what was kept in this file.",
)
@click.option("--list", "listed", is_flag=True, help="With --keep: run nothing, say what is kept.")
@click.option("--kits", is_flag=True, help="With --deep: look at the kits and run no proof.")
@click.option(
    "--pack",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="With --deep: run the proofs on worlds drawn with this content.yml of a private pack.",
)
@options.as_json
def command(
    repo: Path,
    twin: str | None,
    keep: Path | None,
    add: tuple[Path, ...],
    *,
    listed: bool,
    kits: bool,
    as_json: bool,
    **chosen: Any,
) -> int:
    """Say what is wrong in twins, tracks, policies, cohorts, mentors and keys, all at once."""
    from jobtwin.acts import check
    from jobtwin.acts.check.proving import Choice

    if twin is not None:
        kept = _Kept(keep, add, listed, kits, chosen.pop("pack"))
        return _deep(repo, twin, Choice(**chosen), kept, as_json)
    checked = check.check(repo)
    if not checked.files:
        raise UsageError(f"{repo} holds no organisation's files", "name its clone by --repo")
    _print(checked, as_json)
    return 1 if checked.findings else 0


def _deep(repo: Path, twin: str, choice: Choice, kept: _Kept, as_json: bool) -> int:
    from jobtwin.acts.check import kits, packed, proving, telling
    from jobtwin.acts.check.keeping import Keeping
    from jobtwin.harness import proofs

    opened = proving.opened(repo, twin, places.machine(), lambda: datetime.now(UTC))
    if kept.pack is not None:
        if kept.keep or kept.kits:
            raise UsageError("no kit is drawn with a pack, and nothing is kept", "leave them out")
        opened = packed.with_pack(opened, files.read(kept.pack))
    keeping = Keeping(twin, kept.keep)
    for path in kept.add:
        more = Keeping(twin, path).known
        keeping.add(opened.kept(kits=more.kits, measurements=more.measurements))
    if kept.listed:
        known = list(telling.standings(opened, choice, keeping))
        told = {"format": 1, "kept": [asdict(one) for one in known]}
        click.echo(json.dumps(told, indent=2) if as_json else "\n".join(map(str, known)))
        return 0
    tell = partial(click.echo, err=True)
    without_kits = choice.proof or kept.pack
    checked = () if without_kits else kits.check_kits(repo, opened, choice, keeping, tell)
    results = proving.prove(opened, choice, keeping, tell) if not kept.kits else ()
    failed = any([one.problems for one in checked] + [one.problems for one in results])
    if as_json:
        parts = {"kits": checked, "proofs": results}
        ended = {
            name: [one.model_dump(mode="json") for one in part] for name, part in parts.items()
        }
        click.echo(json.dumps({"format": 1, "ok": not failed, **ended}, indent=2))
    else:
        click.echo(telling.table(proofs.declared(opened.folder), checked, results))
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
