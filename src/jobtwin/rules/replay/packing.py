"""A cohort's private pack against what was committed to before anybody started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin import sealing
from jobtwin.findings import Code
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.findings import Finding
    from jobtwin.records.organisation import Cohort
    from jobtwin.records.pack import Packed, Unpacked
    from jobtwin.records.submission import Evaluated, Started

CHOSEN_LATE = Code(
    "AUD-145",
    "a cohort's pack came when somebody had started already",
    why="A pack that is chosen after a start could be chosen for or against somebody.",
    fix="Find out what wrote the record; nothing of this cohort's graded worlds can be proven.",
)
OTHER_PACK = Code(
    "AUD-146",
    "a cohort's pack is not the one that was committed to",
    why="Everybody relies on the digest that stood on record before the first start.",
    fix="Compare the box with the commit that added it; restore what stood there.",
)
WRONGLY_DRAWN = Code(
    "AUD-147",
    "an attempt was not drawn or measured with its cohort's pack",
    why="With other content a graded world is easier or harder than those of everybody else.",
    fix="Find out what wrote the record; have the attempt measured again.",
)
NOT_REVEALED = Code(
    "AUD-148",
    "a pack was revealed, or kept, against what its record says",
    why="What becomes of a pack stands on record before the first start, for learners to rely on.",
    fix="Let `jobtwin sweep` reveal what was to be revealed; tell learners of what got out.",
)


def check_packed(
    record: Packed, path: str, cohort: Cohort | None, box: bytes, is_started: bool
) -> Iterator[Finding]:
    """Yield what is wrong with the record of a pack; `box` is what lies beside it."""
    if cohort is None or cohort.sealed_to is None:
        yield OTHER_PACK.at(f"there is no cohort `{record.cohort}` that has a key", path)
    if digest(box) != record.box:
        yield OTHER_PACK.at("the box beside it is another one", path)
    if is_started:
        yield CHOSEN_LATE.at(f"attempts of `{record.cohort}` had started", path)


def check_unpacked(
    record: Unpacked, path: str, packed: Packed | None, cohort: Cohort | None
) -> Iterator[Finding]:
    """Yield what is wrong with the record that opens a pack, but for what lies in the box."""
    if packed is None or cohort is None:
        yield NOT_REVEALED.at(f"cohort `{record.cohort}` has no pack", path)
        return
    if sealing.public_half(bytes.fromhex(record.pack_key)).hex() != packed.sealed_to:
        yield OTHER_PACK.at("its key is not the one that the box is closed to", path)
    if packed.end != "revealed":
        yield NOT_REVEALED.at("it was never to be revealed", path)
    if record.at < cohort.closes:
        yield NOT_REVEALED.at("attempts could still begin", path)


def check_started(record: Started, path: str, packed: Packed | None) -> Iterator[Finding]:
    """Yield a finding where an attempt starts with another pack than its cohort's."""
    own = packed.digest if packed and record.twin in packed.twins else None
    if record.pack != own:
        yield WRONGLY_DRAWN.at(f"it starts with {record.pack}, and its cohort has {own}", path)


def check_evaluated(record: Evaluated, path: str, started: Started) -> Iterator[Finding]:
    """Yield a finding where an attempt was measured with another pack than it started with."""
    used = record.environment.pack if record.environment else None
    if record.counts and used != started.pack:
        yield WRONGLY_DRAWN.at(
            f"it was measured with {used}, and started with {started.pack}", path
        )
