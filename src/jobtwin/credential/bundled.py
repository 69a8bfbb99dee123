"""A bundle's verification: the credential's own steps, and what its other files say of it.

Whoever shows a bundle chose every file in it, the issuer's did.json too. So the same steps are
taken as on a credential from the site, but on whose word the issuer's keys rest is said: on the
bundle's alone, unless the keys came from elsewhere (`live`) or are known to whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from jobtwin.credential import did, shape
from jobtwin.credential.bundle import Bundle, File, Role
from jobtwin.credential.endorsement import Endorsement, check_proof, read_endorsement
from jobtwin.credential.endorser import fingerprint_of
from jobtwin.credential.jsonbytes import jcs, parse_object, to_bytes
from jobtwin.credential.jwt import read_jwt
from jobtwin.credential.key_history import check_history
from jobtwin.credential.keys import is_signature
from jobtwin.credential.proof import FORGED, unsigned
from jobtwin.credential.resolve import (
    NotChecked,
    Resources,
    Unavailable,
    issuer_key,
    token_key,
)
from jobtwin.credential.verdicts import Outcome, Source, Step, Trust, Verification, counted
from jobtwin.credential.verify import verify, wanted
from jobtwin.errors import Refused
from jobtwin.findings import Code

if TYPE_CHECKING:
    from jobtwin.credential.contexts import JsonObject

NOT_OF_IT = Code(
    "VC-075",
    "a file in the bundle does not belong to its credential",
    why="Files of several credentials in one bundle would lend one the words that were said of "
    "another.",
    fix="Ask for bundle.json as it stood beside the credential, or verify credential.json alone.",
)


def wanted_live(bundle: Bundle) -> tuple[str, ...]:
    """Return the URLs at which a bundle can be confirmed: the issuer's keys, and its status."""
    return wanted(bundle.credential.content)


def verify_bundle(
    bundle: Bundle,
    now: datetime,
    trusted_issuers: Collection[str],
    trusted_keys: frozenset[bytes] = frozenset(),
    live: Resources | None = None,
    is_vouched: bool = False,
) -> Verification:
    """Take every step on a bundle's credential and then on its other files. Never raises.

    `live` is what could be had of `wanted_live` elsewhere: it goes before what the bundle has, and
    once it holds the issuer's did.json the issuer no longer rests on the bundle. Nor does it where
    `is_vouched` says that somebody known signed the key history, and the keys follow from that.
    """
    content = bundle.credential.content
    had = {url: body for url, body in (live or {}).items() if isinstance(body, bytes)}
    resources: dict[str, bytes | Unavailable] = {**bundle.resources, **had}
    source = Source.BUNDLE
    if (keys := _key_urls(content)) and keys[0] in had:
        source = Source.SITE
        # What stands beside a did.json of another day says nothing of it.
        resources |= {url: (live or {})[url] for url in keys if url in (live or {})}
    if _issuer(content).startswith("did:key:") or (is_vouched and _follows(bundle)):
        source = Source.SITE
    found = verify(content, resources, now, trusted_issuers, trust=Trust(source, trusted_keys))
    if found.signature.value != "valid":
        return found
    steps = [*found.steps]
    for name, check in _CHECKS.items():
        steps += _step(len(steps) + 1, name, check, bundle, resources)
    return replace(found, steps=tuple(steps))


def _follows(bundle: Bundle) -> bool:
    """Say whether the bundle's did.json and jwks.json follow from its key history."""
    try:
        return bool(_key_history(bundle, parse_object(bundle.credential.content), {}))
    except (Refused, NotChecked):
        return False


def _issuer(content: bytes) -> str:
    try:
        return shape.issuer_id(parse_object(content)) or ""
    except Refused:
        return ""


def _key_urls(content: bytes) -> tuple[str, ...]:
    """Return where the issuer's did.json and jwks.json stand."""
    issuer = _issuer(content)
    try:
        return did.did_web_url(issuer), did.jwks_url(issuer)
    except Refused:
        return ()


_Check = Callable[[Bundle, "JsonObject", Mapping[str, bytes | Unavailable]], str]


def _step(
    number: int, name: str, check: _Check, bundle: Bundle, resources: Resources
) -> Iterator[Step]:
    try:
        document = parse_object(bundle.credential.content)
        if told := check(bundle, document, resources):
            yield Step(number, name, Outcome.PASSED, told)
    except NotChecked as reason:
        yield Step(number, name, Outcome.NOT_CHECKED, str(reason))
    except Refused as refused:
        yield Step(number, name, Outcome.FAILED, str(refused), refused.findings)


