"""What the operator sees: a line of JSON for each request, and counters."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections import Counter
from typing import TextIO

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Telemetry:
    """Counters, and the log that lines are written to."""

    def __init__(self, log: TextIO = sys.stderr) -> None:
        """Write lines to `log`."""
        self.log, self.lock = log, threading.Lock()
        self.requests: Counter[tuple[str, int]] = Counter()
        self.milliseconds = 0.0

    def note(self, request_id: str, route: str, status: int, took: float, **more: object) -> None:
        """Count a request that took `took` milliseconds, and write its line."""
        line = {"request_id": request_id, "route": route, "status": status}
        text = json.dumps({**line, "duration_ms": round(took, 3), **more})
        with self.lock:
            self.requests[route, status] += 1
            self.milliseconds += took
            print(text, file=self.log, flush=True)

    def exposition(self) -> str:
        """Return the counters in the text format of Prometheus."""
        with self.lock:
            lines = ["# TYPE desk_requests_total counter"]
            for (route, status), count in sorted(self.requests.items()):
                labels = f'route="{route}",status="{status}"'
                lines.append(f"desk_requests_total{{{labels}}} {count}")
            lines.append("# TYPE desk_milliseconds_total counter")
            lines.append(f"desk_milliseconds_total {self.milliseconds:.3f}")
        return "\n".join(lines) + "\n"


def fit_id(given: str | None, fallback: str) -> str:
    """Return the id that a request came with, if it can stand in a log, or `fallback`."""
    return given if given and _ID.fullmatch(given) else fallback
