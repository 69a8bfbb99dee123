"""What a simulated model makes of passages: the sentence that answers, the wrong one, or none.

Extractive: the words of the question are looked for, rare ones count more. More passages mean more
misreadings; two facts are only put together by models that can; without the answer a model invents
one, unless it was told what to say then.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.llm.models import ATTENTION
from jobtwin.llm.text import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobtwin.llm.draws import Draws
    from jobtwin.llm.models import Model
    from jobtwin.llm.prompt import Passage, Prompt
    from jobtwin.llm.text import Sentence

ENOUGH = 0.34
"""Share of the question's weight that a sentence must hold to answer it."""
_COMPARES = re.compile(
    r"\b(?:compare[ds]?|comparison|difference|differ|versus|vs|than|both|which of|whichever|"
    r"cheaper|larger|smaller|longer|shorter|higher|lower|more|less|most|least)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Read:
    """What was found, and where."""

    text: str
    source: str = ""
    """The label of the passage; empty for what is invented or not known."""
    is_grounded: bool = True


@dataclass(frozen=True, slots=True)
class _Found:
    score: float
    sentence: Sentence
    passage: Passage


def read(prompt: Prompt, model: Model, draws: Draws, question: str | None = None) -> Read:
    """Return the answer to the prompt's question, or to another one about its passages."""
    said = prompt.question if question is None else question
    compares = bool(_COMPARES.search(said))
    found = _ranked(prompt.passages, words(_COMPARES.sub(" ", said)))
    if not found or found[0].score < ENOUGH:
        return _without(prompt, found, draws)
    if compares and len(found) > 1:
        second = _another(found)
        if model.compares and second is not None:
            both = f"{found[0].sentence.text} {second.sentence.text}"
            return Read(both, found[0].passage.label)
    share = model.misreads + model.distracted * max(0, len(prompt.passages) - ATTENTION)
    if len(found) > 1 and draws.happens("misread", share):
        wrong = draws.pick("which", found[1:4])
        return Read(wrong.sentence.text, wrong.passage.label, is_grounded=False)
    return Read(found[0].sentence.text, found[0].passage.label)


def _ranked(passages: Sequence[Passage], asked: frozenset[str]) -> list[_Found]:
    """Return every sentence that has a word of the question, the best first."""
    every = [(passage, sentence) for passage in passages for sentence in passage.sentences]
    if not asked or not every:
        return []
    common = Counter(word for _, sentence in every for word in sentence.words & asked)
    weight = {word: math.log(1 + len(every) / (1 + common[word])) for word in asked}
    whole = sum(weight.values()) or 1.0
    found = []
    for place, (passage, sentence) in enumerate(every):
        shared = sentence.words & asked
        if shared:
            score = sum(sorted(weight[word] for word in shared)) / whole
            found.append((-round(score, 9), place, _Found(score, sentence, passage)))
    found.sort(key=lambda item: item[:2])
    return [item for _, _, item in found]


def _another(found: Sequence[_Found]) -> _Found | None:
    """Return the best sentence of another passage that brings a number or words of its own."""
    first = found[0]
    for item in found[1:6]:
        if item.passage is not first.passage and item.score >= ENOUGH / 2:
            return item
    return None


def _without(prompt: Prompt, found: Sequence[_Found], draws: Draws) -> Read:
    """Return what is said where the passages do not hold the answer."""
    if prompt.unknown:
        return Read(prompt.unknown, is_grounded=False)
    kind = draws.pick("invention", ("number", "neighbour", "promise", "rule"))
    if kind == "neighbour" and found:
        return Read(found[0].sentence.text, found[0].passage.label, is_grounded=False)
    topic = _topic(prompt.question)
    amount = 1 + int(draws.uniform("amount") * 98)
    said = {
        "number": f"For {topic} it is {amount}.",
        "neighbour": f"It is the same for {topic} as for all others.",
        "promise": f"Yes, {topic} is covered in full, within {amount} days and at no charge.",
        "rule": f"By section {amount} of the policy, {topic} needs no approval.",
    }[kind]
    return Read(said, is_grounded=False)


def _topic(question: str) -> str:
    """Return what a question is about, in a few of its own words."""
    carrying = [word for word in re.findall(r"[\w-]+", question) if words(word)]
    return " ".join(carrying[-4:]) or "this"


def numbers(text: str) -> list[float]:
    """Return the numbers in a text."""
    return [float(found.replace(",", ".")) for found in _NUMBER.findall(text)]
