"""What the demo is played on: a founded organisation on a local forge, with every act timed."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jobtwin.forge.events import Account, Effects, Event
    from jobtwin.forge.local import LocalForge
    from jobtwin.harness.grading import Machine
    from jobtwin.keys import Holders


@dataclass(frozen=True, slots=True)
class PlayedMentor:
    """The mentor of the demo; the private key is a real SSH key in a file."""

    id: str
    account: Account
    key: Path


@dataclass(slots=True)
class Stage:
    """Everything that the players share."""

    project: Path
    """The clone that twins and their proofs are taken from."""
    twin: str
    """The twin that is played, by its id."""
    forge: LocalForge
    holders: Holders
    machine: Machine
    mentor: PlayedMentor
    tell: Callable[[str], None]
    times: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the records as main has them now."""
        with Tree(self.forge.origin, "refs/heads/main") as tree:
            yield Ledger(tree)

    @contextmanager
    def timed(self, act: str) -> Iterator[None]:
        """Note how long an act took."""
        begun = time.perf_counter()
        yield
        self.times.append((act, time.perf_counter() - begun))

    def act(self, name: str, event: Event, work: Callable[[Ledger], Effects]) -> Effects:
        """Play one act on the records as they are, and carry its effects out."""
        with self.timed(name):
            with self.ledger() as ledger:
                effects = work(ledger)
            self.forge.apply(effects, event)
        return effects
