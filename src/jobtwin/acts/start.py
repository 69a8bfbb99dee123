"""start: a pull request with start.yml opens an attempt, and the server's clock begins to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import Loaded, load, stamp, write
from jobtwin.records.intake import StartRequest
from jobtwin.records.submission import PolicyInForce, Started
from jobtwin.repository import attempts, inbox
from jobtwin.rules import deadline, opening, seeds
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
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


def start(event: Event, ledger: Ledger, holders: Holders) -> Effects:
    """Open the attempt that the pull request asks for; raises `Refused` with every finding.

    A second event for the same pull request changes nothing.
    """
    pull_request = _pull_request(event)
    request = read_request(ledger, pull_request)
    secret = holders.subject
    subject = seeds.subject(secret, pull_request.author.number)
    twin = _startable(ledger, request)
    hidden = seeds.hidden(secret, "pull_request", pull_request.number)
    mine = tuple(attempts.of_learner(ledger, secret, subject, twin.id))
    for attempt in mine:
        if attempt.started.pull_request == hidden:
            return Effects(comment=welcome(attempt.started, twin), labels=("started",))
    earlier = tuple(opening.Earlier(attempts.state(attempt)) for attempt in mine)
    mentors = {mentor.id for mentor in ledger.mentors}
    if findings := list(opening.check_start(request, twin, earlier, mentors)):
        raise Refused(findings)
    cohort = _cohort(ledger, request, twin, event)
    record = _record(event, ledger, holders, request, twin, cohort, len(mine) + 1)
    path = layout.started(twin.id, record.attempt)
    return Effects(
        records={path: write(record)},
        message=f"Start attempt {record.attempt[:8]} at {twin.id}",
        comment=welcome(record, twin),
        labels=("started",),
    )


def read_request(ledger: Ledger, pull_request: PullRequest) -> Loaded[StartRequest]:
    """Return start.yml of a pull request; raises `Refused`."""
    files = inbox.read(ledger.tree.git, pull_request.head)
    if "start.yml" not in files:
        raise Refused([NO_REQUEST.at("start.yml is not there", layout.INBOX)])
    return load(StartRequest, files["start.yml"], f"{layout.INBOX}/start.yml")


def _pull_request(event: Event) -> PullRequest:
    if event.pull_request is None:
        raise Refused([NO_REQUEST.at("the event has no pull request")])
    return event.pull_request


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


def _cohort(ledger: Ledger, request: Loaded[StartRequest], twin: Twin, event: Event) -> Cohort:
    cohort = opening.open_cohort(ledger.cohorts, ledger.tracks, twin, event.at)
    if cohort is None:
        message = f"no cohort of a track with `{twin.id}` is open at {stamp(event.at)}"
        raise Refused([request.finding(opening.NO_COHORT, message, "twin")])
    if deadline.lacks_window(twin, cohort):
        raise EngineError(f"cohort {cohort.id} gives no window for {twin.id}", "add it to the file")
    return cohort


def _record(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    request: Loaded[StartRequest],
    twin: Twin,
    cohort: Cohort,
    number: int,
) -> Started:
    signer, secret = holders.signer("clock"), holders.subject
    subject = seeds.subject(secret, _pull_request(event).author.number)
    purpose = {
        name: seeds.seed(holders.cohort(cohort.id), twin.id, twin.version, subject, number, name)
        for name in ("kit", "graded")
    }
    relations = sorted(seeds.hidden(secret, "mentor", name) for name in request.record.relations)
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
            pull_request=seeds.hidden(secret, "pull_request", _pull_request(event).number),
            deadlines=deadline.deadlines(twin, cohort, event.at),
            kit_seed=purpose["kit"].hex(),
            graded_seed_commitment=seeds.commitment(purpose["graded"]),
            recipient=request.record.recipient,
            public_name=request.record.public_name,
            relations=tuple(relations),
        ),
        signer,
    )


def welcome(started: Started, twin: Twin) -> str:
    """Return what the learner is told: deadlines, kit, what to do next."""
    rows = [
        f"| {checkpoint.title} | {stamp(closing.at)} | `submissions/inbox/{checkpoint.id}.yml` |"
        for checkpoint, closing in zip(twin.checkpoints, started.deadlines, strict=True)
    ]
    return "\n".join(
        [
            f"**The clock is running: {twin.title}, attempt {started.number}.**",
            "",
            f"Started {stamp(started.at)} by the server's clock.",
            "",
            "| checkpoint | closes | handed in by |",
            "|---|---|---|",
            *rows,
            "",
            "Get the kit (the same on every machine):",
            "",
            f"    jobtwin kit {twin.id} --seed {started.kit_seed} --out work",
            "",
            "`jobtwin eval` measures your work as the graders will; `jobtwin submit` hands it in.",
            "Drafts never move a deadline; a late push gets a late receipt and nothing else.",
        ]
    )
