"""scripts/interop: @digitalbazaar/vc and we see the same in every credential."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "bench" / "node"
CASES = ("genuine", "revoked", "a score altered", "its revocation undone", "its key withdrawn")


def _interop(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.interop", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def _missing() -> str:
    """Return what is missing for the Node side, or nothing."""
    spec = importlib.util.spec_from_file_location("bench_node", ROOT / "bench" / "node.py")
    assert spec
    assert spec.loader
    node = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(node)
    if node.version() is None:
        return "node is not installed"
    return "" if node.is_installed() else "its packages are not installed; run scripts/interop once"


@pytest.mark.slow
def test_another_verifier_sees_in_every_credential_what_we_see() -> None:
    if missing := _missing():
        pytest.skip(f"the other verifier cannot run: {missing}")
    done = _interop()
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()[1:]
    assert [
        name for name, line in zip(CASES, lines, strict=True) if not line.startswith(name)
    ] == []


def test_a_folder_without_credentials_is_a_usage_error(tmp_path: Path) -> None:
    if missing := _missing():
        pytest.skip(f"the other verifier cannot run: {missing}")
    assert _interop(str(tmp_path)).returncode == 2


def test_what_is_pinned_is_what_the_lock_file_has() -> None:
    package = json.loads((NODE / "package.json").read_text())
    locked = json.loads((NODE / "package-lock.json").read_text())["packages"]
    pins = package["dependencies"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in pins} == pins
