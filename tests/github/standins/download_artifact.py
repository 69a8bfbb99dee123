"""actions/download-artifact: by name, by ids or by pattern; of another run only with a token."""

from __future__ import annotations

import fnmatch
import hashlib
from pathlib import Path

from tests.github.standins import artifacts, runner

JOB = runner.job()


def chosen() -> list[artifacts.Artifact]:
    """Return the artifacts that are asked for."""
    run = int(runner.given("run-id") or JOB["run"])
    if run != JOB["run"] and not runner.given("github-token"):
        runner.fail("artifacts of another run need `github-token`")
    there = artifacts.listed(Path(JOB["artifacts"]), run)
    if name := runner.given("name"):
        return [artifact for artifact in there if artifact.name == name]
    if ids := [int(part) for part in runner.given("artifact-ids").split(",") if part.strip()]:
        return [artifact for artifact in there if artifact.id in ids]
    pattern = runner.given("pattern") or "*"
    return [artifact for artifact in there if fnmatch.fnmatchcase(artifact.name, pattern)]


target = runner.workspace(runner.given("path") or ".")
found = chosen()
if not found and (runner.given("name") or runner.given("artifact-ids")):
    runner.fail("Unable to download artifact(s): Artifact not found")
flat = runner.given("name") or (runner.given("artifact-ids") and len(found) == 1)
for artifact in found:
    if hashlib.sha256(artifact.zip.read_bytes()).hexdigest() != artifact.digest:
        runner.fail(f"the digest of {artifact.name} is not the one that was told")
    into = target if flat or runner.is_set("merge-multiple") else target / artifact.name
    try:
        artifacts.unpack(artifact, into)
    except artifacts.ArtifactError as error:
        runner.fail(str(error))
runner.output(download_path=target)
