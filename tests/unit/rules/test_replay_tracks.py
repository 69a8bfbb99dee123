"""What a track's credential may cite, and when it may be signed again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from jobtwin.records.credential import IssuedTrack, StatusEntry, TrackPart
from jobtwin.rules.replay.tracks import Held, check_parts, check_track_again

HASH = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
TWINS = ("jt-first-1", "jt-second-2")
ONE, TWO = "1" * 32, "2" * 32
PATH = "credentials/00/x/track-1.yml"


def _part(twin: str, credential: str, **changes: Any) -> TrackPart:
    data: dict[str, Any] = {"twin": twin, "credential": credential, "number": 1, "digest": HASH}
    return TrackPart(**data | changes)


def _record(**changes: Any) -> IssuedTrack:
    data: dict[str, Any] = {
        "format": 1,
        "at": datetime(2026, 11, 2, tzinfo=UTC),
        "event": "test:1",
        "key": "key-2026-1",
        "credential": "c" * 32,
        "number": 1,
        "track": "two-twins",
        "definition": "d" * 40,
        "parts": (_part(TWINS[0], ONE), _part(TWINS[1], TWO)),
        "verification_method": "did:web:a.example#key-2026-1",
        "jwt_key": "https://a.example/keys/x.jwk.json",
        "status": StatusEntry(list=1, index=7),
        "digest": HASH,
    }
    return IssuedTrack(**data | changes)


def _held(twin: str, /, **changes: Any) -> Held:
    data: dict[str, Any] = {
        "twin": twin,
        "subject": "s",
        "number": 1,
        "digest": HASH,
        "binds": True,
        "is_revoked": False,
        "outcomes": (),
    }
    return Held(**data | changes)


def _said(record: IssuedTrack, **of_the_first: Any) -> list[str]:
    held = {ONE: _held(TWINS[0], **of_the_first), TWO: _held(TWINS[1])}
    return [finding.message for finding in check_parts(record, PATH, TWINS, held)]


def test_what_is_cleared_may_be_cited() -> None:
    assert _said(_record()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subject": "another"}, "more than one learner"),
        ({"twin": "jt-second-2"}, "is for jt-second-2"),
        ({"number": 2}, "is served as file number 2"),
        ({"digest": OTHER}, "is served as file number 1"),
        ({"is_revoked": True, "binds": False}, "was revoked"),
        ({"binds": False}, "is not of the attempt that binds"),
    ],
)
def test_what_is_not_the_learners_result_is_told(changes: dict[str, Any], words: str) -> None:
    (said,) = _said(_record(), **changes)
    assert words in said


def test_statements_that_came_later_are_no_contradiction() -> None:
    first, second = _record().parts
    cited = first.model_copy(update={"outcomes": (OTHER,)})
    record = _record(parts=(cited, second))
    assert _said(record, outcomes=(OTHER, HASH)) == []
    assert _said(record, outcomes=()) != []


@pytest.mark.parametrize("changes", [{"is_revoked": True}, {"binds": False}])
def test_signed_again_it_may_cite_what_fell_or_was_beaten_since(changes: dict[str, Any]) -> None:
    assert _said(_record(number=2), **changes) == []


def _again(compromised: tuple[str, ...] = (), **changes: Any) -> list[str]:
    later = _record(number=2, **changes)
    return [f.message for f in check_track_again(_record(), later, PATH, compromised)]


def test_it_is_signed_again_for_a_stolen_key_or_a_renewed_part_only() -> None:
    first, second = _record().parts
    renewed = first.model_copy(update={"number": 2, "digest": OTHER})
    assert _again(compromised=("did:web:a.example#key-2026-1",)) == []
    assert _again(parts=(renewed, second)) == []
    (said,) = _again()
    assert "was not compromised" in said


def test_signed_again_it_says_the_same_of_the_same_parts() -> None:
    stolen = ("did:web:a.example#key-2026-1",)
    assert _again(stolen, supersedes="e" * 32) == ["`supersedes` is not what it was"]
    assert _again(stolen, parts=_record().parts[:1]) == ["its parts are not those it had"]
