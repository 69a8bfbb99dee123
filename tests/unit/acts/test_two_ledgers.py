"""Two mentors for one attempt: sealed until both are in, and a third where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.acts.test_mentor_pull_requests import brings

from jobtwin.acts import review as act
from jobtwin.acts.audit import audit
from jobtwin.errors import Refused
from jobtwin.forge.events import Account
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.grade import Decision, Review, Reviewed
from jobtwin.repository import append
from jobtwin.rules import sealed_review

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.forge.events import Effects

TWIN = "jt-incident-4"
MIA, MAX, KIM = Account(501, "mia"), Account(502, "max"), Account(503, "kim")
LEARNER = Account(1001, "lea")


@pytest.fixture
def paired(make_desk: Callable[..., Any]) -> Any:
    """A desk where the twin asks for two reviewers, with three calibrated mentors."""
    desk = make_desk(calibrated=True, more=(KIM,))
    ledger = desk.ledger()
    content = ledger.tree.read(layout.twin(TWIN)).decode()
    assert "reviewers: 1" in content
    pair = content.replace("reviewers: 1", "reviewers: 2").encode()
    append.add(desk.git, {layout.twin(TWIN): pair}, "Two reviewers", desk.now)
    return desk


def boxed(desk: Any, written: Review, key: str) -> bytes:
    content = write(written)
    return act.seal(desk.ledger(), content, act.sign_review(desk.keys / key, content))


def hand_in(desk: Any, written: Review, key: str) -> Effects:
    box = boxed(desk, written, key)
    effects: Effects = desk.apply(act.sealed(desk.event(), desk.ledger(), desk.holders, box))
    return effects


def both(desk: Any, first: float, second: float) -> str:
    """Play an attempt until both reviews are in, with the same score everywhere in each."""
    attempt_id: str = desk.evaluated_attempt()
    for account, score in ((MIA, first), (MAX, second)):
        desk.claim(account)
        hand_in(desk, desk.written(attempt_id, score, mentor=account.login), account.login)
    return attempt_id


def files(desk: Any, attempt_id: str) -> set[str]:
    folder = layout.grade(TWIN, attempt_id)
    return set(desk.ledger().tree.names(folder))


def findings(desk: Any) -> list[tuple[str, str]]:
    """Return what audit says about grading; what these tests hand in was never really evaluated."""
    found = [d.finding for d in audit(desk.git, "refs/heads/main").divergences]
    return [(f.code, f.message) for f in found if not f.path.startswith("submissions/")]


def test_a_review_stays_sealed_until_the_other_is_in_and_then_both_are_opened(paired: Any) -> None:
    attempt_id = both(paired, 0.75, 0.85)
    assert {"review-1.sealed", "review-2.sealed"} <= files(paired, attempt_id)
    assert not {"review-1.yml", "review-2.yml"} & files(paired, attempt_id)
    paired.decide(attempt_id)
    assert {f"review-{n}.yml{end}" for n in (1, 2) for end in ("", ".sig")} <= files(
        paired, attempt_id
    )
    decision = paired.attempt(attempt_id).last(Decision).record
    assert (decision.overall, decision.verdict, decision.counting) == (0.8, "pass", ())
    assert [item.number for item in decision.opened] == [1, 2]
    assert findings(paired) == []


def test_what_is_on_main_meanwhile_shows_no_score(paired: Any) -> None:
    attempt_id: str = paired.evaluated_attempt()
    paired.claim(MIA)
    effects = hand_in(paired, paired.written(attempt_id, 0.35), "mia")
    for content in effects.records.values():
        assert b"0.35" not in content
        assert b"A sound fix" not in content
    assert "0.35" not in effects.comment
    assert "1 more review is needed" in effects.comment


def test_an_open_review_is_refused_where_another_is_to_come(paired: Any) -> None:
    attempt_id = paired.evaluated_attempt()
    paired.claim(MIA)
    with pytest.raises(Refused) as refused:
        paired.review(paired.written(attempt_id))
    assert [f.code for f in refused.value.findings] == ["REV-009"]


def test_a_single_reviewers_box_is_kept_open(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    desk.claim(MIA)
    hand_in(desk, desk.written(attempt_id), "mia")
    assert "review-1.yml" in files(desk, attempt_id)
    assert "review-1.sealed" not in files(desk, attempt_id)


def test_a_copied_box_is_refused_as_the_first_mentors(paired: Any) -> None:
    attempt_id = paired.evaluated_attempt()
    paired.claim(MIA)
    box = boxed(paired, paired.written(attempt_id, 0.75), "mia")
    paired.apply(act.sealed(paired.event(), paired.ledger(), paired.holders, box))
    paired.claim(MAX)
    before = files(paired, attempt_id)
    paired.apply(act.sealed(paired.event(), paired.ledger(), paired.holders, box))
    assert files(paired, attempt_id) == before
    assert len(paired.attempt(attempt_id).all(Reviewed)) == 1


def test_a_box_with_anothers_words_resealed_is_refused(paired: Any) -> None:
    attempt_id = paired.evaluated_attempt()
    paired.claim(MIA)
    mine = paired.written(attempt_id, 0.75)
    hand_in(paired, mine, "mia")
    claimed = paired.claim(MAX)
    assert claimed.mentor == "max"
    latest = paired.written(attempt_id, 0.75, mentor="max")
    box = boxed(paired, latest, "mia")
    with pytest.raises(Refused) as refused:
        act.sealed(paired.event(), paired.ledger(), paired.holders, box)
    assert [f.code for f in refused.value.findings] == ["SIG-003"]


def test_what_is_wrong_in_a_sealed_review_is_told_without_its_values(paired: Any) -> None:
    attempt_id = paired.evaluated_attempt()
    paired.claim(MIA)
    written = paired.written(attempt_id, 0.75)
    odd = written.model_copy(
        update={
            "scores": (written.scores[0].model_copy(update={"score": 0.73}), *written.scores[1:])
        }
    )
    box = boxed(paired, odd, "mia")
    with pytest.raises(Refused) as refused:
        act.sealed(paired.event(), paired.ledger(), paired.holders, box)
    (found,) = refused.value.findings
    assert found.code == "REV-003"
    assert found.line
    assert "0.73" not in str(found)


@pytest.mark.parametrize("box", [b"", b"junk" * 100, bytes(4096)], ids=["nothing", "junk", "zeros"])
def test_what_is_no_box_is_refused(paired: Any, box: bytes) -> None:
    with pytest.raises(Refused) as refused:
        act.sealed(paired.event(), paired.ledger(), paired.holders, box)
    assert [f.code for f in refused.value.findings] == ["REV-010"]


@pytest.mark.parametrize(
    "content",
    [b"[]", b"{}", b'{"review": 1, "signature": "AA=="}', b"\xff", b"[" * 100_000],
    ids=["a list", "an empty object", "a number", "no text", "deep nesting"],
)
def test_a_box_that_holds_no_review_is_refused(paired: Any, content: bytes) -> None:
    from jobtwin import sealing

    cohort = paired.ledger().cohort("autumn-2026")
    box = sealing.seal(content, bytes.fromhex(cohort.sealed_to))
    with pytest.raises(Refused) as refused:
        act.sealed(paired.event(), paired.ledger(), paired.holders, box)
    assert [f.code for f in refused.value.findings] == [sealed_review.NOT_OPENED.id]


def test_reviews_that_lie_apart_bring_a_third_mentor_without_saying_why(paired: Any) -> None:
    attempt_id = both(paired, 0.9, 0.5)
    reviewed = [item.record for item in paired.attempt(attempt_id).all(Reviewed)]
    assert [item.needed for item in reviewed] == [2, 3]
    with pytest.raises(Refused, match="2 of 3"):
        paired.decide(attempt_id)
    assert paired.claim(KIM).attempt == attempt_id
    hand_in(paired, paired.written(attempt_id, 0.85, mentor="kim"), "kim")
    paired.decide(attempt_id)
    decision = paired.attempt(attempt_id).last(Decision).record
    assert (decision.overall, decision.verdict, decision.counting) == (0.875, "pass", (1, 3))
    assert findings(paired) == []


def test_no_mentor_reviews_the_same_attempt_twice(paired: Any) -> None:
    both(paired, 0.9, 0.5)
    for account in (MIA, MAX):
        with pytest.raises(Refused):
            paired.claim(account)


def test_a_sealed_review_comes_by_pull_request_alone(paired: Any) -> None:
    attempt_id = paired.evaluated_attempt()
    paired.claim(MIA)
    box = boxed(paired, paired.written(attempt_id, 0.75), "mia")
    place = f"{layout.GRADES_INBOX}/{sealed_review.SEALED}"
    event = brings(paired, {place: box, f"{layout.GRADES_INBOX}/notes.md": b"0.75 everywhere"})
    with pytest.raises(Refused) as refused:
        act.review_by_pull_request(event, paired.ledger(), paired.holders)
    assert [f.code for f in refused.value.findings] == ["INB-010"]
    event = brings(paired, {place: box}, kind="pull_request.synchronize")
    effects = paired.apply(act.review_by_pull_request(event, paired.ledger(), paired.holders))
    assert effects.close
    assert {"review-1.sealed", "reviewed-1.yml"} <= files(paired, attempt_id)
    assert paired.ledger().tree.read(layout.sealed_review(TWIN, attempt_id, 1)) == box


@pytest.mark.parametrize("mode", ["120000", "160000"])
def test_a_link_or_a_module_in_place_of_a_box_is_refused(paired: Any, mode: str) -> None:
    place = f"{layout.GRADES_INBOX}/{sealed_review.SEALED}"
    event = brings(paired, {place: b"../../keys/acts.yml"}, mode=mode)
    with pytest.raises(Refused) as refused:
        act.review_by_pull_request(event, paired.ledger(), paired.holders)
    assert [f.code for f in refused.value.findings] == ["INB-002"]
