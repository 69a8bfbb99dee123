"""Attempts that are played by performing the acts themselves on the organisation's repository.

For journeys that need many attempts, or another one on the side: the same acts, without a runner.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import beginning
from tests.github.ordering import NAME
from tests.github.organisation import TWIN
from tests.github.people import INBOX, Grader, Learner

from jobtwin.acts import claim, decide, evaluate, receive, review, start
from jobtwin.forge.events import Account, Effects, Event, PullRequest
from jobtwin.forge.local import HOST, OnThisMachine
from jobtwin.harness.grading import Machine
from jobtwin.harness.sandbox import choose
from jobtwin.keys import Holders
from jobtwin.records.base import write
from jobtwin.records.intake import StartRequest
from jobtwin.repository import ssh
from jobtwin.repository.git import Git
from jobtwin.repository.ledger import Ledger
from jobtwin.rules.signature import REVIEW

Act = Callable[[Event, Ledger, Holders], Effects]


@dataclass(slots=True)
class Performed:
    """A learner whose attempt is played here, on the same records as all the others'."""

    learner: Learner
    events: int = 100_000

    @property
    def git(self) -> Git:
        """The organisation's repository."""
        return self.learner.github.repositories.git(NAME)

    def begin(self, number: int) -> None:
        """Start an attempt by pull request `number`, which nobody sees."""
        self.learner.number = number
        request = write(StartRequest(format=1, twin=TWIN))
        self._perform(start.start, self._pushed({"start.yml": request}, "opened"))

    def hand_in(
        self,
        files: dict[str, bytes],
        inbox: dict[str, bytes] | None = None,
        *,
        at_once: bool = False,
    ) -> Effects:
        """Hand both checkpoints in, the second as the last push; return what that answered."""
        lea = self.learner
        lea.github.wait(minutes=60)
        if at_once:
            return self._receive({**(inbox or {}), **lea.live(files), **lea.post_mortem()})
        self._receive({**(inbox or {}), **lea.live(files)})
        lea.github.wait(minutes=30)
        return self._receive(lea.post_mortem())

    def grade(self, ada: Grader, score: float = 0.8) -> None:
        """Evaluate in the sandbox, claim, review and decide."""
        lea = self.learner
        self._perform(self._evaluate, self._event("workflow_dispatch"))
        said = f"/claim {TWIN}"
        asked = self._event("issue_comment.created", ada.account, comment=said)
        self._perform(claim.claim, asked)
        content = write(ada.written(lea.attempt, score))
        signature = ssh.sign_bytes_with_ssh(ada.keys / ada.account.login, REVIEW, content)
        self._perform(
            lambda event, ledger, holders: review.review(
                event, ledger, holders, content, signature
            ),
            self._event("pull_request.opened"),
        )
        self._perform(
            lambda event, ledger, holders: decide.decide(
                event, ledger, holders, TWIN, lea.attempt.id
            ),
            self._event("workflow_dispatch"),
        )

    def _evaluate(self, event: Event, ledger: Ledger, holders: Holders) -> Effects:
        task = evaluate.due(event, ledger, TWIN, self.learner.attempt.id)
        with tempfile.TemporaryDirectory() as cache:
            return evaluate.evaluate(event, ledger, holders, task, Machine(choose(), Path(cache)))

    def _receive(self, inbox: dict[str, bytes]) -> Effects:
        rewrite = {f"{HOST}/": f"{self.learner.github.hosted}/"}
        return self._perform(
            lambda event, ledger, holders: receive.receive(event, ledger, holders, rewrite),
            self._pushed(inbox, "synchronize"),
        )

    def _perform(self, act: Act, event: Event) -> Effects:
        forge = OnThisMachine(self.git, event)
        done = forge.perform(lambda ledger: act(event, ledger, beginning().holders))
        self.learner.github.wait(seconds=1)
        return done.effects

    def _pushed(self, inbox: dict[str, bytes], kind: str) -> Event:
        lea = self.learner
        files = {f"{INBOX}/{path}": content for path, content in inbox.items()}
        head = lea.github.repositories.commit(
            NAME, f"side-{lea.number}", files, "Work", lea.account.login, lea.github.now
        )
        about = PullRequest(lea.number, lea.account, head)
        return self._event(f"pull_request.{kind}", pull_request=about)

    def _event(
        self,
        kind: str,
        actor: Account | None = None,
        pull_request: PullRequest | None = None,
        comment: str = "",
    ) -> Event:
        self.events += 1
        text = f"{self.learner.account.number}{self.events}"
        number = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
        now = self.learner.github.now
        who = actor or self.learner.account
        return Event(f"{kind}:{number}", now, who, pull_request, comment=comment)
