"""sweep: look for what an event should have done and did not. Never decides, never signs.

Forges lose events and jobs crash. A sweep finds pushes without a receipt, attempts whose time is
over, claims past their SLA, acts that should have followed, and cohorts that are over; each is
mended on its own, so that one failure does not stop the rest. Sweeping twice changes nothing the
second time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.acts.receive import receive
from jobtwin.acts.seal import packing
from jobtwin.acts.start import opened
from jobtwin.errors import EngineError, JobtwinError
from jobtwin.forge import answering, reminders
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import stamp, write
from jobtwin.records.grade import Claim
from jobtwin.records.organisation import QueuePolicy, Revealed
from jobtwin.records.submission import Evaluated, Expired, Received
from jobtwin.repository import attempts, drifts, moments, queues
from jobtwin.rules import ending, panel, receipts, seeds
from jobtwin.rules.ledger import sign
from jobtwin.rules.standing.state import TRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobtwin.forge.events import Event, Reminder
    from jobtwin.forge.performing import Forge
    from jobtwin.keys import Holders
    from jobtwin.records.organisation import Cohort
    from jobtwin.repository.ledger import Attempt, Ledger

PATIENCE = timedelta(minutes=15)
"""How long a push may wait for its own event before it counts as missed."""
ASK_FROM, ASK_UNTIL = timedelta(hours=1), timedelta(hours=4)
"""In which hours of each day of waiting an approval is asked for again."""

NOT_STARTED = (
    "**The clock has not started.** The event of this pull request did not reach us in time. "
    "Nothing is lost: when you are ready, push anything to the branch, or close and reopen this "
    "pull request. The clock starts then."
)

NO_MENTOR = (
    "**No mentor may read your work at present**: each one has something to do with you, or is not "
    "calibrated for this twin now. Operators have been told and look for one. Nothing is left to "
    "do for you, and no attempt is used up by the wait."
)


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing that a sweep looks after."""

    kind: str
    words: str
    act: Callable[[Ledger], Effects] | None = None
    """What mends it; None where a person is needed."""
    event: Event | None = None
    """The event that was missed, where the errand is about one."""


@dataclass(slots=True)
class Summary:
    """What a sweep found and did."""

    at: str
    lines: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    """Paths that are new on main."""
    failed: int = 0

    def text(self) -> str:
        """Return it for people."""
        found = f"{len(self.lines)} to look after" if self.lines else "nothing to look after"
        failed = f", {self.failed} of them failed" if self.failed else ""
        return "\n".join([f"Swept at {self.at}: {found}{failed}.", *self.lines])


def sweep(forge: Forge, holders: Holders) -> Summary:
    """Look after everything that is due by the forge's event; failures are told, not raised."""
    summary = Summary(stamp(forge.event.at))
    for find in (
        missed_events,
        due_attempts,
        stuck_attempts,
        due_credentials,
        ended_cohorts,
    ):
        for errand in _found(forge, holders, find, summary):
            _run(forge, errand, summary)
    return summary


def _found(
    forge: Forge,
    holders: Holders,
    find: Callable[[Forge, Ledger, Holders], Iterator[Errand]],
    summary: Summary,
) -> list[Errand]:
    found: list[Errand] = []

    def look(ledger: Ledger) -> Effects:
        found[:] = find(forge, ledger, holders)
        return Effects()

    _run(forge, Errand("sweep", f"{find.__name__} could not be looked for", look), summary, True)
    return found


def _run(forge: Forge, errand: Errand, summary: Summary, silent: bool = False) -> None:
    """Carry an errand out, and note what became of it."""
    line = f"- {errand.kind}: {errand.words}"
    try:
        done = forge.perform(errand.act, errand.event) if errand.act else None
    except JobtwinError as error:
        summary.failed += 1
        summary.lines.append(f"{line}: failed: {error}")
        return
    if done:
        summary.records += done.records
    if done and done.refused:
        line += f": refused, {', '.join(finding.code for finding in done.refused)}"
    if not silent:
        summary.lines.append(line)


def missed_events(forge: Forge, ledger: Ledger, holders: Holders) -> Iterator[Errand]:
    """Yield open pull requests whose head has no receipt, or that never started."""
    for event in forge.open_pull_requests():
        pull_request = event.pull_request
        if pull_request is None or event.at < forge.event.at < event.at + PATIENCE:
            continue
        name = f"#{pull_request.number}"
        attempt = attempts.of_pull_request(
            ledger, holders.subject, pull_request.author.number, pull_request.number
        )
        if attempt is None:
            yield Errand("not started", name, _told_to_start(event, holders), event)
        elif not _is_known(attempt, pull_request.head):
            yield Errand("missed push", name, _recovered(forge, event, holders), event)
        elif _is_closed(ledger, holders, attempt, forge.event):
            yield Errand("still open", name, _answered(event, holders, attempt), event)


def _is_known(attempt: Attempt, head: str) -> bool:
    pushes = (item.record for item in attempt.all(Received) if receipts.is_push(item.record))
    return any(receipt.head == head for receipt in pushes)


