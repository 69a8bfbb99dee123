"""A track credential's content: an ordinary badge of type LearningProgram, from records alone.

It cites each part by address and digest, and repeats what each part asserts: skills, graded work,
the mentors' agreement with the reference, and what employers stated by then. Vocabulary of Open
Badges 3.0 and VC 2.0 only, like that of a twin's credential.
"""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.credential.achievement import (
    SUBJECTS,
    credential_url,
    evidence_url,
    identity_of,
    in_words,
    list_url,
    profile,
)
from jobtwin.credential.contexts import CREDENTIAL_CONTEXTS
from jobtwin.credential.status import status_entry
from jobtwin.records import layout
from jobtwin.records.base import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.credential.achievement import Facts
    from jobtwin.records.credential import IssuedTrack, TrackPart
    from jobtwin.records.organisation import Issuer
    from jobtwin.records.track import Track

Described = tuple[dict[str, Any], dict[str, Any]]
"""A ResultDescription and its Result."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A part as the track's record names it, with the records that it was derived from."""

    part: TrackPart
    facts: Facts


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """The records that a track's credential is derived from."""

    issuer: Issuer
    track: Track
    """As it was when the credential was issued."""
    issued: IssuedTrack
    parts: tuple[Cited, ...]
    """In the order of the track."""


def track_url(issuer: Issuer, track: str) -> str:
    """Return the address of a track's page, which is its achievement's id."""
    return f"{issuer.url}/tracks/{track}/"


def statement_url(issuer: Issuer, credential: str, number: int) -> str:
    """Return where an employer's statement about a credential is published."""
    return f"{issuer.url}/{layout.served_outcome(credential, number)}"


def unsigned_track(facts: TrackFacts) -> dict[str, Any]:
    """Return the credential without its proof; the same records give the same document."""
    issuer, issued = facts.issuer, facts.issued
    return {
        "@context": list(CREDENTIAL_CONTEXTS),
        "id": credential_url(issuer, issued.credential),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": facts.track.title,
        "issuer": profile(issuer),
        "validFrom": stamp(issued.at),
        "awardedDate": stamp(max(cited.facts.decision.at for cited in facts.parts)),
        "credentialSubject": _subject(facts),
        "evidence": [item for cited in facts.parts for item in _evidence(issuer, cited)],
        "relatedResource": [item for cited in facts.parts for item in _related(issuer, cited)],
        "credentialStatus": status_entry(list_url(issuer, issued.status.list), issued.status.index),
    }


def _subject(facts: TrackFacts) -> dict[str, Any]:
    described = [pair for cited in facts.parts for pair in _described(facts, cited)]
    subject: dict[str, Any] = {
        "id": f"urn:uuid:{uuid.uuid5(SUBJECTS, facts.issued.credential)}",
        "type": ["AchievementSubject"],
    }
    named = [identity_of(cited.facts.started) for cited in facts.parts]
    # One learner may have given a name with another salt each time: each of them opens it.
    if holders := [one for n, one in enumerate(named) if one and one not in named[:n]]:
        subject["identifier"] = holders
    subject["achievement"] = _achievement(facts, [description for description, _ in described])
    subject["result"] = [result for _, result in described]
    return subject


def _achievement(facts: TrackFacts, described: list[dict[str, Any]]) -> dict[str, Any]:
    track, page = facts.track, track_url(facts.issuer, facts.track.id)
    achievement: dict[str, Any] = {
        "id": page,
        "type": ["Achievement"],
        "achievementType": "LearningProgram",
        "name": track.title,
        "description": track.summary,
        "criteria": {"id": f"{page}#the-credential-of-the-track", "narrative": _criteria(facts)},
        "image": {"id": f"{page}badge.png", "type": "Image", "caption": track.title},
        "version": facts.issued.definition,
        "inLanguage": "en",
        "creator": profile(facts.issuer),
        "related": [_twin(facts.issuer, cited) for cited in facts.parts],
        "resultDescription": described,
    }
    skills = [item for cited in facts.parts for item in _alignments(facts.issuer, cited)]
    return achievement | ({"alignment": skills} if skills else {})


def _twin(issuer: Issuer, cited: Cited) -> dict[str, Any]:
    twin = cited.facts.twin
    return {
        "id": f"{issuer.url}/twins/{twin.id}/",
        "type": ["Related"],
        "inLanguage": "en",
        "version": twin.version,
    }


def _criteria(facts: TrackFacts) -> str:
    parts = " ".join(_in_short(cited) for cited in facts.parts)
    return (
        f"All {len(facts.parts)} Job Twins of the track were cleared: each inside a time box by "
        "the server's clock, with its machine bar met on a world the learner had not seen, and "
        f"graded on a public rubric by a calibrated mentor. {parts} This credential falls when "
        "one of its parts is revoked; a part that a better attempt has superseded still holds."
    )


