"""What must hold of an endorsement beside its form: who may endorse what, when, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.records.base import stamp
from jobtwin.rules.eligibility import is_mentor_at
from jobtwin.rules.intake import NOT_A_FILE, NOT_SIGNED_FILE, SIGNED_FILE_MISSING, TOO_MUCH
from jobtwin.rules.signature import fingerprint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.records.organisation import Mentor
    from jobtwin.rules.intake import Change

FILE = f"{layout.GRADES_INBOX}/endorsement.json"
MAX_BYTES = 16 * 1024
SKEW = timedelta(minutes=5)
"""How far a mentor's clock may be ahead of the forge's."""

NOT_A_MENTOR = Code(
    "END-001",
    "the key is not that of somebody who is a mentor now",
    why="Only a mentor's word is published beside a credential, and only under the key that stands "
    "in his file under mentors/.",
    fix="Sign with the key of your mentor file; ask the operators if the file has ended.",
)
NOT_THE_JUDGE = Code(
    "END-002",
    "the mentor graded none of the work behind the credential",
    why="An endorsement by somebody who has not seen the work would be a favour, not a finding.",
    fix="Endorse credentials that rest on your own reviews.",
)
CLOSED = Code(
    "END-003",
    "the credential takes no such endorsement",
    why="What was withdrawn is not endorsed, and each mentor speaks once about each signed file.",
    fix="Nothing needs to be done; ask the operators if you did not write the first one.",
)
WRONG_DATE = Code(
    "END-004",
    "the endorsement's date cannot be right",
    why="Nobody has read a credential before it was signed, and nobody signs in the future.",
    fix="Set your clock, and sign the endorsement again.",
)


def check_brought(changes: Iterable[Change]) -> Iterator[Finding]:
    """Yield what keeps a pull request's endorsement from being taken in."""
    found = False
    for change in changes:
        shown = ascii(change.path)[1:-1]
        if change.path != FILE or change.mode == "000000":
            message = f"`{shown}` is not {FILE}; an endorsement comes alone"
            yield NOT_SIGNED_FILE.at(message, shown)
            continue
        found = True
        if not change.mode.startswith("100"):
            yield NOT_A_FILE.at(f"`{shown}` is not a regular file", shown)
        elif change.bytes > MAX_BYTES:
            yield TOO_MUCH.at(f"`{shown}` is over {MAX_BYTES:,} bytes", shown)
    if not found:
        yield SIGNED_FILE_MISSING.at(f"`{FILE}` is not there", FILE)


def check_mentor(mentor: Mentor | None, who: str, at: datetime) -> Iterator[Finding]:
    """Yield why a key does not speak as a mentor's at a moment; `who` names the key."""
    if mentor is None:
        yield NOT_A_MENTOR.at(f"{who} stands in no file under mentors/")
    elif not is_mentor_at(mentor, at):
        yield NOT_A_MENTOR.at(f"`{mentor.id}` was not a mentor at {stamp(at)}")


def check_judge(mentor: Mentor, judges: Collection[str]) -> Iterator[Finding]:
    """Yield a finding unless the mentor's review counts; `judges` are ids of those whose do."""
    if mentor.id not in judges:
        graded = " and ".join(f"`{name}`" for name in sorted(judges)) or "nobody"
        key = fingerprint(mentor.key)
        yield NOT_THE_JUDGE.at(f"it was graded by {graded}, not by `{mentor.id}` ({key})")


def check_dates(valid_from: datetime, issued: datetime, at: datetime) -> Iterator[Finding]:
    """Yield why an endorsement of this date cannot be: before its credential, or yet to come."""
    if valid_from < issued - SKEW:
        yield WRONG_DATE.at(f"it is of {stamp(valid_from)}; the file was signed {stamp(issued)}")
    if valid_from > at + SKEW:
        yield WRONG_DATE.at(f"it is of {stamp(valid_from)}, which is yet to come")
