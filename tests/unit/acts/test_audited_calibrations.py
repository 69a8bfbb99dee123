"""What the audit makes of calibrations, also of those that somebody with the desk key forged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.audit import audit
from jobtwin.acts.calibrate import calibrate
from jobtwin.acts.calibrate.handing_out import hand_out
from jobtwin.acts.calibrate.retiring import retire
from jobtwin.forge.events import Account
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.calibration import Calibrated, GoldSet, Handed, Retired
from jobtwin.repository import append
from jobtwin.rules import gold
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.acts.audit import Report
    from jobtwin.forge.events import Effects

TWIN, SET = "jt-incident-4", "set-1"
MIA = Account(501, "mia")


@pytest.fixture
def fresh(make_desk: Callable[..., Any]) -> Any:
    """A desk whose mentors are not calibrated yet."""
    return make_desk()


def _report(desk: Any) -> Report:
    return audit(desk.git)


def _found(desk: Any) -> list[tuple[str, str]]:
    return [
        (item.finding.code, item.finding.message)
        for item in _report(desk).divergences
        if item.finding.path.startswith("calibration/")
    ]


def _more_gold(desk: Any, set_id: str, items: Any = None, **changes: Any) -> None:
    made = items or [
        replace(item, files={"report.md": f"# {set_id}, {n}\n".encode()})
        for n, item in enumerate(desk.items)
    ]
    desk.wait(minutes=1)
    key = gold.public_key(desk.holders.gold)
    sealed = gold.seal(desk.twin(), set_id, made, key, b"t" * 16, desk.now)
    path = gold.set_path(TWIN, set_id)
    if changes:
        sealed[path] = write(load(GoldSet, sealed[path]).record.model_copy(update=changes))
    append.add(desk.git, sealed, "Another gold set", desk.now)


def _asked(desk: Any, mentor: Account = MIA) -> Effects:
    event = desk.event(mentor, f"/calibrate {TWIN}", kind="issue_comment.created")
    effects: Effects = hand_out(event, desk.ledger(), desk.holders)
    return effects


def _answered(desk: Any, **round_of: Any) -> Effects:
    content, signature = desk.round(**round_of)
    return calibrate(desk.event(), desk.ledger(), desk.holders, content, signature)


def _retired(desk: Any, set_id: str = SET) -> Effects:
    return retire(desk.event(), desk.ledger(), desk.holders, TWIN, set_id)


def _forge(desk: Any, effects: Effects, model: Any, **changes: Any) -> None:
    """Add an act's records as a thief of the desk key would: changed, and signed again."""
    records = dict(effects.records)
    path = next(p for p in records if p.rpartition("/")[2].startswith(model.__name__.lower()))
    record = load(model, records[path]).record.model_copy(update=changes)
    records[path] = write(sign(record, desk.holders.signer("desk")))
    append.add(desk.git, records, "Forged", desk.now)


def test_an_honest_history_holds_and_says_what_cannot_be_checked_yet(fresh: Any) -> None:
    fresh.calibrate()
    report = _report(fresh)
    assert _found(fresh) == []
    assert report.checked["gold sets"] == 1
    (line,) = (line for line in report.unchecked if "calibration round" in line)
    assert line == (
        "Not yet checkable: the agreement of 1 calibration round, until the gold sets are retired."
    )


def test_retired_sets_give_every_figure_again(fresh: Any) -> None:
    fresh.calibrate()
    fresh.calibrate("max", wrong_every=3)
    fresh.apply(_retired(fresh))
    report = _report(fresh)
    assert _found(fresh) == []
    assert report.checked["gold sets opened against their commitment"] == 1
    assert report.checked["agreements computed again"] == 2
    assert not [line for line in report.unchecked if "calibration round" in line]


def test_a_pooled_result_is_computed_again_once_both_sets_are_retired(fresh: Any) -> None:
    fresh.apply(_retired(fresh))
    fresh.items = fresh.items[:12]
    for name in ("half-1", "half-2"):
        _more_gold(fresh, name)
    fresh.calibrate(set_id="half-1")
    fresh.calibrate(number=2, set_id="half-2")
    fresh.apply(_retired(fresh, "half-2"))
    assert "agreements computed again" not in _report(fresh).checked
    fresh.apply(_retired(fresh, "half-1"))
    report = _report(fresh)
    assert (report.checked["agreements computed again"], _found(fresh)) == (2, [])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ruling": "calibrated"}, "it says `calibrated`; its figures give `recalibrate`"),
        ({"expires_after_reviews": 500}, "it holds longer or shorter than the policy says"),
        ({"policy": "sha256:" + "0" * 64}, "it was judged by another policy"),
        ({"rubric": "sha256:" + "0" * 64}, "its gold set is for another rubric"),
    ],
)
def test_a_forged_result_is_found_without_opening_anything(
    fresh: Any, changes: dict[str, Any], said: str
) -> None:
    fresh.hand_out()
    _forge(fresh, _answered(fresh, wrong_every=2), Calibrated, **changes)
    ((code, message),) = _found(fresh)
    assert code == "AUD-046"
    assert said in message


