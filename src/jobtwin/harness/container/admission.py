"""Which engine may hold a learner's container: one that passes the self-test of the sandbox.

The test needs an image with Python, and none is ever pulled for it: an image of nothing but empty
folders is made here, and this machine's own `/usr` stands in it, read-only.
"""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, SandboxUnavailable
from jobtwin.harness.container.engine import Engine
from jobtwin.harness.sandbox.container import Container
from jobtwin.harness.sandbox.protocol import STANDARD, Limits, Mount
from jobtwin.harness.sandbox.selftest import breaches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobtwin.harness.sandbox.running import Running

_FOLDERS = ("dev", "etc", "opt", "proc", "run", "sys", "tmp", "usr", "var")
_LINKS = ("bin", "lib", "lib64", "sbin")
_PYTHON = Path("/usr/bin/python3")
_EVERYBODY = 0o1777


@dataclass(frozen=True, slots=True)
class _WithHostUsr(Container):
    """A container of this machine's programs, seen but not to be changed."""

    @contextmanager
    def start(
        self,
        command: Sequence[str],
        mounts: Sequence[Mount] = (),
        env: Mapping[str, str] = MappingProxyType({}),
        limits: Limits = STANDARD,
        workdir: str = "/tmp",  # noqa: S108
    ) -> Iterator[Running]:
        """Start a command; see `Sandbox.start`."""
        given = [*mounts, Mount(Path("/usr"), "/usr")]
        with Container.start(self, command, given, env, limits, workdir) as running:
            yield running


def admit(candidates: Sequence[Engine] | None = None) -> Engine:
    """Return the first engine that passes its self-test.

    An ordinary user's own podman comes first, since it holds no right to lose; root's and the
    daemon's follow. Raises `SandboxUnavailable`, naming each engine and why.
    """
    reasons = []
    for engine in _candidates() if candidates is None else candidates:
        if not shutil.which(engine.client):
            reasons.append(f"{engine.client}: not installed")
        elif broken := _broken(engine):
            reasons.append(f"{engine.client}: {'; '.join(broken)}")
        else:
            return engine
    raise SandboxUnavailable(f"No container engine can be used here. {' '.join(reasons)}")


def _candidates() -> tuple[Engine, ...]:
    docker = Engine("docker")
    if os.geteuid() == 0:
        return docker, Engine("podman")
    return Engine("podman", is_rootless=True), docker


def _broken(engine: Engine) -> tuple[str, ...]:
    if not _PYTHON.exists():
        return (f"its self-test needs {_PYTHON}",)
    try:
        with _base(engine) as image:
            return breaches(_WithHostUsr(engine.client, image, engine.options))
    except EngineError as error:
        return (" ".join(error.message.split()),)


@contextmanager
def _base(engine: Engine) -> Iterator[str]:
    """Yield an image of empty folders."""
    with engine.image() as tag, tempfile.TemporaryDirectory(prefix="jobtwin-") as folder:
        (Path(folder) / "base.tar").write_bytes(_empty_root())
        engine.require("import", str(Path(folder) / "base.tar"), tag)
        yield tag


def _empty_root() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name in _FOLDERS:
            folder = tarfile.TarInfo(name)
            folder.type = tarfile.DIRTYPE
            folder.mode = _EVERYBODY if name == "tmp" else 0o755
            archive.addfile(folder)
        for name in _LINKS:
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, f"usr/{name}"
            archive.addfile(link)
    return target.getvalue()
