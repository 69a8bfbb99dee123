"""endorse: a mentor stands by a credential that rests on his review, with his own key.

The mentor's half needs his private key and nothing of the platform's; the platform's half checks
the same things again by the event's clock, and keeps the file as it was signed. A word is about one
signed file: when the credential is signed again, it is not carried over by anybody but the mentor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtwin.acts.issue.deriving import attempt_of
from jobtwin.acts.revoke import NO_CREDENTIAL
from jobtwin.credential.endorsement import did_key_method, read_endorsement, sign_endorsement
from jobtwin.credential.endorser import public_bytes, public_line
from jobtwin.credential.endorsing import Target, check_endorsement, mentors_endorsement
from jobtwin.errors import EngineError, Refused
from jobtwin.forge.events import PUSHES, Effects
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.credential import Issued
from jobtwin.records.endorsement import Endorsed
from jobtwin.records.grade import Decision, Reviewed
from jobtwin.repository import inbox, moments
from jobtwin.repository.endorsements import endorsements
from jobtwin.rules.endorsement import (
    CLOSED,
    FILE,
    check_brought,
    check_dates,
    check_judge,
    check_mentor,
)
from jobtwin.rules.ledger import digest, sign
from jobtwin.rules.signature import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from jobtwin.credential.endorsement import Endorsement
    from jobtwin.credential.keys import Signer
    from jobtwin.findings import Finding
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.credential import AnyIssued
    from jobtwin.records.organisation import Mentor
    from jobtwin.repository.ledger import Filed, Ledger

_NAMED = re.compile(r"(?:.*/)?([0-9a-f]{32})(?:/[^/]*)?")


@dataclass(frozen=True, slots=True)
class Basis:
    """What an endorsement of a credential is judged by, as one commit has it."""

    target: Target
    issued: Filed[AnyIssued]
    judges: Mapping[str, str]
    """Mentor → digest of the receipt for the review that counted."""
    is_revoked: bool


def credential_named(text: str) -> str:
    """Return the id in what somebody names a credential by: the id, its URL or its folder."""
    found = _NAMED.fullmatch(text.strip())
    if found is None:
        raise Refused([NO_CREDENTIAL.at(f"{ascii(text)[:120]} names none")])
    return found[1]


def basis(ledger: Ledger, credential: str) -> Basis:
    """Return what an endorsement of a credential rests on; raises `Refused` when there is none."""
    issued = ledger.issued_any(credential)
    if not issued:
        raise Refused([NO_CREDENTIAL.at(f"{credential} was never issued")])
    latest = issued[-1]
    path = layout.signed(credential, latest.record.number)
    content = ledger.tree.read(path)
    if content is None:
        raise EngineError(f"{path} is not there", "run `jobtwin audit`")
    return Basis(
        target=Target(ledger.issuer, credential, latest.record.number, content),
        issued=latest,
        judges=dict(_judges(ledger, latest.record)),
        is_revoked=ledger.revoked(credential) is not None,
    )


def endorse(ledger: Ledger, credential: str, signer: Signer, comment: str, at: datetime) -> bytes:
    """Return the endorsement that a mentor signs; raises `Refused` for whatever is in its way."""
    found = basis(ledger, credential)
    mentor = _mentor(ledger, signer.public_key, at)
    mentor = _speaking(mentor, fingerprint(public_line(signer.public_key)), at)
    document = mentors_endorsement(found.target, mentor, comment, at)
    content = sign_endorsement(document, signer, at)
    _refuse([*check(found, read_endorsement(content), mentor, at), *_once(ledger, found, mentor)])
    return content


def record(event: Event, ledger: Ledger, holders: Holders, content: bytes) -> Effects:
    """Take an endorsement in; raises `Refused` with every finding.

    The same endorsement again changes nothing.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    endorsement = read_endorsement(content)
    credential = credential_named(endorsement.credential)
    if done := _done(ledger, credential, content):
        return _answer(done)
    found = basis(ledger, credential)
    mentor = _speaking(named_mentor(ledger, endorsement, event.at), endorsement.issuer, event.at)
    _refuse([*check(found, endorsement, mentor, event.at), *_once(ledger, found, mentor)])
    made = _record(event, ledger, holders, found, mentor, content)
    number = found.target.number
    return replace(
        _answer(made),
        records={
            layout.endorsement(credential, mentor.id, number): content,
            layout.endorsed(credential, mentor.id, number): write(made),
        },
        message=f"Endorse credential {credential[:8]}",
    )


def is_brought(event: Event, ledger: Ledger) -> bool:
    """Say whether a mentor's pull request brings an endorsement, and not a review."""
    if event.pull_request is None or event.kind not in PUSHES:
        return False
    return FILE in inbox.paths(ledger.tree.git, event.pull_request.head)


