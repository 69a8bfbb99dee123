"""An operator's private pack: name parts of products and substances that stand in no public place.

The names of the unseen pharmacy are put together of them. Its incident is the kit's, whose code the
learner has: no pack can hide that one.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from jobtwin.harness.packs import read
from jobtwin.records.base import Record

from . import banks
from .banks import Names

# Five letters and more together, so that a sound-alike has a late letter to differ in.
_BrandStart = Annotated[str, StringConstraints(pattern=r"^[A-Z][a-z]{3,6}$")]
_Start = Annotated[str, StringConstraints(pattern=r"^[a-z]{3,6}$")]
_Part = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,6}$")]
_Few = Field(min_length=4, max_length=60)


class Content(Record):
    """content.yml of this twin."""

    brand_starts: Annotated[tuple[_BrandStart, ...], Field(min_length=12, max_length=60)]
    brand_middles: Annotated[tuple[_Part, ...], _Few]
    brand_ends: Annotated[tuple[_Part, ...], _Few]
    substance_starts: Annotated[tuple[_Start, ...], Field(min_length=17, max_length=60)]
    substance_middles: Annotated[tuple[_Part, ...], _Few]
    substance_ends: Annotated[tuple[_Part, ...], _Few]


def names_of(content: bytes) -> Names:
    """Return what a graded world's names are made of; the public parts where there is no pack.

    Raises `Refused` where the content cannot be used.
    """
    if not content:
        return banks.NAMES
    found = read(Content, content)
    return Names(
        brands=(found.brand_starts, found.brand_middles, found.brand_ends),
        substances=(found.substance_starts, found.substance_middles, found.substance_ends),
    )
