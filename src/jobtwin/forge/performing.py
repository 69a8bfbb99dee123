"""What every forge does with an act: read main, ask the act, carry its effects out, and say so.

A forge is an edge: this machine (`local`) or GitHub (`github`). An act never knows which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jobtwin.forge.events import Effects

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobtwin.findings import Finding
    from jobtwin.forge.events import Event
    from jobtwin.repository.ledger import Ledger

    Act = Callable[[Ledger], Effects]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an act."""

    effects: Effects
    records: tuple[str, ...]
    """Paths that are new on main."""
    refused: tuple[Finding, ...] = ()
    """Why the act refused, where the forge has told the participant already."""


class Forge(Protocol):
    """Where an event came from, and where an act's effects go."""

    @property
    def event(self) -> Event:
        """What happened, by the forge's clock."""
        ...

    @property
    def rewrite(self) -> Mapping[str, str]:
        """Which https prefix means which folder; empty where repositories are fetched for real."""
        ...

    def open_pull_requests(self) -> tuple[Event, ...]:
        """Return every open pull request to the inbox, each as the event of its last push.

        `at` is when the forge says that the head was pushed, else when it was asked.
        """
        ...

    def perform(self, act: Act, event: Event | None = None) -> Done:
        """Ask the act on main as it is now, and carry out what it answers.

        `event` stands for the forge's own, where the act looks after something that was missed.
        When somebody else adds records meanwhile, the act is asked again on the new main. Carrying
        the same effects out twice changes nothing. Raises `Refused` where nobody could be told.
        """
        ...