def record_by_pull_request(event: Event, ledger: Ledger, holders: Holders) -> Effects:
    """Take in the endorsement that a pull request brings, and close it: it is never merged.

    Raises `Refused` with every finding; the pull request then stays open.
    """
    if event.pull_request is None or event.kind not in PUSHES:
        return Effects()
    head = event.pull_request.head
    brought = inbox.read_checked(ledger.tree.git, head, lambda found: list(check_brought(found)))
    return replace(record(event, ledger, holders, brought[FILE]), close=True)


def named_mentor(ledger: Ledger, endorsement: Endorsement, at: datetime) -> Mentor | None:
    """Return the mentor whose key an endorsement names as its issuer's."""
    method = endorsement.proof.verification_method
    named = [mentor for mentor in ledger.mentors if method == _method(mentor)]
    return _in_force(named, at)


def check(
    found: Basis, endorsement: Endorsement, mentor: Mentor, at: datetime
) -> Iterator[Finding]:
    """Yield why an endorsement does not count at a moment; `audit` asks the same."""
    yield from check_endorsement(endorsement, found.target, mentor)
    yield from check_judge(mentor, found.judges)
    if endorsement.is_over(found.target.content):
        yield from check_dates(endorsement.valid_from, found.issued.record.at, at)
    if found.is_revoked:
        yield CLOSED.at(f"credential {found.target.credential} is revoked")


def _speaking(mentor: Mentor | None, who: str, at: datetime) -> Mentor:
    wrong = list(check_mentor(mentor, who, at))
    if mentor is None or wrong:
        raise Refused(wrong)
    return mentor


def _refuse(findings: list[Finding]) -> None:
    if findings:
        raise Refused(findings)


def _once(ledger: Ledger, found: Basis, mentor: Mentor) -> Iterator[Finding]:
    target = found.target
    if ledger.tree.read(layout.endorsed(target.credential, mentor.id, target.number)) is not None:
        message = f"`{mentor.id}` has endorsed this file of it already"
        yield CLOSED.at(message)


def _done(ledger: Ledger, credential: str, content: bytes) -> Endorsed | None:
    given = digest(content)
    every = endorsements(ledger, credential)
    return next((one.record for one in every if one.record.endorsement == given), None)


def _mentor(ledger: Ledger, public_key: bytes, at: datetime) -> Mentor | None:
    own = [mentor for mentor in ledger.mentors if public_bytes(mentor.key) == public_key]
    return _in_force(own, at)


def _in_force(mentors: list[Mentor], at: datetime) -> Mentor | None:
    """Return the mentor who speaks by a key that may stand in several files."""
    valid = [mentor for mentor in mentors if not list(check_mentor(mentor, "", at))]
    return next(iter(valid or mentors), None)


def _method(mentor: Mentor) -> str:
    return did_key_method(public_bytes(mentor.key))


def _judges(ledger: Ledger, issued: AnyIssued) -> Iterator[tuple[str, str]]:
    """Yield each mentor whose review counts in what was credited, with the receipt's digest."""
    for single in _rests_on(ledger, issued):
        attempt = attempt_of(ledger, single.attempt)
        decisions = attempt.all(Decision) if attempt else ()
        decision = next((one.record for one in decisions if one.digest == single.decision), None)
        if attempt is None or decision is None:
            continue
        for filed in attempt.all(Reviewed):
            counts = not decision.counting or filed.record.number in decision.counting
            if filed.digest in decision.reviews and counts:
                yield filed.record.mentor, filed.digest


def _rests_on(ledger: Ledger, issued: AnyIssued) -> Iterator[Issued]:
    """Yield the credentials of single twins that a credential is or consists of."""
    if isinstance(issued, Issued):
        yield issued
        return
    for part in issued.parts:
        for filed in ledger.issued(part.credential):
            if filed.record.number == part.number:
                yield filed.record


def _record(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    found: Basis,
    mentor: Mentor,
    content: bytes,
) -> Endorsed:
    signer, target = holders.signer("desk"), found.target
    every = endorsements(ledger, target.credential)
    own = [one.digest for one in every if one.record.mentor == mentor.id]
    return sign(
        Endorsed(
            format=1,
            at=event.at,
            event=event.id,
            previous=own[-1] if own else None,
            key=signer.key_id,
            credential=target.credential,
            number=target.number,
            issued=found.issued.digest,
            reviewed=found.judges[mentor.id],
            mentor=mentor.id,
            mentor_key=fingerprint(mentor.key),
            endorsement=digest(content),
        ),
        signer,
    )


def _answer(made: Endorsed) -> Effects:
    path = layout.endorsement(made.credential, made.mentor, made.number)
    return Effects(
        comment=f"**Your endorsement of credential `{made.credential}` was received.** It is "
        f"signed by `{made.mentor_key}`, kept byte for byte as `{path}`, and published beside the "
        "credential with the next build of the site."
    )
