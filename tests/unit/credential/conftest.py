"""A realistic Open Badges 3.0 credential, its issuer's keys and site, and a reader of standards."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobtwin.credential import keys, proof, status, verify
from jobtwin.credential.contexts import CREDENTIAL_CONTEXTS
from jobtwin.credential.jsonbytes import to_bytes

SITE = "https://twins.example/academy"
ISSUER = "did:web:twins.example:academy"
LIST_URL = f"{SITE}/status/1.json"
ISSUED_AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
INDEX = 41_337
LEVELS = ("Absent", "Emerging", "Working", "Strong", "Exemplary")


def dimension(achievement: str, number: int) -> dict[str, Any]:
    """One rubric dimension as a ResultDescription with five levels."""
    own = f"{achievement}#dimension-{number}"
    return {
        "id": own,
        "type": ["ResultDescription"],
        "name": f"Dimension {number}: judgement under load – “quotes”, ünïcode, 工程",
        "resultType": "RubricCriterionLevel",
        "requiredLevel": f"{own}-level-3",
        "rubricCriterionLevel": [
            {
                "id": f"{own}-level-{level}",
                "type": ["RubricCriterionLevel"],
                "name": name,
                "level": str(level),
                "description": f"What {name.lower()} looks like in dimension {number}.",
            }
            for level, name in enumerate(LEVELS, 1)
        ],
    }


def badge() -> dict[str, Any]:
    """An unsigned credential: 7 results, 4 alignments, 3 pieces of evidence, a status."""
    achievement = f"{SITE}/twins/retrieval/2"
    dimensions = [dimension(achievement, number) for number in range(1, 7)]
    kappa = {
        "id": f"{achievement}#kappa",
        "type": ["ResultDescription"],
        "name": "Agreement of the grader with the gold set",
        "resultType": "ext:CohensKappa",
        "valueMin": "-1",
        "valueMax": "1",
        "requiredValue": "0.70",
    }
    evidence = [f"{SITE}/evidence/7fa3/{name}" for name in ("decision.yml", "review.yml", "tree")]
    return {
        "@context": list(CREDENTIAL_CONTEXTS),
        "id": f"{SITE}/credentials/7f/7fa3.json",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Retrieval under a latency budget",
        "issuer": {
            "id": ISSUER,
            "type": ["Profile"],
            "name": "Academy of Twins",
            "url": SITE,
        },
        "validFrom": "2026-03-02T10:00:00Z",
        "awardedDate": "2026-03-01T18:30:00Z",
        "credentialSubject": {
            "id": "urn:uuid:2f1f4a3e-6a52-4e4f-9a6c-0c5a6a3b9f10",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": "sha256$" + "ab" * 32,
                    "identityType": "name",
                }
            ],
            "achievement": {
                "id": achievement,
                "type": ["Achievement"],
                "achievementType": "Assessment",
                "name": "Retrieval under a latency budget",
                "description": "A retrieval service within p95 200 ms.\nTwo lines\tand a tab.",
                "criteria": {"narrative": "Overall at least 0.70, every critical mode avoided."},
                "version": "2",
                "inLanguage": "en",
                "alignment": [
                    {
                        "type": ["Alignment"],
                        "targetName": f"Skill {number}",
                        "targetUrl": f"https://skills.example/{number}",
                        "targetFramework": "Skills",
                        "targetType": "ext:Skill",
                    }
                    for number in range(1, 5)
                ],
                "resultDescription": [*dimensions, kappa],
            },
            "result": [
                *(
                    {
                        "type": ["Result"],
                        "resultDescription": described["id"],
                        "achievedLevel": f"{described['id']}-level-{number % 3 + 3}",
                        "value": f"0.{number}5",
                    }
                    for number, described in enumerate(dimensions)
                ),
                {"type": ["Result"], "resultDescription": kappa["id"], "value": "0.83"},
            ],
        },
        "evidence": [
            {"id": url, "type": ["Evidence"], "name": url.rpartition("/")[2], "genre": "record"}
            for url in evidence
        ],
        "credentialStatus": status.status_entry(LIST_URL, INDEX),
    }


@dataclass
class Academy:
    """An issuer with one current and one retired key, and what its site serves."""

    did: str = ISSUER
    seed: bytes = bytes(range(32))
    resources: dict[str, Any] = field(default_factory=dict)

    @property
    def signer(self) -> keys.SeedSigner:
        return keys.SeedSigner(f"{self.did}#key-2026-1", self.seed)

    @property
    def keys(self) -> list[keys.IssuerKey]:
        old = keys.SeedSigner("old", bytes(32)).public_key
        retired = datetime(2025, 12, 31, tzinfo=UTC)
        return [
            keys.IssuerKey("key-2025-1", old, datetime(2025, 1, 1, tzinfo=UTC), retired),
            keys.IssuerKey("key-2026-1", self.signer.public_key, datetime(2026, 1, 1, tzinfo=UTC)),
        ]

    def publish(self, revoked: tuple[int, ...] = (), at: datetime = ISSUED_AT) -> Academy:
        """Put did.json, jwks.json and a signed status list on the site."""
        self.resources[f"{SITE}/did.json"] = keys.did_document(self.did, self.keys)
        self.resources[f"{SITE}/keys/jwks.json"] = keys.jwks(self.keys)
        return self.publish_list(
            status.status_list_credential(LIST_URL, self.did, revoked, at), at=at
        )

    def publish_list(self, document: dict[str, Any], at: datetime = ISSUED_AT) -> Academy:
        self.resources[LIST_URL] = to_bytes(proof.sign(document, self.signer, at))
        return self

    def sign(self, document: dict[str, Any]) -> bytes:
        return to_bytes(proof.sign(document, self.signer, ISSUED_AT))

    def verify(self, content: bytes, now: datetime = NOW) -> verify.Verification:
        return verify.verify(content, self.resources, now, {ISSUER})


@pytest.fixture
def academy() -> Academy:
    """An issuer whose site is up, with nothing revoked."""
    return Academy().publish()


@pytest.fixture
def credential() -> dict[str, Any]:
    """A fresh copy of the unsigned sample."""
    return badge()


@pytest.fixture(scope="session")
def signed_once() -> dict[str, Any]:
    """The signed sample, made once: copy it before changing it."""
    return proof.sign(badge(), Academy().signer, ISSUED_AT)


@pytest.fixture
def signed(signed_once: dict[str, Any]) -> dict[str, Any]:
    """A fresh copy of the signed sample."""
    return copy.deepcopy(signed_once)


@pytest.fixture(scope="session")
def standards() -> Callable[[str], Path]:
    """Return the path of a standards file, or skip where the collection is absent."""
    root = Path(__file__).parents[4] / "shared" / "standards"

    def find(name: str) -> Path:
        path = root / name
        if not path.exists():
            pytest.skip(f"the standards collection is not beside the project: {name}")
        return path

    return find
