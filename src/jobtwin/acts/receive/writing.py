"""What a push leaves behind: receipts, the files as they came, and the copy for mentors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin.acts.receive.desk import committers_of
from jobtwin.forge import answering
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.submission import InboxEntry, Received, SelfCheck
from jobtwin.repository import boxes, bundles, committers, snapshot
from jobtwin.rules import intake
from jobtwin.rules.ledger import digest, sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.acts.receive.desk import Desk, Handed
    from jobtwin.findings import Finding
    from jobtwin.forge.events import Effects, PullRequest

MOST_REASONS = 50
"""How many findings a receipt keeps; a push may have thousands."""
MOST_LEAKS = 10
"""How many places that tell whose a work is are told of one hand-in."""


def effects(
    desk: Desk, pull_request: PullRequest, kept: Mapping[str, bytes], handed: list[Handed]
) -> Effects:
    """Return the receipts of one event; `kept` are the inbox files that it brings."""
    written: dict[str, Received] = {}
    copies: dict[str, bytes] = {}
    archives: dict[str, bytes] = {}
    tip, first = desk.attempt.tip, len(desk.attempt.all(Received)) + 1
    new = _new(desk, kept)
    shown = intake.beside(desk.twin, desk.box.files) if desk.box else new
    for number, part in enumerate(handed, start=first):
        blind = _blind(desk, pull_request, part, shown if number == first else {}, number)
        item = _with_leaks(part, blind) if blind else part
        if blind:
            archives[blind.part.ref] = blind.tar
        record = _receipt(desk, pull_request, item, kept, number, tip)
        written[layout.received(desk.twin.id, desk.attempt.id, number)] = record
        tip = digest(write(record))
        if desk.box and record.inbox:
            archives[layout.box_ref(desk.twin.id, desk.attempt.id, number)] = desk.box.box
        elif item.snapshot:
            archives[item.snapshot.ref] = item.tar
    for path, content in new.items() if not desk.attempt.started.sealed_to else ():
        copies[layout.inbox_copy(desk.twin.id, desk.attempt.id, first, path)] = content
    rulings = ", ".join(sorted({record.ruling for record in written.values()}))
    return replace(
        answering.answer(
            desk.ledger, desk.holders.subject, answering.grown(desk.attempt, written), desk.event
        ),
        records={path: write(record) for path, record in written.items()} | copies,
        message=f"Receive a push for attempt {desk.attempt.id[:8]}: {rulings}",
        archives=archives,
    )


def _blind(
    desk: Desk, pull_request: PullRequest, handed: Handed, new: Mapping[str, bytes], number: int
) -> bundles.Blind | None:
    """Return what an event brings as a mentor may see it; None where it brings nothing to see."""
    work = snapshot.untar(handed.tar) if handed.snapshot else {}
    if not work and not new:
        return None
    from jobtwin.rules import blinding

    theirs = committers_of(desk, handed.committers or committers.Committers())
    url = handed.request.record.repo_url if handed.request else None
    owners = (pull_request.repository.partition("/")[0], *(url or "").split("/")[3:4])
    known = blinding.known(
        logins=(pull_request.author.login, *owners),
        names=theirs.names,
        mails=theirs.mails,
        # By either of the last two, the public records lead to the pull request.
        keys={*theirs.fingerprints, desk.attempt.started.kit_seed, desk.attempt.id},
    )
    ref = layout.blinded_ref(desk.twin.id, desk.attempt.id, number)
    blind = bundles.blinded(work, new, known, ref)
    started = desk.attempt.started
    if not started.sealed_to:
        return blind
    return bundles.sealed(blind, started.attempt, desk.holders.cohort_key(started.cohort))


def _with_leaks(handed: Handed, blind: bundles.Blind) -> Handed:
    """Return what was handed in with the places that still tell whose it is, for the learner."""
    from jobtwin.rules import leaks

    told = tuple(leaks.finding(leak) for leak in blind.leaks[:MOST_LEAKS])
    return replace(handed, blinded=blind.part, reasons=(*handed.reasons, *told))


def _new(desk: Desk, kept: Mapping[str, bytes]) -> dict[str, bytes]:
    known = {
        (entry.path, entry.digest)
        for item in desk.attempt.all(Received)
        for entry in item.record.inbox
    }
    return {path: body for path, body in kept.items() if (path, digest(body)) not in known}


def _receipt(
    desk: Desk,
    pull_request: PullRequest,
    handed: Handed,
    kept: Mapping[str, bytes],
    number: int,
    previous: str,
) -> Received:
    request = handed.request.record if handed.request else None
    signer = desk.holders.signer("clock")
    is_sealed = bool(desk.attempt.started.sealed_to)
    checks = request.self_checks if request and not is_sealed else {}
    tell = boxes.silent if is_sealed else _reason
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
            recovered=desk.missed,
            inbox=tuple(
                InboxEntry(path=path, digest=digest(content), bytes=len(content))
                for path, content in kept.items()
            ),
            checkpoint=handed.checkpoint,
            request=handed.request_hash,
            ruling=handed.ruling,
            reasons=tuple(dict.fromkeys(tell(f) for f in handed.reasons[:MOST_REASONS])),
            snapshot=handed.snapshot,
            blinded=handed.blinded,
            identities=handed.identities,
            self_checks=tuple(
                SelfCheck(id=name, answer=yes) for name, yes in sorted(checks.items())
            ),
            forced=bool(request and request.force),
            final=bool(request and request.final),
        ),
        signer,
    )


def _reason(finding: Finding) -> str:
    """Return a finding with its place and what to do, as a receipt keeps it."""
    place = f" ({finding.place})" if finding.place else ""
    return f"{finding.code}: {finding.message}{place}. {finding.hint}"[:4000]
