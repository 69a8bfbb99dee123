"""Credentials as the platform would issue them: its own builder, over records of a played attempt.

Nothing here is a secret and nobody is meant. The twin is the project's own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jobtwin.credential.achievement import Facts, Judge, list_url, unsigned_credential
from jobtwin.credential.keys import IssuerKey, SeedSigner, did_document, jwks
from jobtwin.credential.status import MIN_ENTRIES, index_at, status_list_credential
from jobtwin.records.calibration import Agreement
from jobtwin.records.credential import Issued, StatusEntry
from jobtwin.records.grade import Decision, DimensionResult, SkillResult
from jobtwin.records.organisation import Issuer
from jobtwin.records.submission import Deadline, Evaluated, Graded, Measured, Snapshot, Started
from jobtwin.records.twin import Twin
from jobtwin.repository.definitions import read_twin

PROJECT = Path(__file__).parent.parent
TWIN = "jt-incident-4"
ISSUED_AT = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
NOW = ISSUED_AT + timedelta(days=1)
FRAGMENT = "key-2026-1"
SCORES = (0.85, 0.95, 0.9, 0.8, 0.75)
AGREEMENT = Agreement(
    kappa=0.94,
    kappa_low=0.9,
    kappa_high=0.97,
    weighted_kappa=0.98,
    exact=0.95,
    adjacent=1.0,
    ac1=0.94,
    mean_absolute_error=0.01,
    verdict_agreement=0.92,
    items=24,
    ratings=120,
)


def entropy(name: str) -> bytes:
    """Return the same 32 bytes for a name each time."""
    return hashlib.sha256(f"NOT A SECRET {name}".encode()).digest()


def _hex(name: str, length: int = 32) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:length]


def _digest(name: str) -> str:
    return f"sha256:{_hex(name, 64)}"


@dataclass(frozen=True, slots=True)
class Desk:
    """An issuer with its key, its published files and what it is about to sign."""

    issuer: Issuer
    signer: SeedSigner
    documents: tuple[dict[str, Any], ...]
    """Unsigned credentials, each of another attempt."""

    @property
    def status_url(self) -> str:
        """URL of the one status list."""
        return list_url(self.issuer, 1)

    @property
    def did_json(self) -> bytes:
        """The issuer's DID document."""
        return did_document(self.issuer.did, self._keys())

    @property
    def jwks_json(self) -> bytes:
        """The issuer's keys as a JWKS."""
        return jwks(self._keys())

    def status_list(self, revoked: tuple[int, ...] = ()) -> dict[str, Any]:
        """Return the unsigned status list with these bits set."""
        return status_list_credential(self.status_url, self.issuer.did, revoked, ISSUED_AT)

    def _keys(self) -> list[IssuerKey]:
        return [IssuerKey(FRAGMENT, self.signer.public_key, ISSUED_AT - timedelta(days=90))]


def desk(count: int) -> Desk:
    """Return an issuer about to sign `count` credentials."""
    issuer = Issuer(
        format=1,
        name="Job Twins Bench",
        url="https://bench.jobtwins.example",
        did="did:web:bench.jobtwins.example",
        description="It measures. Its credentials are worth nothing.",
        test=True,
    )
    signer = SeedSigner(f"{issuer.did}#{FRAGMENT}", entropy("issuer"))
    twin = read_twin(PROJECT, TWIN)
    documents = tuple(unsigned_credential(facts(issuer, twin, signer, n)) for n in range(count))
    return Desk(issuer, signer, documents)


def realistic(document: dict[str, Any]) -> dict[str, Any]:
    """Return a credential as others issue them: 7 results, 4 alignments, 3 pieces of evidence.

    Ours, with fewer results and without the levels of its rubric.
    """
    subject, achievement = (
        document["credentialSubject"],
        document["credentialSubject"]["achievement"],
    )
    described = [
        {key: value for key, value in item.items() if key != "rubricCriterionLevel"}
        for item in achievement["resultDescription"][:7]
    ]
    skills = [
        {
            "type": ["Alignment"],
            "targetName": f"Skill {number}",
            "targetUrl": f"{achievement['id']}#skill-{number}",
            "targetCode": f"skill-{number}",
            "targetType": "ext:Skill",
        }
        for number in range(1, 5)
    ]
    shorter = achievement | {"resultDescription": described, "alignment": skills}
    return document | {
        "credentialSubject": subject | {"achievement": shorter, "result": subject["result"][:7]}
    }


