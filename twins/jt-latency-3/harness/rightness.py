"""Whether an answer is right: what it says, and that a model said it in this run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jobtwin.harness.contract import Answer, Json, Outcome
from jobtwin.llm.service import completion_id
from jobtwin.llm.tokens import count

from .trace import Fact, Question, Trace

LONGEST = 800
"""Characters of an answer."""
MOST_IDS = 8
GRACE = 20.0
"""Seconds within which a question may be answered by a change that came after it."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CITED = re.compile(r"\[[^\[\]]{0,40}\]")


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


def judge(trace: Trace, answers: Sequence[Answer], lines: Sequence[Json], seed: bytes) -> Judged:
    """Return which answers are right, by the trace's truth and the model server's own account.

    `seed` is that of the models: nobody else could name a completion before it has come.
    """
    account = _Account(
        {
            completion_id(seed, line["request"], line["attempt"]): line
            for line in lines
            if line["status"] == 200
        },
        {fact: min(map(count, trace.texts(fact))) for fact in trace.facts},
    )
    right, unbacked = {}, 0
    for place, question in trace.questions:
        body = answers[place].body if place < len(answers) else None
        ok = place < len(answers) and answers[place].outcome is Outcome.OK
        says = ok and _says(trace, question, body)
        right[place] = says and account.backs(question, body)
        unbacked += says and not right[place]
    return Judged(right, unbacked)


def _says(trace: Trace, question: Question, body: Json) -> bool:
    """Whether an answer holds the values that were asked for, and no other."""
    said = body.get("answer") if isinstance(body, dict) else None
    if not isinstance(said, str) or len(said) > LONGEST:
        return False
    wanted = [trace.values(fact, question.at, GRACE) for fact in question.facts]
    found = _numbers(said)
    return all(found & one for one in wanted) and found <= set().union(*wanted)


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(_CITED.sub(" ", text)))


@dataclass(frozen=True, slots=True)
class _Account:
    """The completions of a run, and what each has stood behind so far."""

    made: Mapping[str, Json]
    """Id → the model server's line."""
    notes: Mapping[Fact, int]
    """Fact → tokens of its note, which a prompt cannot hold in fewer."""
    behind: dict[str, frozenset[Fact]] = field(default_factory=dict)

    def backs(self, question: Question, body: Json) -> bool:
        """Whether completions of this run, about no other facts, said what an answer says."""
        ids = body.get("completions") if isinstance(body, dict) else None
        if not isinstance(ids, list) or not 0 < len(ids) <= MOST_IDS:
            return False
        if not all(self._is_about(frozenset(question.facts), one) for one in ids):
            return False
        said = " ".join(self.made[one]["said"] for one in ids)
        return _numbers(body["answer"]) <= _numbers(said)

    def _is_about(self, facts: frozenset[Fact], said: Json) -> bool:
        if not isinstance(said, str) or said not in self.made:
            return False
        left = self.behind.get(said, facts) & facts
        if not left or self.made[said]["prompt_tokens"] < min(self.notes[fact] for fact in left):
            return False
        self.behind[said] = left
        return True
