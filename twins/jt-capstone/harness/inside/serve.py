"""Starts the service as `make serve` does, and stands at JOBTWIN_SOCKET for its port."""

# ruff: noqa: TID251 - a script of its own, inside a sandbox that is told by variables
from __future__ import annotations

import os
import subprocess
import sys

from .carrying import free_port, socket_to_port, with_model


def main() -> int:
    """Return how the service ended."""
    environment = with_model()
    port = free_port()
    child = subprocess.Popen(["make", "-s", "serve"], env={**environment, "PORT": str(port)})
    socket_to_port(os.environ["JOBTWIN_SOCKET"], port)
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())
