"""What the VC Data Model 2.0 demands of any credential and any presentation.

`shape` asks what Open Badges 3.0 asks; this is for documents of others, whatever they are about.
Sections in brackets are those of https://www.w3.org/TR/vc-data-model-2.0/.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jobtwin.credential.canonical import is_iri
from jobtwin.credential.contexts import VC, JsonObject
from jobtwin.credential.did import moment
from jobtwin.credential.keys import base64url_decode
from jobtwin.findings import Code, Finding
from jobtwin.multikey import base58_decode

MODEL = Code(
    "VC-052",
    "not what the VC Data Model 2.0 asks for",
    why="Software of others relies on these members being there, and being what they are.",
    fix="See the section that the message names: https://www.w3.org/TR/vc-data-model-2.0/",
)

ENVELOPED = "EnvelopedVerifiableCredential"
_TYPED = ("credentialStatus", "termsOfUse", "evidence", "refreshService", "proof")
_MULTIHASH = {b"\x12\x20": "sha256", b"\x20\x30": "sha384", b"\x13\x40": "sha512"}
_LANGUAGE = frozenset({"@value", "@language", "@direction"})


def check_credential(
    document: Any, known: Mapping[str, bytes] | None = None, place: str = "$"
) -> Iterator[Finding]:
    """Yield what is wrong with a credential; `known` holds resources to compare digests with."""
    if not isinstance(document, dict):
        yield _wrong("a credential is an object [4.2]", place)
        return
    yield from _envelope(document, "VerifiableCredential", place)
    yield from _issuer(document.get("issuer"), f"{place}.issuer")
    yield from _texts(document, place)
    yield from _subjects(document.get("credentialSubject"), f"{place}.credentialSubject")
    yield from _period(document, place)
    for name in _TYPED:
        for item, where in _objects(document, name, place):
            yield from _typed_object(item, name, where)
    for item, where in _objects(document, "credentialSchema", place):
        yield from _typed_object(item, "credentialSchema", where)
        if isinstance(item, dict) and not is_iri(item.get("id")):
            yield _wrong("credentialSchema has a URL as id [4.11]", where)
    yield from _related(document, known or {}, place)


def check_claims(document: JsonObject) -> Iterator[Finding]:
    """Yield what is wrong with the issuer and the claims alone, in any version of the model."""
    yield from _issuer(document.get("issuer"), "$.issuer")
    yield from _subjects(document.get("credentialSubject"), "$.credentialSubject")


def check_presentation(document: Any) -> Iterator[Finding]:
    """Yield what is wrong with a presentation and with the credentials in it [4.13]."""
    if not isinstance(document, dict):
        yield _wrong("a presentation is an object [4.13]", "$")
        return
    yield from _envelope(document, "VerifiablePresentation", "$")
    if "holder" in document:
        holder = document["holder"]
        named = holder.get("id") if isinstance(holder, dict) else holder
        if not is_iri(named):
            yield _wrong("holder is a URL, or an object with one as id [4.13]", "$.holder")
    for item, where in _objects(document, "verifiableCredential", "$"):
        if isinstance(item, dict) and ENVELOPED in _listed(item.get("type")):
            yield from check_enveloped(item, where)
        else:
            yield from check_credential(item, place=where)


def check_enveloped(item: JsonObject, where: str = "$") -> Iterator[Finding]:
    """Yield what is wrong with an EnvelopedVerifiableCredential [4.13.1]."""
    if VC not in _listed(item.get("@context")):
        yield _wrong(f"an enveloped credential names {VC} [4.13.1]", f"{where}.@context")
    name = item.get("id")
    if not isinstance(name, str) or not name.startswith("data:") or "," not in name:
        yield _wrong("its id is a data: URL [4.13.1]", f"{where}.id")
    if ENVELOPED not in _listed(item.get("type")):
        yield _wrong(f"its type is {ENVELOPED} [4.13.1]", f"{where}.type")


def _envelope(document: JsonObject, kind: str, place: str) -> Iterator[Finding]:
    contexts = document.get("@context")
    if not isinstance(contexts, list) or contexts[:1] != [VC]:
        yield _wrong(f"@context is a list that begins with {VC} [4.3]", f"{place}.@context")
    elif not all(isinstance(item, dict) or is_iri(item) for item in contexts):
        yield _wrong("every context is a URL or an object [4.3]", f"{place}.@context")
    if "id" in document and not is_iri(document["id"]):
        yield _wrong("id is one URL [4.4]", f"{place}.id")
    types = document.get("type")
    if kind not in _listed(types) or not all(isinstance(item, str) for item in _listed(types)):
        yield _wrong(f"type holds {kind}, and only texts [4.5]", f"{place}.type")


def _issuer(issuer: Any, place: str) -> Iterator[Finding]:
    named = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not is_iri(named):
        yield _wrong("issuer is a URL, or an object with one as id [4.7]", place)
    if isinstance(issuer, dict):
        yield from _texts(issuer, place)


def _texts(thing: JsonObject, place: str) -> Iterator[Finding]:
    for name in ("name", "description"):
        for item in _listed(thing.get(name, "")):
            language = isinstance(item, dict) and "@value" in item and item.keys() <= _LANGUAGE
            if not isinstance(item, str) and not language:
                message = f"{name} is a text, or @value with @language and @direction [4.6]"
                yield _wrong(message, f"{place}.{name}")


def _subjects(subject: Any, place: str) -> Iterator[Finding]:
    subjects = _listed(subject)
    if not subjects or not all(isinstance(item, dict) and item for item in subjects):
        yield _wrong("credentialSubject is one or more objects with claims [4.8]", place)
    for item in subjects:
        if isinstance(item, dict) and "id" in item and not is_iri(item["id"]):
            yield _wrong("the id of a subject is one URL [4.4]", f"{place}.id")


def _period(document: JsonObject, place: str) -> Iterator[Finding]:
    ends = {}
    for name in ("validFrom", "validUntil"):
        if name in document:
            ends[name] = moment(document[name])
            if ends[name] is None:
                yield _wrong(f"{name} is a date and time with a zone [4.9]", f"{place}.{name}")
    start, end = ends.get("validFrom"), ends.get("validUntil")
    if start and end and end < start:
        yield _wrong("validUntil is not before validFrom [4.9]", f"{place}.validUntil")


def _typed_object(item: Any, name: str, place: str) -> Iterator[Finding]:
    if not isinstance(item, dict):
        yield _wrong(f"{name} is one or more objects", place)
        return
    types = _listed(item.get("type"))
    if not types or not all(isinstance(kind, str) for kind in types):
        yield _wrong(f"{name} has a type [4.5]", f"{place}.type")
    if "id" in item and not is_iri(item["id"]):
        yield _wrong(f"the id of {name} is one URL [4.4]", f"{place}.id")


def _related(document: JsonObject, known: Mapping[str, bytes], place: str) -> Iterator[Finding]:
    """Yield what is wrong with relatedResource [5.3]."""
    seen: set[str] = set()
    for item, where in _objects(document, "relatedResource", place):
        name = item.get("id") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(name, str) or not is_iri(name):
            yield _wrong("relatedResource is one or more objects with a URL as id [5.3]", where)
            continue
        if name in seen:
            yield _wrong("a resource is named once [5.3]", f"{where}.id")
        seen.add(name)
        if not {"digestSRI", "digestMultibase"} & item.keys():
            yield _wrong("a resource has a digestSRI or a digestMultibase [5.3]", where)
        elif name in known and not digest_fits(item, known[name]):
            yield _wrong("the digest is not that of the resource [5.3]", where)


def digest_fits(resource: JsonObject, content: bytes) -> bool:
    """Say whether every digest that a relatedResource gives is that of `content` [5.3]."""
    given = [
        read(resource[name])
        for name, read in (("digestSRI", _from_sri), ("digestMultibase", _from_multibase))
        if name in resource
    ]
    return all(
        found is not None and hashlib.new(found[0], content).digest() == found[1] for found in given
    )


def _from_sri(value: Any) -> tuple[str, bytes] | None:
    """Return algorithm and digest of `sha384-…` (Subresource Integrity), None for anything else."""
    algorithm, _, encoded = value.partition("-") if isinstance(value, str) else ("", "", "")
    try:
        found = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None
    return (algorithm, found) if algorithm in _MULTIHASH.values() else None


def _from_multibase(value: Any) -> tuple[str, bytes] | None:
    """Return algorithm and digest of a multibase multihash, None for anything else."""
    decoders: dict[str, Callable[[str], bytes]] = {"u": base64url_decode, "z": base58_decode}
    if not isinstance(value, str) or value[:1] not in decoders:
        return None
    try:
        found = decoders[value[0]](value[1:])
    except ValueError:
        return None
    algorithm = _MULTIHASH.get(found[:2])
    return (algorithm, found[2:]) if algorithm else None


def _objects(document: JsonObject, name: str, place: str) -> Iterator[tuple[Any, str]]:
    """Yield what stands under a member that holds one thing or several, each with its place."""
    if name not in document:
        return
    value = document[name]
    if not isinstance(value, list):
        yield value, f"{place}.{name}"
        return
    for index, item in enumerate(value):
        yield item, f"{place}.{name}[{index}]"


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _wrong(message: str, place: str) -> Finding:
    return MODEL.at(message, place)
