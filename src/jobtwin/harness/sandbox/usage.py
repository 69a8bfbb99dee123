"""What a tree of processes and a folder really take, seen from outside: memory, time, disk.

The kernel's own limits are per process and per file; these bound the sum. Linux only: where
`/proc` does not tell, the answer is 0 and the per-process limits remain.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_USER_TICKS = 11
"""Place of utime in `/proc/<pid>/stat` behind the name, stime after it (proc(5))."""
_ENTRY_BYTES = 4096
"""What a directory entry counts at least, so that empty files are not free."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a process and its descendants take at one moment."""

    memory_bytes: int
    """Of all together."""
    cpu_seconds: float
    """Since it began, of the process that took most."""


def taken(root: int, suspicious: int) -> Taken:
    """Return what process `root` and its descendants take.

    Resident sizes count a shared page once per process; only when their sum exceeds
    `suspicious` is the exact, slower, proportional share read.
    """
    tree = _descendants(root)
    resident = sum(_resident(pid) for pid in tree)
    memory = resident if resident <= suspicious else sum(_proportional(pid) for pid in tree)
    return Taken(memory, max(_cpu_seconds(pid) for pid in tree))


def disk_bytes(folder: Path, enough: int) -> int:
    """Return the bytes below `folder`, following no link; stops counting once over `enough`."""
    total = 0
    pending = [folder]
    while pending and total <= enough:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    total += max(_ENTRY_BYTES, entry.stat(follow_symlinks=False).st_blocks * 512)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(Path(entry.path))
                    if total > enough:
                        break
        except OSError:  # it vanished, or was closed to us, while we looked
            continue
    return total


def _descendants(root: int) -> list[int]:
    found = [root]
    for pid in found:
        try:
            for task in (_PROC / str(pid) / "task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _resident(pid: int) -> int:
    try:
        return int((_PROC / str(pid) / "statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _proportional(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return _resident(pid)
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _cpu_seconds(pid: int) -> float:
    try:
        # The name, in brackets, may hold anything; what is counted stands behind the last one.
        words = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
        return (int(words[_USER_TICKS]) + int(words[_USER_TICKS + 1])) / _TICKS
    except (OSError, IndexError, ValueError):
        return 0.0
