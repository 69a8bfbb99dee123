"""Asking the simulated models, without a network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.llm.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.llm.service import Answer

SHOP = {
    "kettle": "The kettle takes 3 days to arrive and costs 29 euros.",
    "toaster": "The toaster takes 5 days to arrive and costs 45 euros.",
    "lamp": "The lamp ships within 2 days and its warranty lasts 4 years.",
    "chair": "The chair is made of oak and weighs 7 kilograms.",
}
"""Label of a passage → what it says."""


def context(passages: dict[str, str]) -> str:
    """Return passages as an engineer would write them into a prompt."""
    return "Context:\n" + "\n".join(f"[{label}] {text}" for label, text in passages.items())


class Asking:
    """A service and what is asked of it."""

    def __init__(self, seed: bytes = bytes(32)) -> None:
        self.service = Service(seed, lambda: 0.0)

    def body(self, *messages: tuple[str, str], model: str = "sim-large", **more: Any) -> bytes:
        """Return a request's body; temperature 0 unless said otherwise."""
        said = [{"role": role, "content": text} for role, text in messages]
        return json.dumps({"model": model, "temperature": 0, "messages": said, **more}).encode()

    def answer(self, *messages: tuple[str, str], **more: Any) -> Answer:
        """Return the whole answer to a conversation."""
        found = self.service.begin(self.body(*messages, **more))
        self.service.end(found)
        return found

    def text(self, *messages: tuple[str, str], **more: Any) -> str:
        """Return what is answered to a conversation."""
        return self.answer(*messages, **more).completion.text

    def shop(
        self,
        question: str,
        rules: str = "Be concise.",
        passages: dict[str, str] | None = None,
        **more: Any,
    ) -> str:
        """Return what is answered to a question about the shop."""
        read = context(SHOP if passages is None else passages)
        return self.text(("system", rules), ("user", f"{read}\n\nQuestion: {question}"), **more)


@pytest.fixture
def asking() -> Asking:
    """A service with the public seed."""
    return Asking()


@pytest.fixture
def seeded() -> Callable[[int], Asking]:
    """Return a function that makes a service with another seed."""
    return lambda number: Asking(number.to_bytes(32, "big"))
