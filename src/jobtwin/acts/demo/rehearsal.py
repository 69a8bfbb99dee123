"""A rehearsal of any twin: one who passes with its reference, one who hands the kit back.

What an author sees before anybody else attempts the twin: every act, from start to credential.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.acts.demo import learner, mentor
from jobtwin.acts.demo.ending import KEPT, Told, expect, issued, published
from jobtwin.acts.demo.founding import founded
from jobtwin.credential import holder
from jobtwin.errors import UsageError
from jobtwin.forge.events import Account
from jobtwin.harness import contract, proofs
from jobtwin.records.base import write
from jobtwin.records.intake import CheckpointRequest
from jobtwin.repository.definitions import read_twin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobtwin.acts.demo.stage import Stage
    from jobtwin.harness.grading import Machine
    from jobtwin.records.submission import Evaluated
    from jobtwin.records.twin import Twin

LEA, BEN = Account(1001, "lea"), Account(1002, "ben")
GOOD, WEAK = 0.85, 0.25
"""What the mentor gives in every dimension."""
PACE = 0.5
"""At which part of the time that a checkpoint leaves its learner hands it in."""


@dataclass(frozen=True, slots=True)
class _Rehearsal:
    """The twin that is played, on its stage."""

    stage: Stage
    twin: Twin
    solutions: proofs.Solutions


def rehearse(
    project: Path, twin_id: str, out: Path, machine: Machine, tell: Callable[[str], None]
) -> Told:
    """Play the twin below `out`; leave the repository at out/repo and the site at out/site.

    Raises `UsageError` for a twin that cannot be played so, and `EngineError` where it does not
    come out as it must: its reference passes, its untouched kit does not.
    """
    twin = read_twin(project, twin_id)
    _refuse_unfit(twin)
    tell("keys are made, the organisation is founded, a gold set is sealed")
    stage = founded(project, twin_id, out, machine, tell)
    play = _Rehearsal(stage, twin, proofs.solutions(project / "twins" / twin_id))
    tell(mentor.calibrated(stage).strip().splitlines()[0])
    name = ("Lea Example", secrets.token_hex(16))
    (out / KEPT).write_text(holder.keep(*name), "utf-8")
    _passes(play, holder.hashed(*name))
    _misses(play)
    return published(stage, out, issued(stage))


def _refuse_unfit(twin: Twin) -> None:
    reasons = {
        "it has no harness yet": twin.harness is None,
        "it takes files of the inbox": bool(twin.inbox),
        "two mentors grade it": twin.reviewers > 1,
        "it takes no repo_url": "repo_url" not in twin.submission_modes,
    }
    if said := ", ".join(reason for reason, is_so in reasons.items() if is_so):
        raise UsageError(
            f"{twin.id} cannot be rehearsed: {said}", "`jobtwin check --deep` proves every twin"
        )


def _passes(play: _Rehearsal, recipient: str) -> None:
    measured = _attempt(play, LEA, "reference", recipient)
    expect(measured.outcome == "passed", f"the reference should pass, but {measured.notes}")
    play.stage.tell("lea hands the reference in, and clears the machine bar in the sandbox")
    skills = {skill.id: min(skill.ceiling, 0.8) for skill in play.twin.skills}
    _, decision, _ = mentor.graded(
        play.stage, _scores(play.twin, GOOD), skills, "Sound work, honestly told."
    )
    expect(decision.verdict == "pass", f"lea should pass, but {decision.reasons}")
    play.stage.tell(f"a calibrated mentor gave {decision.overall:.4f}: lea passes")


def _misses(play: _Rehearsal) -> None:
    play.stage.forge.wait(hours=1)
    measured = _attempt(play, BEN, "untouched")
    missed = ", ".join(line.metric for line in measured.bar if not line.met)
    expect(measured.outcome != "passed", "the untouched kit should miss the bar")
    summary = "The kit came back as it was handed out."
    _, decision, feedback = mentor.graded(play.stage, _scores(play.twin, WEAK), {}, summary)
    expect(decision.verdict == "retake", f"ben should retake, but {decision.verdict}")
    words = len(feedback.split())
    play.stage.tell(f"ben hands the kit back, misses {missed}, and gets {words} words of feedback")


def _attempt(
    play: _Rehearsal, account: Account, proof: str, recipient: str | None = None
) -> Evaluated:
    """Start, hand every checkpoint in, and have it measured."""
    stage = play.stage
    begun = learner.begin(stage, account, recipient)
    stage.tell(f"{account.login} started at {begun.started.at:%H:%M}; {len(begun.kit)} files")
    kit = bytes.fromhex(begun.started.kit_seed)
    handed = play.solutions.solve(proof, contract.Seeds(kit, hashlib.sha256(kit).digest()))
    git = stage.forge.host(account, "work")
    commit = stage.forge.commit(git, account, begun.kit, "The kit as it was handed out")
    changed = {path: body for path, body in handed.files.items() if begun.kit.get(path) != body}
    if changed:
        commit = stage.forge.commit(git, account, changed, "The work")
    before = 0.0
    for deadline in begun.started.deadlines:
        closes = (deadline.at - begun.started.at).total_seconds() / 60
        request = CheckpointRequest(
            format=1,
            checkpoint=deadline.checkpoint,
            mode="repo_url",
            repo_url=stage.forge.url(account, "work"),
            commit=commit,
            self_checks={mode.id: True for mode in play.twin.failure_modes},
            final=deadline == begun.started.deadlines[-1],
        )
        before += (closes - before) * PACE
        learner.push(stage, begun, {f"{deadline.checkpoint}.yml": write(request)}, before)
    return learner.measured(stage, begun)


def _scores(twin: Twin, score: float) -> dict[str, tuple[float, str, str]]:
    """Return the same score for every dimension, with a file that every kit has."""
    why = "Judged by what the README and the code say, beside the anchors of this dimension."
    return {dimension.id: (score, "README.md", why) for dimension in twin.rubric}
