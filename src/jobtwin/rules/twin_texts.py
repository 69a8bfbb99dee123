"""What a twin's texts must hold: what is scored is described, and can be read and told apart.

Reads twin.yml and brief.md as their author wrote them. By words, not by meaning: a finding is
certain where nothing of a figure is in the brief, and a text that passes may still be unclear.
"""

from __future__ import annotations

import difflib
import itertools
import re
from typing import TYPE_CHECKING

from jobtwin.findings import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.findings import Finding
    from jobtwin.records.base import Loaded
    from jobtwin.records.twin import Metric, Twin

NOT_DESCRIBED = Code(
    "TWN-014",
    "something that counts is not in the brief",
    why="A learner cannot work towards a figure or a deliverable that the brief does not name.",
    fix="Name it in brief.md, by a word of its title, and say its bar as twin.yml has it.",
)
NOT_MEASURED = Code(
    "TWN-015",
    "the brief promises what is not measured",
    why="A bar that no figure stands for is one that a learner works for in vain.",
    fix="Say it as the bar of twin.yml does, or add the figure to the harness.",
)
ALIKE = Code(
    "TWN-016",
    "two levels are nearly the same text",
    why="Mentors cannot tell levels apart that differ in a word or two.",
    fix="Say in a sentence of its own what a mentor would see at this level.",
)
HARD_TO_READ = Code(
    "TWN-017",
    "a text is long to read",
    why="It is read under a running clock, by many in a language that is not their own.",
    fix="Make two sentences of one, and leave out what the work does not need.",
)

LONGEST_SENTENCE = 40
"""Words."""
MEAN_SENTENCE = 18
"""Words, over the whole brief."""
LONGEST_BRIEF = 1000
LONGEST_LEVEL = 60
MOST_ALIKE = 0.7
"""Of two levels, as `difflib` counts words in common; 1 is the same text."""
_STEM = 5
_EMPTY = frozenset("with that this from than them they have most least upper lower".split())
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_BOUND = re.compile(
    r"\bat (?:least|most) \$?(?P<number>[0-9][0-9,]*(?:\.[0-9]+)?|half|" + "|".join(_NUMBERS) + r")"
    r"\b(?! of the)(?P<share> ?%| percentage points?| in ten)?"
)
_HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
_ON_MEASURING = re.compile(r"measure|bar\b", re.IGNORECASE)
_ITEM = re.compile(r"^- (.*(?:\n  .*)*)", re.MULTILINE)
_LEAD = re.compile(r"\*\*(.+?)\*\*:")
_SENTENCE = re.compile(r"\S.*?(?:[.!?:;](?=\s)|(?=\n\s*\n|\n#|\n[-*] |\n[0-9]+\. )|\Z)", re.DOTALL)
_BLANK = re.compile(r"\{\{.*?\}\}")


def check_texts(loaded: Loaded[Twin], brief: str, path: str) -> Iterator[Finding]:
    """Yield what is wrong in a twin's texts; `path` is the brief's."""
    yield from _levels(loaded)
    yield from _described(loaded, brief, path)
    yield from _promised(loaded.record, brief, path)
    yield from _readable(brief, path)


def _described(loaded: Loaded[Twin], brief: str, path: str) -> Iterator[Finding]:
    """Yield figures of the bar and deliverables of which the brief says nothing."""
    twin = loaded.record
    metrics = {metric.id: metric for metric in twin.metrics}
    known, said = _stems(brief), {value for value, _ in _bounds(brief)}
    for line in twin.bar:
        metric = metrics.get(line.metric)
        if metric is None:
            continue  # `twins` says so
        if not _names(metric) & known:
            message = f"nothing in it speaks of `{metric.id}` ({metric.title})"
            yield NOT_DESCRIBED.at(message, path)
        elif line.value not in (0, 1) and line.value not in said | _numbers(brief):
            message = f"it does not say the bar of `{metric.id}`, {line.comparator} {line.value:g}"
            yield NOT_DESCRIBED.at(message, path)
    for number, item in enumerate(twin.deliverables):
        if not _stems(item.name) <= known:
            message = f"brief.md does not name the deliverable “{item.name}”"
            yield loaded.finding(NOT_DESCRIBED, message, "deliverables", number, "name")


