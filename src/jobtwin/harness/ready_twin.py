"""A twin ready made but for its task: learner code is asked cases, and its answers are compared.

The author says how a case is drawn, what an answer looks like and what it is worth. Kit, plan,
figures, notes, plots and gold follow from that and from the twin's files. `jobtwin new twin`
writes one; docs/tutorials/write-a-twin.md leads through it.
"""

from __future__ import annotations

import json
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Generic, TypeVar

from pydantic import ValidationError

from jobtwin.errors import EngineError
from jobtwin.harness import facts, planned_gold, scaffold
from jobtwin.harness.contract import (
    GoldItem,
    Json,
    Kit,
    Outcome,
    Plan,
    Returned,
    Score,
    Seeds,
    Submission,
)
from jobtwin.harness.draw import generator
from jobtwin.harness.ready_asking import ANSWER, Asking, Came, Commands, Given
from jobtwin.records.base import Part, load
from jobtwin.records.report import Needed, Row, Rows
from jobtwin.records.twin import Metric, Twin

ANSWERED = "answered"
"""The figure that every ready-made twin has: the share of the cases with an answer of its form."""
PRACTICE = "practice"
_MOST_PLOTS = 12
_MOST_NOTES = 6


class AnswerForm(Part):
    """What learner code answers; a subclass has its fields. Other JSON is no answer."""


A = TypeVar("A", bound=AnswerForm)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Case(Generic[A]):
    """One thing that learner code is asked."""

    given: Given
    """Files at `/data` for a command, a query for a service; it must not tell what is right."""
    right: A
    """The answer that gets every point; the kit shows it for the practice cases."""
    kept: Json = None
    """What else the scorer needs to know; it is shown to nobody."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many: the cases' are added up before they are divided."""

    hits: float
    among: float


Worth = Mapping[str, Share | float]
"""Figure → what one answer adds to it; plain numbers are averaged over the cases."""


@dataclass(frozen=True, slots=True)
class ReadyTwin(Generic[A]):
    """The functions of a harness, made from an author's draw, form and comparison."""

    folder: Path
    """The twin's own."""
    draw: Callable[[Random], Case[A]]
    compare: Callable[[Case[A], A], Worth]
    """Every figure of twin.yml but `answered`. An error in it is the author's, not the learner's:
    what does not fit the form never gets there."""
    nothing: A
    """What stands for an answer that is missing or of another form."""
    practice: int = 3
    """Cases in the kit, with what is right."""
    graded: int = 8
    """Cases of the held-out seed; `eval` has as many, of its own."""
    asking: Asking = field(default_factory=Commands)

    def kit(self, kit_seed: bytes) -> Kit:
        """Return the scaffold with this seed's facts, and the practice cases."""
        drawn = facts.drawn(self.folder, kit_seed)
        files = scaffold.filled(scaffold.read(self.folder / "scaffold"), drawn)
        for number, case in enumerate(self._cases(kit_seed, PRACTICE, self.practice), start=1):
            place = f"{PRACTICE}/{number}"
            shown = {**self.asking.shown(case.given), ANSWER: case.right.model_dump(mode="json")}
            files |= {f"{place}/{name}": _written(content) for name, content in shown.items()}
        return Kit(dict(sorted(files.items())), drawn)

    def prepare(self, seeds: Seeds) -> Plan:
        """Return the held-out cases as they are asked."""
        return self.asking.plan([case.given for case in self.unseen(seeds)])

    def score(self, seeds: Seeds, returned: Returned, submission: Submission) -> Score:
        """Compare what came back with what is right; hostile answers only cost points."""
        del submission  # what it is worth shows in what it answers
        cases = self.unseen(seeds)
        form = type(self.nothing)
        read = [_read(form, came) for came in self.asking.came(returned, len(cases))]
        worth = [
            {
                **_by_author(self.folder, self.compare, case, self._or_nothing(found)),
                ANSWERED: Share(float(isinstance(found, AnswerForm)), 1.0),
            }
            for case, found in zip(cases, read, strict=True)
        ]
        twin = _twin(self.folder)
        return Score(
            {name: _total([one[name] for one in worth]) for name in sorted(worth[0])},
            _notes([found for found in read if isinstance(found, str)], len(cases)),
            tuple(_plot(metric, twin, worth) for metric in _plotted(twin, worth[0])),
        )

    def gold(self, seed: bytes, count: int) -> tuple[GoldItem, ...]:
        """Return pre-scored submissions by the twin's `gold/plan.yml`."""
        return planned_gold.items(self.folder, _twin(self.folder), seed, count)

    def unseen(self, seeds: Seeds) -> list[Case[A]]:
        """Return the cases that are graded, with what is right."""
        return self._cases(seeds.graded, "graded", self.graded)

    def _cases(self, seed: bytes, purpose: str, count: int) -> list[Case[A]]:
        given = (generator(seed, f"{purpose}/{number}") for number in range(count))
        return [_by_author(self.folder, self.draw, random) for random in given]

    def _or_nothing(self, found: A | str) -> A:
        return self.nothing if isinstance(found, str) else found


