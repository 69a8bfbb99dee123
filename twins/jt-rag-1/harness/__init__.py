"""Retrieval over messy documents: a world of PDFs, questions about it, and the score.

`kit` hands out a repository with a corpus of its own and answered questions; `prepare` draws a
corpus of the held-out seed for the learner's service to index; `score` measures what it found;
`gold` makes pre-scored write-ups for calibrating mentors.
"""

from __future__ import annotations

from jobtwin.harness.contract import GoldItem, Kit, Plan, Returned, Score, Seeds, Submission


def kit(kit_seed: bytes) -> Kit:
    """Return what the learner starts from; the same everywhere for the same seed."""
    from .handout import hand_out

    return hand_out(kit_seed)


def prepare(seeds: Seeds) -> Plan:
    """Return what to run and to ask; never what to expect."""
    from .planning import make_plan

    return make_plan(seeds)


def score(seeds: Seeds, returned: Returned, submission: Submission) -> Score:
    """Measure what came back. Treats everything in it as hostile and never raises for it."""
    from .scoring import score_all

    return score_all(seeds, returned, submission)


def check_pack(content: bytes) -> None:
    """Raise `Refused`, with every finding, where no world can be drawn with this content."""
    from .packs import check

    check(content)


def gold(seed: bytes, count: int) -> tuple[GoldItem, ...]:
    """Return `count` pre-scored submissions with planned level proportions."""
    from .exemplars import gold_items

    return gold_items(seed, count)
