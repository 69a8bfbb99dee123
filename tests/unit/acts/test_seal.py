"""A sealed attempt from its start to the end of its cohort's key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.acts import sealed_cohort
from tests.unit.acts.sealed_cohort import COHORT, KEY, PLANTED, TWIN, Played

from jobtwin import sealing
from jobtwin.acts import bundle, evaluate, review
from jobtwin.acts.seal import feedback
from jobtwin.acts.seal.opening import opened
from jobtwin.cli import _run
from jobtwin.cli import seal as cli
from jobtwin.credential.endorser import signer_from_ssh
from jobtwin.errors import Refused
from jobtwin.forge.events import Account
from jobtwin.forge.github import place
from jobtwin.keys import Holders
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.grade import Claim, Reviewed
from jobtwin.records.submission import Evaluated
from jobtwin.repository import append, measurements
from jobtwin.rules import seeds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


MAX, KIM = Account(502, "max"), Account(503, "kim")


@pytest.fixture
def played(desk: Any, tmp_path: Path) -> Played:
    return Played(desk, tmp_path)


def handed_in(played: Played) -> Played:
    """Play until the work is measured."""
    played.start()
    played.push(played.box())
    played.push(played.box("post-mortem", final=True))
    played.evaluate()
    return played


def seed(played: Played, mentor: str) -> bytes:
    return signer_from_ssh((played.desk.keys / mentor).read_bytes()).seed


def bundled(played: Played, mentor: str) -> dict[str, bytes]:
    claimed = played.attempt().all(Claim)[-1].record
    ledger = played.desk.ledger()
    return bundle.bundle(ledger, TWIN, claimed.review_id, lambda: seed(played, mentor))


def diverging(played: Played, *, with_key: bool = False) -> list[str]:
    found = played.audited(with_key=with_key).divergences
    return [str(one.finding) for one in found]


def waiting(played: Played) -> str:
    return "\n".join(
        line for line in played.audited().unchecked if COHORT in line and "box" in line
    )


@pytest.mark.slow
def test_nothing_is_readable_before_the_learner_agrees_and_audit_holds_at_every_stage(
    played: Played,
) -> None:
    started = handed_in(played).started
    assert started.sealed_to == sealing.public_half(KEY).hex()
    assert (diverging(played), diverging(played, with_key=True)) == ([], [])
    played.desk.claim()
    files = bundled(played, "mia")
    assert files["work/hidden_name.py"] == sealed_cohort.WORK
    assert files["inbox/updates/01.yml"] == sealed_cohort.UPDATE
    assert sealed_cohort.NOTE in files["report.md"]
    played.review()
    decision = played.decide()
    assert (decision.verdict, decision.opened) == ("pass", ())
    assert (diverging(played), diverging(played, with_key=True)) == ([], [])
    assert "Not checked here" in waiting(played)
    assert played.shown() == set()
    assert not any(word.decode() in played.decided.comment for word in PLANTED)
    played.publish()
    assert played.shown() == set(PLANTED) - {
        sealed_cohort.NOTE,
        sealed_cohort.ANSWER,
    }
    played.desk.wait(days=300)
    assert "boxes of 1 attempts were opened" in played.destroy().comment
    assert diverging(played) == []
    assert "Not checkable any more" in waiting(played)


def test_the_learner_reads_all_that_mentors_wrote_and_nobody_else_does(played: Played) -> None:
    handed_in(played)
    played.desk.claim()
    played.review(0.4)
    decision = played.decide()
    assert (decision.verdict, decision.dimensions, decision.skills) == ("retake", (), ())
    box = played.desk.ledger().tree.read(layout.feedback(TWIN, decision.attempt, 1)) or b""
    (kept,) = (played.home / ".jobtwin").glob("feedback-*.key")
    words = feedback.read(box, [bytes.fromhex(kept.read_text())])
    for told in (sealed_cohort.REVIEW, sealed_cohort.NOTE, b"Hotfix correctness: 0.4"):
        assert told.decode() in words
    with pytest.raises(Refused, match="SEL-001"):
        feedback.read(box, [KEY, seed(played, "mia")])
    assert (diverging(played), diverging(played, with_key=True)) == ([], [])


def test_only_the_mentor_who_claimed_it_opens_the_bundle(played: Played) -> None:
    handed_in(played)
    played.desk.claim()
    with pytest.raises(Refused, match="BND-004"):
        bundled(played, "max")
    claimed = played.attempt().all(Claim)[-1].record
    with pytest.raises(Refused, match="BND-004"):
        bundle.bundle(played.desk.ledger(), TWIN, claimed.review_id)


def test_a_copied_box_of_a_review_brings_nobody_a_review(played: Played) -> None:
    handed_in(played)
    played.desk.claim()
    played.review()
    attempt = played.attempt()
    box = played.desk.ledger().tree.read(layout.sealed_review(TWIN, attempt.id, 1)) or b""
    effects = review.sealed(played.dispatch(), played.desk.ledger(), played.holders, box)
    assert not effects.records
    assert len(played.attempt().all(Reviewed)) == 1


def test_another_mentors_review_for_the_same_claim_is_refused(played: Played) -> None:
    handed_in(played)
    played.desk.claim()
    content = write(played.desk.written(played.started.attempt, mentor="max"))
    signature = review.sign_review(played.desk.keys / "max", content)
    box = review.seal(played.desk.ledger(), content, signature)
    with pytest.raises(Refused) as refused:
        review.sealed(played.dispatch(), played.desk.ledger(), played.holders, box)
    assert "REV-001" in {found.code for found in refused.value.findings}


def test_a_run_that_is_asked_again_after_a_lost_race_keeps_the_same_box(played: Played) -> None:
    played.start()
    played.push(played.box(final=True))
    task = played.due()
    graded = sealed_cohort.given_figures(task.twin, passed=True)
    event = played.dispatch()
    first, again = (
        evaluate.record(event, played.holders, task, graded, "sha256:" + "0" * 64) for _ in range(2)
    )
    assert first.archives == again.archives
    played.apply(first)
    played.apply(again)
    record = played.attempt().all(Evaluated)[-1].record
    assert record.notes == ()
    key = seeds.reading_key(KEY, record.attempt)
    measured = measurements.opened(played.forge.origin, record, key)
    assert measured.notes == (sealed_cohort.NOTE.decode(),)


@pytest.mark.slow
def test_nobody_but_the_learner_publishes_and_not_before_it_is_decided(played: Played) -> None:
    handed_in(played)
    with pytest.raises(Refused, match="SEL-002"):
        played.publish()
    played.desk.claim()
    played.review(0.4)
    played.decide()
    with pytest.raises(Refused, match="an appeal is possible"):
        played.publish()
    played.desk.wait(days=60)
    assert not played.publish(Account(1002, "bo")).records
    assert played.publish().records
    assert not played.publish().records
    assert diverging(played) == []


def test_the_key_is_not_destroyed_while_somebody_needs_it(played: Played) -> None:
    handed_in(played)
    with pytest.raises(Refused) as refused:
        played.destroy()
    assert [found.code for found in refused.value.findings] == ["SEL-003", "SEL-003"]
    strange = Holders({**played.holders.secrets, "cohort_keys": f"{COHORT}:{'7' * 64}"})
    played.desk.holders = strange
    with pytest.raises(Refused, match="SEL-004"):
        played.destroy()


def test_an_audit_with_the_key_finds_a_decision_that_its_sealed_review_does_not_bear(
    played: Played,
) -> None:
    handed_in(played)
    played.desk.claim()
    played.review(0.5)
    effects = played.decided_as("pass", 0.9)
    append.add(played.forge.origin, effects, "A bent decision", played.desk.now)
    assert diverging(played) == []
    assert any("AUD-043" in found for found in diverging(played, with_key=True))


def test_a_public_repositorys_job_evaluates_no_sealed_work(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    environment = {"GITHUB_EVENT_PATH": str(event)}
    assert not place.is_private(environment)
    for said, is_private in ((b"true", True), (b"false", False), (b'"true"', False), (b"[", False)):
        event.write_bytes(b'{"repository": {"private": ' + said + b"}}")
        assert place.is_private(environment) is is_private


def test_the_key_is_not_destroyed_while_a_box_holds_something_else(played: Played) -> None:
    handed_in(played)
    played.desk.claim()
    played.review()
    played.decide()
    played.desk.wait(days=300)
    ref = layout.box_ref(TWIN, played.started.attempt, 1)
    played.forge.origin.run("update-ref", "-d", ref)
    append.keep(played.forge.origin, ref, "snapshot.tar", b"another box", played.desk.now)
    with pytest.raises(Refused) as refused:
        played.destroy()
    assert {found.code for found in refused.value.findings} == {"AUD-140"}
    assert any("AUD-140" in found for found in diverging(played, with_key=True))


@pytest.mark.slow
def test_nothing_is_published_after_the_end_and_a_key_that_is_used_all_the_same_is_found(
    played: Played,
) -> None:
    handed_in(played)
    played.desk.claim()
    played.review()
    played.decide()
    played.desk.wait(days=300)
    kept = played.holders
    files = dict(played.prepared_publication())
    played.destroy()
    with pytest.raises(Refused, match="destroyed"):
        played.publish()
    assert diverging(played) == []
    append.add(played.forge.origin, files, "Published all the same", played.desk.now)
    played.desk.holders = kept
    assert any("AUD-142" in found for found in diverging(played))


@pytest.mark.slow
def test_an_appeal_stays_sealed_as_well_and_its_pair_opens_the_same_bundle(
    make_desk: Callable[..., Any], tmp_path: Path
) -> None:
    played = handed_in(Played(make_desk(calibrated=True, more=(KIM,)), tmp_path))
    played.desk.claim()
    played.review(0.4)
    played.decide()
    played.appeal()
    for mentor in (MAX, KIM):
        played.desk.claim(mentor)
        assert bundled(played, mentor.login)["work/hidden_name.py"] == sealed_cohort.WORK
        played.review(0.8, mentor.login)
    decision = played.decide()
    assert (decision.number, decision.verdict, decision.overall) == (2, "pass", 0.8)
    assert played.shown() == set()
    assert (diverging(played), diverging(played, with_key=True)) == ([], [])
    played.publish()
    assert diverging(played) == []


def test_an_operator_looks_at_what_holds_a_bundle_back(played: Played) -> None:
    handed_in(played)
    ledger, attempt = played.desk.ledger(), played.started.attempt
    found = opened(ledger, played.holders, TWIN, attempt)
    assert found["receipt-1/upload/hidden_name.py"] == sealed_cohort.WORK
    with pytest.raises(Refused, match="SEL-005"):
        opened(ledger, played.holders, TWIN, "0" * 32)


def test_the_command_reads_the_feedback_with_the_key_that_the_start_kept(
    played: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    played.start()
    box = tmp_path / "feedback-1.sealed"
    to = bytes.fromhex(played.started.feedback_to or "")
    box.write_bytes(sealing.seal("Passed: ünd mehr".encode(), to))
    assert _run(["seal", "read", str(box), "--dir", str(played.home)]) == 0
    assert capsys.readouterr().out == "Passed: ünd mehr\n"
    assert _run(["seal", "read", str(box), "--dir", str(tmp_path)]) == 1
    assert "SEL-001" in capsys.readouterr().err


def test_the_command_takes_a_destroyed_key_out_of_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "cohort-keys.secret"
    path.write_text(f"autumn-2026:{'1' * 64},{COHORT}:{'2' * 64}\n")
    cli._without(path, COHORT)
    assert path.read_text() == f"autumn-2026:{'1' * 64}\n"
