"""How a simulated model picks one of several labels for a text.

What the prompt says of a label counts most, then its own examples, then the little that a model
knows of common words. Where the text does not decide, weaker models pick the second best.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from jobtwin.llm.text import stem, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobtwin.llm.draws import Draws
    from jobtwin.llm.models import Model
    from jobtwin.llm.prompt import Prompt

TOLD, SHOWN, KNOWN, NAMED = 1.0, 1.5, 0.5, 2.0
"""What a shared word counts: with a label's description, an example, common knowledge, its name."""
CLEAR = 1.5
"""From this lead on, nobody takes the second best."""


def _group(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in text.split())


_GROUPS: Mapping[str, frozenset[str]] = {
    "billing": _group("bill invoice charge charged refund payment card price tax subscription fee"),
    "payment": _group("bill invoice charge refund payment card price bank transfer"),
    "refund": _group("refund money back return charged twice reimburse"),
    "bug": _group("error crash broken fails bug wrong exception freeze stopped blank"),
    "technical": _group("error crash broken fails bug install login api timeout slow server"),
    "outage": _group("down outage unavailable offline unreachable 500 503 nobody everyone"),
    "account": _group("account login password profile email username locked access sign"),
    "security": _group("password breach leaked stolen hacked phishing suspicious token security"),
    "shipping": _group("delivery parcel shipped shipping package tracking arrived courier late"),
    "delivery": _group("delivery parcel shipped shipping package tracking arrived courier late"),
    "feature": _group("feature wish add support request could suggestion option export"),
    "how": _group("how where can find use setting configure change"),
    "spam": _group("offer winner click free crypto seo backlinks lottery"),
    "high": _group("urgent asap immediately down outage breach data loss everyone deadline now"),
    "urgent": _group("urgent asap immediately down outage breach data loss everyone deadline now"),
    "critical": _group("urgent down outage breach stolen data loss everyone production"),
    "low": _group("whenever minor cosmetic typo suggestion question curious wish later"),
    "medium": _group("error sometimes slow wrong late again"),
    "normal": _group("error sometimes slow wrong late again"),
    "positive": _group("great love thanks perfect excellent happy good helpful"),
    "negative": _group("terrible hate awful disappointed angry bad worst useless"),
}


def choose(prompt: Prompt, model: Model, draws: Draws, name: str, labels: Sequence[str]) -> str:
    """Return the label, one of `labels`, that a model gives the text for the field `name`."""
    text = words(_text(prompt))
    scores = [_score(prompt, text, label) for label in labels]
    order = sorted(range(len(labels)), key=lambda n: (-scores[n], n))
    if len(labels) == 1:
        return labels[0]
    lead = scores[order[0]] - scores[order[1]]
    share = model.confuses * max(0.0, 1 - lead / CLEAR)
    taken = order[1] if draws.happens(f"confused {name}", share) else order[0]
    return labels[taken]


def _text(prompt: Prompt) -> str:
    """Return what is to be labelled: the passages of the last turn, or what the user wrote."""
    return "\n".join([prompt.question, *(passage.text for passage in prompt.latest)])


def _score(prompt: Prompt, text: frozenset[str], label: str) -> float:
    told = _described(prompt.rules, label)
    named = words(label)
    score = TOLD * len(text & (told | named)) + NAMED * bool(named and named <= text)
    known: frozenset[str] = frozenset()
    for word in words(label):
        known |= _GROUPS.get(word, frozenset()) | _GROUPS.get(label.casefold(), frozenset())
    score += KNOWN * len(text & (known - told))
    for shown, answer in prompt.examples:
        if re.search(rf"\b{re.escape(label)}\b", answer):
            union = len(text | words(shown)) or 1
            score += SHOWN * 4 * len(text & words(shown)) / union
    return score


@lru_cache(maxsize=1024)
def _described(rules: str, label: str) -> frozenset[str]:
    """Return the words by which the rules describe a label: on its line, behind the label."""
    behind = re.compile(
        rf"(?:^|[\s\"'`*(-]){re.escape(label)}[\"'`*]*\s*(?:[:=–—(]|-\s|means\b|is for\b|for\b|if\b"
        rf"|when\b)(?P<what>[^\n;]{{3,300}})",
        re.IGNORECASE | re.MULTILINE,
    )
    found = [match["what"] for match in behind.finditer(rules)]
    return words(" ".join(found)) - words(label) if found else frozenset()
