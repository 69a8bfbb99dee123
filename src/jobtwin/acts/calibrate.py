"""calibrate: a mentor's answers to sealed gold items become his agreement with the reference."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import load, stamp, write
from jobtwin.records.calibration import Calibrated, GoldSet, Round
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.rules import eligibility, gold, scoring
from jobtwin.rules.agreement import agreement, ruling
from jobtwin.rules.ledger import digest, sign
from jobtwin.rules.signature import ROUND, check_signature

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.base import Loaded
    from jobtwin.records.calibration import ItemAnswer
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Ledger

NOT_A_MENTOR = Code(
    "CAL-001",
    "the round is by nobody who is a mentor now",
    why="Only a mentor's grades can count, so only a mentor is calibrated.",
    fix="Ask the operators to add you under mentors/, or correct `mentor`.",
)
NO_SET = Code(
    "CAL-002",
    "there is no such gold set for this rubric",
    why="A calibration speaks of one twin and one version of its rubric.",
    fix="Take the newest set under calibration/<twin>/.",
)
SET_SEEN = Code(
    "CAL-003",
    "this gold set was answered before",
    why="Whoever has seen an item's result does not judge it afresh.",
    fix="Ask for a set that is new to you.",
)
TOO_SOON = Code(
    "CAL-004",
    "there were too many rounds",
    why="Trying until it fits would measure luck, not agreement.",
    fix="Wait until the date named, and discuss the rubric's anchors meanwhile.",
)
ROUND_NUMBER = Code(
    "CAL-005",
    "the round's number is not the next",
    why="Rounds are counted, so that none can be left out or handed in twice.",
    fix="Write the number named, and sign the file again.",
)
UNREADABLE = Code(
    "CAL-006",
    "the answers cannot be opened",
    why="Nothing can be compared.",
    fix="Seal them with `jobtwin calibrate round`.",
)
ITEMS = Code(
    "CAL-007",
    "the answers are not one for each item",
    why="Left-out items would be those that one is unsure of.",
    fix="Score each item of the set exactly once.",
)
DIMENSIONS = Code(
    "CAL-008",
    "an answer does not score the rubric's dimensions",
    why="Every dimension of the rubric is part of what agreement is measured on.",
    fix="Give each dimension of the twin's rubric one score.",
)
OFF_GRID = Code(
    "CAL-009",
    "a score is not a step of 0.05",
    why="Scores of reviews lie on this grid, so those of a calibration do too.",
    fix="Write the nearest of 0.00, 0.05, … 1.00.",
)

Ratings = dict[str, dict[str, tuple[float, float]]]


def calibrate(
    event: Event, ledger: Ledger, holders: Holders, round_bytes: bytes, signature: bytes
) -> Effects:
    """Measure a mentor's signed round; raises `Refused` with every finding.

    `round_bytes` is the file as it was signed, `signature` its `.sig` (namespace
    `jobtwin-round@v1`). A round that follows `extend` is pooled with the one before it.
    """
    loaded = load(Round, round_bytes, "round.yml")
    given = loaded.record
    mentor = _mentor(ledger, loaded, event.at)
    if wrong := list(check_signature(round_bytes, signature, mentor.key, ROUND, loaded.path)):
        raise Refused(wrong)
    twin, gold_set = _twin_and_set(ledger, loaded)
    policy = ledger.policy(CalibrationPolicy, event.at)
    earlier = ledger.calibrations(mentor.id, twin.id)
    if findings := list(_out_of_turn(loaded, [e.record for e in earlier], policy, event.at)):
        raise Refused(findings)
    before = earlier[-1].record if earlier else None
    extended = before is not None and before.ruling == "extend" and before.rubric == gold_set.rubric
    ratings = _ratings(ledger, holders, loaded, twin, gold_set)
    if before and extended:
        ratings |= _earlier_ratings(ledger, holders, twin, before)
    found = agreement(ratings, scoring.weights(twin), twin.pass_threshold)
    signer = holders.signer("desk")
    record = sign(
        Calibrated(
            format=1,
            at=event.at,
            event=event.id,
            previous=earlier[-1].digest if earlier else None,
            key=signer.key_id,
            mentor=mentor.id,
            twin=twin.id,
            twin_version=gold_set.twin_version,
            rubric=gold_set.rubric,
            gold_set=gold_set.id,
            number=given.number,
            round=digest(round_bytes),
            round_signature=digest(signature),
            policy=ledger.policies(event.at)["calibration"][1],
            agreement=found,
            ruling=ruling(found, policy, extended),
            expires=event.at + timedelta(days=policy.expires_days),
            expires_after_reviews=policy.expires_reviews,
        ),
        signer,
    )
    path = layout.round_file(mentor.id, twin.id, given.number)
    return Effects(
        records={
            path: round_bytes,
            f"{path}.sig": signature,
            layout.calibrated(mentor.id, twin.id, given.number): write(record),
        },
        message=f"Calibrate {mentor.id} for {twin.id}: {record.ruling}",
        comment=result(record, policy),
        labels=(record.ruling,),
    )


def _mentor(ledger: Ledger, given: Loaded[Round], at: datetime) -> Mentor:
    mentor = ledger.mentor(given.record.mentor)
    if mentor is None or not eligibility.is_mentor_at(mentor, at):
        message = f"`{given.record.mentor}` is not a mentor at {stamp(at)}"
        raise Refused([given.finding(NOT_A_MENTOR, message, "mentor")])
    return mentor


def _twin_and_set(ledger: Ledger, given: Loaded[Round]) -> tuple[Twin, GoldSet]:
    twin = ledger.twin(given.record.twin)
    found = ledger.load(GoldSet, gold.set_path(given.record.twin, given.record.gold_set))
    if twin is None or found is None or found.record.rubric != scoring.rubric_digest(twin.record):
        message = f"`{given.record.gold_set}` is no set for the present rubric of the twin"
        raise Refused([given.finding(NO_SET, message, "gold_set")])
    return twin.record, found.record


def _out_of_turn(
    given: Loaded[Round], earlier: Sequence[Calibrated], policy: CalibrationPolicy, at: datetime
) -> Iterator[Finding]:
    """Yield what is wrong with the round's set, number and time among the earlier rounds."""
    if given.record.gold_set in {item.gold_set for item in earlier}:
        yield given.finding(SET_SEEN, f"you answered `{given.record.gold_set}` before", "gold_set")
    if given.record.number != len(earlier) + 1:
        yield given.finding(ROUND_NUMBER, f"this is your round {len(earlier) + 1}", "number")
    pairs = zip([None, *earlier], earlier, strict=False)
    full = [item.at for before, item in pairs if before is None or before.ruling != "extend"]
    extension = bool(earlier) and earlier[-1].ruling == "extend"
    again = None if extension else eligibility.too_soon(full, policy.rounds_per_90_days, at)
    if again:
        yield given.finding(TOO_SOON, f"the next round may be taken on {stamp(again)}", "number")


