"""Everything that belongs to a track's credential, gathered from the records of a commit."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.site import bundles, endorsements, retakes, signed
from jobtwin.site.sharing import sharing
from jobtwin.site.track_credential_page import PartTold, TrackDossier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.repository.ledger import Ledger
    from jobtwin.site.credential_page import Dossier
    from jobtwin.site.dossiers import Shared


def track_dossier(
    ledger: Ledger,
    common: Shared,
    identifier: str,
    parts: Mapping[str, Dossier],
    superseded_by: str | None,
) -> tuple[TrackDossier, dict[str, bytes]]:
    """Return a track's credential with what the site serves of it as it is.

    `parts` are the twins' credentials that it cites. Raises `EngineError` where something is
    missing.
    """
    issued = tuple(filed.record for filed in ledger.issued_track(identifier))
    content = signed.signed_credential(ledger, identifier)
    folder, latest = layout.credential(identifier), issued[-1]
    signed.check_status(content, ledger.issuer, common.lists, folder)
    if missing := [p.credential for p in latest.parts if p.credential not in parts]:
        raise EngineError(f"{folder} cites {missing[0]}, which is not there", "run `audit`")
    found = TrackDossier(
        issuer=ledger.issuer,
        track=ledger.pinned_track(latest.definition),
        issued=issued,
        parts=tuple(PartTold(part, parts[part.credential]) for part in latest.parts),
        signed_digest="sha256:" + hashlib.sha256(content).hexdigest(),
        revoked=ledger.revoked(identifier),
        sharing=sharing(ledger.issuer, content),
        endorsements=endorsements.told(ledger, identifier),
        superseded_by=superseded_by,
        withdrawn=common.withdrawn,
    )
    clr = ledger.tree.read(layout.signed_clr(identifier, latest.number))
    files = {f"{folder}/credential.json": content} | signed.signed_jwt(ledger, latest)
    files |= {f"{folder}/clr.json": clr} if clr is not None else {}
    files |= signed.baked(folder, f"tracks/{latest.track}", content, common.frames)
    files |= endorsements.files(ledger, identifier)
    files |= retakes.pointer(ledger.issuer, identifier, superseded_by)
    bundle = bundles.listed(ledger, identifier, {**common.served, **files})
    return replace(found, bundle=bundle), files
