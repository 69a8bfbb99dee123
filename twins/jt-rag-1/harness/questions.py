"""Questions about a corpus, in other words than its documents', with the page that answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.harness.draw import generator

from .corpus import STRATA, plan, scale_of
from .packs import language

if TYPE_CHECKING:
    from random import Random

    from .corpus import Corpus, Document

TOP_K = 10


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its answer."""

    id: str
    text: str
    language: str
    stratum: str
    document: str
    page: int
    answer: str
    superseded: tuple[str, ...]
    """Revisions that said so, or something else, before."""

    def asked(self) -> dict[str, Any]:
        """Return what is sent to a service."""
        return {"query": self.text, "top_k": TOP_K}


def questions(seed: bytes, pack: bytes = b"") -> tuple[Question, ...]:
    """Return the questions of a world, in an order that does not give away the strata."""
    corpus, wanted = plan(seed, pack), scale_of(seed).questions
    found = [one for name in STRATA for one in _stratum(corpus, name, wanted[name])]
    generator(seed, "questions/order").shuffle(found)
    return tuple(found)


def _stratum(corpus: Corpus, stratum: str, count: int) -> list[Question]:
    """Return questions spread over the stratum's documents: a second one after all had one."""
    random = generator(corpus.seed, f"questions/{stratum}")
    current = [d for d in corpus.documents if d.stratum == stratum and d.superseded_by is None]
    random.shuffle(current)
    places = [(fact, document) for fact in range(4) for document in current]
    chosen = []
    for fact, document in places:
        if fact < len(document.facts) and (page := document.page_of(fact)) is not None:
            chosen.append(_question(corpus, document, fact, page, random))
    if len(chosen) < count:
        raise ValueError(f"the world states too few facts of the stratum {stratum}")
    return chosen[:count]


def _question(
    corpus: Corpus, document: Document, number: int, page: int, random: Random
) -> Question:
    bank, fact = language(document.language, corpus.pack), document.facts[number]
    kind = next(one for one in bank.types if one.id == fact.type)
    text = random.choice(kind.asks).format(object=bank.objects[fact.thing][1], site=fact.site)
    old = tuple(one.name for one in corpus.documents if one.superseded_by == document.name)
    return Question(
        f"{random.getrandbits(32):08x}",
        text,
        document.language,
        document.stratum,
        document.name,
        page,
        fact.value,
        old,
    )
