"""A sealed attempt from its start to the end of its cohort's key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.acts import sealed_cohort
from tests.unit.acts.sealed_cohort import KEY, PLANTED, TWIN, Played

from jobtwin import sealing
from jobtwin.acts import bundle
from jobtwin.acts.seal import feedback
from jobtwin.credential.endorser import signer_from_ssh
from jobtwin.records import layout
from jobtwin.records.grade import Claim
from jobtwin.rules import visibility

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def played(desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    monkeypatch.setattr(visibility, "MISSING", ())
    return Played(desk, tmp_path)


def test_the_way(played: Played) -> None:
    started = played.start()
    assert started.sealed_to == sealing.public_half(KEY).hex()
    receipt = played.push(played.box())
    assert (receipt.ruling, receipt.reasons) == ("accepted", ())
    played.push(played.box("post-mortem", final=True))
    task = played.due()
    assert task.submission.files["hidden_name.py"] == sealed_cohort.WORK
    assert task.submission.inbox["updates/01.yml"] == sealed_cohort.UPDATE
    played.evaluate()
    played.desk.claim()
    record = played.attempt().last(Claim).record
    key = played.desk.keys / "mia"
    seed = signer_from_ssh(key.read_bytes()).seed
    files = bundle.bundle(played.desk.ledger(), TWIN, record.review_id, lambda: seed)
    assert files["work/hidden_name.py"] == sealed_cohort.WORK
    assert sealed_cohort.NOTE.encode() in files["report.md"]
    played.review()
    decision = played.decide()
    assert decision.verdict == "pass"
    box = played.desk.ledger().tree.read(layout.feedback(TWIN, started.attempt, 1))
    (kept,) = (played.home / ".jobtwin").glob("feedback-*.key")
    words = feedback.read(box, [bytes.fromhex(kept.read_text())])
    assert sealed_cohort.REVIEW in words
    assert sealed_cohort.NOTE in words
    objects = played.objects()
    assert not any(word in objects for word in PLANTED)