def _ratings(
    ledger: Ledger, holders: Holders, given: Loaded[Round], twin: Twin, gold_set: GoldSet
) -> Ratings:
    """Return (given, reference) by item and dimension; raises `Refused` for bad answers."""
    try:
        answers = gold.open_answers(given.record.answers, holders.gold)
    except ValueError as error:
        message = str(error).splitlines()[0]
        raise Refused([given.finding(UNREADABLE, message, "answers")]) from error
    if findings := list(check_answers(given, answers, gold_set, scoring.weights(twin))):
        raise Refused(findings)
    sealed = ledger.tree.read(gold.reference_path(gold_set))
    if sealed is None:
        raise EngineError(f"gold set {gold_set.id} has no reference", "restore it from the history")
    reference = gold.open_reference(gold_set, sealed, holders.gold).scores
    return {
        f"{gold_set.id}/{answer.item}": {
            name: (score, reference[answer.item][name]) for name, score in answer.scores.items()
        }
        for answer in answers
    }


def _earlier_ratings(ledger: Ledger, holders: Holders, twin: Twin, before: Calibrated) -> Ratings:
    path = layout.round_file(before.mentor, before.twin, before.number)
    given = ledger.load(Round, path)
    gold_set = ledger.need(GoldSet, gold.set_path(before.twin, before.gold_set))
    if given is None:
        raise EngineError(f"{path} is not there", "run `jobtwin audit`")
    return _ratings(ledger, holders, given, twin, gold_set)


def check_answers(
    given: Loaded[Round],
    answers: Sequence[ItemAnswer],
    gold_set: GoldSet,
    dimensions: Mapping[str, float],
) -> Iterator[Finding]:
    """Yield what is wrong with answers: items, dimensions and grid."""
    counts = Counter(answer.item for answer in answers)
    for item in gold_set.items:
        if counts[item.id] != 1:
            yield given.finding(ITEMS, f"`{item.id}` is scored {counts[item.id]} times", "answers")
    for unknown in sorted(set(counts) - {item.id for item in gold_set.items}):
        yield given.finding(ITEMS, f"`{unknown}` is not an item of the set", "answers")
    for answer in answers:
        if set(answer.scores) != set(dimensions):
            wrong = ", ".join(sorted(set(answer.scores) ^ set(dimensions)))
            yield given.finding(DIMENSIONS, f"`{answer.item}`: missing or unknown: {wrong}")
        for name, score in answer.scores.items():
            if not scoring.on_grid(score):
                yield given.finding(OFF_GRID, f"`{answer.item}`, {name}: {score:g}", "answers")


def result(record: Calibrated, policy: CalibrationPolicy) -> str:
    """Return what the mentor is told: figures over all items, never one item's result."""
    found = record.agreement
    words = {
        "calibrated": f"**Calibrated for {record.twin}** until {stamp(record.expires)}, "
        f"for at most {record.expires_after_reviews} reviews.",
        "extend": "**Not yet: one more set is needed.** The agreement is good enough, but too "
        "few ratings make it too uncertain. The next set is pooled with this one.",
        "recalibrate": "**Not calibrated this time.** Read the anchors again with another "
        "mentor before the next round.",
    }
    rows = [
        ("Cohen's kappa, five levels", _figure(found.kappa), f">= {policy.kappa:g}"),
        ("its 90 % interval, lower end", _figure(found.kappa_low), f">= {policy.kappa_low:g}"),
        (
            "pass or fail alike",
            _figure(found.verdict_agreement),
            f">= {policy.verdict_agreement:g}",
        ),
        ("items", str(found.items), f">= {policy.items}"),
        ("ratings", str(found.ratings), f">= {policy.ratings}"),
        ("kappa, quadratic weights", _figure(found.weighted_kappa), ""),
        ("same level", _figure(found.exact), ""),
        ("at most one level apart", _figure(found.adjacent), ""),
        ("Gwet's AC1", _figure(found.ac1), ""),
        ("mean error of the overall score", _figure(found.mean_absolute_error), ""),
    ]
    table = [f"| {name} | {value} | {bar} |" for name, value, bar in rows]
    head = ["", "| figure | yours | needed |", "|---|---|---|"]
    return "\n".join([words[record.ruling], *head, *table])


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"
