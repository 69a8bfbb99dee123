"""Where each record belongs, and which files beside it it answers for by their digest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.records.calibration import Calibrated, Drifted, Handed, Retired
from jobtwin.records.credential import Issued, IssuedTrack, Revoked
from jobtwin.records.endorsement import Endorsed
from jobtwin.records.grade import (
    Appealed,
    Claim,
    Decision,
    OpenedReview,
    Published,
    Released,
    Reopened,
    Reviewed,
)
from jobtwin.records.outcome import Asked, Attested, Consented
from jobtwin.records.submission import Evaluated, Expired, Received, Started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jobtwin.findings import Finding
    from jobtwin.records.ledger import LedgerRecord

WRONG_PLACE = Code(
    "AUD-020",
    "a record does not lie where its content says",
    why="Another attempt's record, or the same one twice, would count as this one's.",
    fix="Find the commit that added it and what wrote it.",
)
UNREADABLE = Code(
    "AUD-021",
    "a record cannot be read",
    why="What cannot be read cannot be judged.",
    fix="Take the record from the commit before; find out who wrote this one.",
)
NO_RECORD = Code(
    "AUD-022",
    "a file in a write-once folder belongs to no record",
    why="Only what a signed record names by its digest is known to be what was handed in.",
    fix="Find the commit that added it and what wrote it.",
)
OTHER_CONTENT = Code(
    "AUD-023",
    "a file is not the one that its record names",
    why="The signed record names it by its digest; somebody has put another one in its place.",
    fix="Find the file with that digest in the history.",
)
ARCHIVE_DIFFERS = Code(
    "AUD-024",
    "an archive does not keep what its record names",
    why="What was graded can no longer be shown.",
    fix="Look for an archive with the right digest in other clones.",
)

_ATTEMPT = re.compile(
    r"(?:submissions|grades)/([^/]+)/[0-9a-f]{2}/([0-9a-f]{32})/([a-z]+)(?:-[0-9]+)?\.yml"
)
_ROUND = re.compile(r"calibration/rounds/[^/]+/[^/]+/(handed|calibrated|drifted)-[0-9]+\.yml")
_RETIRED = re.compile(r"calibration/[^/]+/[^/]+/retired\.yml")
_CREDENTIAL = re.compile(
    r"credentials/[0-9a-f]{2}/[0-9a-f]{32}/(issued|track|revoked)(?:-[0-9]+)?\.yml"
)
_ENDORSED = re.compile(
    r"credentials/[0-9a-f]{2}/[0-9a-f]{32}/endorsed-[a-z0-9-]+(?:\.[0-9]+)?\.yml"
)
_OWN_RULES = re.compile(
    r"calibration/[^/]+/[^/]+/(set\.yml|reference\.sealed|items/[^/]+\.sealed)|"
    r"credentials/[0-9a-f]{2}/[0-9a-f]{32}/(?:[0-9]+\.(?:json|jwt)|clr-[0-9]+\.json)"
)
_OUTCOME = re.compile(
    r"outcomes/[0-9a-f]{2}/[0-9a-f]{32}/(consented|asked|attested)(?:-[0-9]+)?\.yml"
)
_OUTCOME_KINDS: Mapping[str, type[LedgerRecord]] = {
    "consented": Consented,
    "asked": Asked,
    "attested": Attested,
}
_ATTEMPT_KINDS: Mapping[str, type[LedgerRecord]] = {
    "started": Started,
    "received": Received,
    "evaluated": Evaluated,
    "expired": Expired,
    "claim": Claim,
    "released": Released,
    "reviewed": Reviewed,
    "decision": Decision,
    "appealed": Appealed,
    "published": Published,
    "reopened": Reopened,
}
_ROUND_KINDS: Mapping[str, type[LedgerRecord]] = {
    "handed": Handed,
    "calibrated": Calibrated,
    "drifted": Drifted,
}
_CREDENTIAL_KINDS: Mapping[str, type[LedgerRecord]] = {
    "issued": Issued,
    "track": IssuedTrack,
    "revoked": Revoked,
}

_NUMBERED: Mapping[str, Callable[[str, str, int], str]] = {
    "received": layout.received,
    "evaluated": layout.evaluated,
    "claim": layout.claim,
    "released": layout.released,
    "reviewed": layout.reviewed,
    "reopened": layout.reopened,
}
_OF_ROUND: Mapping[str, Callable[[str, str, int], str]] = {
    "handed": layout.handed,
    "calibrated": layout.calibrated,
    "drifted": layout.drifted,
}
_OF_CREDENTIAL: Mapping[str, Callable[[str, int], str]] = {
    "issued": layout.issued,
    "issued_track": layout.issued_track,
    "attested": layout.attested,
}


def model_at(path: str) -> type[LedgerRecord] | None:
    """Return the format of the signed record that a path is for, if it is for one."""
    if found := _ATTEMPT.fullmatch(path):
        return _ATTEMPT_KINDS.get(found[3])
    if found := _ROUND.fullmatch(path):
        return _ROUND_KINDS[found[1]]
    if _RETIRED.fullmatch(path):
        return Retired
    if found := _CREDENTIAL.fullmatch(path):
        return _CREDENTIAL_KINDS[found[1]]
    if _ENDORSED.fullmatch(path):
        return Endorsed
    if found := _OUTCOME.fullmatch(path):
        return _OUTCOME_KINDS[found[1]]
    return None


def has_own_rules(path: str) -> bool:
    """Say whether a file is checked by something else than a record's attachment."""
    return bool(_OWN_RULES.fullmatch(path) or layout.status_list_at(path))


