"""review: a mentor's signed scores for a claimed attempt, from the blank form to the receipt."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from jobtwin.credential.text import check_record
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge import answering, mentors
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import load, stamp, write
from jobtwin.records.grade import Claim, Decision, Review, Reviewed
from jobtwin.records.submission import Evaluated, Received
from jobtwin.repository import drifts, moments, queues, reviews, ssh
from jobtwin.rules import eligibility, panel, sealed_review, sla
from jobtwin.rules.ledger import digest, sign
from jobtwin.rules.review import OTHER_ATTEMPT, check_belongs, check_review
from jobtwin.rules.review_form import form
from jobtwin.rules.signature import REVIEW, check_signature, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobtwin.findings import Finding
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.base import Loaded
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Filed, Ledger
    from jobtwin.rules.panel import Panel

CLOSED = Code(
    "REV-007",
    "the claim is closed",
    why="Each claim brings one review, and a decision stands once it is made.",
    fix="Claim another attempt.",
)
NOT_A_MENTOR = Code(
    "REV-008",
    "the review is by nobody who is a mentor now",
    why="A grade counts only from a mentor whose key is in force when the review is handed in.",
    fix="Ask the operators what became of your mentor file.",
)


def sign_review(key_path: Path, content: bytes) -> bytes:
    """Return the mentor's signature over a review file, made by `ssh-keygen -Y sign`."""
    return ssh.sign_bytes_with_ssh(key_path, REVIEW, content)


def template(ledger: Ledger, twin_id: str, review_id: str) -> bytes:
    """Return the blank review that a claim was given under an id; raises `Refused` without one."""
    found = queues.claim_of(ledger, twin_id, review_id)
    evaluated = found[0].last(Evaluated) if found else None
    if found is None or evaluated is None:
        raise Refused([OTHER_ATTEMPT.at(f"there is no claim `{review_id}` at `{twin_id}`")])
    attempt, claim = found
    twin = ledger.pinned_twin(attempt.started.twin_tree, twin_id)
    receipts = [item.record for item in attempt.all(Received)]
    sealed = is_sealed(twin, attempt)
    known = (claim.digest, claim.record)
    return form(twin, known, evaluated.record, receipts, is_sealed=sealed)


def is_sealed(twin: Twin, attempt: Attempt) -> bool:
    """Say whether reviews of an attempt come in a box, as it stands now."""
    return panel.is_sealed(
        twin,
        is_appeal=panel.is_appeal(attempt.records),
        is_private=attempt.started.sealed_to is not None,
    )


def find(ledger: Ledger, review: Loaded[Review]) -> tuple[Attempt, Twin]:
    """Return the attempt that a review is for, with its twin; raises `Refused`."""
    for twin_id in ledger.twins:
        attempt = ledger.attempt(twin_id, review.record.attempt)
        if attempt:
            return attempt, ledger.pinned_twin(attempt.started.twin_tree, twin_id)
    raise Refused([review.finding(OTHER_ATTEMPT, "there is no such attempt", "attempt")])


def check(ledger: Ledger, review: Loaded[Review]) -> list[Finding]:
    """Return everything that is wrong with a review, as far as it can be told before signing."""
    attempt, twin = find(ledger, review)
    claim = _claim(attempt, review.record)
    known = (claim.digest, claim.record) if claim else None
    return [
        *check_record(review),
        *check_belongs(review, known),
        *_check_open(review, ledger, attempt, claim),
        *check_review(review, twin),
    ]


def seal(ledger: Ledger, review_bytes: bytes, signature: bytes) -> bytes:
    """Return a signed review in a box that only the platform opens; raises `Refused`."""
    loaded = load(Review, review_bytes, "review.yml")
    attempt, _ = find(ledger, loaded)
    cohort = ledger.cohort(attempt.started.cohort)
    if cohort.sealed_to is None:
        raise EngineError(
            f"cohort `{cohort.id}` names no key to seal to", "an operator adds `sealed_to` to it"
        )
    return sealed_review.close(review_bytes, signature, bytes.fromhex(cohort.sealed_to))


def sealed(event: Event, ledger: Ledger, holders: Holders, box: bytes) -> Effects:
    """Take a sealed review in, as `review` does; raises `Refused` with every finding.

    What is wrong is told without the values: the answer can be read by the other reviewer.
    """
    content, signature = sealed_review.opened(box, holders.cohort_keys)
    try:
        return review(event, ledger, holders, content, signature, box=box)
    except Refused as refused:
        message = "what stands there is not repeated here; `jobtwin review check` says it"
        told = [replace(found, message=message) for found in refused.findings]
        raise Refused(told) from None