def _promised(twin: Twin, brief: str, path: str) -> Iterator[Finding]:
    """Yield what the brief says is measured, and is not."""
    values = {line.value for line in twin.bar}
    names = set().union(*(_names(metric) for metric in twin.metrics))
    for start, text in _measuring(brief):
        first = brief.count("\n", 0, start) + 1
        for value, at in _bounds(text):
            if value not in values:
                place = (first + text.count("\n", 0, at), 1)
                yield NOT_MEASURED.at(f"no bar of the twin is {value:g}", path, place)
        for item in _ITEM.finditer(text):
            lead = _LEAD.match(item[1])
            if not _stems(lead[1] if lead else item[1]) & names:
                place = (first + text.count("\n", 0, item.start()), 1)
                shown = " ".join(item[1].split())[:60]
                yield NOT_MEASURED.at(f"no figure of the twin is about “{shown}…”", path, place)


def _measuring(brief: str) -> Iterator[tuple[int, str]]:
    """Yield where a section on what is measured begins, and its text."""
    headings = [*_HEADING.finditer(brief)]
    for heading, after in itertools.zip_longest(headings, headings[1:]):
        if _ON_MEASURING.search(heading[1]):
            end = after.start() if after else len(brief)
            yield heading.start(), brief[heading.start() : end]


def _names(metric: Metric) -> frozenset[str]:
    return _stems(metric.title) | _stems(metric.id.replace("_", " "))


def _stems(text: str) -> frozenset[str]:
    """Return the beginnings of the words that say something: `measured` and `measuring` are one."""
    words = re.findall(r"[a-z0-9@]+", text.lower().replace("-", " "))
    return frozenset(word[:_STEM] for word in words if len(word) >= 3 and word not in _EMPTY)


def _bounds(text: str) -> list[tuple[float, int]]:
    """Return every value that is said to be reached or kept to, and where it stands."""
    return [
        (_value(found["number"], found["share"]), found.start()) for found in _BOUND.finditer(text)
    ]


def _value(number: str, share: str | None) -> float:
    if number == "half":
        return 0.5
    value = float(_NUMBERS.get(number) or number.replace(",", ""))
    words = (share or "").strip()
    if words == "in ten":
        return value / 10
    return round(value / 100, 6) if words else value


def _numbers(text: str) -> frozenset[float]:
    """Return the numbers of a text, and the shares that are said as per cent."""
    found = re.findall(r"([0-9][0-9,]*(?:\.[0-9]+)?)( ?%)?", text)
    return frozenset(_value(number.strip(","), share or None) for number, share in found)


def _levels(loaded: Loaded[Twin]) -> Iterator[Finding]:
    for number, dimension in enumerate(loaded.record.rubric):
        words = [text.lower().split() for text in dimension.levels]
        for first, second in itertools.combinations(range(len(words)), 2):
            place = ("rubric", number, "levels", second)
            same = difflib.SequenceMatcher(None, words[first], words[second], autojunk=False)
            if words[first] != words[second] and same.ratio() >= MOST_ALIKE:
                message = f"levels {first + 1} and {second + 1} of `{dimension.id}` are alike"
                yield loaded.finding(ALIKE, message, *place)
        for level, said in enumerate(words):
            if len(said) > LONGEST_LEVEL:
                message = f"level {level + 1} of `{dimension.id}` has {len(said)} words"
                yield loaded.finding(HARD_TO_READ, message, "rubric", number, "levels", level)


def _readable(brief: str, path: str) -> Iterator[Finding]:
    sentences = [*_sentences(brief)]
    for line, words in sentences:
        if len(words) > LONGEST_SENTENCE:
            message = f"a sentence has {len(words)} words: “{' '.join(words[:8])}…”"
            yield HARD_TO_READ.at(message, path, (line, 1))
    total = sum(len(words) for _, words in sentences)
    if total > LONGEST_BRIEF:
        yield HARD_TO_READ.at(f"it has {total:,} words, over {LONGEST_BRIEF:,}", path)
    if sentences and (mean := total / len(sentences)) > MEAN_SENTENCE:
        yield HARD_TO_READ.at(f"its sentences have {mean:.0f} words on average", path)


def _sentences(brief: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the words of each sentence with its line; a heading, an item, a paragraph end one."""
    text = _BLANK.sub("name", brief)
    for found in _SENTENCE.finditer(text):
        words = [word for word in found[0].split() if any(map(str.isalnum, word))]
        if words:
            yield text.count("\n", 0, found.start()) + 1, words
