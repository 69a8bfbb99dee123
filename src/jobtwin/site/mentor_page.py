"""Mentors' pages: which twins each may grade now, and every round that it rests on, passed or not.

Who may grade what is ruled elsewhere; here it is put into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.records.calibration import Calibrated, Drifted
from jobtwin.rules.eligibility import is_mentor_at
from jobtwin.site.kappa_history import kappa_history
from jobtwin.site.markup import day, headed, percent, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from jobtwin.records.calibration import Agreement
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.rules.eligibility import Reason

EVERYBODY = "mentors/index.md"
_INTRO = """# Mentors

Every attempt is graded by a mentor who was measured first: the mentor grades sealed submissions
with known reference scores, and Cohen's kappa says how well the two agree. Each mentor's page
shows all rounds, also those that did not suffice.
[Kappa in plain words](../explanation/kappa-in-plain-words.md)."""
_MEANING = """Kappa is the agreement with known reference scores beyond what chance would give: 1 is
always the same level, 0 is no better than chance.
[Kappa in plain words](../../explanation/kappa-in-plain-words.md). Work of somebody related
is never given out to a mentor, whatever the mentor may grade:
[how a claim works](../../how-to/claim.md)."""
_PLOTTED = """The dot is Cohen's kappa on the five levels, the bar its 90% interval; the dashed line
is what a round has to reach by the policy of today. All rounds are here, passed or not; *hidden* is
what hidden items in the queue came to, where that stopped the mentor's grading."""
_KAPPA = "kappa (90% interval)"


@dataclass(frozen=True, slots=True)
class MentorHistory:
    """A mentor with every time agreement was measured, the first one first."""

    mentor: Mentor
    fingerprint: str
    rounds: tuple[Calibrated | Drifted, ...]
    """What rounds came to, and when hidden items stopped the mentor's grading."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a mentor stands with a twin."""

    twin: Twin
    rounds: tuple[Calibrated | Drifted, ...]
    """The mentor's at this twin, the first one first."""
    by: Calibrated | None
    """The latest by the rubric of today."""
    barred: Reason | None
    """Why the mentor's rounds do not let him grade the twin; None where they do."""


def source(mentor_id: str) -> str:
    """Return where a mentor's page is, below docs; in a folder, since `index` is an id too."""
    return f"mentors/{mentor_id}/index.md"


def mentors_page(
    mentors: Sequence[tuple[MentorHistory, Sequence[Standing]]], as_of: datetime
) -> str:
    """Return the page of all mentors. What links to a mentor's place on it finds it: `#<id>`."""
    rows = [
        (
            _linked(history.mentor),
            _may_grade(history.mentor, standings, as_of),
            _newest(history.rounds),
        )
        for history, standings in mentors
    ]
    head = ("Mentor", "May grade now", f"Newest {_KAPPA}")
    listed = table(head, rows) if rows else "There is no mentor in this repository yet."
    return f"{_INTRO}\n\n{listed}\n"


def _linked(mentor: Mentor) -> str:
    to = f"{mentor.id}/index.md"
    return f"[{plain(mentor.name)}]({to}){{ #{mentor.id} }}<br>`{mentor.id}`"


def _may_grade(mentor: Mentor, standings: Sequence[Standing], as_of: datetime) -> str:
    if not is_mentor_at(mentor, as_of):
        return _absent(mentor, as_of)
    found = [one.twin for one in standings if one.barred is None]
    linked = (f"[{plain(twin.title)}](../twins/{twin.id}.md)" for twin in found)
    return "<br>".join(linked) or "nothing"


def _newest(rounds: Sequence[Calibrated | Drifted]) -> str:
    if not rounds:
        return "no round yet"
    last = rounds[-1]
    return f"{_kappa(last.agreement)}<br>`{last.twin}`, {day(last.at)}"


def mentor_page(
    history: MentorHistory, standings: Sequence[Standing], needed: float | None, as_of: datetime
) -> str:
    """Return a mentor's page; `needed` is the kappa that a round has to reach."""
    mentor = history.mentor
    parts = [
        f"# {plain(mentor.name)}",
        _who(history),
        "## May grade now",
        *_standings(mentor, standings, as_of),
        _MEANING,
        "## Every round",
        *_rounds(mentor, standings, needed, as_of),
    ]
    return headed("\n\n".join(parts) + "\n", title=mentor.name)


def _who(history: MentorHistory) -> str:
    mentor = history.mentor
    until = f", until {day(mentor.until)}" if mentor.until else ""
    return (
        f"`{mentor.id}` · mentor since {day(mentor.since)}{until} · signs with "
        f"`{history.fingerprint}` · [all mentors](../index.md)"
    )


