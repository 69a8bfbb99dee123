"""Serve one release of the feature on a unix socket, as the grader does: no waiting, a budget.

    python serve_release.py releases/known-good.json --socket triage.sock --requests 300

`--noise N` gives the same release with other luck. Needs `jobtwin` installed; stop it with Ctrl-C.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("release", type=Path)
    parser.add_argument("--socket", type=Path, default=Path("triage.sock"))
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--noise", default="1")
    parser.add_argument("--trace", type=Path, default=Path("requests.jsonl"))
    given = parser.parse_args()
    settings = {
        "kind": "feature",
        "seed": hashlib.sha256(given.noise.encode()).hexdigest(),
        "settings": json.loads(given.release.read_text(encoding="utf-8"))["settings"],
        "scale": 0.0,
        "requests": given.requests,
        "socket": str(given.socket),
        "trace": str(given.trace),
    }
    # In a session of its own, so that Ctrl-C reaches this script alone, which then ends the server.
    server = subprocess.Popen(
        [sys.executable, "-m", "jobtwin.llm"], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        server.communicate(json.dumps(settings).encode("ascii"))
        if server.returncode:
            sys.exit(f"the server ended; is jobtwin installed for {sys.executable}?")
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
    finally:
        given.socket.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
