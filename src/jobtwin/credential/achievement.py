"""A twin credential's content, from records alone (Open Badges 3.0, VC Data Model 2.0).

Everything that an employer must know stands in vocabulary that every Open Badges reader has: no
context of our own. The credential states its own measurement error as `ext:CohensKappa` results.
"""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.credential.contexts import CREDENTIAL_CONTEXTS
from jobtwin.credential.keys import thumbprint
from jobtwin.credential.status import status_entry
from jobtwin.records.base import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.records.calibration import Agreement
    from jobtwin.records.credential import Issued
    from jobtwin.records.grade import Decision, DimensionResult
    from jobtwin.records.organisation import Issuer
    from jobtwin.records.submission import Evaluated, Snapshot, Started
    from jobtwin.records.twin import Dimension, Twin

_JUDGED = ("Source code", "Review")
LEVEL_SCORES = ("0.00", "0.25", "0.50", "0.75", "1.00")
SUBJECTS = uuid.UUID("6a2f41a3-2c94-4e0d-9d4f-7f5b0c1b8f0e")
"""Name space of subject ids: they stand for nobody outside the credential."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A mentor who graded, and how well that mentor agreed with the reference at the time."""

    mentor: str
    fingerprint: str
    agreement: Agreement
    gold_set: str
    review: str
    """Digest of the signed review."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The records that a credential is derived from."""

    issuer: Issuer
    twin: Twin
    issued: Issued
    started: Started
    evaluated: Evaluated
    decision: Decision
    snapshot: Snapshot
    judges: tuple[Judge, ...]
    later: tuple[Snapshot, ...] = ()
    """What was graded of further checkpoints, after `snapshot`."""

    @property
    def works(self) -> list[tuple[str, Snapshot]]:
        """Everything that was graded, with where it is published."""
        kept, attempt = (self.snapshot, *self.later), self.decision.attempt
        numbered = enumerate(kept, start=1)
        return [(evidence_url(self.issuer, attempt, number), item) for number, item in numbered]


def credential_url(issuer: Issuer, identifier: str) -> str:
    """Return where a credential is published, which is its id."""
    return f"{issuer.url}/credentials/{identifier[:2]}/{identifier}/credential.json"


def evidence_url(issuer: Issuer, attempt: str, number: int = 1) -> str:
    """Return where the graded repository is published, the `number`-th of several."""
    name = "snapshot.tar" if number == 1 else f"snapshot-{number}.tar"
    return f"{issuer.url}/evidence/{attempt[:2]}/{attempt}/{name}"


def report_url(facts: Facts) -> str:
    """Return where the report of the evaluation is published."""
    attempt, name = facts.decision.attempt, facts.twin.report.name
    return f"{facts.issuer.url}/{report_path(attempt, name)}"


def report_path(attempt: str, name: str) -> str:
    """Return the path of an attempt's report below the issuer's site."""
    return f"evidence/{attempt[:2]}/{attempt}/{name}.json"


def list_url(issuer: Issuer, number: int) -> str:
    """Return where a status list is published."""
    return f"{issuer.url}/status/{number}.json"


def jwk_url(issuer: Issuer, public_key: bytes) -> str:
    """Return where the bare JWK of an issuer's key is published: the `kid` of its JWTs."""
    return f"{issuer.url}/keys/{thumbprint(public_key)}.jwk.json"


def unsigned_credential(facts: Facts) -> dict[str, Any]:
    """Return the credential without its proof; the same records give the same document."""
    issuer, twin, issued = facts.issuer, facts.twin, facts.issued
    entry = status_entry(list_url(issuer, issued.status.list), issued.status.index)
    return {
        "@context": list(CREDENTIAL_CONTEXTS),
        "id": credential_url(issuer, issued.credential),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": twin.title,
        "issuer": profile(issuer),
        "validFrom": stamp(issued.at),
        "awardedDate": stamp(facts.decision.at),
        "credentialSubject": _subject(facts),
        "evidence": list(_evidence(facts)),
        "relatedResource": list(_related(facts)),
        "credentialStatus": entry,
    }


def profile(issuer: Issuer) -> dict[str, Any]:
    """Return the issuer as credentials describe it."""
    return {
        "id": issuer.did,
        "type": ["Profile"],
        "name": issuer.name,
        "url": issuer.url,
        "description": issuer.description,
    }


def _subject(facts: Facts) -> dict[str, Any]:
    described = list(_described(facts))
    subject: dict[str, Any] = {
        "id": f"urn:uuid:{uuid.uuid5(SUBJECTS, facts.issued.credential)}",
        "type": ["AchievementSubject"],
    }
    if holder := identity_of(facts.started):
        subject["identifier"] = [holder]
    first, *others = facts.judges
    signed = [f"Signed the review with the SSH key {first.fingerprint}."]
    signed += [f"Mentor {one.mentor} signed one with {one.fingerprint}." for one in others]
    subject["source"] = {
        "id": f"{facts.issuer.url}/mentors/#{first.mentor}",
        "type": ["Profile"],
        "name": f"Mentor {first.mentor}",
        "description": " ".join(signed),
    }
    subject["achievement"] = _achievement(facts, [description for description, _ in described])
    subject["result"] = [result for _, result in described]
    return subject


