"""What everybody reads of a sealed attempt's decision, and how its learner reads the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.rules.feedback import VERDICTS, plain
from jobtwin.rules.standing.moments import moment
from jobtwin.rules.standing.state import appeal_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.records.grade import Decision
    from jobtwin.rules.standing.state import Case


def told(case: Case) -> Iterator[str]:
    """Yield the verdict and what can be done now, and no word of work or review."""
    decision = case.decision
    if decision is None:
        return
    yield f"# {VERDICTS[decision.verdict]}: {plain(case.twin.title)}"
    yield ""
    yield f"Overall **{decision.overall:.4g}**, threshold {decision.threshold:g}."
    yield ""
    yield from (f"- {reason}" for reason in decision.reasons)
    yield ""
    yield from _to_read(case, decision)
    yield ""
    yield from _what_now(case, decision)


def _to_read(case: Case, decision: Decision) -> Iterator[str]:
    started = case.started
    path = layout.feedback(started.twin, started.attempt, decision.number)
    box = path.rsplit("/", 1)[-1]
    yield (
        "**All that your mentors wrote is sealed to your key**, the file in `.jobtwin/` that your "
        "start made. Every dimension with its score, the evidence, comments in your files, and "
        "what would have cleared it:"
    )
    yield ""
    if case.place.repository:
        yield f"1. Download [`{box}`]({case.place.raw(path)})."
        yield f"2. In the folder that holds `.jobtwin/`: `jobtwin seal read {box}`"
    else:
        yield f"    jobtwin seal read {path}"


def _what_now(case: Case, decision: Decision) -> Iterator[str]:
    if case.credential:
        yield f"Your credential: <{case.credential}>. Anybody can verify it without asking us."
    if case.track:
        yield f"You have cleared the whole track. Its own credential: <{case.track}>."
    if decision.verdict == "pass" and not case.credential:
        yield "The credential is signed next, after a person approved it; its address follows."
    if until := appeal_until(case):
        yield (
            f"If you think that it was misjudged: comment `/appeal` here, once, until "
            f"{moment(until)}. Two other mentors then read the same work anew."
        )
    if decision.verdict == "retake":
        yield "You may try again: open a new pull request with a new `start.yml`."
    yield ""
    if case.is_published:
        folder = layout.grade(case.started.twin, case.started.attempt)
        yield (
            "**It is published, as you asked**: your mentors' reviews lie in "
            f"`{folder}/`, what you handed in under the refs that `published.yml` there names."
        )
        return
    yield (
        "Work and reviews stay sealed, and nobody can open them once the cohort's key is "
        "destroyed. If you want them to be public, for good, comment `/publish` here"
        + (", once no appeal is possible any more." if appeal_until(case) else ".")
    )
