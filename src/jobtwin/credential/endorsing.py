"""A mentor's endorsement of a credential of ours: one wording around one comment, nothing else.

Pure. Everything but the comment and the date follows from the records, so that what is handed in
is compared with what it has to be, and not searched for what it must not be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from jobtwin.credential.achievement import credential_url
from jobtwin.credential.endorsement import (
    Endorsement,
    SignedFile,
    Words,
    check_proof,
    did_key,
    did_key_method,
    profile,
    unsigned_endorsement,
)
from jobtwin.credential.endorser import public_bytes
from jobtwin.credential.keys import timestamp
from jobtwin.credential.proof import PURPOSE, SUITE, unsigned
from jobtwin.findings import Code, Finding
from jobtwin.records import layout

if TYPE_CHECKING:
    from jobtwin.credential.contexts import JsonObject
    from jobtwin.records.organisation import Issuer, Mentor

OTHER_FILE = Code(
    "END-010",
    "the endorsement is not of the credential's file as it is signed now",
    why="A mentor's word is bound to the very bytes that he saw; the credential may have been "
    "signed again since, or this may be another one's.",
    fix="Bring your clone up to date, and endorse the credential again as it is.",
)
OTHER_FORM = Code(
    "END-011",
    "the endorsement is not what `jobtwin review endorse` writes",
    why="Beside a credential stands what a mentor says of it, and nothing that looks like more.",
    fix="Write it by `jobtwin review endorse`, and hand the file in unchanged.",
)
NAME = "Endorsement by a mentor who graded the work"
STANDS_BY = "I graded the work behind this credential, and I stand by what it says of it."
"""What a mentor says who gives no words of his own."""


@dataclass(frozen=True, slots=True)
class Target:
    """One signed file of a credential."""

    issuer: Issuer
    credential: str
    number: int
    content: bytes

    @property
    def file_url(self) -> str:
        """Where just these bytes stay, whatever is signed later."""
        return f"{self.issuer.url}/{layout.signed(self.credential, self.number)}"

    def endorsement_url(self, mentor: str) -> str:
        """Return where a mentor's endorsement of this file is published."""
        return f"{self.issuer.url}/{layout.endorsement(self.credential, mentor, self.number)}"


def mentors_endorsement(target: Target, mentor: Mentor, comment: str, at: datetime) -> JsonObject:
    """Return what a mentor signs; raises `Refused` where the file is no credential."""
    return unsigned_endorsement(
        identifier=target.endorsement_url(mentor.id),
        name=NAME,
        issuer=profile(did_key(public_bytes(mentor.key)), mentor.name),
        endorsed=SignedFile(target.content, target.file_url),
        words=Words(comment),
        at=at,
    )


def check_endorsement(
    endorsement: Endorsement, target: Target, mentor: Mentor
) -> Iterator[Finding]:
    """Yield why an endorsement is not this mentor's of this file: file, form, key and signature."""
    if endorsement.credential != credential_url(target.issuer, target.credential):
        yield OTHER_FILE.at(f"it endorses {endorsement.credential[:200]}", "$.credentialSubject.id")
        return
    if not endorsement.is_over(target.content):
        message = f"the digest is not that of {target.file_url}"
        yield OTHER_FILE.at(message, "$.relatedResource[0].digestSRI")
        return
    given = unsigned(endorsement.document)
    expected = mentors_endorsement(target, mentor, endorsement.comment, endorsement.valid_from)
    for name in expected.keys() | given.keys():
        if given.get(name) != expected.get(name):
            yield OTHER_FORM.at(f"`{name}` is another than it has to be", f"$.{name}")
    method = did_key_method(public_bytes(mentor.key))
    options = {
        "type": "DataIntegrityProof",
        "created": timestamp(endorsement.valid_from),
        "verificationMethod": method,
        "cryptosuite": SUITE,
        "proofPurpose": PURPOSE,
    }
    if endorsement.proof.options != options:
        yield OTHER_FORM.at("the proof is by another key, or says more than it has to", "$.proof")
    yield from check_proof(endorsement, public_bytes(mentor.key))