def identity_of(started: Started) -> dict[str, Any] | None:
    """Return whom an attempt's credential is issued to, None where the learner gave no name.

    The salt is not in it: it stays with the learner, who shows it with the name.
    """
    value = started.recipient or started.public_name
    if not value:
        return None
    return {
        "type": "IdentityObject",
        "hashed": bool(started.recipient),
        "identityHash": value,
        "identityType": "name",
    }


def _achievement(facts: Facts, described: list[dict[str, Any]]) -> dict[str, Any]:
    twin, page = facts.twin, _page(facts)
    achievement: dict[str, Any] = {
        "id": page,
        "type": ["Achievement"],
        "achievementType": "Assessment",
        "name": twin.title,
        "description": twin.scenario,
        "criteria": {"id": f"{page}#rubric", "narrative": _criteria(facts)},
        "image": _image(facts),
        "version": twin.version,
        "inLanguage": "en",
        "creator": profile(facts.issuer),
        "resultDescription": described,
    }
    if facts.decision.skills:
        achievement["alignment"] = list(_alignments(facts))
    return achievement


def _alignments(facts: Facts) -> Iterator[dict[str, Any]]:
    """Yield the skills that the reviews assert, and no others that the twin has on offer."""
    rests_on = " and ".join(item["id"] for item in _evidence(facts) if item["genre"] in _JUDGED)
    titles = {skill.id: skill.title for skill in facts.twin.skills}
    for asserted in facts.decision.skills:
        yield {
            "type": ["Alignment"],
            "targetName": titles[asserted.id],
            "targetUrl": f"{_page(facts)}#{asserted.id}",
            "targetCode": asserted.id,
            "targetType": "ext:Skill",
            "targetDescription": f"Asserted at weight {asserted.weight:.2f}, of at most "
            f"{asserted.ceiling:.2f}; rests on {rests_on}.",
        }


def _image(facts: Facts) -> dict[str, Any]:
    return {"id": f"{_page(facts)}badge.png", "type": "Image", "caption": facts.twin.title}


def _criteria(facts: Facts) -> str:
    twin, decision = facts.twin, facts.decision
    figures = "; ".join(
        f"{line.metric} {line.comparator} {line.bar:g}" for line in facts.evaluated.bar
    )
    judges = "; ".join(f"{judge.mentor}: {in_words(judge.agreement)}" for judge in facts.judges)
    return (
        f"Time box: {twin.time_box}, by the server's clock. "
        f"The machine bar ({figures}) was met on a world the learner had not seen. "
        f"Graded on a public rubric by a calibrated mentor; overall {decision.overall:.4f}, "
        f"pass at {decision.threshold:.2f}. Best of {facts.issued.best_of} "
        f"attempt{'s' if facts.issued.best_of > 1 else ''}. "
        f"How sure the grading is: {judges}."
    )


def in_words(agreement: Agreement) -> str:
    """Return in one sentence how well a mentor agrees with the reference."""
    kappa = "undefined" if agreement.kappa is None else f"{agreement.kappa:.2f}"
    low, high = agreement.kappa_low, agreement.kappa_high
    interval = "" if low is None or high is None else f", 90 % interval {low:.2f} to {high:.2f}"
    return (
        f"Cohen's kappa {kappa}{interval}, from {agreement.ratings} ratings of {agreement.items} "
        f"pre-scored items; the same level in {agreement.exact:.0%} of them, the same verdict in "
        f"{agreement.verdict_agreement:.0%}"
    )


