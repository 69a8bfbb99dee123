"""issue: sign the credentials that are due, in one batch, each after a record of its own.

`issued` is written before signing and holds what the decision does not, so that anybody can derive
the unsigned credential again. Nothing is kept that two implementations have not verified.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jobtwin.credential.achievement import Facts, Judge, list_url, unsigned_credential
from jobtwin.credential.independent import confirm_with_openbadgeslib
from jobtwin.credential.jsonbytes import jcs, parse_object, to_bytes
from jobtwin.credential.keys import SeedSigner
from jobtwin.credential.proof import sign as sign_document
from jobtwin.credential.proof import verify_proof
from jobtwin.credential.status import MIN_ENTRIES, index_at, status_list_credential
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge import answering
from jobtwin.forge.events import Effects, Notice
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.credential import Issued, StatusEntry
from jobtwin.records.grade import Claim, Decision, Reviewed
from jobtwin.records.submission import Evaluated, Received
from jobtwin.repository import attempts, moments
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules import seeds
from jobtwin.rules.ledger import digest, sign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Attempt, Filed

OTHER_BATCH = Code(
    "ISS-001",
    "this is not the batch that was approved",
    why="A person approved the decisions of a list; nothing else is ever signed on that word.",
    fix="List again what is due, and have that batch approved.",
)
TEST_KEY = Code(
    "ISS-002",
    "a key for tests and an organisation in earnest do not go together",
    why="A credential that means something must not rest on a key that anybody may hold.",
    fix="Use the organisation's own key; only an organisation with `test: true` signs with a key "
    "that is marked `test: true`, and with no other.",
)

LIST = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """The decisions that are due at a commit: what one approval signs."""

    commit: str
    due: tuple[tuple[Attempt, Filed[Decision]], ...]

    @property
    def decisions(self) -> frozenset[str]:
        """The digests of the decisions."""
        return frozenset(decision.digest for _, decision in self.due)

    @property
    def digest(self) -> str:
        """The digest of the whole, which is approved; the same for the same decisions."""
        return digest(jcs({"format": 1, "issue": sorted(self.decisions)}))


def batch(ledger: Ledger) -> Batch:
    """Return what is due; needs no secret."""
    return Batch(ledger.tree.commit, tuple(due(ledger)))


def approved(ledger: Ledger, wanted: str, commit: str | None = None) -> frozenset[str]:
    """Return the decisions of the approved batch `wanted`, as it was listed at `commit`.

    Raises `Refused` when that commit is not in main's history, lists another batch, or names a
    decision that does not stand any more.
    """
    git, main = ledger.tree.git, ledger.tree.commit
    if commit is None:
        found = batch(ledger)
    elif git.attempt("merge-base", "--is-ancestor", "--end-of-options", commit, main).returncode:
        raise Refused([OTHER_BATCH.at(f"commit {ascii(commit)[1:41]} is not in main's history")])
    else:
        with Tree(git, commit) as tree:
            found = batch(Ledger(tree))
    if found.digest != wanted:
        message = f"{len(found.due)} decisions are due, as {found.digest}"
        raise Refused([OTHER_BATCH.at(message)])
    standing = {decision.digest for _, decision in passed(ledger)}
    if gone := sorted(found.decisions - standing):
        raise Refused([OTHER_BATCH.at(f"decision {name} does not stand any more") for name in gone])
    return found.decisions


def issue(
    event: Event, ledger: Ledger, holders: Holders, only: frozenset[str] | None = None
) -> Effects:
    """Sign every credential that is due; a second run at once finds nothing to do.

    `only` are the digests of the decisions that were approved, where somebody had to: what became
    due since waits for the next batch. Raises `EngineError` when a fresh credential does not
    verify: then nothing at all is kept.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    signer = signer_of(ledger, holders)
    records: dict[str, bytes] = {}
    taken = sum(len(ledger.issued(identifier)) for identifier in ledger.credentials())
    chosen = [item for item in due(ledger) if only is None or item[1].digest in only]
    for count, (attempt, decision) in enumerate(chosen, start=taken):
        status = StatusEntry(list=LIST, index=index_at(_status_secret(holders), count, MIN_ENTRIES))
        records |= _one(event, ledger, holders, attempt, decision, status, signer)
    if records:
        records |= status_list(event.at, ledger, signer, ())
    signed = sum(path.endswith("/1.json") and "/status/" not in path for path in records)
    words = f"{signed} credential{'s' if signed != 1 else ''} signed."
    return Effects(
        records=records,
        message=f"Issue: {words}",
        comment=words,
        notices=tuple(_notices(event, ledger, holders.subject, {item.id for item, _ in chosen})),
    )


