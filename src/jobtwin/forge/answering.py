"""What a learner is answered, on whichever forge: an attempt's standing as effects.

Reads what the standing follows from; the words are `rules.standing`'s.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from jobtwin.forge.events import Effects, Next, Notice, Reminder
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.grade import Decision, Reopened
from jobtwin.records.submission import Evaluated
from jobtwin.repository import attempts, bundles, cases
from jobtwin.repository.ledger import Attempt, Filed
from jobtwin.rules import seeds
from jobtwin.rules.ledger import digest
from jobtwin.rules.standing import Standing, standing

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from jobtwin.forge.events import Event
    from jobtwin.records.grade import Review
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.repository.ledger import Ledger

SLOTS = 8
"""How many evaluations run at once: an attempt's slot is its queue."""
ISSUE = Next("issue")


def grown(attempt: Attempt, records: Mapping[str, LedgerRecord]) -> Attempt:
    """Return an attempt as it is once records are added to its chain: path → record, in order."""
    filed = (Filed(path, digest(write(record)), record) for path, record in records.items())
    return replace(attempt, chain=(*attempt.chain, *filed))


def answer(
    ledger: Ledger,
    secret: bytes,
    attempt: Attempt,
    event: Event,
    *,
    signed: bool = False,
    reviews: tuple[Review, ...] = (),
) -> Effects:
    """Return what the learner is shown after an event, and which act follows; no records.

    `attempt` has the records that are about to be added, `reviews` are those that a decision among
    them opens; `signed` says that its credential is.
    """
    now = standing_of(ledger, secret, attempt, event, signed=signed, reviews=reviews)
    number = None
    if event.pull_request is None:
        number = attempts.number_of(secret, attempt.started.pull_request)
    return Effects(
        comment=now.comment,
        labels=(now.label,),
        pull_request=number,
        close=is_closed(now),
        then=following(attempt, now),
    )


def asked(event: Event, ledger: Ledger, secret: bytes, command: re.Pattern[str]) -> Attempt | None:
    """Return the attempt whose learner comments a command on its own pull request.

    None for anybody else and any other comment.
    """
    pull_request = event.pull_request
    if pull_request is None or not command.fullmatch(event.comment.strip()):
        return None
    author = pull_request.author.number
    if event.kind != "issue_comment.created" or event.actor.number != author:
        return None
    return attempts.of_pull_request(ledger, secret, author, pull_request.number)


def notice(
    ledger: Ledger,
    secret: bytes,
    attempt: Attempt,
    event: Event,
    *,
    signed: bool = False,
    track: str | None = None,
) -> tuple[Notice, ...]:
    """Return what the learner is shown when the event is about something else.

    `signed` says that the event signs the credential, and `track` which track's credential cites
    it.
    """
    number = attempts.number_of(secret, attempt.started.pull_request)
    if number is None:
        return ()
    now = standing_of(ledger, secret, attempt, event, signed=signed, track=track)
    return (Notice(number, now.comment, (now.label,), is_closed(now)),)


def held(attempt: Attempt) -> tuple[Reminder, ...]:
    """Return what operators are told of a measured attempt whose bundle is held back."""
    names = bundles.held_by(attempt)
    if not names:
        return ()
    text = (
        f"**Held back at `{attempt.twin}`: something in a work tells whose it is.** Mentors wait; "
        f"an operator looks at the places that the receipt names, and then runs\n\n"
        f'    jobtwin review release {attempt.twin} {attempt.id} --reason "…"\n'
    )
    return (Reminder(f"held:{attempt.id}:{len(names)}", text),)


def fallen(secret: bytes, attempt: Attempt, decision: Decision) -> tuple[Reminder, ...]:
    """Return what operators are told of a credential that others did not bear who read anew."""
    if not attempt.all(Reopened) or decision.verdict == "pass":
        return ()
    name = seeds.credential(secret, attempt.id)
    text = (
        f"**Credential `{name}` does not hold any more.** It rested on a mentor who has drifted; "
        f"others read the work anew and did not pass it. An operator revokes it: `jobtwin revoke "
        f"{name}`, or the workflow `issue`."
    )
    return (Reminder(f"fallen:{name}:{decision.number}", text),)


def by_hand(attempt: Attempt) -> tuple[Reminder, ...]:
    """Return what operators are told of an attempt that no workflow may measure."""
    kind = "A sealed attempt" if attempt.started.sealed_to else "An attempt with a private pack"
    text = (
        f"**{kind} at `{attempt.twin}` waits to be measured.** No workflow may do that; "
        f"in a clone of your own:\n\n    jobtwin evaluate {attempt.twin} {attempt.id}\n"
    )
    return (Reminder(f"sealed:{attempt.id}:{len(attempt.all(Evaluated))}", text),)


def is_closed(now: Standing) -> bool:
    """Say whether the pull request is closed: nothing is handed in any more, and all is known."""
    return not now.is_running and now.stage != "nothing to grade"


def following(attempt: Attempt, now: Standing) -> tuple[Next, ...]:
    """Return the act that follows from where an attempt stands."""
    arguments = {"twin": attempt.twin, "attempt": attempt.id}
    match now.follows:
        case "evaluate":
            return (evaluation(attempt),)
        case "decide":
            return (Next("decide", arguments),)
        case "issue":
            return (ISSUE,)
        case _:
            return ()


def watch(attempt: Attempt) -> Next:
    """Return the look at hidden items that follows every decision, whosever work it is about."""
    return Next("calibrate", {"twin": attempt.twin})


def evaluation(attempt: Attempt) -> Next:
    """Return the evaluation of an attempt as the act that follows."""
    slot = str(int(attempt.id[0], 16) % SLOTS)
    return Next("evaluate", {"twin": attempt.twin, "attempt": attempt.id, "slot": slot})


def standing_of(
    ledger: Ledger,
    secret: bytes,
    attempt: Attempt,
    event: Event,
    *,
    signed: bool = False,
    track: str | None = None,
    reviews: tuple[Review, ...] = (),
) -> Standing:
    """Return where an attempt stands at an event, or at its latest record if that is later."""
    shown: dict[str, str | None] = {}
    if attempt.last(Decision):
        shown["credential"] = _credential(ledger, secret, attempt, signed)
        shown["track"] = _page(ledger, track or _track(ledger, secret, attempt))
    asked = event.pull_request
    place = cases.place(ledger, *((asked.repository, asked.branch) if asked else ()))
    return standing(cases.case(ledger, attempt, event.at, place, reviews=reviews, **shown))


def _credential(ledger: Ledger, secret: bytes, attempt: Attempt, signed: bool) -> str | None:
    identifier = seeds.credential(secret, attempt.id)
    if not signed and not ledger.issued(identifier):
        return None
    return _page(ledger, identifier)


def _page(ledger: Ledger, identifier: str | None) -> str | None:
    return layout.credential_page(ledger.issuer.url, identifier) if identifier else None


def _track(ledger: Ledger, secret: bytes, attempt: Attempt) -> str | None:
    """Return the learner's latest credential of a track that cites this attempt's, and stands."""
    mine, found = seeds.credential(secret, attempt.id), None
    for track in ledger.tracks if ledger.issued(mine) else ():
        for number in count(1):
            name = seeds.track_credential(secret, attempt.started.subject, track.id, number)
            if not (issued := ledger.issued_track(name)):
                break
            cited = {part.credential for part in issued[-1].record.parts}
            found = name if mine in cited and not ledger.revoked(name) else found
    return found
