"""A revoked credential: a record with its reason first, then the bit in the next status list."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jobtwin.acts.issue import issue
from jobtwin.acts.revoke import propose, revoke
from jobtwin.cli import _run
from jobtwin.credential.status import decode_list, is_set
from jobtwin.errors import Refused
from jobtwin.records import layout


@pytest.fixture
def credential(desk: Any) -> str:
    desk.graded(score=0.9)
    desk.apply(issue(desk.event(), desk.ledger(), desk.holders))
    (identifier,) = desk.ledger().credentials()
    return str(identifier)


def _revoke(
    desk: Any, credential: str, reason: str = "The repository was not the learner's."
) -> Any:
    event = desk.event()
    return desk.apply(revoke(event, desk.ledger(), desk.holders, credential, reason, event.at))


def _bits(desk: Any, version: int) -> bytes:
    content = desk.ledger().tree.read(layout.status_list(1, version))
    return decode_list(json.loads(content)["credentialSubject"]["encodedList"])


def test_the_bit_is_set_in_the_next_list_and_not_in_the_one_before(
    desk: Any, credential: str
) -> None:
    index = desk.ledger().issued(credential)[0].record.status.index
    _revoke(desk, credential)
    assert not is_set(_bits(desk, 1), index)
    assert is_set(_bits(desk, 2), index)


def test_the_reason_and_the_moment_are_on_record(desk: Any, credential: str) -> None:
    _revoke(desk, credential, "Withdrawn at the learner's wish.")
    record = desk.ledger().revoked(credential)
    assert (record.reason, record.effective) == ("Withdrawn at the learner's wish.", desk.now)


def test_revoking_again_changes_nothing(desk: Any, credential: str) -> None:
    _revoke(desk, credential)
    event = desk.event()
    again = revoke(event, desk.ledger(), desk.holders, credential, "Again.", event.at)
    assert again.records == {}


@pytest.mark.parametrize("name", ["f" * 32, "../../keys", ""])
def test_what_was_never_issued_cannot_be_revoked(desk: Any, name: str) -> None:
    with pytest.raises(Refused, match="REV-020"):
        _revoke(desk, name)


@pytest.mark.parametrize("reason", ["", "   ", "Reads \u202eother wise"])
def test_a_reason_must_be_readable(desk: Any, credential: str, reason: str) -> None:
    with pytest.raises(Refused, match="REV-021"):
        _revoke(desk, credential, reason)


def test_a_revocation_is_shown_without_any_secret_and_then_done_as_shown(
    desk: Any, credential: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "The repository was not the learner's."
    words = ["revoke", "show", credential, "--reason", reason, "--repo", str(desk.git.path)]
    assert _run([*words, "--github-output", str(tmp_path / "output")]) == 0
    assert reason in capsys.readouterr().out
    proposal = propose(desk.ledger(), credential, reason)
    assert f"batch={proposal.digest}\n" in (tmp_path / "output").read_text()
    event = desk.event()
    given = (event, desk.ledger(), desk.holders, credential)
    with pytest.raises(Refused, match="ISS-001"):
        revoke(*given, "Another reason.", event.at, proposal.digest)
    assert revoke(*given, reason, event.at, proposal.digest).records


def test_on_github_nothing_is_revoked_that_was_not_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run(["revoke", "f" * 32, "--reason", "No.", "--on", "github"]) == 2
    assert "--batch" in capsys.readouterr().err
