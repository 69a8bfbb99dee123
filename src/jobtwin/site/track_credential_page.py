"""A track credential's page: which twins were cleared, how well, and whether all of it still holds.

Made from records like a twin credential's page, of which it shows one line each and links the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.site.credential_page import Page, how_sure
from jobtwin.site.markup import number, templates

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from jobtwin.records.credential import IssuedTrack, Revoked, TrackPart
    from jobtwin.records.organisation import Issuer
    from jobtwin.records.track import Track
    from jobtwin.site.credential_page import Dossier
    from jobtwin.site.endorsements import EndorsementTold
    from jobtwin.site.sharing import Sharing


@dataclass(frozen=True, slots=True)
class PartTold:
    """A part as the track cites it, with what its own page is made from."""

    part: TrackPart
    dossier: Dossier

    @property
    def sentences(self) -> tuple[str, ...]:
        """How sure the grading of the part is, in words."""
        return tuple(how_sure(judge.claim.calibration.agreement) for judge in self.dossier.judges)


@dataclass(frozen=True, slots=True)
class TrackDossier:
    """All records that a track credential's page is made from."""

    issuer: Issuer
    track: Track
    """As it was when the credential was issued."""
    issued: tuple[IssuedTrack, ...]
    """Every time it was issued, the first one first."""
    parts: tuple[PartTold, ...]
    """In the order of the track."""
    signed_digest: str
    """SHA-256 of the signed file that is served."""
    revoked: Revoked | None = None
    sharing: Sharing | None = None
    endorsements: tuple[EndorsementTold, ...] = ()
    """What mentors of its parts say of it under their own keys."""
    superseded_by: str | None = None
    withdrawn: Mapping[str, datetime] = field(default_factory=dict)
    """The issuer's compromised keys, by their verificationMethods, and since when."""
    bundle: str = ""
    """What the bundle is made from, as `bundles.listed` says."""

    @property
    def id(self) -> str:
        """The credential's id."""
        return self.issued[-1].credential

    @property
    def url(self) -> str:
        """Where the signed file stands, which is also the credential's id for others."""
        return f"{self.issuer.url}/{layout.credential(self.id)}/credential.json"

    @property
    def fallen(self) -> tuple[PartTold, ...]:
        """The parts that were revoked."""
        return tuple(one for one in self.parts if one.dossier.revoked)

    @property
    def state(self) -> str:
        """Return `revoked`, `fallen`, `unsigned`, `superseded` or `holds`."""
        if self.revoked:
            return "revoked"
        if self.fallen:
            return "fallen"
        if self.issued[-1].verification_method in self.withdrawn:
            return "unsigned"
        return "superseded" if self.superseded_by else "holds"


def track_credential_page(dossier: TrackDossier) -> Page:
    """Return the page of a track's credential."""
    starts = [told.dossier.started for told in dossier.parts]
    article = (
        templates()
        .get_template("track_credential.html")
        .render(
            d=dossier,
            public=sorted({one.public_name for one in starts if one.public_name}),
            # The browser checks one hash: what the last part was issued to.
            recipient=next((one.recipient for one in reversed(starts) if one.recipient), None),
            root="../../..",
            folder=layout.credential,
        )
    )
    said = {"holds": "", "superseded": "Superseded: ", "unsigned": "Not validly signed now: "}
    prefix = said.get(dossier.state, "Revoked: ")
    scores = ", ".join(number(told.dossier.decision.overall) for told in dossier.parts)
    return Page(
        title=f"{prefix}{dossier.track.title}",
        description=f"{prefix}{len(dossier.parts)} Job Twins cleared, overall scores {scores}.",
        article=article,
        picture=dossier.track.id,
    )
