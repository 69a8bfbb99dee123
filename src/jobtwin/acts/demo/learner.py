"""How the demo's learners work: real git commits, real pushes, by the moments of a real attempt."""

from __future__ import annotations

import fnmatch
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from jobtwin.acts import evaluate, kit, receive, start, sweep
from jobtwin.errors import EngineError
from jobtwin.forge.local import OnThisMachine
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.intake import CheckpointRequest, StartRequest
from jobtwin.records.submission import Evaluated, Received, Started

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.acts.demo.stage import Stage
    from jobtwin.forge.events import Account, Event
    from jobtwin.harness.contract import Files, Submission
    from jobtwin.records.twin import Twin

LIVE_MINUTE = 86.0
DONE_MINUTE = 180.0


@dataclass(frozen=True, slots=True)
class Play:
    """An attempt that a learner has opened."""

    account: Account
    opened: Event
    started: Started
    kit: Files

    @property
    def number(self) -> int:
        """The pull request's number."""
        return self.opened.pull_request.number if self.opened.pull_request else 0


def begin(
    stage: Stage,
    account: Account,
    recipient: str | None = None,
    *,
    public_record: Literal[True] | None = None,
) -> Play:
    """Open the pull request that starts the clock, and generate the kit from the seed."""
    wish = StartRequest(format=1, twin=stage.twin, recipient=recipient, public_record=public_record)
    event = stage.forge.open_pull_request(account, {"start.yml": write(wish)})
    effects = stage.act("start", event, lambda ledger: start.start(event, ledger, stage.holders))
    started = load(Started, next(iter(effects.records.values()))).record
    with stage.timed("kit"):
        files = kit.kit(stage.project, stage.twin, bytes.fromhex(started.kit_seed))
    return Play(account, event, started, files)


def work(stage: Stage, play: Play, handed: Submission) -> str:
    """Commit the kit, then the fix, then its test, to a repository of the learner's own."""
    git = stage.forge.host(play.account, f"incident-{play.started.number}")
    stage.forge.commit(git, play.account, play.kit, "The kit as it was handed out")
    changed = {path: body for path, body in handed.files.items() if play.kit.get(path) != body}
    fix = {path: body for path, body in changed.items() if path.startswith("src/")}
    if fix:
        stage.forge.commit(git, play.account, fix, "Answer from the right leaflet again")
    rest = {path: body for path, body in changed.items() if path not in fix}
    return stage.forge.commit(git, play.account, rest, "Regression test and an alert that sees it")


def hand_in(
    stage: Stage, play: Play, handed: Submission, commit: str, *, final: bool = True
) -> None:
    """Push updates, repro, hotfix and post-mortem at the moments that the submission names."""
    twin = _twin(stage)
    allowed = {path for path in handed.inbox if _is_asked_for(twin, path)}
    for receipt in sorted(handed.receipts, key=lambda item: item.minutes):
        if receipt.minutes > LIVE_MINUTE:
            break
        push(stage, play, _as_of(handed, receipt.files, allowed), receipt.minutes)
    push(stage, play, {"live.yml": live_request(stage, play, commit)}, LIVE_MINUTE)
    inbox = {path: handed.inbox[path] for path in allowed}
    done = CheckpointRequest(
        format=1, checkpoint="post-mortem", self_checks=_answers(twin), final=final
    )
    push(stage, play, {**inbox, "post-mortem.yml": write(done)}, DONE_MINUTE)


def live_request(stage: Stage, play: Play, commit: str) -> bytes:
    """Return live.yml for a commit of the learner's repository."""
    request = CheckpointRequest(
        format=1,
        checkpoint="live",
        repo_url=stage.forge.url(play.account, f"incident-{play.started.number}"),
        commit=commit,
        self_checks=_answers(_twin(stage)),
    )
    return write(request)


def push(stage: Stage, play: Play, inbox: Mapping[str, bytes], minute: float) -> Received:
    """Push to the pull request at a minute of the attempt, and return its last receipt."""
    stage.forge.now = play.started.at + timedelta(minutes=minute)
    event = stage.forge.push(play.number, inbox)
    effects = stage.act(
        "receive",
        event,
        lambda ledger: receive.receive(event, ledger, stage.holders, stage.forge.rewrite),
    )
    receipts = [body for path, body in effects.records.items() if "/received-" in path]
    return load(Received, receipts[-1]).record


def measured(stage: Stage, play: Play) -> Evaluated:
    """Evaluate the attempt in the sandbox, and return what came of it."""
    event = stage.forge.dispatch()
    effects = stage.act(
        "evaluate",
        event,
        lambda ledger: evaluate.evaluate(
            event,
            ledger,
            stage.holders,
            evaluate.due(event, ledger, stage.twin, play.started.attempt),
            stage.machine,
        ),
    )
    path = layout.evaluated(stage.twin, play.started.attempt, 1)
    return load(Evaluated, effects.records[path]).record


def swept(stage: Stage) -> str:
    """Let the schedule look for what is due, and return what it says."""
    forge = OnThisMachine(stage.forge.origin, stage.forge.dispatch(), stage.forge.rewrite)
    with stage.timed("sweep"):
        return sweep.sweep(forge, stage.holders).text()


def _twin(stage: Stage) -> Twin:
    with stage.ledger() as ledger:
        loaded = ledger.twin(stage.twin)
    if loaded is None:
        raise EngineError(f"{stage.twin} is not there")
    return loaded.record


def _answers(twin: Twin) -> dict[str, bool]:
    return {check.id: True for check in twin.failure_modes}


def _is_asked_for(twin: Twin, path: str) -> bool:
    asked = any(fnmatch.fnmatchcase(path, item.pattern) for item in twin.inbox)
    return asked and "TEMPLATE" not in path


def _as_of(handed: Submission, files: Mapping[str, str], allowed: set[str]) -> dict[str, bytes]:
    """Return the files of the inbox that were there, as they were, at one receipt."""
    return {
        path: body
        for path, body in handed.inbox.items()
        if path in allowed and files.get(path) == hashlib.sha256(body).hexdigest()
    }
