"""What was rolled back, used again, or brought into another order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.attacks.history import MAIN, TWIN, Caught, History
from tests.conftest import START

from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.credential import Issued
from jobtwin.records.grade import Claim, Decision
from jobtwin.records.organisation import ActKeys, IssuerKeys, Mentor
from jobtwin.records.submission import Started
from jobtwin.repository import ssh
from jobtwin.rules import seeds
from jobtwin.rules.ledger import sign
from jobtwin.rules.signature import ROUND

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = "policy/calibration-2026-01.yml"


def submodule(history: History) -> Caught:
    path = history.path("received-9.yml")
    history.commit_entry(f"160000 {history.git.text('rev-parse', MAIN)}\t{path}")
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
    before = history.issuer_keys()
    (key,) = before.keys
    ended = key.model_copy(update={"compromised": history.now})
    history.publish(IssuerKeys(format=1, keys=(ended,)))
    history.publish(before)
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
    history.rewrite(first, b"# held back\n" + contents[1])
    history.rewrite(second, contents[0])
    return ("AUD-020", "by its content it belongs to", first)


def tail_of_a_chain_cut(history: History) -> Caught:
    history.leave_out(history.path("decision.yml"))
    (path,) = history.credentials()
    return ("AUD-064", "is not the attempt's", path.replace("/1.json", "/issued-1.yml"))


def claim_after_the_mentors_time(history: History) -> Caught:
    mentor, path = layout.mentor("mia"), history.path("claim-1.yml")
    ended = load(Claim, history.read(path)).record.at - timedelta(minutes=1)
    record = load(Mentor, history.read(mentor)).record
    history.rewrite(mentor, write(record.model_copy(update={"until": ended})))
    return ("AUD-040", "was not a mentor then", path)


def key_used_after_its_end(history: History) -> Caught:
    keys = load(ActKeys, history.read(layout.ACT_KEYS)).record
    ended = tuple(
        key.model_copy(update={"until": START}) if key.id.startswith("clock") else key
        for key in keys.keys
    )
    content = write(ActKeys(format=1, keys=ended))
    history.rewrite(layout.ACT_KEYS, content)
    return ("LED-002", "was not in force at", history.path("started.yml"))


def review_signed_as_a_round(history: History) -> Caught:
    path = history.path("review-1.yml.sig")
    content = history.read(path.removesuffix(".sig"))
    history.rewrite(path, ssh.sign_bytes_with_ssh(history.keys / "mia", ROUND, content))
    return ("AUD-041", "namespace is not", history.path("reviewed-1.yml"))


def dimension_raised_in_the_decision(history: History) -> Caught:
    path = history.path("decision.yml")
    first, *others = load(Decision, history.read(path)).record.dimensions
    heavier = first.model_copy(update={"score": 1.0})
    changes = {"dimensions": (heavier, *others)}
    history.rewrite(path, history.signed(path, Decision, **changes))
    return ("AUD-043", "dimensions are not those of the reviews", path)


def held_out_seed_chosen(history: History) -> Caught:
    path = history.path("started.yml")
    changes = {"graded_seed_commitment": seeds.commitment(b"m" * 32)}
    history.rewrite(path, history.signed(path, Started, **changes))
    history.reveal(history.holders.cohort("autumn-2026"))
    return ("AUD-051", "the held-out seed is another one", path)


def attempt_started_while_one_is_open(history: History) -> Caught:
    history.leave_out(history.path("decision.yml"))
    first = load(Started, history.read(history.path("started.yml"))).record
    changes = {"attempt": "ab" * 16, "number": 2, "at": history.now}
    path = layout.started(TWIN, "ab" * 16)
    again = sign(first.model_copy(update=changes), history.holders.signer("clock"))
    history.commit({path: write(again)})
    return ("AUD-052", "was still open", path)


def index_used_again(history: History) -> Caught:
    (path,) = history.credentials()
    record = load(Issued, history.read(path.replace("/1.json", "/issued-1.yml"))).record
    other = layout.issued("cd" * 16, 1)
    changes = {"credential": "cd" * 16, "at": history.now}
    again = sign(record.model_copy(update=changes), history.holders.signer("issuer"))
    history.commit({other: write(again)})
    return ("AUD-062", f"is {record.credential}'s", other)


def compromised_key_still_signing(history: History) -> Caught:
    (path,) = history.credentials()
    issued = load(Issued, history.read(path.replace("/1.json", "/issued-1.yml"))).record
    keys = history.issuer_keys()
    earlier = keys.keys[0].model_copy(update={"compromised": issued.at - timedelta(hours=1)})
    history.rewrite(layout.ISSUER_KEYS, write(IssuerKeys(format=1, keys=(earlier,))))
    return ("AUD-061", "was not in force then", path)


def revocation_undone(history: History) -> Caught:
    history.revoke()
    history.commit({layout.status_list(1, 3): history.read(layout.status_list(1, 1))})
    return ("AUD-063", "it sets 0 bits; 1 credentials are revoked", layout.status_list(1, 3))


def status_list_in_another_folder(history: History) -> Caught:
    path = f"{layout.STATUS_LISTS}/1/7/2.json"
    history.commit({path: history.read(layout.status_list(1, 1))})
    return ("AUD-022", "no record of its commit names it", path)


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
    dimension_raised_in_the_decision,
    held_out_seed_chosen,
    attempt_started_while_one_is_open,
    index_used_again,
    compromised_key_still_signing,
    revocation_undone,
    status_list_in_another_folder,
    status_list_rolled_back,
)
