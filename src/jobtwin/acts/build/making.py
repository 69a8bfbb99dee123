"""Units made and written by several processes; which of them makes what changes no byte."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from jobtwin.acts.build import units
from jobtwin.acts.build.left import unit
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from jobtwin.acts.build.left import Left, Unit
    from jobtwin.acts.build.units import Made, Setting

AT_ONCE = 40
"""Units that are read together."""
_ALONE = 60
"""So few are made sooner than another process is there."""
_BIG = (".gz", ".sealed")
"""Files of records that no page is made from."""

Wanted = tuple[str, ...]
"""`attempt` with twin and id, `track` with a credential, or `learner` with subject and attempts."""


def name(wanted: Wanted) -> str:
    """Return what a unit is called."""
    return f"{wanted[0]} {wanted[2] if wanted[0] == 'attempt' else wanted[1]}"


def make(
    setting: Setting, wanted: Sequence[Wanted], site: Path, workers: int
) -> Iterator[tuple[str, Unit]]:
    """Make units and write them into a site; yield each by its name, in the order as given.

    Raises `EngineError` when one of the processes dies.
    """
    some = [wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE)]
    if workers == 1 or len(wanted) < _ALONE:
        yield from chain.from_iterable(_made(setting, units_, site) for units_ in some)
        return
    import multiprocessing  # slow to load, as the pool is
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _begin, (setting, site)) as pool:
        try:
            yield from chain.from_iterable(pool.map(_work, some))
        except BrokenProcessPool as error:
            raise EngineError("a worker process died", "build with `--workers 1`") from error


def write(site: Path, path: str, content: bytes, *, is_signed: bool = False) -> Left:
    """Write a file into a site; return how it is left.

    What is served as git has it is read again, and nothing else may stand in its place. Raises
    `EngineError`.
    """
    target = f"{site}/{path}"  # for tens of thousands a Path is slow
    try:
        return _write(target, content, is_signed=is_signed)
    except FileNotFoundError:
        os.makedirs(target.rpartition("/")[0], exist_ok=True)  # noqa: PTH103 - see above
        return _write(target, content, is_signed=is_signed)
    except FileExistsError as error:
        raise EngineError(
            f"the site has something of its own at {path}", "rename the page"
        ) from error


def _write(target: str, content: bytes, *, is_signed: bool) -> Left:
    with open(target, "xb+" if is_signed else "wb", buffering=0) as file:  # noqa: PTH123 - see above
        file.write(content)
        found = os.fstat(file.fileno())
        is_there = os.pread(file.fileno(), len(content) + 1, 0) == content if is_signed else True
    if found.st_size != len(content) or not is_there:
        raise EngineError(f"{target} is not as it was written", "the disk is full or at fault")
    return found.st_size, found.st_mtime_ns, int(is_signed)


class _Here:
    """What a worker process has of its own."""

    setting: Setting
    site: Path


def _begin(setting: Setting, site: Path) -> None:
    # A git process of its own: two that read from one would each get half of the answers.
    tree = Tree(setting.ledger.tree.git, setting.ledger.tree.commit)
    _Here.setting, _Here.site = replace(setting, ledger=Ledger(tree)), site


def _work(wanted: Sequence[Wanted]) -> list[tuple[str, Unit]]:
    return _made(_Here.setting, wanted, _Here.site)


def _made(setting: Setting, wanted: Sequence[Wanted], site: Path) -> list[tuple[str, Unit]]:
    expect(setting, wanted)
    found = []
    for one in wanted:
        made = _unit(setting, one)
        left = {path: write(site, path, content) for path, content in made.pages.items()}
        for path, content in made.signed.items():
            left[path] = write(site, path, content, is_signed=True)
        found.append((name(one), unit(name(one), left, made.facts)))
    setting.ledger.tree.forget()
    return found


def expect(setting: Setting, wanted: Iterable[Wanted]) -> None:
    """Read all files that units are made from, together; the tree keeps them until it forgets."""
    folders = [folder for one in wanted for folder in _folders(setting, one)]
    setting.ledger.tree.expect(folders, lambda file: not file.endswith(_BIG))


def _unit(setting: Setting, wanted: Wanted) -> Made:
    match wanted:
        case ("attempt", twin, attempt):
            return units.of_attempt(setting, twin, attempt)
        case ("track", credential):
            return units.of_track(setting, credential)
        case ("learner", subject, *attempts):
            return units.of_learner(setting, subject, [(a[33:], a[:32]) for a in attempts])
        case _:
            raise EngineError(f"there is no unit {wanted[0]}")


def _folders(setting: Setting, wanted: Wanted) -> Iterator[str]:
    """Yield the folders that a unit is read from."""
    if wanted[0] != "attempt":
        return
    _, twin, attempt = wanted
    yield layout.submission(twin, attempt)
    yield layout.grade(twin, attempt)
    if credential := setting.index.of_attempt.get(attempt):
        yield layout.credential(credential)
        yield layout.outcome(credential)
