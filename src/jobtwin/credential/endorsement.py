"""A detached EndorsementCredential: somebody's signed words about one exact credential file.

Open Badges 3.0 in nothing but its own vocabulary. The subject is the endorsed credential's id; a
`relatedResource` with the digest of the signed file binds the words to those bytes, so that they
cannot be shown beside another file. Whose key it is, and who may endorse, is not known here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jobtwin.credential import shape
from jobtwin.credential.canonical import Canonicalise, check_contexts, is_iri, refuse
from jobtwin.credential.compiled import canonicalise
from jobtwin.credential.contexts import CREDENTIAL_CONTEXTS, JsonObject
from jobtwin.credential.data_model import check_credential, digest_fits
from jobtwin.credential.did import controller_of, moment
from jobtwin.credential.jsonbytes import parse_object, to_bytes
from jobtwin.credential.keys import Signer, timestamp, to_multikey
from jobtwin.credential.proof import Proof, read_proof, sign, verify_proof
from jobtwin.credential.text import check_signable
from jobtwin.errors import Refused
from jobtwin.findings import Code, Finding

FORM = Code(
    "VC-090",
    "not a detached endorsement of one exact file",
    why="Words that name no file, or that say more than a reader is shown, could be put beside "
    "anything.",
    fix="Make it with the project's own command, and hand the file in as it was written.",
)
MAX_BYTES = 16 * 1024
MAX_COMMENT = 2_000
TYPES = ("VerifiableCredential", "EndorsementCredential")
SUBJECT = "EndorsementSubject"
_REQUIRED = frozenset(
    {"@context", "id", "type", "name", "issuer", "validFrom", "credentialSubject"}
    | {"relatedResource", "proof"}
)
OPTIONAL = frozenset({"description", "awardedDate", "validUntil"})
"""Members of Open Badges 3.0 that an endorsement may have beside those that it must have."""
_PROFILE = frozenset({"id", "type", "name", "url", "description"})


@dataclass(frozen=True, slots=True)
class Endorsement:
    """What an endorsement says; read, and not yet proven."""

    document: JsonObject
    id: str
    issuer: str
    """DID of whoever endorses."""
    name: str
    """What the endorser is called there."""
    credential: str
    """Id of the credential that is endorsed."""
    related: JsonObject
    """The exact file, by its own address and digest."""
    comment: str
    says: tuple[str, ...]
    """Types of the subject beside `EndorsementSubject`."""
    valid_from: datetime
    proof: Proof

    def is_over(self, content: bytes) -> bool:
        """Say whether `content` is, byte for byte, the file that is endorsed."""
        return digest_fits(self.related, content)


def did_key(public_key: bytes) -> str:
    """Return `did:key:z6Mk…`."""
    return f"did:key:{to_multikey(public_key)}"


def did_key_method(public_key: bytes) -> str:
    """Return the verificationMethod of a did:key, `did:key:z6Mk…#z6Mk…`."""
    name = to_multikey(public_key)
    return f"did:key:{name}#{name}"


def profile(did: str, name: str) -> JsonObject:
    """Return an endorser as a Profile."""
    return {"id": did, "type": ["Profile"], "name": name}


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A signed credential, and where just these bytes stay.

    `url` is not the credential's id: what stands there may be signed again.
    """

    content: bytes
    url: str


@dataclass(frozen=True, slots=True)
class Words:
    """What an endorser says."""

    comment: str
    says: tuple[str, ...] = ()
    """Further types of the subject, for machines."""
    more: Mapping[str, str] = field(default_factory=dict)
    """Members out of `OPTIONAL`."""


def unsigned_endorsement(
    *,
    identifier: str,
    name: str,
    issuer: JsonObject,
    endorsed: SignedFile,
    words: Words,
    at: datetime,
) -> JsonObject:
    """Return an endorsement without its proof; raises `Refused` when a file is no credential.

    `identifier` is where it will be published, `name` what it is called, `issuer` a Profile.
    """
    credential = parse_object(endorsed.content).get("id")
    if not is_iri(credential):
        raise Refused([FORM.at("the endorsed file is no credential: it has no id", "$.id")])
    if unknown := words.more.keys() - OPTIONAL:
        raise ValueError(f"not a member of an endorsement: {', '.join(sorted(unknown))}")
    digest = base64.b64encode(hashlib.sha384(endorsed.content).digest()).decode("ascii")
    return {
        "@context": list(CREDENTIAL_CONTEXTS),
        "id": identifier,
        "type": list(TYPES),
        "name": name,
        **words.more,
        "issuer": issuer,
        "validFrom": timestamp(at),
        "credentialSubject": {
            "id": credential,
            "type": [SUBJECT, *words.says],
            "endorsementComment": words.comment,
        },
        "relatedResource": [
            {"id": endorsed.url, "digestSRI": f"sha384-{digest}", "mediaType": "application/vc"}
        ],
    }


