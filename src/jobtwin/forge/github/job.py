"""A workflow's job as a forge: the event it was started for, and acts performed on main."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, RaceLost, Refused, UsageError
from jobtwin.forge.events import Effects, Event
from jobtwin.forge.github import api, clone, effects, patience, payload, wording
from jobtwin.forge.local import HOST
from jobtwin.forge.performing import Done
from jobtwin.records.layout import INBOX
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.forge.events import PullRequest
    from jobtwin.forge.github.api import Api, OpenPullRequest, Run
    from jobtwin.forge.github.clone import Clone
    from jobtwin.forge.github.payload import Payload
    from jobtwin.forge.github.place import Place
    from jobtwin.forge.performing import Act

TRIES = 20
"""How often an act is asked again when somebody else adds records at the same moment."""
SKEW = timedelta(minutes=5)
"""How far GitHub's own clocks may be apart."""
_TWIN = re.compile(r"[a-z0-9-]{1,64}")
_ATTEMPT = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class GithubJob:
    """GitHub, as one job sees it."""

    event: Event
    """What happened; its moment is when GitHub created the run, whatever run of it this is."""
    api: Api
    clone: Clone
    rewrite: Mapping[str, str] = field(default_factory=dict)
    _inputs: Mapping[str, str] = field(default_factory=dict)

    def open_pull_requests(self) -> tuple[Event, ...]:
        """Return every open pull request to the inbox, each as the event of its last push.

        `at` is when the learner's repository says that the head came, but not before the pull
        request opened; else it is the job's own moment.
        """
        return tuple(self._last_push(found) for found in self.api.open_pull_requests(INBOX))

    def _last_push(self, found: OpenPullRequest) -> Event:
        pull_request = found.pull_request
        pushed = self.api.pushed_at(pull_request)
        run = self.event.id.partition(":")[2]
        return Event(
            id=f"pull_request.synchronize:{run}.{pull_request.number}",
            at=max(pushed, found.created_at) if pushed else self.event.at,
            actor=pull_request.author,
            pull_request=pull_request,
        )

    def perform(self, act: Act, event: Event | None = None) -> Done:
        """Ask the act on main as it is now, and carry out what it answers.

        A refusal is told to whoever caused the event; raises `Refused` where somebody started the
        job by hand and can be told by nothing else, and `EngineError` where GitHub fails for long.
        """
        cause = event or self.event
        try:
            done = self._recorded(act, cause)
        except Refused as refused:
            return self._refuse(refused, cause)
        effects.show(self.api, done.effects, cause)
        return done

    def _recorded(self, act: Act, event: Event) -> Done:
        self.clone.fetch_main()
        if event.pull_request:
            self.clone.fetch_head(event.pull_request)
        self._fetch_archives()
        for number in range(TRIES):
            try:
                return self._once(act, event)
            except RaceLost:
                self.api.patience.wait(clone.pause(number))
                self.clone.fetch_main()
        return self._once(act, event)

    def _once(self, act: Act, event: Event) -> Done:
        with Tree(self.clone.git, clone.MAIN) as tree:
            answered = act(Ledger(tree))
            answered = replace(answered, message=wording.harmless(answered.message))
            new, refspecs = self.clone.add(answered, event.at, tree)
            if refspecs and not self.clone.push(refspecs, tree.commit):
                self.clone.forget(answered)
                raise RaceLost("somebody else added records at the same moment")
            return Done(answered, tuple(new))

    def _fetch_archives(self) -> None:
        """Fetch what is kept of the attempt that a dispatched act is about."""
        twin, attempt = self._inputs.get("twin", ""), self._inputs.get("attempt", "")
        if _TWIN.fullmatch(twin) and _ATTEMPT.fullmatch(attempt):
            self.clone.fetch_archives(f"refs/archive/{twin}/{attempt}")

    def _refuse(self, refused: Refused, event: Event) -> Done:
        asked = "push" if event.kind.startswith("pull_request.") else "comment"
        told = wording.refusal(refused.findings, asked)
        is_by_hand = event.kind == "workflow_dispatch" and event.actor.login != self.api.bot
        if not effects.tell(self.api, told, event) and is_by_hand:
            raise refused
        return Done(Effects(comment=told), (), refused.findings)


def join(place: Place) -> GithubJob:
    """Return the job that we are part of; raises `UsageError` and `EngineError`."""
    waiting = patience.Patience()
    asked = api.connect(place, waiting)
    try:
        with place.payload.open("rb") as file:
            content = file.read(payload.LARGEST_PAYLOAD + 1)
    except OSError as error:
        raise UsageError("the event's file cannot be read") from error
    told = payload.read(content, place.event, place.repository)
    run = asked.run(place.run)
    rewrite = {f"{HOST}/": f"{place.hosted.resolve()}/"} if place.hosted else {}
    event = _event(place, told, run, asked)
    return GithubJob(event, asked, clone.clone(place, waiting), rewrite, told.inputs)


def _event(place: Place, told: Payload, run: Run, asked: Api) -> Event:
    if run.event != place.event:
        raise EngineError(f"run {place.run} was not started by {place.event}")
    if told.at and told.at > run.created_at + SKEW:
        raise EngineError(f"run {place.run} was created before its event happened")
    return Event(
        id=f"{told.kind}:{place.run}",
        at=run.created_at,
        actor=told.actor or payload.account(run.actor),
        pull_request=_pull_request(told, asked),
        issue=told.issue,
        comment=told.comment,
    )


def _pull_request(told: Payload, asked: Api) -> PullRequest | None:
    # A comment does not name the head, so it is the one that there is now.
    return asked.pull_request(told.commented) if told.commented else told.pull_request
