"""How the demo's mentor is calibrated by the real rule, and grades what is drawn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobtwin.acts import calibrate, claim, decide, review
from jobtwin.acts.calibrate import handing_out
from jobtwin.records.base import write
from jobtwin.records.calibration import GoldSet
from jobtwin.records.grade import (
    Claim,
    Comment,
    Decision,
    DimensionScore,
    Evidence,
    Review,
    SkillAssertion,
)
from jobtwin.repository import ssh
from jobtwin.rules import gold
from jobtwin.rules.signature import ROUND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.acts.demo.stage import Stage
    from jobtwin.repository.ledger import Attempt

GOLD_SET = "gold-1"
_SLIPS = 20
"""Every so many ratings the mentor differs from the reference by one level."""


def calibrated(stage: Stage) -> str:
    """Ask for the sealed gold set and play a round on it; return what it came to, in words."""
    asked = stage.forge.comment(stage.mentor.account, f"/calibrate {stage.twin}")
    stage.act(
        "calibrate",
        asked,
        lambda ledger: handing_out.hand_out(asked, ledger, stage.holders),
    )
    with stage.ledger() as ledger:
        gold_set = ledger.need(GoldSet, gold.set_path(stage.twin, GOLD_SET))
        sealed = ledger.tree.read(gold.reference_path(gold_set)) or b""
    # The demo's mentor has no eyes: the ratings are the reference with a human's share of slips.
    secrets = gold.secrets_of(gold_set, stage.holders.gold)
    reference = gold.open_reference(gold_set, sealed, secrets.answers).scores
    content = write(gold.make_round(stage.mentor.id, gold_set, 1, _rated(reference)))
    signature = ssh.sign_bytes_with_ssh(stage.mentor.key, ROUND, content)
    event = stage.forge.dispatch()
    effects = stage.act(
        "calibrate",
        event,
        lambda ledger: calibrate.calibrate(event, ledger, stage.holders, content, signature),
    )
    return effects.comment


def _rated(reference: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    rated: dict[str, dict[str, float]] = {}
    count = 0
    for item, scores in sorted(reference.items()):
        rated[item] = {}
        for dimension, score in sorted(scores.items()):
            count += 1
            slip = 0.25 if score < 0.5 else -0.25
            rated[item][dimension] = score + slip if count % _SLIPS == 0 else score
    return rated


def graded(
    stage: Stage,
    scores: Mapping[str, tuple[float, str, str]],
    skills: Mapping[str, float],
    summary: str,
) -> tuple[Attempt, Decision, str]:
    """Claim, review, sign and decide; return the attempt, the decision and the feedback.

    `scores` says for each dimension the score, the file that it rests on, and why.
    """
    mentor = stage.mentor
    asked = stage.forge.comment(mentor.account, f"/claim {stage.twin}")
    claiming = stage.act("claim", asked, lambda ledger: claim.claim(asked, ledger, stage.holders))
    path = next(iter(claiming.records))
    stage.forge.wait(hours=5)
    with stage.ledger() as ledger:
        attempt = ledger.attempt(stage.twin, path.split("/")[3])
    assert attempt is not None  # noqa: S101 - it has just been claimed
    made = attempt.last(Claim)
    assert made is not None  # noqa: S101
    content = write(_review(attempt.id, made.digest, mentor.id, scores, skills, summary))
    signature = review.sign_review(mentor.key, content)
    handed = stage.forge.dispatch()
    stage.act(
        "review",
        handed,
        lambda ledger: review.review(handed, ledger, stage.holders, content, signature),
    )
    judged = stage.forge.dispatch()
    effects = stage.act(
        "decide",
        judged,
        lambda ledger: decide.decide(judged, ledger, stage.holders, stage.twin, attempt.id),
    )
    with stage.ledger() as ledger:
        after = ledger.attempt(stage.twin, attempt.id)
    decision = after.last(Decision) if after else None
    assert decision is not None  # noqa: S101
    assert after is not None  # noqa: S101
    return after, decision.record, effects.comment


def _review(
    attempt: str,
    claimed: str,
    mentor: str,
    scores: Mapping[str, tuple[float, str, str]],
    skills: Mapping[str, float],
    summary: str,
) -> Review:
    rated = tuple(
        DimensionScore(
            dimension=name, score=score, evidence=(Evidence(file=file, line=1),), comment=why
        )
        for name, (score, file, why) in scores.items()
    )
    first = next(iter(scores.values()))
    return Review(
        format=1,
        attempt=attempt,
        claim=claimed,
        mentor=mentor,
        scores=rated,
        skills=tuple(
            SkillAssertion(id=name, weight=weight, evidence=(Evidence(file=first[1], line=1),))
            for name, weight in skills.items()
        ),
        comments=tuple(
            Comment(file=file, line=1, text=why) for _, file, why in list(scores.values())[:3]
        ),
        summary=re.sub(r"\s+", " ", summary),
    )
