"""The server's own account of every request: what cost and latency are computed from.

It is written where no learner's code runs, in the order of arrival, one JSON object a line.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from jobtwin.llm.models import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Line:
    """One request, as it was answered."""

    number: int
    at_ms: float
    """When it came, since the server began."""
    model: str
    request: str
    """Digest of what its text depends on."""
    attempt: int
    """Which sending of the same request it is, from 1."""
    status: int
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    first_ms: float = 0.0
    total_ms: float = 0.0
    """Modelled, whatever the machine took."""
    said: str = ""
    """The text of a completion."""

    def text(self) -> str:
        """Return the line as it is written."""
        return json.dumps(asdict(self), separators=(",", ":")) + "\n"


def read(text: str) -> list[Line]:
    """Return the lines of a trace; raises ValueError or TypeError for what is none."""
    return [Line(**json.loads(line)) for line in text.splitlines()]


def cost(lines: Iterable[Line]) -> float:
    """Return what requests cost in US dollars.

    Whoever hangs up pays for the whole answer, and one that ends with 500 costs its prompt; what is
    refused or turned away costs nothing.
    """
    return sum(_cost(line) for line in lines)


def _cost(line: Line) -> float:
    if line.status not in (200, 500):
        return 0.0
    model = MODELS[line.model]
    fresh = line.prompt_tokens - line.cached_tokens
    spent = fresh * model.input_price + line.cached_tokens * model.cached_price
    if line.status == 200:
        spent += line.completion_tokens * model.output_price
    return spent / 1_000_000