def _is_closed(ledger: Ledger, holders: Holders, attempt: Attempt, event: Event) -> bool:
    now = answering.standing_of(ledger, holders.subject, attempt, event)
    return answering.is_closed(now)


def _recovered(forge: Forge, event: Event, holders: Holders) -> Callable[[Ledger], Effects]:
    return lambda ledger: receive(event, ledger, holders, forge.rewrite, recovered=True)


def _told_to_start(event: Event, holders: Holders) -> Callable[[Ledger], Effects]:
    """Say that the clock has not started; what keeps it from starting is refused as ever.

    Starting now would run a clock that the learner does not see.
    """

    def act(ledger: Ledger) -> Effects:
        if event.pull_request:
            opened(event, event.pull_request, ledger, holders)
        return Effects(comment=NOT_STARTED)

    return act


def due_attempts(forge: Forge, ledger: Ledger, holders: Holders) -> Iterator[Errand]:
    """Yield attempts that wait for an act, and claims past their SLA."""
    for twin in ledger.twins:
        for shard in ledger.tree.names(f"submissions/{twin}"):
            for name in ledger.tree.names(f"submissions/{twin}/{shard}"):
                try:
                    attempt = ledger.attempt(twin, name)
                    yield from _due(forge.event, ledger, holders, attempt) if attempt else ()
                except JobtwinError as error:
                    yield Errand("cannot be read", f"{twin} {name}: {error}")


def _due(event: Event, ledger: Ledger, holders: Holders, attempt: Attempt) -> Iterator[Errand]:
    if attempts.state(attempt) == "expired" or panel.is_settled(attempt.records):
        return
    name = f"{attempt.twin} {attempt.id}"
    now = answering.standing_of(ledger, holders.subject, attempt, event)
    answer = _answered(event, holders, attempt)
    if now.stage == "nothing to grade":
        yield Errand("expired", name, _expired(event, holders, attempt))
    elif now.stage == "waiting for a human":
        words = f"{name}: a push was found later; evaluate it by hand if it counts"
        yield Errand("waiting for a human", words, answer)
    elif now.stage == "infrastructure-error":
        yield _again(attempt, name, _evaluated_again(event, holders, attempt))
    elif now.stage == "evaluating" and attempt.started.is_measured_by_hand:
        why = "sealed" if attempt.started.sealed_to else "drawn with a private pack"
        words = f"{name}: {why}; evaluate it on a machine of your own"
        yield Errand("waiting for a human", words, _reminded(answer, answering.by_hand(attempt)))
    elif now.follows:
        yield Errand(now.follows, name, answer)
    elif told := _reminders(ledger, attempt, event):
        overdue = any(reminders.is_overdue(reminder) for reminder in told)
        yield Errand(
            "overdue claim" if overdue else "half of a claim", name, _reminded(answer, told)
        )


def stuck_attempts(forge: Forge, ledger: Ledger, holders: Holders) -> Iterator[Errand]:
    """Yield attempts that wait for a mentor and that every mentor is excluded from."""
    for twin in ledger.twins:
        names = queues.stuck(ledger, twin, forge.event.at, holders.subject)
        for number, name in enumerate(names):
            if attempt := ledger.attempt(twin, name):
                told = () if number else (reminders.nobody(twin, name),)
                act = _untaken(_answered(forge.event, holders, attempt), told)
                yield Errand("no mentor", f"{twin} {name}", act)


def _untaken(
    answer: Callable[[Ledger], Effects], told: tuple[Reminder, ...]
) -> Callable[[Ledger], Effects]:
    """Say to the learner that nobody may read the work at present, and to operators once."""

    def act(ledger: Ledger) -> Effects:
        said = answer(ledger)
        comment = f"{NO_MENTOR}\n\n{said.comment}"
        return replace(said, comment=comment, labels=(*said.labels, "no-mentor"), reminders=told)

    return act


def due_credentials(forge: Forge, ledger: Ledger, holders: Holders) -> Iterator[Errand]:
    """Yield that credentials wait to be signed, once for all of them."""
    from jobtwin.acts import issue

    waiting = issue.due_to_learners(ledger, holders.subject)
    due = [decision.record.at for _, decision in waiting]
    cleared = issue.due_tracks(ledger)
    due += [max(decision.record.at for _, decision in track.parts) for track in cleared]
    if due:
        words = "1 credential waits" if len(due) == 1 else f"{len(due)} credentials wait"
        asked = _is_time_to_ask(forge.event.at - min(due))
        ask = (lambda _: Effects(then=(answering.ISSUE,))) if asked else None
        yield Errand("issue" if asked else "waiting for an approval", words, ask)


