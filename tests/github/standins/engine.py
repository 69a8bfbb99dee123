"""An engine's `.venv`, ready as `scripts/setup` leaves it, without installing anything again."""

from __future__ import annotations

import compileall
import hashlib
import subprocess
import sys
import sysconfig
from pathlib import Path

_SCRIPT = """#!/bin/sh
exec "$(dirname "$0")/python" -c 'from jobtwin.cli import main; main()' "$@"
"""


def lay(engine: Path) -> None:
    """Make `.venv` so that `jobtwin` runs the engine's `src/` on the tests' own wheels."""
    venv = engine / ".venv"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = venv / "lib" / version / "site-packages"
    (venv / "bin").mkdir(parents=True)
    packages.mkdir(parents=True)
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    (venv / "bin" / "python").symlink_to(base)
    for name in ("python3", version):
        (venv / "bin" / name).symlink_to("python")
    (venv / "pyvenv.cfg").write_text(f"home = {base.parent}\n", "utf-8")
    # Relative to site-packages, so that the folder may lie anywhere; the engine's own comes first.
    wheels = sysconfig.get_path("purelib")
    (packages / "engine.pth").write_text(f"../../../../src\n{wheels}\n", "utf-8")
    (venv / "bin" / "jobtwin").write_text(_SCRIPT, "utf-8")
    (venv / "bin" / "jobtwin").chmod(0o755)
    tools = Path(sysconfig.get_path("scripts"))
    for tool in ("bwrap",):
        if (tools / tool).is_file():
            (venv / "bin" / tool).symlink_to(tools / tool)
    modules = Path(__file__).parents[3] / "web" / "node_modules"
    if modules.is_dir() and (engine / "web").is_dir():
        (engine / "web" / "node_modules").symlink_to(modules)
    compileall.compile_dir(engine / "src", quiet=2, workers=1)


def mark_ready(engine: Path) -> None:
    """Write what `scripts/setup` looks at to see that nothing is left to do."""
    venv = engine / ".venv"
    if not venv.is_dir():
        return
    version = subprocess.run(
        [venv / "bin" / "python", "-c", "import sys; print(sys.version)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.replace("\n", " ")
    (venv / "jobtwin-home").write_text(f"{engine} {version}\n", "utf-8")
    for kind, lock in (("dev", "requirements/dev.lock"), ("runtime", "requirements/jobtwin.lock")):
        files = (engine / name for name in (lock, "pyproject.toml", "scripts/setup"))
        text = " ".join(_blob(path.read_bytes()) for path in files)
        (venv / f"jobtwin-{kind}").write_text(f"{text} \n", "utf-8")


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
