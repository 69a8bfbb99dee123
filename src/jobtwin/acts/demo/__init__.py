"""demo: a whole cohort on this machine, with nothing faked in the middle.

Real git, a real sandbox, real SSH and Ed25519 signatures, the acts themselves; only the people and
the hours are played, on a forge with a clock of its own.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from jobtwin.acts.demo import learner, mentor, thief
from jobtwin.acts.demo.ending import KEPT, Told, expect, issued, published
from jobtwin.acts.demo.founding import founded
from jobtwin.credential import holder
from jobtwin.forge.events import Account
from jobtwin.harness import contract, grading, proofs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jobtwin.acts.demo.learner import Play
    from jobtwin.acts.demo.stage import Stage

TWIN = "jt-incident-4"
LEA, BEN, CEM, DOT = (
    Account(1001 + n, name) for n, name in enumerate(("lea", "ben", "cem", "dot"))
)
PASSING = {
    "diagnosis_speed": 0.85,
    "hotfix_correctness": 0.95,
    "regression_safety": 0.9,
    "postmortem_quality": 0.8,
    "communication": 0.85,
}
FAILING = {
    "diagnosis_speed": 0.6,
    "hotfix_correctness": 0.25,
    "regression_safety": 0.25,
    "postmortem_quality": 0.55,
    "communication": 0.65,
}
SKILLS = {"llm.safety.hallucination-mitigation": 0.9, "llm.ops.incident-response": 0.8}


def demo(project: Path, out: Path, machine: grading.Machine, tell: Callable[[str], None]) -> Told:
    """Play the cohort below `out`; leave the repository at out/repo and the site at out/site.

    `project` is where twins, tracks, policies and docs are taken from. Raises `EngineError` when
    anything does not come out as the design says: the demo is a test of itself.
    """
    tell("keys are made, the organisation is founded, a gold set is sealed")
    stage = founded(project, TWIN, out, machine, tell)
    solutions = proofs.solutions(project / "twins" / TWIN)
    tell(mentor.calibrated(stage))
    name = ("Lea Example", secrets.token_hex(16))
    (out / KEPT).write_text(holder.keep(*name), "utf-8")
    _passes(stage, solutions, name)
    missed = _misses(stage, solutions)
    _is_late(stage, solutions)
    _steals(stage, solutions)
    _retakes(stage, missed)
    url = issued(stage)
    return published(stage, out, url)


def _solved(
    stage: Stage, play: Play, solutions: proofs.Solutions, proof: str
) -> contract.Submission:
    kit = bytes.fromhex(play.started.kit_seed)
    return solutions.solve(proof, contract.Seeds(kit, hashlib.sha256(kit).digest()))


def _passes(stage: Stage, solutions: proofs.Solutions, name: tuple[str, str]) -> None:
    """Lea mends the fault, tests it, writes it up, and clears the bar."""
    play = learner.begin(stage, LEA, holder.hashed(*name))
    stage.tell(f"lea started at {play.started.at:%H:%M}; her kit has {len(play.kit)} files")
    handed = _solved(stage, play, solutions, "reference")
    commit = learner.work(stage, play, handed)
    learner.hand_in(stage, play, handed, commit)
    measured = learner.measured(stage, play)
    expect(measured.outcome == "passed", f"lea's fix should pass, but {measured.notes}")
    stage.tell(f"lea's fix, {commit[:10]}, clears the machine bar in the sandbox")
    file = _changed_source(play, handed)
    _, decision, _ = mentor.graded(stage, _reasons(PASSING, file), SKILLS, "A clear, honest fix.")
    expect(decision.verdict == "pass", f"lea should pass, but {decision.reasons}")
    stage.tell(f"a calibrated mentor gave {decision.overall:.4f}: lea passes")


def _misses(stage: Stage, solutions: proofs.Solutions) -> Play:
    """Ben special-cases the reported requests; he gets full feedback and another seed."""
    stage.forge.wait(hours=1)
    play = learner.begin(stage, BEN)
    handed = _solved(stage, play, solutions, "special-case")
    learner.hand_in(stage, play, handed, learner.work(stage, play, handed))
    measured = learner.measured(stage, play)
    missed = ", ".join(line.metric for line in measured.bar if not line.met)
    expect(measured.outcome == "failed", "ben's special case should miss the bar")
    file = _changed_source(play, handed)
    summary = "Only the reported requests are answered; the class of the fault is still there."
    _, decision, feedback = mentor.graded(stage, _reasons(FAILING, file), {}, summary)
    expect(decision.verdict == "retake", f"ben should retake, but {decision.verdict}")
    stage.tell(f"ben misses the bar on {missed}; he gets {len(feedback.split())} words of feedback")
    return play


def _retakes(stage: Stage, first: Play) -> None:
    """Ben starts again, with another seed, and asks for a page with all his attempts."""
    stage.forge.wait(hours=12)
    again = learner.begin(stage, BEN, public_record=True)
    expect(again.started.kit_seed != first.started.kit_seed, "a retake needs another seed")
    stage.tell(f"ben retakes with another seed, {again.started.kit_seed[:12]}…")


def _is_late(stage: Stage, solutions: proofs.Solutions) -> None:
    """Cem pushes after the deadline: a late receipt, and nothing else changes."""
    play = learner.begin(stage, CEM)
    handed = _solved(stage, play, solutions, "reference")
    commit = learner.work(stage, play, handed)
    late = {"live.yml": learner.live_request(stage, play, commit)}
    receipt = learner.push(stage, play, late, 97)
    expect(receipt.ruling == "late", f"cem's push should be late, not {receipt.ruling}")
    stage.forge.wait(hours=5)
    said = learner.swept(stage)
    expect("expired: " in said, f"cem's attempt should expire, but: {said}")
    stage.tell("cem pushed 7 minutes after the deadline: a late receipt, and the attempt expired")


def _steals(stage: Stage, solutions: proofs.Solutions) -> None:
    """Dot's service looks for secrets and answers; her tests fake their result."""
    play = learner.begin(stage, DOT)
    handed = _solved(stage, play, solutions, "reference")
    conftest = "tests/regression/conftest.py"
    files = {
        **handed.files,
        "serve.py": thief.SERVE.encode(),
        conftest: handed.files[conftest] + thief.CONFTEST.encode(),
    }
    stolen = contract.Submission(files, handed.inbox, handed.receipts)
    learner.hand_in(stage, play, stolen, learner.work(stage, play, stolen))
    measured = learner.measured(stage, play)
    expect(measured.outcome != "passed", "a thief should not pass")
    with stage.ledger() as ledger:
        kept = measured.answers
        place = (kept.path and f"HEAD:{kept.path}") or f"{kept.ref}:answers.json.gz" if kept else ""
        loot = ledger.tree.git.run("cat-file", "blob", place.replace("HEAD", "refs/heads/main"))
    expect(not _leaks(stage, loot), "a secret left the sandbox")
    stage.tell("dot's service searched the sandbox for secrets and answers: there was nothing")


def _leaks(stage: Stage, loot: bytes) -> bool:
    import gzip

    text = gzip.decompress(loot)
    values = [value.split(":")[-1].encode() for value in stage.holders.secrets.values()]
    return any(value in text for value in values)


def _changed_source(play: Play, handed: contract.Submission) -> str:
    changed = (p for p, body in sorted(handed.files.items()) if play.kit.get(p) != body)
    return next((path for path in changed if path.startswith("src/")), "README.md")


def _reasons(scores: Mapping[str, float], file: str) -> dict[str, tuple[float, str, str]]:
    words = {
        "diagnosis_speed": "The repro was in before the half hour and names the class.",
        "hotfix_correctness": "Judged by what the change does to the whole class of the fault.",
        "regression_safety": "Judged by what the test would catch next time.",
        "postmortem_quality": "Blameless; the follow-ups have owners and dates.",
        "communication": "Updates were regular and said what to do meanwhile.",
    }
    return {name: (score, file, words[name]) for name, score in scores.items()}