def review(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    review_bytes: bytes,
    signature: bytes,
    *,
    box: bytes | None = None,
) -> Effects:
    """Take a signed review in; raises `Refused` with every finding.

    `review_bytes` is the file as it was signed, `signature` its `.sig` (namespace
    `jobtwin-review@v1`), `box` what both came in, if they came sealed: kept instead of them until
    the decision where others are still to come. The same review again changes nothing.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    loaded = load(Review, review_bytes, "review.yml")
    attempt, twin = find(ledger, loaded)
    for done in attempt.all(Reviewed):
        if done.record.review == digest(review_bytes):
            return _answer(event, ledger, holders, attempt, done.record)
    claim, mentor = _checked(event, ledger, loaded, signature, review_bytes)
    record = _record(event, holders, attempt, claim, mentor, (review_bytes, signature))
    path = layout.review(twin.id, attempt.id, record.number)
    kept = {path: review_bytes, f"{path}.sig": signature}
    if is_sealed(twin, attempt):
        if box is None:
            raise Refused([loaded.finding(sealed_review.NOT_SEALED, "others are still to come")])
        asked = _needed(ledger, holders, attempt, twin, loaded.record)
        record = record.model_copy(update={"sealed": digest(box), "needed": asked})
        kept = {layout.sealed_review(twin.id, attempt.id, record.number): box}
    record = sign(record, holders.signer("desk"))
    filed = layout.reviewed(twin.id, attempt.id, record.number)
    grown = answering.grown(attempt, {filed: record})
    return replace(
        _answer(event, ledger, holders, grown, record),
        records={**kept, filed: write(record)},
        message=f"Review attempt {attempt.id[:8]} at {twin.id}",
    )


def _checked(
    event: Event, ledger: Ledger, loaded: Loaded[Review], signature: bytes, content: bytes
) -> tuple[Filed[Claim], Mentor]:
    """Return the claim and the mentor of a review that is as it should be; raises `Refused`."""
    findings = check(ledger, loaded)
    attempt, _ = find(ledger, loaded)
    claim = _claim(attempt, loaded.record)
    mentor = ledger.mentor(loaded.record.mentor)
    if mentor is None or not eligibility.is_mentor_at(mentor, event.at):
        message = f"`{loaded.record.mentor}` is not a mentor at {stamp(event.at)}"
        raise Refused([*findings, loaded.finding(NOT_A_MENTOR, message, "mentor")])
    findings += check_signature(content, signature, mentor.key, REVIEW, loaded.path)
    if findings or claim is None:
        raise Refused(findings)
    return claim, mentor


def _needed(ledger: Ledger, holders: Holders, attempt: Attempt, twin: Twin, latest: Review) -> int:
    """Return how many reviews the attempt needs once this one is in."""
    sitting = drifts.panel_of(ledger, attempt, twin)
    key = partial(holders.cohort_key, attempt.started.cohort)
    earlier = [reviews.review(ledger, twin.id, item, key) for item in sitting.reviewed]
    return panel.needed(twin, [*earlier, latest], is_appeal=sitting.is_appeal)


def review_by_pull_request(event: Event, ledger: Ledger, holders: Holders) -> Effects:
    """Take in the review that a mentor's pull request brings, and close it: it is never merged.

    It is read as git objects from the head that the event announces. Raises `Refused` with every
    finding; the pull request then stays open.
    """
    git, folder = ledger.tree.git, layout.GRADES_INBOX
    if (box := mentors.brought_box(event, git, f"{folder}/{sealed_review.SEALED}")) is not None:
        return replace(sealed(event, ledger, holders, box), close=True)
    signed = mentors.brought(event, git, f"{folder}/review.yml")
    if signed is None:
        return Effects()
    return replace(review(event, ledger, holders, *signed), close=True)


def _answer(
    event: Event, ledger: Ledger, holders: Holders, attempt: Attempt, record: Reviewed
) -> Effects:
    """Tell the mentor that the review is in, and the learner too; what is complete is decided."""
    twin = ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)
    now = answering.standing_of(ledger, holders.subject, attempt, event)
    return Effects(
        comment=receipt(record, drifts.panel_of(ledger, attempt, twin)),
        notices=answering.notice(ledger, holders.subject, attempt, event),
        then=answering.following(attempt, now),
    )


def _claim(attempt: Attempt, review: Review) -> Filed[Claim] | None:
    return next((item for item in attempt.all(Claim) if item.digest == review.claim), None)


def _check_open(
    review: Loaded[Review], ledger: Ledger, attempt: Attempt, claim: Filed[Claim] | None
) -> Iterator[Finding]:
    """Yield why the claim takes no review any more."""
    last = attempt.chain[-1].record
    if isinstance(last, Decision):
        yield review.finding(CLOSED, "the attempt has been decided", "claim")
    if claim is None:
        return
    if any(done.record.claim == claim.digest for done in attempt.all(Reviewed)):
        yield review.finding(CLOSED, "this claim has its review already", "claim")
    if stopped := drifts.stopped(ledger, attempt, claim.record):
        message = f"your agreement fell below the floor on {stamp(stopped)}: it does not count"
        yield review.finding(CLOSED, message, "claim")
    if sla.is_released(claim.record, (item.record for item in attempt.all(Claim))):
        message = "it was overdue, and somebody else has taken the attempt"
        yield review.finding(CLOSED, message, "claim")


def _record(
    event: Event,
    holders: Holders,
    attempt: Attempt,
    claim: Filed[Claim],
    mentor: Mentor,
    signed: tuple[bytes, bytes],
) -> Reviewed:
    """Return the receipt for a review, unsigned; `signed` is the file and its signature."""
    return Reviewed(
        format=1,
        at=event.at,
        event=event.id,
        previous=attempt.tip,
        key=holders.signer("desk").key_id,
        attempt=attempt.id,
        number=len(attempt.all(Reviewed)) + 1,
        claim=claim.digest,
        review=digest(signed[0]),
        review_signature=digest(signed[1]),
        mentor=mentor.id,
        mentor_key=fingerprint(mentor.key),
        within_sla=sla.is_within(event.at, claim.record),
    )


def receipt(record: Reviewed, sitting: Panel) -> str:
    """Return what the mentor is told when a review was taken in.

    A third review is asked for without a word about the scores of the first two.
    """
    missing = sitting.needed - len(sitting.reviewed)
    timing = "in time" if record.within_sla else "after it was due"
    follows = (
        "The decision follows."
        if missing <= 0
        else f"{missing} more review is needed before the decision; all are opened together."
    )
    return (
        f"**Review {record.number} of attempt `{record.attempt}` was received "
        f"{stamp(record.at)}, {timing}.** It is signed by `{record.mentor_key}`. {follows}"
    )
