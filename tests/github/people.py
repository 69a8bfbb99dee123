"""Learners as they use GitHub: they fork, commit, open pull requests, push and comment."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.conftest import PROJECT, beginning
from tests.github import organisation
from tests.github.fake_state import Comment
from tests.github.local_github import LocalGitHub
from tests.github.ordering import NAME
from tests.github.organisation import TWIN
from tests.github.repositories import Files

from jobtwin.forge.events import Account
from jobtwin.forge.local import HOST
from jobtwin.harness import contract, proofs
from jobtwin.records.base import write
from jobtwin.records.grade import Claim, DimensionScore, Evidence, Review, SkillAssertion
from jobtwin.records.grade import Comment as ReviewComment
from jobtwin.records.intake import CheckpointRequest, StartRequest
from jobtwin.records.submission import Received, Started
from jobtwin.repository.git import create
from jobtwin.repository.ledger import Attempt, Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules import seeds

INBOX = "submissions/inbox"
LIVE_MINUTE = 86.0
DONE_MINUTE = 180.0
SKILL = "llm.ops.incident-response"


@contextmanager
def ledger(github: LocalGitHub) -> Iterator[Ledger]:
    """Open the records as main has them now."""
    with Tree(github.repositories.git(NAME), "refs/heads/main") as tree:
        yield Ledger(tree)


@dataclass(slots=True)
class Learner:
    """Somebody who learns, with a pull request once they have started."""

    github: LocalGitHub
    account: Account
    number: int = 0

    def start(self, recipient: str | None = None, more: Files | None = None) -> int:
        """Open the pull request that starts the clock; return its number."""
        request = write(StartRequest(format=1, twin=TWIN, recipient=recipient))
        files = {f"{INBOX}/start.yml": request, **(more or {})}
        self.number = self.github.open_pull_request(self.account, files)
        return self.number

    def push(self, inbox: Mapping[str, bytes], *, force: bool = False) -> str:
        """Push files of the inbox."""
        files = {f"{INBOX}/{path}": content for path, content in inbox.items()}
        return self.github.push(self.number, files, force=force)

    def comment(self, text: str) -> Comment:
        """Comment on the pull request."""
        return self.github.comment(self.account, self.number, text)

    def at_minute(self, minute: float) -> None:
        """Let time pass until so many minutes after the start."""
        self.github.set_clock(self.started.at + timedelta(minutes=minute))

    def live(self, files: Mapping[str, bytes], *, final: bool = False) -> dict[str, bytes]:
        """Commit work to a repository of one's own; return live.yml that hands it in."""
        request = CheckpointRequest(
            format=1,
            checkpoint="live",
            repo_url=f"{HOST}/{self.account.login}/work",
            commit=self.host(files),
            self_checks=self._checks(),
            final=final,
        )
        return {"live.yml": write(request)}

    def post_mortem(self, *, final: bool = True) -> dict[str, bytes]:
        """Return post-mortem.yml."""
        request = CheckpointRequest(
            format=1, checkpoint="post-mortem", self_checks=self._checks(), final=final
        )
        return {"post-mortem.yml": write(request)}

    def host(self, files: Mapping[str, bytes]) -> str:
        """Commit files to the learner's own repository; return the commit."""
        git = create(self.github.hosted / self.account.login / "work", bare=False)
        for path, content in files.items():
            target = git.path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        git.run("add", "-A", "-f")
        who = ("-c", f"user.name={self.account.login}", "-c", "user.email=lea@people.invalid")
        git.run(*who, "commit", "-q", "--allow-empty", "-m", "Work")
        return git.text("rev-parse", "HEAD")

    def solved(self, proof: str = "reference") -> contract.Submission:
        """Return what one of the twin's own proofs hands in for this attempt."""
        seed = bytes.fromhex(self.started.kit_seed)
        solutions = proofs.solutions(PROJECT / "twins" / TWIN)
        return solutions.solve(proof, contract.Seeds(seed, hashlib.sha256(seed).digest()))

    def asked_for(self, handed: contract.Submission) -> dict[str, bytes]:
        """Return the files of a solution's inbox that the twin asks for."""
        with ledger(self.github) as records:
            loaded = records.twin(TWIN)
        patterns = [item.pattern for item in loaded.record.inbox] if loaded else []
        return {
            path: content
            for path, content in handed.inbox.items()
            if any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)
            and "TEMPLATE" not in path
        }

    @property
    def attempt(self) -> Attempt:
        """The attempt that belongs to the pull request."""
        hidden = seeds.hidden(beginning().holders.subject, "pull_request", self.number)
        with ledger(self.github) as records:
            for attempt in records.attempts(TWIN):
                if attempt.started.pull_request == hidden:
                    return attempt
        raise LookupError(f"#{self.number} has no attempt")

    @property
    def has_started(self) -> bool:
        """Say whether the clock runs."""
        try:
            return bool(self.attempt)
        except LookupError:
            return False

    @property
    def started(self) -> Started:
        """The attempt's first record."""
        return self.attempt.started

    @property
    def receipts(self) -> list[Received]:
        """The receipts so far."""
        return [filed.record for filed in self.attempt.all(Received)]

    @property
    def rulings(self) -> list[str]:
        """What each receipt says."""
        return [receipt.ruling for receipt in self.receipts]

    @property
    def told(self) -> str:
        """The bot's one comment."""
        return self.github.comment_of_bot(self.number)

    @property
    def labels(self) -> list[str]:
        """The labels of the pull request."""
        return self.github.issue(self.number).labels

    @property
    def is_closed(self) -> bool:
        """Say whether the pull request is closed."""
        return self.github.issue(self.number).closed_at is not None

    def _checks(self) -> dict[str, bool]:
        with ledger(self.github) as records:
            loaded = records.twin(TWIN)
        return {check.id: True for check in loaded.record.failure_modes} if loaded else {}


