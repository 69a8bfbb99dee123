"""A mentor whose later round falls short: what stops, what comes back, what rests on him."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.calibrate.affected import affected
from jobtwin.acts.issue import issue
from jobtwin.acts.revoke import revoke
from jobtwin.acts.sweep import due_attempts
from jobtwin.cli import _run
from jobtwin.errors import Refused
from jobtwin.forge import answering
from jobtwin.forge.events import Account
from jobtwin.records.base import load, write
from jobtwin.records.grade import Claim, Reviewed
from jobtwin.repository import append, drifts, queues
from jobtwin.rules import gold
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from collections.abc import Callable

TWIN = "jt-incident-4"
MENTOR, OTHER = Account(501, "mia"), Account(502, "max")


def _fails(desk: Any, mentor: str = "mia") -> None:
    """Let a mentor's next round fall short, on a set that is new to him."""
    desk.wait(minutes=5)
    made = [
        type(item)({"report.md": f"# Later {n}\n".encode()}, item.scores, item.defects)
        for n, item in enumerate(desk.items)
    ]
    key = gold.public_key(desk.holders.gold)
    sealed = gold.seal(desk.twin(), "set-2", made, key, b"s" * 16, desk.now)
    append.add(desk.git, sealed, "Another gold set", desk.now)
    desk.calibrate(mentor, wrong_every=2, number=2, set_id="set-2")
    desk.wait(minutes=5)


def _stops(desk: Any) -> None:
    """Let hidden items stop a mentor."""
    desk.stop()


STOPS: list[Callable[..., Any]] = [_fails, _stops]


@pytest.mark.parametrize("stop", STOPS)
def test_an_open_claim_is_back_in_front_at_once(desk: Any, stop: Callable[..., Any]) -> None:
    first = desk.evaluated_attempt(1001)
    claimed = desk.claim()
    desk.evaluated_attempt(1002)
    stop(desk)
    waiting = queues.register(desk.ledger(), TWIN).waiting(TWIN, desk.now)
    assert waiting[0].candidate.attempt == first == claimed.attempt
    assert claimed.due > desk.now


@pytest.mark.parametrize("stop", STOPS)
def test_another_mentor_sees_the_claim_that_came_back(desk: Any, stop: Callable[..., Any]) -> None:
    attempt = desk.evaluated_attempt()
    desk.claim()
    stop(desk)
    assert desk.claim(OTHER).attempt == attempt
    assert not {"AUD-130", "AUD-131", "AUD-132", "AUD-133", "AUD-134"} & desk.divergences()


@pytest.mark.parametrize("stop", STOPS)
def test_a_review_for_the_ended_claim_is_refused(desk: Any, stop: Callable[..., Any]) -> None:
    attempt = desk.evaluated_attempt()
    desk.claim()
    stop(desk)
    with pytest.raises(Refused) as caught:
        desk.review(desk.written(attempt))
    assert [finding.code for finding in caught.value.findings] == ["REV-007"]
    assert "fell below the floor" in caught.value.findings[0].message


@pytest.mark.parametrize("stop", STOPS)
def test_the_mentor_draws_nothing_more(desk: Any, stop: Callable[..., Any]) -> None:
    desk.evaluated_attempt()
    stop(desk)
    with pytest.raises(Refused, match="CLM-003"):
        desk.claim()


def test_a_claim_after_the_next_good_round_stands(desk: Any) -> None:
    desk.evaluated_attempt(1001)
    ended = desk.claim()
    desk.stop()
    made = [
        type(item)({"report.md": f"# Third {n}\n".encode()}, item.scores, item.defects)
        for n, item in enumerate(desk.items)
    ]
    key = gold.public_key(desk.holders.gold)
    sealed = gold.seal(desk.twin(), "set-3", made, key, b"s" * 16, desk.now)
    append.add(desk.git, sealed, "Another gold set", desk.now)
    desk.calibrate("mia", number=2, set_id="set-3")
    desk.wait(minutes=5)
    second = desk.evaluated_attempt(1002)
    again = desk.claim()
    assert again.attempt == second != ended.attempt
    assert _ended_at(desk, again) is None
    desk.review(desk.written(second))
    assert "AUD-133" not in desk.divergences()


