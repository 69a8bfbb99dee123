# One plain file that any Python runs; what it prints is its report.
# ruff: noqa: T201
"""Asks a health check on this network's loopback until it answers 200 or the time is over.

Standard library only; its one argument is a JSON object with `port`, `path` and `seconds`. It
prints the last status, or `nothing`. What answers is a learner's: no body is read.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import time

PAUSE = 0.1
PATIENCE = 1.0


def give_up(*_: object) -> None:
    """End: whoever answers a byte at a time has not answered."""
    os.write(1, b"nothing\n")
    os._exit(0)


def status(port: int, path: str) -> str:
    """Return what one request is answered with."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException, ValueError):
        return "nothing"
    finally:
        connection.close()


def main() -> None:
    """Ask and report."""
    given = json.loads(sys.argv[1])
    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, given["seconds"] + PATIENCE)
    until = time.monotonic() + given["seconds"]
    said = "nothing"
    while said != "200" and time.monotonic() < until:
        said = status(given["port"], given["path"])
        if said != "200":
            time.sleep(PAUSE)
    print(said)


if __name__ == "__main__":
    main()
