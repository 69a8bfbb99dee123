"""actions/upload-artifact: files of the job become an artifact of the run, never changed again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.github.standins import artifacts, runner

JOB = runner.job()
name = runner.given("name")
files = artifacts.collected(
    runner.given("path").split("\n"),
    runner.workspace(),
    hidden=runner.is_set("include-hidden-files"),
)
if not files:
    words = f"No files were found with the provided path: {runner.given('path')}"
    if runner.given("if-no-files-found") == "error":
        runner.fail(words)
    print(f"::warning::{words}")
    sys.exit(0)
store = Path(JOB["artifacts"])
if runner.is_set("overwrite"):
    runner.fail("`overwrite` would let an artifact be exchanged under its name")
try:
    kept = artifacts.keep(store, JOB["run"], name, files)
except artifacts.ArtifactError as error:
    runner.fail(str(error))
url = f"{os.environ['GITHUB_SERVER_URL']}/{JOB['repository']}/actions/runs/{JOB['run']}"
runner.output(
    artifact_id=kept.id, artifact_url=f"{url}/artifacts/{kept.id}", artifact_digest=kept.digest
)
print(f"Artifact {name} has {len(files)} files; its id is {kept.id}")
