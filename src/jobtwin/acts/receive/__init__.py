"""receive: a push to the pull request gets a receipt by the server's clock, and is kept as it was.

What is graded is what the last accepted receipt names, whatever is pushed later.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin.acts.receive.desk import Desk, Handed, identities
from jobtwin.acts.receive.writing import effects
from jobtwin.errors import Refused
from jobtwin.forge import answering
from jobtwin.forge.events import PUSHES, Effects
from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.intake import CheckpointRequest
from jobtwin.records.organisation import IntakePolicy
from jobtwin.records.submission import Evaluated, Expired, Received, Snapshot
from jobtwin.repository import attempts, boxes, inbox, moments, snapshot
from jobtwin.rules import deadline, intake, receipts, seeds
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from jobtwin.forge.events import Event, PullRequest
    from jobtwin.keys import Holders
    from jobtwin.records.base import Loaded
    from jobtwin.repository.ledger import Attempt, Ledger
    from jobtwin.repository.snapshot import Fetched

MOST_COMMENTS = 50
"""How many comments of an attempt get a receipt, taken in or refused."""


def receive(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    rewrite: Mapping[str, str] | None = None,
    recovered: bool = False,
) -> Effects:
    """Write the receipts that an event asks for, and say where its attempt stands.

    A push gets a receipt for each checkpoint that it hands in, or one that notes it; a comment
    `/status …` by the learner becomes a file of the inbox. Where neither is new, nothing is
    written and the same is said again. Does and says nothing where the pull request has no attempt.
    `rewrite` maps an https prefix to where the local forge keeps repositories; `recovered` says
    that `sweep` found the push.
    """
    pull_request = event.pull_request
    if pull_request is None:
        return Effects()
    attempt = attempts.of_pull_request(
        ledger, holders.subject, pull_request.author.number, pull_request.number
    )
    if attempt is None:
        return Effects()
    if recovered or event.id == attempt.started.event:
        event = replace(event, at=max(event.at, attempt.started.at))
    desk = _desk(event, ledger, holders, attempt, rewrite or {}, recovered)
    if recovered or event.kind in PUSHES:
        return _pushed(desk, pull_request)
    if event.kind == "pull_request.closed":
        return _closed(desk)
    if event.kind == "issue_comment.created" and event.actor.number == pull_request.author.number:
        return _said(desk, pull_request)
    return Effects()


def _desk(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    attempt: Attempt,
    rewrite: Mapping[str, str],
    recovered: bool,
) -> Desk:
    twin = ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)
    if attempt.started.sealed_to:
        twin = boxes.only_in_a_box(twin)
    grace = ledger.pinned_policy(IntakePolicy, attempt.started).grace_seconds
    missed = recovered or moments.is_delayed(ledger, event.at)
    return Desk(event, ledger, holders, attempt, twin, grace, rewrite, missed)


def _pushed(desk: Desk, pull_request: PullRequest) -> Effects:
    if _is_known(desk, pull_request.head):
        return _answer(desk, desk.attempt)
    try:
        desk, files = _read(desk, pull_request.head)
        if findings := list(intake.check_names(desk.twin, files)):
            raise Refused(findings)
    except Refused as refused:
        return effects(desk, pull_request, {}, [Handed("refused", reasons=refused.findings)])
    parts = (_hand_in(desk, files, checkpoint.id) for checkpoint in desk.twin.checkpoints)
    handed = [part for part in parts if part]
    kept = {boxes.BOX: desk.box.box} if desk.box else intake.beside(desk.twin, files)
    return effects(desk, pull_request, kept, handed or [Handed("noted")])


def _read(desk: Desk, head: str) -> tuple[Desk, dict[str, bytes]]:
    """Return the inbox that a push brings, out of its box where the attempt is sealed."""
    git, started = desk.ledger.tree.git, desk.attempt.started
    if not started.sealed_to:
        return desk, inbox.read(git, head)
    key = desk.holders.cohort_key(started.cohort)
    box = boxes.read(git, head, key, started.kit_seed)
    return replace(desk, box=box if box.box else None), box.files


def _is_known(desk: Desk, head: str) -> bool:
    """Say whether the head has its receipt, so that the first event that named it stands.

    An event that happened earlier still counts, whenever it arrives; so does one that was found
    by other means first. What came before the clock started is part of what comes after.
    """
    if desk.event.at < desk.attempt.started.at:
        return True
    return any(
        (item.record.event == desk.event.id)
        or (
            item.record.head == head
            and receipts.is_push(item.record)
            and item.record.at <= desk.event.at
            and (desk.missed or not item.record.recovered)
        )
        for item in desk.attempt.all(Received)
    )


def _closed(desk: Desk) -> Effects:
    """Open a pull request again that was closed while something could still be handed in."""
    if not _is_running(desk):
        return Effects()
    said = _answer(desk, desk.attempt)
    note = (
        "**Opened again.** This attempt is still open, and closing the pull request neither stops "
        "its clock nor gives it back. It is closed for you when the attempt ends."
    )
    return replace(said, comment=f"{note}\n\n{said.comment}", reopen=True)


def _is_running(desk: Desk) -> bool:
    now = answering.standing_of(desk.ledger, desk.holders.subject, desk.attempt, desk.event)
    return now.is_running


def _said(desk: Desk, pull_request: PullRequest) -> Effects:
    """Take a status update in that the learner gave by comment."""
    asked, text = intake.taken_by_comment(desk.twin), intake.said(desk.event.comment)
    if asked is None or text is None or not _is_running(desk):
        return Effects()
    if any(item.record.event == desk.event.id for item in desk.attempt.all(Received)):
        return _answer(desk, desk.attempt)
    every = receipts.in_order((item.digest, item.record) for item in desk.attempt.all(Received))
    if sum(not receipts.is_push(item) for _, item in every) >= MOST_COMMENTS:
        return Effects()
    there = {path for _, item in every for path in receipts.inbox([item])}
    now = receipts.inbox([item for _, item in every])
    findings = tuple(intake.check_update(asked, text, now))
    if not intake.is_live(desk.attempt.started, desk.twin, desk.event.at, desk.grace):
        message = f"`{desk.twin.checkpoints[0].id}` is closed; a file may still be pushed"
        findings = (intake.NO_UPDATE.at(message), *findings)
    if desk.attempt.started.sealed_to:
        findings = (boxes.SAID_OPENLY.at("it is not taken in"),)
    if findings:
        return effects(desk, pull_request, {}, [Handed("refused", reasons=findings)])
    file = {intake.update_name(asked, there): f"{text}\n".encode("utf-8", "replace")}
    return effects(desk, pull_request, file, [Handed("noted")])


def _hand_in(desk: Desk, files: Mapping[str, bytes], checkpoint: str) -> Handed | None:
    """Return what a checkpoint file comes to; None when the push does not hand it in."""
    content = files.get(f"{checkpoint}.yml")
    if content is None:
        return None
    request_hash = seeds.hidden(desk.holders.subject, "request", _handed(desk, files, checkpoint))
    if _is_handed_in(desk, checkpoint, request_hash):
        return None
    handed = Handed("accepted", checkpoint, request_hash=request_hash)
    try:
        request = load(CheckpointRequest, content, f"{layout.INBOX}/{checkpoint}.yml")
        if findings := list(intake.check_request(desk.twin, request)):
            raise Refused(findings)
    except Refused as refused:
        return replace(handed, ruling="refused", reasons=refused.findings)
    return _judge(desk, files, replace(handed, request=request), request)


def _handed(desk: Desk, files: Mapping[str, bytes], checkpoint: str) -> str:
    """Return what tells one hand-in of a checkpoint from another.

    That is its file, and where it takes a repository the files of an upload too: the same file
    beside other work hands in anew.
    """
    own = digest(files[f"{checkpoint}.yml"])
    upload = sorted(path for path in files if path.startswith(intake.UPLOAD))
    if not upload or not next(c for c in desk.twin.checkpoints if c.id == checkpoint).repository:
        return own
    listed = "\n".join([own, *(f"{digest(files[path])} {path}" for path in upload)])
    return digest(listed.encode("utf-8", "surrogateescape"))


def _is_handed_in(desk: Desk, checkpoint: str, request_hash: str) -> bool:
    """Say whether this very file was judged by then; what was refused is tried again."""
    return any(
        (item.record.checkpoint, item.record.request) == (checkpoint, request_hash)
        and item.record.ruling != "refused"
        and item.record.at <= desk.event.at
        and (desk.missed or not item.record.recovered)
        for item in desk.attempt.all(Received)
    )


def _judge(
    desk: Desk, files: Mapping[str, bytes], handed: Handed, request: Loaded[CheckpointRequest]
) -> Handed:
    closing = deadline.closes(desk.attempt.started, request.record.checkpoint)
    if _is_over(desk.attempt, desk.event.at) or not deadline.is_on_time(
        desk.event.at, closing, desk.grace
    ):
        return replace(handed, ruling="late")
    blocking = tuple(intake.check_self_checks(desk.twin, request))
    if blocking and not request.record.force:
        return replace(handed, ruling="blocked", reasons=blocking)
    checkpoint = next(c for c in desk.twin.checkpoints if c.id == request.record.checkpoint)
    if not checkpoint.repository:
        return handed
    try:
        kept, fetched = _keep(desk, files, request.record)
    except Refused as refused:
        return replace(handed, ruling="refused", reasons=refused.findings)
    return replace(
        handed,
        snapshot=kept,
        tar=fetched.tar,
        identities=identities(desk, fetched.committers),
        committers=fetched.committers,
    )


def _is_over(attempt: Attempt, at: datetime) -> bool:
    """Say whether the attempt had ended at a moment: measured, expired, or by the learner."""
    evaluated = attempt.last(Evaluated)
    earlier = (item.record for item in attempt.all(Received))
    return bool(
        attempt.last(Expired)
        or (evaluated and evaluated.record.counts)
        or receipts.is_after_final(earlier, at)
    )


def _keep(
    desk: Desk, files: Mapping[str, bytes], request: CheckpointRequest
) -> tuple[Snapshot, Fetched]:
    """Return the submitted repository at its pinned commit, with what is to be archived."""
    mode = request.mode or desk.twin.submission_modes[0]
    if desk.twin.harness is None:
        raise Refused([intake.WRONG_MODE.at("the twin has no harness to hand work in to")])
    limits = desk.twin.harness.snapshot
    if mode == "repo_url" and request.repo_url and request.commit:
        source = request.repo_url
        fetched = snapshot.fetch(request.repo_url, request.commit, limits, desk.rewrite)
    else:
        source = "upload"
        upload = intake.uploaded(files)
        head = desk.event.pull_request.head if desk.event.pull_request else ""
        fetched = snapshot.from_files(upload, head, limits)
    number = len(desk.attempt.all(Received)) + 1
    kept = Snapshot(
        mode=mode,
        source=seeds.hidden(desk.holders.subject, "source", source),
        commit=fetched.commit,
        tree=fetched.tree,
        digest=fetched.digest,
        files=len(fetched.files),
        bytes=sum(len(content) for content in fetched.files.values()),
        ref=layout.snapshot_ref(desk.twin.id, desk.attempt.id, number),
    )
    return (boxes.as_kept(desk.box, kept) if desk.box else kept), fetched


def _answer(desk: Desk, attempt: Attempt) -> Effects:
    return answering.answer(desk.ledger, desk.holders.subject, attempt, desk.event)
