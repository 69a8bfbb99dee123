"""What a credential says, gathered from a commit's records: the same records, the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from jobtwin.credential.achievement import Facts, Judge, unsigned_credential
from jobtwin.errors import EngineError
from jobtwin.records.grade import Claim, Decision, Reviewed
from jobtwin.records.submission import Evaluated, Received

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.records.calibration import Calibrated
    from jobtwin.records.credential import Issued
    from jobtwin.records.organisation import Issuer
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Attempt, Filed, Ledger


class Known(Protocol):
    """What a credential says besides its attempt: a ledger knows it, and a replay."""

    @property
    def issuer(self) -> Issuer:
        """Who signs."""

    def pinned_twin(self, tree_id: str, twin_id: str) -> Twin:
        """Return a twin as it was when an attempt started; raises `EngineError`."""

    def calibrations(self, mentor: str, twin_id: str) -> tuple[Filed[Calibrated], ...]:
        """Return what a mentor's rounds for a twin came to."""


def derive(ledger: Ledger, credential: str, number: int) -> dict[str, Any]:
    """Return the unsigned credential again, from records alone; raises `EngineError`."""
    issued = next((f.record for f in ledger.issued(credential) if f.record.number == number), None)
    attempt = attempt_of(ledger, issued.attempt) if issued else None
    if issued is None or attempt is None:
        raise EngineError(f"credential {credential} has no record to derive it from")
    return unsigned_credential(facts(ledger, attempt, issued))


def attempt_of(ledger: Ledger, identifier: str) -> Attempt | None:
    """Return an attempt by its id alone."""
    found = (ledger.attempt(twin, identifier) for twin in ledger.twins)
    return next((item for item in found if item), None)


def facts(ledger: Known, attempt: Attempt, issued: Issued) -> Facts:
    """Return the records that a credential is derived from; raises `EngineError` without them."""
    decided = (item for item in attempt.all(Decision) if item.digest == issued.decision)
    decision, evaluated = next(decided, None), attempt.last(Evaluated)
    if decision is None or evaluated is None:
        raise EngineError(f"attempt {attempt.id} is not decided so", "run `jobtwin audit`")
    graded = {item.receipt for item in evaluated.record.graded}
    received = [f.record.snapshot for f in attempt.all(Received) if f.digest in graded]
    kept = [item for item in received if item]
    if not kept:
        raise EngineError(f"attempt {attempt.id} has no graded repository", "run `jobtwin audit`")
    return Facts(
        issuer=ledger.issuer,
        twin=ledger.pinned_twin(attempt.started.twin_tree, attempt.twin),
        issued=issued,
        started=attempt.started,
        evaluated=evaluated.record,
        decision=decision.record,
        snapshot=kept[0],
        later=tuple(kept[1:]),
        judges=tuple(_judges(ledger, attempt, decision.record)),
    )


def _judges(ledger: Known, attempt: Attempt, decision: Decision) -> Iterator[Judge]:
    claims = {filed.digest: filed.record for filed in attempt.all(Claim)}
    for filed in attempt.all(Reviewed):
        counts = not decision.counting or filed.record.number in decision.counting
        if filed.digest not in decision.reviews or not counts:
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
