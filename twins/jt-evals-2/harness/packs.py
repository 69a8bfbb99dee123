"""An operator's private pack: what regressions say that stands in no public place.

Whoever looks for the public texts finds none of these; whoever holds replies against the approved
ones finds all. Families, and how much of each there is, are as ever.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from jobtwin.harness.packs import Phrase, Short, blanks, read
from jobtwin.records.base import Record

from .mutants import PUBLIC, Texts

_Label = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{2,19}$")]
_Some = Field(min_length=1, max_length=100)


class Content(Record):
    """content.yml of this twin."""

    form_letters: Annotated[tuple[Phrase, ...], _Some]
    priorities: Annotated[tuple[_Label, ...], _Some]
    neighbours: Annotated[
        tuple[Annotated[Short, blanks("name", "number", "street", "account")], ...], _Some
    ]
    promises: Annotated[tuple[Phrase, ...], _Some]
    notes: Annotated[tuple[Annotated[Short, blanks("canary")], ...], _Some]


def texts_of(content: bytes) -> Texts:
    """Return what a world's regressions say; the public texts where there is no pack.

    Raises `Refused` where the content cannot be used.
    """
    if not content:
        return PUBLIC
    found = read(Content, content)
    return Texts(
        found.form_letters, found.priorities, found.neighbours, found.promises, found.notes
    )
