"""actions/setup-python: the tests' own Python, when it is the version that is asked for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.github.standins import runner

wanted = runner.given("python-version")
have = ".".join(str(part) for part in sys.version_info[:3])
if runner.given("cache"):
    runner.fail("a cache is asked for, and no cache belongs in a job with rights")
base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
if not have.startswith(wanted):
    # GitHub would bring that version; what runs here is said rather than hidden.
    print(f"::notice::{wanted} is asked for, the tests run on {have}")
with Path(os.environ["GITHUB_PATH"]).open("a", encoding="utf-8") as file:
    file.write(f"{base.parent}\n")
runner.output(python_version=have, python_path=base)
