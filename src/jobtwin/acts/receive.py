"""receive: a push to the pull request gets a receipt by the server's clock, and is kept as it was.

What is graded is what the last accepted receipt names, whatever is pushed later.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from jobtwin.errors import Refused
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import load, stamp, write
from jobtwin.records.intake import CheckpointRequest
from jobtwin.records.organisation import IntakePolicy
from jobtwin.records.submission import (
    Evaluated,
    Expired,
    InboxEntry,
    Received,
    SelfCheck,
    Snapshot,
)
from jobtwin.repository import attempts, inbox, snapshot
from jobtwin.rules import deadline, intake, seeds
from jobtwin.rules.ledger import digest, sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.findings import Finding
    from jobtwin.forge.events import Event, PullRequest
    from jobtwin.keys import Holders
    from jobtwin.records.base import Loaded
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Ledger

Ruling = Literal["noted", "accepted", "late", "blocked", "refused"]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What one push is judged by."""

    event: Event
    ledger: Ledger
    holders: Holders
    attempt: Attempt
    twin: Twin
    grace: int
    rewrite: Mapping[str, str]
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class _Handed:
    """What one checkpoint file comes to."""

    ruling: Ruling
    checkpoint: str | None = None
    request: Loaded[CheckpointRequest] | None = None
    request_hash: str | None = None
    reasons: tuple[Finding, ...] = ()
    snapshot: Snapshot | None = None
    tar: bytes = field(default=b"", repr=False)


def receive(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    rewrite: Mapping[str, str] | None = None,
    recovered: bool = False,
) -> Effects:
    """Write a receipt for each checkpoint that the push hands in, or one that notes the push.

    `rewrite` maps an https prefix to where the local forge keeps repositories. Raises `Refused`
    when no attempt belongs to the pull request; anything else is a receipt with its reasons.
    """
    pull_request = event.pull_request
    if pull_request is None:
        raise Refused([attempts.NO_ATTEMPT.at("the event has no pull request")])
    attempt = attempts.of_pull_request(
        ledger, holders.subject, pull_request.author.number, pull_request.number
    )
    if any(item.record.event == event.id for item in attempt.all(Received)):
        return Effects(comment="This push has its receipt already.")
    twin = ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)
    grace = ledger.policy(IntakePolicy, attempt.started.at).grace_seconds
    desk = _Desk(event, ledger, holders, attempt, twin, grace, rewrite or {}, recovered)
    try:
        files = inbox.read(ledger.tree.git, pull_request.head)
        if findings := list(intake.check_names(twin, files)):
            raise Refused(findings)
    except Refused as refused:
        return _effects(desk, pull_request, {}, [_Handed("refused", reasons=refused.findings)])
    handed = [
        item for checkpoint in twin.checkpoints if (item := _hand_in(desk, files, checkpoint.id))
    ]
    return _effects(desk, pull_request, files, handed or [_Handed("noted")])


def _hand_in(desk: _Desk, files: Mapping[str, bytes], checkpoint: str) -> _Handed | None:
    """Return what a checkpoint file comes to; None when the push does not hand it in."""
    content = files.get(f"{checkpoint}.yml")
    if content is None:
        return None
    request_hash = seeds.hidden(desk.holders.subject, "request", digest(content))
    known = {(item.record.checkpoint, item.record.request) for item in desk.attempt.all(Received)}
    if (checkpoint, request_hash) in known:
        return None
    handed = _Handed("accepted", checkpoint, request_hash=request_hash)
    try:
        request = load(CheckpointRequest, content, f"{layout.INBOX}/{checkpoint}.yml")
        if findings := list(intake.check_request(desk.twin, request)):
            raise Refused(findings)
    except Refused as refused:
        return replace(handed, ruling="refused", reasons=refused.findings)
    return _judge(desk, files, replace(handed, request=request), request)


def _judge(
    desk: _Desk, files: Mapping[str, bytes], handed: _Handed, request: Loaded[CheckpointRequest]
) -> _Handed:
    closing = deadline.closes(desk.attempt.started, request.record.checkpoint)
    if _is_over(desk.attempt) or not deadline.is_on_time(desk.event.at, closing, desk.grace):
        return replace(handed, ruling="late")
    blocking = tuple(intake.check_self_checks(desk.twin, request))
    if blocking and not request.record.force:
        return replace(handed, ruling="blocked", reasons=blocking)
    checkpoint = next(c for c in desk.twin.checkpoints if c.id == request.record.checkpoint)
    if not checkpoint.repository:
        return handed
    try:
        kept, tar = _keep(desk, files, request.record)
    except Refused as refused:
        return replace(handed, ruling="refused", reasons=refused.findings)
    return replace(handed, snapshot=kept, tar=tar)


def _is_over(attempt: Attempt) -> bool:
    evaluated = attempt.last(Evaluated)
    return bool(attempt.last(Expired) or (evaluated and evaluated.record.counts))


