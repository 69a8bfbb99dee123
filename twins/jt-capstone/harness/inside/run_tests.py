"""Runs `pytest` on a clean copy, as it is or with the work taken out, and says how each ended."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from .copying import writable_copy
from .gutting import gut

SECONDS = 240.0
MOST = 512 * 1024
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "jobtwin_recording")


def main(out: str, *options: str) -> int:
    """Write pytest's exit status and how each test ended to `out`."""
    copy, environment = writable_copy()
    gutted = gut(copy) if "--gutted" in options else 0
    nodes = copy.parent / "nodes.json"
    ours = str(Path(__file__).parent)
    environment["PYTHONPATH"] = f"{environment.get('PYTHONPATH', '')}:{ours}"
    environment["GATE_NODES"] = str(nodes)
    status = _pytest(copy, environment)
    said = nodes.read_bytes()[:MOST].decode("utf-8", "replace") if nodes.is_file() else ""
    Path(out).write_text(json.dumps({"status": status, "nodes": said, "gutted": gutted}))
    return 0


def _pytest(copy: Path, environment: dict[str, str]) -> int:
    try:
        ended = subprocess.run(
            [sys.executable, *PYTEST], cwd=copy, env=environment, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return -1
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
