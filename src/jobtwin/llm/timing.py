"""How long an answer takes and whether it fails: drawn, never measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.llm.draws import Draws

if TYPE_CHECKING:
    from jobtwin.llm.completing import Completion
    from jobtwin.llm.models import Model

SPREAD = 0.15
"""Sigma of the lognormal factor on every answer."""
SLOWEST, FASTEST = 8.0, 3.0
"""A stall takes so many times as long, anything in between."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When an answer comes, in milliseconds from the request."""

    first_ms: float
    """To the first token."""
    token_ms: float
    """Between tokens."""
    fails: bool
    """Whether it ends with 500 instead, when the first token would have come."""

    def total_ms(self, completion_tokens: int) -> float:
        """Return how long the whole answer takes."""
        return self.first_ms + self.token_ms * max(0, completion_tokens - 1)


def timing(seed: bytes, model: Model, name: str, attempt: int, answer: Completion) -> Timing:
    """Return when the answer to the `attempt`-th sending of a request comes; each sending differs.

    `name` is the request's digest.
    """
    draws = Draws.of(seed, "time", model.id, name, attempt)
    factor = draws.factor("factor", SPREAD)
    if draws.happens("stall", model.stalls):
        factor *= FASTEST + (SLOWEST - FASTEST) * draws.uniform("how long")
    first = model.ttft_ms + model.prompt_ms * answer.prompt_tokens / 1000
    return Timing(first * factor, model.token_ms * factor, draws.happens("fault", model.faults))
