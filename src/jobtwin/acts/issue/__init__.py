"""issue: sign the credentials that are due, in one batch, each after a record of its own.

`issued` is written before signing and holds what the decision does not, so that anybody can derive
the unsigned credential again. Nothing is kept that two implementations have not verified. What a
key had signed that was compromised since is signed again, from the same records, by another key.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin import keys, multikey
from jobtwin.acts.issue import track
from jobtwin.acts.issue.batch import (
    OTHER_BATCH,
    Batch,
    again,
    approved,
    batch,
    due,
    due_to_learners,
    passed,
)
from jobtwin.acts.issue.binding import best_of, rests_on
from jobtwin.acts.issue.deriving import attempt_of, derive, facts
from jobtwin.acts.issue.lists import place, sign_lists, stale
from jobtwin.acts.issue.shelf import Shelf
from jobtwin.acts.issue.signing import signed
from jobtwin.acts.issue.track import due_tracks
from jobtwin.credential.achievement import unsigned_credential
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge import answering
from jobtwin.forge.events import Effects, Notice
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.credential import Issued
from jobtwin.records.grade import Decision
from jobtwin.repository import attempts, moments
from jobtwin.rules import seeds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobtwin.credential.keys import Signer
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.credential import StatusEntry
    from jobtwin.repository.ledger import Attempt, Filed, Ledger

__all__ = [
    "OTHER_BATCH",
    "Batch",
    "approved",
    "batch",
    "derive",
    "due",
    "due_to_learners",
    "due_tracks",
    "issue",
    "signer_of",
]

TEST_KEY = Code(
    "ISS-002",
    "a key for tests and an organisation in earnest do not go together",
    why="A credential that means something must not rest on a key that anybody may hold.",
    fix="Use the organisation's own key; only an organisation with `test: true` signs with a key "
    "that is marked `test: true`, and with no other.",
)


def issue(
    event: Event, ledger: Ledger, holders: Holders, only: frozenset[str] | None = None
) -> Effects:
    """Sign every credential that is due; a second run at once finds nothing to do.

    `only` is what was approved, where somebody had to: the digests of decisions, and of records
    that are followed by another one; what became due since waits for the next batch. Raises
    `EngineError` when a fresh credential does not verify: then nothing at all is kept.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    signer, secret = signer_of(ledger, holders), holders.subject
    records: dict[str, bytes] = {}
    taken = sum(bool(ledger.issued_any(identifier)) for identifier in ledger.credentials())
    chosen = [
        item for item in due_to_learners(ledger, secret) if only is None or item[1].digest in only
    ]
    for count, (attempt, decision) in enumerate(chosen, start=taken):
        blank = _first(event, ledger, holders, attempt, decision, place(secret, count))
        records |= _signed(ledger, attempt, blank, signer)
    renewed = [item for item in again(ledger) if only is None or item.digest in only]
    for issued in renewed:
        records |= _signed_again(event, ledger, issued, signer)
    after = taken + len(chosen)
    tracks = track.Tracks(event, Shelf(ledger, dict(records)), secret, signer, only)
    cleared = tracks.cleared(place(secret, number) for number in itertools.count(after))
    followed = tracks.again({item.record.credential for item in renewed})
    for files in (*cleared, *followed):
        records |= files
    if records or any(stale(ledger)):
        used = range(taken, after + len(cleared))
        begun = {place(secret, number).list for number in used}
        records = sign_lists(event.at, ledger, signer, begun=begun) | records
    words = _words(len(chosen) + len(cleared), len(renewed) + len(followed))
    return Effects(
        records=records,
        message=f"Issue: {words}",
        comment=words,
        notices=tuple(
            _notices(event, ledger, secret, {item.id for item, _ in chosen}, track.cited(cleared))
        ),
    )


def _words(signed: int, renewed: int) -> str:
    words = f"{signed} credential{'s' if signed != 1 else ''} signed."
    return f"{words} {renewed} signed again." if renewed else words