def _keep(
    desk: _Desk, files: Mapping[str, bytes], request: CheckpointRequest
) -> tuple[Snapshot, bytes]:
    """Return the submitted repository at its pinned commit, with the tar file to archive."""
    mode = request.mode or desk.twin.submission_modes[0]
    if desk.twin.harness is None:
        raise Refused([intake.WRONG_MODE.at("the twin has no harness to hand work in to")])
    limits = desk.twin.harness.snapshot
    if mode == "repo_url" and request.repo_url and request.commit:
        source = request.repo_url
        fetched = snapshot.fetch(request.repo_url, request.commit, limits, desk.rewrite)
    else:
        source = "upload"
        upload = {
            path.removeprefix(intake.UPLOAD): content
            for path, content in files.items()
            if path.startswith(intake.UPLOAD)
        }
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
    return kept, fetched.tar


def _effects(
    desk: _Desk, pull_request: PullRequest, files: Mapping[str, bytes], handed: list[_Handed]
) -> Effects:
    kept = _inbox_files(desk.twin, files)
    records: dict[str, bytes] = {}
    archives: dict[str, bytes] = {}
    tip, first = desk.attempt.tip, len(desk.attempt.all(Received)) + 1
    written: list[Received] = []
    for number, item in enumerate(handed, start=first):
        record = _receipt(desk, pull_request, item, kept, number, tip)
        content = write(record)
        records[layout.received(desk.twin.id, desk.attempt.id, number)] = content
        tip = digest(content)
        written.append(record)
        if item.snapshot:
            archives[item.snapshot.ref] = item.tar
    for path, content in _new(desk, kept).items():
        records[layout.inbox_copy(desk.twin.id, desk.attempt.id, first, path)] = content
    return Effects(
        records=records,
        message=f"Receive a push for attempt {desk.attempt.id[:8]}: {written[-1].ruling}",
        archives=archives,
        comment=_comment(desk, written, handed),
        labels=tuple(sorted({record.ruling for record in written})),
        close=any(record.final and record.ruling == "accepted" for record in written),
    )


def _inbox_files(twin: Twin, files: Mapping[str, bytes]) -> dict[str, bytes]:
    own = {"start.yml", *(f"{checkpoint.id}.yml" for checkpoint in twin.checkpoints)}
    return {
        path: content
        for path, content in sorted(files.items())
        if path not in own and not path.startswith(intake.UPLOAD)
    }


def _new(desk: _Desk, kept: Mapping[str, bytes]) -> dict[str, bytes]:
    known = {
        (entry.path, entry.digest)
        for item in desk.attempt.all(Received)
        for entry in item.record.inbox
    }
    return {path: body for path, body in kept.items() if (path, digest(body)) not in known}


def _receipt(
    desk: _Desk,
    pull_request: PullRequest,
    handed: _Handed,
    kept: Mapping[str, bytes],
    number: int,
    previous: str,
) -> Received:
    request = handed.request.record if handed.request else None
    signer = desk.holders.signer("clock")
    checks = request.self_checks if request else {}
    return sign(
        Received(
            format=1,
            at=desk.event.at,
            event=desk.event.id,
            previous=previous,
            key=signer.key_id,
            attempt=desk.attempt.id,
            number=number,
            head=pull_request.head,
            recovered=desk.recovered,
            inbox=tuple(
                InboxEntry(path=path, digest=digest(content), bytes=len(content))
                for path, content in kept.items()
            ),
            checkpoint=handed.checkpoint,
            request=handed.request_hash,
            ruling=handed.ruling,
            reasons=tuple(f"{reason.code}: {reason.message}"[:4000] for reason in handed.reasons),
            snapshot=handed.snapshot,
            self_checks=tuple(
                SelfCheck(id=name, answer=yes) for name, yes in sorted(checks.items())
            ),
            forced=bool(request and request.force),
            final=bool(request and request.final),
        ),
        signer,
    )


_WORDS: dict[Ruling, str] = {
    "noted": "The push is noted; it hands no checkpoint in.",
    "accepted": "**Accepted, in time.** This is what counts unless you hand in again in time.",
    "late": "**Late.** The deadline has passed; what was accepted before still counts as it is.",
    "blocked": "**Blocked by a critical self-check.** Mend it, or set `force: true`.",
    "refused": "**Not taken in.** Mend what is listed and push again; nothing is lost.",
}


def _comment(desk: _Desk, written: list[Received], handed: list[_Handed]) -> str:
    lines = [
        f"Receipt by the server's clock: {stamp(desk.event.at)}, head `{written[-1].head[:12]}`.",
        "",
    ]
    for record, item in zip(written, handed, strict=True):
        name = f"`{record.checkpoint}`: " if record.checkpoint else ""
        lines.append(f"- {name}{_WORDS[record.ruling]}")
        if record.snapshot:
            kept = record.snapshot
            lines.append(f"  - commit `{kept.commit}`, {kept.files} files, kept as `{kept.digest}`")
        lines += [f"  - {reason}. {reason.hint}" for reason in item.reasons]
    open_ones = [d for d in desk.attempt.started.deadlines if d.at >= desk.event.at]
    lines += ["", *(f"`{d.checkpoint}` closes {stamp(d.at)}." for d in open_ones)]
    return "\n".join(lines)
