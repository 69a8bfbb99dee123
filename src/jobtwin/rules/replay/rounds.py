"""Calibrations, judged again: gold sets, hand-outs, rounds, and what retired sets reveal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError
from jobtwin.findings import Code
from jobtwin.rules import agreement, gold, rounds, scoring
from jobtwin.rules.eligibility import is_mentor_at
from jobtwin.rules.ledger import digest
from jobtwin.rules.signature import ROUND, check_signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jobtwin.findings import Finding
    from jobtwin.records.calibration import Calibrated, GoldSet, Handed, Retired, Round
    from jobtwin.records.organisation import CalibrationPolicy, Mentor
    from jobtwin.records.twin import Twin
    from jobtwin.rules.gold import Reference, Secrets
    from jobtwin.rules.rounds import Ratings, Shelf, Turn

WRONG_CALIBRATION = Code(
    "AUD-046",
    "a calibration is not what its round and policy give",
    why="Whose grades count follows from a signed round and the policy in force, for all alike.",
    fix="Find out what wrote the record; have the mentor calibrated again.",
)
WRONG_SET = Code(
    "AUD-120",
    "a gold set does not hold what it names",
    why="Items or reference could be exchanged between two mentors.",
    fix="Restore the files that set.yml names, or seal another set.",
)
WRONG_HAND_OUT = Code(
    "AUD-121",
    "a gold set was handed out against the rules",
    why="A mentor who picks among sets, or takes rounds until one fits, is measured by luck.",
    fix="Find out what wrote the record; have the mentor calibrated again.",
)
SEEN_TWICE = Code(
    "AUD-122",
    "a mentor was handed an item twice",
    why="Whoever has seen an item's result does not judge it afresh.",
    fix="Have the mentor calibrated again, on items that are new to him.",
)
OTHER_AGREEMENT = Code(
    "AUD-053",
    "a round's agreement is not what its answers give",
    why="The revealed reference and the mentor's signed answers give every figure again.",
    fix="Find out what wrote the record; look at what was graded on it.",
)
OTHER_REVEALED = Code(
    "AUD-054",
    "a retired gold set does not open as it was committed to",
    why="A reference that was changed after a round could make any mentor look calibrated.",
    fix="Publish the set's own secrets; where they are lost, have its mentors calibrated again.",
)


def check_set(gold_set: GoldSet, path: str, files: Mapping[str, bytes | None]) -> Iterator[Finding]:
    """Yield what lies otherwise in the set's commit than it names; `files` by their paths."""
    wanted = {gold.item_path(gold_set, item.id): item.digest for item in gold_set.items}
    wanted[gold.reference_path(gold_set)] = gold_set.sealed_reference
    if path != gold.set_path(gold_set.twin, gold_set.id):
        yield WRONG_SET.at(f"by its content it is `{gold_set.id}` of {gold_set.twin}", path)
        return
    for name, hashed in wanted.items():
        content = files.get(name)
        if content is None or digest(content) != hashed:
            yield WRONG_SET.at(f"it names {hashed}", name)


def check_handed(
    record: Handed,
    path: str,
    mentor: Mentor | None,
    shelf: Shelf | None,
    taken: Sequence[Turn],
    known: Sequence[Handed],
    policy: CalibrationPolicy | None,
) -> Iterator[Finding]:
    """Yield what is wrong with a hand-out.

    `taken` are the mentor's turns before it, `known` what the same person was handed under any id,
    `policy` the one in force that it names, `shelf` the set with the mentors who were handed it
    before.
    """
    if mentor is None or not is_mentor_at(mentor, record.at):
        yield WRONG_HAND_OUT.at(f"`{record.mentor}` was not a mentor then", path)
    if policy is None:
        yield WRONG_HAND_OUT.at("the policy it names was not in force", path)
        return
    if shelf is None or not rounds.is_usable(shelf, record.rubric):
        yield WRONG_HAND_OUT.at(f"`{record.gold_set}` was not in use for this rubric", path)
    elif shelf.mentors >= policy.mentors_per_set:
        message = f"`{record.gold_set}` was with as many mentors as may have it: {shelf.mentors}"
        yield WRONG_HAND_OUT.at(message, path)
    for other in sorted({one.mentor for one in known if one.gold_set == record.gold_set}):
        message = f"`{other}` had been handed `{record.gold_set}` before"
        who = "" if other == record.mentor else f", and is the same person as `{record.mentor}`"
        yield SEEN_TWICE.at(message + who, path)
    yield from _check_turn(record, path, taken, known, policy)


def _check_turn(
    record: Handed,
    path: str,
    taken: Sequence[Turn],
    known: Sequence[Handed],
    policy: CalibrationPolicy,
) -> Iterator[Finding]:
    """Yield what is wrong with a hand-out's number, time and extension."""
    if record.number != len(taken) + 1:
        yield WRONG_HAND_OUT.at(f"it is number {record.number}, not {len(taken) + 1}", path)
    if rounds.open_turn(taken, record.at):
        yield WRONG_HAND_OUT.at("the one before was still to be answered", path)
    if record.due != record.at + timedelta(days=policy.answer_days):
        yield WRONG_HAND_OUT.at(f"the policy gives {policy.answer_days} days for answers", path)
    if record.extends != rounds.to_extend(taken, record.rubric, record.at):
        yield WRONG_HAND_OUT.at("it names another round to extend than the rule gives", path)
    for finding in rounds.check_turn(taken, known, record.rubric, policy, record.at):
        yield WRONG_HAND_OUT.at(f"too early: {finding.message}", path)


