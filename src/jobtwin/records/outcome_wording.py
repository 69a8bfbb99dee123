"""How a 90-day outcome is written in an EndorsementCredential, and read back.

Open Badges 3.0 gives an endorsement a comment and nothing that could be counted. So the comment
has one stated wording, and the subject has types of the `ext:` form that say the same to machines.
Whatever is not word for word this is not a 90-day outcome.
"""

from __future__ import annotations

import re

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records.outcome import Outcome
from jobtwin.yamlfile import unshowable

WORDING = Code(
    "ATT-010",
    "not a 90-day outcome in the stated words",
    why="An answer is counted, so that it must mean the same to everybody who counts.",
    fix="Write the statement by `jobtwin attest write`; docs/how-to/attest.md has the words.",
)
KIND = "ext:NinetyDayOutcome"
MAX_COMMENT = 500
_SAID = {True: "yes", False: "no", None: "not said"}
_READ = {word: value for value, word in _SAID.items()}
_FORM = re.compile(
    r"90-day outcome\. Hired: (yes|no)\. In the role 90 days after beginning: (yes|no|not said)\. "
    r"Would hire again: (yes|no|not said)\.(?:\n\n(.*))?",
    re.DOTALL,
)


def wording(outcome: Outcome) -> str:
    """Return the comment of an endorsement; raises `Refused` for what cannot be said."""
    refuse_nonsense(outcome)
    text = (
        f"90-day outcome. Hired: {_SAID[outcome.hired]}. "
        f"In the role 90 days after beginning: {_SAID[outcome.in_role]}. "
        f"Would hire again: {_SAID[outcome.again]}."
    )
    return f"{text}\n\n{outcome.comment}" if outcome.comment else text


def types(outcome: Outcome) -> tuple[str, ...]:
    """Return the types, beside `EndorsementSubject`, that say the outcome to machines."""
    found = [KIND, "ext:Hired" if outcome.hired else "ext:NotHired"]
    if outcome.in_role is not None:
        found.append("ext:InRoleAt90Days" if outcome.in_role else "ext:NotInRoleAt90Days")
    if outcome.again is not None:
        found.append("ext:WouldHireAgain" if outcome.again else "ext:WouldNotHireAgain")
    return tuple(found)


def read_wording(text: str, said: tuple[str, ...]) -> Outcome:
    """Return the outcome that a comment and the subject's `ext:` types say; raises `Refused`."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise Refused([WORDING.at("the comment has other words", _COMMENT)])
    outcome = Outcome(
        hired=found[1] == "yes",
        in_role=_READ[found[2]],
        again=_READ[found[3]],
        comment=found[4] or None,
    )
    refuse_nonsense(outcome)
    if wording(outcome) != text:
        raise Refused([WORDING.at("the comment ends in blank lines", _COMMENT)])
    if said != types(outcome):
        found_types = ", ".join(said)[:200]
        raise Refused([WORDING.at(f"the types say otherwise: {found_types}", _TYPE)])
    return outcome


_COMMENT = "$.credentialSubject.endorsementComment"
_TYPE = "$.credentialSubject.type"


def refuse_nonsense(outcome: Outcome) -> None:
    """Raise `Refused` for an outcome that contradicts itself or has an unfit comment."""
    comment = outcome.comment or ""
    if outcome.in_role is not None and not outcome.hired:
        raise Refused([WORDING.at("who was not hired is in no role", _COMMENT)])
    if outcome.hired and outcome.in_role is None:
        message = "of somebody hired it says whether the role was still held"
        raise Refused([WORDING.at(message, _COMMENT)])
    if comment != comment.strip():
        raise Refused([WORDING.at("the free words begin or end in blanks", _COMMENT)])
    if len(comment) > MAX_COMMENT:
        message = f"the free words have {len(comment):,} characters, {MAX_COMMENT} at most"
        raise Refused([WORDING.at(message, _COMMENT)])
    if character := unshowable(comment):
        raise Refused([WORDING.at(f"{character} cannot be shown", _COMMENT)])
