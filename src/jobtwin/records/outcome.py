"""outcomes/: what an employer says 90 days after a holder began, and who was asked at all.

`outcomes/keys.yml` names employers; `<shard>/<id>/` holds, for one credential, the learner's
consent (`consented.yml`), the question (`asked.yml`), and each answer (`<n>.json` as it was signed,
with `attested-<n>.yml`). That nobody answered is never written: it follows from `answer_by`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from jobtwin.records import forms
from jobtwin.records.base import Digest, Hex32, Line, Moment, Part, Record, Slug
from jobtwin.records.ledger import LedgerRecord

EmployerDid = Annotated[str, StringConstraints(pattern=forms.EMPLOYER_DID, max_length=300)]
Channel = Literal["mail", "telephone", "letter", "meeting", "form"]


class Employer(Part):
    """An employer whose key an operator looked at: `did:web`, or `did:key` for a bare key."""

    id: Slug
    name: Line
    did: EmployerDid
    since: Moment
    until: Moment | None = None
    """Signs nothing new from then on; what was signed before still counts."""
    compromised: Moment | None = None
    """Somebody else may sign with it: nothing that it signed counts any more."""


class Employers(Record):
    """outcomes/keys.yml: the employers whose keys were merged. Entries gain dates, none goes."""

    employers: tuple[Employer, ...]


class Consent(Record):
    """outcomes/inbox/consent.yml: a learner lets one employer be asked about one credential."""

    credential: Hex32
    """The last folder of the credential's URL."""
    employer: EmployerDid
    began: Moment
    """The first day at work, at midnight: the employer is asked 90 days later at the earliest."""
    agree: Literal[True]
    """“This employer may be asked, and its answer is published beside my credential for ever.”"""


class Consented(LedgerRecord):
    """The learner agreed, from the account that earned the credential."""

    kind: Literal["consented"] = "consented"
    credential: Hex32
    issued: Digest
    """The credential's latest record."""
    employer: EmployerDid
    began: Moment


class Asked(LedgerRecord):
    """The employer was asked, once; from then on the credential is in the rate's denominator."""

    kind: Literal["asked"] = "asked"
    credential: Hex32
    employer: EmployerDid
    how: Channel
    answer_by: Moment
    """Without an answer by then the employer counts as silent; a later answer still counts."""


class Attested(LedgerRecord):
    """An employer's statement came in, and its signature held then."""

    kind: Literal["attested"] = "attested"
    credential: Hex32
    number: Annotated[int, Field(ge=1)]
    """Counts statements of this employer on this credential; the highest one binds."""
    statement: Digest
    """Of `<n>.json`, the signed EndorsementCredential."""
    endorses: Annotated[int, Field(ge=1)]
    """Which signed file of the credential the statement has the digest of."""
    issuer: EmployerDid
    verification_method: Line
    did_document: Digest | None = None
    """Of `did-<n>.json`, the bytes that a did:web led to; absent for a did:key."""


class Outcome(Part):
    """What the statement says; `None` where the employer does not say it."""

    hired: bool
    in_role: bool | None = None
    """Whether the holder was in the role 90 days after beginning."""
    again: bool | None = None
    """Whether the employer would hire the holder again."""
    comment: str | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the holder was hired and still in the role after 90 days."""
        return self.hired and self.in_role is True
