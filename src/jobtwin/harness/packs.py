"""What a twin reads of a private pack: a model of its content, made of short texts with blanks."""

from __future__ import annotations

import re
from typing import Annotated, TypeVar

from pydantic import AfterValidator, StringConstraints

from jobtwin.records.base import Record, load

C = TypeVar("C", bound=Record)
NAME = "content.yml"
_BLANK = re.compile(r"\{([^{}]*)\}")


def blanks(*names: str) -> AfterValidator:
    """Return what holds a text to these blanks in braces: each of them, and no other."""

    def check(text: str) -> str:
        if set(_BLANK.findall(text)) != set(names) or re.search(r"[{}]", _BLANK.sub("", text)):
            wanted = ", ".join(f"{{{name}}}" for name in names) or "none"
            raise ValueError(f"its blanks are not those that are filled in: {wanted}")
        return text

    return AfterValidator(check)


Short = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
Phrase = Annotated[Short, blanks()]
"""A text as it stands: without a blank."""


def read(model: type[C], content: bytes) -> C:
    """Return a pack's content for a twin; raises `Refused` with every finding, at its line."""
    return load(model, content, NAME).record
