"""demo: a whole cohort on this machine, with nothing faked in the middle.

Real git, a real sandbox, real SSH and Ed25519 signatures, the acts themselves; only the people and
the hours are played, on a forge with a clock of its own.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.acts import audit, build, issue, verify
from jobtwin.acts.demo import learner, mentor, thief
from jobtwin.acts.demo.founding import PORT, founded
from jobtwin.credential import holder
from jobtwin.errors import EngineError
from jobtwin.forge.events import Account
from jobtwin.harness import contract, grading, proofs
from jobtwin.repository.git import Git
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jobtwin.acts.demo.learner import Play
    from jobtwin.acts.demo.stage import Stage

KEPT = "name-of-lea.txt"
"""What a learner keeps: her name and the salt that it was hashed with."""
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


@dataclass(frozen=True, slots=True)
class Told:
    """What the demo came to."""

    credential: str
    """URL of the credential."""
    repository: Path
    site: Path
    acts: tuple[tuple[str, float], ...]
    """Each act played, with its seconds."""
    verdicts: tuple[str, ...]

    def words(self, seconds: float) -> str:
        """Return the end of the story, for people."""
        inside = self.credential.split("/credentials/")[1].removesuffix("credential.json")
        path = self.site / "credentials" / inside / "credential.json"
        kept = self.site.with_name(KEPT)
        spent: dict[str, float] = {}
        for act, taken in self.acts:
            spent[act] = spent.get(act, 0.0) + taken
        slowest = ", ".join(f"{act} {taken:.1f} s" for act, taken in spent.items() if taken >= 0.1)
        return "\n".join(
            [
                "",
                f"credential   {self.credential}",
                f"as a file    {path}",
                f"its page     http://localhost:{PORT}/credentials/{inside} (while it is served)",
                f"verdicts     {', '.join(self.verdicts)}",
                f"repository   {self.repository}",
                f"site         {self.site}",
                "",
                f"verify it    jobtwin verify {path} --mirror {self.site}",
                f"alone        jobtwin verify {path.with_name('bundle.json')}",
                f"as lea       jobtwin verify {path} --mirror {self.site} --holder {kept}",
                f"audit it     jobtwin audit {self.repository}",
                "",
                f"{len(self.acts)} acts in {seconds:.1f} s: {slowest}",
            ]
        )


def demo(project: Path, out: Path, machine: grading.Machine, tell: Callable[[str], None]) -> Told:
    """Play the cohort below `out`; leave the repository at out/repo and the site at out/site.

    `project` is where twins, tracks, policies and docs are taken from. Raises `EngineError` when
    anything does not come out as the design says: the demo is a test of itself.
    """
    tell("keys are made, the organisation is founded, a gold set is sealed")
    stage = founded(project, out, machine, tell)
    solutions = proofs.solutions(project / "twins" / mentor.TWIN)
    tell(mentor.calibrated(stage))
    name = ("Lea Example", secrets.token_hex(16))
    (out / KEPT).write_text(holder.keep(*name), "utf-8")
    _passes(stage, solutions, name)
    missed = _misses(stage, solutions)
    _is_late(stage, solutions)
    _steals(stage, solutions)
    _retakes(stage, missed)
    url = _issued(stage)
    return _published(stage, out, url)


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
    _expect(measured.outcome == "passed", f"lea's fix should pass, but {measured.notes}")
    stage.tell(f"lea's fix, {commit[:10]}, clears the machine bar in the sandbox")
    file = _changed_source(play, handed)
    _, decision, _ = mentor.graded(stage, _reasons(PASSING, file), SKILLS, "A clear, honest fix.")
    _expect(decision.verdict == "pass", f"lea should pass, but {decision.reasons}")
    stage.tell(f"a calibrated mentor gave {decision.overall:.4f}: lea passes")


def _misses(stage: Stage, solutions: proofs.Solutions) -> Play:
    """Ben special-cases the reported requests; he gets full feedback and another seed."""
    stage.forge.wait(hours=1)
    play = learner.begin(stage, BEN)
    handed = _solved(stage, play, solutions, "special-case")
    learner.hand_in(stage, play, handed, learner.work(stage, play, handed))
    measured = learner.measured(stage, play)
    missed = ", ".join(line.metric for line in measured.bar if not line.met)
    _expect(measured.outcome == "failed", "ben's special case should miss the bar")
    file = _changed_source(play, handed)
    summary = "Only the reported requests are answered; the class of the fault is still there."
    _, decision, feedback = mentor.graded(stage, _reasons(FAILING, file), {}, summary)
    _expect(decision.verdict == "retake", f"ben should retake, but {decision.verdict}")
    stage.tell(f"ben misses the bar on {missed}; he gets {len(feedback.split())} words of feedback")
    return play


def _retakes(stage: Stage, first: Play) -> None:
    """Ben starts again, with another seed."""
    stage.forge.wait(hours=12)
    again = learner.begin(stage, BEN)
    _expect(again.started.kit_seed != first.started.kit_seed, "a retake needs another seed")
    stage.tell(f"ben retakes with another seed, {again.started.kit_seed[:12]}…")


def _is_late(stage: Stage, solutions: proofs.Solutions) -> None:
    """Cem pushes after the deadline: a late receipt, and nothing else changes."""
    play = learner.begin(stage, CEM)
    handed = _solved(stage, play, solutions, "reference")
    commit = learner.work(stage, play, handed)
    late = {"live.yml": learner.live_request(stage, play, commit)}
    receipt = learner.push(stage, play, late, 97)
    _expect(receipt.ruling == "late", f"cem's push should be late, not {receipt.ruling}")
    stage.forge.wait(hours=5)
    said = learner.swept(stage)
    _expect("expired: " in said, f"cem's attempt should expire, but: {said}")
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
    _expect(measured.outcome != "passed", "a thief should not pass")
    with stage.ledger() as ledger:
        kept = measured.answers
        place = (kept.path and f"HEAD:{kept.path}") or f"{kept.ref}:answers.json.gz" if kept else ""
        loot = ledger.tree.git.run("cat-file", "blob", place.replace("HEAD", "refs/heads/main"))
    _expect(not _leaks(stage, loot), "a secret left the sandbox")
    stage.tell("dot's service searched the sandbox for secrets and answers: there was nothing")


def _leaks(stage: Stage, loot: bytes) -> bool:
    import gzip

    text = gzip.decompress(loot)
    values = [value.split(":")[-1].encode() for value in stage.holders.secrets.values()]
    return any(value in text for value in values)


def _issued(stage: Stage) -> str:
    """Sign what is due; return the credential's URL."""
    event = stage.forge.dispatch()
    effects = stage.act("issue", event, lambda ledger: issue.issue(event, ledger, stage.holders))
    signed = [path for path in effects.records if path.endswith(".json") and "/status/" not in path]
    _expect(len(signed) == 1, f"one credential is due, not {len(signed)}")
    stage.tell("one credential is signed, and verified by two implementations before it is kept")
    with stage.ledger() as ledger:
        url = ledger.issuer.url
    _, shard, identifier, _ = signed[0].split("/")
    return f"{url}/credentials/{shard}/{identifier}/credential.json"


