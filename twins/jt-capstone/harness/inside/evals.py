"""Runs `make eval` against the service behind JOBTWIN_SOCKET, and keeps what it reports."""

# ruff: noqa: TID251 - a script of its own, inside a sandbox that is told by variables
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from .carrying import port_to_socket
from .copying import writable_copy

MOST = 512 * 1024


def main(out: str, *options: str) -> int:
    """Write status and report to `out`; with `--must-pass` the status is returned too."""
    copy, environment = writable_copy()
    report = copy.parent / "eval-report.json"
    address = f"http://127.0.0.1:{port_to_socket(os.environ['JOBTWIN_SOCKET'])}"
    told = {"SERVICE_URL": address, "EVAL_REPORT": str(report)}
    ended = subprocess.run(
        ["make", "-s", "eval"], cwd=copy, env={**environment, **told}, check=False
    )
    said = report.read_bytes()[:MOST].decode("utf-8", "replace") if report.is_file() else ""
    Path(out).write_text(json.dumps({"status": ended.returncode, "report": said}))
    return ended.returncode if "--must-pass" in options else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
