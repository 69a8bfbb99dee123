"""What the demonstration leaves: its built site, and the same once its credentials are revoked.

Revoking and building are done by the acts themselves, in a copy of the demonstration's repository.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench.interop.cases import GENUINE, REFUSED, REVOKED, Case, site_cases
from jobtwin.credential.keys import timestamp
from jobtwin.errors import EngineError, UsageError
from jobtwin.repository.git import Git

if TYPE_CHECKING:
    from collections.abc import Iterator

REASON = "The interoperability suite revokes it, in a copy."


@contextmanager
def demo_cases(demo: Path, now: datetime) -> Iterator[list[Case]]:
    """Yield what a demonstration's site holds: genuine as it is, altered, and revoked.

    `demo` is what `scripts/demo --out` wrote; raises `UsageError` if it is something else.
    """
    if not (demo / "secrets").is_dir() or not (demo / "forge" / "origin.git").is_dir():
        raise UsageError(f"{demo} is not a demonstration", "make one: scripts/demo --out DIR")
    fine = site_cases(demo / "site", now)
    with tempfile.TemporaryDirectory() as name:
        site = _revoked_site(demo, Path(name))
        gone = [case for case in site_cases(site, now) if case.expected != REFUSED]
        yield [
            *(case if case.expected else replace(case, expected=GENUINE) for case in fine),
            *(replace(c, name=f"{c.name}, revoked", expected=REVOKED) for c in gone),
        ]


def _revoked_site(demo: Path, folder: Path) -> Path:
    """Revoke every credential of a demonstration in a copy, and build its site again."""
    repo, event = folder / "origin.git", folder / "event.json"
    shutil.copytree(demo / "forge" / "origin.git", repo)
    last = datetime.fromisoformat(Git(repo).text("log", "-1", "--format=%cI", "refs/heads/main"))
    happened = {
        "id": "workflow_dispatch:900001",
        "at": timestamp(last + timedelta(minutes=1)),
        "actor": {"number": 1, "login": "operator"},
        "pull_request": None,
        "issue": None,
        "comment": "",
    }
    event.write_text(json.dumps(happened), "utf-8")
    for path in sorted(demo.glob("site/credentials/*/*/credential.json")):
        given = ["--event", str(event), "--repo", str(repo), "--secrets", str(demo / "secrets")]
        _jobtwin("revoke", path.parent.name, "--reason", REASON, *given)
    _jobtwin("build", "--repo", str(repo), "--out", str(folder / "site"))
    return folder / "site"


def _jobtwin(*arguments: str) -> None:
    command = [str(Path(sys.executable).with_name("jobtwin")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EngineError(f"jobtwin {arguments[0]} failed: {done.stderr.strip()[-500:]}", "")
