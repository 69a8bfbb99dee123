"""The one comment on a learner's pull request, in Markdown: what is so, and what to do next."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.rules import award, feedback, forcing, receipts, sla
from jobtwin.rules.feedback import plain
from jobtwin.rules.standing import handing_in, sealed_decision, state
from jobtwin.rules.standing.moments import moment, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.records.submission import Evaluated, Received
    from jobtwin.rules.standing.state import Case, Stage

LONGEST = 60_000
"""Characters of a comment; forges cut off a little later."""
MOST_RECEIPTS = 12
_MOST_REASONS = 20
_LONGEST_REASON = 600


def comment(case: Case) -> str:
    """Return the whole comment."""
    at = state.stage(case)
    if case.decision and case.started.sealed_to:
        return _fitting([*sealed_decision.told(case), "", *_records(case)], case)
    if case.decision:
        return _fitting([*_decided(case), "", *_records(case)], case)
    parts = [*_said(case, at), ""]
    if at in state.RUNNING:
        parts += [*handing_in.checkpoints(case), "", *handing_in.next_steps(case), ""]
    if case.before and not case.started.sealed_to:
        parts += feedback.first_decision(case.twin, case.before)
    parts += [*_receipts(case), *_clock(case), *_records(case)]
    return _fitting(parts, case)


def feedback_of(case: Case) -> str:
    """Return all that a decision says to its learner, as it stands in the open elsewhere."""
    return "\n".join(_decided(case))


def _said(case: Case, at: Stage) -> Iterator[str]:
    """Yield the state in words of its own, and what it means for the learner."""
    if at in state.RUNNING:
        yield from _running(case, at)
    elif at in _WAITING:
        yield _WAITING[at]
    elif at == "infrastructure-error":
        yield _machine_failed(case)
    elif at == "expired":
        yield from _expired(case)
    else:
        if case.is_appeal:
            yield _APPEALED
            yield ""
        if case.is_reopened:
            yield _REOPENED
            yield ""
        yield from _measured(case, case.evaluated[-1])
        yield ""
        yield _review(case)


_APPEALED = (
    "**You appealed: two other mentors read the same work anew.** They see nothing of the first "
    "decision, which stands until theirs."
)
_REOPENED = (
    "**Your work is read anew by another mentor.** The first one's grading does not count at "
    "present, and your credential should not rest on it. You need not do anything: what was "
    "decided stands, and the credential with it, until the new decision."
)
_FOUND_LATER = (
    "A push of yours reached us late or not at all, and was found later. An operator decides "
    "whether it counts before anything is measured; you need not do anything."
)
_WAITING = {
    "nothing to grade": (
        "**The last deadline has passed, and nothing that can be graded was accepted.** "
        "The attempt ends with the next sweep, within hours. Nothing is left to do here."
    ),
    "waiting for a human": (
        f"**Handed in. A person looks at it before it is measured.** {_FOUND_LATER}"
    ),
    "evaluating": (
        "**Handed in. The machine measures your work now.** "
        "Nothing is left to do: the figures follow here, mostly within the hour."
    ),
}
_RUNNING = {
    "accepted": "**Accepted, in time.** This is what counts unless you hand in again in time.",
    "blocked": (
        "**Blocked by a critical self-check; not handed in yet.** Mend your work and change the "
        "answer, or set `force: true`, which the mentor sees. The clock runs on."
    ),
    "refused": (
        "**Not taken in.** Mend what is listed and push again. Nothing is lost, and the clock "
        "runs on."
    ),
}


def _machine_failed(case: Case) -> str:
    tried = len(case.evaluated)
    if tried < state.TRIES:
        return (
            "**Our machine failed, not your work.** It is run again, and no attempt is used up. "
            "Nothing is left to do."
        )
    return (
        f"**Our machine failed {tried} times, not your work.** A person finds out why, and then it "
        "is run again. No attempt is used up, and nothing is left to do."
    )


def _running(case: Case, at: Stage) -> Iterator[str]:
    push = state.telling(case)
    if at == "started":
        number, begun = case.started.number, moment(case.started.at)
        yield f"**The clock is running: {case.twin.title}, attempt {number}.** It started {begun}."
    elif at == "late":
        yield _late(case, push)
    else:
        yield _RUNNING[at]
    yield from _reasons(push)
    for more in _warnings(case, push):
        yield ""
        yield more


def _warnings(case: Case, push: list[Received]) -> Iterator[str]:
    """Yield what the learner might not see in the state itself."""
    if any(receipt.recovered for receipt in push):
        yield _FOUND_LATER
    if receipts.gradable(case.receipts, case.twin):
        return
    with_code = [checkpoint.id for checkpoint in case.twin.checkpoints if checkpoint.repository]
    closing = [d.at for d in case.started.deadlines if d.checkpoint in with_code]
    if case.now > max(closing) + timedelta(seconds=case.grace_seconds):
        yield (
            "**No repository was accepted in time, so nothing can be graded.** Unless one is still "
            "on its way to us, the attempt expires when its last checkpoint closes."
        )
    elif any(receipt.final and receipt.ruling == "accepted" for _, receipt in case.receipts):
        yield "`final: true` ends nothing yet: no repository has been accepted."


def _late(case: Case, push: list[Received]) -> str:
    late = next(receipt for receipt in push if receipt.ruling == "late")
    closed = next(d.at for d in case.started.deadlines if d.checkpoint == late.checkpoint)
    before = any(
        receipt.checkpoint == late.checkpoint and receipt.ruling == "accepted"
        for _, receipt in case.receipts
    )
    stays = (
        "What was accepted for it before still counts, as it was."
        if before
        else "Nothing was accepted for it before, so it stays empty."
    )
    times = f"`{late.checkpoint}` closed {moment(closed)}, this came {moment(late.at)}"
    return f"**Late: {times}.** {stays}"


def _reasons(push: list[Received]) -> Iterator[str]:
    reasons = [reason for receipt in push for reason in receipt.reasons]
    if reasons:
        yield ""
    for reason in reasons[:_MOST_REASONS]:
        yield f"- {plain(reason[:_LONGEST_REASON])}"
    if len(reasons) > _MOST_REASONS:
        yield f"- and {len(reasons) - _MOST_REASONS} more"


def _expired(case: Case) -> Iterator[str]:
    last = max(deadline.at for deadline in case.started.deadlines)
    page = case.place.page(f"twins/{case.twin.id}")
    yield f"**Expired: nothing that can be graded was accepted before {moment(last)}.**"
    yield ""
    again = f"[start again]({page}) by a new pull request when you are ready. It has another seed"
    if award.attempts_left(case.twin, case.started.number):
        yield f"This attempt is used up, and another one is left: {again}, so another kit."
    else:
        # One before it does not count where our machine failed in it.
        yield (
            "This attempt is used up, and it was the last, unless our machine failed in an earlier "
            f"one: then {again}, so another kit."
        )


_OUTCOMES = {
    "passed": "**Measured: the machine bar is met.**",
    "failed": "**Measured: the machine bar is not met.**",
    "timed_out": "**Measured: your code did not end in the time it has, so the bar is not met.**",
    "invalid": "**Measured: what came back could not be read, so the bar is not met.**",
}


def _measured(case: Case, evaluated: Evaluated) -> Iterator[str]:
    yield f"{_OUTCOMES[evaluated.outcome]} A calibrated mentor reads your work next, either way."
    titles = {metric.id: metric.title for metric in case.twin.metrics}
    if evaluated.bar:
        yield ""
        yield "| figure | measured | bar | |"
        yield "|---|---|---|---|"
    for line in evaluated.bar:
        met = "met" if line.met else "**not met**"
        asked = f"{line.comparator} {line.bar:g}"
        yield f"| {titles.get(line.metric, line.metric)} | {line.value:g} | {asked} | {met} |"
    yield from feedback.gates_told(evaluated)
    if evaluated.notes:
        yield ""
        yield from (f"- {plain(note)}" for note in evaluated.notes)


_HELD = (
    "**Before a mentor, an operator looks at it.** Something in it still tells whose it is, and a "
    "mentor grades work, not a person; the receipt named the places. Nothing is left to do, and "
    "the wait uses up nothing of your attempt."
)


def _review(case: Case) -> str:
    open_claims = state.open_claims(case)
    if case.is_held and not open_claims:
        return _HELD
    hours = case.twin.mentor_sla_hours
    wanted = case.wanted
    count = f" {len(case.reviewed)} of {wanted} reviews are in." if wanted > 1 else ""
    if state.is_reviewed(case):
        return f"**Reviewed; the decision follows here.**{count} Nothing is left to do."
    if open_claims:
        due = moment(open_claims[0].due)
        return f"**A mentor is reading your work.** The review is due {due}.{count}"
    if len(case.claims) > len(case.reviewed) and case.claims[-1][1].due < case.now:
        last = case.claims[-1][1]
        is_cut = last.due < sla.due(last.at, hours)
        said = "Your mentor grades no more for now." if is_cut else "Your mentor is overdue."
        return (
            f"**{said}** Your work is at the front of the queue again: the review "
            f"is due {hours} hours after the next mentor takes it.{count} Nothing is left to do."
        )
    return f"**It waits for a mentor.** The review is due {hours} hours after one takes it.{count}"


def _decided(case: Case) -> Iterator[str]:
    if case.decision:
        measured = feedback.Case(
            case.twin,
            case.evaluated[-1],
            case.reviews,
            case.decision,
            case.credential,
            state.appeal_until(case),
            case.track,
            tuple(receipt.number for receipt in case.reviewed),
            case.before,
            case.is_reopened,
        )
        yield feedback.feedback(measured).rstrip()


def _receipts(case: Case) -> Iterator[str]:
    """Yield the latest receipts, the newest first."""
    every = [receipt for push in state.pushes(case) for receipt in push]
    if not every:
        return
    yield "**Receipts**, by the server's clock"
    yield ""
    yield "| arrived | head | what | ruling | kept |"
    yield "|---|---|---|---|---|"
    for receipt in every[:MOST_RECEIPTS]:
        kept = f"commit `{receipt.snapshot.commit[:12]}`" if receipt.snapshot else ""
        ruling = f"**{receipt.ruling}**" if receipt.ruling != "noted" else "noted"
        flags = ", found later" if receipt.recovered else ""
        flags += ", forced" if receipt.forced else ""
        flags += ", final" if receipt.final else ""
        row = (moment(receipt.at), f"`{receipt.head[:12]}`", _what(receipt), ruling + flags, kept)
        yield f"| {' | '.join(row)} |"
    if len(every) > MOST_RECEIPTS:
        yield ""
        yield f"{len(every) - MOST_RECEIPTS} earlier receipts are in the records."
    for line in forcing.told(case.twin, every):
        yield ""
        yield f"{plain(line)}. Every mentor who reads the work sees this."
    yield ""


def _what(receipt: Received) -> str:
    if not receipts.is_push(receipt):
        return f"update `{receipt.inbox[0].path}`" if receipt.inbox else "update"
    return f"`{receipt.checkpoint}`" if receipt.checkpoint else "files"


def _clock(case: Case) -> Iterator[str]:
    hidden = case.place.page("explanation/what-an-open-repository-cannot-hide")
    opened = case.started.event.startswith("pull_request.opened:")
    when = "when this pull request opened" if opened else "with a valid `start.yml` here"
    yield (
        f"The clock started {when}, {moment(case.started.at)}. Drafts never "
        f"move a deadline: what counts is when a push arrived here ({span(case.grace_seconds)} are "
        f"allowed for its delivery). [What an open repository cannot hide]({hidden})."
    )


def _records(case: Case) -> Iterator[str]:
    if case.place.repository:
        attempt = case.started.attempt
        folder = layout.submission(case.started.twin, attempt)
        graded = layout.grade(case.started.twin, attempt)
        page = case.place.page(layout.attempt_page(attempt))
        grading = f", [of its grading]({case.place.records(graded)})" if case.claims else ""
        yield (
            f"[Records of this attempt]({case.place.records(folder)}){grading}, and "
            f"[its page]({page}), made anew at each change."
        )


def _fitting(parts: list[str], case: Case) -> str:
    text = "\n".join(parts).rstrip() + "\n"
    if len(text) <= LONGEST:
        return text
    cut = text[:LONGEST].rpartition("\n")[0]
    records = "\n".join(_records(case))
    return f"{cut}\n\nThis is too long for a comment; the rest is in the records. {records}\n"
