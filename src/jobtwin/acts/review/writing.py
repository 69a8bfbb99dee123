"""What a mentor does at home: find the claim, write the form, see what is left, hand it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.acts import review as desk
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.forge.github import sending
from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.grade import Claim, Decision, Review, Reviewed
from jobtwin.records.submission import Evaluated, Received
from jobtwin.repository import drifts, outgoing, queues
from jobtwin.repository.append import Author
from jobtwin.rules import review_progress, sealed_review, sla
from jobtwin.rules.signature import REVIEW, check_signature

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.records.base import Loaded
    from jobtwin.repository.ledger import Attempt, Filed, Ledger
    from jobtwin.rules.review_progress import Progress

NO_CLAIM = Code(
    "REV-012",
    "there is no open claim",
    why="A review is written for a claim, and each claim takes one.",
    fix="Comment `/claim <twin>` on the queue's issue; the answer gives the review's id.",
)
MENTOR = Author("mentor", "mentor@people.invalid")
"""The signature says who wrote the review; no name need be in the commit."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An open claim, and what is read and written for it."""

    twin: str
    review_id: str
    due: datetime
    archives: tuple[str, ...]
    """Refs that the bundle is made from."""
    is_sealed: bool
    """Whether the review is sealed when it is handed in."""
    is_private: bool
    """Whether the work may lie nowhere but with its learner, the platform and this mentor."""


def claimed(ledger: Ledger, *, mentor: str = "", review_id: str = "") -> list[Claimed]:
    """Return the open claims by a review's id or of a mentor, the one that is due first first.

    Raises `Refused` where there is none.
    """
    found = list(_by_id(ledger, review_id) if review_id else _of_mentor(ledger, mentor))
    if not found:
        of = f"under the id {ascii(review_id)[:40]}" if review_id else f"of {ascii(mentor)[:40]}"
        raise Refused([NO_CLAIM.at(f"there is no open claim {of}")])
    return sorted(found, key=lambda one: (one.due, one.review_id))


def _by_id(ledger: Ledger, review_id: str) -> Iterator[Claimed]:
    for twin_id in ledger.twins:
        found = queues.claim_of(ledger, twin_id, review_id)
        if found and _is_open(ledger, *found):
            yield _claimed(ledger, *found)


def _of_mentor(ledger: Ledger, mentor: str) -> Iterator[Claimed]:
    known = ledger.mentor(mentor)
    for twin_id in ledger.twins if known else ():
        for attempt in queues.claimed_by(ledger, twin_id, known) if known else ():
            for claim in attempt.all(Claim):
                if claim.record.mentor == mentor and _is_open(ledger, attempt, claim):
                    yield _claimed(ledger, attempt, claim)


def _is_open(ledger: Ledger, attempt: Attempt, claim: Filed[Claim]) -> bool:
    signed = any(done.record.claim == claim.digest for done in attempt.all(Reviewed))
    released = sla.is_released(claim.record, (item.record for item in attempt.all(Claim)))
    released = released or drifts.stopped(ledger, attempt, claim.record) is not None
    return not signed and not released and not isinstance(attempt.chain[-1].record, Decision)


def _claimed(ledger: Ledger, attempt: Attempt, claim: Filed[Claim]) -> Claimed:
    parts = (item.record.blinded for item in attempt.all(Received))
    refs = [part.ref for part in parts if part]
    evaluated = attempt.last(Evaluated)
    is_private = attempt.started.sealed_to is not None
    if is_private and evaluated and evaluated.record.answers and evaluated.record.answers.ref:
        refs.append(evaluated.record.answers.ref)
    return Claimed(
        twin=attempt.twin,
        review_id=claim.record.review_id,
        due=claim.record.due,
        archives=tuple(dict.fromkeys(refs)),
        is_sealed=_is_sealed(ledger, attempt),
        is_private=is_private,
    )


def _is_sealed(ledger: Ledger, attempt: Attempt) -> bool:
    twin = ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)
    return desk.is_sealed(twin, attempt)


def progress(ledger: Ledger, content: bytes, path: str) -> Progress:
    """Return how far a review file has come: what is wrong in it, and what is still blank."""
    return review_progress.progress(content, path, lambda filled: desk.check(ledger, filled))


def needs_signing(ledger: Ledger, content: bytes, signature: bytes) -> bool:
    """Say whether a complete review is not signed yet, or was changed after it was signed."""
    return bool(list(_faults(ledger, load(Review, content, "review.yml"), content, signature)))


def hand_in(ledger: Ledger, content: bytes, signature: bytes) -> tuple[str, dict[str, bytes]]:
    """Return the review's id and the files that hand it in; a box alone where it is sealed.

    Raises `Refused` where the review is incomplete or not signed by the mentor's own key.
    """
    found = progress(ledger, content, "review.yml").findings
    if found:
        raise Refused(found)
    loaded = load(Review, content, "review.yml")
    if faults := list(_faults(ledger, loaded, content, signature)):
        raise Refused(faults)
    attempt, _ = desk.find(ledger, loaded)
    claim = next(item for item in attempt.all(Claim) if item.digest == loaded.record.claim)
    if _is_sealed(ledger, attempt):
        box = desk.seal(ledger, content, signature)
        files = {f"{layout.GRADES_INBOX}/{sealed_review.SEALED}": box}
    else:
        path = f"{layout.GRADES_INBOX}/review.yml"
        files = {path: content, f"{path}.sig": signature}
    return claim.record.review_id, files


def _faults(
    ledger: Ledger, review: Loaded[Review], content: bytes, signature: bytes
) -> Iterator[Finding]:
    mentor = ledger.mentor(review.record.mentor)
    if mentor is None:
        yield review.finding(desk.NOT_A_MENTOR, "there is no such mentor", "mentor")
    else:
        yield from check_signature(content, signature, mentor.key, REVIEW, "review.yml.sig")


def branch(review_id: str) -> str:
    """Return the branch that a review comes on."""
    return f"review-{review_id[:8]}"


def parcel(files: Mapping[str, bytes]) -> sending.Parcel:
    """Return what a mentor sends: these files in the inbox for grades, and no others."""
    brought = outgoing.Brought(files, layout.GRADES_INBOX)
    return sending.Parcel(brought, MENTOR, "Review", "Opened by `jobtwin review submit`.")


def by_hand(files: Mapping[str, bytes], places: Mapping[str, str], name: str) -> list[str]:
    """Return the commands that hand files in from a clone; `places` says where each lies here."""
    copies = [f"cp {places[path]} {path}" for path in sorted(files)]
    return [
        f"git switch -c {name} --no-track origin/main",
        f"mkdir -p {layout.GRADES_INBOX}",
        *copies,
        f"git add {' '.join(sorted(files))}",
        'git commit -m "Review"',
        f"git push YOUR-FORK {name}",
    ]
