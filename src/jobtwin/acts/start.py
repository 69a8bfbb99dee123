"""start: a pull request with start.yml opens an attempt, and the server's clock begins to run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtwin.credential.text import check_record
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge import answering
from jobtwin.forge.events import PUSHES, Effects
from jobtwin.records import layout
from jobtwin.records.base import Loaded, load, stamp, write
from jobtwin.records.intake import StartRequest
from jobtwin.records.submission import PolicyInForce, Started
from jobtwin.repository import attempts, inbox, moments, packs, queues
from jobtwin.repository.ledger import Attempt, Filed
from jobtwin.rules import deadline, opening, seeds, visibility, waits
from jobtwin.rules import relations as ties
from jobtwin.rules.ledger import digest, sign

if TYPE_CHECKING:
    from datetime import datetime

    from jobtwin.forge.events import Event, PullRequest
    from jobtwin.keys import Holders
    from jobtwin.records.organisation import Cohort
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Ledger

NO_REQUEST = Code(
    "STA-007",
    "the pull request holds no start.yml",
    why="start.yml says which twin the clock starts for.",
    fix="Add submissions/inbox/start.yml; the twin's page shows what to write.",
)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a start is written from."""

    event: Event
    """At the moment when the clock starts."""
    pull_request: PullRequest
    ledger: Ledger
    holders: Holders


def start(event: Event, ledger: Ledger, holders: Holders) -> Effects:
    """Open the attempt that a pull request asks for; raises `Refused` with every finding.

    Does and says nothing where the pull request has its attempt, or where nothing was pushed: what
    follows from then on is for `receive`.
    """
    pull_request = event.pull_request
    if pull_request is None or event.kind not in PUSHES:
        return Effects()
    secret = holders.subject
    if attempts.of_pull_request(ledger, secret, pull_request.author.number, pull_request.number):
        return Effects()
    twin, record = opened(event, pull_request, ledger, holders)
    path = layout.started(twin.id, record.attempt)
    content = write(record)
    attempt = Attempt(twin.id, record.attempt, (Filed(path, digest(content), record),))
    answered = answering.answer(ledger, secret, attempt, event)
    wait = waits.said(queues.figures(ledger, twin, record.at), twin.mentor_sla_hours)
    return replace(
        answered,
        comment=f"{answered.comment}\n\n**Until your result.** {wait}{_of_pack(record)}",
        records={path: content},
        message=f"Start attempt {record.attempt[:8]} at {twin.id}",
    )


def _of_pack(record: Started) -> str:
    """Return what a learner is told of the private pack that the graded world is drawn with."""
    if record.pack is None:
        return ""
    return (
        f"\n\n**What you are graded on** is drawn with a private pack, `{record.pack}`, that was "
        "sealed before anybody of your cohort started; no kit holds anything of it."
    )


def opened(
    event: Event, pull_request: PullRequest, ledger: Ledger, holders: Holders
) -> tuple[Twin, Started]:
    """Return the twin that a pull request asks for and its signed start; raises `Refused`."""
    request = read_request(ledger, pull_request)
    subject = seeds.subject(holders.subject, pull_request.author.number)
    twin = _startable(ledger, request)
    mine = tuple(attempts.of_learner(ledger, holders.subject, subject, twin.id))
    earlier = tuple(opening.Earlier(attempts.state(attempt)) for attempt in mine)
    mentors = {mentor.id for mentor in ledger.mentors}
    findings = [*check_record(request), *opening.check_start(request, twin, earlier, mentors)]
    if findings:
        raise Refused(findings)
    at = moments.acting(ledger, event.at)  # no clock runs while we keep somebody waiting
    cohort = _cohort(ledger, request, twin, at)
    desk = _Desk(replace(event, at=at), pull_request, ledger, holders)
    return twin, _record(desk, request, twin, cohort, len(mine) + 1)


def read_request(ledger: Ledger, pull_request: PullRequest) -> Loaded[StartRequest]:
    """Return start.yml of a pull request; raises `Refused`."""
    files = inbox.read(ledger.tree.git, pull_request.head)
    if "start.yml" not in files:
        raise Refused([NO_REQUEST.at("start.yml is not there", layout.INBOX)])
    return load(StartRequest, files["start.yml"], f"{layout.INBOX}/start.yml")


def _startable(ledger: Ledger, request: Loaded[StartRequest]) -> Twin:
    loaded = ledger.twin(request.record.twin)
    if loaded is None:
        known = ", ".join(ledger.twins)
        message = f"`{request.record.twin}` is not a twin; there are {known}"
        raise Refused([request.finding(opening.NO_TWIN, message, "twin")])
    if loaded.record.harness is None:
        message = f"`{loaded.record.id}` has no harness yet"
        raise Refused([request.finding(opening.NOT_STARTABLE, message, "twin")])
    return loaded.record


def _cohort(ledger: Ledger, request: Loaded[StartRequest], twin: Twin, at: datetime) -> Cohort:
    cohort = opening.open_cohort(ledger.cohorts, ledger.tracks, twin, at)
    if cohort is None:
        message = f"no cohort of a track with `{twin.id}` is open at {stamp(at)}"
        raise Refused([request.finding(opening.NO_COHORT, message, "twin")])
    missing = [*visibility.check_cohort(cohort), *visibility.check_start(request, cohort)]
    if missing:
        raise Refused(missing)
    if deadline.lacks_window(twin, cohort):
        raise EngineError(f"cohort {cohort.id} gives no window for {twin.id}", "add it to the file")
    return cohort


def _record(
    desk: _Desk, request: Loaded[StartRequest], twin: Twin, cohort: Cohort, number: int
) -> Started:
    event, ledger, holders = desk.event, desk.ledger, desk.holders
    signer, secret = holders.signer("clock"), holders.subject
    subject = seeds.subject(secret, desk.pull_request.author.number)
    purpose = {
        name: seeds.seed(holders.cohort(cohort.id), twin.id, twin.version, subject, number, name)
        for name in ("kit", "graded")
    }
    named = set(request.record.relations)
    relations = sorted(mentor.account for mentor in ledger.mentors if mentor.id in named)
    works_at = request.record.employer
    is_sealed = cohort.visibility == "sealed"
    return sign(
        Started(
            format=1,
            at=event.at,
            event=event.id,
            key=signer.key_id,
            attempt=seeds.attempt(secret, subject, twin.id, number),
            twin=twin.id,
            twin_version=twin.version,
            twin_tree=ledger.tree.tree_id(f"twins/{twin.id}"),
            cohort=cohort.id,
            policies=tuple(
                PolicyInForce(path=path, digest=digest)
                for path, digest in ledger.policies(event.at).values()
            ),
            subject=subject,
            number=number,
            pull_request=seeds.hidden(secret, "pull_request", desk.pull_request.number),
            deadlines=deadline.deadlines(twin, cohort, event.at),
            kit_seed=purpose["kit"].hex(),
            graded_seed_commitment=seeds.commitment(purpose["graded"]),
            recipient=request.record.recipient,
            public_name=request.record.public_name,
            public_record=request.record.public_record,
            employer=ties.employer(secret, works_at) if works_at else None,
            relations=tuple(relations),
            pack=packs.in_force(ledger, cohort.id, twin.id),
            sealed_to=cohort.sealed_to if is_sealed else None,
            feedback_to=request.record.feedback_to if is_sealed else None,
        ),
        signer,
    )
