"""What the edge asks and the local GitHub answers, held against GitHub's own description."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.github import fake_routes
from tests.github.fake_server import ROUTES, Exchange
from tests.github.fake_state import Dispatch
from tests.github.openapi import VARIABLE, Description, find
from tests.unit.forge.github.conftest import NAME, NOW, Hub

from jobtwin.forge.events import Effects, Next, Notice, Reminder

FORK = "lea/credentials"


@pytest.fixture(scope="module")
def description() -> Description:
    """GitHub's description of its API."""
    path = find()
    if path is None:
        pytest.skip(f"GitHub's description is not at hand: name it by {VARIABLE}")
    return Description(path)


def _everything_once(hub: Hub) -> None:
    pull, other = hub.pull(), hub.pull({"submissions/inbox/fix.yml": b"final: true\n"})
    effects = Effects(
        records={"submissions/a.yml": b"a: 1\n"},
        message="Add",
        comment="All is well",
        labels=("accepted",),
        close=True,
        notices=(Notice(other.number, "You passed", ("passed",), close=True),),
        then=(Next("evaluate", {"twin": "jt-rag-1", "attempt": "0" * 64}), Next("decide")),
    )
    job = hub.pushed(pull)
    job.api.repository.complete()
    job.perform(lambda _: effects)
    hub.github.now += timedelta(hours=1)
    again = Effects(comment="All is better", labels=("evaluating",), reopen=True)
    hub.pushed(pull, "closed").perform(lambda _: again)
    hub.commented(pull.number, "/status all is well").open_pull_requests()
    issue = hub.github.open_issue(NAME, hub.lea, "The queue", ("queue",))
    hub.commented(issue.number, "/claim").perform(lambda _: Effects(comment="Yours"))
    reminded = Effects(reminders=(Reminder("half:f00", "Half of the time is over."),))
    hub.pushed(pull).perform(lambda _: reminded)


def test_every_question_and_answer_is_as_github_describes_it(
    hub: Hub, description: Description
) -> None:
    _everything_once(hub)
    faults = [fault for one in hub.github.exchanges for fault in description.faults(one)]
    assert not faults, "\n".join(faults)


def test_every_event_of_the_local_github_is_as_github_describes_it(
    hub: Hub, description: Description
) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    hub.github.listeners.append(lambda _, event, payload: told.append((event, payload)))
    pull = hub.pull()
    hub.repositories.commit(FORK, "attempt", {"submissions/inbox/b.yml": b"b"}, "B", "lea", NOW)
    hub.github.pushed(FORK, "attempt", hub.lea, pull.head)
    hub.github.set_state(NAME, pull.number, "closed", hub.lea)
    hub.github.set_state(NAME, pull.number, "open", hub.lea)
    hub.commented(pull.number, "/status all is well")
    hub.github.dispatch(Dispatch(NAME, "evaluate.yml", "main", {"twin": "x"}, hub.github.bot))
    told.append(("push", hub.github.push_payload(NAME, pull.base_sha, pull.head, hub.lea)))
    assert len(told) == 7
    faults = [fault for one in told for fault in description.payload_faults(*one)]
    assert not faults, "\n".join(faults)


def test_every_route_of_the_edge_is_asked_by_what_is_held_against_the_description(hub: Hub) -> None:
    _everything_once(hub)
    asked = {(one.method, one.template) for one in hub.github.exchanges}
    served = {
        (one.method, one.template)
        for one in ROUTES
        if one.handle.__module__ == fake_routes.__name__
    }
    assert served - asked == set()


def test_what_github_would_not_take_is_noticed(description: Description) -> None:
    path = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
    wrong = Exchange("POST", "/", {"since": "x"}, {"text": "hi"}, path, 200, {}, faulty=True)
    unknown = Exchange("GET", "/repos/a/b/nothing", {}, None, "", 404, {})
    told = " ".join(fault for one in (wrong, unknown) for fault in description.faults(one))
    assert "`since` is unknown" in told
    assert "'body' is a required property" in told
    assert "no such operation" in told