def chain_of(record: LedgerRecord, path: str) -> str:
    """Return which chain a record is part of, as the folder that names it."""
    match record:
        case Issued() | IssuedTrack() | Revoked():
            return layout.credential(record.credential)
        case Endorsed():
            return layout.endorsed(record.credential, record.mentor, 1)
        case Handed() | Calibrated():
            return layout.rounds(record.mentor, record.twin)
        case Drifted():
            return layout.drifted(record.mentor, record.twin, 1)
        case Retired():
            return layout.gold_set(record.twin, record.gold_set)
        case Consented() | Asked() | Attested():
            return layout.outcome(record.credential)
        case Published():
            return path
        case _:
            twin, attempt = path.split("/")[1], path.split("/")[3]
            return layout.submission(twin, attempt)


def check_place(record: LedgerRecord, path: str) -> Iterator[Finding]:
    """Yield a finding when a record lies elsewhere than its content says."""
    expected = _place_by_own_id(record) or _place(record, path.split("/")[1])
    if path != expected:
        yield WRONG_PLACE.at(f"by its content it belongs to {expected}", path)


def _place(record: LedgerRecord, twin: str) -> str:
    match record:
        case Received() | Evaluated() | Claim() | Released() | Reviewed() | Reopened():
            return _NUMBERED[record.kind](twin, record.attempt, record.number)
        case Started():
            return layout.started(record.twin, record.attempt)
        case Expired():
            return layout.expired(twin, record.attempt)
        case Decision():
            return layout.decision(twin, record.attempt, record.number)
        case Appealed():
            return layout.appealed(twin, record.attempt)
        case Published():
            return layout.published(twin, record.attempt)
    raise ValueError(f"no place is known for `{record.kind}`")


def _place_by_own_id(record: LedgerRecord) -> str | None:
    """Return the place of a record that is found without its attempt, None for any other."""
    match record:
        case Handed() | Calibrated() | Drifted() | Retired():
            return _place_in_calibration(record)
        case Issued() | IssuedTrack() | Attested():
            return _OF_CREDENTIAL[record.kind](record.credential, record.number)
        case Revoked():
            return layout.revoked(record.credential)
        case Endorsed():
            return layout.endorsed(record.credential, record.mentor, record.number)
        case Consented():
            return layout.consented(record.credential)
        case Asked():
            return layout.asked(record.credential)
    return None


def _place_in_calibration(record: Handed | Calibrated | Drifted | Retired) -> str:
    if isinstance(record, Retired):
        return layout.retired(record.twin, record.gold_set)
    return _OF_ROUND[record.kind](record.mentor, record.twin, record.number)


def attachments(record: LedgerRecord, path: str) -> dict[str, str]:
    """Return path → digest of the files that come in one commit with a record."""
    twin = path.split("/")[1]
    match record:
        case Evaluated():
            return _of_evaluation(twin, record)
        case Reviewed() if record.sealed:
            return {layout.sealed_review(twin, record.attempt, record.number): record.sealed}
        case Reviewed():
            return _signed_review(twin, record.attempt, record)
        case Decision() | Published():
            return _laid_open(twin, record)
        case Calibrated():
            mine = layout.round_file(record.mentor, record.twin, record.number)
            return {mine: record.round, f"{mine}.sig": record.round_signature}
        case Endorsed():
            mine = layout.endorsement(record.credential, record.mentor, record.number)
            return {mine: record.endorsement}
        case Attested():
            said = {layout.statement(record.credential, record.number): record.statement}
            document = layout.employer_did(record.credential, record.number)
            return said | ({document: record.did_document} if record.did_document else {})
        case _:
            return {}


def _laid_open(twin: str, record: Decision | Published) -> dict[str, str]:
    """Return the reviews that a record lays open, and the feedback that a decision seals."""
    reviews = record.opened if isinstance(record, Decision) else record.reviews
    named: dict[str, str] = {}
    for item in reviews:
        named |= _signed_review(twin, record.attempt, item)
    if isinstance(record, Decision) and record.feedback:
        named[layout.feedback(twin, record.attempt, record.number)] = record.feedback
    return named


def _of_evaluation(twin: str, record: Evaluated) -> dict[str, str]:
    named, place = {}, (twin, record.attempt, record.number)
    if record.answers and record.answers.path:
        named[layout.answers(*place)] = record.answers.digest
    if record.report:
        named[layout.report(*place)] = record.report
    return named


def _signed_review(twin: str, attempt: str, named: Reviewed | OpenedReview) -> dict[str, str]:
    path = layout.review(twin, attempt, named.number)
    return {path: named.review, f"{path}.sig": named.review_signature}


def copies(record: Received, path: str) -> dict[str, str]:
    """Return path → digest of the inbox copies that may come with a receipt."""
    twin = path.split("/")[1]
    return {
        layout.inbox_copy(twin, record.attempt, record.number, entry.path): entry.digest
        for entry in record.inbox
    }