def test_a_longer_calibration_is_found(fresh: Any) -> None:
    fresh.hand_out()
    _forge(fresh, _answered(fresh), Calibrated, expires=fresh.now + timedelta(days=999))
    assert [code for code, _ in _found(fresh)] == ["AUD-046"]


def test_forged_figures_are_found_when_the_set_is_retired(fresh: Any) -> None:
    fresh.hand_out()
    effects = _answered(fresh, wrong_every=2)
    path = layout.calibrated("mia", TWIN, 1)
    true = load(Calibrated, effects.records[path]).record.agreement
    better = true.model_copy(
        update={"kappa": 0.9, "kappa_low": 0.8, "kappa_high": 0.95, "verdict_agreement": 1.0}
    )
    _forge(fresh, effects, Calibrated, agreement=better, ruling="calibrated")
    assert _found(fresh) == []
    fresh.apply(_retired(fresh))
    ((code, message),) = _found(fresh)
    assert code == "AUD-053"
    assert message.startswith(f"its answers give kappa {true.kappa:g}")


def test_one_figure_in_the_fourth_place_is_enough(fresh: Any) -> None:
    fresh.hand_out()
    effects = _answered(fresh)
    true = load(Calibrated, effects.records[layout.calibrated("mia", TWIN, 1)]).record.agreement
    other = true.model_copy(update={"ac1": round((true.ac1 or 0) - 0.0001, 4)})
    _forge(fresh, effects, Calibrated, agreement=other)
    fresh.apply(_retired(fresh))
    assert [code for code, _ in _found(fresh)] == ["AUD-053"]


def test_a_result_without_a_hand_out_is_found(fresh: Any) -> None:
    fresh.hand_out()
    effects = _answered(fresh)
    fresh.apply(effects)
    again = layout.calibrated("mia", TWIN, 1)
    first = load(Calibrated, effects.records[again]).record
    second = first.model_copy(update={"number": 2, "previous": _tip(fresh)})
    path = layout.round_file("mia", TWIN, 2)
    files = {
        layout.calibrated("mia", TWIN, 2): write(sign(second, fresh.holders.signer("desk"))),
        path: effects.records[layout.round_file("mia", TWIN, 1)],
        f"{path}.sig": effects.records[layout.round_file("mia", TWIN, 1) + ".sig"],
    }
    append.add(fresh.git, files, "Forged", fresh.now)
    assert ("AUD-046", "no hand-out waited for this round") in _found(fresh)


def _tip(desk: Any) -> str:
    digest: str = desk.ledger().calibrations("mia", TWIN)[-1].digest
    return digest


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"number": 2}, "it is number 2, not 1"),
        ({"policy": "sha256:" + "0" * 64}, "the policy it names was not in force"),
        ({"extends": "sha256:" + "0" * 64}, "another round to extend than the rule gives"),
        ({"gold_set": "set-9"}, "`set-9` was not in use for this rubric"),
        ({"rubric": "sha256:" + "0" * 64}, "was not in use for this rubric"),
    ],
)
def test_a_forged_hand_out_is_found(fresh: Any, changes: dict[str, Any], said: str) -> None:
    _forge(fresh, _asked(fresh), Handed, **changes)
    assert any(code == "AUD-121" and said in message for code, message in _found(fresh))


def test_more_time_for_answers_is_found(fresh: Any) -> None:
    _forge(fresh, _asked(fresh), Handed, due=fresh.now + timedelta(days=80))
    assert ("AUD-121", "the policy gives 14 days for answers") in _found(fresh)


def test_the_same_set_handed_out_again_is_found(fresh: Any) -> None:
    fresh.calibrate(wrong_every=2)
    _more_gold(fresh, "set-2")
    _forge(fresh, _asked(fresh), Handed, gold_set=SET)
    assert ("AUD-122", "`mia` had been handed `set-1` before") in _found(fresh)


def test_the_same_set_handed_to_the_same_person_with_a_new_key_is_found(fresh: Any) -> None:
    fresh.calibrate(wrong_every=2)
    fresh.new_key()
    _more_gold(fresh, "set-2")
    given = _asked(fresh)
    fresh.wait(minutes=1)
    _forge(fresh, given, Handed, gold_set=SET)
    said = "`mia` had been handed `set-1` before, and is the same person as `mia-again`"
    assert ("AUD-122", said) in _found(fresh)


def test_a_third_round_in_ninety_days_is_found(fresh: Any) -> None:
    for name in ("set-2", "set-3", "set-4"):
        _more_gold(fresh, name)
    fresh.calibrate(wrong_every=2)
    fresh.calibrate(wrong_every=2, number=2, set_id="set-2")
    fresh.wait(days=100)
    later = _asked(fresh)
    fresh.wait(days=-99)
    _forge(fresh, later, Handed, at=fresh.now, due=fresh.now + timedelta(days=14))
    assert any("too early" in message for code, message in _found(fresh) if code == "AUD-121")