def facts(issuer: Issuer, twin: Twin, signer: SeedSigner, number: int) -> Facts:
    """Return the records of a played attempt, each number another one."""
    attempt = _hex(f"attempt {number}")
    return Facts(
        issuer=issuer,
        twin=twin,
        issued=_issued(attempt, signer, number),
        started=_started(twin, attempt, number),
        evaluated=_evaluated(twin, attempt),
        decision=_decision(twin, attempt, number),
        snapshot=_snapshot(attempt, number),
        judges=(
            Judge("ada", f"SHA256:{_hex('ada', 43)}", AGREEMENT, "set-1", _digest(f"{attempt} r")),
        ),
    )


def _issued(attempt: str, signer: SeedSigner, number: int) -> Issued:
    return Issued(
        format=1,
        at=ISSUED_AT,
        event=f"workflow_dispatch:{number + 1}",
        previous=_digest(f"{attempt} decision"),
        key=FRAGMENT,
        credential=_hex(f"credential {number}"),
        number=1,
        attempt=attempt,
        decision=_digest(f"{attempt} decision"),
        verification_method=signer.key_id,
        status=StatusEntry(list=1, index=index_at(entropy("status"), number, MIN_ENTRIES)),
        best_of=1 + number % 3,
        digest=_digest("of the document"),
    )


def _started(twin: Twin, attempt: str, number: int) -> Started:
    at = ISSUED_AT - timedelta(hours=27, minutes=number)
    return Started(
        format=1,
        at=at,
        event=f"pull_request.opened:{number + 1}",
        key="clock-2026-1",
        attempt=attempt,
        twin=twin.id,
        twin_version=twin.version,
        twin_tree=_hex("tree of the twin", 40),
        cohort="autumn-2026",
        policies=(),
        subject=_hex(f"subject {number}"),
        number=1,
        pull_request=_hex(f"pull request {number}"),
        deadlines=(Deadline(checkpoint="live", at=at + timedelta(minutes=90)),),
        kit_seed=_hex(f"kit {number}", 64),
        graded_seed_commitment=_digest(f"graded {number}"),
        recipient=f"sha256${_hex(f'recipient {number}', 64)}",
    )


def _evaluated(twin: Twin, attempt: str) -> Evaluated:
    return Evaluated(
        format=1,
        at=ISSUED_AT - timedelta(hours=20),
        event="workflow_dispatch:1",
        previous=_digest(f"{attempt} received"),
        key="clock-2026-1",
        attempt=attempt,
        number=1,
        graded=(Graded(checkpoint="live", receipt=_digest(f"{attempt} received")),),
        outcome="passed",
        bar=tuple(
            Measured(
                metric=line.metric,
                value=line.value,
                comparator=line.comparator,
                bar=line.value,
                met=True,
            )
            for line in twin.bar
        ),
        counts=True,
    )


def _decision(twin: Twin, attempt: str, number: int) -> Decision:
    turned = SCORES[number % len(SCORES) :] + SCORES[: number % len(SCORES)]
    results = tuple(
        DimensionResult(dimension=dimension.id, score=score, level=1 + int(score * 4))
        for dimension, score in zip(twin.rubric, turned, strict=True)
    )
    return Decision(
        format=1,
        at=ISSUED_AT - timedelta(hours=2),
        event="workflow_dispatch:2",
        previous=_digest(f"{attempt} reviewed"),
        key="desk-2026-1",
        attempt=attempt,
        evaluation=_digest(f"{attempt} evaluated"),
        reviews=(_digest(f"{attempt} reviewed"),),
        dimensions=results,
        overall=round(sum(d.weight * s for d, s in zip(twin.rubric, turned, strict=True)), 4),
        threshold=0.7,
        bar_met=True,
        verdict="pass",
        skills=tuple(
            SkillResult(id=skill.id, weight=0.8, ceiling=skill.ceiling) for skill in twin.skills
        ),
        attempts_left="unlimited",
        best=attempt,
        reasons=("The bar is met and the score is above the threshold.",),
    )


def _snapshot(attempt: str, number: int) -> Snapshot:
    return Snapshot(
        mode="repo_url",
        source=_hex(f"source {number}"),
        commit=_hex(f"commit {number}", 40),
        tree=_hex(f"tree {number}", 40),
        digest=_digest(f"{attempt} tar"),
        files=40 + number,
        bytes=98_765,
        ref=f"refs/archive/{TWIN}/{attempt[:2]}/{attempt}/snapshot-1",
    )