def _bundle(bundle: Bundle, document: JsonObject, _: Resources) -> str:
    if document.get("id") != bundle.credential.url:
        message = (
            f"the credential is {ascii(document.get('id'))[:200]}, not {bundle.credential.url}"
        )
        raise Refused([NOT_OF_IT.at(message, "$.files")])
    return f"{counted(len(bundle.files), 'file')}, each with the digest that it is named by"


def _key_history(bundle: Bundle, document: JsonObject, _: Resources) -> str:
    for file in bundle.of(Role.HISTORY):
        issuer = shape.issuer_id(document) or ""
        own = {file.url: file.content for role in (Role.DID, Role.JWKS) for file in bundle.of(role)}
        did_url, jwks_url = did.did_web_url(issuer), did.jwks_url(issuer)
        if did_url not in own or jwks_url not in own:
            raise NotChecked("did.json or jwks.json is not in the bundle")
        return check_history(file.content, issuer, own[did_url], own[jwks_url])
    return ""


def _jwt(bundle: Bundle, document: JsonObject, resources: Resources) -> str:
    for file in bundle.of(Role.JWT):
        token = read_jwt(file.content)
        if jcs(token.document) != jcs(unsigned(document)):
            raise Refused([NOT_OF_IT.at("the JWT is of another credential", file.url)])
        _check_bare(bundle)
        issuer, at = shape.issuer_id(document) or "", did.moment(document.get("validFrom"))
        if at is None:
            raise NotChecked("validFrom is missing or malformed")
        if not is_signature(token_key(token, issuer, resources, at), token.signed, token.signature):
            raise Refused([FORGED.at("the JWT's signature does not fit", file.url)])
        return "the JWT says the same, signed by the issuer too"
    return ""


def _check_bare(bundle: Bundle) -> None:
    """Raise `Refused` unless the bare JWK is, byte for byte, one of those in jwks.json."""
    for bare, keys in zip(bundle.of(Role.JWK), bundle.of(Role.JWKS), strict=False):
        listed = parse_object(keys.content).get("keys")
        if not isinstance(listed, list) or bare.content not in map(to_bytes, listed):
            raise Refused([NOT_OF_IT.at("it is not one of the keys in jwks.json", bare.url)])


def _endorsements(bundle: Bundle, document: JsonObject, resources: Resources) -> str:
    said = [_endorsed(bundle, document, file) for file in bundle.of(Role.ENDORSEMENT)]
    graders = _graders(document)
    told = []
    for endorsement in said:
        _prove(endorsement, resources)
        key = fingerprint_of(endorsement.issuer)
        grader = "who graded it" if key and key in graders else "whom the credential omits"
        told.append(f"{ascii(endorsement.name)[1:-1]}, {grader}")
    return f"{len(told)} by the key of " + "; ".join(told) if told else ""


def _outcomes(bundle: Bundle, document: JsonObject, resources: Resources) -> str:
    said = [_endorsed(bundle, document, file) for file in bundle.of(Role.OUTCOME)]
    for endorsement in said:
        _prove(endorsement, resources)
    names = "; ".join(f"{ascii(one.name)[1:-1]} ({one.issuer})" for one in said)
    return f"{len(said)} by {names}; whose key that is rests on the bundle" if said else ""


def _endorsed(bundle: Bundle, document: JsonObject, file: File) -> Endorsement:
    """Return an endorsement of just this credential's file; raises `Refused` for any other."""
    found = read_endorsement(file.content)
    if found.credential != document.get("id") or not found.is_over(bundle.credential.content):
        message = "it is said of another file than this credential"
        raise Refused([NOT_OF_IT.at(message, file.url)])
    if found.id != file.url:
        raise Refused([NOT_OF_IT.at(f"it calls itself {found.id[:200]}", file.url)])
    return found


def _prove(endorsement: Endorsement, resources: Resources) -> None:
    """Raise `Refused` or `NotChecked` unless an endorsement is signed by its issuer's key."""
    proof = endorsement.proof
    key = issuer_key(proof.verification_method, proof.created, endorsement.issuer, resources)
    if findings := check_proof(endorsement, key):
        raise Refused(findings)


def _graders(document: JsonObject) -> str:
    """Return what the signed credential says of those who graded, with their keys."""
    subject = document.get("credentialSubject")
    source = subject.get("source") if isinstance(subject, dict) else None
    return str(source.get("description", "")) if isinstance(source, dict) else ""


_CHECKS: dict[str, _Check] = {
    "bundle": _bundle,
    "key_history": _key_history,
    "jwt": _jwt,
    "endorsements": _endorsements,
    "outcomes": _outcomes,
}
