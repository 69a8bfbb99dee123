"""actions/deploy-pages: the run's site goes live, if the job may do that."""

from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
from pathlib import Path

from tests.github.standins import artifacts, runner

JOB = runner.job()
for permission in ("pages", "id_token"):
    if JOB["permissions"].get(permission) != "write":
        runner.fail(f"the job lacks `{permission.replace('_', '-')}: write`")
if JOB["environment"] != "github-pages":
    runner.fail("Pages are deployed from the environment github-pages")
name = runner.given("artifact_name")
found = [a for a in artifacts.listed(Path(JOB["artifacts"]), JOB["run"]) if a.name == name]
if len(found) != 1:
    runner.fail(f"{len(found)} artifacts are called {name}")
site = Path(JOB["site"])
shutil.rmtree(site, ignore_errors=True)
with zipfile.ZipFile(found[0].zip) as zipped:
    tar = zipped.read("artifact.tar")
with tarfile.open(fileobj=io.BytesIO(tar)) as packed:
    packed.extractall(site, filter="data")
runner.plain_output("page_url", JOB["pages"])
print(f"deployed {sum(1 for path in site.rglob('*') if path.is_file())} files")
