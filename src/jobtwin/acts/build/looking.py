"""Which units of an earlier build are not as they were left, looked for beside other work.

Tens of thousands of files are asked for, and as long as that takes other things can be done.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from jobtwin.acts.build.earlier import is_as_left
from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.connection import Connection
    from pathlib import Path

    from jobtwin.acts.build.earlier import Unit

_ALONE = 1000
"""So few are looked at sooner than another process is there."""


def begin(out: Path, units: Mapping[str, Unit], workers: int) -> Callable[[], set[str]]:
    """Begin to look at the files of units; return what waits for the names of the spoilt ones.

    That raises `EngineError` when the process that looks dies.
    """
    if workers == 1 or len(units) < _ALONE:
        return partial(_spoilt, out, units)
    import multiprocessing  # slow to load

    context = multiprocessing.get_context("fork")
    heard, told = context.Pipe(duplex=False)
    context.Process(target=_tell, args=(told, out, units), daemon=True).start()
    told.close()  # so that its end is heard
    return partial(_told, heard)


def _spoilt(out: Path, units: Mapping[str, Unit]) -> set[str]:
    return {name for name, unit in units.items() if not is_as_left(out, unit.files())}


def _tell(told: Connection, out: Path, units: Mapping[str, Unit]) -> None:
    told.send(_spoilt(out, units))


def _told(heard: Connection) -> set[str]:
    try:
        spoilt: set[str] = heard.recv()
    except EOFError as error:
        raise EngineError("a worker process died", "build with `--workers 1`") from error
    return spoilt
