"""Load on a service: queries arrive when they are due, however slow the service is (open loop).

Latency counts from the arrival that was planned, so that a slow service cannot make its own load
lighter (no coordinated omission). The scheduling noise of this machine is measured apart, while no
learner code runs.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin.harness.asking import ask
from jobtwin.harness.contract import Answer, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from jobtwin.harness.contract import Json

AT_ONCE = 400
"""Queries under way at one moment at most; those that are due then fail as timed out."""
_NAPS = 400
_NAP = 0.002
_PROBES = 4
_PAUSE = 1.0
"""Seconds between two probes."""
_CALM_MS = 5.0
"""Below it no further probe is made."""


def on_schedule(
    folder: Path,
    path: str,
    queries: Sequence[Json],
    arrivals: Sequence[float],
    seconds: float,
    most: int,
    dead: Callable[[], bool],
) -> list[Answer]:
    """Return an answer for each query, sent at its arrival, in seconds from now.

    `seconds` bound a query from its arrival on. `dead` says that the service has ended: what is due
    later is not sent.
    """
    began = time.monotonic()

    def one(query: Json, due: float) -> Answer:
        late = time.monotonic() - began - due
        if late >= seconds:
            return Answer(Outcome.TIMED_OUT, milliseconds=round(seconds * 1000, 3))
        answer = ask(folder, path, query, seconds - late, most)
        return replace(answer, milliseconds=round(answer.milliseconds + late * 1000, 3))

    with ThreadPoolExecutor(max_workers=min(AT_ONCE, max(1, len(queries)))) as pool:
        pending = []
        for query, due in zip(queries, arrivals, strict=True):
            wait = began + due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            pending.append(None if dead() else pool.submit(one, query, due))
        return [found.result() if found else Answer(Outcome.CRASHED) for found in pending]


def noise_ms() -> float:
    """Return how late short naps end on this machine, as the 99th percentile in milliseconds.

    The calmest of a few probes: what ended learner code left behind, such as memory to be freed,
    is over soon, and must not look like the noise of a machine.
    """
    calmest = _probed()
    for _ in range(_PROBES - 1):
        if calmest <= _CALM_MS:
            break
        time.sleep(_PAUSE)
        calmest = min(calmest, _probed())
    return calmest


def _probed() -> float:
    late = []
    for _ in range(_NAPS):
        began = time.perf_counter()
        time.sleep(_NAP)
        late.append((time.perf_counter() - began - _NAP) * 1000)
    late.sort()
    return round(late[int(len(late) * 0.99)], 3)