@dataclass(slots=True)
class Grader:
    """A mentor, with a real SSH key, who has no right to write anywhere."""

    github: LocalGitHub
    account: Account
    keys: Path
    queue: int = 0

    def claim(self) -> None:
        """Ask for an attempt, by a comment on the queue's issue."""
        self.queue = self.queue or self.github.queue_issue()
        self.github.comment(self.account, self.queue, f"/claim {TWIN}")

    def review(self, attempt: Attempt, score: float = 0.8) -> int:
        """Hand a signed review in by pull request; return its number."""
        return self.hand_in("grades/inbox/review.yml", write(self.written(attempt, score)))

    def ask_for_gold(self) -> None:
        """Ask for a gold set, by a comment on the queue's issue."""
        self.queue = self.queue or self.github.queue_issue()
        self.github.comment(self.account, self.queue, f"/calibrate {TWIN}")

    def answer_gold_set(self) -> int:
        """Hand a signed round on the gold set in by pull request; return its number."""
        with ledger(self.github) as records:
            content = organisation.answered(records, self.account.login)
        return self.hand_in("calibration/inbox/round.yml", content)

    def hand_in(self, path: str, content: bytes) -> int:
        """Sign a file and bring it by a pull request of its own; return its number."""
        files = organisation.signed(self.keys, self.account.login, path, content)
        branch = f"{path.partition('/')[0]}-{len(self.github.repository.pulls)}"
        return self.github.open_pull_request(self.account, files, branch)

    def written(self, attempt: Attempt, score: float) -> Review:
        """Return a complete review of the attempt that was claimed last."""
        claimed = attempt.last(Claim)
        if claimed is None:
            raise LookupError("nobody has claimed the attempt")
        with ledger(self.github) as records:
            twin = records.pinned_twin(attempt.started.twin_tree, attempt.twin)
        evidence = (Evidence(file="README.md", line=1),)
        scores = tuple(
            DimensionScore(
                dimension=line.id, score=score, evidence=evidence, comment=f"On {line.id}: sound."
            )
            for line in twin.rubric
        )
        return Review(
            format=1,
            attempt=attempt.id,
            claim=claimed.digest,
            mentor=self.account.login,
            scores=scores,
            skills=(SkillAssertion(id=SKILL, weight=0.8, evidence=evidence),),
            comments=(ReviewComment(file="README.md", line=1, text="Here it is said well."),),
            summary="A sound fix, and an honest post-mortem.",
        )
