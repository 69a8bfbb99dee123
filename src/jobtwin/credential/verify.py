"""A credential's verification: twelve numbered steps, four verdicts, nothing fetched.

`wanted` says which URLs the edge has to fetch (and must guard: they come from the credential). What
could not be fetched makes a step "not checked", never "passed". The four verdicts are kept apart
because they mean different things: only a wrong signature is forgery; an unknown issuer or an old
list is a caution.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobtwin.credential import did, shape, status
from jobtwin.credential.canonical import Canonicalise, check_contexts, check_text, refuse
from jobtwin.credential.compiled import Shapes, canonicalise
from jobtwin.credential.contexts import JsonObject
from jobtwin.credential.jsonbytes import parse_object
from jobtwin.credential.jwt import Token, is_jwt, read_jwt
from jobtwin.credential.keys import compare_keys, is_signature
from jobtwin.credential.proof import (
    FORGED,
    SUITE,
    Proof,
    hash_data,
    hash_forms,
    read_proof,
    unsigned,
)
from jobtwin.credential.proof_set import Member, check_proofs, is_plain, read_proofs
from jobtwin.credential.resolve import (
    Entry,
    NotChecked,
    Resources,
    StatusList,
    fetched,
    issuer_key,
    read_entry,
    read_list,
    token_key,
)
from jobtwin.credential.verdicts import (
    EXPIRED,
    NOT_YET_VALID,
    REVOKED,
    STALE,
    SUSPENDED,
    Outcome,
    Source,
    Step,
    Trust,
    Verdict,
    Verification,
    counted,
    freshness_verdict,
    issuer_verdict,
    signature_verdict,
    status_verdict,
    unproven,
    untold,
)
from jobtwin.errors import Refused
from jobtwin.findings import Finding

__all__ = [
    "Outcome",
    "Source",
    "Step",
    "Trust",
    "Verdict",
    "Verification",
    "document_of",
    "verify",
    "wanted",
]

STALE_AFTER = timedelta(days=31)
SITE = Trust()


@dataclass(slots=True)
class _Case:
    """What is asked, and what the steps have learnt so far."""

    content: bytes
    resources: Resources
    now: datetime
    stale_after: timedelta
    using: Canonicalise
    trust: Trust
    document: JsonObject | None = None
    canonical: bytes | None = None
    statements: int = 0
    """Of the canonical form, where it is known already how many."""
    options: bytes | None = None
    """The canonical form of the one proof's options, where it is known already."""
    is_badge: bool = False
    """Whether it is known already that no required field is missing or malformed."""
    proof: Proof | None = None
    """The one that the issuer answers for."""
    members: tuple[Member, ...] = ()
    """Every proof, where there are several or it is of another suite than ours."""
    token: Token | None = None
    """Instead of a proof, where the credential came as a JWT."""
    key: bytes | None = None
    list: StatusList | None = None
    codes: set[str] = field(default_factory=set)
    """Of every finding so far."""
    _issuer: str | None = None

    @property
    def known_document(self) -> JsonObject:
        if self.document is None:
            raise NotChecked("there is no document to look at")
        return self.document

    @property
    def known_proof(self) -> Proof:
        if self.proof is None:
            raise NotChecked("there is no well-formed proof to look at")
        return self.proof

    @property
    def issuer(self) -> str:
        self._issuer = self._issuer or shape.issuer_id(self.known_document)
        if self._issuer is None:
            raise NotChecked("the credential names no issuer")
        return self._issuer


def verify(
    content: bytes,
    resources: Resources,
    now: datetime,
    trusted_issuers: Collection[str],
    stale_after: timedelta = STALE_AFTER,
    using: Canonicalise = canonicalise,
    trust: Trust = SITE,
) -> Verification:
    """Take every step on `content`, with what was fetched, at the moment `now`. Never raises.

    `trusted_issuers` holds DIDs. A status list older than `stale_after` is called stale.
    """
    case = _Case(content, resources, now, stale_after, using, trust)
    steps = [_take(number, name, case) for number, name in enumerate(_STEPS, 1)]
    readable = case.canonical is not None and (case.proof or case.token) is not None
    signature = signature_verdict(steps, readable, trust.source)
    valid = signature.value == "valid"
    signed_at = case.list.valid_from if case.list else None
    return Verification(
        steps=tuple(steps),
        signature=signature,
        status=status_verdict(steps, case.codes) if valid else untold("status"),
        issuer=_issuer(case, trusted_issuers) if valid else unproven(),
        freshness=freshness_verdict(steps, signed_at, case.codes, now)
        if valid
        else untold("freshness"),
    )


