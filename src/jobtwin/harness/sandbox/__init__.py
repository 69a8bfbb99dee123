"""Walls round others' code: bubblewrap, docker or podman, each admitted by a self-test only."""

from jobtwin.harness.sandbox.choice import choose
from jobtwin.harness.sandbox.protocol import Exit, Limits, Mount, Result, Sandbox
from jobtwin.harness.sandbox.running import Running

__all__ = ["Exit", "Limits", "Mount", "Result", "Running", "Sandbox", "choose"]