def _by_author(folder: Path, function: Callable[..., R], *given: object) -> R:
    """Return what an author's function returns; an error in it is told by kind and place.

    Not by its words, which a learner reads: they may hold what was expected.
    """
    try:
        return function(*given)
    except EngineError:
        raise
    except Exception as error:
        own = Path(folder).resolve()
        frames = traceback.extract_tb(error.__traceback__)
        places = [f for f in frames if Path(f.filename).resolve().is_relative_to(own)]
        where = f"{Path(places[-1].filename).name}:{places[-1].lineno}" if places else "its code"
        name = getattr(function, "__name__", "code")
        words = f"`{name}` of {own.name} failed at {where}: {type(error).__name__}"
        raise EngineError(words, "mend it; no attempt is lost by it") from error


def _written(content: Json) -> bytes:
    """Return a file's bytes; what is none yet is written as JSON."""
    if isinstance(content, bytes):
        return content
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def _twin(folder: Path) -> Twin:
    path = folder / "twin.yml"
    return load(Twin, path.read_bytes(), str(path)).record


def _read(form: type[A], came: Came) -> A | str:
    """Return the answer of one case, or why there is none."""
    if came.outcome is not Outcome.OK:
        return f"it ended as {came.outcome.value}. {came.detail}".strip()
    try:
        return form.model_validate_json(json.dumps(came.answer))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ascii(".".join(str(key) for key in first["loc"])[:100])[1:-1] or "the whole"
        return f"the answer is not of the form asked for: at `{where}`, {first['type']}"


def _notes(troubles: Sequence[str], among: int) -> tuple[str, ...]:
    """Return a sentence for each kind of trouble, the most frequent first."""
    return tuple(
        f"{count} of {among} cases have no answer that counts: {trouble}"
        for trouble, count in Counter(troubles).most_common(_MOST_NOTES)
    )


def _total(parts: Sequence[Share | float]) -> float:
    """Return a figure from its parts; 0 where there was nothing to count."""
    shares = [part for part in parts if isinstance(part, Share)]
    if not shares:
        return sum(float(part) for part in parts if not isinstance(part, Share)) / len(parts)
    among = sum(part.among for part in shares)
    return sum(part.hits for part in shares) / among if among else 0.0


def _plotted(twin: Twin, figures: Worth) -> list[Metric]:
    return [metric for metric in twin.metrics if metric.id in figures][:_MOST_PLOTS]


def _plot(metric: Metric, twin: Twin, worth: Sequence[Worth]) -> Rows:
    """Return a figure over all cases and in each: where the points were lost."""
    bars = {line.metric: line for line in twin.bar}
    line = bars.get(metric.id)
    parts = [one[metric.id] for one in worth]
    every = Row(
        label="all cases",
        value=_total(parts),
        needed=Needed(comparator=line.comparator, value=line.value) if line else None,
    )
    each = [
        Row(label=f"case {number}", value=_total([part])) for number, part in enumerate(parts, 1)
    ]
    return Rows(
        title=metric.title[:60],
        about=" ".join(metric.meaning.split())[:400],
        unit=metric.unit,
        rows=(every, *each),
    )
