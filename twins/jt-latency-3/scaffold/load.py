"""Send data/trace.jsonl at its times, whatever the service does, and measure from the arrival."""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any


class Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("service", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(30)
        self.sock.connect(self._path)


def send(path: str, line: dict[str, Any], due: float, scale: float) -> dict[str, Any]:
    """Return one line with its answer and how long it took, in modelled milliseconds."""
    asked = {key: line[key] for key in ("kind", "text", "type", "note") if key in line}
    try:
        connection = Connection(path)
        connection.request("POST", "/ask", json.dumps(asked))
        response = connection.getresponse()
        said = {"status": response.status, "body": json.loads(response.read())}
    except (OSError, ValueError, http.client.HTTPException) as error:
        said = {"status": 0, "body": str(error)}
    return {**line, **said, "ms": (time.monotonic() - due) * 1000 / scale}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", required=True)
    parser.add_argument("--scale", type=float, required=True)
    parser.add_argument("--trace", type=Path, default=Path("data/trace.jsonl"))
    parser.add_argument("--out", type=Path, default=Path("load.jsonl"))
    given = parser.parse_args()
    lines = [json.loads(text) for text in given.trace.read_text(encoding="utf-8").splitlines()]
    began = time.monotonic()
    with ThreadPoolExecutor(max_workers=400) as pool:
        pending = []
        for line in lines:
            due = began + line["at"] * given.scale
            time.sleep(max(0.0, due - time.monotonic()))
            pending.append(pool.submit(send, given.socket, line, due, given.scale))
        done = [one.result() for one in pending]
    given.out.write_text("".join(json.dumps(one) + "\n" for one in done), encoding="utf-8")
    times = sorted(one["ms"] for one in done if one["kind"] == "question")
    for share in (0.5, 0.9, 0.99, 1.0):
        print(f"p{share * 100:g}: {times[max(0, int(share * len(times)) - 1)]:.0f} ms")


if __name__ == "__main__":
    main()
