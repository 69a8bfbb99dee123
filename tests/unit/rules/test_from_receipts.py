"""What receipts tell of a dimension: times by the server's clock, and nothing of how good it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.unit.rules.test_receipts import T0, TWIN, entry, noted, receipt

from jobtwin.records.submission import (
    Deadline,
    Evaluated,
    Received,
    SelfCheck,
    Started,
    Told,
)
from jobtwin.rules import from_receipts, receipts
from jobtwin.rules.replay.telling import check_told
from jobtwin.rules.review_form import form

DEADLINES = (Deadline(checkpoint="post-mortem", at=T0 + timedelta(minutes=330)),)
CLOSES = T0 + timedelta(minutes=330)
CHECKS = (SelfCheck(id="F1", answer=True), SelfCheck(id="F2", answer=False))
HISTORY = [
    noted(1, 7, entry("updates/01.yml", 1)),
    noted(2, 24, entry("updates/01.yml", 1), entry("repro.json", 2)),
    noted(3, 31, entry("updates/01.yml", 1), entry("updates/02.yml", 3), entry("repro.json", 4)),
    noted(4, 55, entry("updates/03.yml", 5), event="issue_comment.created:4"),
    receipt(5, 80, self_checks=CHECKS),
    receipt(6, 200, checkpoint="post-mortem", inbox=(entry("POSTMORTEM.md", 6),), snapshot=None),
    noted(7, 400, entry("POSTMORTEM.md", 9)),
]


def started(**more: Any) -> Started:
    return Started.model_construct(at=T0, deadlines=DEADLINES, sealed_to=None, **more)


def told(*history: tuple[str, Received], at: Started | None = None) -> dict[str, Told]:
    counted = receipts.counted(history, CLOSES)
    return {item.what: item for item in from_receipts.told(TWIN, at or started(), counted) or ()}


def said(*history: tuple[str, Received]) -> dict[str, str]:
    return {what: from_receipts.sentence(item) for what, item in told(*history).items()}


def test_each_thing_is_told_with_its_minutes_after_the_start() -> None:
    found = said(*HISTORY)
    assert found["file:repro.json"] == (
        "repro.json new or changed, 2 times: 24, 31 minutes after the start; 7 minutes apart "
        "at most."
    )
    assert found["file:updates/*.yml"] == (
        "updates/*.yml new or changed, 3 times: 7, 31, 55 minutes after the start; 24 minutes "
        "apart at most."
    )
    assert found["checkpoint:live"] == "Checkpoint live handed in: 80 minutes after the start."
    assert found["self_checks"].endswith("80 minutes after the start; answered no: F2.")


def test_pushes_are_counted_and_comments_are_not() -> None:
    assert told(*HISTORY)["pushes"].minutes == (7, 24, 31, 80, 200)


def test_what_never_came_is_said_so() -> None:
    assert said(HISTORY[0])["file:repro.json"] == "repro.json new or changed: never."


def test_what_comes_after_the_end_is_not_told() -> None:
    assert told(*HISTORY)["file:POSTMORTEM.md"].minutes == (200,)


def test_the_order_of_arrival_changes_nothing() -> None:
    assert told(*reversed(HISTORY)) == told(*HISTORY)


def test_receipts_of_a_sealed_attempt_tell_nothing_of_files_or_answers() -> None:
    sealed = Started.model_construct(at=T0, deadlines=DEADLINES, sealed_to="0" * 64)
    assert set(told(*HISTORY, at=sealed)) == {"pushes", "checkpoint:live", "checkpoint:post-mortem"}


def test_a_twin_that_asks_for_nothing_is_told_nothing() -> None:
    rubric = tuple(item.model_copy(update={"receipts": ()}) for item in TWIN.rubric)
    silent = TWIN.model_copy(update={"rubric": rubric})
    counted = [record for _, record in HISTORY]
    assert from_receipts.told(silent, started(), counted) is None


def evaluated(*found: Told) -> Evaluated:
    return Evaluated.model_construct(
        outcome="passed", bar=(), metrics=(), notes=(), gates=None, told=found, counts=True
    )


def test_the_mentor_reads_it_beside_the_dimension_and_the_score_stays_blank() -> None:
    record = evaluated(*told(*HISTORY).values())
    claim: Any = type("Claim", (), {"review_id": "r", "due": T0, "attempt": "a", "mentor": "mia"})
    text = form(TWIN, ("sha256:" + "0" * 64, claim), record, ()).decode()
    part = text.partition("- dimension: diagnosis_speed")[0]
    assert "By the server's receipts, as evidence; the score is yours:" in part
    assert "repro.json new or changed, 2 times" in part
    assert "updates/*.yml" not in part
    assert text.count("score:\n") == len(TWIN.rubric)


def test_an_audit_works_it_out_again() -> None:
    start = Started.model_construct(at=T0, deadlines=DEADLINES, sealed_to=None)
    record = evaluated(*told(*HISTORY).values())
    assert list(check_told(record, "", TWIN, start, HISTORY, 0)) == []
    earlier = tuple(
        item.model_copy(update={"minutes": (1.0,)}) if item.what == "file:repro.json" else item
        for item in record.told or ()
    )
    wrong = evaluated(*earlier)
    assert [one.code for one in check_told(wrong, "", TWIN, start, HISTORY, 0)] == ["AUD-149"]