def _notices(event: Event, ledger: Ledger, secret: bytes, chosen: set[str]) -> Iterator[Notice]:
    """Yield what learners are told whose credential this event signs, now or when it ran before."""
    for attempt, _ in passed(ledger):
        before = ledger.issued(seeds.credential(secret, attempt.id))
        if attempt.id in chosen or (before and before[-1].record.event == event.id):
            yield from answering.notice(ledger, secret, attempt, event, signed=True)


def due(ledger: Ledger) -> Iterator[tuple[Attempt, Filed[Decision]]]:
    """Yield the attempts whose passing decision binds and has no credential yet.

    Needs no secret: a credential's record names its attempt.
    """
    credited = {
        item.record.attempt for name in ledger.credentials() for item in ledger.issued(name)
    }
    for attempt, decision in passed(ledger):
        if attempt.id not in credited:
            yield attempt, decision


def passed(ledger: Ledger) -> Iterator[tuple[Attempt, Filed[Decision]]]:
    """Yield the attempts whose passing decision binds."""
    for twin in ledger.twins:
        for attempt in ledger.attempts(twin):
            decision = attempt.last(Decision)
            if decision is None or decision.record.verdict != "pass":
                continue
            if decision.record.best == attempt.id:
                yield attempt, decision


def _one(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    attempt: Attempt,
    decision: Filed[Decision],
    status: StatusEntry,
    signer: SeedSigner,
) -> dict[str, bytes]:
    identifier = seeds.credential(holders.subject, attempt.id)
    started = attempt.started
    decided = [
        other
        for other in attempts.of_learner(ledger, holders.subject, started.subject, attempt.twin)
        if other.last(Decision)
    ]
    blank = Issued(
        format=1,
        at=event.at,
        event=event.id,
        previous=decision.digest,
        key=signer.key_id.rsplit("#", 1)[-1],
        credential=identifier,
        number=1,
        attempt=attempt.id,
        decision=decision.digest,
        verification_method=signer.key_id,
        status=status,
        best_of=len(decided),
        supersedes=_superseded(ledger, holders.subject, decided, attempt),
        digest="sha256:" + "0" * 64,
    )
    document = unsigned_credential(facts(ledger, attempt, blank))
    issued = sign(
        blank.model_copy(update={"digest": digest(jcs(document))}),
        SeedSigner(blank.key, signer.seed),
    )
    signed = sign_document(document, signer, event.at)
    _confirm(signed, signer.public_key)
    return {
        layout.issued(identifier, 1): write(issued),
        layout.signed(identifier, 1): to_bytes(signed),
    }


def _superseded(
    ledger: Ledger, secret: bytes, decided: list[Attempt], attempt: Attempt
) -> str | None:
    earlier = [seeds.credential(secret, other.id) for other in decided if other.id != attempt.id]
    return next((name for name in reversed(earlier) if ledger.issued(name)), None)


