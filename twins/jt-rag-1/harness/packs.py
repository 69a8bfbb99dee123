"""An operator's private pack: sites, things, facts and questions that stand in no public place.

What a pack has for a language takes the place of the public lists, in graded worlds alone. Nobody
can have learnt its synonyms from a kit, so its questions share words with what documents say.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field

from jobtwin.harness.packs import Phrase, Short, blanks, read
from jobtwin.records.base import Part, Record, Symbol

from . import banks
from .banks import FactType, Language
from .values import FORMS


def _is_form(value: str) -> str:
    if value not in FORMS:
        raise ValueError(f"it is none of {', '.join(sorted(FORMS))}")
    return value


_Says = Annotated[Short, blanks("object", "site", "value")]
_Asks = Annotated[Short, blanks("object", "site")]


class Thing(Part):
    """A thing, in the documents' word and in the questions'."""

    said: Phrase
    asked: Phrase


class Type(Part):
    """A kind of statement."""

    id: Symbol
    label: Phrase
    value: Annotated[str, AfterValidator(_is_form)]
    says: Annotated[tuple[_Says, ...], Field(min_length=2, max_length=10)]
    asks: Annotated[tuple[_Asks, ...], Field(min_length=1, max_length=10)]


class Words(Part):
    """What is said and asked in a language: enough for all statements of a world."""

    sites: Annotated[tuple[Phrase, ...], Field(min_length=5, max_length=100)]
    objects: Annotated[tuple[Thing, ...], Field(min_length=8, max_length=100)]
    types: Annotated[tuple[Type, ...], Field(min_length=5, max_length=100)]


class English(Words):
    """The same in the language of most documents."""

    sites: Annotated[tuple[Phrase, ...], Field(min_length=20, max_length=100)]
    objects: Annotated[tuple[Thing, ...], Field(min_length=12, max_length=100)]
    types: Annotated[tuple[Type, ...], Field(min_length=8, max_length=100)]


class Content(Record):
    """content.yml of this twin; a language that is left out is drawn from the public lists."""

    en: English
    de: Words | None = None
    fr: Words | None = None
    es: Words | None = None
    ja: Words | None = None
    zh: Words | None = None


@lru_cache(maxsize=2)
def check(content: bytes) -> Content:
    """Return a pack's content; raises `Refused`."""
    return read(Content, content)


def language(name: str, pack: bytes = b"") -> Language:
    """Return the bank of a language, with the words of a pack where it has some."""
    public = banks.language(name)
    words: Words | None = getattr(check(pack), name) if pack else None
    if words is None:
        return public
    types = (FactType(one.id, one.label, one.value, one.says, one.asks) for one in words.types)
    objects = tuple((one.said, one.asked) for one in words.objects)
    return replace(public, sites=words.sites, objects=objects, types=tuple(types))
