"""An employer's 90-day statement: a detached EndorsementCredential, written and read strictly.

Pure. It endorses the credential's id and, by `relatedResource`, the very file that was signed, so
that it can be pointed at nothing else. Who the employer is, and whether it was asked, is not known
here.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobtwin.credential import shape
from jobtwin.credential.canonical import check_text, refuse
from jobtwin.credential.contexts import OB, VC, JsonObject
from jobtwin.credential.data_model import check_credential, digest_fits
from jobtwin.credential.did import controller_of, moment
from jobtwin.credential.jsonbytes import parse_object
from jobtwin.credential.keys import timestamp
from jobtwin.credential.proof import Proof, read_proof
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records.outcome import Outcome
from jobtwin.records.outcome_wording import read_wording, types, wording

FORM = Code(
    "ATT-011",
    "not an employer's statement in the form that is taken in",
    why="What is published in an employer's name holds nothing but what this platform asked.",
    fix="Write the statement by `jobtwin attest write`, and hand it in unchanged.",
)
MAX_BYTES = 16 * 1024
NAME = "90-day outcome"
_MEMBERS = {
    "@context", "id", "type", "name", "issuer", "validFrom", "credentialSubject",
    "relatedResource", "proof",
}  # fmt: skip
_NAME = re.compile(r"[^\n]{1,200}")


@dataclass(frozen=True, slots=True)
class Statement:
    """What an employer's statement says, its proof not yet checked."""

    document: JsonObject
    id: str
    issuer: str
    employer: str
    """The name that the employer gives itself."""
    credential: str
    """The id of the credential that it endorses."""
    related: JsonObject
    valid_from: datetime
    proof: Proof
    outcome: Outcome

    def is_over(self, content: bytes) -> bool:
        """Say whether this is the file that the statement has the digest of."""
        return digest_fits(self.related, content)


def unsigned_statement(
    *,
    identifier: str,
    issuer: str,
    employer: str,
    credential: JsonObject,
    content: bytes,
    outcome: Outcome,
    at: datetime,
) -> JsonObject:
    """Return a statement without its proof; `content` are the bytes of `credential` as signed."""
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode("ascii")
    return {
        "@context": [VC, OB],
        "id": identifier,
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": NAME,
        "issuer": {"id": issuer, "type": ["Profile"], "name": employer},
        "validFrom": timestamp(at),
        "credentialSubject": {
            "id": credential["id"],
            "type": ["EndorsementSubject", *types(outcome)],
            "endorsementComment": wording(outcome),
        },
        "relatedResource": [
            {
                "id": credential["id"],
                "digestSRI": f"sha384-{digest}",
                "mediaType": "application/vc+ld+json",
            }
        ],
    }


def read_statement(content: bytes) -> Statement:
    """Return what a statement says; raises `Refused` for any other form. Proves nothing yet."""
    if len(content) > MAX_BYTES:
        raise Refused([FORM.at(f"it has {len(content):,} bytes, {MAX_BYTES:,} at most")])
    document = parse_object(content)
    refuse(check_text(document))
    refuse(check_credential(document))
    refuse(shape.check_badge_contexts(document))
    refuse(shape.check_badge(document))
    proof = read_proof(document)
    subject, issuer = document["credentialSubject"], document["issuer"]
    _demand(document.keys() == _MEMBERS, "it has other members than a statement", "$")
    _demand(document["@context"] == [VC, OB], "it names other contexts", "$.@context")
    _demand(
        document["type"] == ["VerifiableCredential", "EndorsementCredential"],
        "it is of other types",
        "$.type",
    )
    _demand(document["name"] == NAME, f"its name is not {NAME!r}", "$.name")
    _demand(
        isinstance(issuer, dict)
        and issuer.keys() == {"id", "type", "name"}
        and issuer["type"] == ["Profile"]
        and isinstance(issuer["name"], str)
        and _NAME.fullmatch(issuer["name"]) is not None,
        "the issuer is not a Profile with id and name alone",
        "$.issuer",
    )
    _demand(
        isinstance(document["proof"], list) and len(document["proof"]) == 1,
        "it has not one proof in a list",
        "$.proof",
    )
    _demand(
        controller_of(proof.verification_method) == issuer["id"],
        "it is signed by another key than its issuer's",
        "$.proof",
    )
    return Statement(
        document=document,
        id=str(document["id"]),
        issuer=issuer["id"],
        employer=issuer["name"],
        credential=str(subject["id"]),
        related=_related(document["relatedResource"], subject["id"]),
        valid_from=_valid_from(document),
        proof=proof,
        outcome=_outcome(subject),
    )


def _valid_from(document: JsonObject) -> datetime:
    found = moment(document["validFrom"])
    if found is None:
        raise Refused([FORM.at("validFrom is no date and time", "$.validFrom")])
    return found


def _related(listed: Any, credential: str) -> JsonObject:
    """Return the one cited file, which has to be the credential itself."""
    item = listed[0] if isinstance(listed, list) and len(listed) == 1 else None
    if not isinstance(item, dict) or item.get("id") != credential or "digestSRI" not in item:
        message = "it does not cite the endorsed credential alone, with its digestSRI"
        raise Refused([FORM.at(message, "$.relatedResource")])
    return item


def _outcome(subject: JsonObject) -> Outcome:
    place = "$.credentialSubject"
    kinds, comment = subject.get("type"), subject.get("endorsementComment")
    _demand(subject.keys() == {"id", "type", "endorsementComment"}, "it says more", place)
    if not (isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds)):
        raise Refused([FORM.at("its types are no texts", f"{place}.type")])
    _demand(kinds[:1] == ["EndorsementSubject"], "its first type is another", f"{place}.type")
    if not isinstance(comment, str):
        raise Refused([FORM.at("its comment is no text", f"{place}.endorsementComment")])
    return read_wording(comment, tuple(kinds[1:]))


def _demand(holds: bool, message: str, place: str) -> None:
    if not holds:
        raise Refused([FORM.at(message, place)])
