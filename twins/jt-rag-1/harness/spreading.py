"""Sharing the drawing of a corpus out to the processors: to programs, not threads or forks.

Every document is drawn from a generator of its own, so who draws it changes no byte. Started as a
program, this file draws its share and writes it to its output: names and PDFs with their lengths.
"""

from __future__ import annotations

import importlib
import os
import struct
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Drawn = Iterable[tuple[str, bytes]]

WORTH_IT = 50
"""Documents from which on other programs are worth their start."""
PACKED = "packed"
"""The last word of a program that gets a private pack by its input."""
_LENGTHS = struct.Struct(">II")


def shared_out(
    seed: bytes, count: int, draw: Callable[[bytes, Iterable[int], bytes], Drawn], pack: bytes = b""
) -> dict[str, bytes]:
    """Return what `draw` makes of the places 0 to `count`, in order of the names.

    Raises `CalledProcessError` where a program does not end well.
    """
    workers = min(_processors(), count // WORTH_IT + 1)
    with ExitStack() as stack:
        started = [
            stack.enter_context(_started(seed, pack, range(n, count, workers)))
            for n in range(1, workers)
        ]
        found = dict(draw(seed, range(0, count, workers), pack))
        for one in started:
            assert one.stdout is not None  # noqa: S101 - as started
            found.update(_read(one.stdout))
            if one.wait() != 0:
                raise subprocess.CalledProcessError(one.returncode, one.args)
    return dict(sorted(found.items()))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _started(seed: bytes, pack: bytes, places: range) -> subprocess.Popen[bytes]:
    numbers = map(str, (places.start, places.stop, places.step))
    words = [sys.executable, __file__, seed.hex(), *numbers]
    if not pack:
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    # Too long for a word of a command.
    words.append(PACKED)
    started = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert started.stdin is not None  # noqa: S101 - as started
    with started.stdin as stream:
        stream.write(pack)
    return started


def _read(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    while head := stream.read(_LENGTHS.size):
        name, content = (stream.read(size) for size in _LENGTHS.unpack(head))
        yield name.decode("ascii"), content


def _write(stream: IO[bytes], name: str, content: bytes) -> None:
    stream.write(_LENGTHS.pack(len(name), len(content)) + name.encode("ascii") + content)


def main() -> None:
    """Draw a share: the seed, the first place, where they end, the step, and whether of a pack."""
    folder = Path(__file__).parent
    sys.path[0] = str(folder.parent)  # the package, and not its modules one by one
    rendering = importlib.import_module(f"{folder.name}.rendering")
    first, count, step = (int(word) for word in sys.argv[2:5])
    pack = sys.stdin.buffer.read() if PACKED in sys.argv[5:] else b""
    # All at once: whoever started this is drawing as well, and reads when done.
    drawn = list(rendering.some(bytes.fromhex(sys.argv[1]), range(first, count, step), pack))
    for name, content in drawn:
        _write(sys.stdout.buffer, name, content)


if __name__ == "__main__":
    main()
