"""The verifiers that are not ours, each asked about every case it can read; and ours, last.

Nothing is fetched: what they ask for, they get from the case's site or not at all. A verifier that
cannot run on this machine raises `NoNode`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import node
from bench.interop.cases import GENUINE, JSON, JWT, PICTURE, REFUSED, REVOKED, Answer, Case
from jobtwin.credential import baking, verify
from jobtwin.credential.contexts import pinned
from jobtwin.credential.jsonbytes import parse_object
from jobtwin.credential.jwt import read_jwt
from jobtwin.credential.keys import from_jwk, timestamp
from jobtwin.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobtwin.credential.contexts import JsonObject

FOLDER = Path(__file__).parent / "node"
DIGITALBAZAAR, DCC, JOSE = "@digitalbazaar/vc", "@digitalcredentials/verifier-core", "jose"
NOT_READ = Answer("")


@dataclass(frozen=True, slots=True)
class Verifier:
    """A verifier by its name and version, and how it is asked."""

    name: str
    version: str
    ask: Callable[[Case], Answer]
    how: str
    """What it was given beside the credential, and what it leaves out."""
    binding: bool = True
    """Whether it must agree about everything that it reads; else its table row is its own."""


def strangers() -> tuple[Verifier, ...]:
    """Return the verifiers that are not ours."""
    lib = version("openbadgeslib")
    return (
        Verifier(
            DIGITALBAZAAR,
            node.pinned()[DIGITALBAZAAR],
            _digitalbazaar,
            "with `data-integrity`, `eddsa-rdfc-2022-cryptosuite` and `vc-bitstring-status-list`, "
            "whose own `verified` says nothing of revocation: its status bit is read here",
        ),
        Verifier(
            DCC,
            node.pinned(FOLDER)[DCC],
            _dcc,
            "which VerifierPlus is made of; without registries of issuers, so its verdict on the "
            "issuer is left out",
        ),
        Verifier(
            "openbadgeslib",
            lib,
            _openbadgeslib,
            "as it comes, status included; files come by `download`, for its own fetching asks "
            "DNS for the host first",
            False,
        ),
        Verifier(
            "openbadgeslib, trusting",
            lib,
            _trusting,
            "with `verify_status_list=False`: it takes the status list on the host's word",
            False,
        ),
        Verifier(
            "openvc-core",
            version("openvc-core"),
            _openvc,
            "with the Open Badges context as an extra one, and the list's proof taken out of its "
            "array: a proof in an array is none to it, and a JWT's `kid` has to be a DID URL",
            False,
        ),
        Verifier(
            JOSE,
            node.pinned(FOLDER)[JOSE],
            _jose,
            "signature and times of a JWT only: it knows no status list",
        ),
    )


def ours(case: Case) -> Answer:
    """Return what `jobtwin verify` says."""
    content = baking.unbake(case.content) if case.form == PICTURE else case.content
    found = verify.verify(content, case.site, case.now, set())
    if found.status.value == "revoked":
        return Answer(REVOKED)
    # Where the status cannot be told, we say so and leave the choice; others refuse.
    holds = found.ok and found.status.value == "holds"
    reason = "" if holds else next((f"{f.code}" for f in found.findings), found.status.words)
    return Answer(GENUINE if holds else REFUSED, reason)


def _digitalbazaar(case: Case) -> Answer:
    if case.form != JSON:
        return NOT_READ
    return _told(node.run("interop.js", _plan(case)))


def _dcc(case: Case) -> Answer:
    if case.form != JSON:
        return NOT_READ
    return _told(node.run("dcc.js", _plan(case), FOLDER))


def _told(answers: list[dict[str, Any]]) -> Answer:
    (said,) = answers
    if said["revoked"]:
        return Answer(REVOKED)
    return Answer(GENUINE if said["verified"] else REFUSED, said["reason"])


def _plan(case: Case) -> dict[str, Any]:
    document = parse_object(case.content)
    documents = {url: parse_object(body) for url, body in case.site.items()}
    documents |= {found["id"]: found for found in documents.values() if _is_did(found.get("id"))}
    issuer = document["issuer"]["id"]
    if issuer.startswith("did:key:"):
        documents[issuer] = _of_did_key(issuer)
    return {
        "contexts": dict(pinned()),
        "documents": documents,
        "now": timestamp(case.now),
        "credentials": [{"name": case.name, "credential": document}],
    }


def _is_did(name: Any) -> bool:
    return isinstance(name, str) and name.startswith("did:")


def _of_did_key(name: str) -> JsonObject:
    """Return the document that a did:key stands for."""
    method = f"{name}#{name.removeprefix('did:key:')}"
    key = {"id": method, "type": "Multikey", "controller": name}
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": name,
        "verificationMethod": [key | {"publicKeyMultibase": name.removeprefix("did:key:")}],
        "assertionMethod": [method],
    }


def _jose(case: Case) -> Answer:
    if case.form != JWT:
        return NOT_READ
    keys = {url: parse_object(body) for url, body in case.site.items() if ".jwk." in url}
    item = {"name": case.name, "token": case.content.decode("ascii")}
    plan = {"keys": keys, "now": timestamp(case.now), "verify": [item]}
    (said,) = node.run("jwt.js", plan, FOLDER)
    return Answer(GENUINE if said["verified"] else REFUSED, said["reason"])


def _openbadgeslib(case: Case) -> Answer:
    return _by_openbadgeslib(case, signed_list=True)


def _trusting(case: Case) -> Answer:
    return _by_openbadgeslib(case, signed_list=False)


def _by_openbadgeslib(case: Case, *, signed_list: bool) -> Answer:
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3.ldp import OB3LdpVerifier
    from openbadgeslib.ob3.verifier import OB3Verifier

    def download(url: str, *_: Any, **__: Any) -> bytes:
        return case.site[url]

    try:
        if case.form == JWT:
            token = case.content.decode("ascii")
            key = from_jwk(parse_object(case.site[read_jwt(case.content).kid]))
            OB3Verifier(_pem(key)).verify(
                token, check_status=True, verify_status_list=signed_list, download=download
            )
        else:
            content = _extracted(case) if case.form == PICTURE else case.content
            OB3LdpVerifier().verify(
                content, check_status=True, verify_status_list=signed_list, download=download
            )
    except LibOpenBadgesException as error:
        revoked = "Credential status 'revocation' is set" in str(error)
        return Answer(REVOKED if revoked else REFUSED, "" if revoked else _short(error))
    return Answer(GENUINE)


def _extracted(case: Case) -> str:
    from openbadgeslib.ob3.verifier import OB3Verifier

    if case.content.startswith(b"\x89PNG"):
        return OB3Verifier.extract_token_from_png(case.content)
    return OB3Verifier.extract_token_from_svg(case.content)


def _pem(key: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(key).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _openvc(case: Case) -> Answer:
    from openvc.did.base import DidResolverRegistry
    from openvc.did.did_key import DidKeyResolver
    from openvc.did.did_web import DidWebResolver
    from openvc.errors import OpenvcError
    from openvc.status import CredentialRevoked
    from openvc.verify import VerificationPolicy, verify_credential

    if case.form == PICTURE:
        return NOT_READ
    resolver = DidResolverRegistry(
        [DidKeyResolver(), DidWebResolver(lambda url: json.loads(case.site[url]))]
    )
    given: Any = case.content.decode("ascii") if case.form == JWT else parse_object(case.content)

    def status_list(url: str) -> JsonObject:
        document = parse_object(case.site[url])
        # It refuses lists of proofs, and ours is a list of one.
        one = document | {"proof": document["proof"][0]}
        policy = VerificationPolicy(now=case.now)
        found = verify_credential(
            one, policy=policy, resolver=resolver, extra_contexts=dict(pinned())
        )
        return dict(found.credential)

    try:
        verify_credential(
            given,
            policy=VerificationPolicy(now=case.now),
            resolver=resolver,
            resolve_status_list=status_list,
            extra_contexts=dict(pinned()),
        )
    except CredentialRevoked:
        return Answer(REVOKED)
    except (OpenvcError, KeyError) as error:
        return Answer(REFUSED, f"{type(error).__name__}: {_short(error)}")
    return Answer(GENUINE)


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__


def answers(cases: Sequence[Case]) -> list[tuple[Case, dict[str, Answer]]]:
    """Ask every verifier about every case; raises `NoNode`."""
    asked = strangers()
    return [(case, {verifier.name: verifier.ask(case) for verifier in asked}) for case in cases]


def judged_by_us(case: Case) -> Answer:
    """Return what we say, a refusal to read included."""
    try:
        return ours(case)
    except Refused as refused:
        return Answer(REFUSED, str(refused))
