"""The issuer's key is stolen after a track was cleared: the track cites what is signed again."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tests.attacks.two_twins import FIRST, LEA, SECOND, TwoTwins

from jobtwin import multikey
from jobtwin.acts import rekey
from jobtwin.acts.audit import audit
from jobtwin.acts.issue import approved, batch, issue
from jobtwin.credential.keys import SeedSigner
from jobtwin.keys import Holders
from jobtwin.records import layout
from jobtwin.repository import append
from jobtwin.repository.append import Author
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.forge.events import Effects

NEW = hashlib.sha256(b"NOT A SECRET new").digest()
WHO = Author("A Founder", "founder@people.invalid")


def _changed(play: TwoTwins, files: dict[str, bytes]) -> None:
    append.add(play.forge.origin, files, "Keys", play.forge.now, WHO)
    play.forge.wait(minutes=5)


def _issued_by(play: TwoTwins, holders: Holders) -> Effects:
    listed, event = play.ledger(batch), play.forge.dispatch()
    return play.act(
        event, lambda ledger: issue(event, ledger, holders, approved(ledger, listed.digest))
    )


def _read(play: TwoTwins, path: str) -> bytes:
    content: bytes = play.ledger(lambda ledger: ledger.tree.read(path))
    return content


def test_parts_and_track_are_signed_again_by_one_approval(tmp_path: Path) -> None:
    play = TwoTwins(tmp_path).calibrated()
    for twin in (FIRST, SECOND):
        play.passes(LEA, twin)
    play.issues()
    name, now = play.track_credential(LEA), play.forge.now
    public = multikey.encode(SeedSigner("", NEW).public_key)
    _changed(play, play.ledger(lambda ledger: rekey.add(ledger, "key-2026-2", public, now)))
    _changed(play, play.ledger(lambda ledger: rekey.compromise(ledger, "key-2026-1", now)))
    listed = play.ledger(batch)
    assert name in {item.record.credential for item in listed.again}
    assert len(listed.again) == 3
    assert listed.tracks == ()

    holders = Holders({**play.holders.secrets, "issuer": f"key-2026-2:{NEW.hex()}"})
    done = _issued_by(play, holders)
    assert done.comment == "0 credentials signed. 3 signed again."
    track = play.ledger(lambda ledger: ledger.issued_track(name)[-1].record)
    assert [part.number for part in track.parts] == [2, 2]
    for part in track.parts:
        assert part.digest == digest(_read(play, layout.signed(part.credential, 2)))
    before, after = (json.loads(_read(play, layout.signed(name, n))) for n in (1, 2))
    for member in ("id", "awardedDate", "credentialStatus", "credentialSubject"):
        assert after[member] == before[member]
    assert after["relatedResource"] != before["relatedResource"]

    assert play.ledger(batch).is_empty
    report = audit(play.forge.origin)
    assert report.divergences == (), report.text()
    assert report.checked["learner records derived again"] == 2
    for commit in play.forge.origin.text("rev-list", "-n", "4", "main").split():
        assert audit(play.forge.origin, since=commit).divergences == ()
