"""Calibration rounds: handed out, answered, measured; what is refused, and what stays sealed."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin import sealing
from jobtwin.acts.calibrate import calibrate, prepare_round
from jobtwin.acts.calibrate.handing_out import hand_out, opened
from jobtwin.acts.calibrate.pooling import confusion_table
from jobtwin.acts.calibrate.retiring import retire
from jobtwin.credential.endorser import signer_from_ssh
from jobtwin.errors import EngineError, Refused
from jobtwin.forge.events import Account
from jobtwin.keys import Holders
from jobtwin.records import layout
from jobtwin.records.base import load, stamp, write
from jobtwin.records.calibration import Calibrated, GoldSet, Handed, Retired, Round
from jobtwin.records.organisation import CalibrationPolicy
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


def _more_gold(desk: Any, set_id: str, count: int = 24, use: Any = "rounds") -> None:
    """Seal another set: other items with the scores of the first ones."""
    items = [
        replace(item, files={"report.md": f"# {set_id}, {n}\n".encode()})
        for n, item in enumerate(desk.items[:count])
    ]
    _seal(desk, set_id, items, use)


def _seal(desk: Any, set_id: str, items: Any, use: Any = "rounds") -> None:
    key = gold.public_key(desk.holders.gold)
    made = gold.seal(desk.twin(), set_id, items, key, b"t" * 16, desk.now, use)
    append.add(desk.git, made, "Another gold set", desk.now)


def _retire(desk: Any, set_id: str = SET) -> Effects:
    effects = retire(desk.event(), desk.ledger(), desk.holders, TWIN, set_id)
    done: Effects = desk.apply(effects)
    return done


def _only(desk: Any, count: int, *names: str) -> None:
    """Leave no other sets in use than new ones of so many items."""
    _retire(desk)
    desk.items = desk.items[:count]
    for name in names:
        desk.wait(minutes=1)
        _more_gold(desk, name, count)


def _taken(desk: Any, content: bytes, key: str = "mia") -> Effects:
    signature = ssh.sign_bytes_with_ssh(desk.keys / key, ROUND, content)
    return calibrate(desk.event(), desk.ledger(), desk.holders, content, signature)


def _codes(desk: Any, answers: dict[str, dict[str, float]]) -> list[str]:
    desk.hand_out()
    gold_set = desk.ledger().need(GoldSet, gold.set_path(TWIN, SET))
    with pytest.raises(Refused) as refused:
        _taken(desk, write(gold.make_round("mia", gold_set, 1, answers)))
    return [finding.code for finding in refused.value.findings]


def _answers(desk: Any) -> dict[str, dict[str, float]]:
    return {f"item-{n:02}": dict(item.scores) for n, item in enumerate(desk.items, start=1)}


def _seed(desk: Any, name: str = "mia") -> bytes:
    return signer_from_ssh((desk.keys / name).read_bytes()).seed


# what a round comes to


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


def test_each_record_is_signed_and_follows_the_one_before(fresh: Any) -> None:
    fresh.calibrate(wrong_every=2)
    _more_gold(fresh, "set-2")
    fresh.wait(days=1)
    fresh.calibrate(number=2, set_id="set-2")
    ledger = fresh.ledger()
    handed, results = ledger.handed("mia", TWIN), ledger.calibrations("mia", TWIN)
    chain = [handed[0], results[0], handed[1], results[1]]
    previous = None
    for item in chain:
        assert list(check_record(item.record, item.path, ledger.act_keys, previous)) == []
        previous = (item.digest, item.record.at)


def test_too_few_items_extend_once_and_the_rounds_are_pooled(fresh: Any) -> None:
    _only(fresh, 12, "half-1", "half-2")
    first = _record(fresh.calibrate(set_id="half-1"))
    assert (first.ruling, first.agreement.items) == ("extend", 12)
    second = _record(fresh.calibrate(number=2, set_id="half-2"))
    assert (second.ruling, second.agreement.items) == ("calibrated", 24)


def test_a_set_that_was_retired_since_is_pooled_all_the_same(fresh: Any) -> None:
    _only(fresh, 12, "half-1", "half-2")
    fresh.calibrate(set_id="half-1")
    _retire(fresh, "half-1")
    assert _record(fresh.calibrate(number=2, set_id="half-2")).agreement.items == 24


def test_an_extension_that_is_still_not_sure_is_the_last(fresh: Any) -> None:
    _only(fresh, 6, "few-1", "few-2")
    assert _record(fresh.calibrate(set_id="few-1")).ruling == "extend"
    assert _record(fresh.calibrate(number=2, set_id="few-2")).ruling == "recalibrate"


def test_an_extension_needs_no_waiting_and_is_not_counted(fresh: Any) -> None:
    _only(fresh, 12, *(f"half-{number}" for number in range(1, 5)))
    fresh.calibrate(wrong_every=2, set_id="half-1")
    assert _record(fresh.calibrate(number=2, set_id="half-2")).ruling == "extend"
    third = _record(fresh.calibrate(wrong_every=2, number=3, set_id="half-3"))
    assert third.ruling == "recalibrate"
    with pytest.raises(Refused, match="CAL-004"):
        fresh.hand_out()


def test_an_extension_after_a_calibrations_length_is_a_round_of_its_own(fresh: Any) -> None:
    _only(fresh, 12, "half-1", "half-2")
    fresh.calibrate(set_id="half-1")
    fresh.wait(days=90)
    fresh.hand_out()
    assert fresh.ledger().handed("mia", TWIN)[-1].record.extends is None
    again = _record(fresh.calibrate(number=2, set_id="half-2", asking=False))
    assert again.agreement.items == 12


def test_the_same_round_again_changes_nothing(fresh: Any) -> None:
    fresh.hand_out()
    content, signature = fresh.round()
    first = fresh.apply(calibrate(fresh.event(), fresh.ledger(), fresh.holders, content, signature))
    again = calibrate(fresh.event(), fresh.ledger(), fresh.holders, content, signature)
    assert (dict(again.records), again.comment) == ({}, first.comment)


def test_a_round_is_judged_by_the_policy_of_its_hand_out(fresh: Any) -> None:
    fresh.hand_out()
    old = fresh.ledger().policy(CalibrationPolicy, fresh.now)
    later = old.model_copy(update={"since": fresh.now + timedelta(hours=1), "kappa": 1.0})
    append.add(fresh.git, {"policy/calibration-2026-11.yml": write(later)}, "Stricter", fresh.now)
    fresh.wait(days=1)
    assert _record(fresh.calibrate(asking=False)).ruling == "calibrated"


def test_a_policy_that_was_changed_since_stops_the_round(fresh: Any) -> None:
    fresh.hand_out()
    path = fresh.ledger().policies(fresh.now)["calibration"][0]
    old = fresh.ledger().policy(CalibrationPolicy, fresh.now)
    content = write(old.model_copy(update={"kappa": 0.1}))
    _overwrite(fresh, path, content)
    with pytest.raises(EngineError, match="no file under policy/ has the digest"):
        fresh.calibrate(asking=False)


def _overwrite(desk: Any, path: str, content: bytes) -> None:
    blob = desk.git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
    index = {"GIT_INDEX_FILE": str(desk.git.path / "tampering")}
    desk.git.run("read-tree", "main", env=index)
    line = f"100644 {blob}\t{path}\n".encode()
    desk.git.run("update-index", "--index-info", stdin=line, env=index)
    tree = desk.git.text("write-tree", env=index)
    who = append.BOT.environment(desk.now)
    made = desk.git.run("commit-tree", tree, "-p", "main", "-m", "Tamper", env=who)
    desk.git.run("update-ref", "refs/heads/main", made.decode().strip())


# which set is handed out, to whom and when


def test_asking_again_gives_the_set_that_one_holds(fresh: Any) -> None:
    _more_gold(fresh, "set-2")
    first, again = fresh.hand_out(), fresh.hand_out()
    assert (again.comment, dict(again.records)) == (first.comment, {})
    assert f"until {stamp(fresh.now + timedelta(days=14))}" in first.comment


def test_the_oldest_set_that_is_new_to_the_mentor_is_handed_out(fresh: Any) -> None:
    fresh.wait(days=1)
    _more_gold(fresh, "a-later-set")
    fresh.calibrate()
    fresh.hand_out()
    assert fresh.ledger().handed("mia", TWIN)[-1].record.gold_set == "a-later-set"


def test_a_set_is_answered_once_and_then_there_is_none_left(fresh: Any) -> None:
    fresh.calibrate(wrong_every=2)
    with pytest.raises(Refused, match="CAL-003 no set of `jt-incident-4` is new to you"):
        fresh.hand_out()


def test_the_same_items_in_another_set_are_not_handed_out_again(fresh: Any) -> None:
    fresh.calibrate(wrong_every=2)
    _seal(fresh, "old-wine", fresh.items[:1])
    with pytest.raises(Refused, match="CAL-003"):
        fresh.hand_out()


def test_a_new_key_makes_no_set_new_and_no_round_uncounted(fresh: Any) -> None:
    fresh.calibrate(wrong_every=2)
    fresh.new_key()
    with pytest.raises(Refused, match="CAL-003"):
        fresh.hand_out()
    for set_id in ("set-2", "set-3"):
        fresh.wait(minutes=1)
        _more_gold(fresh, set_id)
    handed = fresh.hand_out()
    assert "`mia-again` holds `set-2`" in handed.comment
    fresh.wait(days=15)
    with pytest.raises(Refused, match="CAL-004"):
        fresh.hand_out()


def test_a_set_for_the_live_queue_is_never_handed_out(fresh: Any) -> None:
    fresh.calibrate(wrong_every=2)
    _more_gold(fresh, "hidden", use="queue")
    with pytest.raises(Refused, match="CAL-003"):
        fresh.hand_out()


def test_a_set_is_used_up_after_the_policys_number_of_mentors(make_desk: Any) -> None:
    desk = make_desk(more=(Account(503, "kim"),))
    old = desk.ledger().policy(CalibrationPolicy, desk.now)
    strict = old.model_copy(update={"since": desk.now, "mentors_per_set": 2})
    append.add(desk.git, {"policy/calibration-2026-11.yml": write(strict)}, "Two", desk.now)
    desk.hand_out("mia")
    desk.hand_out("max")
    with pytest.raises(Refused, match="CAL-003"):
        desk.hand_out("kim")


def test_a_third_round_waits_for_ninety_days(fresh: Any) -> None:
    for set_id in ("set-2", "set-3"):
        fresh.wait(minutes=1)
        _more_gold(fresh, set_id)
    fresh.calibrate(wrong_every=2)
    fresh.wait(days=10)
    fresh.calibrate(wrong_every=2, number=2, set_id="set-2")
    fresh.wait(days=79)
    with pytest.raises(Refused, match="CAL-004 the next round may be taken on 2027-01-31T"):
        fresh.hand_out()
    fresh.wait(days=1)
    assert _record(fresh.calibrate(number=3, set_id="set-3")).ruling == "calibrated"


def test_a_set_that_lapses_unanswered_counts_as_a_round_and_is_seen(fresh: Any) -> None:
    for set_id in ("set-2", "set-3"):
        fresh.wait(minutes=1)
        _more_gold(fresh, set_id)
    fresh.hand_out()
    fresh.wait(days=14, seconds=1)
    with pytest.raises(Refused, match="CAL-010"):
        fresh.calibrate(asking=False)
    fresh.calibrate(wrong_every=2, number=2, set_id="set-2")
    with pytest.raises(Refused, match="CAL-004"):
        fresh.hand_out()


def test_the_answer_at_the_last_second_is_in_time(fresh: Any) -> None:
    fresh.hand_out()
    fresh.wait(days=14)
    assert _record(fresh.calibrate(asking=False)).ruling == "calibrated"


@pytest.mark.parametrize("comment", ["/calibrate", "/calibrate x", "please /calibrate jt-a"])
def test_only_the_plain_command_asks_for_a_set(fresh: Any, comment: str) -> None:
    event = fresh.event(Account(501, "mia"), comment)
    with pytest.raises(Refused, match="CAL-012"):
        hand_out(event, fresh.ledger(), fresh.holders)


def test_a_twin_that_is_none_is_named_with_those_that_are(fresh: Any) -> None:
    event = fresh.event(Account(501, "mia"), "/calibrate jt-nothing-9")
    with pytest.raises(Refused, match="there are"):
        hand_out(event, fresh.ledger(), fresh.holders)


def test_a_stranger_is_handed_nothing(fresh: Any) -> None:
    event = fresh.event(Account(9, "eve"), f"/calibrate {TWIN}")
    with pytest.raises(Refused, match="CAL-013"):
        hand_out(event, fresh.ledger(), fresh.holders)


# what a round must be


def test_a_round_without_a_hand_out_is_refused(fresh: Any) -> None:
    with pytest.raises(Refused, match="CAL-005 you hold no set"):
        fresh.calibrate(asking=False)


def test_the_number_must_be_that_of_the_hand_out(fresh: Any) -> None:
    with pytest.raises(Refused, match="CAL-005 you were handed `set-1` as number 1"):
        fresh.calibrate(number=2)


def test_another_set_than_the_handed_one_is_refused(fresh: Any) -> None:
    _more_gold(fresh, "set-2")
    with pytest.raises(Refused, match="CAL-005"):
        fresh.calibrate(set_id="set-2")


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
    fresh.hand_out()
    content, _ = fresh.round()
    lines = [b"answers: AAAA" if b"answers:" in line else line for line in content.splitlines()]
    with pytest.raises(Refused, match="CAL-006"):
        _taken(fresh, b"\n".join(lines) + b"\n")


def test_another_mentors_sealed_answers_cannot_be_handed_in_as_ones_own(fresh: Any) -> None:
    fresh.hand_out("max")
    fresh.hand_out("mia")
    box = load(Round, fresh.round("max")[0]).record.answers
    mine = load(Round, fresh.round("mia")[0]).record
    with pytest.raises(Refused, match="sealed for another mentor, set or round"):
        _taken(fresh, write(mine.model_copy(update={"answers": box})))


def test_ones_own_answers_to_an_earlier_round_cannot_be_handed_in_again(fresh: Any) -> None:
    _more_gold(fresh, "set-2")
    fresh.calibrate(wrong_every=2)
    old = fresh.ledger().load(Round, layout.round_file("mia", TWIN, 1)).record
    fresh.hand_out()
    copied = old.model_copy(update={"number": 2, "gold_set": "set-2"})
    with pytest.raises(Refused, match="CAL-006"):
        _taken(fresh, write(copied))


def test_another_mentors_signature_is_refused(fresh: Any) -> None:
    fresh.hand_out()
    with pytest.raises(Refused, match="SIG-003"):
        _taken(fresh, fresh.round("mia")[0], key="max")


def test_whoever_is_no_mentor_is_refused(fresh: Any) -> None:
    content = fresh.round()[0].replace(b"mentor: mia", b"mentor: eve")
    with pytest.raises(Refused, match="CAL-001"):
        calibrate(fresh.event(), fresh.ledger(), fresh.holders, content, b"")


# sealed and opened


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
    secrets = gold.secrets_of(gold_set, fresh.holders.gold)
    with pytest.raises(EngineError, match="not the one committed to"):
        gold.open_reference(gold_set, sealed, secrets.answers)


def test_another_gold_secret_opens_nothing(fresh: Any) -> None:
    holders = Holders({**fresh.holders.secrets, "gold": "11" * 32})
    event = fresh.event(Account(501, "mia"), f"/calibrate {TWIN}")
    with pytest.raises(EngineError, match="does not open"):
        hand_out(event, fresh.ledger(), holders)


def test_a_mentor_opens_items_and_a_sheet_with_the_ssh_key_but_no_reference(fresh: Any) -> None:
    fresh.hand_out()
    files = opened(fresh.ledger(), "mia", TWIN, _seed(fresh))
    assert files["item-03/report.md"] == b"# Item 2\n"
    assert len(files) == 25
    assert not [path for path in files if "reference" in path]


def test_another_mentor_cannot_open_what_was_handed_out(fresh: Any) -> None:
    fresh.hand_out()
    with pytest.raises(Refused, match="sealed to another key"):
        opened(fresh.ledger(), "mia", TWIN, _seed(fresh, "max"))


def test_the_key_to_the_items_opens_neither_reference_nor_answers(fresh: Any) -> None:
    fresh.hand_out()
    gold_set = fresh.ledger().need(GoldSet, gold.set_path(TWIN, SET))
    secrets = gold.secrets_of(gold_set, fresh.holders.gold)
    sealed = fresh.ledger().tree.read(gold.reference_path(gold_set))
    with pytest.raises(EngineError, match="does not open"):
        gold.open_reference(gold_set, sealed, secrets.items)
    given = load(Round, fresh.round()[0]).record
    with pytest.raises(ValueError, match="not sealed to this set's key"):
        gold.open_answers(given, secrets.items)


def test_a_filled_in_sheet_becomes_a_round_that_counts(fresh: Any) -> None:
    fresh.hand_out()
    sheet = {
        "format": 1,
        "kind": "answers",
        "items": [{"item": name, "scores": given} for name, given in _answers(fresh).items()],
    }
    content = prepare_round(fresh.ledger(), "mia", TWIN, json.dumps(sheet).encode())
    record = _record(_taken(fresh, content))
    assert record.agreement.kappa == 1.0
    assert record.round == digest(content)


def test_a_sheet_of_somebody_who_holds_nothing_is_refused(fresh: Any) -> None:
    with pytest.raises(Refused, match="comment `/calibrate jt-incident-4` first"):
        prepare_round(fresh.ledger(), "mia", TWIN, b"")


def test_the_blank_sheet_is_refused_at_every_gap(fresh: Any) -> None:
    fresh.hand_out()
    sheet = opened(fresh.ledger(), "mia", TWIN, _seed(fresh))["answers.yml"]
    with pytest.raises(Refused) as refused:
        prepare_round(fresh.ledger(), "mia", TWIN, sheet)
    blanks = [f for f in refused.value.findings if "valid number" in f.message]
    assert len(blanks) == 24 * 5


def test_nothing_in_the_repository_shows_an_item_a_score_or_an_answer(fresh: Any) -> None:
    fresh.calibrate()
    tree = fresh.ledger().tree
    shown = b"".join(tree.read(path) or b"" for path in tree.paths("calibration"))
    for legible in (b"diagnosis_speed", b"# Item", b"a defect"):
        assert legible not in shown
        assert base64.b64encode(legible)[:-4] not in shown


# retired


def test_a_retired_set_opens_items_reference_and_answers_for_everybody(fresh: Any) -> None:
    fresh.calibrate()
    _retire(fresh)
    ledger = fresh.ledger()
    gold_set = ledger.need(GoldSet, gold.set_path(TWIN, SET))
    secrets = gold.published(gold_set, ledger.need(Retired, layout.retired(TWIN, SET)))
    sealed = ledger.tree.read(gold.reference_path(gold_set))
    reference = gold.open_reference(gold_set, sealed, secrets.answers)
    assert reference.scores == _answers(fresh)
    assert reference.defects["item-01"] == ["a defect"]
    item = ledger.tree.read(gold.item_path(gold_set, "item-01"))
    assert gold.open_item(item, secrets.items) == {"report.md": b"# Item 0\n"}
    given = ledger.need(Round, layout.round_file("mia", TWIN, 1))
    assert len(gold.open_answers(given, secrets.answers).items) == 24


def test_a_set_that_a_mentor_holds_is_not_retired_until_it_lapses(fresh: Any) -> None:
    fresh.hand_out()
    with pytest.raises(Refused, match="CAL-014 `mia` may answer it until"):
        _retire(fresh)
    fresh.wait(days=15)
    assert "is retired" in _retire(fresh).comment


def test_retiring_twice_changes_nothing(fresh: Any) -> None:
    _retire(fresh)
    assert not _retire(fresh).records


def test_a_retired_set_is_not_handed_out(fresh: Any) -> None:
    _retire(fresh)
    with pytest.raises(Refused, match="CAL-003"):
        fresh.hand_out()


def test_secrets_of_another_set_are_not_believed(fresh: Any) -> None:
    _more_gold(fresh, "set-2")
    _retire(fresh, "set-2")
    ledger = fresh.ledger()
    other = ledger.need(Retired, layout.retired(TWIN, "set-2"))
    with pytest.raises(EngineError, match="do not belong to its keys"):
        gold.published(ledger.need(GoldSet, gold.set_path(TWIN, SET)), other)


def test_what_is_no_set_is_not_retired(fresh: Any) -> None:
    with pytest.raises(Refused, match="CAL-002"):
        _retire(fresh, "nothing")


def test_a_hand_out_names_the_key_to_no_scores(fresh: Any) -> None:
    fresh.hand_out()
    handed: Handed = fresh.ledger().handed("mia", TWIN)[0].record
    assert len(base64.b64decode(handed.items_secret)) == 32 + 48


# pooled over mentors


def _pooled(desk: Any) -> str:
    return confusion_table(desk.ledger(), desk.holders, TWIN, desk.now)


def test_what_mentors_mix_up_is_shown_only_pooled_over_the_policys_number(make_desk: Any) -> None:
    desk = make_desk(more=(Account(503, "kim"),))
    old = desk.ledger().policy(CalibrationPolicy, desk.now)
    three = old.model_copy(update={"since": desk.now, "pooled_from": 3})
    append.add(desk.git, {"policy/calibration-2026-11.yml": write(three)}, "Three", desk.now)
    desk.calibrate("mia")
    desk.calibrate("max", wrong_every=5)
    with pytest.raises(Refused, match="CAL-015 2 of 3 mentors have answered"):
        _pooled(desk)
    desk.calibrate("kim")
    assert "Pooled over 3 mentors, 24 items and 360 ratings." in _pooled(desk)


def test_one_more_mentor_does_not_change_the_table_until_a_group_is_full(make_desk: Any) -> None:
    desk = make_desk(more=(Account(503, "kim"),))
    old = desk.ledger().policy(CalibrationPolicy, desk.now)
    two = old.model_copy(update={"since": desk.now, "pooled_from": 2})
    append.add(desk.git, {"policy/calibration-2026-11.yml": write(two)}, "Two", desk.now)
    desk.calibrate("mia")
    desk.wait(minutes=1)
    desk.calibrate("max", wrong_every=5)
    before = _pooled(desk)
    desk.wait(minutes=1)
    desk.calibrate("kim", wrong_every=2)
    assert _pooled(desk) == before


NAMED = b'{"mentor":"mia","twin":"jt-incident-4","gold_set":"set-1","number":1,"items":'
HOSTILE = [
    b"",
    b"[]",
    b"{",
    b"[" * 50_000,
    b'{"a":' * 9_000,
    b"\xff\xfe",
    NAMED + b"{}}",
    NAMED + b'[{"item":"item-01","scores":{"diagnosis_speed":NaN}}]}',
    NAMED + b'[{"item":"item-01","scores":{"diagnosis_speed":1e999}}]}',
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_answers_in_a_sound_box_are_refused_in_words(fresh: Any, content: bytes) -> None:
    fresh.hand_out()
    gold_set = fresh.ledger().need(GoldSet, gold.set_path(TWIN, SET))
    box = sealing.seal(content, bytes.fromhex(gold_set.answers_key))
    mine = load(Round, fresh.round()[0]).record
    answers = base64.b64encode(box).decode("ascii")
    with pytest.raises(Refused, match="CAL-006"):
        _taken(fresh, write(mine.model_copy(update={"answers": answers})))