def ended_cohorts(forge: Forge, ledger: Ledger, holders: Holders) -> Iterator[Errand]:
    """Yield the cohorts whose last word is spoken, and whose secret can be revealed."""
    for cohort in ledger.cohorts:
        if forge.event.at < cohort.closes or ledger.tree.read(layout.revealed(cohort.id)):
            continue
        waiting = sum(not _is_over(ledger, attempt, forge.event) for attempt in _of(ledger, cohort))
        if waiting:
            words = "1 attempt waits" if waiting == 1 else f"{waiting} attempts wait"
            yield Errand("cohort not over", f"{cohort.id}: {words}")
        else:
            yield Errand("cohort over", cohort.id, _revealed(forge.event, holders, cohort))


def _of(ledger: Ledger, cohort: Cohort) -> Iterator[Attempt]:
    every = (attempt for twin in ledger.twins for attempt in ledger.attempts(twin))
    return (attempt for attempt in every if attempt.started.cohort == cohort.id)


def _is_over(ledger: Ledger, attempt: Attempt, event: Event) -> bool:
    days = ledger.pinned_policy(QueuePolicy, attempt.started).appeal_days
    return ending.is_over(attempt.records, event.at, days)


def _revealed(event: Event, holders: Holders, cohort: Cohort) -> Callable[[Ledger], Effects]:
    """Reveal a cohort's secret; from then on anybody can make its seeds and draws again."""

    def act(ledger: Ledger) -> Effects:
        secret, path = holders.cohort(cohort.id), layout.revealed(cohort.id)
        if seeds.commitment(secret) != cohort.secret_commitment:
            raise EngineError(f"the secret of `{cohort.id}` is not the one that was committed to")
        if ledger.tree.read(path):
            return Effects()
        signer = holders.signer("clock")
        record = Revealed(
            format=1,
            at=moments.acting(ledger, event.at),
            event=event.id,
            key=signer.key_id,
            cohort=cohort.id,
            secret=secret.hex(),
        )
        return Effects(
            records={
                path: write(sign(record, signer)),
                **packing.revealed(event, ledger, holders, cohort.id),
            },
            message=f"Cohort {cohort.id} is over",
        )

    return act


def _is_time_to_ask(waiting: timedelta) -> bool:
    """Say whether an approval is asked for again: each asking stays until somebody answers it."""
    return ASK_FROM <= waiting % timedelta(days=1) < ASK_UNTIL


def _answered(event: Event, holders: Holders, attempt: Attempt) -> Callable[[Ledger], Effects]:
    """Say where the attempt stands by then, and ask for what follows."""

    def act(ledger: Ledger) -> Effects:
        now = _now(ledger, attempt)
        return answering.answer(ledger, holders.subject, now, event)

    return act


def _now(ledger: Ledger, attempt: Attempt) -> Attempt:
    return ledger.attempt(attempt.twin, attempt.id) or attempt


def _again(attempt: Attempt, name: str, act: Callable[[Ledger], Effects]) -> Errand:
    tried = len(attempt.all(Evaluated))
    if tried < TRIES and not attempt.started.is_measured_by_hand:
        return Errand("evaluate again", name, act)
    words = f"{name}: our machine failed {tried} times; find out why, then evaluate it by hand"
    return Errand("waiting for a human", words)


def _evaluated_again(
    event: Event, holders: Holders, attempt: Attempt
) -> Callable[[Ledger], Effects]:
    said = _answered(event, holders, attempt)
    return lambda ledger: replace(said(ledger), then=(answering.evaluation(attempt),))


def _expired(event: Event, holders: Holders, attempt: Attempt) -> Callable[[Ledger], Effects]:
    """End an attempt that has nothing to grade, unless something has come meanwhile."""

    def act(ledger: Ledger) -> Effects:
        now = _now(ledger, attempt)
        standing = answering.standing_of(ledger, holders.subject, now, event)
        if standing.stage != "nothing to grade":
            return answering.answer(ledger, holders.subject, now, event)
        record, path = _record(event, now, holders), layout.expired(now.twin, now.id)
        grown = answering.grown(now, {path: record})
        return replace(
            answering.answer(ledger, holders.subject, grown, event),
            records={path: write(record)},
            message=f"Attempt {now.id[:8]} expired",
        )

    return act


def _reminders(ledger: Ledger, attempt: Attempt, event: Event) -> tuple[Reminder, ...]:
    twin = ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)
    claims = [item.record for item in attempt.all(Claim)]
    stopped = frozenset(c.review_id for c in claims if drifts.stopped(ledger, attempt, c))
    sitting = drifts.panel_of(ledger, attempt, twin)
    return tuple(reminders.of(attempt, sitting, event.at, stopped))


def _reminded(
    answer: Callable[[Ledger], Effects], told: tuple[Reminder, ...]
) -> Callable[[Ledger], Effects]:
    """Say where the attempt stands, and to its mentors what time it is."""
    return lambda ledger: replace(answer(ledger), reminders=told)


def _record(event: Event, attempt: Attempt, holders: Holders) -> Expired:
    signer = holders.signer("clock")
    return sign(
        Expired(
            format=1,
            at=event.at,
            event=event.id,
            previous=attempt.tip,
            key=signer.key_id,
            attempt=attempt.id,
            reason="Nothing that can be graded was accepted before the last deadline.",
        ),
        signer,
    )
