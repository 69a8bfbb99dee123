"""A conversation as a simulated model takes it: rules, examples, the question, and passages.

A passage is text that stands in a fence: an XML-like tag, three backticks or quotes, `<<<` and
`>>>`, a heading like `Context:`, or an item `[1]`. Whether a fence bears a nonce that the rules
name makes it harder to speak from within it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from jobtwin.llm.text import Sentence, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.llm.request import ChatRequest

_FENCE = re.compile(
    r"<(?P<tag>[A-Za-z][\w.:-]{0,60})(?P<more>[^<>]{0,200})>(?P<tagged>.*?)</(?P=tag)>"
    r"|<<<(?P<name>[^\n<>]{0,80})\n(?P<angled>.*?)>>>"
    r"|```[^\n`]{0,40}\n(?P<ticked>.*?)```"
    r"|\"\"\"(?P<quoted>.*?)\"\"\"",
    re.DOTALL,
)
_HEADED = re.compile(
    r"^(?:context|documents?|passages?|sources?|knowledge|policy|policies|faq|background)\s*:\s*$"
    r"|^(?:context|documents?|passages?|sources?|knowledge|policy|policies|faq|background)\s*:\s",
    re.IGNORECASE | re.MULTILINE,
)
_ASKED = re.compile(r"^(?:question|query|task|user question|request)\s*:\s*", re.I | re.MULTILINE)
_ITEM = re.compile(r"^\s*\[(?P<label>[\w.:#/-]{1,40})\]\s*", re.MULTILINE)
_NONCE = re.compile(r"[0-9a-f]{6,}|[A-Z0-9]{8,}")
_AS_DATA = re.compile(
    r"\b(?:treat|consider|regard|handle)\b.{0,80}\b(?:data|untrusted|not as instructions)\b"
    r"|\b(?:never|not|don't)\b.{0,30}\b(?:follow|obey|execute|act on)\b.{0,60}\binstructions?\b"
    r"|\buntrusted\b",
    re.IGNORECASE | re.DOTALL,
)
_CONCISE = re.compile(
    r"\b(?:concise(?:ly)?|brief(?:ly)?|terse|one sentence|single sentence|short answer|"
    r"only the (?:answer|value)|no preamble|as short as)\b",
    re.IGNORECASE,
)
_ABSTAIN = re.compile(
    r"(?:\bif\b.{0,120}?(?:\bnot\b|n't|\bmissing\b|\bno\b|\binsufficient\b|\bunsure\b|\bcannot\b)"
    r".{0,120}?)\b(?:say|answer|reply|respond|return|write|state)\b[^\"'“\n]{0,40}"
    r"(?:[\"'“](?P<words>[^\"'”\n]{1,120})[\"'”])?",
    re.IGNORECASE | re.DOTALL,
)
_CITE = re.compile(r"\b(?:cite|citation|reference the source|name the source)", re.IGNORECASE)
UNKNOWN = "I don't know."
LEAST_PASSAGE = 24
"""Characters below which a fence on one line is a mention of a fence, or a mere word."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Foreign text that the model is given to read."""

    label: str
    text: str
    channel: str
    """`user`, `document` or `tool`."""
    nonce: str = ""
    """What its fence is named by, if that cannot be guessed."""

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Its sentences."""
        return sentences(self.text)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation, taken apart."""

    rules: str
    """What the system says, without the passages in it."""
    question: str
    """What the last user message asks, without the passages in it."""
    passages: tuple[Passage, ...]
    examples: tuple[tuple[str, str], ...]
    """Earlier user messages with the assistant's answers."""
    latest: tuple[Passage, ...]
    """Those passages that came with the last turn."""

    @property
    def is_concise(self) -> bool:
        """Whether it asks for a short answer."""
        return bool(_CONCISE.search(self.rules) or _CONCISE.search(self.question))

    @property
    def asks_to_cite(self) -> bool:
        """Whether it asks for the source of an answer."""
        return bool(_CITE.search(self.rules) or _CITE.search(self.question))

    @property
    def unknown(self) -> str:
        """What to say where the passages do not hold the answer; ``""`` if nobody says that."""
        found = _ABSTAIN.search(self.rules) or _ABSTAIN.search(self.question)
        return (found["words"] or UNKNOWN) if found else ""

    def is_guarded(self, passage: Passage) -> bool:
        """Say whether the rules call this passage data, by the nonce of its fence."""
        named = bool(passage.nonce) and passage.nonce in self.rules
        return named and bool(_AS_DATA.search(self.rules))


def taken_apart(request: ChatRequest) -> Prompt:
    """Return the parts of a request's conversation."""
    rules: list[str] = []
    passages: list[Passage] = []
    turns: list[tuple[str, str]] = []
    last_user = max((n for n, m in enumerate(request.messages) if m.role == "user"), default=-1)
    latest: list[Passage] = []
    question = ""
    for number, message in enumerate(request.messages):
        if message.role == "system":
            text, found = _split(message.text, "document")
            rules.append(text)
            passages += found
        elif message.role == "tool":
            found = (Passage("tool", message.text, "tool"),)
            passages += found
            latest += found if number > last_user else ()
        elif message.role == "user":
            text, found = _split(message.text, "document")
            passages += found
            if number == last_user:
                question, latest = text, [*latest, *found]
            else:
                turns.append((text or message.text, ""))
        elif turns and not message.calls:
            turns[-1] = (turns[-1][0], message.text)
    answered = tuple(turn for turn in turns if turn[1])
    return Prompt("\n".join(rules), question, tuple(passages), answered, tuple(latest))


@lru_cache(maxsize=2048)
def _split(text: str, channel: str) -> tuple[str, tuple[Passage, ...]]:
    """Return a message without its passages, and the passages."""
    passages: list[Passage] = []
    rest = _FENCE.sub(lambda found: _lifted(found, channel, passages), text)
    asked = _ASKED.search(rest)
    headed = _HEADED.search(rest)
    if headed:
        until = asked.start() if asked and asked.start() > headed.end() else len(rest)
        passages += _items(rest[headed.end() : until], "context", channel, "")
        rest = rest[: headed.start()] + rest[until:]
        asked = _ASKED.search(rest)
    if asked:
        rest = rest[: asked.start()] + rest[asked.end() :]
    return rest.strip(), tuple(passages)


def _lifted(found: re.Match[str], channel: str, passages: list[Passage]) -> str:
    if found["tag"]:
        named, text = f"{found['tag']} {found['more']}", found["tagged"]
    elif found["name"] is not None:
        named, text = found["name"], found["angled"]
    else:
        named, text = "", found["ticked"] or found["quoted"] or ""
    if len(text) < LEAST_PASSAGE and "\n" not in text:
        return found[0]
    nonce = _NONCE.search(named)
    passages += _items(text, named.strip() or "text", channel, nonce[0] if nonce else "")
    return " "


def _items(text: str, label: str, channel: str, nonce: str) -> Iterator[Passage]:
    """Yield a block's items `[1] …`, or the block itself where it has none."""
    marks = list(_ITEM.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    if marks and text[: marks[0].start()].strip():
        yield Passage(label, text[: marks[0].start()].strip(), channel, nonce)
    for mark, end in zip(marks, ends, strict=False):
        yield Passage(mark["label"], text[mark.end() : end].strip(), channel, nonce)
    if not marks and text.strip():
        yield Passage(label, text.strip(), channel, nonce)
