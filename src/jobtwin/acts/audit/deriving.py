"""What a credential must say, by the records that the replay has at hand: none is read again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.acts.issue.deriving import facts
from jobtwin.credential.achievement import unsigned_credential
from jobtwin.errors import EngineError
from jobtwin.repository.ledger import Filed

if TYPE_CHECKING:
    from jobtwin.acts.audit.attempts import Attempts
    from jobtwin.records.calibration import Calibrated
    from jobtwin.records.credential import Issued
    from jobtwin.records.organisation import Issuer
    from jobtwin.records.twin import Twin


@dataclass(frozen=True, slots=True)
class Replayed:
    """The replay as `facts` asks it."""

    attempts: Attempts

    @property
    def issuer(self) -> Issuer:
        """Who signs; raises `EngineError` where nobody is named."""
        found = self.attempts.organisation.issuer
        if found is None:
            raise EngineError("the organisation names no issuer")
        return found

    def pinned_twin(self, tree_id: str, twin_id: str) -> Twin:
        """Return a twin as it was when an attempt started; raises `EngineError`."""
        found = self.attempts.organisation.twin(tree_id)
        if found is None:
            raise EngineError(f"tree {tree_id[:12]} holds no twin {twin_id}")
        return found

    def calibrations(self, mentor: str, twin_id: str) -> tuple[Filed[Calibrated], ...]:
        """Return what a mentor's rounds for a twin came to."""
        return tuple(
            Filed("", name, record)
            for name, record in self.attempts.calibrated.items()
            if (record.mentor, record.twin) == (mentor, twin_id)
        )


def derive(attempts: Attempts, issued: Issued) -> dict[str, Any]:
    """Return the unsigned credential of a record; raises `EngineError` or LookupError."""
    attempt = attempts.known.get(attempts.by_id.get(issued.attempt, ""))
    if attempt is None:
        raise EngineError(f"credential {issued.credential} has no record to derive it from")
    found = facts(Replayed(attempts), attempt, issued)
    if not found.judges:
        raise EngineError(f"the decision on attempt {attempt.id} rests on no review of it")
    return unsigned_credential(found)
