"""What a learner is told about a decision: everything, whether it was cleared or not."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from jobtwin.rules import gates, panel
from jobtwin.rules.scoring import exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jobtwin.records.grade import Decision, DimensionResult, Evidence, Review
    from jobtwin.records.submission import Evaluated
    from jobtwin.records.twin import Twin

_BLOCK_START = re.compile(r"(\d*)[-+=.)]")
"""What would open a list or underline a heading, at the beginning of a line."""
_SIGNS = re.compile(r"[\\`*_\[\]|!#~]")


VERDICTS = {"pass": "Passed", "retake": "Not cleared yet", "fail": "Not cleared"}


@dataclass(frozen=True, slots=True)
class Before:
    """A decision that was appealed against, with its reviews."""

    decision: Decision
    reviews: Sequence[Review]


@dataclass(frozen=True, slots=True)
class Case:
    """What a decision rests on."""

    twin: Twin
    evaluated: Evaluated
    reviews: Sequence[Review]
    decision: Decision
    credential: str | None = None
    """Where the credential is shown, once it is signed."""
    appeal_until: datetime | None = None
    """Until when another pair of mentors may be asked for; None where it may not."""
    track: str | None = None
    """Where the credential of a whole track is shown that cites it."""
    numbers: Sequence[int] = ()
    """The numbers of the reviews, in their order."""
    before: Before | None = None
    """After an appeal, what it was against."""
    is_reopened: bool = False
    """Whether another mentor has read the work anew, since the first one has drifted."""


def feedback(case: Case) -> str:
    """Return the full feedback as Markdown; texts of people are shown as text, never as markup."""
    parts = [
        *_verdict(case),
        "",
        "## What now",
        "",
        *_what_now(case),
        "",
        *_appeal(case),
        *_reopened(case),
        *_panel(case),
        "## Figures",
        "",
        *_figures(case.twin, case.evaluated),
        "",
        "## Rubric",
        "",
        *(line for result in case.decision.dimensions for line in _dimension(case, result)),
        *_comments(case.reviews),
        *_skills(case),
        *(first_decision(case.twin, case.before) if case.before else ()),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _verdict(case: Case) -> Iterator[str]:
    decision = case.decision
    yield f"# {VERDICTS[decision.verdict]}: {plain(case.twin.title)}"
    yield ""
    yield f"Overall **{decision.overall:.4g}**, threshold {decision.threshold:g}."
    yield ""
    yield from (f"- {reason}" for reason in decision.reasons)
    for review, name in zip(case.reviews, _names(case), strict=True):
        yield ""
        yield from _said(review.summary, name)


def _names(case: Case) -> list[str]:
    """Return what each review is called: nothing where there is one, else its place and score."""
    if len(case.reviews) < panel.PAIR:
        return [""] * len(case.reviews)
    counting = case.decision.counting
    names = []
    for place, review in enumerate(case.reviews):
        overall = f"{panel.overall(case.twin, [review]):.4g} overall"
        out = counting and place < len(case.numbers) and case.numbers[place] not in counting
        names.append(f"Mentor {place + 1} ({overall}{'; does not count' if out else ''})")
    return names


def _panel(case: Case) -> Iterator[str]:
    """Yield how many mentors read the work, and which of three count, and why."""
    if len(case.reviews) < panel.PAIR:
        return
    yield "## How the mentors agreed"
    yield ""
    if len(case.reviews) == panel.PAIR:
        yield (
            "Two mentors read your work, neither knowing the other's review. Scores are their "
            "mean; skills are those that both assert, at the lower weight."
        )
    else:
        yield "The first two mentors, neither knowing the other's review, lay too far apart:"
        yield ""
        yield from (f"- {reason}." for reason in panel.apart(case.twin, case.reviews))
        yield ""
        yield (
            "So a third read it, who was not told why. The two that agree best count, dimension by "
            f"dimension and by weight: {_counting(case)}. Scores are their mean."
        )
    yield ""
    given = [{item.dimension: item.score for item in review.scores} for review in case.reviews]
    yield f"| | {' | '.join(f'Mentor {n}' for n in range(1, len(given) + 1))} | counts |"
    yield f"|---|{'---|' * (len(given) + 1)}"
    for result in case.decision.dimensions:
        scores = (f"{scores[result.dimension]:.4g}" for scores in given)
        title = plain(_title(case.twin, result.dimension))
        yield f"| {title} | {' | '.join(scores)} | **{result.score:.4g}** |"
    yield ""


def _counting(case: Case) -> str:
    pairs = zip(case.numbers, range(1, len(case.reviews) + 1), strict=False)
    named = [f"mentor {place}" for number, place in pairs if number in case.decision.counting]
    return " and ".join(named)


def _title(twin: Twin, dimension: str) -> str:
    return next(part.title for part in twin.rubric if part.id == dimension)


def _appeal(case: Case) -> Iterator[str]:
    """Yield both decisions beside each other, after an appeal."""
    if case.before is None:
        return
    first, now = case.before.decision, case.decision
    yield "## Your appeal"
    yield ""
    yield (
        f"You appealed against the decision of {first.at:%Y-%m-%d}. Two other mentors read the "
        "same work anew, without the first review, and their decision replaces it."
    )
    yield ""
    yield "| | first decision | after the appeal |"
    yield "|---|---|---|"
    earlier = {result.dimension: result.score for result in first.dimensions}
    for result in now.dimensions if earlier else ():
        title = plain(_title(case.twin, result.dimension))
        yield f"| {title} | {earlier[result.dimension]:.4g} | {result.score:.4g} |"
    yield f"| **Overall** (threshold {now.threshold:g}) | {first.overall:.4g} | {now.overall:.4g} |"
    yield f"| **Decision** | {VERDICTS[first.verdict]} | **{VERDICTS[now.verdict]}** |"
    yield ""


def _reopened(case: Case) -> Iterator[str]:
    """Yield why there is another decision, and what it does to a credential."""
    if not case.is_reopened:
        return
    yield "## Read anew"
    yield ""
    yield (
        "A mentor of the earlier decision had drifted from the reference by then, so your work was "
        "read by somebody else, who did not see the first review. This decision replaces it."
    )
    yield ""
    yield (
        "Your credential stands. It is signed again where this decision says less of you than the "
        "earlier one."
        if case.decision.verdict == "pass"
        else "The credential that rested on the earlier decision does not hold any more: an "
        "operator revokes it now."
    )
    yield ""


def first_decision(twin: Twin, before: Before) -> Iterator[str]:
    """Yield what an appeal is against, with what its mentors wrote, folded."""
    decision = before.decision
    yield (
        f"<details><summary>The first decision: {VERDICTS[decision.verdict]}, overall "
        f"{decision.overall:.4g}</summary>"
    )
    yield ""
    for review in before.reviews:
        yield from _quoted(review.summary)
        yield ""
        for item in review.scores:
            yield f"**{plain(_title(twin, item.dimension))}: {item.score:.4g}**"
            yield ""
            yield from _quoted(item.comment)
            yield ""
    yield from _comments(before.reviews)
    yield "</details>"
    yield ""


def _figures(twin: Twin, evaluated: Evaluated) -> Iterator[str]:
    yield "| figure | measured | bar | met |"
    yield "|---|---|---|---|"
    for figure in evaluated.bar:
        met = "met" if figure.met else "**not met**"
        bar = f"{figure.comparator} {figure.bar:g}"
        yield f"| {_named(twin, figure.metric)} | {figure.value:g} | {bar} | {met} |"
    barred = {figure.metric for figure in evaluated.bar}
    for other in evaluated.metrics:
        if other.metric not in barred:
            yield f"| {_named(twin, other.metric)} | {other.value:g} | | |"
    yield from gates_told(evaluated)
    yield ""
    yield from (f"- {plain(note)}" for note in evaluated.notes)


def _named(twin: Twin, metric: str) -> str:
    """Return a figure's title with its id, by which the decision's reasons and reports name it."""
    titles = {item.id: item.title for item in twin.metrics}
    return f"{plain(titles[metric])} `{metric}`" if metric in titles else f"`{metric}`"


def gates_told(evaluated: Evaluated) -> Iterator[str]:
    """Yield what came of the gates outside of the sandbox; nothing where there are none."""
    if evaluated.gates:
        yield ""
        yield "Outside of the sandbox, where a gate that failed keeps the work from passing:"
        yield ""
        yield from (f"- {plain(line)}" for line in gates.told(evaluated))


def _dimension(case: Case, result: DimensionResult) -> Iterator[str]:
    dimension = next(item for item in case.twin.rubric if item.id == result.dimension)
    yield (
        f"### {plain(dimension.title)}: {result.score:.4g}, level {result.level} of 5 "
        f"(weight {dimension.weight:g})"
    )
    yield ""
    yield f"*Level {result.level}:* {plain(dimension.levels[result.level - 1])}"
    if result.level < 5:
        yield ""
        yield f"*Level {result.level + 1} would be:* {plain(dimension.levels[result.level])}"
    for place, review in enumerate(case.reviews, start=1):
        for item in review.scores:
            if item.dimension == result.dimension:
                several = len(case.reviews) > 1
                yield ""
                yield from _said(item.comment, f"Mentor {place}: {item.score:.4g}" * several)
                yield ""
                yield from (f"- {_evidence(part)}" for part in item.evidence)
    yield ""


def _comments(reviews: Sequence[Review]) -> Iterator[str]:
    found = [comment for review in reviews for comment in review.comments]
    if found:
        yield "## In your files"
        yield ""
        said = {(one.file, one.line, one.text): one for one in found}
        for _, comment in sorted(said.items()):
            yield f"- `{_code(comment.file)}:{comment.line}`: {plain(comment.text)}"
        yield ""


def _skills(case: Case) -> Iterator[str]:
    titles = {skill.id: skill.title for skill in case.twin.skills}
    if case.decision.skills:
        yield "## Skills shown"
        yield ""
        for skill in case.decision.skills:
            yield f"- {plain(titles[skill.id])}: {skill.weight:g} of at most {skill.ceiling:g}"
        yield ""


def _what_now(case: Case) -> Iterator[str]:
    decision = case.decision
    if decision.verdict == "pass":
        if case.credential:
            yield f"Your credential: <{case.credential}>. Anybody can verify it without asking us."
            if case.track:
                yield f"You have cleared the whole track. Its own credential: <{case.track}>."
        elif decision.best != decision.attempt:
            yield "An earlier attempt of yours has the higher score: its credential stands."
        else:
            yield "The credential is signed next, after a person approved it; its address follows."
        return
    yield "What would have cleared it:"
    yield ""
    yield from (f"- {line}" for line in _missing(case))
    yield ""
    if case.appeal_until:
        until = f"{case.appeal_until:%Y-%m-%d %H:%M} UTC"
        yield (
            f"If you think that it was misjudged: comment `/appeal` here, once, until {until}. Two "
            "other mentors then read the same work anew, and their decision replaces this one."
            + ("" if decision.bar_met else " What the machine measured stays as it is.")
        )
        yield ""
    if decision.attempts_left == 0:
        yield "No attempt is left at this twin. The records and this feedback stay."
    else:
        left = decision.attempts_left
        many = left if left == "unlimited" else f"{left} more"
        yield (
            f"You may try again ({many}): open a new pull request with `start.yml`. A retake has "
            "another seed, so another kit and other hidden cases; the higher score counts."
        )


def _missing(case: Case) -> Iterator[str]:
    """Yield what was missing to the bar and to the threshold."""
    for figure in case.evaluated.bar:
        if not figure.met:
            asked = f"{figure.comparator} {figure.bar:g}"
            yield f"{_named(case.twin, figure.metric)} {asked} instead of {figure.value:g}."
    yield from (plain(gate.sentence) for gate in gates.ended(case.evaluated, "failed"))
    if not case.evaluated.bar and not case.decision.bar_met:
        yield "A run that ends: nothing could be measured this time."
    gap = exact(case.decision.threshold) - exact(case.decision.overall)
    if gap > 0:
        weights = {item.id: exact(item.weight) for item in case.twin.rubric}
        room = sorted(
            case.decision.dimensions, key=lambda d: -weights[d.dimension] * (1 - exact(d.score))
        )
        most = (
            f"{plain(_title(case.twin, part.dimension))} (up to "
            f"{float(weights[part.dimension] * (1 - exact(part.score))):.3g})"
            for part in room[:2]
        )
        yield f"{gap.normalize():f} more overall. Most is to be had at {' and '.join(most)}."


def _evidence(part: Evidence) -> str:
    place = f"`{_code(part.file)}{f':{part.line}' if part.line else ''}`" if part.file else ""
    quote = f"“{plain(part.quote)}”" if part.quote else ""
    return ": ".join(text for text in (place, quote) if text)


def _said(text: str, name: str) -> Iterator[str]:
    """Yield what a mentor wrote, as a quotation, below the mentor's place if that is given."""
    if name:
        yield f"> **{name}**"
        yield ">"
    yield from _quoted(text)


def _quoted(text: str) -> Iterator[str]:
    yield from (f"> {plain(line)}" for line in text.splitlines())


@lru_cache(maxsize=4096)  # titles and anchors of a twin are told to everybody
def plain(text: str) -> str:
    """Return a text so that it shows as it is: no markup, no mention of an account."""
    # A zero-width space keeps `@name` from calling somebody: forges do that after they have read
    # entities.
    line = html.escape(" ".join(text.split()), quote=False).replace("@", "@\u200b")
    line = _SIGNS.sub(r"\\\g<0>", line)
    opening = _BLOCK_START.match(line)
    return f"{opening[1]}\\{line[opening.end(1) :]}" if opening else line


def _code(text: str) -> str:
    return text.replace("`", "'")