def _notices(
    event: Event, ledger: Ledger, secret: bytes, chosen: set[str], cited: Mapping[str, str]
) -> Iterator[Notice]:
    """Yield what learners are told whose credential this event signs, now or when it ran before.

    `cited` maps credentials to those of tracks that are signed now and cite them.
    """
    for attempt, _ in passed(ledger):
        name = seeds.credential(secret, attempt.id)
        before = ledger.issued(name)
        if attempt.id in chosen or (before and before[-1].record.event == event.id):
            yield from answering.notice(
                ledger, secret, attempt, event, signed=True, track=cited.get(name)
            )


def _first(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    attempt: Attempt,
    decision: Filed[Decision],
    status: StatusEntry,
) -> Issued:
    """Return the first record of a credential; who signs it is filled in later."""
    subject, twin = attempt.started.subject, attempt.twin
    decided = [
        other
        for other in attempts.of_learner(ledger, holders.subject, subject, twin)
        if other.last(Decision)
    ]
    return Issued(
        format=1,
        at=event.at,
        event=event.id,
        previous=decision.digest,
        key="none",
        credential=seeds.credential(holders.subject, attempt.id),
        number=1,
        attempt=attempt.id,
        decision=decision.digest,
        verification_method="none",
        status=status,
        best_of=len(decided),
        supersedes=_superseded(ledger, holders.subject, decided, attempt),
        digest=track.UNSIGNED,
    )


def _superseded(
    ledger: Ledger, secret: bytes, decided: Sequence[Attempt], attempt: Attempt
) -> str | None:
    """Return the credential that bound until now: of those that stand the best."""
    names = {other.id: seeds.credential(secret, other.id) for other in decided}
    held = [
        other
        for other in decided
        if other.id != attempt.id
        and ledger.issued(names[other.id])
        and not ledger.revoked(names[other.id])
    ]
    found = best_of(held)
    return names[found[0].id] if found else None


def _signed_again(
    event: Event, ledger: Ledger, earlier: Filed[Issued], signer: Signer
) -> dict[str, bytes]:
    """Return the record and files that follow what is signed again."""
    record = earlier.record
    tip = Shelf(ledger, {}).tip(record.credential, earlier.digest)
    attempt = attempt_of(ledger, record.attempt)
    rests = rests_on(attempt, record.decision) if attempt else None
    if attempt is None or rests is None:
        raise EngineError(f"attempt {record.attempt} is not passed", "run `jobtwin audit`")
    changes = {"at": event.at, "event": event.id, "previous": tip, "number": record.number + 1}
    again = record.model_copy(update=changes | {"decision": rests.digest})
    return _signed(ledger, attempt, again, signer)


def _signed(ledger: Ledger, attempt: Attempt, blank: Issued, signer: Signer) -> dict[str, bytes]:
    """Return a credential in its forms, and the record before it.

    Raises `EngineError` when one of them does not verify.
    """
    done = signed(
        blank,
        lambda record: unsigned_credential(facts(ledger, attempt, record)),
        ledger.issuer,
        signer,
    )
    name, number = done.record.credential, done.record.number
    return {
        layout.issued(name, number): write(done.record),
        layout.signed(name, number): done.json,
        layout.signed_jwt(name, number): done.jwt,
    }


def signer_of(ledger: Ledger, holders: Holders) -> Signer:
    """Return the issuer's signer under its verificationMethod.

    Raises `EngineError` for a key that is not published, has ended, or is not the one that is
    published under its name, and `Refused` for one that is for tests where the organisation is
    not, or the other way round.
    """
    plain = holders.signer("issuer")
    known = {key.fragment: key for key in ledger.issuer_keys.keys}
    entry = known.get(plain.key_id)
    if entry is None or entry.retired or entry.compromised:
        raise EngineError(f"key `{plain.key_id}` is not a key the issuer signs with now")
    if entry.test != ledger.issuer.test:
        whose = "for tests" if entry.test else "in earnest"
        other = "for tests" if ledger.issuer.test else "in earnest"
        message = f"key `{plain.key_id}` is {whose}, the organisation is {other}"
        raise Refused([TEST_KEY.at(message, layout.ISSUER_KEYS)])
    if multikey.encode(plain.public_key) != entry.public_key:
        raise EngineError(
            f"what signs as `{plain.key_id}` holds another key than the published one",
            "compare it with keys/issuer-keys.yml",
        )
    return keys.under(f"{ledger.issuer.did}#{plain.key_id}", plain)