def sign_endorsement(
    document: JsonObject, signer: Signer, at: datetime, using: Canonicalise = canonicalise
) -> bytes:
    """Return the endorsement as it is published, signed; raises `Refused` with every finding.

    `signer.key_id` is the verificationMethod. What this returns, `read_endorsement` takes.
    """
    content = to_bytes(sign(document, signer, at, using))
    read_endorsement(content)
    return content


def read_endorsement(content: bytes) -> Endorsement:
    """Return what an endorsement says, or raise `Refused` with every finding. Proves nothing."""
    if len(content) > MAX_BYTES:
        raise Refused([FORM.at(f"it has {len(content):,} bytes, {MAX_BYTES:,} at most")])
    document = parse_object(content)
    refuse(check_signable(document))
    refuse(check_contexts(document))
    refuse([*check_credential(document), *shape.check_badge(document)])
    refuse(_check_form(document))
    proof = read_proof(document)
    issuer, subject = document["issuer"], document["credentialSubject"]
    if controller_of(proof.verification_method) != issuer["id"]:
        message = f"the key belongs to {controller_of(proof.verification_method)[:200]}"
        raise Refused([FORM.at(f"{message}, not to its issuer", "$.proof")])
    return Endorsement(
        document=document,
        id=document["id"],
        issuer=issuer["id"],
        name=issuer["name"],
        credential=subject["id"],
        related=document["relatedResource"][0],
        comment=subject["endorsementComment"],
        says=tuple(subject["type"][1:]),
        valid_from=_valid_from(document),
        proof=proof,
    )


def check_proof(
    endorsement: Endorsement, public_key: bytes, using: Canonicalise = canonicalise
) -> tuple[Finding, ...]:
    """Return why the endorsement is not signed by this key; nothing if it is. Never raises."""
    return verify_proof(endorsement.document, public_key, using)


def _check_form(document: JsonObject) -> list[Finding]:
    """Return where a well-formed EndorsementCredential is not one of the narrow form."""
    subject, issuer = document["credentialSubject"], document["issuer"]
    proof = document.get("proof")
    demands = [
        (_REQUIRED <= document.keys() <= _REQUIRED | OPTIONAL, "it has other members", "$"),
        (
            document["@context"] == list(CREDENTIAL_CONTEXTS),
            "it names other contexts",
            "$.@context",
        ),
        (document["type"] == list(TYPES), "it is of other types", "$.type"),
        (isinstance(document.get("name"), str), "it has no name", "$.name"),
        (
            isinstance(proof, list) and len(proof) == 1,
            "it does not have one proof in a list",
            "$.proof",
        ),
        (_is_profile(issuer), "its issuer is no Profile with a name", "$.issuer"),
        (
            isinstance(subject, dict)
            and subject.keys() == {"id", "type", "endorsementComment"}
            and _is_types(subject["type"]),
            "its subject is not an EndorsementSubject with a comment and nothing else",
            "$.credentialSubject",
        ),
        (
            _is_comment(subject.get("endorsementComment")),
            f"the comment is no text of 1 to {MAX_COMMENT:,} characters",
            "$.credentialSubject.endorsementComment",
        ),
        (
            _is_related(document.get("relatedResource"), subject.get("id")),
            "it does not name one file, by an address of its own and a digestSRI",
            "$.relatedResource",
        ),
    ]
    return [FORM.at(message, place) for holds, message, place in demands if not holds]


def _is_profile(issuer: Any) -> bool:
    return (
        isinstance(issuer, dict)
        and issuer.keys() <= _PROFILE
        and issuer.get("type") == ["Profile"]
        and all(isinstance(issuer[name], str) for name in issuer.keys() - {"type"})
        and "\n" not in issuer.get("name", "\n")
        and 0 < len(issuer["name"]) <= 200
    )


def _is_types(types: Any) -> bool:
    return (
        isinstance(types, list)
        and types[:1] == [SUBJECT]
        and all(isinstance(item, str) for item in types)
    )


def _is_comment(comment: Any) -> bool:
    return isinstance(comment, str) and len(comment.strip()) > 0 and len(comment) <= MAX_COMMENT


def _is_related(listed: Any, credential: Any) -> bool:
    item = listed[0] if isinstance(listed, list) and len(listed) == 1 else None
    return (
        isinstance(item, dict)
        and item.get("id") != credential
        and "digestSRI" in item
        and item.keys() <= {"id", "digestSRI", "mediaType"}
    )


def _valid_from(document: JsonObject) -> datetime:
    found = moment(document["validFrom"])
    if found is None:
        raise Refused([FORM.at("validFrom is no date and time", "$.validFrom")])
    return found