def test_the_learner_and_the_mentor_are_told(desk: Any) -> None:
    attempt = desk.evaluated_attempt()
    claimed = desk.claim()
    desk.stop()
    ledger, event = desk.ledger(), desk.event()
    known = ledger.attempt(TWIN, attempt)
    now = answering.standing_of(ledger, desk.holders.subject, known, event)
    assert now.stage == "waiting-for-mentor"
    assert "grades no more for now" in now.comment
    forge = type("Forge", (), {"event": desk.event()})()
    (errand,) = due_attempts(forge, ledger, desk.holders)
    assert errand.act is not None
    (reminder,) = errand.act(ledger).reminders
    assert reminder.key == f"ended:{claimed.review_id}"
    assert "taken from `mia`" in reminder.text


def test_a_review_that_a_thief_of_the_desk_key_takes_in_all_the_same_is_found(desk: Any) -> None:
    attempt = desk.evaluated_attempt()
    desk.claim()
    written = desk.written(attempt)
    effects = _unsaved(desk, written)
    desk.stop()
    path = next(name for name in effects if name.rpartition("/")[2].startswith("reviewed"))
    record = load(Reviewed, effects[path]).record.model_copy(update={"at": desk.now})
    effects[path] = write(sign(record, desk.holders.signer("desk")))
    append.add(desk.git, effects, "Forged", desk.now)
    assert "AUD-133" in desk.divergences()


def _unsaved(desk: Any, written: Any) -> dict[str, bytes]:
    from jobtwin.acts.review import review, sign_review

    content = write(written)
    signature = sign_review(desk.keys / "mia", content)
    done = review(desk.event(), desk.ledger(), desk.holders, content, signature)
    return dict(done.records)


@pytest.mark.parametrize(
    "changes",
    [
        {"agreed": {"kappa": 0.8}},
        {"agreed": {"items": 5}},
        {"agreed": {"kappa": None}},
        {"policy": "sha256:" + "0" * 64},
        {"number": 2},
        {"mentor": "nobody"},
    ],
)
def test_a_mentor_stopped_against_the_policy_is_found(desk: Any, changes: dict[str, Any]) -> None:
    assert "AUD-134" not in desk.divergences()
    desk.stop(**changes)
    assert "AUD-134" in desk.divergences()


def _credential(desk: Any, account: int = 1001) -> str:
    before = {*desk.ledger().credentials()}
    desk.graded(score=0.9, account=account)
    desk.apply(issue(desk.event(), desk.ledger(), desk.holders))
    (new,) = {*desk.ledger().credentials()} - before
    return str(new)


def test_what_rests_on_the_mentor_since_the_last_good_round_is_listed(desk: Any) -> None:
    one = _credential(desk)
    assert affected(desk.ledger(), "mia") == ()
    _fails(desk)
    (resting,) = affected(desk.ledger(), "mia")
    assert (resting.credential, resting.twin, resting.fate) == (one, TWIN, "reviewed again")
    assert resting.why == "0 of 1 reviews are left; it stands until others decide"
    assert affected(desk.ledger(), "max") == ()


def test_a_credential_that_was_revoked_is_listed_as_revoked(desk: Any) -> None:
    one = _credential(desk)
    desk.stop()
    event = desk.event()
    desk.apply(revoke(event, desk.ledger(), desk.holders, one, "It was misjudged.", event.at))
    (resting,) = affected(desk.ledger(), "mia")
    assert resting.fate == "revoked"


def test_the_list_as_an_operator_gets_it(desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    one = _credential(desk)
    desk.stop()
    words = ["calibrate", "affected", "mia", "--repo", str(desk.git.path)]
    assert _run(words) == 0
    told = capsys.readouterr()
    assert told.out.split("\t")[0] == one
    assert "\treviewed again\t" in told.out
    assert "1 credentials rest on mia" in told.err


def test_nobody_has_no_list(desk: Any) -> None:
    with pytest.raises(Refused, match="CAL-020"):
        affected(desk.ledger(), "nobody\x1b")


def test_a_stop_counts_for_the_exact_second_of_a_claim(desk: Any) -> None:
    desk.evaluated_attempt()
    claimed = desk.claim()
    desk.stop(at=claimed.at)
    assert _ended_at(desk, claimed) == claimed.at


def _ended_at(desk: Any, claimed: Claim) -> Any:
    ledger = desk.ledger()
    return drifts.stopped(ledger, ledger.attempt(TWIN, claimed.attempt), claimed)
