"""revoke: a credential no longer holds; the record first, then its bit in the next status list.

A track's credential falls with each of its parts: its own revocation is written in the same batch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtwin import keys
from jobtwin.acts.issue import OTHER_BATCH, signer_of
from jobtwin.acts.issue.lists import sign_lists
from jobtwin.acts.issue.track import citing
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
    falls: tuple[tuple[str, str], ...] = ()
    """The tracks' credentials that cite it, each with the digest of its latest record."""

    @property
    def digest(self) -> str:
        """What is approved."""
        data: dict[str, object] = {"format": 1, "revoke": self.credential, "issued": self.issued}
        if self.falls:
            data["falls"] = [name for name, _ in self.falls]
        return digest(jcs(data | {"reason": self.reason}))


def propose(ledger: Ledger, credential: str, reason: str) -> Proposal:
    """Return what would be revoked; needs no secret. Raises `Refused`."""
    issued = ledger.issued_any(credential) if len(credential) == 32 else ()
    if not issued:
        raise Refused([NO_CREDENTIAL.at(f"{ascii(credential)[:80]} was never issued")])
    if not reason.strip() or unshowable(reason):
        raise Refused([NO_REASON.at("it is empty or holds characters that cannot be shown")])
    falls = ((filed.record.credential, filed.digest) for filed in citing(ledger, credential))
    return Proposal(credential, issued[-1].digest, reason, tuple(falls))


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
    signer = signer_of(ledger, holders)
    plain = keys.under(signer.key_id.rsplit("#", 1)[-1], signer)
    own = () if ledger.revoked(credential) else ((credential, proposal.issued, reason, None),)
    fallen = (
        (name, tip, f"Its part, credential {credential}, was revoked.", credential)
        for name, tip in proposal.falls
    )
    records = {}
    for name, tip, why, part in (*own, *fallen):
        record = Revoked(
            format=1,
            at=event.at,
            event=event.id,
            previous=tip,
            key=plain.key_id,
            credential=name,
            effective=effective,
            reason=why,
            part=part,
        )
        records[name] = write(sign(record, plain))
    if not records:
        return Effects(comment=f"{credential} is revoked already.")
    return Effects(
        records={layout.revoked(name): content for name, content in records.items()}
        | sign_lists(event.at, ledger, signer, also_revoked=records),
        message=f"Revoke credential {credential[:8]}",
        comment=_words(credential, reason, [name for name, _ in proposal.falls]),
    )


def _words(credential: str, reason: str, fallen: list[str]) -> str:
    words = f"{credential} is revoked: {reason}"
    return f"{words} With it falls {', '.join(fallen)}, which cites it." if fallen else words
