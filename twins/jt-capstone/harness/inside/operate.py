"""Operates the service as whoever is on call would: starts it, asks it, reads it, stops it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from .carrying import free_port, with_model

READY_SECONDS, ASK_SECONDS, STOP_SECONDS = 60.0, 10.0, 15.0
MOST_ANSWER, MOST_METRICS, MOST_LINE, MOST_LOG = 32_768, 65_536, 4_000, 4_194_304
_PAUSE = 0.05


def main(out: str, ids: str) -> int:
    """Ask with the request ids in the file `ids`; write what was seen to `out`."""
    names = json.loads(Path(ids).read_text())
    with tempfile.TemporaryFile() as log:
        service = Operated(log)
        seen: dict[str, Any] = {"ready_seconds": service.ready()}
        if seen["ready_seconds"] is not None:
            before = service.metrics()
            answers = service.asked(names)
            malformed = service.request("POST", service.path, b"{not json", {})[0]
            seen |= {"answers": answers, "malformed": malformed}
            seen["metrics"] = [before, service.metrics()]
        seen["stop_seconds"] = service.stop()
        seen["lines"] = _lines(log, names)
    Path(out).write_text(json.dumps(seen))
    return 0


class Operated:
    """The service while it runs."""

    def __init__(self, log: Any) -> None:
        """Start it as `make serve` does; all that it says goes to `log`."""
        environment = with_model()
        self.port = free_port()
        declared = _declared()
        self.path = str(declared.get("path", "/"))
        self.examples = declared.get("examples") or [{}]
        self.process = subprocess.Popen(
            ["make", "-s", "serve"],
            env={**environment, "PORT": str(self.port)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def ready(self) -> float | None:
        """Return after how many seconds it said that it is well; None where it never did."""
        began = time.monotonic()
        while time.monotonic() - began < READY_SECONDS and self.process.poll() is None:
            if self.request("GET", "/healthz", None, {})[0] == 200:
                return round(time.monotonic() - began, 3)
            time.sleep(_PAUSE)
        return None

    def asked(self, names: list[str]) -> list[dict[str, Any]]:
        """Return what came of one request for each id, the examples in turn."""
        found = []
        for number, name in enumerate(names):
            body = json.dumps(self.examples[number % len(self.examples)]).encode()
            began = time.monotonic()
            status, said, text = self.request("POST", self.path, body, {"X-Request-Id": name})
            took = round((time.monotonic() - began) * 1000, 1)
            found.append({"status": status, "id": said, "text": text, "milliseconds": took})
        return found

    def metrics(self) -> str:
        """Return the text at /metrics."""
        status, _, text = self.request("GET", "/metrics", None, {})
        return text[:MOST_METRICS] if status == 200 else ""

    def request(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, str, str]:
        """Return status, request id and text of an answer; status 0 where there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ASK_SECONDS)
        try:
            kind = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, body, {**kind, **headers})
            answer = connection.getresponse()
            text = answer.read(MOST_ANSWER).decode("utf-8", "replace")
            return answer.status, (answer.getheader("X-Request-Id") or "")[:200], text
        except (OSError, http.client.HTTPException, ValueError):
            return 0, "", ""
        finally:
            connection.close()

    def stop(self) -> float | None:
        """Return how long it took to end after SIGTERM; None where it had to be killed."""
        began = time.monotonic()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        while time.monotonic() - began < STOP_SECONDS:
            self.process.poll()
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return round(time.monotonic() - began, 3)
            time.sleep(_PAUSE)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return None


def _declared() -> dict[str, Any]:
    """Return `ask` of service.json; nothing where it cannot be read."""
    try:
        found = json.loads(Path("service.json").read_text(encoding="utf-8"))["ask"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _lines(log: Any, names: list[str]) -> list[str]:
    """Return the lines of the log that hold one of the ids, three for each at most."""
    log.seek(0)
    text = log.read(MOST_LOG).decode("utf-8", "replace")
    found: list[str] = []
    for name in names:
        found += [line[:MOST_LINE] for line in text.splitlines() if name in line][:3]
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
