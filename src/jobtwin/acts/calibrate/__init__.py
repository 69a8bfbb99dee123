"""calibrate: a mentor is handed a sealed gold set, and his answers become his agreement with it.

Handing sets out and retiring them stand beside this module; here a signed round is measured.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.acts.calibrate import gold_sets
from jobtwin.acts.calibrate.gold_sets import UNREADABLE
from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.forge import mentors
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import load, stamp, write
from jobtwin.records.calibration import AnswerSheet, Calibrated, Round
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.repository import moments, ssh
from jobtwin.rules import eligibility, gold, rounds, scoring
from jobtwin.rules.agreement import agreement, ruling
from jobtwin.rules.ledger import digest, sign
from jobtwin.rules.signature import ROUND, check_signature

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.base import Loaded
    from jobtwin.records.calibration import GoldSet, Handed
    from jobtwin.records.organisation import Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.repository.ledger import Ledger
    from jobtwin.rules.rounds import Ratings

NOT_A_MENTOR = Code(
    "CAL-001",
    "the round is by nobody who is a mentor now",
    why="Only a mentor's grades can count, so only a mentor is calibrated.",
    fix="Ask the operators to add you under mentors/, or correct `mentor`.",
)


def calibrate(
    event: Event, ledger: Ledger, holders: Holders, round_bytes: bytes, signature: bytes
) -> Effects:
    """Measure a mentor's signed round; raises `Refused` with every finding.

    `round_bytes` is the file as it was signed, `signature` its `.sig` (namespace
    `jobtwin-round@v1`). It answers the set that the mentor was handed last, by the policy of that
    moment; an extension is pooled with the round before it. The same round again changes nothing.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    loaded = load(Round, round_bytes, "round.yml")
    given = loaded.record
    mentor = _mentor(ledger, loaded, event.at)
    if wrong := list(check_signature(round_bytes, signature, mentor.key, ROUND, loaded.path)):
        raise Refused(wrong)
    earlier = ledger.calibrations(mentor.id, given.twin)
    for item in earlier:
        if item.record.round == digest(round_bytes):
            return Effects(comment=rounds.result(item.record, _policy(ledger, item.record.policy)))
    taken = gold_sets.turns(ledger, mentor.id, given.twin)
    if findings := list(rounds.check_round(loaded, taken, event.at)):
        raise Refused(findings)
    handed = taken[-1].handed
    twin, gold_set = gold_sets.named(ledger, given.twin, given.gold_set)
    ratings = _ratings(ledger, holders, loaded, twin, gold_set)
    if handed.extends:
        ratings |= _extended(ledger, holders, twin, handed)
    policy = _policy(ledger, handed.policy)
    record = Calibrated(
        format=1,
        at=event.at,
        event=event.id,
        previous=gold_sets.tip(ledger, mentor.id, twin.id),
        key=holders.signer("desk").key_id,
        mentor=mentor.id,
        twin=twin.id,
        twin_version=gold_set.twin_version,
        rubric=gold_set.rubric,
        gold_set=gold_set.id,
        number=given.number,
        round=digest(round_bytes),
        round_signature=digest(signature),
        policy=handed.policy,
        agreement=(found := agreement(ratings, scoring.weights(twin), twin.pass_threshold)),
        ruling=ruling(found, policy, handed.extends is not None),
        expires=event.at + timedelta(days=policy.expires_days),
        expires_after_reviews=policy.expires_reviews,
    )
    return _effects(sign(record, holders.signer("desk")), policy, round_bytes, signature)


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
        comment=rounds.result(record, policy),
    )


def _mentor(ledger: Ledger, given: Loaded[Round], at: datetime) -> Mentor:
    mentor = ledger.mentor(given.record.mentor)
    if mentor is None or not eligibility.is_mentor_at(mentor, at):
        message = f"`{given.record.mentor}` is not a mentor at {stamp(at)}"
        raise Refused([given.finding(NOT_A_MENTOR, message, "mentor")])
    return mentor


def _policy(ledger: Ledger, pinned: str) -> CalibrationPolicy:
    """Return the policy with a digest; raises `EngineError` where it was changed or removed."""
    for name in ledger.tree.names("policy"):
        content = ledger.tree.read(f"policy/{name}")
        if content is not None and digest(content) == pinned:
            return load(CalibrationPolicy, content, f"policy/{name}").record
    raise EngineError(
        f"no file under policy/ has the digest {pinned}",
        "policies are added, never changed: restore it, and run `jobtwin audit`",
    )


def _ratings(
    ledger: Ledger, holders: Holders, given: Loaded[Round], twin: Twin, gold_set: GoldSet
) -> Ratings:
    """Return (given, reference) by item and dimension; raises `Refused` for bad answers."""
    secrets = gold.secrets_of(gold_set, holders.gold)
    try:
        opened = gold.open_answers(given.record, secrets.answers)
    except ValueError as error:
        message = str(error).splitlines()[0]
        raise Refused([given.finding(UNREADABLE, message, "answers")]) from error
    if not gold.names_itself(given.record, opened):
        message = "they were sealed for another mentor, set or round"
        raise Refused([given.finding(UNREADABLE, message, "answers")])
    wrong = rounds.check_answers(opened.items, gold_set, scoring.weights(twin), given.path)
    if findings := list(wrong):
        raise Refused(findings)
    reference = gold_sets.reference(ledger, gold_set, secrets).scores
    return rounds.paired(gold_set.id, opened.items, reference)


def _extended(ledger: Ledger, holders: Holders, twin: Twin, handed: Handed) -> Ratings:
    """Return the ratings of the round that this one is pooled with."""
    filed = ledger.calibrations(handed.mentor, handed.twin)
    before = next((item.record for item in filed if item.digest == handed.extends), None)
    path = before and layout.round_file(before.mentor, before.twin, before.number)
    given = ledger.load(Round, path) if path else None
    if before is None or given is None:
        raise EngineError("the round that this one extends is not there", "run `jobtwin audit`")
    gold_set = gold_sets.need_set(ledger, before.twin, before.gold_set)
    return _ratings(ledger, holders, given, twin, gold_set)


def prepare_round(ledger: Ledger, mentor: str, twin_id: str, answers: bytes) -> bytes:
    """Return the round to sign, from a filled-in sheet; raises `Refused` with every finding."""
    handed = gold_sets.last_handed(ledger, mentor, twin_id)
    twin, gold_set = gold_sets.named(ledger, twin_id, handed.gold_set)
    sheet = load(AnswerSheet, answers, "answers.yml").record
    weights = scoring.weights(twin)
    if findings := list(rounds.check_answers(sheet.items, gold_set, weights, "answers.yml")):
        raise Refused(findings)
    given = {answer.item: answer.scores for answer in sheet.items}
    return write(gold.make_round(mentor, gold_set, handed.number, given))


def sign_round(key_path: Path, content: bytes) -> bytes:
    """Return the mentor's signature over a round, made by `ssh-keygen -Y sign`."""
    return ssh.sign_bytes_with_ssh(key_path, ROUND, content)
