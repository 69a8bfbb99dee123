"""revoke: a credential no longer holds; the record first, then its bit in the next status list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtwin import keys
from jobtwin.acts.issue import OTHER_BATCH, signer_of
from jobtwin.acts.issue.lists import sign_lists
from jobtwin.credential.jsonbytes import jcs
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.credential import Revoked
from jobtwin.repository import moments
from jobtwin.rules.ledger import digest, sign
from jobtwin.yamlfile import unshowable

if TYPE_CHECKING:
    from datetime import datetime

    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Ledger

NO_CREDENTIAL = Code(
    "REV-020",
    "there is no such credential",
    why="Only what was issued can be revoked.",
    fix="Name the credential's id: the last folder of its URL.",
)
NO_REASON = Code(
    "REV-021",
    "the reason cannot be used",
    why="Everybody who relied on the credential may read why it no longer holds.",
    fix="Give the reason in plain words.",
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A revocation as it is shown to whoever approves it."""

    credential: str
    issued: str
    """Digest of the credential's latest record."""
    reason: str

    @property
    def digest(self) -> str:
        """What is approved."""
        data = {"format": 1, "revoke": self.credential, "issued": self.issued}
        return digest(jcs(data | {"reason": self.reason}))


def propose(ledger: Ledger, credential: str, reason: str) -> Proposal:
    """Return what would be revoked; needs no secret. Raises `Refused`."""
    issued = ledger.issued(credential) if len(credential) == 32 else ()
    if not issued:
        raise Refused([NO_CREDENTIAL.at(f"{ascii(credential)[:80]} was never issued")])
    if not reason.strip() or unshowable(reason):
        raise Refused([NO_REASON.at("it is empty or holds characters that cannot be shown")])
    return Proposal(credential, issued[-1].digest, reason)


def revoke(
    event: Event,
    ledger: Ledger,
    holders: Holders,
    credential: str,
    reason: str,
    effective: datetime,
    approved: str | None = None,
) -> Effects:
    """Revoke a credential; raises `Refused`. Revoking it again changes nothing.

    `approved` is the digest of the proposal, where somebody had to approve it.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    proposal = propose(ledger, credential, reason)
    if approved not in (None, proposal.digest):
        raise Refused([OTHER_BATCH.at(f"this revocation is {proposal.digest}")])
    if ledger.revoked(credential):
        return Effects(comment=f"{credential} is revoked already.")
    signer = signer_of(ledger, holders)
    key = signer.key_id.rsplit("#", 1)[-1]
    record = sign(
        Revoked(
            format=1,
            at=event.at,
            event=event.id,
            previous=proposal.issued,
            key=key,
            credential=credential,
            effective=effective,
            reason=reason,
        ),
        keys.under(key, signer),
    )
    return Effects(
        records={layout.revoked(credential): write(record)}
        | sign_lists(event.at, ledger, signer, also_revoked=credential),
        message=f"Revoke credential {credential[:8]}",
        comment=f"{credential} is revoked: {reason}",
    )