def _issuer(case: _Case, trusted: Collection[str]) -> Verdict:
    return issuer_verdict(case.issuer, trusted, case.trust.source, case.key in case.trust.keys)


def wanted(content: bytes) -> tuple[str, ...]:
    """Return the URLs that `verify` would like to have, none if the credential is unreadable.

    In order: a JWT's bare JWK, the issuer's did.json, its jwks.json (may be missing), the status
    list.
    """
    return tuple(_wanted(content))


def _wanted(content: bytes) -> Iterator[str]:
    try:
        document = document_of(content)
        if is_jwt(content) and (kid := read_jwt(content).kid).startswith("https://"):
            yield kid
        issuer = shape.issuer_id(document) or ""
        if issuer.startswith("did:web:"):
            yield did.did_web_url(issuer)
            yield did.jwks_url(issuer)
        yield from _wanted_of_others(document, issuer)
        if isinstance(document.get("credentialStatus"), dict):
            yield read_entry(document["credentialStatus"]).list_url
    except (Refused, NotChecked):
        return


def _wanted_of_others(document: JsonObject, issuer: str) -> Iterator[str]:
    """Yield where the keys of further proofs stand, for a document with more than one."""
    if isinstance(document.get("proof"), list) and len(document["proof"]) > 1:
        controllers = {_controller(member.proof) for member in read_proofs(document)}
        for controller in sorted(controllers - {issuer}):
            if controller.startswith("did:web:"):
                yield did.did_web_url(controller)


def document_of(content: bytes) -> JsonObject:
    """Return the credential that JSON or a JWT holds, unverified; raises `Refused`."""
    return read_jwt(content).document if is_jwt(content) else parse_object(content)


def _take(number: int, name: str, case: _Case) -> Step:
    try:
        return Step(number, name, Outcome.PASSED, _STEPS[name](case))
    except NotChecked as reason:
        return Step(number, name, Outcome.NOT_CHECKED, str(reason))
    except Refused as refused:
        case.codes |= {finding.code for finding in refused.findings}
        return Step(number, name, Outcome.FAILED, str(refused), refused.findings)


def _parse(case: _Case) -> str:
    if is_jwt(case.content):
        case.token = read_jwt(case.content)
        case.document = case.token.document
        return f"a JWT of {len(case.content)} bytes, its claims as the credential says"
    if isinstance(case.using, Shapes) and (known := case.using.read(case.content)):
        case.document, form, case.options, case.is_badge = known
        case.canonical, case.statements = form
    else:
        case.document = parse_object(case.content)
    return f"{len(case.content)} bytes of JSON, every key once"


def _contexts(case: _Case) -> str:
    if case.canonical is None:
        refuse(check_contexts(case.known_document))
    refuse(shape.check_badge_contexts(case.known_document))
    return "the pinned contexts of VC 2.0 and Open Badges 3.0, in order"


def _shape(case: _Case) -> str:
    if not case.is_badge:
        refuse(shape.check_badge(case.known_document))
    return "every field that Open Badges 3.0 requires"


def _text(case: _Case) -> str:
    if case.canonical is None:
        refuse(check_text(case.known_document))
    return "no control characters, no direction overrides"


def _terms(case: _Case) -> str:
    document = case.known_document
    if case.codes & {"VC-010", "VC-014"}:
        raise NotChecked("what the text means is not settled, so there is nothing to canonicalise")
    if case.canonical is None and case.token is None and isinstance(case.using, Shapes):
        case.canonical = case.using.learn(case.content, document)
    elif case.canonical is None:
        case.canonical = case.using(unsigned(document))
    statements = case.statements or case.canonical.count(b"\n")
    return f"every member is covered by the signature ({statements} statements)"


def _proof(case: _Case) -> str:
    if case.token:
        return f"a JWT, signed with EdDSA by {case.token.kid or 'the key in its header'}"
    document = case.known_document
    members = () if is_plain(document) else read_proofs(document)
    if members and [member.proof.options["cryptosuite"] for member in members] != [SUITE]:
        case.members = members
        by_issuer = [m for m in members if _controller(m.proof) == case.issuer]
        case.proof = (by_issuer or members)[0].proof
        controllers = ", ".join(_controller(member.proof) for member in members)
        return f"{counted(len(members), 'proof')}, by {controllers}"
    case.proof = read_proof(document)
    return f"one proof by {case.proof.verification_method}, made {case.proof.created.date()}"


def _controller(proof: Proof) -> str:
    return did.controller_of(proof.verification_method)


