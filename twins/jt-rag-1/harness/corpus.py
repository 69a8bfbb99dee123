"""A corpus as a plan: which documents there are, what each says on which page. No fonts, no files.

Every (type, thing, site) is stated in one document, or in the revisions of one, so that a question
has one answer; the same thing at other sites, and other facts of the same site, are all around.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from jobtwin.harness.draw import generator

from .banks import LANGUAGES, FactType, Language
from .layout import Block, Page, paginate
from .packs import language
from .values import draw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from random import Random

STRATA = ("clean", "scan", "image", "multilingual", "near_duplicate")
SECTIONS_A_PAGE = 4
MOST_PAGES = 8


@dataclass(frozen=True, slots=True)
class Scale:
    """How many documents there are of each stratum, and how many questions."""

    documents: Mapping[str, int]
    """Stratum → documents; those of near-duplicates come in pairs."""
    questions: Mapping[str, int]


FULL = Scale(
    {"clean": 70, "scan": 64, "image": 31, "multilingual": 23, "near_duplicate": 12},
    {"clean": 28, "scan": 40, "image": 30, "multilingual": 26, "near_duplicate": 20},
)
SMALL = Scale(
    {"clean": 7, "scan": 6, "image": 4, "multilingual": 5, "near_duplicate": 2},
    {"clean": 6, "scan": 10, "image": 8, "multilingual": 8, "near_duplicate": 4},
)
SMALL_MARK = b"jt-rag-1 small.."
"""A seed that begins so is of a small world: for tests and for continuous integration."""


def scale_of(seed: bytes) -> Scale:
    """Return how large the world of a seed is."""
    return SMALL if seed.startswith(SMALL_MARK) else FULL


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement; its key (type, thing, site) is unique in the corpus."""

    type: str
    thing: int
    site: str
    value: str


@dataclass(frozen=True, slots=True)
class Document:
    """One PDF before it is drawn."""

    name: str
    """The file's name without `.pdf`; says nothing."""
    stratum: str
    look: str
    """`clean`, `scan` (with a poor text layer) or `image` (with hardly any)."""
    language: str
    genre: str
    title: str
    revision: int
    facts: tuple[Fact, ...]
    pages: tuple[Page, ...]
    superseded_by: str | None = None

    def page_of(self, fact: int) -> int | None:
        """Return the page, from 1, that states a fact; None where no page does."""
        return next((n for n, page in enumerate(self.pages, 1) if fact in page.facts), None)


@dataclass(frozen=True, slots=True)
class Corpus:
    """All documents of one world, in the order of their names."""

    seed: bytes
    documents: tuple[Document, ...]
    pack: bytes = b""
    """The private content that it was drawn with."""

    @property
    def identity(self) -> str:
        """SHA-256 of everything that the world says, the same wherever it is drawn."""
        plain = json.dumps([asdict(one) for one in self.documents], sort_keys=True)
        return hashlib.sha256(plain.encode()).hexdigest()


@lru_cache(maxsize=4)
def plan(seed: bytes, pack: bytes = b"") -> Corpus:
    """Return the corpus of a seed, in the words of a private pack where there is one."""
    names, used = _names(generator(seed, "names")), set[tuple[str, int, str]]()
    found: list[Document] = []
    for stratum in STRATA:
        wanted = scale_of(seed).documents[stratum]
        while wanted > 0:
            random = generator(seed, f"document/{stratum}/{wanted}")
            bank = language(_language(stratum, wanted), pack)
            made = _documents(bank, stratum, wanted, random, names, used)
            found += made
            wanted -= len(made)
    return Corpus(seed, tuple(sorted(found, key=lambda document: document.name)), pack)


def _names(random: Random) -> Iterator[str]:
    seen = set()
    while True:
        name = f"{random.getrandbits(40):010x}"
        if name not in seen:
            seen.add(name)
            yield name


