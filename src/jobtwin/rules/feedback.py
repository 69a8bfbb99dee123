"""What a learner is told about a decision: everything, whether it was cleared or not."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.rules.scoring import exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jobtwin.records.grade import Decision, DimensionResult, Evidence, Review
    from jobtwin.records.submission import Evaluated
    from jobtwin.records.twin import Twin

# A zero-width space keeps `@name` from calling somebody; forges do that after entities are read.
_AS_IT_IS = str.maketrans({**{sign: f"\\{sign}" for sign in "\\`*_[]|!#~"}, "@": "@\u200b"})


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


def feedback(case: Case) -> str:
    """Return the full feedback as Markdown; texts of people are shown as text, never as markup."""
    parts = [
        *_verdict(case),
        "",
        "## Figures",
        "",
        *_figures(case.evaluated),
        "",
        "## Rubric",
        "",
        *(line for result in case.decision.dimensions for line in _dimension(case, result)),
        *_comments(case.reviews),
        *_skills(case),
        "## What now",
        "",
        *_what_now(case),
    ]
    return "\n".join(parts) + "\n"


def _verdict(case: Case) -> Iterator[str]:
    decision = case.decision
    words = {"pass": "Passed", "retake": "Not cleared yet", "fail": "Not cleared"}
    yield f"# {words[decision.verdict]}: {case.twin.title}"
    yield ""
    yield f"Overall **{decision.overall:.4g}**, threshold {decision.threshold:g}."
    yield ""
    yield from (f"- {reason}" for reason in decision.reasons)
    for review in case.reviews:
        yield ""
        yield from _quoted(review.summary)


def _figures(evaluated: Evaluated) -> Iterator[str]:
    yield "| figure | measured | bar | |"
    yield "|---|---|---|---|"
    for figure in evaluated.bar:
        met = "met" if figure.met else "**not met**"
        yield f"| {figure.metric} | {figure.value:g} | {figure.comparator} {figure.bar:g} | {met} |"
    barred = {figure.metric for figure in evaluated.bar}
    for other in evaluated.metrics:
        if other.metric not in barred:
            yield f"| {other.metric} | {other.value:g} | | |"
    yield ""
    yield from (f"- {plain(note)}" for note in evaluated.notes)


def _dimension(case: Case, result: DimensionResult) -> Iterator[str]:
    dimension = next(item for item in case.twin.rubric if item.id == result.dimension)
    yield (
        f"### {dimension.title}: {result.score:.4g}, level {result.level} of 5 "
        f"(weight {dimension.weight:g})"
    )
    yield ""
    yield f"*Level {result.level}:* {plain(dimension.levels[result.level - 1])}"
    if result.level < 5:
        yield ""
        yield f"*Level {result.level + 1} would be:* {plain(dimension.levels[result.level])}"
    for review in case.reviews:
        for item in review.scores:
            if item.dimension == result.dimension:
                yield ""
                yield from _quoted(item.comment)
                yield ""
                yield from (f"- {_evidence(part)}" for part in item.evidence)
                yield ""


def _comments(reviews: Sequence[Review]) -> Iterator[str]:
    found = [comment for review in reviews for comment in review.comments]
    if found:
        yield "## In your files"
        yield ""
        yield from (f"- `{_code(c.file)}:{c.line}`: {plain(c.text)}" for c in found)
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
            yield f"`{figure.metric}` {asked} instead of {figure.value:g}."
    if not case.evaluated.bar and not case.decision.bar_met:
        yield "A run that ends: nothing could be measured this time."
    gap = exact(case.decision.threshold) - exact(case.decision.overall)
    if gap > 0:
        yield f"{gap.normalize():f} more overall. The most is to be had here:"
        weights = {item.id: exact(item.weight) for item in case.twin.rubric}
        room = sorted(
            case.decision.dimensions, key=lambda d: -weights[d.dimension] * (1 - exact(d.score))
        )
        for result in room[:2]:
            worth = weights[result.dimension] * (1 - exact(result.score))
            title = next(d.title for d in case.twin.rubric if d.id == result.dimension)
            yield f"{title}: up to {worth.normalize():f} of the overall score."


def _evidence(part: Evidence) -> str:
    place = f"`{_code(part.file)}{f':{part.line}' if part.line else ''}`" if part.file else ""
    quote = f"“{plain(part.quote)}”" if part.quote else ""
    return ": ".join(text for text in (place, quote) if text)


def _quoted(text: str) -> Iterator[str]:
    yield from (f"> {plain(line)}" for line in text.splitlines())


def plain(text: str) -> str:
    """Return a text so that it shows as it is: no markup, no mention of an account."""
    return html.escape(" ".join(text.split()), quote=False).translate(_AS_IT_IS)


def _code(text: str) -> str:
    return text.replace("`", "'")
