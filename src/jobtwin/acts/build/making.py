"""Units made and written by several processes; which of them makes what changes no byte."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from jobtwin.acts.build import units
from jobtwin.acts.build.earlier import Unit
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jobtwin.acts.build.earlier import Left
    from jobtwin.acts.build.units import Made, Setting

_AT_ONCE = 40
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
    some = [wanted[at : at + _AT_ONCE] for at in range(0, len(wanted), _AT_ONCE)]
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


class Writer:
    """Puts files into a site, and compares what is served as git has it once it is on the disk."""

    def __init__(self, site: Path) -> None:
        self._site = site
        self._signed: dict[str, bytes] = {}

    def write(self, path: str, content: bytes, *, is_signed: bool = False) -> Left:
        """Write a file; return how it is left."""
        target = self._site / path
        try:
            target.write_bytes(content)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        if is_signed:
            self._signed[path] = hashlib.sha256(content).digest()
        found = target.stat()
        return found.st_size, found.st_mtime_ns, int(is_signed)

    def check(self) -> None:
        """Read what git has too again; raises `EngineError` where it differs."""
        for path, digest in self._signed.items():
            if hashlib.sha256((self._site / path).read_bytes()).digest() != digest:
                raise EngineError(
                    f"{path} is not what git has", "the disk is at fault, build again"
                )
        self._signed.clear()


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
    tree = setting.ledger.tree
    folders = [folder for one in wanted for folder in _folders(setting, one)]
    tree.expect(folders, lambda file: not file.endswith(_BIG))
    writer, found = Writer(site), []
    for one in wanted:
        made = _unit(setting, one)
        left = {path: writer.write(path, content) for path, content in made.pages.items()}
        for path, content in made.signed.items():
            left[path] = writer.write(path, content, is_signed=True)
        found.append((name(one), Unit(left, made.facts)))
    writer.check()
    tree.forget()
    return found


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