def _documents(
    bank: Language,
    stratum: str,
    number: int,
    random: Random,
    names: Iterator[str],
    used: set[tuple[str, int, str]],
) -> list[Document]:
    """Return one document, or two revisions of one."""
    site = random.choice(bank.sites)
    facts = tuple(_facts(bank, site, 4 if stratum == "near_duplicate" else 3, random, used))
    genre, title = random.choice(bank.titles)
    title = title.format(site=site)
    pages = random.choices((1, 2, 3, 4, 5, 6, 7, 8), (38, 28, 14, 8, 5, 3, 2, 2))[0]
    sections = _sections(bank, site, facts, pages, random)
    look = _look(stratum, number)
    if stratum != "near_duplicate":
        laid = paginate(_blocks(bank, title, None, sections, facts), MOST_PAGES)
        return [Document(next(names), stratum, look, bank.id, genre, title, 1, facts, laid)]
    old, new = next(names), next(names)
    form = next(one.value for one in bank.types if one.id == facts[0].type)
    changed = (_other(facts[0], form, random), *facts[1:])
    note = bank.supersedes.format(new=2, old=1, site=site)
    first = paginate(_blocks(bank, title, None, sections, facts), MOST_PAGES)
    second = paginate(_blocks(bank, title, note, sections, changed), MOST_PAGES)
    return [
        Document(old, stratum, look, bank.id, genre, title, 1, facts, first, new),
        Document(new, stratum, look, bank.id, genre, title, 2, changed, second),
    ]


def _language(stratum: str, number: int) -> str:
    return LANGUAGES[1 + number % 5] if stratum == "multilingual" else "en"


def _look(stratum: str, number: int) -> str:
    if stratum == "multilingual":
        return ("clean", "scan")[number // 5 % 2]
    if stratum == "near_duplicate":
        return ("clean", "scan")[number // 2 % 2]
    return stratum


def _facts(
    bank: Language, site: str, count: int, random: Random, used: set[tuple[str, int, str]]
) -> Iterator[Fact]:
    keys = [(kind, thing) for kind in bank.types for thing in range(len(bank.objects))]
    free = [(kind, thing) for kind, thing in keys if (kind.id, thing, site) not in used]
    for kind, thing in random.sample(free, count):
        used.add((kind.id, thing, site))
        yield Fact(kind.id, thing, site, draw(kind.value, random))


def _other(fact: Fact, form: str, random: Random) -> Fact:
    """Return the same fact with another value."""
    value = fact.value
    while value == fact.value:
        value = draw(form, random)
    return Fact(fact.type, fact.thing, fact.site, value)


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading, what is said around, and the fact within, by its wording; -1 is a table row."""

    heading: str
    before: str
    fact: int | None
    wording: int
    after: str
    site: str


def _sections(
    bank: Language, site: str, facts: tuple[Fact, ...], pages: int, random: Random
) -> list[_Section]:
    count = max(len(facts), pages * SECTIONS_A_PAGE - 1)
    places = dict(zip(random.sample(range(count), len(facts)), range(len(facts)), strict=True))
    sentences = iter(random.sample(bank.sentences, min(len(bank.sentences), count * 6)) * 6)

    def some(most: int) -> str:
        joint = "" if bank.id in ("ja", "zh") else " "
        thing = random.choice(bank.objects)[0]
        chosen = [next(sentences) for _ in range(random.randrange(1, most + 1))]
        return joint.join(chosen).replace("{object}", thing)

    return [
        _Section(
            random.choice(bank.headings),
            some(4),
            places.get(number),
            random.choice((0, 0, 1, 1, -1)),
            some(3),
            site,
        )
        for number in range(count)
    ]


def _blocks(
    bank: Language,
    title: str,
    note: str | None,
    sections: list[_Section],
    facts: tuple[Fact, ...],
) -> Iterator[Block]:
    yield Block("title", title)
    if note is not None:
        yield Block("note", note)
    types = {one.id: one for one in bank.types}
    joint = "" if bank.id in ("ja", "zh") else " "
    for number, section in enumerate(sections, start=1):
        yield Block("heading", f"{number}  {section.heading}")
        if section.fact is None:
            yield Block("text", section.before)
            yield Block("text", section.after)
            continue
        fact = facts[section.fact]
        kind, thing = types[fact.type], bank.objects[fact.thing][0]
        if section.wording >= 0:
            said = _said(kind, section.wording, thing, fact)
            text = joint.join((section.before, said, section.after))
            yield Block("text", text, section.fact)
        else:
            yield Block("text", section.before)
            yield Block("caption", fact.site)
            yield Block("row", f"{thing} | {kind.label} | {fact.value}", section.fact)
            yield Block("text", section.after)


def _said(kind: FactType, wording: int, thing: str, fact: Fact) -> str:
    said = kind.says[wording % len(kind.says)]
    said = said.format(object=thing, site=fact.site, value=fact.value)
    return said[0].upper() + said[1:]
