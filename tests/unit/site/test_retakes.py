"""What binds now in the place of a superseded credential."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobtwin.records.credential import AnyIssued, Issued, StatusEntry
from jobtwin.site.retakes import binding_now

HASH = "sha256:" + "a" * 64


def _issued(number: int, supersedes: str | None) -> AnyIssued:
    return Issued(
        format=1,
        at=datetime(2026, 11, 2, tzinfo=UTC) + timedelta(days=number),
        event="test:1",
        key="key-2026-1",
        credential=_name(number),
        number=1,
        attempt=_name(number),
        decision=HASH,
        verification_method="did:web:a.example#key-2026-1",
        status=StatusEntry(list=1, index=number),
        best_of=number,
        supersedes=supersedes,
        digest=HASH,
    )


def _name(number: int) -> str:
    return f"{number:032x}"


def _told(chain: dict[int, int | None], revoked: set[int]) -> dict[int, int]:
    latest = {
        _name(n): _issued(n, None if before is None else _name(before))
        for n, before in chain.items()
    }
    found = binding_now(latest, {_name(n) for n in revoked})
    return {int(old, 16): int(new, 16) for old, new in found.items()}


@pytest.mark.parametrize(
    ("chain", "revoked", "expected"),
    [
        ({1: None}, set(), {}),
        ({1: None, 2: 1}, set(), {1: 2}),
        ({1: None, 2: 1, 3: 2}, set(), {1: 3, 2: 3}),
        ({1: None, 2: 1}, {2}, {}),
        ({1: None, 2: 1, 3: 1}, {2}, {1: 3}),
        ({1: None, 2: 1, 3: 2}, {2}, {1: 3, 2: 3}),
    ],
)
def test_the_last_one_that_stands_is_pointed_to(
    chain: dict[int, int | None], revoked: set[int], expected: dict[int, int]
) -> None:
    assert _told(chain, revoked) == expected


def test_a_circle_that_somebody_forged_ends() -> None:
    assert _told({1: 2, 2: 1}, set()) == {1: 2, 2: 1}
