"""A track's credential against those that it cites: whose they are, and whether they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules.replay.signing import NOT_AGAIN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from jobtwin.findings import Finding
    from jobtwin.records.credential import IssuedTrack, Revoked, TrackPart

NOT_CLEARED = Code(
    "AUD-067",
    "a track's credential does not rest on one learner's cleared twins",
    why="It says that one person cleared all of them, each with the result that binds.",
    fix="Revoke it; find out what issued it.",
)
NOT_TOGETHER = Code(
    "AUD-068",
    "a track's credential does not fall with its part",
    why="It would go on asserting what was withdrawn, or be withdrawn on another's account.",
    fix="Revoke the track's credential too: `jobtwin revoke` on the part does so.",
)


@dataclass(frozen=True, slots=True)
class Held:
    """What the history knows of a credential that a track cites."""

    twin: str
    subject: str
    number: int
    """Of its latest record."""
    digest: str
    """SHA-256 of its signed file of that number."""
    binds: bool
    """Whether its attempt is the one that binds."""
    is_revoked: bool
    outcomes: tuple[str, ...]
    """SHA-256 of the employers' statements that are there."""


def check_parts(
    record: IssuedTrack, path: str, twins: Collection[str], held: Mapping[str, Held]
) -> Iterator[Finding]:
    """Yield why a track's credential should not cite what it does.

    `twins` are the track's, in order; `held` maps credentials to what is known of them.
    """
    if [part.twin for part in record.parts] != [*twins]:
        yield NOT_CLEARED.at(f"its parts are not the track's twins: {', '.join(twins)}", path)
    known = [(part, found) for part in record.parts if (found := held.get(part.credential))]
    if len({found.subject for _, found in known}) > 1:
        yield NOT_CLEARED.at("its parts are of more than one learner", path)
    for part in record.parts:
        if part.credential not in held:
            yield NOT_CLEARED.at(f"credential {part.credential} was never issued", path)
    for part, found in known:
        for problem in _problems(record, part, found):
            yield NOT_CLEARED.at(f"part {part.credential} {problem}", path)


def _problems(record: IssuedTrack, part: TrackPart, found: Held) -> Iterator[str]:
    if found.twin != part.twin:
        yield f"is for {found.twin}"
    if (part.number, part.digest) != (found.number, found.digest):
        yield f"is served as file number {found.number}, {found.digest}"
    if part.outcomes != found.outcomes[: len(part.outcomes)]:
        yield "has other statements of employers"
    if record.number == 1 and found.is_revoked:
        yield "was revoked"
    elif record.number == 1 and not found.binds:
        yield "is not of the attempt that binds"


def check_superseded(
    record: IssuedTrack, path: str, earlier: IssuedTrack | None, is_of_the_same: bool
) -> Iterator[Finding]:
    """Yield why a track's credential cannot supersede the one it names, which is `earlier`."""
    if record.supersedes is None:
        return
    if earlier is None or earlier.track != record.track or not is_of_the_same:
        yield NOT_CLEARED.at(f"{record.supersedes} is not the learner's, for this track", path)


def check_track_again(
    earlier: IssuedTrack, record: IssuedTrack, path: str, compromised: Collection[str]
) -> Iterator[Finding]:
    """Yield why a track's credential should not have been signed again, or not with this content.

    `compromised` are the verification methods of the issuer's compromised keys.
    """
    before = {part.credential: part.number for part in earlier.parts}
    renewed = any(part.number > before.get(part.credential, 0) for part in record.parts)
    if earlier.verification_method not in compromised and not renewed:
        message = f"{earlier.verification_method} was not compromised, and no part signed again"
        yield NOT_AGAIN.at(message, path)
    for name in ("track", "definition", "status", "supersedes"):
        if getattr(earlier, name) != getattr(record, name):
            yield NOT_AGAIN.at(f"`{name}` is not what it was", path)
    if [_same(part) for part in earlier.parts] != [_same(part) for part in record.parts]:
        yield NOT_AGAIN.at("its parts are not those it had", path)


def _same(part: TrackPart) -> tuple[object, ...]:
    return part.twin, part.credential, part.outcomes


def check_fall(path: str, citing: Collection[str], revoked: Collection[str]) -> Iterator[Finding]:
    """Yield which of the tracks' credentials that cite a revoked part still stand."""
    for name in sorted(set(citing) - set(revoked)):
        yield NOT_TOGETHER.at(f"credential {name} cites it, and stands", path)


def check_named_part(
    record: Revoked, path: str, track: IssuedTrack | None, revoked: Collection[str]
) -> Iterator[Finding]:
    """Yield why a revocation cannot be on account of the part that it names."""
    if record.part is None:
        return
    cited = {part.credential for part in track.parts} if track else set()
    if record.part not in cited or record.part not in revoked:
        yield NOT_TOGETHER.at(f"{record.part} is no revoked part of it", path)
