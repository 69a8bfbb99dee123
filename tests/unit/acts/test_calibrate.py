"""Calibration rounds: what they come to, what is refused, and that nothing sealed is legible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.calibrate import calibrate, hand_out, prepare_round
from jobtwin.errors import EngineError, Refused
from jobtwin.keys import Holders
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.calibration import Calibrated, GoldSet
from jobtwin.repository import append, ssh
from jobtwin.rules import gold
from jobtwin.rules.ledger import check_record, digest
from jobtwin.rules.signature import ROUND

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.forge.events import Effects

TWIN, SET = "jt-incident-4", "set-1"


@pytest.fixture
def fresh(make_desk: Callable[..., Any]) -> Any:
    """A desk whose mentors are not calibrated yet."""
    return make_desk()


def _record(effects: Effects) -> Calibrated:
    content = next(c for path, c in effects.records.items() if "/calibrated-" in path)
    return load(Calibrated, content).record


def _more_gold(desk: Any, set_id: str, count: int = 24) -> None:
    key = gold.public_key(desk.holders.gold)
    files = gold.seal(desk.twin(), set_id, desk.items[:count], key, b"t" * 16, desk.now)
    append.add(desk.git, files, "Another gold set", desk.now)


def _codes(desk: Any, answers: dict[str, dict[str, float]]) -> list[str]:
    gold_set = desk.ledger().need(GoldSet, gold.set_path(TWIN, SET))
    content = write(gold.make_round("mia", gold_set, 1, answers))
    signature = ssh.sign_bytes_with_ssh(desk.keys / "mia", ROUND, content)
    with pytest.raises(Refused) as refused:
        calibrate(desk.event(), desk.ledger(), desk.holders, content, signature)
    return [finding.code for finding in refused.value.findings]


def _answers(desk: Any) -> dict[str, dict[str, float]]:
    return {f"item-{n:02}": dict(item.scores) for n, item in enumerate(desk.items, start=1)}


def test_good_agreement_calibrates_with_its_interval(fresh: Any) -> None:
    record = _record(fresh.calibrate())
    assert record.ruling == "calibrated"
    assert (record.agreement.items, record.agreement.ratings) == (24, 120)
    kappa, low = record.agreement.kappa, record.agreement.kappa_low
    assert kappa is not None
    assert low is not None
    assert 0.6 <= low < kappa < 1
    assert (record.expires - record.at).days == 90


def test_bad_agreement_does_not(fresh: Any) -> None:
    assert _record(fresh.calibrate(wrong_every=2)).ruling == "recalibrate"


def test_the_record_is_signed_and_follows_the_one_before(fresh: Any) -> None:
    fresh.calibrate(wrong_every=2)
    _more_gold(fresh, "set-2")
    fresh.wait(days=1)
    fresh.calibrate(number=2, set_id="set-2")
    first, second = fresh.ledger().calibrations("mia", TWIN)
    keys = fresh.ledger().act_keys
    assert second.record.previous == first.digest
    assert list(check_record(first.record, first.path, keys, None)) == []
    assert not list(check_record(second.record, "", keys, (first.digest, first.record.at)))


def test_too_few_items_extend_once_and_the_rounds_are_pooled(fresh: Any) -> None:
    fresh.items = fresh.items[:12]
    _more_gold(fresh, "half-1")
    _more_gold(fresh, "half-2")
    first = _record(fresh.calibrate(set_id="half-1"))
    assert (first.ruling, first.agreement.items) == ("extend", 12)
    second = _record(fresh.calibrate(number=2, set_id="half-2"))
    assert (second.ruling, second.agreement.items) == ("calibrated", 24)


def test_an_extension_that_is_still_not_sure_is_the_last(fresh: Any) -> None:
    fresh.items = fresh.items[:6]
    _more_gold(fresh, "few-1")
    _more_gold(fresh, "few-2")
    assert _record(fresh.calibrate(set_id="few-1")).ruling == "extend"
    assert _record(fresh.calibrate(number=2, set_id="few-2")).ruling == "recalibrate"


def test_the_same_round_again_changes_nothing(fresh: Any) -> None:
    content, signature = fresh.round()
    first = fresh.apply(calibrate(fresh.event(), fresh.ledger(), fresh.holders, content, signature))
    again = calibrate(fresh.event(), fresh.ledger(), fresh.holders, content, signature)
    assert (dict(again.records), again.comment) == ({}, first.comment)


def test_an_extension_needs_no_waiting_and_is_not_counted(fresh: Any) -> None:
    fresh.items = fresh.items[:12]
    for number in range(1, 5):
        _more_gold(fresh, f"half-{number}")
    fresh.calibrate(wrong_every=2, set_id="half-1")
    assert _record(fresh.calibrate(number=2, set_id="half-2")).ruling == "extend"
    third = _record(fresh.calibrate(wrong_every=2, number=3, set_id="half-3"))
    assert third.ruling == "recalibrate"
    with pytest.raises(Refused, match="CAL-004"):
        fresh.calibrate(number=4, set_id="half-4")


def test_a_set_is_answered_once(fresh: Any) -> None:
    fresh.calibrate(wrong_every=2)
    with pytest.raises(Refused, match="CAL-003"):
        fresh.calibrate(number=2)


def test_the_number_must_be_the_next(fresh: Any) -> None:
    with pytest.raises(Refused, match="CAL-005 this is your round 1"):
        fresh.calibrate(number=2)


def test_a_third_round_waits_for_ninety_days(fresh: Any) -> None:
    for set_id in ("set-2", "set-3"):
        _more_gold(fresh, set_id)
    fresh.calibrate(wrong_every=2)
    fresh.wait(days=10)
    fresh.calibrate(wrong_every=2, number=2, set_id="set-2")
    fresh.wait(days=79)
    with pytest.raises(Refused, match="CAL-004 the next round may be taken on 2027-01-31T"):
        fresh.calibrate(number=3, set_id="set-3")
    fresh.wait(days=1)
    assert _record(fresh.calibrate(number=3, set_id="set-3")).ruling == "calibrated"


def test_every_item_is_scored_once(fresh: Any) -> None:
    answers = _answers(fresh)
    answers["item-99"] = answers.pop("item-01")
    assert _codes(fresh, answers) == ["CAL-007", "CAL-007"]


def test_every_dimension_is_scored_on_the_grid(fresh: Any) -> None:
    answers = _answers(fresh)
    answers["item-01"].pop("communication")
    answers["item-02"]["communication"] = 0.33
    assert _codes(fresh, answers) == ["CAL-008", "CAL-009"]


def test_answers_sealed_to_nobody_are_refused(fresh: Any) -> None:
    content, _ = fresh.round()
    lines = [b"answers: AAAA" if b"answers:" in line else line for line in content.splitlines()]
    changed = b"\n".join(lines) + b"\n"
    signature = ssh.sign_bytes_with_ssh(fresh.keys / "mia", ROUND, changed)
    with pytest.raises(Refused, match="CAL-006"):
        calibrate(fresh.event(), fresh.ledger(), fresh.holders, changed, signature)


def test_another_mentors_signature_is_refused(fresh: Any) -> None:
    content, _ = fresh.round("mia")
    signature = ssh.sign_bytes_with_ssh(fresh.keys / "max", ROUND, content)
    with pytest.raises(Refused, match="SIG-003"):
        calibrate(fresh.event(), fresh.ledger(), fresh.holders, content, signature)


def test_whoever_is_no_mentor_is_refused(fresh: Any) -> None:
    content = fresh.round()[0].replace(b"mentor: mia", b"mentor: eve")
    with pytest.raises(Refused, match="CAL-001"):
        calibrate(fresh.event(), fresh.ledger(), fresh.holders, content, b"")


def test_a_reference_that_was_exchanged_is_found_out(fresh: Any) -> None:
    forged = gold.seal(
        fresh.twin(),
        SET,
        tuple(reversed(fresh.items)),
        gold.public_key(fresh.holders.gold),
        b"s" * 16,
        fresh.now,
    )
    gold_set = fresh.ledger().need(GoldSet, gold.set_path(TWIN, SET))
    sealed = forged[gold.reference_path(gold_set)]
    with pytest.raises(EngineError, match="not the one committed to"):
        gold.open_reference(gold_set, sealed, fresh.holders.gold)


def test_another_secret_opens_nothing(fresh: Any) -> None:
    holders = Holders({"gold": "11" * 32})
    with pytest.raises(EngineError, match="does not open"):
        hand_out(fresh.ledger(), holders, TWIN, SET)


def test_a_mentor_gets_items_and_a_sheet_but_no_reference(fresh: Any) -> None:
    files = hand_out(fresh.ledger(), fresh.holders, TWIN, SET)
    assert files["item-03/report.md"] == b"# Item 2\n"
    assert len(files) == 25
    assert not [path for path in files if "reference" in path]


def test_a_filled_in_sheet_becomes_a_round_that_counts(fresh: Any) -> None:
    import json

    sheet = {
        "format": 1,
        "kind": "answers",
        "items": [{"item": name, "scores": given} for name, given in _answers(fresh).items()],
    }
    content = prepare_round(fresh.ledger(), "mia", TWIN, SET, json.dumps(sheet).encode())
    signature = ssh.sign_bytes_with_ssh(fresh.keys / "mia", ROUND, content)
    record = _record(calibrate(fresh.event(), fresh.ledger(), fresh.holders, content, signature))
    assert record.agreement.kappa == 1.0
    assert record.round == digest(content)


def test_the_blank_sheet_is_refused_at_every_gap(fresh: Any) -> None:
    sheet = hand_out(fresh.ledger(), fresh.holders, TWIN, SET)["answers.yml"]
    with pytest.raises(Refused) as refused:
        prepare_round(fresh.ledger(), "mia", TWIN, SET, sheet)
    blanks = [f for f in refused.value.findings if "valid number" in f.message]
    assert len(blanks) == 24 * 5


def test_nothing_in_the_repository_shows_a_score_of_the_reference(fresh: Any) -> None:
    fresh.calibrate()
    tree = fresh.ledger().tree
    folder = layout.gold_set(TWIN, SET)
    for path in tree.paths(folder):
        assert b"diagnosis_speed" not in (tree.read(path) or b"")
