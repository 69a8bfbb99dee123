"""What credentials cost a site by themselves: their records read, page and signed files written.

By one process that is warm, without the pages of their attempts, without the generator, and
without start-up, all of which `jobtwin build` has too.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jobtwin.acts.build import last_event, making, memory
from jobtwin.acts.build.units import setting_of
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.site import dossiers
from jobtwin.site.credential_page import credential_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from jobtwin.acts.build.units import Setting
    from jobtwin.repository.git import Git

MANY = 10_000


def seconds(git: Git, commit: str, site: Path, folder: Path) -> float:
    """Return CPU seconds for 10,000 credentials of the rate of all that a commit has.

    `site` is where the commit was built; `folder` is filled.
    """
    with Tree(git, commit) as tree:
        setting = _setting(Ledger(tree), site)
        entries = setting.index.entries.items()
        wanted = sorted((entry.attempt, name) for name, entry in entries if entry.attempt)
        twins = _twins(setting.ledger, (attempt for attempt, _ in wanted))
        _write(setting, twins, wanted[: making.AT_ONCE], folder / "warm")
        begun = time.process_time()
        _write(setting, twins, wanted, folder / "all")
        return (time.process_time() - begun) / len(wanted) * MANY


def _setting(ledger: Ledger, site: Path) -> Setting:
    kept = memory.read(memory.beside(site))
    if kept is None:
        raise EngineError(f"{site} has no memory of its own build")
    known = memory.recall(kept)
    common = dossiers.shared(ledger, known.frames)
    return setting_of(ledger, known.index, last_event(ledger), common, known.rendered.shell)


def _twins(ledger: Ledger, attempts: Iterable[str]) -> dict[str, str]:
    """Return attempt → twin."""
    wanted = set(attempts)
    paths = (path.split("/") for path in ledger.tree.paths("submissions"))
    return {parts[3]: parts[1] for parts in paths if len(parts) > 3 and parts[3] in wanted}


def _write(
    setting: Setting, twins: Mapping[str, str], wanted: Sequence[tuple[str, str]], folder: Path
) -> None:
    """Write credentials, each named with its attempt."""
    for at in range(0, len(wanted), making.AT_ONCE):
        some = wanted[at : at + making.AT_ONCE]
        making.expect(setting, [("attempt", twins[attempt], attempt) for attempt, _ in some])
        for attempt, name in some:
            _write_one(setting, twins[attempt], attempt, name, folder)
        setting.ledger.tree.forget()


def _write_one(setting: Setting, twin: str, attempt_id: str, name: str, folder: Path) -> None:
    ledger = setting.ledger
    attempt = ledger.attempt(twin, attempt_id)
    if attempt is None:
        raise EngineError(f"attempt {attempt_id} is not there")
    later = setting.index.later.get(name)
    found, signed = dossiers.dossier(ledger, setting.common, attempt, name, later)
    page = credential_page(found, setting.as_of)
    for path, content in setting.page(layout.credential(name), page).items():
        making.write(folder, path, content)
    for path, content in signed.items():
        making.write(folder, path, content, is_signed=True)
