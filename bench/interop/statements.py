"""What is said of our credentials, and what they are put together into.

A mentor's endorsement (`did:key`), an employer's statement (`did:web` of the employer's own), the
credential of a whole track, and the learner record that embeds it with its parts (CLR 2.0).
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from bench import credentials
from bench.credentials import Desk, entropy
from jobtwin.credential import clr, did
from jobtwin.credential.achievement import Facts, unsigned_credential
from jobtwin.credential.endorsement import (
    SignedFile,
    Words,
    did_key,
    did_key_method,
    profile,
    sign_endorsement,
    unsigned_endorsement,
)
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.keys import IssuerKey, SeedSigner, did_document
from jobtwin.credential.outcome import signed_statement
from jobtwin.credential.program import Cited, TrackFacts, unsigned_track
from jobtwin.credential.proof import sign
from jobtwin.records.base import load
from jobtwin.records.credential import IssuedTrack, StatusEntry, TrackPart
from jobtwin.records.outcome import Outcome
from jobtwin.records.track import Track
from jobtwin.repository.definitions import read_twin

EMPLOYER = "did:web:employer.example"
TRACK = "production-ai-engineer"


def endorsement(signed: bytes, url: str) -> bytes:
    """Return a mentor's word on the file `signed`, which stays at `url`."""
    key = SeedSigner("", entropy("mentor ada"))
    mentor = SeedSigner(did_key_method(key.public_key), key.seed)
    document = unsigned_endorsement(
        identifier=f"{url.rpartition('/')[0]}/endorsement-ada.json",
        name="Endorsement by a mentor who graded the work",
        issuer=profile(did_key(key.public_key), "Mentor ada"),
        endorsed=SignedFile(signed, url),
        words=Words("I graded the work behind this credential, and I stand by what it says."),
        at=credentials.ISSUED_AT,
    )
    return sign_endorsement(document, mentor, credentials.ISSUED_AT)


def statement(signed: bytes, url: str) -> tuple[bytes, dict[str, bytes]]:
    """Return an employer's statement on the file `signed`, and the employer's own site."""
    at = credentials.ISSUED_AT
    employer = SeedSigner(f"{EMPLOYER}#hiring-1", entropy("employer"))
    content = signed_statement(
        credential=SignedFile(signed, url),
        number=1,
        employer="An employer",
        outcome=Outcome(hired=True, in_role=True, again=True),
        signer=employer,
        at=at,
    )
    key = IssuerKey("hiring-1", employer.public_key, at - timedelta(days=9))
    return content, {did.did_web_url(EMPLOYER): did_document(EMPLOYER, [key])}


def track(desk: Desk) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the signed credential of a whole track, and the signed record of it with its parts."""
    path = credentials.PROJECT / "tracks" / f"{TRACK}.yml"
    definition = load(Track, path.read_bytes(), str(path)).record
    twins = [read_twin(credentials.PROJECT, part.twin) for part in definition.twins]
    facts = [credentials.facts(desk.issuer, twin, desk.signer, n) for n, twin in enumerate(twins)]
    parts = [_sign(desk, unsigned_credential(one)) for one in facts]
    cited = tuple(
        Cited(_part(one, part), one) for one, part in zip(facts, map(to_bytes, parts), strict=True)
    )
    issued = IssuedTrack(
        format=1,
        at=credentials.ISSUED_AT,
        event="workflow_dispatch:9",
        key=credentials.FRAGMENT,
        credential=entropy("track")[:16].hex(),
        number=1,
        track=definition.id,
        definition=entropy("definition")[:20].hex(),
        parts=tuple(one.part for one in cited),
        verification_method=desk.signer.key_id,
        jwt_key="none",
        status=StatusEntry(list=1, index=77),
        digest="sha256:" + "0" * 64,
    )
    whole = _sign(desk, unsigned_track(TrackFacts(desk.issuer, definition, issued, cited)))
    return whole, _sign(desk, clr.unsigned_clr(whole, parts))


def _part(facts: Facts, signed: bytes) -> TrackPart:
    return TrackPart(
        twin=facts.twin.id,
        credential=facts.issued.credential,
        number=1,
        digest=f"sha256:{hashlib.sha256(signed).hexdigest()}",
    )


def _sign(desk: Desk, document: dict[str, Any]) -> dict[str, Any]:
    return sign(document, desk.signer, credentials.ISSUED_AT)
