"""A sealed attempt from its start to the end of its cohort's key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.acts import sealed_cohort
from tests.unit.acts.sealed_cohort import KEY, PLANTED, Played

from jobtwin import sealing
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
    claimed = played.desk.claim()
    record = played.attempt().last(Claim).record
    print(record, claimed)
    objects = played.objects()
    assert not any(word in objects for word in PLANTED)
