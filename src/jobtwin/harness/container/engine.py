"""Docker or podman as a client: its verbs, and that whatever it makes is taken away again."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobtwin.errors import EngineError
from jobtwin.harness.sandbox.container import ask

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence

_VERSION = re.compile(rb"[0-9]{1,4}(?:\.[0-9]{1,4}){1,3}")


class NotStarted(Exception):  # noqa: N818 - a reason, caught by whoever asked
    """The engine, which starts others, could not start this image."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A container engine, reached by the command `client`."""

    client: str
    options: tuple[str, ...] = ()
    """Of the client itself, before its verb: `("--root", …)`."""
    is_rootless: bool = False
    """Whether its containers belong to an ordinary user of this machine."""

    def words(self, *words: str) -> list[str]:
        """Return the command of a verb with its arguments."""
        return [self.client, *self.options, *words]

    def ask(self, *words: str, seconds: float = 60) -> subprocess.CompletedProcess[bytes]:
        """Return what a verb says that ends by itself; raises `EngineError`."""
        return ask(self.words(*words), seconds)

    def require(self, *words: str, seconds: float = 60) -> bytes:
        """Return what a verb prints; raises `EngineError` where it fails."""
        done = self.ask(*words, seconds=seconds)
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip()[-300:]
            raise EngineError(f"{self.client} {words[0]} failed: {said}")
        return done.stdout

    def inspect(self, kind: str, name: str) -> dict[str, Any]:
        """Return what the engine knows of an image or a container; raises `EngineError`."""
        try:
            known: dict[str, Any] = json.loads(self.require(kind, "inspect", name))[0]
        except (ValueError, LookupError) as error:
            raise EngineError(f"{self.client} does not say what {name} is") from error
        return known

    @contextmanager
    def image(self) -> Iterator[str]:
        """Yield a tag that nobody has; what is built under it is taken away."""
        tag = f"localhost/jobtwin-{os.urandom(8).hex()}:work"
        try:
            yield tag
        finally:
            self.ask("rmi", "--force", tag)

    @contextmanager
    def container(self, arguments: Sequence[str]) -> Iterator[str]:
        """Yield the name of a container that `run --detach` started; it is taken away.

        Raises `NotStarted` where it could not be started, `EngineError` where it cannot be removed.
        """
        name = f"jobtwin-{os.urandom(8).hex()}"
        try:
            if self.ask("run", "--detach", "--name", name, *arguments).returncode != 0:
                raise NotStarted
            yield name
        finally:
            self.ask("kill", name)  # `rm` alone first waits ten seconds for a polite end
            gone = self.ask("rm", "--force", "--volumes", name)
            if gone.returncode != 0 and self.ask("container", "inspect", name).returncode == 0:
                raise EngineError(f"{self.client} could not remove the container {name}")

    def version(self) -> str:
        """Return its version in digits, or nothing."""
        found = _VERSION.search(self.ask("--version").stdout)
        return found[0].decode("ascii") if found else ""

    def storage(self) -> Path:
        """Return the folder in which it keeps images; raises `EngineError`."""
        docker = self.client == "docker"
        form = "{{.DockerRootDir}}" if docker else "{{.Store.GraphRoot}}"
        return Path(self.require("info", "--format", form).decode("utf-8").strip())
