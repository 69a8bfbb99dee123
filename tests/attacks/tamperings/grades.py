"""Grades that nobody gave so.

Weights and thresholds that were changed for one work, mentors who should not have graded it, and
one person who reviewed it twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.attacks.history import LEARNER, TWIN, Caught, History

from jobtwin.acts.review import sign_review
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.grade import Decision, Review, Reviewed
from jobtwin.records.organisation import Mentor
from jobtwin.records.submission import Started
from jobtwin.repository import ssh
from jobtwin.rules import seeds
from jobtwin.rules.ledger import digest
from jobtwin.rules.signature import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MIA, MAX = layout.mentor("mia"), layout.mentor("max")


# what a work is graded by


def weight_changed_before_the_decision(history: History) -> Caught:
    _change_twin(history, b"weight: 0.20", b"weight: 0.35", b"weight: 0.05")
    path = history.path("decision.yml")
    history.rewrite(path, history.signed(path, Decision, overall=0.78))
    return ("AUD-043", "overall is 0.78; the reviews give 0.75", path)


def start_that_pins_the_changed_weights(history: History) -> Caught:
    _change_twin(history, b"weight: 0.20", b"weight: 0.35", b"weight: 0.05")
    path, later = history.path("started.yml"), history.git.text("rev-parse", f"main:twins/{TWIN}")
    history.rewrite(path, history.signed(path, Started, twin_tree=later))
    return ("AUD-033", "is not the one on main", path)


def threshold_lowered_before_the_decision(history: History) -> Caught:
    _change_twin(history, b"pass_threshold: 0.65", b"pass_threshold: 0.5")
    path = history.path("decision.yml")
    history.rewrite(path, history.signed(path, Decision, threshold=0.5))
    return ("AUD-044", "threshold is 0.5; the pinned twin's 0.65", path)


# who grades it


def claim_by_a_mentor_who_knows_the_learner(history: History) -> Caught:
    known = seeds.subject(history.holders.subject, LEARNER.number)
    history.rewrite(MIA, _mentor(history, relations=(known,)))
    return ("AUD-130", "`mia`: declared by the grader", history.path("claim-1.yml"))


def claim_by_a_mentor_who_was_never_calibrated(history: History) -> Caught:
    history.leave_out(layout.calibrated("mia", TWIN, 1))
    return ("AUD-130", "`mia`: not calibrated", history.path("claim-1.yml"))


def review_with_a_key_that_had_ended(history: History) -> Caught:
    path = history.path("reviewed-1.yml")
    ended = load(Reviewed, history.read(path)).record.at - timedelta(minutes=1)
    history.rewrite(MIA, _mentor(history, until=ended))
    return ("AUD-041", "`mia` was not a mentor then", path)


# who has graded it already


def second_review_on_one_claim(history: History) -> Caught:
    return ("AUD-092", "`mia` wrote review 1 as well, as `mia`", _second_review(history, "mia"))


def mentor_with_a_second_name(history: History) -> Caught:
    history.commit({MAX: _mentor(history, id="max", account="ab" * 16)})
    return ("AUD-018", "`max` and `mia` share a key", MAX)


def second_review_under_a_second_name(history: History) -> Caught:
    history.commit({MAX: _mentor(history, id="max", account="ab" * 16)})
    return ("AUD-092", "`max` wrote review 1 as well, as `mia`", _second_review(history, "max"))


def second_review_with_a_new_key_of_the_same_account(history: History) -> Caught:
    history.commit({MIA: _mentor(history, until=history.now)})
    history.commit({MAX: _mentor(history, id="max", key=_key(history, "max"), since=history.now)})
    path = _second_review(history, "max", history.git.path / "max")
    return ("AUD-092", "`max` wrote review 1 as well, as `mia`", path)


def second_review_in_the_name_of_somebody_else(history: History) -> Caught:
    other = _mentor(history, id="max", key=_key(history, "max"), account="ab" * 16)
    history.commit({MAX: other})
    return ("AUD-041", "it is not signed by SHA256:", _second_review(history, "max"))


def _change_twin(history: History, old: bytes, *new: bytes) -> None:
    """Change what the twin says, once for each replacement, while the work is being graded."""
    path = layout.twin(TWIN)
    content = history.read(path)
    for replacement in new:
        assert old in content
        content = content.replace(old, replacement, 1)
    history.change_with(history.path("claim-1.yml"), path, content)


def _mentor(history: History, **changes: object) -> bytes:
    """Return mia's file with changes."""
    return write(load(Mentor, history.read(MIA)).record.model_copy(update=changes))


def _key(history: History, name: str) -> str:
    """Make an SSH key, and return its public half."""
    ssh.make_key(history.git.path / name, name)
    return ssh.public_key(history.git.path / f"{name}.pub")


def _second_review(history: History, mentor: str, key: Path | None = None) -> str:
    """Add the review once more in a mentor's name, signed by mia's key or another one."""
    first, path = history.path("reviewed-1.yml"), history.path("reviewed-2.yml")
    review = load(Review, history.read(history.path("review-1.yml"))).record
    content = write(review.model_copy(update={"mentor": mentor}))
    signature = sign_review(key or history.keys / "mia", content)
    known = load(Mentor, history.read(layout.mentor(mentor))).record
    record = history.signed(
        first,
        Reviewed,
        at=history.now,
        previous=digest(history.read(history.path("decision.yml"))),
        number=2,
        mentor=mentor,
        mentor_key=fingerprint(known.key),
        review=digest(content),
        review_signature=digest(signature),
    )
    review_path = history.path("review-2.yml")
    history.commit({path: record, review_path: content, f"{review_path}.sig": signature})
    return path


TAMPERINGS: tuple[Callable[[History], Caught], ...] = (
    weight_changed_before_the_decision,
    start_that_pins_the_changed_weights,
    threshold_lowered_before_the_decision,
    claim_by_a_mentor_who_knows_the_learner,
    claim_by_a_mentor_who_was_never_calibrated,
    review_with_a_key_that_had_ended,
    second_review_on_one_claim,
    mentor_with_a_second_name,
    second_review_under_a_second_name,
    second_review_with_a_new_key_of_the_same_account,
    second_review_in_the_name_of_somebody_else,
)
