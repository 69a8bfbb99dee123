"""What speaks to the model instead of to people: a sentence's wishes, in any disguise.

A sentence is an order for what it wants (to be said, shown, called, promised) or for whom it
addresses. A word such as "ignore" alone is none.
"""

from __future__ import annotations

import re

from .views import views

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


def is_order(sentence: str) -> bool:
    """Say whether a sentence speaks to the model, or hides what it says."""
    return _is_garbled(sentence) or any(
        _WANTS.search(view) or _ADDRESSES.search(view) for view in views(sentence)
    )


def _is_garbled(sentence: str) -> bool:
    """Say whether a sentence hides its letters: invisible signs, mixed scripts, digits, blobs."""
    if "\u200b" in sentence or re.search(r"[A-Za-z0-9+/=]{24,}", sentence):
        return True
    if re.search(r"[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]", sentence):
        return True
    return len(re.findall(r"[a-z][0-9]+[a-z]", sentence)) > 1
