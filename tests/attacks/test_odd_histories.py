"""Histories that are honest and only look odd: nothing in them is flagged."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.attacks.history import MAIN, TWIN, History
from tests.conftest import START, issuer

from jobtwin import multikey
from jobtwin.acts.audit import audit
from jobtwin.credential.keys import SeedSigner
from jobtwin.forge import founding
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.organisation import (
    ActKey,
    ActKeys,
    CalibrationPolicy,
    Cohort,
    IssuerKeys,
    Mentor,
)
from jobtwin.records.submission import Received
from jobtwin.repository import append, ssh
from jobtwin.rules import seeds

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = "policy/calibration-2026-01.yml"


def key_ended_after_its_use(history: History) -> None:
    first, *others = load(ActKeys, history.read(layout.ACT_KEYS)).record.keys
    ended = first.model_copy(update={"until": history.now})
    history.commit({layout.ACT_KEYS: write(ActKeys(format=1, keys=(ended, *others)))})


def issuer_key_retired_in_order(history: History) -> None:
    (key,) = load(IssuerKeys, history.read(layout.ISSUER_KEYS)).record.keys
    keys = IssuerKeys(format=1, keys=(key.model_copy(update={"retired": history.now}),))
    history.commit({layout.ISSUER_KEYS: write(keys), **founding.key_files(issuer(), keys)})


def mentor_ended(history: History) -> None:
    path = layout.mentor("mia")
    ended = load(Mentor, history.read(path)).record.model_copy(update={"until": history.now})
    history.commit({path: write(ended)})


def clock_skew_inside_the_tolerance(history: History) -> None:
    history.commit({"README.md": b"# Records\n"}, history.now - timedelta(minutes=9))


def threshold_raised_for_later_attempts(history: History) -> None:
    path = layout.twin(TWIN)
    history.commit(
        {path: history.read(path).replace(b"pass_threshold: 0.65", b"pass_threshold: 0.9")}
    )


def folder_explained_anew(history: History) -> None:
    history.commit({"grades/README.md": b"# Grades\n"})
    history.commit({"grades/README.md": b"# What was found\n"})


def new_policy_from_tomorrow(history: History) -> None:
    old = load(CalibrationPolicy, history.read("policy/calibration-2026-01.yml")).record
    later = old.model_copy(update={"since": history.now + timedelta(days=1), "kappa": 0.8})
    history.commit({"policy/calibration-2026-11.yml": write(later)})


def secret_revealed(history: History) -> None:
    history.reveal(history.holders.cohort("autumn-2026"))


def merge_of_a_side_branch(history: History) -> None:
    main = MAIN
    before = history.git.text("rev-parse", main)
    side = history.commit({"docs/side.md": b"beside\n"}, START)
    tree = history.git.text("rev-parse", f"{side}^{{tree}}")
    who = append.BOT.environment(history.now)
    merge = ("commit-tree", tree, "-p", before, "-p", side, "-m", "Merge")
    history.git.run("update-ref", main, history.git.text(*merge, env=who))


def nothing_in_a_commit(history: History) -> None:
    history.commit({})


def symlink_beside_the_records(history: History) -> None:
    history.commit({"docs/latest": b"index.md"}, mode="120000")


def submodule_beside_the_records(history: History) -> None:
    history.commit_entry(f"160000 {history.git.text('rev-parse', MAIN)}\ttools/linter")


def names_that_differ_by_case_beside_the_records(history: History) -> None:
    history.commit({"docs/a.md": b"a\n", "docs/A.md": b"A\n"})


def executable_script(history: History) -> None:
    history.commit({"scripts/setup": b"#!/bin/sh\n"}, mode="100755")


def document_renamed_and_removed(history: History) -> None:
    history.commit({"docs/old.md": b"words\n"})
    history.commit({"docs/old.md": None, "docs/new.md": b"words\n"})
    history.commit({"docs/new.md": None})


def file_name_in_another_script(history: History) -> None:
    history.commit({"docs/\u65e5\u672c \U0001f600.md": b"words\n"})


def file_name_that_is_no_text(history: History) -> None:
    blob = history.git.text("rev-parse", f"{MAIN}:{POLICY}")
    history.commit_entry(f"100644 {blob}\tdocs/\udcff\udcfe.md")


def bytes_that_are_no_text(history: History) -> None:
    history.commit({"docs/picture.bin": bytes(range(256))})


def message_that_is_no_text(history: History) -> None:
    tree = history.git.text("rev-parse", f"{MAIN}^{{tree}}")
    who = append.BOT.environment(history.now)
    made = history.git.run("commit-tree", tree, "-p", MAIN, stdin=b"\xff\x02\n\x01", env=who)
    history.git.run("update-ref", MAIN, made.decode().strip())


def commits_in_one_second(history: History) -> None:
    for number in range(3):
        history.commit({f"docs/{number}.md": b"words\n"}, history.now)


def octopus_merge(history: History) -> None:
    before, tree = (history.git.text("rev-parse", name) for name in (MAIN, f"{MAIN}^{{tree}}"))
    who = append.BOT.environment(history.now)
    sides = [
        history.git.text("commit-tree", tree, "-p", before, "-m", name, env=who) for name in "ab"
    ]
    parents = [word for side in sides for word in ("-p", side)]
    merge = history.git.text("commit-tree", tree, "-p", before, *parents, "-m", "Merge", env=who)
    history.git.run("update-ref", MAIN, merge)


def documents_taken_back(history: History) -> None:
    history.commit({"README.md": b"# One\n"})
    history.commit({"README.md": b"# Two\n"})
    history.commit({"README.md": b"# One\n"})


def new_key_for_an_act(history: History) -> None:
    keys = load(ActKeys, history.read(layout.ACT_KEYS)).record
    fresh = SeedSigner("clock-2026-2", b"n" * 32)
    key = ActKey(
        id=fresh.key_id,
        public_key=multikey.encode(fresh.public_key),
        acts=next(key.acts for key in keys.keys if key.id.startswith("clock")),
        since=history.now,
    )
    history.commit({layout.ACT_KEYS: write(ActKeys(format=1, keys=(*keys.keys, key)))})
    start = load(Received, history.read(history.path("received-3.yml"))).record
    assert start.key != fresh.key_id


def key_compromised_after_its_use(history: History) -> None:
    (key,) = history.issuer_keys().keys
    ended = key.model_copy(update={"compromised": history.now})
    history.publish(IssuerKeys(format=1, keys=(ended,)))


def another_mentor(history: History) -> None:
    ssh.make_key(history.git.path / "max", "max")
    mentor = load(Mentor, history.read(layout.mentor("mia"))).record
    changes = {
        "id": "max",
        "name": "Max",
        "key": ssh.public_key(history.git.path / "max.pub"),
        "account": "ab" * 16,
        "since": history.now,
    }
    history.commit({layout.mentor("max"): write(mentor.model_copy(update=changes))})


def mentor_with_another_employer(history: History) -> None:
    path = layout.mentor("mia")
    mentor = load(Mentor, history.read(path)).record
    history.commit({path: write(mentor.model_copy(update={"employer": "cd" * 16}))})


def another_cohort(history: History) -> None:
    cohort = load(Cohort, history.read("cohorts/autumn-2026.yml")).record
    changes = {"id": "spring-2027", "secret_commitment": seeds.commitment(b"s" * 32)}
    history.commit({"cohorts/spring-2027.yml": write(cohort.model_copy(update=changes))})


def twin_in_another_version(history: History) -> None:
    path = layout.twin(TWIN)
    history.commit({path: history.read(path) + b"# a remark\n", f"twins/{TWIN}/more.md": b"x\n"})


def revoked_in_order(history: History) -> None:
    history.revoke()


def list_signed_anew_without_a_change(history: History) -> None:
    history.commit({layout.status_list(1, 2): history.read(layout.status_list(1, 1))})


def other_refs_and_replacements(history: History) -> None:
    first = history.git.text("rev-list", "--max-parents=0", MAIN)
    last = history.git.text("rev-parse", MAIN)
    history.git.run("tag", "v1", last)
    history.git.run("update-ref", "refs/heads/work", first)
    history.git.run("update-ref", f"refs/replace/{last}", first)


def commit_graph_and_one_pack(history: History) -> None:
    history.git.run("repack", "-adq")
    history.git.run("commit-graph", "write", "--reachable", "--changed-paths")


def weight_changed_for_later_attempts(history: History) -> None:
    path = layout.twin(TWIN)
    history.commit({path: history.read(path).replace(b"weight: 0.20", b"weight: 0.25", 1)})


def mentor_with_a_new_key(history: History) -> None:
    path = layout.mentor("mia")
    mentor = load(Mentor, history.read(path)).record
    history.commit({path: write(mentor.model_copy(update={"until": history.now}))})
    ssh.make_key(history.git.path / "new", "new")
    key = ssh.public_key(history.git.path / "new.pub")
    again = mentor.model_copy(update={"id": "mia-2", "key": key, "since": history.now})
    history.commit({layout.mentor("mia-2"): write(again)})


ODDITIES: tuple[Callable[[History], None], ...] = (
    key_ended_after_its_use,
    issuer_key_retired_in_order,
    mentor_ended,
    clock_skew_inside_the_tolerance,
    threshold_raised_for_later_attempts,
    folder_explained_anew,
    new_policy_from_tomorrow,
    secret_revealed,
    merge_of_a_side_branch,
    nothing_in_a_commit,
    symlink_beside_the_records,
    submodule_beside_the_records,
    names_that_differ_by_case_beside_the_records,
    executable_script,
    document_renamed_and_removed,
    file_name_in_another_script,
    file_name_that_is_no_text,
    bytes_that_are_no_text,
    message_that_is_no_text,
    commits_in_one_second,
    octopus_merge,
    documents_taken_back,
    new_key_for_an_act,
    key_compromised_after_its_use,
    another_mentor,
    mentor_with_a_new_key,
    weight_changed_for_later_attempts,
    mentor_with_another_employer,
    another_cohort,
    twin_in_another_version,
    revoked_in_order,
    list_signed_anew_without_a_change,
    other_refs_and_replacements,
    commit_graph_and_one_pack,
)


@pytest.mark.parametrize("happen", ODDITIES, ids=lambda happen: happen.__name__)
def test_an_honest_oddity_is_not_flagged(
    history: History, happen: Callable[[History], None]
) -> None:
    before = history.git.text("rev-parse", MAIN)
    happen(history)
    assert history.audit().divergences == ()
    for held in (False, True):
        assert audit(history.git, since=before, held=held).divergences == ()


def test_a_credential_from_before_there_were_jwts_is_not_flagged(history: History) -> None:
    history.leave_out(history.unname_jwt())
    assert history.audit().divergences == ()