def test_a_hand_out_of_a_retired_set_is_found(fresh: Any) -> None:
    given = _asked(fresh)
    fresh.apply(_retired(fresh))
    _forge(fresh, given, Handed)
    assert ("AUD-121", "`set-1` was not in use for this rubric") in _found(fresh)


def test_the_same_item_under_another_name_is_found_when_both_sets_are_retired(
    fresh: Any,
) -> None:
    fresh.calibrate(wrong_every=2)
    old = fresh.items
    fresh.items = tuple(
        replace(item, files={"report.md": f"# new {n}\n".encode()}) for n, item in enumerate(old)
    )
    _more_gold(fresh, "set-2", items=(*fresh.items[:-1], old[5]))
    _more_gold(fresh, "set-3")
    _forge(fresh, _asked(fresh), Handed, gold_set="set-2")
    fresh.wait(days=15)
    fresh.apply(_retired(fresh, "set-2"))
    assert _found(fresh) == []
    fresh.apply(_retired(fresh))
    assert ("AUD-122", "item-24 of `set-2` was in `set-1`, which he knew") in _found(fresh)


def test_a_retirement_with_other_secrets_is_found(fresh: Any) -> None:
    _forge(fresh, _retired(fresh), Retired, answers_secret="11" * 32)
    ((code, message),) = _found(fresh)
    assert code == "AUD-054"
    assert "do not belong to its keys" in message


def test_a_reference_that_was_not_committed_to_is_found(fresh: Any) -> None:
    _more_gold(fresh, "set-2", commitment="sha256:" + "0" * 64)
    set_2 = fresh.ledger().need(GoldSet, gold.set_path(TWIN, "set-2"))
    secrets = gold.secrets_of(set_2, fresh.holders.gold)
    _forge(
        fresh,
        _retired(fresh),
        Retired,
        gold_set="set-2",
        items_secret=secrets.items.hex(),
        answers_secret=secrets.answers.hex(),
    )
    assert any(
        code == "AUD-054" and "is not the one committed to" in said for code, said in _found(fresh)
    )


def test_a_set_without_what_it_names_is_found_at_once(fresh: Any) -> None:
    _more_gold(fresh, "set-2", sealed_reference="sha256:" + "0" * 64)
    ((code, _),) = _found(fresh)
    assert code == "AUD-120"


def test_a_set_handed_to_more_mentors_than_the_policy_allows_is_found(fresh: Any) -> None:
    from jobtwin.records.organisation import CalibrationPolicy

    fresh.apply(_asked(fresh))
    later = _asked(fresh, Account(502, "max"))
    old = fresh.ledger().policy(CalibrationPolicy, fresh.now)
    strict = old.model_copy(update={"since": fresh.now, "mentors_per_set": 1})
    content = write(strict)
    path = "policy/calibration-2026-11.yml"
    append.add(fresh.git, {path: content}, "One mentor a set", fresh.now)
    _forge(fresh, later, Handed, policy=fresh.ledger().policies(fresh.now)["calibration"][1])
    assert ("AUD-121", "`set-1` was with as many mentors as may have it: 1") in _found(fresh)


def test_an_audit_from_a_later_commit_judges_the_mentors_that_it_touches(fresh: Any) -> None:
    fresh.calibrate()
    seen = fresh.git.text("rev-parse", "main").strip()
    fresh.calibrate("max")
    report = audit(fresh.git, since=seen)
    assert [d for d in report.divergences if d.finding.path.startswith("calibration/")] == []
    assert report.checked["records `handed`"] == 1
    forged = _answered_by_thief(fresh)
    later = audit(fresh.git, since=forged)
    assert ("AUD-046", "no hand-out waited for this round") in [
        (d.finding.code, d.finding.message) for d in later.divergences
    ]


def _answered_by_thief(desk: Any) -> str:
    """Write a second result for Mia that answers no hand-out; return the commit before it."""
    before: str = desk.git.text("rev-parse", "main").strip()
    ledger = desk.ledger()
    first = ledger.calibrations("mia", TWIN)[0]
    second = first.record.model_copy(update={"number": 2, "previous": first.digest})
    path, old = layout.round_file("mia", TWIN, 2), layout.round_file("mia", TWIN, 1)
    files = {
        layout.calibrated("mia", TWIN, 2): write(sign(second, desk.holders.signer("desk"))),
        path: ledger.tree.read(old),
        f"{path}.sig": ledger.tree.read(f"{old}.sig"),
    }
    append.add(desk.git, files, "Forged", desk.now)
    return before


def test_a_retirement_makes_an_audit_from_a_later_commit_judge_every_round(fresh: Any) -> None:
    fresh.calibrate()
    seen = fresh.git.text("rev-parse", "main").strip()
    fresh.apply(_retired(fresh))
    assert audit(fresh.git, since=seen).checked["agreements computed again"] == 1
