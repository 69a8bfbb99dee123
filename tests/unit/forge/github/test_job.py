from __future__ import annotations

from tests.unit.forge.github.conftest import Hub

from jobtwin.forge.events import Effects, Next


def test_smoke(hub: Hub) -> None:
    pull = hub.pull()
    job = hub.pushed(pull)
    done = job.perform(
        lambda _: Effects(
            records={"submissions/x/started.yml": b"a: 1\n"},
            message="Start",
            archives={"refs/archive/x/1/snapshot-1": b"tar"},
            comment="**Hello** @someone",
            labels=("started",),
            close=True,
            then=(Next("evaluate", {"twin": "x"}),),
        )
    )
    assert done.records == ("submissions/x/started.yml",)
    assert hub.main("submissions/x/started.yml") == b"a: 1\n"
    print(job.event)
    for e in hub.github.exchanges:
        print(e.method, e.path, e.query, e.status)
    print(hub.comments(1), pull.issue.labels, pull.issue.closed_at, hub.github.dispatches)
    print(job.open_pull_requests())