def _described(facts: Facts) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each result with its description, in the order of the page."""
    scores = {result.dimension: result for result in facts.decision.dimensions}
    for dimension in facts.twin.rubric:
        yield _dimension(facts, dimension, scores[dimension.id])
    overall = f"{facts.decision.overall:.4f}"
    bounds = {"valueMin": "0", "valueMax": "1", "requiredValue": f"{facts.decision.threshold:.2f}"}
    yield _pair(
        facts, "overall", "Overall score, weighted by the rubric", "ScaledScore", overall, bounds
    )
    for line in facts.evaluated.bar:
        name = f"{_metric_title(facts, line.metric)} (bar: {line.comparator} {line.bar:g})"
        required = {"requiredValue": f"{line.bar:g}"}
        yield _pair(facts, f"metric-{line.metric}", name, "RawScore", f"{line.value:g}", required)
    for skill in facts.decision.skills:
        name = f"Skill asserted: {skill.id} (ceiling {skill.ceiling:.2f})"
        bounds = {"valueMin": "0", "valueMax": f"{skill.ceiling:.2f}"}
        weight = f"{skill.weight:.2f}"
        yield _pair(facts, f"skill-{skill.id}", name, "ext:SkillAssertion", weight, bounds)
    for judge in facts.judges:
        yield _kappa(facts, judge)
    best = {"valueMin": "1"}
    name = "Best of so many decided attempts"
    yield _pair(facts, "best-of", name, "ext:BestOf", str(facts.issued.best_of), best)


def _dimension(
    facts: Facts, dimension: Dimension, result: DimensionResult
) -> tuple[dict[str, Any], dict[str, Any]]:
    own = f"{_page(facts)}#{dimension.id}"
    levels = [
        {
            "id": f"{own}-level-{number}",
            "type": ["RubricCriterionLevel"],
            "name": f"{dimension.title}: level {number}",
            "level": str(number),
            "points": LEVEL_SCORES[number - 1],
            "description": anchor,
        }
        for number, anchor in enumerate(dimension.levels, start=1)
    ]
    described = {
        "id": own,
        "type": ["ResultDescription"],
        "name": f"{dimension.title} (weight {dimension.weight:.0%}): {dimension.tests}",
        "resultType": "RubricCriterionLevel",
        "rubricCriterionLevel": levels,
        "valueMin": "0",
        "valueMax": "1",
    }
    achieved = {
        "type": ["Result"],
        "resultDescription": own,
        "achievedLevel": f"{own}-level-{result.level}",
        "value": f"{result.score:.2f}",
    }
    return described, achieved


def _kappa(facts: Facts, judge: Judge) -> tuple[dict[str, Any], dict[str, Any]]:
    name = f"Agreement of mentor {judge.mentor} with the reference: {in_words(judge.agreement)}"
    value = "undefined" if judge.agreement.kappa is None else f"{judge.agreement.kappa:.4f}"
    bounds = {"valueMin": "-1", "valueMax": "1"}
    return _pair(facts, f"kappa-{judge.mentor}", name, "ext:CohensKappa", value, bounds)


def _pair(
    facts: Facts, own: str, name: str, kind: str, value: str, bounds: dict[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    identifier = f"{_page(facts)}#{own}"
    described = {
        "id": identifier,
        "type": ["ResultDescription"],
        "name": name,
        "resultType": kind,
        **bounds,
    }
    return described, {"type": ["Result"], "resultDescription": identifier, "value": value}


def _metric_title(facts: Facts, metric: str) -> str:
    return next((item.title for item in facts.twin.metrics if item.id == metric), metric)


def _evidence(facts: Facts) -> Iterator[dict[str, Any]]:
    for number, (url, kept) in enumerate(facts.works, start=1):
        also = f" at checkpoint {number}" if number > 1 else ""
        also += ", sealed" if facts.started.sealed_to else ""
        yield {
            "id": url,
            "type": ["Evidence"],
            "name": f"The repository as it was graded{also}",
            "genre": "Source code",
            "narrative": f"Commit {kept.commit}, tree swh:1:dir:{kept.tree}, {kept.files} files, "
            f"kept as {kept.digest}.",
        }
    if facts.evaluated.report:
        yield {
            "id": report_url(facts),
            "type": ["Evidence"],
            "name": facts.twin.report.title,
            "genre": "Report",
            "narrative": "Every figure of the evaluation beside its bar, and what its plots show, "
            f"kept as {facts.evaluated.report}.",
        }
    own = credential_url(facts.issuer, facts.issued.credential)
    if facts.evaluated.gates:
        yield {
            "id": f"{own}#gates",
            "type": ["Evidence"],
            "name": "The gates outside of the sandbox",
            "genre": "Gate",
            "narrative": " ".join(gate.sentence for gate in facts.evaluated.gates),
        }
    reviews = ", ".join(judge.review for judge in facts.judges)
    yield {
        "id": f"{own}#review",
        "type": ["Evidence"],
        "name": "The mentor's signed review",
        "genre": "Review",
        "narrative": f"Review file {reviews} in the issuer's repository; decision "
        f"{facts.issued.decision}.",
    }
    yield {
        "id": f"{_page(facts)}#brief",
        "type": ["Evidence"],
        "name": "The brief",
        "genre": "Assignment",
        "narrative": f"Version {facts.twin.version}, git tree {facts.started.twin_tree}.",
    }


def _related(facts: Facts) -> Iterator[dict[str, Any]]:
    for url, kept in facts.works:
        yield _resource(url, kept.digest, "application/x-tar")
    if facts.evaluated.report:
        yield _resource(report_url(facts), facts.evaluated.report, "application/json")


def _resource(url: str, digest: str, media_type: str) -> dict[str, Any]:
    raw = bytes.fromhex(digest.removeprefix("sha256:"))
    return {
        "id": url,
        "digestSRI": "sha256-" + base64.b64encode(raw).decode("ascii"),
        "mediaType": media_type,
    }


def _page(facts: Facts) -> str:
    return f"{facts.issuer.url}/twins/{facts.twin.id}/"
