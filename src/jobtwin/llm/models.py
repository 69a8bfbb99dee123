"""The simulated models: what each costs, how fast it is, and where it is weak.

Prices are US dollars for a million tokens. Nothing here imitates a product: the differences are
made so that choosing, routing, caching and guarding are decisions with consequences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Model:
    """One simulated model."""

    id: str
    input_price: float
    cached_price: float
    """For prompt tokens whose prefix was sent before."""
    output_price: float
    ttft_ms: float
    """To the first token, for an empty prompt."""
    prompt_ms: float
    """More to the first token, for each thousand prompt tokens."""
    token_ms: float
    """Between output tokens."""
    misreads: float
    """How often it reads the wrong one of a few passages, from 0 to 1."""
    distracted: float
    """How much more often for each passage beyond `ATTENTION`."""
    confuses: float
    """How often it takes the second-best label where the text does not decide."""
    compares: bool
    """Whether it can put two facts together."""
    resistance: float
    """How strong an instruction in foreign text must be before it is obeyed."""
    caution: float
    """How often it refuses what only looks harmful."""
    concurrency: int
    """Requests at once; the next is turned away with 429."""
    context: int = 32_768
    """Most prompt tokens."""
    stalls: float = 0.02
    """Share of answers that take several times as long."""
    faults: float = 0.004
    """Share of requests that end with 500."""


ATTENTION = 4
"""Passages that a model reads with its full attention."""

MODELS: Mapping[str, Model] = {
    model.id: model
    for model in (
        Model(
            id="sim-small",
            input_price=0.10,
            cached_price=0.025,
            output_price=0.40,
            ttft_ms=90,
            prompt_ms=25,
            token_ms=3.5,
            misreads=0.06,
            distracted=0.025,
            confuses=0.35,
            compares=False,
            resistance=0.45,
            caution=0.05,
            concurrency=64,
        ),
        Model(
            id="sim-medium",
            input_price=0.60,
            cached_price=0.15,
            output_price=2.40,
            ttft_ms=180,
            prompt_ms=60,
            token_ms=7.0,
            misreads=0.02,
            distracted=0.012,
            confuses=0.15,
            compares=False,
            resistance=0.65,
            caution=0.10,
            concurrency=32,
        ),
        Model(
            id="sim-large",
            input_price=2.50,
            cached_price=0.625,
            output_price=10.0,
            ttft_ms=380,
            prompt_ms=140,
            token_ms=14.0,
            misreads=0.005,
            distracted=0.004,
            confuses=0.05,
            compares=True,
            resistance=0.85,
            caution=0.15,
            concurrency=16,
        ),
        Model(
            id="sim-cautious",
            input_price=1.00,
            cached_price=0.25,
            output_price=4.0,
            ttft_ms=260,
            prompt_ms=90,
            token_ms=10.0,
            misreads=0.01,
            distracted=0.008,
            confuses=0.10,
            compares=True,
            resistance=1.10,
            caution=0.65,
            concurrency=24,
        ),
    )
}
