"""Whether an answer is right: what it says, and that a model said it in this run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jobtwin.harness.contract import Answer, Json, Outcome

from .trace import Fact, Question, Trace

LONGEST = 800
"""Characters of an answer."""
MOST_IDS = 8
GRACE = 20.0
"""Seconds within which a question may be answered by a change that came after it."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CITED = re.compile(r"\[[^\[\]]{0,40}\]")
_ID = re.compile(r"chatcmpl-([0-9a-f]{24})([0-9]{5,9})")


@dataclass(frozen=True, slots=True)
class Judged:
    """What each question's answer came to, by its place in the trace."""

    right: dict[int, bool]
    unbacked: int
    """Answers with right values that no model's completion stands behind."""

    @property
    def share(self) -> float:
        """The share of right answers."""
        return sum(self.right.values()) / max(1, len(self.right))


def judge(trace: Trace, answers: Sequence[Answer], lines: Sequence[Json]) -> Judged:
    """Return which answers are right, by the trace's truth and the model server's own account."""
    made = {
        (line["request"][:24], line["attempt"])
        for line in lines
        if line["status"] == 200 and line["prompt_tokens"] >= LEAST_PROMPT
    }
    behind: dict[tuple[str, int], frozenset[Fact]] = {}
    right, unbacked = {}, 0
    for place, question in trace.questions:
        body = answers[place].body if place < len(answers) else None
        ok = place < len(answers) and answers[place].outcome is Outcome.OK
        says = ok and _says(trace, question, body)
        backed = ok and _backed(question, body, made, behind)
        right[place] = says and backed
        unbacked += says and not backed
    return Judged(right, unbacked)


LEAST_PROMPT = 30
"""Tokens below which a prompt cannot hold a question and a note."""


def _says(trace: Trace, question: Question, body: Json) -> bool:
    """Whether an answer holds the values that were asked for, and no other."""
    said = body.get("answer") if isinstance(body, dict) else None
    if not isinstance(said, str) or len(said) > LONGEST:
        return False
    numbers = set(_NUMBER.findall(_CITED.sub(" ", said)))
    wanted = [trace.values(fact, question.at, GRACE) for fact in question.facts]
    return all(numbers & one for one in wanted) and numbers <= set().union(*wanted)


def _backed(
    question: Question,
    body: Json,
    made: set[tuple[str, int]],
    behind: dict[tuple[str, int], frozenset[Fact]],
) -> bool:
    """Whether completions of this run, about no other facts, stand behind an answer."""
    ids = body.get("completions") if isinstance(body, dict) else None
    if not isinstance(ids, list) or not 0 < len(ids) <= MOST_IDS:
        return False
    facts = frozenset(question.facts)
    for one in ids:
        found = _ID.fullmatch(one) if isinstance(one, str) else None
        key = (found[1], int(found[2])) if found else ("", 0)
        if key not in made or not behind.get(key, facts) & facts:
            return False
        behind[key] = behind.get(key, facts) & facts
    return True