def _in_short(cited: Cited) -> str:
    decision, issued = cited.facts.decision, cited.facts.issued
    sure = "; ".join(f"{judge.mentor}: {in_words(judge.agreement)}" for judge in cited.facts.judges)
    attempts = f"best of {issued.best_of} attempt{'s' if issued.best_of > 1 else ''}"
    return (
        f"{cited.facts.twin.title}: overall {decision.overall:.4f}, pass at "
        f"{decision.threshold:.2f}, {attempts}; {sure}."
    )


def _alignments(issuer: Issuer, cited: Cited) -> Iterator[dict[str, Any]]:
    """Yield the skills that a part asserts, as the part does."""
    twin = cited.facts.twin
    titles = {skill.id: skill.title for skill in twin.skills}
    work = evidence_url(issuer, cited.facts.decision.attempt)
    rests_on = f"{credential_url(issuer, cited.part.credential)} and {work}"
    for skill in cited.facts.decision.skills:
        yield {
            "type": ["Alignment"],
            "targetName": titles[skill.id],
            "targetUrl": f"{issuer.url}/twins/{twin.id}/#{skill.id}",
            "targetCode": skill.id,
            "targetType": "ext:Skill",
            "targetDescription": f"{twin.title}: asserted at weight {skill.weight:.2f}, of at most "
            f"{skill.ceiling:.2f}; rests on {rests_on}.",
        }


def _described(facts: TrackFacts, cited: Cited) -> Iterator[Described]:
    """Yield a part's score, skills and agreement, each with its description."""
    decision, twin = cited.facts.decision, cited.facts.twin
    own = f"{track_url(facts.issuer, facts.track.id)}#{twin.id}"
    overall = {"valueMin": "0", "valueMax": "1", "requiredValue": f"{decision.threshold:.2f}"}
    name = f"{twin.title}: overall score, weighted by the rubric"
    yield _pair(f"{own}-overall", name, "ScaledScore", f"{decision.overall:.4f}", overall)
    for skill in decision.skills:
        name = f"{twin.title}: skill asserted: {skill.id} (ceiling {skill.ceiling:.2f})"
        most = {"valueMin": "0", "valueMax": f"{skill.ceiling:.2f}"}
        value = f"{skill.weight:.2f}"
        yield _pair(f"{own}-skill-{skill.id}", name, "ext:SkillAssertion", value, most)
    for judge in cited.facts.judges:
        said = in_words(judge.agreement)
        name = f"{twin.title}: agreement of mentor {judge.mentor} with the reference: {said}"
        kappa = judge.agreement.kappa
        value = "undefined" if kappa is None else f"{kappa:.4f}"
        bounds = {"valueMin": "-1", "valueMax": "1"}
        yield _pair(f"{own}-kappa-{judge.mentor}", name, "ext:CohensKappa", value, bounds)


def _pair(identifier: str, name: str, kind: str, value: str, bounds: dict[str, str]) -> Described:
    described = {
        "id": identifier,
        "type": ["ResultDescription"],
        "name": name,
        "resultType": kind,
        **bounds,
    }
    return described, {"type": ["Result"], "resultDescription": identifier, "value": value}


def _evidence(issuer: Issuer, cited: Cited) -> Iterator[dict[str, Any]]:
    part, title = cited.part, cited.facts.twin.title
    url = credential_url(issuer, part.credential)
    yield {
        # The page, since the address of the file is the part itself.
        "id": url.removesuffix("credential.json"),
        "type": ["Evidence"],
        "name": f"{title}: the credential of this part",
        "genre": "Credential",
        "narrative": f"{url}, signed file number {part.number}, {part.digest}; decision "
        f"{cited.facts.issued.decision}.",
    }
    for work, kept in cited.facts.works:
        yield {
            "id": work,
            "type": ["Evidence"],
            "name": f"{title}: the repository as it was graded",
            "genre": "Source code",
            "narrative": f"Commit {kept.commit}, tree swh:1:dir:{kept.tree}, {kept.files} files, "
            f"kept as {kept.digest}.",
        }
    for number, digest in enumerate(part.outcomes, start=1):
        yield {
            "id": statement_url(issuer, part.credential, number),
            "type": ["Evidence"],
            "name": f"{title}: what an employer stated after 90 days",
            "genre": "Outcome",
            "narrative": f"A credential signed by the employer, {digest}.",
        }


def _related(issuer: Issuer, cited: Cited) -> Iterator[dict[str, Any]]:
    """Yield every file that is cited, with its digest."""
    part = cited.part
    vc = "application/vc"
    yield _resource(credential_url(issuer, part.credential), part.digest, vc)
    for work, kept in cited.facts.works:
        yield _resource(work, kept.digest, "application/x-tar")
    for number, digest in enumerate(part.outcomes, start=1):
        yield _resource(statement_url(issuer, part.credential, number), digest, vc)


def _resource(url: str, digest: str, media_type: str) -> dict[str, Any]:
    raw = bytes.fromhex(digest.removeprefix("sha256:"))
    sri = "sha256-" + base64.b64encode(raw).decode("ascii")
    return {"id": url, "digestSRI": sri, "mediaType": media_type}
