"""Seeds against what was committed to before the first start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules import seeds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.findings import Finding
    from jobtwin.records.organisation import Cohort, Revealed
    from jobtwin.records.submission import Started

OTHER_SECRET = Code(
    "AUD-050",
    "a revealed cohort secret is not the one committed to",
    why="With another secret, seeds could have been chosen after the fact.",
    fix="Find the commitment's first version in the history; nothing of this cohort can be proven.",
)
OTHER_SEED = Code(
    "AUD-051",
    "an attempt's seeds do not come from its cohort's secret",
    why="A seed that was chosen for somebody is easier or harder than it should be.",
    fix="Find out what wrote the record; give the attempt back.",
)
DRAWN_TWICE = Code(
    "AUD-052",
    "an attempt's number is not the learner's next",
    why="Starting twice under one number would let somebody pick the better seed.",
    fix="Find out what wrote the record; give the attempt back.",
)


def check_revealed(record: Revealed, path: str, cohort: Cohort | None) -> Iterator[Finding]:
    """Yield a finding when a secret does not fit its cohort's commitment."""
    if cohort is None or seeds.commitment(bytes.fromhex(record.secret)) != cohort.secret_commitment:
        yield OTHER_SECRET.at(f"cohort `{record.cohort}` committed to another one", path)


def check_seeds(record: Started, path: str, secret: bytes) -> Iterator[Finding]:
    """Yield a finding when one of an attempt's seeds does not come from the secret."""
    kit, graded = (
        seeds.seed(secret, record.twin, record.twin_version, record.subject, record.number, name)
        for name in ("kit", "graded")
    )
    if kit.hex() != record.kit_seed:
        yield OTHER_SEED.at("the kit seed is another one", path)
    if seeds.commitment(graded) != record.graded_seed_commitment:
        yield OTHER_SEED.at("the held-out seed is another one", path)
