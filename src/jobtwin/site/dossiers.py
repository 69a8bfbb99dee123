"""Everything that belongs to a credential, gathered from the records of a commit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtwin.credential.achievement import report_path
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.grade import Claim, Decision, Reviewed
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.records.submission import Evaluated, Received
from jobtwin.repository import reports
from jobtwin.rules.ledger import digest
from jobtwin.site import bundles, endorsements, outcome, retakes, signed
from jobtwin.site.credential_page import Dossier, Judge
from jobtwin.site.report_page import kept
from jobtwin.site.sharing import sharing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from jobtwin.credential.baking import Frame
    from jobtwin.repository.ledger import Attempt, Ledger


@dataclass(frozen=True, slots=True)
class Shared:
    """What all credentials of a commit have in common."""

    lists: Mapping[str, bytes]
    """Status lists by their paths on the site."""
    frames: Mapping[str, Frame]
    """The badges of twins and tracks as frames of credentials, likewise."""
    served: Mapping[str, bytes]
    """All that is served as it is and belongs to no credential, these among it."""
    withdrawn: Mapping[str, datetime]
    """The issuer's compromised keys, by their verificationMethods, and since when."""
    has_archive: bool
    """Whether this clone keeps graded work."""

    def by_badge(self) -> dict[str, Frame]:
        """Return the frames by the digests of the badges that they are of."""
        return {digest(self.served[path]): frame for path, frame in self.frames.items()}


def shared(ledger: Ledger, known: Mapping[str, Frame]) -> Shared:
    """Return what all credentials of a commit have in common; raises `EngineError`.

    `known` are frames that were made before, by the digests of the badges.
    """
    lists = signed.status_lists(ledger)
    drawn = signed.pictures(ledger) | signed.track_pictures(ledger)
    return Shared(
        lists=lists,
        frames=signed.frames(drawn, known),
        served={**signed.key_files(ledger), **lists, **drawn},
        withdrawn=signed.withdrawn(ledger),
        has_archive=signed.has_archive(ledger),
    )


def dossier(
    ledger: Ledger, common: Shared, attempt: Attempt, identifier: str, superseded_by: str | None
) -> tuple[Dossier, dict[str, bytes]]:
    """Return the records of an attempt's credential, and what the site serves of it as it is.

    Raises `EngineError` where something is missing, or stands at another address than is signed.
    """
    content = signed.signed_credential(ledger, identifier)
    folder = layout.credential(identifier)
    signed.check_status(content, ledger.issuer, common.lists, folder)
    found, files = _dossier(ledger, common, attempt, identifier, content, superseded_by)
    files |= {f"{folder}/credential.json": content}
    files |= signed.signed_jwt(ledger, found.issued[-1])
    files |= outcome.files(ledger, found.outcome)
    files |= endorsements.files(ledger, identifier)
    files |= signed.baked(folder, f"twins/{found.twin.id}", content, common.frames)
    files |= retakes.pointer(ledger.issuer, identifier, superseded_by)
    bundle = bundles.listed(ledger, identifier, {**common.served, **files})
    return replace(found, bundle=bundle), files


def _dossier(
    ledger: Ledger,
    common: Shared,
    attempt: Attempt,
    identifier: str,
    content: bytes,
    superseded_by: str | None,
) -> tuple[Dossier, dict[str, bytes]]:
    issued = tuple(filed.record for filed in ledger.issued(identifier))
    said = (item for item in attempt.all(Decision) if item.digest == issued[-1].decision)
    decision, evaluated = next(said, None), attempt.last(Evaluated)
    if decision is None or evaluated is None:
        raise EngineError(f"credential {identifier} has no decision", "run `jobtwin audit`")
    graded = {item.receipt for item in evaluated.record.graded}
    receipts = tuple(f.record for f in attempt.all(Received) if f.digest in graded)
    evidence = list(signed.snapshots(ledger, attempt.id, receipts)) if common.has_archive else []
    twin = ledger.pinned_twin(attempt.started.twin_tree, attempt.twin)
    files = {file.path: data for file, data in evidence}
    measured = reports.report(ledger, attempt)
    report = kept(measured, report_path(attempt.id, twin.report.name)) if measured else None
    if report and measured:
        files[report.file.path] = measured
    dossier = Dossier(
        issuer=ledger.issuer,
        twin=twin,
        started=attempt.started,
        receipts=receipts,
        evaluated=evaluated.record,
        judges=_judges(ledger, attempt, decision.record),
        decision=decision.record,
        issued=issued,
        signed_digest="sha256:" + hashlib.sha256(content).hexdigest(),
        evidence=tuple(file for file, _ in evidence),
        report=report,
        revoked=ledger.revoked(identifier),
        outcome=outcome.told(ledger, identifier),
        endorsements=endorsements.told(ledger, identifier),
        sharing=sharing(ledger.issuer, content),
        superseded_by=superseded_by,
        withdrawn=common.withdrawn,
    )
    return dossier, files


def _judges(ledger: Ledger, attempt: Attempt, decision: Decision) -> tuple[Judge, ...]:
    claims = {filed.digest: filed.record for filed in attempt.all(Claim)}
    judges = []
    for filed in attempt.all(Reviewed):
        counts = not decision.counting or filed.record.number in decision.counting
        if filed.digest not in decision.reviews or not counts:
            continue
        receipt = filed.record
        found = ledger.review(attempt.twin, attempt.id, receipt.number)
        mentor, claim = ledger.mentor(receipt.mentor), claims.get(receipt.claim)
        is_sealed = found is None and attempt.started.sealed_to is not None
        if mentor is None or claim is None or (found is None and not is_sealed):
            raise EngineError(f"{filed.path} names what is not there", "run `jobtwin audit`")
        rounds = (filed.record for filed in ledger.calibrations(mentor.id, attempt.twin))
        policy = ledger.pinned_policy(CalibrationPolicy, attempt.started)
        judges.append(Judge(mentor, claim, receipt, found, tuple(rounds), policy.kappa))
    return tuple(judges)
