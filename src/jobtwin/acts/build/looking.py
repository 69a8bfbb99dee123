"""Which units of an earlier build are not as they were left, looked for beside other work.

Tens of thousands of files are asked for, and as long as that takes other things can be done.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from jobtwin.acts.build.left import files, is_as_left, name_of
from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

_ALONE = 1000
"""So few are looked at sooner than another process is there."""


def begin(out: Path, units: Sequence[bytes], workers: int) -> Callable[[], set[str]]:
    """Begin to look at the files of units; return what waits for the names of the spoilt ones.

    Units are given as their lines: of objects that two processes share each takes a copy, since
    Python counts in each of them who uses one. Raises `EngineError`, when it is waited for, where
    the process that looks has died.
    """
    if workers == 1 or len(units) < _ALONE:
        return partial(_spoilt, out, units)
    import multiprocessing  # slow to load

    context = multiprocessing.get_context("fork")
    heard, told = context.Pipe(duplex=False)
    context.Process(target=_tell, args=(told, out, units), daemon=True).start()
    told.close()  # so that its end is heard
    return partial(_told, heard)


def _spoilt(out: Path, units: Sequence[bytes]) -> set[str]:
    return {name_of(line) for line in units if not is_as_left(out, files(line))}


def _tell(told: Connection, out: Path, units: Sequence[bytes]) -> None:
    with suppress(BrokenPipeError):  # nobody goes on from the earlier build
        told.send(_spoilt(out, units))


def _told(heard: Connection) -> set[str]:
    try:
        spoilt: set[str] = heard.recv()
    except EOFError as error:
        raise EngineError("a worker process died", "build with `--workers 1`") from error
    return spoilt
