"""calibrate: a mentor's answers to sealed gold items become his agreement with the reference."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge import mentors
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import load, stamp, write
from jobtwin.records.calibration import AnswerSheet, Calibrated, GoldSet, Round
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.repository import moments, ssh
from jobtwin.rules import eligibility, gold, scoring
from jobtwin.rules.agreement import agreement, ruling
from jobtwin.rules.ledger import digest, sign
from jobtwin.rules.rounds import check_answers, check_turn, extends, result
from jobtwin.rules.signature import ROUND, check_signature

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.base import Loaded
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
UNREADABLE = Code(
    "CAL-006",
    "the answers cannot be opened",
    why="Nothing can be compared.",
    fix="Seal them with `jobtwin calibrate round`.",
)
Ratings = dict[str, dict[str, tuple[float, float]]]


def calibrate(
    event: Event, ledger: Ledger, holders: Holders, round_bytes: bytes, signature: bytes
) -> Effects:
    """Measure a mentor's signed round; raises `Refused` with every finding.

    `round_bytes` is the file as it was signed, `signature` its `.sig` (namespace
    `jobtwin-round@v1`). A round that follows `extend` is pooled with the one before it. The same
    round again changes nothing.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    loaded = load(Round, round_bytes, "round.yml")
    given = loaded.record
    mentor = _mentor(ledger, loaded, event.at)
    if wrong := list(check_signature(round_bytes, signature, mentor.key, ROUND, loaded.path)):
        raise Refused(wrong)
    policy = ledger.policy(CalibrationPolicy, event.at)
    earlier = ledger.calibrations(mentor.id, given.twin)
    for item in earlier:
        if item.record.round == digest(round_bytes):
            return Effects(comment=result(item.record, policy))
    twin, gold_set = _named_set(ledger, given.twin, given.gold_set)
    rounds = [item.record for item in earlier]
    if findings := list(check_turn(loaded, rounds, gold_set.rubric, policy, event.at)):
        raise Refused(findings)
    ratings = _ratings(ledger, holders, loaded, twin, gold_set)
    if extended := bool(rounds) and extends(rounds[-1], gold_set.rubric):
        ratings |= _earlier_ratings(ledger, holders, twin, rounds[-1])
    found = agreement(ratings, scoring.weights(twin), twin.pass_threshold)
    signer = holders.signer("desk")
    record = Calibrated(
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
    )
    return _effects(sign(record, signer), policy, round_bytes, signature)


def calibrate_by_pull_request(event: Event, ledger: Ledger, holders: Holders) -> Effects:
    """Measure the round that a mentor's pull request brings, and close it: it is never merged.

    It is read as git objects from the head that the event announces. Raises `Refused` with every
    finding; the pull request then stays open.
    """
    signed = mentors.brought(event, ledger.tree.git, f"{layout.CALIBRATION_INBOX}/round.yml")
    if signed is None:
        return Effects()
    return replace(calibrate(event, ledger, holders, *signed), close=True)


def _effects(
    record: Calibrated, policy: CalibrationPolicy, round_bytes: bytes, signature: bytes
) -> Effects:
    path = layout.round_file(record.mentor, record.twin, record.number)
    return Effects(
        records={
            path: round_bytes,
            f"{path}.sig": signature,
            layout.calibrated(record.mentor, record.twin, record.number): write(record),
        },
        message=f"Calibrate {record.mentor} for {record.twin}: {record.ruling}",
        comment=result(record, policy),
    )


def _mentor(ledger: Ledger, given: Loaded[Round], at: datetime) -> Mentor:
    mentor = ledger.mentor(given.record.mentor)
    if mentor is None or not eligibility.is_mentor_at(mentor, at):
        message = f"`{given.record.mentor}` is not a mentor at {stamp(at)}"
        raise Refused([given.finding(NOT_A_MENTOR, message, "mentor")])
    return mentor


def _ratings(
    ledger: Ledger, holders: Holders, given: Loaded[Round], twin: Twin, gold_set: GoldSet
) -> Ratings:
    """Return (given, reference) by item and dimension; raises `Refused` for bad answers."""
    try:
        answers = gold.open_answers(given.record.answers, holders.gold)
    except ValueError as error:
        message = str(error).splitlines()[0]
        raise Refused([given.finding(UNREADABLE, message, "answers")]) from error
    if findings := list(check_answers(answers, gold_set, scoring.weights(twin), given.path)):
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


def hand_out(ledger: Ledger, holders: Holders, twin_id: str, set_id: str) -> dict[str, bytes]:
    """Return what a mentor is given: the opened items and a sheet for the answers, by path.

    The reference stays sealed. Raises `Refused` when there is no such set.
    """
    twin, gold_set = _named_set(ledger, twin_id, set_id)
    files: dict[str, bytes] = {"answers.yml": gold.sheet(gold_set, twin)}
    for item in gold_set.items:
        sealed = ledger.tree.read(gold.item_path(gold_set, item.id))
        if sealed is None or digest(sealed) != item.digest:
            raise EngineError(f"{item.id} of {set_id} is not what set.yml names", "restore it")
        opened = gold.open_item(sealed, holders.gold)
        files |= {f"{item.id}/{path}": content for path, content in opened.items()}
    return files


def prepare_round(ledger: Ledger, mentor: str, twin_id: str, set_id: str, answers: bytes) -> bytes:
    """Return the round to sign, from a filled-in sheet; raises `Refused` with every finding."""
    twin, gold_set = _named_set(ledger, twin_id, set_id)
    sheet = load(AnswerSheet, answers, "answers.yml").record
    if findings := list(check_answers(sheet.items, gold_set, scoring.weights(twin), "answers.yml")):
        raise Refused(findings)
    number = len(ledger.calibrations(mentor, twin_id)) + 1
    given = {answer.item: answer.scores for answer in sheet.items}
    return write(gold.make_round(mentor, gold_set, number, given))


def _named_set(ledger: Ledger, twin_id: str, set_id: str) -> tuple[Twin, GoldSet]:
    twin = need_twin(ledger, twin_id)
    found = ledger.load(GoldSet, gold.set_path(twin_id, set_id))
    if found is None or found.record.rubric != scoring.rubric_digest(twin):
        message = f"`{set_id}` is no set for the present rubric of `{twin_id}`"
        raise Refused([NO_SET.at(message)])
    return twin, found.record


def need_twin(ledger: Ledger, twin_id: str) -> Twin:
    """Return a twin as it is now; raises `Refused` where there is none."""
    found = ledger.twin(twin_id)
    if found is None:
        raise Refused(
            [NO_SET.at(f"`{twin_id}` is not a twin; there are {', '.join(ledger.twins)}")]
        )
    return found.record


def sign_round(key_path: Path, content: bytes) -> bytes:
    """Return the mentor's signature over a round, made by `ssh-keygen -Y sign`."""
    return ssh.sign_bytes_with_ssh(key_path, ROUND, content)
