"""What is let through to the model: sentences that ask nothing of it.

A sentence is dropped for what it wants (to be said, shown, called, promised) or for whom it
addresses, in any disguise. A word such as "ignore" alone drops nothing.
"""

from __future__ import annotations

import re

from .views import normal, views

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_WANTS = re.compile(
    r"\b(?:print|repeat|reveal|show me|display|echo|output|type|write)\b.{0,60}"
    r"(?:['\"“]|prompt|instruction|everything|above|secret|rules)"
    r"|\b(?:say|reply|respond|answer|end|start|include|append|sag|schreib\w*|réponds|responde)\b"
    r".{0,30}['\"“]"
    r"|\b(?:call|invoke|run|use|execute|trigger)\b.{0,30}\b[a-z]+_[a-z_]+"
    r"|\b(?:tell|promise|assure|inform|guarantee)\b.{0,20}\b(?:customer|user|client|reader)\b"
    r"|\b(?:state|claim|report|confirm)\s+that\b"
    r"|\b(?:system prompt|api keys?|credentials|security filters?)\b",
    re.IGNORECASE,
)
_ADDRESSES = re.compile(
    r"^\W*(?:system|assistant|developer|admin\w*)\s*[:>\]]|\[/?(?:system|inst)\]|<\|?\w+\|?>|###"
    r"|\b(?:ignore|disregard|forget|override|bypass)\b.{0,30}"
    r"\b(?:instruction|rule|guideline|prompt|guidance|polic)"
    r"|\b(?:ai|language model|llm|assistant)\b.{0,20}\b(?:you|from now on|must|reading)\b"
    r"|\b(?:note|attention|dear|hey)\b.{0,12}\b(?:ai|assistant|bot|model)\b"
    r"|\byou are (?:now|no longer|an? )|\b(?:pretend|roleplay|act) (?:to be|that|as an? (?:ai|dan))"
    r"|\b(?:debug|developer|god|admin) mode\b|\bno (?:restrictions|rules|limits|filter)"
    r"|\b(?:anweisungen|consignes|instrucciones|istruzioni)\b|忽略|无视|無視",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]+")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text as a reader sees them."""
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def is_order(sentence: str) -> bool:
    """Say whether a sentence speaks to the model, in any disguise."""
    return any(_WANTS.search(view) or _ADDRESSES.search(view) for view in views(sentence))


def clean(text: str) -> tuple[str, int]:
    """Return the text without the sentences that are orders or cannot be read, and their number."""
    kept = [
        normal(sentence)
        for sentence in sentences(text)
        if not is_order(sentence) and not _is_garbled(sentence)
    ]
    # A text in pieces says nothing that its whole would not: look once more at what is left.
    whole = " ".join(kept)
    if is_order(whole):
        kept = [sentence for sentence in kept if sentence.endswith("?")]
    return "\n".join(kept), len(sentences(text)) - len(kept)


def _is_garbled(sentence: str) -> bool:
    """Say whether a sentence hides its letters: invisible signs, mixed scripts, digits, blobs."""
    if "\u200b" in sentence or re.search(r"[A-Za-z0-9+/=]{24,}", sentence):
        return True
    if re.search(r"[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]", sentence):
        return True
    return len(re.findall(r"[a-z][0-9]+[a-z]", sentence)) > 1


def question(message: str) -> str:
    """Return the questions of a message, or all of it where it asks none."""
    asked = [sentence for sentence in sentences(message) if sentence.endswith("?")]
    return " ".join(asked) or message


def relevant(question: str, texts: list[str], most: int = 3) -> list[str]:
    """Return the sentences that share most words with a question, the best first."""
    asked = {word.casefold() for word in _LETTERS.findall(question) if len(word) > 2}
    every = [sentence for text in texts for sentence in sentences(text)]
    scored = [
        (len(asked & {word.casefold() for word in _LETTERS.findall(one)}), -number, one)
        for number, one in enumerate(every)
    ]
    return [one for score, _, one in sorted(scored, reverse=True)[:most] if score]
