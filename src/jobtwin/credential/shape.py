"""The fields that Open Badges 3.0 and VC 2.0 require, each with the place where one is missing.

The 1EdTech JSON Schema says the same at greater length; tests hold the two together. Here is what
a verifier relies on, told in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobtwin.credential.canonical import is_iri
from jobtwin.credential.contexts import CLR, OB, VC, JsonObject
from jobtwin.credential.did import moment
from jobtwin.findings import Code, Finding

FIELD = Code(
    "VC-050",
    "a field that Open Badges 3.0 requires is missing or malformed",
    why="Wallets and other verifiers refuse the credential.",
    fix="See the specification's data model: https://www.imsglobal.org/spec/ob/v3p0/",
)
CONTEXT_ORDER = Code(
    "VC-051",
    "the contexts are not those of an Open Badges 3.0 credential",
    why="Verifiers check the contexts by position.",
    fix="VC 2.0 first, the Open Badges 3.0.3 context second; in a learner record, CLR 2.0 between.",
)

BADGE = frozenset({"OpenBadgeCredential", "AchievementCredential"})
ENDORSEMENT = frozenset({"EndorsementCredential"})
RECORD = frozenset({"ClrCredential"})


def check_badge_contexts(document: JsonObject) -> Iterator[Finding]:
    """Yield a finding unless VC 2.0 stands first and Open Badges 3.0.3 second.

    A learner record names the CLR 2.0 context between them.
    """
    named = document.get("@context")
    if _texts(document.get("type")) & RECORD:
        if not isinstance(named, list) or named[:3] != [VC, CLR, OB]:
            yield CONTEXT_ORDER.at("the first three are not VC 2.0, CLR 2.0, OB", "$.@context")
    elif not isinstance(named, list) or named[:2] != [VC, OB]:
        yield CONTEXT_ORDER.at("the first two contexts are not VC 2.0, OB 3.0.3", "$.@context")


def check_badge(document: JsonObject) -> Iterator[Finding]:
    """Yield what an OpenBadgeCredential, EndorsementCredential or ClrCredential lacks."""
    types = _texts(document.get("type"))
    if types & RECORD:
        yield from check_credential(document)
        yield from _learner_record(document.get("credentialSubject"))
        return
    if not isinstance(document.get("type"), list) or not types & (BADGE | ENDORSEMENT):
        yield _wrong("$.type", "a list with OpenBadgeCredential or EndorsementCredential")
    yield from check_credential(document)
    subject = document.get("credentialSubject")
    if not isinstance(subject, dict):
        yield _wrong("$.credentialSubject", "one object")
    elif types & BADGE:
        yield from _achievement_subject(subject)
    elif not is_iri(subject.get("id")):
        yield _wrong("$.credentialSubject.id", "the id of what is endorsed")


def _learner_record(subject: Any) -> Iterator[Finding]:
    """Yield what the subject of a learner record lacks (CLR 2.0, ClrSubject)."""
    place = "$.credentialSubject"
    if not isinstance(subject, dict):
        yield _wrong(place, "one object")
        return
    yield from _typed(subject, "ClrSubject", place)
    if "id" not in subject and "identifier" not in subject:
        yield _wrong(place, "an id or an identifier: whose record it is")
    held = subject.get("verifiableCredential")
    if not isinstance(held, list) or not all(isinstance(item, dict) for item in held):
        yield _wrong(f"{place}.verifiableCredential", "a list of credentials")


def check_credential(document: JsonObject) -> Iterator[Finding]:
    """Yield what any VC 2.0 credential of an issuer lacks: id, type, issuer, dates, status."""
    if not is_iri(document.get("id")):
        yield _wrong("$.id", "a URL or URN")
    if "VerifiableCredential" not in _texts(document.get("type")):
        yield _wrong("$.type", "a list with VerifiableCredential")
    if issuer_id(document) is None:
        yield _wrong("$.issuer", "a URL or DID, or an object with one as id")
    if moment(document.get("validFrom")) is None:
        yield _wrong("$.validFrom", "a date and time with a zone")
    for name in ("validUntil", "awardedDate"):
        if name in document and moment(document[name]) is None:
            yield _wrong(f"$.{name}", "a date and time with a zone")
    if "credentialStatus" in document:
        yield from _status(document["credentialStatus"])


def issuer_id(document: JsonObject) -> str | None:
    """Return the issuer's id, whether written as text or as an object's `id`; None if neither."""
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, dict) else issuer
    return found if is_iri(found) else None


def _achievement_subject(subject: JsonObject) -> Iterator[Finding]:
    place = "$.credentialSubject"
    yield from _typed(subject, "AchievementSubject", place)
    if "id" not in subject and "identifier" not in subject:
        yield _wrong(place, "an id or an identifier: who received the credential")
    if "id" in subject and not is_iri(subject["id"]):
        yield _wrong(f"{place}.id", "a URL or URN")
    achievement = subject.get("achievement")
    if not isinstance(achievement, dict):
        yield _wrong(f"{place}.achievement", "one object")
        return
    yield from _achievement(achievement, f"{place}.achievement")
    yield from _each(subject, "result", place, "Result", ())


def _achievement(achievement: JsonObject, place: str) -> Iterator[Finding]:
    yield from _typed(achievement, "Achievement", place)
    if not is_iri(achievement.get("id")):
        yield _wrong(f"{place}.id", "a URL or URN")
    yield from _filled(achievement, ("name", "description"), place)
    criteria = achievement.get("criteria")
    if not isinstance(criteria, dict) or not criteria.keys() & {"id", "narrative"}:
        yield _wrong(f"{place}.criteria", "an object with id or narrative")
    yield from _each(achievement, "alignment", place, "Alignment", ("targetName", "targetUrl"))
    described = ("id", "name", "resultType")
    yield from _each(achievement, "resultDescription", place, "ResultDescription", described)


def _status(status: Any) -> Iterator[Finding]:
    if not isinstance(status, dict):
        yield _wrong("$.credentialStatus", "one object (Open Badges 3.0 allows no list)")
    elif not isinstance(status.get("type"), str):
        yield _wrong("$.credentialStatus.type", "one text")


def _each(
    parent: JsonObject, member: str, place: str, kind: str, required: tuple[str, ...]
) -> Iterator[Finding]:
    """Yield what the objects of an optional list lack."""
    items = parent.get(member, [])
    if not isinstance(items, list):
        yield _wrong(f"{place}.{member}", "a list")
        return
    for index, item in enumerate(items):
        at = f"{place}.{member}[{index}]"
        if not isinstance(item, dict):
            yield _wrong(at, "an object")
        else:
            yield from _typed(item, kind, at)
            yield from _filled(item, required, at)


def _typed(thing: JsonObject, kind: str, place: str) -> Iterator[Finding]:
    if not isinstance(types := thing.get("type"), list) or kind not in types:
        yield _wrong(f"{place}.type", f"a list with {kind}")


def _filled(thing: JsonObject, members: tuple[str, ...], place: str) -> Iterator[Finding]:
    for member in members:
        if not isinstance(thing.get(member), str) or not thing[member]:
            yield _wrong(f"{place}.{member}", "a text")


def _texts(value: Any) -> set[str]:
    return {item for item in value if isinstance(item, str)} if isinstance(value, list) else set()


def _wrong(place: str, expected: str) -> Finding:
    return FIELD.at(f"expected here: {expected}", place)
