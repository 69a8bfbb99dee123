"""What people ask with and what documents answer with: learnt from answered questions.

`pairs.jsonl` holds questions of the development set, each with the passage that answers it. From
these alone IBM's model 1 (Brown et al. 1993) learns which word of an answer goes with which word
of a question; as a language model for retrieval: Berger and Lafferty (1999). No list of synonyms
was written by hand, and a word that no question had gets no associations.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from .terms import words

ROUNDS = 8
PRIOR = 1.0
"""Weight of having seen nothing: what was seen once is believed less than what was seen often."""
SUPPORT, LIFT, LEAST = 2, 2.0, 0.01
NOTHING = ""
"""Stands for whatever an answer says that no word of the question asks for."""

Pair = tuple[Sequence[str], Sequence[str]]
Associations = Mapping[str, Mapping[str, float]]


def read(path: Path) -> list[Pair]:
    """Return the words of questions and of their answers, each once, without numbers."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        asked = [*dict.fromkeys(words(pair["question"])), NOTHING]
        said = [word for word in dict.fromkeys(words(pair["answer"])) if not _has_digit(word)]
        found.append((asked, said))
    return found


def learn(pairs: Sequence[Pair]) -> Associations:
    """Return question's word → answer's word → how likely it is, where enough speaks for it."""
    likely: dict[tuple[str, str], float] = defaultdict(lambda: 1.0)
    for _ in range(ROUNDS):
        likely = _refined(pairs, likely)
    together = Counter((a, b) for asked, said in pairs for a in asked for b in said)
    asked_at, said_at = (Counter(word for pair in pairs for word in pair[n]) for n in (0, 1))
    table: dict[str, dict[str, float]] = defaultdict(dict)
    for (a, b), value in likely.items():
        often = together[a, b]
        lift = often * len(pairs) / (asked_at[a] * said_at[b])
        if a not in (NOTHING, b) and often >= SUPPORT and lift >= LIFT and value > LEAST:
            table[a][b] = value
    return table


def _refined(
    pairs: Sequence[Pair], likely: Mapping[tuple[str, str], float]
) -> dict[tuple[str, str], float]:
    """Return the likelihoods after one more round of expectation maximisation."""
    share: dict[tuple[str, str], float] = defaultdict(float)
    total: dict[str, float] = defaultdict(float)
    for asked, said in pairs:
        for b in said:
            whole = sum(likely[a, b] for a in asked)
            for a in asked:
                part = likely[a, b] / whole
                share[a, b] += part
                total[a] += part
    return {(a, b): value / (total[a] + PRIOR) for (a, b), value in share.items()}


def _has_digit(word: str) -> bool:
    return any(sign.isdigit() for sign in word)