def facts(ledger: Ledger, attempt: Attempt, issued: Issued) -> Facts:
    """Return the records that a credential is derived from; raises `EngineError` without them."""
    decision, evaluated = attempt.last(Decision), attempt.last(Evaluated)
    if decision is None or evaluated is None:
        raise EngineError(f"attempt {attempt.id} is not decided", "run `jobtwin audit`")
    graded = {item.receipt for item in evaluated.record.graded}
    kept = [f.record.snapshot for f in attempt.all(Received) if f.digest in graded]
    snapshot = next((item for item in kept if item), None)
    if snapshot is None:
        raise EngineError(f"attempt {attempt.id} has no graded repository", "run `jobtwin audit`")
    return Facts(
        issuer=ledger.issuer,
        twin=ledger.pinned_twin(attempt.started.twin_tree, attempt.twin),
        issued=issued,
        started=attempt.started,
        evaluated=evaluated.record,
        decision=decision.record,
        snapshot=snapshot,
        judges=tuple(_judges(ledger, attempt, decision.record)),
    )


def _judges(ledger: Ledger, attempt: Attempt, decision: Decision) -> Iterator[Judge]:
    claims = {filed.digest: filed.record for filed in attempt.all(Claim)}
    for filed in attempt.all(Reviewed):
        if filed.digest not in decision.reviews:
            continue
        claim = claims[filed.record.claim]
        rounds = ledger.calibrations(claim.mentor, attempt.twin)
        gold = next((r.record.gold_set for r in rounds if r.digest == claim.calibration.record), "")
        yield Judge(
            mentor=filed.record.mentor,
            fingerprint=filed.record.mentor_key,
            agreement=claim.calibration.agreement,
            gold_set=gold,
            review=filed.record.review,
        )


def derive(ledger: Ledger, credential: str, number: int) -> dict[str, Any]:
    """Return the unsigned credential again, from records alone; raises `EngineError`."""
    issued = next((f.record for f in ledger.issued(credential) if f.record.number == number), None)
    found = (ledger.attempt(twin, issued.attempt) for twin in ledger.twins) if issued else iter(())
    attempt = next((item for item in found if item), None)
    if issued is None or attempt is None:
        raise EngineError(f"credential {credential} has no record to derive it from")
    return unsigned_credential(facts(ledger, attempt, issued))


def status_list(
    at: datetime, ledger: Ledger, signer: SeedSigner, also_revoked: tuple[str, ...]
) -> dict[str, bytes]:
    """Return the next signed status list, with the bits of all that is revoked."""
    revoked = {
        ledger.issued(identifier)[-1].record.status.index
        for identifier in ledger.credentials()
        if identifier in also_revoked or ledger.revoked(identifier)
    }
    versions = ledger.tree.names(f"credentials/status/{LIST}")
    version = max((int(name.split(".")[0]) for name in versions), default=0) + 1
    url = list_url(ledger.issuer, LIST)
    document = status_list_credential(url, ledger.issuer.did, sorted(revoked), at)
    signed = sign_document(document, signer, at)
    if verify_proof(signed, signer.public_key):
        raise EngineError("the fresh status list does not verify, so nothing was kept")
    return {layout.status_list(LIST, version): to_bytes(signed)}


def _confirm(signed: dict[str, Any], public_key: bytes) -> None:
    again = parse_object(to_bytes(signed))
    if findings := verify_proof(again, public_key):
        raise EngineError(f"a fresh credential does not verify: {findings[0]}")
    second = confirm_with_openbadgeslib(again, public_key)
    if not second.ok:
        raise EngineError(f"an independent library refuses a fresh credential: {second.reason}")


def signer_of(ledger: Ledger, holders: Holders) -> SeedSigner:
    """Return the issuer's signer under its verificationMethod.

    Raises `EngineError` for a key that is not published or has ended, and `Refused` for one that
    is for tests where the organisation is not, or the other way round.
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
    return SeedSigner(f"{ledger.issuer.did}#{plain.key_id}", plain.seed)


def _status_secret(holders: Holders) -> bytes:
    return hmac.new(holders.subject, b"status list", hashlib.sha256).digest()
