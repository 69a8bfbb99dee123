"""Everything that belongs to a track's credential, gathered from the records of a commit."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.site import endorsements, signed
from jobtwin.site.sharing import sharing
from jobtwin.site.track_credential_page import PartTold, TrackDossier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.repository.ledger import Ledger
    from jobtwin.site.credential_page import Dossier


def track_dossiers(
    ledger: Ledger,
    parts: Mapping[str, Dossier],
    later: Mapping[str, str],
    lists: dict[str, bytes],
) -> Iterator[tuple[TrackDossier, dict[str, bytes]]]:
    """Yield every track's credential, with its files by their paths on the site.

    `parts` are the twins' credentials, `later` maps superseded credentials to what binds now, and
    `lists` are the status lists. Raises `EngineError` where something is missing.
    """
    drawn = signed.track_pictures(ledger)
    for identifier in ledger.credentials():
        issued = tuple(filed.record for filed in ledger.issued_track(identifier))
        if not issued:
            continue
        content = signed.signed_credential(ledger, identifier)
        folder, latest = layout.credential(identifier), issued[-1]
        signed.check_status(content, ledger.issuer, lists, folder)
        if missing := [p.credential for p in latest.parts if p.credential not in parts]:
            raise EngineError(f"{folder} cites {missing[0]}, which is not there", "run `audit`")
        dossier = TrackDossier(
            issuer=ledger.issuer,
            track=ledger.pinned_track(latest.definition),
            issued=issued,
            parts=tuple(PartTold(part, parts[part.credential]) for part in latest.parts),
            signed_digest="sha256:" + hashlib.sha256(content).hexdigest(),
            revoked=ledger.revoked(identifier),
            sharing=sharing(ledger.issuer, content),
            endorsements=endorsements.told(ledger, identifier),
            superseded_by=later.get(identifier),
            withdrawn=signed.withdrawn(ledger),
        )
        clr = ledger.tree.read(layout.signed_clr(identifier, latest.number))
        files = {f"{folder}/credential.json": content} | signed.signed_jwt(ledger, latest)
        files |= {f"{folder}/clr.json": clr} if clr is not None else {}
        files |= signed.baked(folder, f"tracks/{latest.track}", content, drawn)
        files |= endorsements.files(ledger, identifier)
        yield dossier, files
