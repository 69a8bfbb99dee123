"""Everything that belongs to a credential, gathered from the records of a commit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.credential.achievement import report_path
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.grade import Claim, Decision, Reviewed
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.records.submission import Evaluated, Received
from jobtwin.repository import reports
from jobtwin.site import bundles, endorsements, outcome, retakes, signed
from jobtwin.site.credential_page import Dossier, Judge
from jobtwin.site.report_page import kept
from jobtwin.site.sharing import sharing
from jobtwin.site.track_dossiers import track_dossiers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.repository.ledger import Attempt, Ledger
    from jobtwin.site.track_credential_page import TrackDossier


@dataclass(frozen=True, slots=True)
class Published:
    """What an issuer publishes: credentials to make pages of, and bytes to lay over them."""

    dossiers: tuple[Dossier, ...]
    files: Mapping[str, bytes]
    tracks: tuple[TrackDossier, ...] = ()


def published(ledger: Ledger) -> Published:
    """Return every credential's records, and the bytes that the site serves as they are.

    Raises `EngineError` where something is missing, or stands at another address than is signed.
    """
    drawn, lists = signed.pictures(ledger), signed.status_lists(ledger)
    files = {**signed.key_files(ledger), **lists, **drawn, **signed.track_pictures(ledger)}
    ids = [name for name in ledger.credentials() if ledger.issued(name)]
    issued = {identifier: [f.record for f in ledger.issued(identifier)] for identifier in ids}
    later = retakes.superseding(ledger)
    files |= retakes.pointers(ledger.issuer, later)
    dossiers = []
    for identifier in ids:
        content = signed.signed_credential(ledger, identifier)
        folder = layout.credential(identifier)
        signed.check_status(content, ledger.issuer, lists, folder)
        files[f"{folder}/credential.json"] = content
        files |= signed.signed_jwt(ledger, issued[identifier][-1])
        dossier, evidence = _dossier(ledger, identifier, content, later.get(identifier))
        dossiers.append(dossier)
        files |= outcome.files(ledger, dossier.outcome)
        files |= endorsements.files(ledger, identifier)
        files |= evidence | signed.baked(folder, f"twins/{dossier.twin.id}", content, drawn)
        files |= bundles.bundle(ledger, identifier, files)
    parts = {dossier.id: dossier for dossier in dossiers}
    tracks = list(track_dossiers(ledger, parts, later, lists))
    for track, more in tracks:
        files |= more
        files |= bundles.bundle(ledger, track.id, files)
    return Published(tuple(dossiers), files, tuple(dossier for dossier, _ in tracks))


def _dossier(
    ledger: Ledger, identifier: str, content: bytes, superseded_by: str | None
) -> tuple[Dossier, dict[str, bytes]]:
    issued = tuple(filed.record for filed in ledger.issued(identifier))
    attempt = _attempt(ledger, issued[-1].attempt)
    said = (item for item in attempt.all(Decision) if item.digest == issued[-1].decision)
    decision, evaluated = next(said, None), attempt.last(Evaluated)
    if decision is None or evaluated is None:
        raise EngineError(f"credential {identifier} has no decision", "run `jobtwin audit`")
    graded = {item.receipt for item in evaluated.record.graded}
    receipts = tuple(f.record for f in attempt.all(Received) if f.digest in graded)
    evidence = list(signed.snapshots(ledger, attempt.id, receipts))
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
        withdrawn=signed.withdrawn(ledger),
    )
    return dossier, files


def _attempt(ledger: Ledger, attempt_id: str) -> Attempt:
    for twin in ledger.tree.names("submissions"):
        if ledger.tree.read(layout.started(twin, attempt_id)) is not None:
            found = ledger.attempt(twin, attempt_id)
            if found is not None:
                return found
    raise EngineError(f"attempt {attempt_id} is not there", "run `jobtwin audit`")


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
        review = found.record if found else None
        judges.append(Judge(mentor, claim, receipt, review, tuple(rounds), policy.kappa))
    return tuple(judges)
