"""Two mentors claim at the same second, each in a process of its own, on one repository."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jobtwin.acts.claim import claim
from jobtwin.errors import RaceLost
from jobtwin.forge.events import Account, event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.forge.local import OnThisMachine
from jobtwin.records.grade import Claim
from jobtwin.repository import append
from jobtwin.repository.git import Git
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

MIA, MAX = Account(501, "mia"), Account(502, "max")
COMMENT = "/claim jt-incident-4"


def _claims(desk: Any) -> list[Claim]:
    with Tree(desk.git, "refs/heads/main") as tree:
        every = list(Ledger(tree).attempts("jt-incident-4"))
        return [item.record for attempt in every for item in attempt.all(Claim)]


def _at_once(desk: Any, folder: Path) -> list[subprocess.CompletedProcess[str]]:
    """Run both claims at the same time; return how they ended."""
    secrets = folder / "secrets"
    write_secrets(desk.holders, secrets)
    started = []
    for actor in (MIA, MAX):
        event = folder / f"{actor.login}.json"
        event.write_bytes(event_to_json(desk.event(actor, COMMENT, "issue_comment.created")))
        asked = ["--event", str(event), "--repo", str(desk.git.path), "--secrets", str(secrets)]
        command = [str(Path(sys.executable).parent / "jobtwin"), "claim", *asked]
        started.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
    ended = [(process, *process.communicate(timeout=120)) for process in started]
    return [subprocess.CompletedProcess((), p.returncode, out, err) for p, out, err in ended]


@pytest.mark.slow
def test_one_attempt_goes_to_one_of_two_and_the_other_is_told_so(desk: Any, tmp_path: Path) -> None:
    desk.evaluated_attempt()
    ended = sorted(_at_once(desk, tmp_path), key=lambda one: one.returncode)
    assert [one.returncode for one in ended] == [0, 1]
    assert len(_claims(desk)) == 1
    assert "CLM-004" in ended[1].stderr
    assert "Nothing is lost" in ended[1].stderr
    assert "Traceback" not in ended[1].stderr


@pytest.mark.slow
def test_two_attempts_go_to_both_and_never_the_same_to_both(desk: Any, tmp_path: Path) -> None:
    desk.evaluated_attempt(1001)
    desk.evaluated_attempt(1002)
    assert [one.returncode for one in _at_once(desk, tmp_path)] == [0, 0]
    claims = _claims(desk)
    assert len({record.attempt for record in claims}) == 2
    assert {record.mentor for record in claims} == {"mia", "max"}


def test_a_claim_ruled_on_an_older_main_is_ruled_anew_and_never_added_beside(desk: Any) -> None:
    attempt_id = desk.evaluated_attempt()
    mine = claim(desk.event(MIA, COMMENT), desk.ledger(), desk.holders)
    read = desk.git.text("rev-parse", "refs/heads/main")
    desk.claim(MAX)
    with pytest.raises(RaceLost):
        append.add(desk.git, mine.records, "late", desk.now, onto=read)
    assert [record.mentor for record in _claims(desk)] == ["max"]
    assert desk.attempt(attempt_id).last(Claim).record.mentor == "max"


def test_of_two_clones_that_push_at_once_one_is_refused_by_git(desk: Any, tmp_path: Path) -> None:
    desk.evaluated_attempt()
    desk.close()
    clones = [Git(tmp_path / actor.login) for actor in (MIA, MAX)]
    for clone, actor in zip(clones, (MIA, MAX), strict=True):
        desk.git.run("clone", "-q", "--bare", str(desk.git.path), str(clone.path))
        event = desk.event(actor, COMMENT)
        job = OnThisMachine(clone, event)
        job.perform(partial(claim, event, holders=desk.holders))
    push = ("push", "-q", str(desk.git.path), "refs/heads/main:refs/heads/main")
    pushes = [
        subprocess.Popen(["git", "-C", str(clone.path), *push], stderr=subprocess.PIPE)
        for clone in clones
    ]
    for process in pushes:
        process.communicate(timeout=60)
    assert sorted(process.returncode == 0 for process in pushes) == [False, True]
    assert len(_claims(desk)) == 1
