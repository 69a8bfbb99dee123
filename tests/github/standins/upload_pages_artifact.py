"""actions/upload-pages-artifact: the site as one tar file; hidden files only when asked for."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from tests.github.standins import artifacts, runner

JOB = runner.job()
root = runner.workspace(runner.given("path"))
hidden = runner.is_set("include-hidden-files")
files = artifacts.collected([str(root)], root, hidden=hidden)
buffer = io.BytesIO()
with tarfile.open(fileobj=buffer, mode="w") as tar:
    for path, content in sorted(files.items()):
        if Path(path).parts[0] in (".git", ".github"):
            continue
        entry = tarfile.TarInfo(f"./{path}")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
try:
    kept = artifacts.keep(
        Path(JOB["artifacts"]),
        JOB["run"],
        runner.given("name"),
        {"artifact.tar": buffer.getvalue()},
    )
except artifacts.ArtifactError as error:
    runner.fail(str(error))
runner.output(artifact_id=kept.id)