def _standings(mentor: Mentor, standings: Sequence[Standing], as_of: datetime) -> Iterator[str]:
    rows = [
        (_to_twin(one), _now(one, mentor, as_of), _kappa(one.rounds[-1].agreement))
        for one in standings
        if one.rounds
    ]
    if rows:
        yield table(("Twin", "Now", f"Newest {_KAPPA}"), rows)
    if never := [_to_twin(one) for one in standings if not one.rounds]:
        yield f"No round yet, so no grading: {', '.join(never)}."


def _to_twin(one: Standing) -> str:
    return f"[{plain(one.twin.title)}](../../twins/{one.twin.id}.md)"


def _now(one: Standing, mentor: Mentor, as_of: datetime) -> str:
    if not is_mentor_at(mentor, as_of):
        return _absent(mentor, as_of)
    if one.barred or one.by is None:
        stopped = max((item.at for item in one.rounds if isinstance(item, Drifted)), default=None)
        return _NOT[one.barred or "not calibrated"].format(
            stopped=stopped and day(stopped),
            expired=one.by and day(one.by.expires),
            reviews=one.by and one.by.expires_after_reviews,
        )
    return (
        f"**yes**, since the round of {day(one.by.at)}; until {day(one.by.expires)}, or for "
        f"{one.by.expires_after_reviews} reviews"
    )


_NOT: Mapping[Reason, str] = {
    "not calibrated": "no: none of the rounds is by today's rubric",
    "extension open": "not yet: the last round needs more items",
    "did not suffice": "no: the last round did not suffice",
    "suspended": "no: hidden items stopped it on {stopped}",
    "expired": "no: the last round counted until {expired}",
    "used up": "no: the {reviews} reviews that the last round was good for are done",
}
"""Why a mentor may not grade a twin, as far as rounds say it."""


def _absent(mentor: Mentor, as_of: datetime) -> str:
    if mentor.until and mentor.until <= as_of:
        return f"no mentor since {day(mentor.until)}"
    return f"a mentor from {day(mentor.since)} on"


def _rounds(
    mentor: Mentor, standings: Sequence[Standing], needed: float | None, as_of: datetime
) -> Iterator[str]:
    measured = [one for one in standings if one.rounds]
    yield _PLOTTED if measured else "No calibration yet: nothing that is graded counts."
    for one in measured:
        yield f"### {plain(one.twin.title)}"
        yield kappa_history(mentor.id, one.rounds, needed, f"kappa-{one.twin.id}")
        yield _as_table(one.rounds, as_of)


def _as_table(rounds: Sequence[Calibrated | Drifted], as_of: datetime) -> str:
    rows = [
        (
            day(item.at),
            item.twin_version if isinstance(item, Calibrated) else "–",
            _kappa(item.agreement),
            percent(item.agreement.verdict_agreement),
            f"{item.agreement.items} {_which(item)}, {item.agreement.ratings} ratings",
            _ruling(item, as_of, _stopped(item, rounds)),
        )
        for item in rounds
    ]
    head = ("Round", "Twin's version", _KAPPA.capitalize(), "Same verdict", "Measured on", "Ruling")
    return table(head, rows)


def _kappa(agreement: Agreement) -> str:
    if agreement.kappa is None:
        return "undefined"
    if agreement.kappa_low is None or agreement.kappa_high is None:
        return f"{agreement.kappa:.2f}"
    return f"**{agreement.kappa:.2f}** ({agreement.kappa_low:.2f} to {agreement.kappa_high:.2f})"


def _which(item: Calibrated | Drifted) -> str:
    return "items" if isinstance(item, Calibrated) else "hidden items"


def _stopped(item: Calibrated | Drifted, rounds: Sequence[Calibrated | Drifted]) -> datetime | None:
    """Return when grading by a round stopped counting before its time, None where it did not."""
    later = (one for one in rounds if one.at > item.at)
    ends = (one.at for one in later if isinstance(one, Drifted) or one.ruling == "recalibrate")
    return min(ends, default=None)


def _ruling(item: Calibrated | Drifted, as_of: datetime, ended: datetime | None) -> str:
    if isinstance(item, Drifted):
        return "**stopped**: below the floor"
    if item.ruling != "calibrated":
        return {"extend": "needs more items", "recalibrate": "did not suffice"}[item.ruling]
    if ended and ended < item.expires:
        return f"counted until {day(ended)}, then stopped"
    word = "counted until" if item.expires <= as_of else "counts until"
    return f"{word} {day(item.expires)}, or {item.expires_after_reviews} reviews"
