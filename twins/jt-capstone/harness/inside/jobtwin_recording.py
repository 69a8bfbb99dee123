"""A pytest plugin that writes down how each test ended, by its node id."""

# ruff: noqa: TID251 - a script of its own, inside a sandbox that is told by variables
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

MOST = 5_000
_WORSE = {"passed": 0, "skipped": 1, "failed": 2}
_ended: dict[str, str] = {}


def pytest_runtest_logreport(report: Any) -> None:
    """Keep the worst of what set-up, call and tear-down of a test came to."""
    known = _ended.get(report.nodeid, "passed")
    if len(_ended) < MOST or report.nodeid in _ended:
        _ended[report.nodeid] = max(known, report.outcome, key=lambda one: _WORSE[one])


def pytest_sessionfinish() -> None:
    """Write them down."""
    Path(os.environ["GATE_NODES"]).write_text(json.dumps(_ended))
