"""A track and its parts in one file: a Comprehensive Learner Record 2.0 that embeds them signed.

The record is signed like any credential of ours; what it holds keeps its own proofs and its own
places on the status lists. It has the track's place too, so that it falls with the track.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from jobtwin.credential.achievement import SUBJECTS
from jobtwin.credential.contexts import CLR_CONTEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobtwin.credential.contexts import JsonObject


def clr_url(track_url: str) -> str:
    """Return where the record of a track's credential is published, from that one's id."""
    return f"{track_url.removesuffix('credential.json')}clr.json"


def unsigned_clr(track: JsonObject, parts: Sequence[JsonObject]) -> JsonObject:
    """Return the record without its proof, for a signed track and its signed parts, in order.

    Each part's achievement is a child of the track's (CLR 2.0, Association `isParentOf`).
    """
    subject: dict[str, Any] = {
        # An id of its own: what the track says of its subject is not said of this one.
        "id": f"urn:uuid:{uuid.uuid5(SUBJECTS, clr_url(track['id']))}",
        "type": ["ClrSubject"],
        "verifiableCredential": [track, *parts],
        "association": [_parent_of(track, part) for part in parts],
    }
    if "identifier" in track["credentialSubject"]:
        subject["identifier"] = track["credentialSubject"]["identifier"]
    status = track["credentialStatus"]
    return {
        "@context": list(CLR_CONTEXTS),
        "id": clr_url(track["id"]),
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": f"{track['name']}: learner record",
        "issuer": track["issuer"],
        "validFrom": track["validFrom"],
        "awardedDate": track["awardedDate"],
        "credentialSubject": subject,
        "credentialStatus": status | {"id": f"{status['id']}-clr"},
    }


def _parent_of(track: JsonObject, part: JsonObject) -> JsonObject:
    return {
        "type": ["Association"],
        "associationType": "isParentOf",
        "sourceId": track["credentialSubject"]["achievement"]["id"],
        "targetId": part["credentialSubject"]["achievement"]["id"],
    }
