"""The words that documents are made of: sentences, and facts with the questions about them.

All of it is this project's own text, in `phrases/`: one sentence a line in `<language>.txt`, and
`facts.yml`. What is drawn from it is decided elsewhere; a cohort's pack (`packs`) has other words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jobtwin.yamlfile import parse

PHRASES = Path(__file__).parent / "phrases"
LANGUAGES = ("en", "de", "fr", "es", "ja", "zh")


@dataclass(frozen=True, slots=True)
class FactType:
    """One kind of statement, as documents make it and as people ask for it in other words."""

    id: str
    label: str
    value: str
    says: tuple[str, ...]
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """Everything that is said in one language."""

    id: str
    sites: tuple[str, ...]
    objects: tuple[tuple[str, str], ...]
    """The documents' word for a thing, and the questions'."""
    types: tuple[FactType, ...]
    sentences: tuple[str, ...]
    """What stands around the facts; `{object}` is a blank."""
    titles: tuple[tuple[str, str], ...]
    """Genre and the title of such a document; `{site}` is a blank."""
    headings: tuple[str, ...]
    supersedes: str
    """How a revision says that it replaces the one before: `{new}`, `{old}`, `{site}`."""
    page: str


@cache
def language(name: str) -> Language:
    """Return the bank of one of `LANGUAGES`."""
    facts, frame = _said("facts.yml", name), _said("frames.yml", name)
    types = (
        FactType(one["id"], one["label"], one["value"], tuple(one["says"]), tuple(one["asks"]))
        for one in facts["types"]
    )
    return Language(
        name,
        tuple(facts["sites"]),
        tuple((pair[0], pair[1]) for pair in facts["objects"]),
        tuple(types),
        tuple(dict.fromkeys(_lines(name))),
        tuple((one["genre"], one["title"]) for one in frame["titles"]),
        tuple(frame["headings"]),
        frame["supersedes"],
        frame["page"],
    )


def _said(file: str, name: str) -> dict[str, Any]:
    """Return what a file says of a language."""
    return dict(parse((PHRASES / file).read_bytes(), file).data[name])


def _lines(name: str) -> list[str]:
    lines = (PHRASES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