def _key(case: _Case) -> str:
    if case.token:
        at = did.moment(case.known_document.get("validFrom")) or case.now
        case.key = token_key(case.token, case.issuer, case.resources, at)
    else:
        proof = case.known_proof
        method, created = proof.verification_method, proof.created
        case.key = issuer_key(method, created, case.issuer, case.resources)
    if case.trust.source is Source.BUNDLE:
        return f"the bundle's own did.json says that {case.issuer} has the key"
    return f"{case.issuer} vouches for the key"


def _jwks(case: _Case) -> str:
    if not case.issuer.startswith("did:web:"):
        raise NotChecked("only a did:web issuer publishes a jwks.json")
    keys = fetched(case.resources, did.jwks_url(case.issuer))
    refuse(compare_keys(keys, fetched(case.resources, did.did_web_url(case.issuer))))
    return "jwks.json and did.json hold the same keys"


def _signature(case: _Case) -> str:
    if case.canonical is None or case.key is None:
        raise NotChecked("the document's form or the issuer's key is missing")
    if case.members:
        return _set(case)
    data, signature = _signed(case, case.canonical)
    if not is_signature(case.key, data, signature):
        raise Refused([FORGED.at("the signature does not fit this document and key", "$.proof")])
    return "signed by this key, and not altered since"


def _set(case: _Case) -> str:
    """Check every proof of a set or chain, each with the key that its own controller names."""

    def key_of(proof: Proof) -> bytes:
        method = proof.verification_method
        return issuer_key(method, proof.created, _controller(proof), case.resources)

    refuse(check_proofs(case.known_document, case.members, key_of, case.using))
    return f"signed {counted(len(case.members), 'time')}, and not altered since"


def _signed(case: _Case, canonical: bytes) -> tuple[bytes, bytes]:
    """Return what the signature is over, and the signature."""
    if case.token:
        return case.token.signed, case.token.signature
    proof, context = case.known_proof, case.known_document["@context"]
    if case.options is not None:
        return hash_forms(case.options, canonical), proof.signature
    return hash_data(canonical, proof.options, context, case.using), proof.signature


def _dates(case: _Case) -> str:
    document = case.known_document
    valid_from = did.moment(document.get("validFrom"))
    if valid_from is None:
        raise NotChecked("validFrom is missing or malformed")
    created = case.proof.created if case.proof else valid_from
    if max(valid_from, created) > case.now:
        begins = did.written(max(valid_from, created))
        raise Refused([NOT_YET_VALID.at(f"valid from {begins}", "$.validFrom")])
    until = did.moment(document.get("validUntil"))
    proof_until = case.proof.expires if case.proof else None
    ends = [end for end in (until, proof_until) if end is not None]
    if ends and min(ends) < case.now:
        raise Refused([EXPIRED.at(f"was valid until {did.written(min(ends))}", "$.validUntil")])
    return f"valid since {valid_from.date()}" + (f", until {min(ends).date()}" if ends else "")


def _status(case: _Case) -> str:
    named = case.known_document.get("credentialStatus")
    if named is None:
        return "it names no status list: its issuer cannot revoke it"
    if not isinstance(named, dict):
        raise NotChecked("credentialStatus is malformed")
    entry = read_entry(named)
    found = read_list(entry, case.issuer, case.resources, case.now, case.using)
    trust = case.trust
    # A key that only the bundle vouches for may have signed a list in which nothing is set.
    unnamed = trust.keys and trust.source is Source.BUNDLE and found.key not in trust.keys
    case.list = None if unnamed else found
    if status.is_set(found.bits, entry.index):
        raise Refused([_withdrawn(entry)])
    if unnamed:
        raise NotChecked("the bundle's status list is signed with a key that you did not name")
    return f"entry {entry.index} of {entry.list_url} is not set"


def _withdrawn(entry: Entry) -> Finding:
    code = REVOKED if entry.purpose == "revocation" else SUSPENDED
    return code.at(f"entry {entry.index} of {entry.list_url} is set", "$.credentialStatus")


def _freshness(case: _Case) -> str:
    if case.list is None:
        raise NotChecked("there is no status list whose age could be told")
    days = counted((case.now - case.list.valid_from).days, "day")
    if case.now - case.list.valid_from > case.stale_after:
        raise Refused([STALE.at(f"the status list is {days} old")])
    return f"the status list is {days} old"


_STEPS: dict[str, Callable[[_Case], str]] = {
    "parse": _parse,
    "contexts": _contexts,
    "shape": _shape,
    "text": _text,
    "terms": _terms,
    "proof": _proof,
    "key": _key,
    "jwks": _jwks,
    "signature": _signature,
    "dates": _dates,
    "status": _status,
    "freshness": _freshness,
}
