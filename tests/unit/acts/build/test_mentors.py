from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from tests.unit.site.conftest import ATTEMPT, OPENED, TWIN, Passed, make_mentor
from tests.unit.site.conftest import twin as _twin

from jobtwin.acts.build import mentors
from jobtwin.acts.build.facts import Facts
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.repository.append import Author
from jobtwin.repository.git import create
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules.scoring import rubric_digest
from jobtwin.rules.waits import Wait

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jobtwin.records.twin import Twin
    from jobtwin.site.mentor_page import Standing

twin = _twin
"""pytest finds a fixture by its name here."""
MIRA = make_mentor("Mira")
ATTEMPTS = tuple(f"{number:032x}" for number in range(4))
GOOD_FOR = 3


@pytest.fixture
def ledger(tmp_path: Path, twin: Twin) -> Iterator[Ledger]:
    """A mentor of one round, good for three reviews, who signed four off since."""
    played = Passed(twin, "f" * 40, "Clear.").play()
    done = played.calibrated().model_copy(
        update={"rubric": rubric_digest(twin), "expires_after_reviews": GOOD_FOR}
    )
    receipt = played.files[layout.reviewed(TWIN, ATTEMPT, 1)]
    files = {
        layout.twin(TWIN): write(twin),
        layout.calibrated(MIRA.id, TWIN, 1): write(done),
        **{layout.reviewed(TWIN, name, 1): receipt for name in ATTEMPTS},
    }
    git = create(tmp_path / "records", bare=False)
    for path, content in files.items():
        (git.path / path).parent.mkdir(parents=True, exist_ok=True)
        (git.path / path).write_bytes(content)
    git.run("add", "-A")
    author = Author("A", "a@example.invalid").environment(OPENED)
    git.run("commit", "-q", "-m", "x", env=author)
    with Tree(git, "refs/heads/main") as tree:
        yield Ledger(tree)


def claimed(decided: float | None = 800, reviews: int = 1) -> Facts:
    """Return an attempt that Mira claimed, decided so many minutes after the start."""
    at = OPENED + timedelta(minutes=decided) if decided is not None else None
    wait = Wait("learner", OPENED, OPENED, at, in_time=reviews)
    return Facts(TWIN, "learner", OPENED, False, (MIRA.id,), True, wait, None, (), None)


def standing(ledger: Ledger, twin: Twin, facts: Mapping[str, Facts], **later: Any) -> Standing:
    """Return where Mira stands with the twin some time after the attempts began."""
    at = OPENED + timedelta(**{"days": 1, **later})
    known = mentors.history(ledger, MIRA)
    (found,) = mentors.standings(ledger, [known], [twin], facts, at)[MIRA.id]
    return found


def test_a_mentor_with_a_good_round_may_grade_until_it_expires(ledger: Ledger, twin: Twin) -> None:
    assert standing(ledger, twin, {}).barred is None
    assert standing(ledger, twin, {}, days=91).barred == "expired"


def test_a_round_by_another_rubric_lets_nobody_grade(ledger: Ledger, twin: Twin) -> None:
    easier = twin.model_copy(update={"rubric": twin.rubric[:-1]})
    found = standing(ledger, easier, {})
    assert (found.barred, found.by, len(found.rounds)) == ("not calibrated", None, 1)


def test_a_round_is_used_up_by_the_reviews_since(ledger: Ledger, twin: Twin) -> None:
    facts = {name: claimed() for name in ATTEMPTS}
    assert standing(ledger, twin, facts).barred == "used up"


def test_a_claim_without_a_review_uses_nothing_up(ledger: Ledger, twin: Twin) -> None:
    open_claims = {f"{number:032x}": claimed(None, 0) for number in range(90, 95)}
    assert standing(ledger, twin, {ATTEMPTS[0]: claimed(), **open_claims}).barred is None


def test_no_review_is_read_where_too_few_attempts_can_hold_one(ledger: Ledger, twin: Twin) -> None:
    before = {name: claimed(-2000) for name in ATTEMPTS[2:]}
    with patch.object(mentors, "_receipts", side_effect=AssertionError("was read")):
        found = standing(ledger, twin, {**before, **{name: claimed() for name in ATTEMPTS[:2]}})
    assert found.barred is None


def test_an_attempt_that_was_opened_again_may_hold_a_later_review(
    ledger: Ledger, twin: Twin
) -> None:
    facts = {name: claimed(-2000, reviews=2) for name in ATTEMPTS}
    assert standing(ledger, twin, facts).barred == "used up"


def test_a_twin_that_cannot_be_started_is_named_only_for_its_rounds(
    ledger: Ledger, twin: Twin
) -> None:
    closed = twin.model_copy(update={"harness": None})
    assert standing(ledger, closed, {}).barred is None
    stranger = make_mentor("Max").model_copy(update={"id": "max"})
    histories = [mentors.history(ledger, stranger)]
    found = mentors.standings(ledger, histories, [closed], {}, OPENED)
    assert found == {"max": ()}
