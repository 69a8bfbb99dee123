"""A passed attempt and its credential, as records that nobody signed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import pytest

from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.calibration import Agreement, Calibrated
from jobtwin.records.credential import Issued, Revoked, StatusEntry
from jobtwin.records.grade import (
    CalibrationNow,
    Claim,
    Decision,
    DimensionResult,
    DimensionScore,
    Evidence,
    Review,
    Reviewed,
    SkillAssertion,
    SkillResult,
)
from jobtwin.records.organisation import Issuer, Mentor
from jobtwin.records.report import Report, Row, Rows
from jobtwin.records.report import write as write_report
from jobtwin.records.submission import (
    Deadline,
    Evaluated,
    Graded,
    Measured,
    Received,
    Snapshot,
    Started,
)
from jobtwin.records.twin import Twin
from jobtwin.rules.ledger import digest
from jobtwin.rules.reporting import measures
from jobtwin.site.credential_page import Dossier, Judge, PublishedFile
from jobtwin.site.report_page import kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.records.ledger import LedgerRecord

OPENED = datetime(2026, 11, 2, 9, tzinfo=UTC)
TWIN = "jt-incident-4"
ATTEMPT = "a1" * 16
CREDENTIAL = "c1" * 16
SNAPSHOT = b"what was handed in"
REF = layout.snapshot_ref(TWIN, ATTEMPT, 1)
DIGEST = "sha256:" + "d" * 64
URL = "https://credentials.example"
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43
AGREEMENT = Agreement(
    kappa=0.78,
    kappa_low=0.68,
    kappa_high=0.87,
    weighted_kappa=0.86,
    exact=0.82,
    adjacent=1.0,
    ac1=0.79,
    mean_absolute_error=0.04,
    verdict_agreement=0.95,
    items=20,
    ratings=100,
)


@dataclass
class Passed:
    """Records of one passed attempt, as files, and as the page sees them."""

    twin: Twin
    tree_id: str
    text: str
    """What learner and mentor wrote wherever they could."""
    attempt: str = ATTEMPT
    credential: str = CREDENTIAL
    public_record: Literal[True] | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    tip: str | None = None
    records: dict[str, Any] = field(default_factory=dict)

    def _add(self, path: str, record: LedgerRecord) -> str:
        content = write(record.model_copy(update={"previous": self.tip}))
        self.files[path], self.tip = content, digest(content)
        self.records[type(record).__name__] = record
        return self.tip

    def _base(self, kind: str, minutes: float) -> dict[str, Any]:
        at = OPENED + timedelta(minutes=minutes)
        return {"format": 1, "kind": kind, "at": at, "event": "test:1", "key": "test-1"}

    def play(self) -> Passed:
        """Write all records of the attempt, from start to the credential."""
        self._hand_in()
        self._grade()
        self._issue()
        return self

    def _hand_in(self) -> None:
        twin, attempt = self.twin, self.attempt
        deadlines = tuple(
            Deadline(checkpoint=point.id, at=OPENED + timedelta(minutes=90 + 240 * number))
            for number, point in enumerate(twin.checkpoints)
        )
        started = Started(
            **self._base("started", 0),
            attempt=attempt,
            twin=twin.id,
            twin_version=twin.version,
            twin_tree=self.tree_id,
            cohort="autumn-2026",
            policies=(),
            subject="5" * 32,
            number=1,
            pull_request="6" * 32,
            deadlines=deadlines,
            kit_seed="7" * 64,
            graded_seed_commitment=DIGEST,
            public_name=self.text,
            public_record=self.public_record,
        )
        self._add(layout.started(twin.id, attempt), started)
        snapshot = Snapshot(
            mode="repo_url",
            source="8" * 32,
            commit="9" * 40,
            tree="a" * 40,
            digest=digest(SNAPSHOT),
            files=3,
            bytes=len(SNAPSHOT),
            ref=layout.snapshot_ref(twin.id, attempt, 1),
        )
        live = Received(
            **self._base("received", 80),
            attempt=attempt,
            number=1,
            head="b" * 40,
            checkpoint="live",
            ruling="accepted",
            snapshot=snapshot,
        )
        receipt = self._add(layout.received(twin.id, attempt, 1), live)
        bar = (Measured(metric="fail_to_pass", value=1.0, comparator=">=", bar=1.0, met=True),)
        plot = Rows(title="By kind", about="Shares.", rows=(Row(label="dose", value=0.75),))
        report = Report(
            format=1,
            twin=twin.id,
            version=twin.version,
            title=twin.report.title,
            outcome="passed",
            figures=measures(twin, {"fail_to_pass": 1.0}, bar),
            plots=(plot,),
        )
        self.files[layout.report(twin.id, attempt, 1)] = write_report(report)
        evaluated = Evaluated(
            **self._base("evaluated", 400),
            attempt=attempt,
            number=1,
            graded=(Graded(checkpoint="live", receipt=receipt),),
            outcome="passed",
            bar=bar,
            report=digest(write_report(report)),
            counts=True,
        )
        self.records["Live"] = live
        self.evaluation = self._add(layout.evaluated(twin.id, attempt, 1), evaluated)

    def _grade(self) -> None:
        twin, attempt, text = self.twin, self.attempt, self.text
        evidence = (Evidence(file="serve.py", line=3), Evidence(quote=text))
        claim = Claim(
            **self._base("claim", 500),
            attempt=attempt,
            number=1,
            review_id="f" * 32,
            mentor="mira",
            due=OPENED + timedelta(days=3),
            calibration=CalibrationNow(
                record=DIGEST, agreement=AGREEMENT, expires=OPENED + timedelta(days=90)
            ),
        )
        claimed = self._add(layout.claim(twin.id, attempt, 1), claim)
        review = Review(
            format=1,
            attempt=attempt,
            claim=claimed,
            mentor="mira",
            scores=tuple(
                DimensionScore(dimension=row.id, score=0.8, evidence=evidence, comment=text)
                for row in twin.rubric
            ),
            skills=(SkillAssertion(id=twin.skills[0].id, weight=0.9, evidence=evidence),),
            summary=text,
        )
        path = layout.review(twin.id, attempt, 1)
        self.files[path] = write(review)
        reviewed = Reviewed(
            **self._base("reviewed", 700),
            attempt=attempt,
            number=1,
            claim=claimed,
            review=digest(self.files[path]),
            review_signature=DIGEST,
            mentor="mira",
            mentor_key="SHA256:abc",
            within_sla=True,
        )
        receipt = self._add(layout.reviewed(twin.id, attempt, 1), reviewed)
        decision = Decision(
            **self._base("decision", 701),
            attempt=attempt,
            evaluation=self.evaluation,
            reviews=(receipt,),
            dimensions=tuple(
                DimensionResult(dimension=row.id, score=0.8, level=4) for row in twin.rubric
            ),
            overall=0.8,
            threshold=twin.pass_threshold,
            bar_met=True,
            verdict="pass",
            skills=(SkillResult(id=twin.skills[0].id, weight=0.9, ceiling=1.0),),
            attempts_left=1,
            best=attempt,
            reasons=(),
        )
        self.records["Review"] = review
        self.decided = self._add(layout.decision(twin.id, attempt), decision)

    def _issue(self) -> None:
        issued = Issued(
            **self._base("issued", 800),
            credential=self.credential,
            number=1,
            attempt=self.attempt,
            decision=self.decided,
            verification_method="did:web:credentials.example#key-2026-1",
            status=StatusEntry(list=1, index=77),
            best_of=1,
            digest=DIGEST,
        )
        self._add(layout.issued(self.credential, 1), issued)
        status = {"statusListCredential": f"{URL}/status/1.json"}
        self.files[layout.signed(self.credential, 1)] = json.dumps(
            {
                "id": f"{URL}/{layout.credential(self.credential)}/credential.json",
                "name": "A credential",
                "awardedDate": "2026-11-02T17:00:00Z",
                "credentialStatus": status,
            }
        ).encode()
        self.files[layout.status_list(1, 1)] = json.dumps({"id": f"{URL}/status/1.json"}).encode()

    def revoke(self) -> Revoked:
        """Add the record that withdraws the credential."""
        revoked = Revoked(
            **self._base("revoked", 900),
            credential=self.credential,
            effective=OPENED + timedelta(minutes=850),
            reason=self.text,
        )
        self._add(layout.revoked(self.credential), revoked)
        return revoked

    def dossier(self) -> Dossier:
        """Return what the credential's page is made from."""
        records = self.records
        return Dossier(
            issuer=make_issuer(self.text),
            twin=self.twin,
            started=records["Started"],
            receipts=(records["Live"],),
            evaluated=records["Evaluated"],
            judges=(
                Judge(
                    make_mentor(self.text), records["Claim"], records["Reviewed"], records["Review"]
                ),
            ),
            decision=records["Decision"],
            issued=(records["Issued"],),
            signed_digest=DIGEST,
            evidence=(
                PublishedFile("evidence/a1/x/snapshot.tar", digest(SNAPSHOT), len(SNAPSHOT)),
            ),
            report=kept(
                self.files[layout.report(self.twin.id, self.attempt, 1)],
                "evidence/a1/x/evaluation.json",
            ),
        )

    def calibrated(self) -> Calibrated:
        """Return what the mentor's round came to."""
        return Calibrated(
            **self._base("calibrated", -1000),
            mentor="mira",
            twin=self.twin.id,
            twin_version=self.twin.version,
            rubric=DIGEST,
            gold_set="gold-1",
            number=1,
            round=DIGEST,
            round_signature=DIGEST,
            policy=DIGEST,
            agreement=AGREEMENT,
            ruling="calibrated",
            expires=OPENED + timedelta(days=90),
            expires_after_reviews=50,
        )


def make_mentor(name: str) -> Mentor:
    """Return the mentor mira under a name."""
    return Mentor(format=1, id="mira", name=name, key=SSH_KEY, since=OPENED, account="e" * 32)


def make_issuer(name: str) -> Issuer:
    """Return an issuer of a name."""
    return Issuer(
        format=1,
        name=name,
        url=URL,
        did="did:web:credentials.example",
        description=name,
        test=True,
    )


@pytest.fixture(scope="session")
def twin(pytestconfig: pytest.Config) -> Twin:
    """The incident twin as it stands in the project."""
    path = layout.twin(TWIN)
    return load(Twin, (pytestconfig.rootpath / path).read_bytes(), path).record


@pytest.fixture
def passed(twin: Twin) -> Callable[[str], Passed]:
    """Return a function that plays an attempt in which people wrote a certain text."""
    return lambda text: Passed(twin, "f" * 40, text).play()


@pytest.fixture
def second() -> Callable[[Passed], Passed]:
    """Return a function that gives the records of another attempt of the same learner."""

    def make(first: Passed) -> Passed:
        other = replace(first, attempt="a2" * 16, credential="c2" * 16, files={}, tip=None)
        return replace(other, records={}).play()

    return make
