"""The kit's one line, as the answer to a start gives it: without a clone, by uvx."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobtwin.acts import kit
from jobtwin.repository.git import Git

PROJECT = Path(__file__).parents[3]
TWIN = "jt-incident-4"
SEED = bytes(range(32))
UVX = shutil.which("uvx") or shutil.which("uvx", path=str(Path(sys.executable).parent))


@pytest.mark.slow
@pytest.mark.skipif(UVX is None, reason="uvx is not installed")
def test_one_line_writes_the_kit_on_a_machine_that_has_only_uv(tmp_path: Path) -> None:
    assert UVX is not None
    if Git(PROJECT).attempt("rev-parse", "--verify", "HEAD^{commit}").returncode != 0:
        pytest.skip("the project is not a git repository, so there is no commit to install from")
    source, out = f"file://{PROJECT}", tmp_path / "work"
    command = [UVX, "--quiet", "--python", sys.executable, "--from", f"git+{source}"]
    command += ["jobtwin", "kit", TWIN, "--seed", SEED.hex(), "--repo", source, "--out", str(out)]
    own = {name: value for name, value in os.environ.items() if not name.startswith("JOBTWIN_")}
    environment = {**own, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode != 0 and "jobtwin:" not in done.stderr and "Failed to fetch" in done.stderr:
        pytest.skip("the package index is not reached, so nothing can be installed")
    assert done.returncode == 0, done.stderr
    assert kit.origin_of(out).kit_seed == SEED.hex()
    assert (out / kit.DEVCONTAINER).is_file()
