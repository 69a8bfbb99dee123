"""Which of an attempt's receipts count.

Events may arrive in another order than they happened. What counts is when they happened: receipts
are numbered as they arrive, and judged in the order of their moments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from jobtwin.records.submission import InboxEntry, Received
    from jobtwin.records.twin import Twin

    Numbered = tuple[str, Received]
    """Digest of the receipt's file, and the receipt."""

COMMENT = "issue_comment."
"""How the event of a receipt begins that a comment brought, not a push."""


def is_push(receipt: Received) -> bool:
    """Say whether a push brought the receipt; otherwise a comment did."""
    return not receipt.event.startswith(COMMENT)


def in_order(receipts: Iterable[Numbered]) -> list[Numbered]:
    """Return receipts in the order in which their events happened."""
    return sorted(receipts, key=lambda item: (item[1].at, item[1].number))


def last_accepted(receipts: Sequence[Numbered], twin: Twin) -> list[Numbered]:
    """Return the last accepted receipt of each checkpoint, in the twin's order."""
    last = {
        receipt.checkpoint: (digest, receipt)
        for digest, receipt in in_order(receipts)
        if receipt.ruling == "accepted"
    }
    return [last[part.id] for part in twin.checkpoints if part.id in last]


def gradable(receipts: Sequence[Numbered], twin: Twin) -> list[Numbered]:
    """Return the last accepted receipt of each checkpoint; none when no repository is there."""
    found = last_accepted(receipts, twin)
    return found if any(receipt.snapshot for _, receipt in found) else []


def final_at(receipts: Iterable[Received]) -> datetime | None:
    """Return when the learner ended the attempt by `final: true`, if that was accepted.

    Without a repository by then there is nothing to end: it stays open until its last deadline.
    """
    accepted = [item for item in receipts if item.ruling == "accepted"]
    with_code = min((item.at for item in accepted if item.snapshot), default=None)
    ends = (item.at for item in accepted if item.final and with_code and item.at >= with_code)
    return min(ends, default=None)


def is_after_final(receipts: Iterable[Received], at: datetime) -> bool:
    """Say whether something happened after the learner had ended the attempt."""
    ended = final_at(receipts)
    return ended is not None and ended < at


def counted(receipts: Sequence[Numbered], closes: datetime) -> list[Received]:
    """Return, in their order, the receipts whose files count; `closes` has the grace in it.

    A checkpoint may be late or refused and the files beside it in time.
    """
    every = [receipt for _, receipt in receipts]
    return [
        receipt
        for _, receipt in in_order(receipts)
        if (receipt.checkpoint is not None or receipt.ruling == "noted")
        and receipt.at <= closes
        and not is_after_final(every, receipt.at)
    ]


def needs_human(receipts: Sequence[Numbered], twin: Twin, closes: datetime) -> bool:
    """Say whether what would be graded rests on an event that was missed and found later."""
    known = {(item.head, item.checkpoint) for _, item in receipts if not item.recovered}
    pushes = [item for item in counted(receipts, closes) if is_push(item)]
    graded = [item for _, item in last_accepted(receipts, twin)]
    return any(
        item.recovered and (item.head, item.checkpoint) not in known
        for item in (*graded, *pushes[-1:])
    )


def inbox(receipts: Sequence[Received]) -> dict[str, InboxEntry]:
    """Return the inbox as it is after receipts in their order: path → entry.

    A push brings the whole inbox; what comments brought stays, whatever is pushed later.
    """
    pushed: dict[str, InboxEntry] = {}
    said: dict[str, InboxEntry] = {}
    for receipt in receipts:
        brought = {entry.path: entry for entry in receipt.inbox}
        if is_push(receipt):
            pushed = brought
        else:
            said |= brought
    return {**pushed, **said}
