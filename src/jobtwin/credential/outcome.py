"""An employer's 90-day statement: an endorsement in the stated wording, and in nothing else.

Pure. What binds it to one signed file is `endorsement`'s matter; who the employer is, and whether
it was asked, is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jobtwin.credential.contexts import JsonObject
from jobtwin.credential.endorsement import (
    OPTIONAL,
    Endorsement,
    SignedFile,
    Words,
    profile,
    read_endorsement,
    sign_endorsement,
    unsigned_endorsement,
)
from jobtwin.credential.keys import Signer
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
NAME = "90-day outcome"


@dataclass(frozen=True, slots=True)
class Statement:
    """What an employer's statement says, its proof not yet checked."""

    endorsement: Endorsement
    outcome: Outcome

    @property
    def document(self) -> JsonObject:
        """The whole document."""
        return self.endorsement.document

    @property
    def issuer(self) -> str:
        """The employer's DID."""
        return self.endorsement.issuer

    @property
    def employer(self) -> str:
        """What the employer calls itself."""
        return self.endorsement.name


def signed_statement(
    *,
    credential: SignedFile,
    number: int,
    employer: str,
    outcome: Outcome,
    signer: Signer,
    at: datetime,
) -> bytes:
    """Return an employer's statement on a credential, signed; raises `Refused`.

    `number` counts the employer's statements on it. `signer.key_id` is the verificationMethod, and
    its DID the issuer.
    """
    folder = credential.url.rpartition("/")[0]
    document = unsigned_endorsement(
        identifier=f"{folder}/outcome-{number}.json",
        name=NAME,
        issuer=profile(signer.key_id.partition("#")[0], employer),
        endorsed=credential,
        words=Words(wording(outcome), types(outcome)),
        at=at,
    )
    content = sign_endorsement(document, signer, at)
    read_statement(content)
    return content


def read_statement(content: bytes) -> Statement:
    """Return what a statement says; raises `Refused` for any other form. Proves nothing."""
    found = read_endorsement(content)
    document = found.document
    extra = document.keys() & OPTIONAL
    demands = [
        (document["name"] == NAME, f"its name is not {NAME!r}", "$.name"),
        (not extra, f"it has members of its own: {', '.join(sorted(extra))}", "$"),
        (document["issuer"].keys() == {"id", "type", "name"}, "its issuer says more", "$.issuer"),
    ]
    if wrong := [FORM.at(message, place) for holds, message, place in demands if not holds]:
        raise Refused(wrong)
    return Statement(found, read_wording(found.comment, found.says))