def check_calibrated(
    record: Calibrated,
    path: str,
    signed: tuple[bytes, bytes],
    mentor: Mentor | None,
    gold_set: GoldSet | None,
    handed: Handed | None,
    policy: CalibrationPolicy | None,
) -> Iterator[Finding]:
    """Yield what is wrong with a result; whether its figures are right shows when sets retire.

    `signed` is the round with its signature, `handed` the hand-out that waited for it, `policy`
    the one which that hand-out names.
    """
    if mentor is None or not is_mentor_at(mentor, record.at):
        yield WRONG_CALIBRATION.at(f"`{record.mentor}` was not a mentor then", path)
        return
    for finding in check_signature(*signed, mentor.key, ROUND):
        yield WRONG_CALIBRATION.at(finding.message, path)
    if handed is None or (handed.number, handed.gold_set) != (record.number, record.gold_set):
        yield WRONG_CALIBRATION.at("no hand-out waited for this round", path)
        return
    if record.at > handed.due:
        yield WRONG_CALIBRATION.at("it was answered after its time", path)
    if record.policy != handed.policy or policy is None:
        yield WRONG_CALIBRATION.at("it was judged by another policy than its hand-out's", path)
        return
    if gold_set is None or record.rubric != gold_set.rubric:
        yield WRONG_CALIBRATION.at("its gold set is for another rubric", path)
    ruling = agreement.ruling(record.agreement, policy, handed.extends is not None)
    if record.ruling != ruling:
        yield WRONG_CALIBRATION.at(f"it says `{record.ruling}`; its figures give `{ruling}`", path)
    ends = (record.at + timedelta(days=policy.expires_days), policy.expires_reviews)
    if (record.expires, record.expires_after_reviews) != ends:
        yield WRONG_CALIBRATION.at("it holds longer or shorter than the policy says", path)


def open_retired(
    record: Retired, path: str, gold_set: GoldSet | None, files: Mapping[str, bytes | None]
) -> tuple[Secrets, Reference] | list[Finding]:
    """Return what a retirement opens, or what is wrong with it; `files` are the set's by path."""
    if gold_set is None:
        return [OTHER_REVEALED.at("there is no such set", path)]
    try:
        secrets = gold.published(gold_set, record)
        sealed = files.get(gold.reference_path(gold_set)) or b""
        reference = gold.open_reference(gold_set, sealed, secrets.answers)
        for item in gold_set.items:
            opened = gold.open_item(
                files.get(gold.item_path(gold_set, item.id)) or b"", secrets.items
            )
            if gold.identity(opened) != reference.artifacts.get(item.id):
                return [OTHER_REVEALED.at(f"{item.id} is another item than was committed to", path)]
    except EngineError as error:
        return [OTHER_REVEALED.at(error.message, path)]
    return secrets, reference


def check_seen(sets: Sequence[tuple[Handed, str, Reference]]) -> Iterator[Finding]:
    """Yield each item that a mentor met again in a set that he was handed later.

    `sets` are his hand-outs in their order, with their paths and what the sets turned out to be.
    """
    met: dict[str, str] = {}
    for handed, path, reference in sets:
        for item, artifact in sorted(reference.artifacts.items()):
            before = met.setdefault(artifact, handed.gold_set)
            if before != handed.gold_set:
                message = f"{item} of `{handed.gold_set}` was in `{before}`, which he knew"
                yield SEEN_TWICE.at(message, path)


def check_agreement(
    record: Calibrated,
    path: str,
    twin: Twin,
    answered: Iterable[tuple[Round, GoldSet, Secrets, Reference]],
) -> Iterator[Finding]:
    """Yield a finding unless a result's figures are what its answers give, computed again.

    `answered` are its round and, for an extension, the one before it, with what opens them.
    """
    ratings: Ratings = {}
    weights = scoring.weights(twin)
    for given, gold_set, secrets, reference in answered:
        try:
            opened = gold.open_answers(given, secrets.answers)
        except ValueError as error:
            yield OTHER_AGREEMENT.at(str(error).splitlines()[0], path)
            return
        wrong = list(rounds.check_answers(opened.items, gold_set, weights, path))
        if wrong or not gold.names_itself(given, opened):
            yield OTHER_AGREEMENT.at("its answers are not a round on its gold set", path)
            return
        ratings |= rounds.paired(gold_set.id, opened.items, reference.scores)
    found = agreement.agreement(ratings, weights, twin.pass_threshold)
    if found != record.agreement:
        shown = "undefined" if found.kappa is None else f"{found.kappa:g}"
        yield OTHER_AGREEMENT.at(f"its answers give kappa {shown}, and not all it states", path)