def _published(stage: Stage, out: Path, url: str) -> Told:
    repository, site = out / "repo", out / "site"
    stage.forge.origin.run("clone", "-q", str(stage.forge.origin.path), str(repository))
    archive = "+refs/archive/*:refs/archive/*"
    Git(repository).run("fetch", "-q", str(stage.forge.origin.path), archive)
    report = _audited(stage, Git(repository))
    with stage.timed("build"), Tree(Git(repository), "refs/heads/main") as tree:
        build.build(Ledger(tree), site, audited=report)
    stage.tell(f"the site is built: {sum(1 for path in site.rglob('*') if path.is_file())} files")
    with stage.timed("verify"):
        verification = verify.verify_source(url, mirror=site, now=stage.forge.now)
    _expect(verification.ok, f"the credential should verify: {verification.findings}")
    verdicts = (
        f"signature: {verification.signature.value}",
        f"status: {verification.status.value}",
        f"issuer: {verification.issuer.value}",
        f"freshness: {verification.freshness.value}",
    )
    stage.tell("the credential verifies from the mirror: " + ", ".join(verdicts))
    return Told(url, repository, site, tuple(stage.times), verdicts)


def _audited(stage: Stage, git: Git) -> bytes:
    """Return the report on the whole history, which the site then shows."""
    with stage.timed("audit"):
        report = audit.audit(git)
    _expect(report.ok, f"the audit should find nothing: {report.text()}")
    commits = report.checked["commits"]
    stage.tell(f"the audit replayed the whole history, {commits} commits, and found no divergence")
    return f"{report.json()}\n".encode()


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


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise EngineError(f"the demo did not come out as it must: {otherwise}")


def serve_site(site: Path) -> None:
    """Serve a folder on loopback until somebody stops it; raises `EngineError`."""
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    try:
        server = ThreadingHTTPServer(
            ("127.0.0.1", PORT), partial(SimpleHTTPRequestHandler, directory=str(site))
        )
    except OSError as error:
        raise EngineError(f"port {PORT} on loopback cannot be had", "use --no-serve") from error
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
