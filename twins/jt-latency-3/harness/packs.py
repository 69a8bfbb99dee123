"""An operator's private pack: the words of notes and questions that stand in no public place.

Kinds of facts and their values stay; products have their public names, since a note names its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field, StringConstraints

from jobtwin.harness.packs import Phrase, Short, blanks, read
from jobtwin.records.base import Part, Record

from .world import ATTRIBUTES, PUBLIC, Wording

# A number in prose would be taken for a value.
_WITHOUT_DIGITS = StringConstraints(pattern=r"^[^0-9]*$")
_Filler = Annotated[Phrase, _WITHOUT_DIGITS]
_About = Annotated[Short, blanks("p"), _WITHOUT_DIGITS]


class Words(Part):
    """How one kind of fact is said, asked and compared."""

    said: Annotated[Short, blanks("p", "v"), _WITHOUT_DIGITS]
    asked: Annotated[tuple[_About, ...], Field(min_length=2, max_length=2)]
    compared: Annotated[Short, blanks("a", "b"), _WITHOUT_DIGITS]


class Content(Record):
    """content.yml of this twin: every kind of fact, so that none is left to be looked up."""

    weight: Words
    price: Words
    warranty: Words
    size: Words
    delivery: Words
    fillers: Annotated[tuple[_Filler, ...], Field(min_length=4, max_length=200)]
    about: Annotated[tuple[_About, ...], Field(min_length=1, max_length=50)]


def wording_of(content: bytes) -> Wording:
    """Return the words of an unseen trace; the public ones where there is no pack.

    Raises `Refused` where the content cannot be used.
    """
    if not content:
        return PUBLIC
    found = read(Content, content)
    attributes = {}
    for kind, one in ATTRIBUTES.items():
        words: Words = getattr(found, kind)
        asked = (words.asked[0], words.asked[1])
        attributes[kind] = replace(one, said=words.said, asked=asked, compared=words.compared)
    return Wording(attributes, found.fillers, found.about)
