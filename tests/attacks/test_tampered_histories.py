"""Histories that somebody tampered with: each is caught, with its own words and its commit.

One honest history is played with the real acts; each tampering is a small change to a copy of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.attacks.history import MAIN, Caught, History
from tests.attacks.tamperings import grades, records, rollbacks

from jobtwin.acts.audit import audit
from jobtwin.errors import Refused
from jobtwin.records.grade import Decision
from jobtwin.repository.git import Git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_honest_history_holds(honest: History) -> None:
    report = honest.audit()
    assert report.divergences == ()
    assert report.checked["credentials derived again"] == 1
    assert report.checked["verdicts computed again"] == 1
    assert report.checked["signatures of mentors"] == 2
    assert report.checked["snapshots"] == 1


TAMPERINGS = (*records.TAMPERINGS, *rollbacks.TAMPERINGS, *grades.TAMPERINGS)


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_a_tampering_is_caught_with_its_own_words(
    history: History, tamper: Callable[[History], Caught]
) -> None:
    history.assert_caught(tamper(history))


PAST_GIT = {"snapshot_exchanged", "answers_exchanged"}
"""Tamperings that no commit brings: an archive is looked at when its record is replayed."""


@pytest.mark.parametrize(
    "tamper",
    [tamper for tamper in TAMPERINGS if tamper.__name__ not in PAST_GIT],
    ids=lambda tamper: tamper.__name__,
)
def test_a_tampering_is_caught_from_the_commit_before_it(
    history: History, tamper: Callable[[History], Caught]
) -> None:
    ended = history.git.text("rev-parse", MAIN)
    history.assert_caught_since(ended, tamper(history))


def test_an_honest_history_holds_from_each_of_its_commits(honest: History) -> None:
    commits = honest.git.text("rev-list", "--first-parent", "main").split()
    for commit in commits:
        for held in (False, True):
            report = audit(honest.git, since=commit, held=held)
            assert report.divergences == (), report.text()
    assert audit(honest.git, since="0" * 40) == honest.audit()


def test_what_nothing_later_touches_is_taken_as_it_is(history: History) -> None:
    path = history.path("received-1.yml")
    history.commit({path: history.read(path) + b"# a remark\n"})
    tampered = history.commit({"README.md": b"# Records\n"})
    report = audit(history.git, since=f"{tampered}^")
    assert (report.divergences, report.checked["commits"]) == ((), 1)
    assert f"What happened up to commit {history.git.text('rev-parse', f'{tampered}^')}" in str(
        report.unchecked
    )
    assert not history.audit().ok


def test_a_record_that_touches_an_attempt_has_all_of_it_replayed(history: History) -> None:
    decision = history.path("decision.yml")
    history.rewrite(decision, history.signed(decision, Decision, overall=0.95))
    before = history.git.text("rev-parse", "main")
    history.commit({history.path("received-9.yml"): b"format: 1\n"})
    found = {item.finding.code for item in audit(history.git, since=before).divergences}
    assert {"AUD-021", "AUD-043"} <= found


def test_a_secret_that_is_revealed_has_every_start_looked_at(history: History) -> None:
    before = history.git.text("rev-parse", "main")
    history.reveal(history.holders.cohort("autumn-2026"))
    report = audit(history.git, since=before)
    assert report.checked["seeds against their commitment"] == 1
    assert report == history.audit()


@pytest.mark.parametrize("odd", ["f" * 40, "--all", "refs/heads/nowhere", "", "main\nmain"])
def test_a_commit_that_is_not_in_the_history_is_refused(honest: History, odd: str) -> None:
    if not odd:
        assert audit(honest.git, since=odd) == honest.audit()
        return
    with pytest.raises(Refused, match="AUD-070"):
        audit(honest.git, since=odd)


def test_a_default_clone_leaves_archives_out_says_so_and_holds(
    honest: History, tmp_path: Path
) -> None:
    clone = Git(tmp_path / "clone")
    honest.git.run("clone", "-q", f"file://{honest.git.path}", str(clone.path))
    archives = honest.git.text("for-each-ref", "--format=%(objectname)", "refs/archive").split()
    kept = [honest.git.text("rev-parse", f"{name}^{{tree}}") for name in archives]
    assert len(kept) == 3
    assert all(clone.attempt("cat-file", "-e", name).returncode for name in (*archives, *kept))
    report = audit(clone, "origin/main")
    assert report.ok
    kinds = ("snapshots", "blinded copies", "kept answers")
    for kind in kinds:
        assert any(f"Not in this clone: {kind}, 1 of them;" in item for item in report.unchecked)
    clone.run("fetch", "-q", "origin", "refs/archive/*:refs/archive/*")
    checked = audit(clone, "origin/main").checked
    assert [checked[kind] for kind in kinds] == [1, 1, 1]


def test_records_that_were_forced_over_are_named_by_who_knows_an_earlier_commit(
    history: History,
) -> None:
    known, lost = history.git.text("rev-parse", MAIN), history.path("decision.yml")
    before = history.git.text("log", "-1", "--format=%H^", MAIN, "--", lost)
    history.git.run("update-ref", MAIN, before)
    ends = history.commit({"README.md": b"# Nothing happened\n"})
    assert history.audit().ok, "what is left holds by itself"
    with pytest.raises(Refused) as refused:
        audit(history.git, since=known)
    (finding,) = refused.value.findings
    assert (finding.code, finding.path.split("/")[0]) == ("AUD-070", "credentials")
    assert f"{known} is no commit before {ends}; 5 of its records are gone" in finding.message
