"""How a mentor gets a gold set: by asking for one, sealed to the key in his mentor file.

What he is given is the key to the items of one set, in a box that only his SSH key opens; the
items themselves lie sealed in the repository. So a comment and a public commit are all it takes.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin import sealing
from jobtwin.acts.calibrate import gold_sets
from jobtwin.credential.endorser import public_bytes
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records.base import stamp, write
from jobtwin.records.calibration import Handed
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.repository import moments
from jobtwin.rules import eligibility, gold, rounds, scoring, seeds
from jobtwin.rules.ledger import sign

if TYPE_CHECKING:
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.records.calibration import GoldSet
    from jobtwin.records.organisation import Mentor
    from jobtwin.repository.ledger import Ledger

NOT_A_COMMAND = Code(
    "CAL-012",
    "the comment asks for no calibration",
    why="A set is used up by being handed out, so nobody gets one by accident.",
    fix="Comment `/calibrate <twin>`, for example `/calibrate jt-incident-4`.",
)
ONLY_MENTORS = Code(
    "CAL-013",
    "only mentors are handed gold sets",
    why="A set is used up after a few mentors.",
    fix="Comment from the account in your mentor file, or ask the operators to add you.",
)
_COMMAND = re.compile(r"/calibrate[ \t]+(jt-[a-z0-9-]{1,60})[ \t]*")


def hand_out(event: Event, ledger: Ledger, holders: Holders) -> Effects:
    """Hand a fresh gold set to the mentor who commented; raises `Refused` with every finding.

    Which one is the platform's choice. Whoever holds an unanswered set is told so, and gets no
    other; the same event again changes nothing.
    """
    event = replace(event, at=moments.acting(ledger, event.at))
    found = _COMMAND.fullmatch(event.comment.strip())
    if found is None:
        raise Refused([NOT_A_COMMAND.at("the comment is not `/calibrate <twin>`")])
    mentor = _mentor(event, ledger, holders)
    twin = gold_sets.need_twin(ledger, found[1])
    taken = gold_sets.turns(ledger, mentor.id, twin.id)
    held = rounds.open_turn(taken, event.at)
    if held is None:
        held = next((turn.handed for turn in taken if turn.handed.event == event.id), None)
    if held is not None:
        return Effects(comment=_told(held))
    policy = ledger.policy(CalibrationPolicy, event.at)
    rubric = scoring.rubric_digest(twin)
    known = gold_sets.known_to(ledger, mentor, twin.id)
    if findings := list(rounds.check_turn(taken, known, rubric, policy, event.at)):
        raise Refused(findings)
    shelf = gold_sets.shelf(ledger, twin.id, holders.gold)
    chosen = rounds.choose(shelf, known, rubric, policy)
    if chosen is None:
        raise Refused([rounds.NO_FRESH_SET.at(f"no set of `{twin.id}` is new to you")])
    record = _record(event, ledger, holders, mentor, chosen)
    return Effects(
        records={layout.handed(mentor.id, twin.id, record.number): write(record)},
        message=f"Hand {mentor.id} a gold set of {twin.id}",
        comment=_told(record),
    )


def _mentor(event: Event, ledger: Ledger, holders: Holders) -> Mentor:
    account = seeds.subject(holders.subject, event.actor.number)
    for mentor in ledger.mentors:
        if mentor.account == account and eligibility.is_mentor_at(mentor, event.at):
            return mentor
    raise Refused([ONLY_MENTORS.at("this account is no mentor's at present")])


def _record(
    event: Event, ledger: Ledger, holders: Holders, mentor: Mentor, chosen: GoldSet
) -> Handed:
    twin = chosen.twin
    taken = gold_sets.turns(ledger, mentor.id, twin)
    secret = gold.secrets_of(chosen, holders.gold).items
    box = sealing.seal(secret, sealing.public_of_ed25519(public_bytes(mentor.key)))
    policy = ledger.policy(CalibrationPolicy, event.at)
    signer = holders.signer("desk")
    return sign(
        Handed(
            format=1,
            at=event.at,
            event=event.id,
            previous=gold_sets.tip(ledger, mentor.id, twin),
            key=signer.key_id,
            mentor=mentor.id,
            twin=twin,
            rubric=chosen.rubric,
            gold_set=chosen.id,
            number=len(taken) + 1,
            extends=rounds.to_extend(taken, chosen.rubric, event.at),
            due=event.at + timedelta(days=policy.answer_days),
            policy=ledger.policies(event.at)["calibration"][1],
            items_secret=base64.b64encode(box).decode("ascii"),
        ),
        signer,
    )


def _told(handed: Handed) -> str:
    """Return what the mentor is told; nothing in it is a secret."""
    what = "the extension of your last round" if handed.extends else "a fresh gold set"
    mine = f"{handed.twin} --mentor {handed.mentor} --key ~/.ssh/id_ed25519"
    return (
        f"**`{handed.mentor}` holds `{handed.gold_set}` of {handed.twin}**, {what}: answer it "
        f"until {stamp(handed.due)}.\n\n"
        "In an up-to-date clone, with the SSH key in your mentor file:\n\n"
        f"    jobtwin calibrate open {mine} --out gold\n"
        f"    jobtwin calibrate round {mine} --answers gold/answers.yml\n\n"
        "Score alone and show the items to nobody. Every hand-out counts as a round, answered or "
        "not."
    )


def opened(ledger: Ledger, mentor: str, twin_id: str, seed: bytes) -> dict[str, bytes]:
    """Return the items that a mentor was handed last, with a sheet for the answers, by path.

    `seed` is the mentor's own Ed25519 one. The reference stays sealed. Raises `Refused`.
    """
    handed = gold_sets.last_handed(ledger, mentor, twin_id)
    twin, gold_set = gold_sets.named(ledger, twin_id, handed.gold_set)
    try:
        box = base64.b64decode(handed.items_secret)
        secret = sealing.unseal(box, sealing.secret_of_ed25519(seed))
    except ValueError as error:
        path = layout.handed(mentor, twin_id, handed.number)
        message = "it is sealed to another key than this one"
        raise Refused([gold_sets.UNREADABLE.at(message, path)]) from error
    sheet = {"answers.yml": gold.sheet(gold_set, twin)}
    return sheet | dict(gold_sets.items(ledger, gold_set, secret))
