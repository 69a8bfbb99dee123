"""What else is done to a history: more that is caught, and more that is honest and only looks odd.

The kinds of files, roll-backs and reuses that `test_tampered_histories` leaves out.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.attacks import test_tampered_histories as base
from tests.attacks.test_tampered_histories import TWIN, Caught, History

from jobtwin import multikey
from jobtwin.acts.audit import audit
from jobtwin.acts.revoke import revoke
from jobtwin.credential.keys import SeedSigner
from jobtwin.forge import founding
from jobtwin.forge.events import Event
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.credential import Issued
from jobtwin.records.grade import Claim, Decision
from jobtwin.records.organisation import (
    ActKey,
    ActKeys,
    Cohort,
    IssuerKeys,
    Mentor,
)
from jobtwin.records.submission import Received, Started
from jobtwin.repository import append, ssh
from jobtwin.repository.git import Git
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules import seeds
from jobtwin.rules.ledger import sign
from jobtwin.rules.signature import ROUND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAIN = "refs/heads/main"
POLICY = "policy/calibration-2026-01.yml"


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> History:
    """The honest history; nobody changes it."""
    return base.Play(tmp_path_factory.mktemp("honest")).play()


@pytest.fixture
def history(honest: History, tmp_path: Path) -> History:
    """A copy of the honest history to go on in."""
    shutil.copytree(honest.git.path, tmp_path / "copy.git")
    copy = Git(tmp_path / "copy.git")
    return History(copy, honest.holders, honest.keys, honest.attempt, honest.now)


# tamperings


def submodule(history: History) -> Caught:
    path = history.path("received-9.yml")
    _entry(history, f"160000 {history.git.text('rev-parse', MAIN)}\t{path}")
    return ("AUD-005", "a submodule", path)


def record_becomes_a_symlink(history: History) -> Caught:
    path = history.path("decision.yml")
    history.commit({path: b"claim-1.yml"}, mode="120000")
    return ("AUD-005", "a symlink", path)


def policy_rolled_back(history: History) -> Caught:
    history.commit({POLICY: None})
    return ("AUD-007", "was removed", POLICY)


def act_keys_rolled_back(history: History) -> Caught:
    keys = load(ActKeys, history.read(layout.ACT_KEYS)).record
    history.commit({layout.ACT_KEYS: write(ActKeys(format=1, keys=keys.keys[1:]))})
    return ("AUD-010", "was removed", layout.ACT_KEYS)


def compromise_undone(history: History) -> Caught:
    before = _issuer_keys(history, history.read(layout.ISSUER_KEYS))
    (key,) = before.keys
    ended = key.model_copy(update={"compromised": history.now})
    _publish(history, IssuerKeys(format=1, keys=(ended,)))
    _publish(history, before)
    return ("AUD-011", "was changed", layout.ISSUER_KEYS)


def mentor_revived(history: History) -> Caught:
    path = layout.mentor("mia")
    mentor = load(Mentor, history.read(path)).record
    history.commit({path: write(mentor.model_copy(update={"until": history.now}))})
    history.commit({path: write(mentor)})
    return ("AUD-012", "had ended and was revived", path)


def receipt_replayed(history: History) -> Caught:
    path = history.path("received-4.yml")
    history.commit({path: history.read(history.path("received-1.yml"))})
    return ("AUD-020", "by its content it belongs to", path)


def records_in_another_order(history: History) -> Caught:
    first, second = history.path("received-1.yml"), history.path("received-2.yml")
    contents = history.read(first), history.read(second)
    base._rewritten(history, first, b"# held back\n" + contents[1])
    base._rewritten(history, second, contents[0])
    return ("AUD-020", "by its content it belongs to", first)


def tail_of_a_chain_cut(history: History) -> Caught:
    base._never_added(history, history.path("decision.yml"))
    (path,) = base._credentials(history)
    return ("AUD-064", "is not the attempt's", path.replace("/1.json", "/issued-1.yml"))


def claim_after_the_mentors_time(history: History) -> Caught:
    mentor, path = layout.mentor("mia"), history.path("claim-1.yml")
    ended = load(Claim, history.read(path)).record.at - timedelta(minutes=1)
    record = load(Mentor, history.read(mentor)).record
    base._rewritten(history, mentor, write(record.model_copy(update={"until": ended})))
    return ("AUD-040", "was not a mentor then", path)


def key_used_after_its_end(history: History) -> Caught:
    keys = load(ActKeys, history.read(layout.ACT_KEYS)).record
    ended = tuple(
        key.model_copy(update={"until": base.START}) if key.id.startswith("clock") else key
        for key in keys.keys
    )
    content = write(ActKeys(format=1, keys=ended))
    base._rewritten(history, layout.ACT_KEYS, content)
    return ("LED-002", "was not in force at", history.path("started.yml"))


def review_signed_as_a_round(history: History) -> Caught:
    path = history.path("review-1.yml.sig")
    content = history.read(path.removesuffix(".sig"))
    base._rewritten(history, path, ssh.sign_bytes_with_ssh(history.keys / "mia", ROUND, content))
    return ("AUD-041", "namespace is not", history.path("reviewed-1.yml"))


def weights_changed_for_one_decision(history: History) -> Caught:
    path = history.path("decision.yml")
    first, *others = load(Decision, history.read(path)).record.dimensions
    heavier = first.model_copy(update={"score": first.score + 0.25})
    changes = {"dimensions": (heavier, *others)}
    base._rewritten(history, path, base._signed(history, path, Decision, **changes))
    return ("AUD-043", "dimensions are not those of the reviews", path)


def held_out_seed_chosen(history: History) -> Caught:
    path = history.path("started.yml")
    changes = {"graded_seed_commitment": seeds.commitment(b"m" * 32)}
    base._rewritten(history, path, base._signed(history, path, Started, **changes))
    base.secret_revealed(history)
    return ("AUD-051", "the held-out seed is another one", path)


def attempt_started_while_one_is_open(history: History) -> Caught:
    base._never_added(history, history.path("decision.yml"))
    first = load(Started, history.read(history.path("started.yml"))).record
    changes = {"attempt": "ab" * 16, "number": 2, "at": history.now}
    path = layout.started(TWIN, "ab" * 16)
    again = sign(first.model_copy(update=changes), history.holders.signer("clock"))
    history.commit({path: write(again)})
    return ("AUD-052", "was still open", path)


def index_used_again(history: History) -> Caught:
    (path,) = base._credentials(history)
    record = load(Issued, history.read(path.replace("/1.json", "/issued-1.yml"))).record
    other = layout.issued("cd" * 16, 1)
    changes = {"credential": "cd" * 16, "at": history.now}
    again = sign(record.model_copy(update=changes), history.holders.signer("issuer"))
    history.commit({other: write(again)})
    return ("AUD-062", f"is {record.credential}'s", other)


def compromised_key_still_signing(history: History) -> Caught:
    (path,) = base._credentials(history)
    issued = load(Issued, history.read(path.replace("/1.json", "/issued-1.yml"))).record
    keys = _issuer_keys(history, history.read(layout.ISSUER_KEYS))
    earlier = keys.keys[0].model_copy(update={"compromised": issued.at - timedelta(hours=1)})
    base._rewritten(history, layout.ISSUER_KEYS, write(IssuerKeys(format=1, keys=(earlier,))))
    return ("AUD-061", "was not in force then", path)


def revocation_undone(history: History) -> Caught:
    history.commit(_revoked(history))
    history.commit({layout.status_list(1, 3): history.read(layout.status_list(1, 1))})
    return ("AUD-063", "it sets 0 bits; 1 credentials are revoked", layout.status_list(1, 3))


def status_list_rolled_back(history: History) -> Caught:
    path = layout.status_list(1, 3)
    history.commit({path: history.read(layout.status_list(1, 1))})
    return ("AUD-038", "it is number 3, after 1", path)


TAMPERINGS: tuple[Callable[[History], Caught], ...] = (
    submodule,
    record_becomes_a_symlink,
    policy_rolled_back,
    act_keys_rolled_back,
    compromise_undone,
    mentor_revived,
    receipt_replayed,
    records_in_another_order,
    tail_of_a_chain_cut,
    claim_after_the_mentors_time,
    key_used_after_its_end,
    review_signed_as_a_round,
    weights_changed_for_one_decision,
    held_out_seed_chosen,
    attempt_started_while_one_is_open,
    index_used_again,
    compromised_key_still_signing,
    revocation_undone,
    status_list_rolled_back,
)


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_a_tampering_is_caught_with_its_own_words(
    history: History, tamper: Callable[[History], Caught]
) -> None:
    code, words, path = tamper(history)
    report = history.audit()
    found = {item.finding.code: item.finding for item in report.divergences}
    assert code in found, report.text()
    assert words in found[code].message
    assert found[code].path == path


# honest oddities


def nothing_in_a_commit(history: History) -> None:
    history.commit({})


def symlink_beside_the_records(history: History) -> None:
    history.commit({"docs/latest": b"index.md"}, mode="120000")


def submodule_beside_the_records(history: History) -> None:
    _entry(history, f"160000 {history.git.text('rev-parse', MAIN)}\ttools/linter")


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
    _entry(history, f"100644 {blob}\tdocs/\udcff\udcfe.md")


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
    (key,) = _issuer_keys(history, history.read(layout.ISSUER_KEYS)).keys
    ended = key.model_copy(update={"compromised": history.now})
    _publish(history, IssuerKeys(format=1, keys=(ended,)))


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
    history.commit(_revoked(history))


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


ODDITIES: tuple[Callable[[History], None], ...] = (
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


def _entry(history: History, line: str) -> None:
    """Commit one entry that is no blob."""
    index = {"GIT_INDEX_FILE": str(history.git.path / "index-of-a-thief")}
    entry = f"{line}\n".encode("utf-8", "surrogateescape")
    history.git.run("read-tree", MAIN, env=index)
    history.git.run("update-index", "--index-info", stdin=entry, env=index)
    tree = history.git.text("write-tree", "--missing-ok", env=index)
    who = append.BOT.environment(history.now)
    made = history.git.text("commit-tree", tree, "-p", MAIN, "-m", "Odd", env=who)
    history.git.run("update-ref", MAIN, made)


def _revoked(history: History) -> dict[str, bytes]:
    """Return what the act of revoking writes."""
    (path,) = base._credentials(history)
    event = Event("workflow_dispatch:99", history.now, base.MENTOR)
    with Tree(history.git, MAIN) as tree:
        name, at = path.split("/")[2], history.now
        effects = revoke(event, Ledger(tree), history.holders, name, "An error.", at)
    return dict(effects.records)


def _issuer_keys(history: History, content: bytes) -> IssuerKeys:
    return load(IssuerKeys, content).record


def _publish(history: History, keys: IssuerKeys) -> None:
    files = founding.key_files(base._issuer(), keys)
    history.commit({layout.ISSUER_KEYS: write(keys), **files})
