"""What may happen to the files that say who signs: keys and mentors are added and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules.eligibility import is_same_person

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.records.organisation import ActKeys, IssuerKeys, Mentor

ACT_KEY_CHANGED = Code(
    "AUD-010",
    "a key of an act was changed or removed",
    why="Whoever replaces a public key can sign in its name; keys are added, and ended by `until`.",
    fix="Take keys/acts.yml from the commit before; add a new key with an id of its own.",
)
ISSUER_KEY_CHANGED = Code(
    "AUD-011",
    "an issuer key was changed or removed",
    why="Credentials in the world rest on it; keys are added, and gain `retired` or `compromised`.",
    fix="Take keys/issuer-keys.yml from the commit before; add a new key with a new fragment.",
)
MENTOR_CHANGED = Code(
    "AUD-012",
    "a mentor's key or account was replaced",
    why="Whoever replaces it can sign reviews in the mentor's name.",
    fix="Take the file from the commit before, end it by `until`, and add a file for the new key.",
)
MENTOR_REMOVED = Code(
    "AUD-013",
    "a mentor's file was removed",
    why="The reviews that the mentor signed could no longer be verified.",
    fix="Take the file from the commit before, and end it by `until`.",
)
POLICY_BACKDATED = Code(
    "AUD-014",
    "a policy is dated before the commit that adds it",
    why="A later policy never judges an earlier act.",
    fix="Give it a `since` that lies after the day on which it is added.",
)
KEY_FILES_DIFFER = Code(
    "AUD-015",
    "jwks.json or did.json does not hold the issuer's keys",
    why="Verifiers would accept keys that the organisation does not know, or miss one of its own.",
    fix="Write both files again from keys/issuer-keys.yml.",
)

MENTOR_TWICE = Code(
    "AUD-018",
    "one person is two mentors at a time",
    why="Several reviews of a work count as several people's judgement.",
    fix="End one of the two files by `until`; have what both graded judged again.",
)


def check_act_keys(old: ActKeys, new: ActKeys, path: str) -> Iterator[Finding]:
    """Yield each key that was changed otherwise than by gaining `until`."""
    now = {key.id: key for key in new.keys}
    if len(now) != len(new.keys):
        yield ACT_KEY_CHANGED.at("an id stands twice", path)
    for key in old.keys:
        found = now.get(key.id)
        if found is None:
            yield ACT_KEY_CHANGED.at(f"key `{key.id}` was removed", path)
        elif found != key and (key.until or found.model_copy(update={"until": None}) != key):
            yield ACT_KEY_CHANGED.at(f"key `{key.id}` was changed", path)


def check_issuer_keys(old: IssuerKeys, new: IssuerKeys, path: str) -> Iterator[Finding]:
    """Yield each key that was changed otherwise than by gaining `retired` or `compromised`."""
    now = {key.fragment: key for key in new.keys}
    if len(now) != len(new.keys):
        yield ISSUER_KEY_CHANGED.at("a fragment stands twice", path)
    for key in old.keys:
        found = now.get(key.fragment)
        if found is None:
            yield ISSUER_KEY_CHANGED.at(f"key `{key.fragment}` was removed", path)
            continue
        gained = {name: None for name in ("retired", "compromised") if getattr(key, name) is None}
        if found.model_copy(update=gained) != key:
            yield ISSUER_KEY_CHANGED.at(f"key `{key.fragment}` was changed", path)


def check_mentor(old: Mentor, new: Mentor, path: str) -> Iterator[Finding]:
    """Yield what was replaced in a mentor's file; `until`, relations and employer may change."""
    for name in ("id", "key", "account", "since"):
        if getattr(old, name) != getattr(new, name):
            yield MENTOR_CHANGED.at(f"`{name}` of mentor `{old.id}` was replaced", path)
    if old.until and new.until != old.until:
        yield MENTOR_CHANGED.at(f"mentor `{old.id}` had ended and was revived", path)


def check_person(mentor: Mentor, others: Iterable[Mentor], path: str) -> Iterator[Finding]:
    """Yield each other mentor who is the same person while this one is a mentor."""
    for other in others:
        ends = [end for end in (mentor.until, other.until) if end]
        at_once = all(max(mentor.since, other.since) < end for end in ends)
        if other.id != mentor.id and at_once and is_same_person(mentor, other):
            message = f"`{mentor.id}` and `{other.id}` share a key, an account or an address"
            yield MENTOR_TWICE.at(message, path)


def check_policy(since: datetime, earliest: datetime, path: str) -> Iterator[Finding]:
    """Yield a finding when a policy that is added now counts from an earlier moment."""
    if since < earliest:
        yield POLICY_BACKDATED.at(f"it counts from {since:%Y-%m-%d %H:%M} UTC, earlier", path)
