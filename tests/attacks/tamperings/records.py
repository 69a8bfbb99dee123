"""Records, keys and credentials that somebody changed, each in a small way of its own."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.attacks.history import MAIN, STRANGER, TWIN, Caught, History
from tests.conftest import START, cohort

from jobtwin.acts.review import sign_review
from jobtwin.credential import proof
from jobtwin.credential.jsonbytes import parse_object, to_bytes
from jobtwin.credential.jwt import read_jwt, to_jwt
from jobtwin.credential.keys import SeedSigner
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.credential import Issued, Revoked
from jobtwin.records.gate import Gate
from jobtwin.records.grade import Claim, Decision, Reviewed
from jobtwin.records.organisation import ActKeys, CalibrationPolicy, IssuerKeys, Mentor
from jobtwin.records.submission import Evaluated, Received, SelfCheck, Started
from jobtwin.repository import append, ssh
from jobtwin.rules import seeds
from jobtwin.rules.ledger import digest, sign
from jobtwin.rules.signature import ROUND

if TYPE_CHECKING:
    from collections.abc import Callable


def edited_record(history: History) -> Caught:
    path = history.path("received-1.yml")
    history.commit({path: history.read(path) + b"# a remark\n"})
    return ("AUD-001", "content was changed", path)


def removed_record(history: History) -> Caught:
    path = history.path("claim-1.yml")
    history.commit({path: None})
    return ("AUD-002", "was removed", path)


def renamed_record(history: History) -> Caught:
    path = history.path("received-2.yml")
    history.commit({path: None, history.path("received-7.yml"): history.read(path)})
    return ("AUD-003", "renamed to", path)


def record_added_again(history: History) -> Caught:
    path = history.path("decision.yml")
    content = history.read(path)
    history.commit({path: None})
    history.commit({path: content})
    return ("AUD-004", "has come back", path)


def symlink(history: History) -> Caught:
    path = history.path("received-9.yml")
    history.commit({path: b"received-1.yml"}, mode="120000")
    return ("AUD-005", "a symlink", path)


def executable(history: History) -> Caught:
    path = history.path("decision.yml")
    history.commit({path: history.read(path)}, mode="100755")
    return ("AUD-005", "an executable file", path)


def case_collision(history: History) -> Caught:
    path = history.path("DECISION.yml")
    history.commit({path: b"x"})
    return ("AUD-006", "is there already", path)


def policy_lowered(history: History) -> Caught:
    path = "policy/calibration-2026-01.yml"
    history.commit({path: history.read(path).replace(b"0.7", b"0.1")})
    return ("AUD-007", "was edited", path)


def commitment_replaced(history: History) -> Caught:
    path = "cohorts/autumn-2026.yml"
    other = cohort().model_copy(update={"secret_commitment": seeds.commitment(b"mine")})
    history.commit({path: write(other)})
    return ("AUD-007", "was edited", path)


def act_key_swapped(history: History) -> Caught:
    keys = load(ActKeys, history.read(layout.ACT_KEYS)).record
    first, *others = keys.keys
    swapped = first.model_copy(update={"public_key": others[0].public_key})
    history.commit({layout.ACT_KEYS: write(ActKeys(format=1, keys=(swapped, *others)))})
    return ("AUD-010", "key `clock-2026-1` was changed", layout.ACT_KEYS)


def issuer_key_swapped(history: History) -> Caught:
    keys = load(IssuerKeys, history.read(layout.ISSUER_KEYS)).record
    other = load(ActKeys, history.read(layout.ACT_KEYS)).record.keys[0].public_key
    swapped = keys.keys[0].model_copy(update={"public_key": other})
    history.commit({layout.ISSUER_KEYS: write(IssuerKeys(format=1, keys=(swapped,)))})
    return ("AUD-011", "key `key-2026-1` was changed", layout.ISSUER_KEYS)


def published_key_swapped(history: History) -> Caught:
    history.commit({layout.DID: history.read(layout.DID).replace(b"z6Mk", b"z6Ml", 1)})
    return ("AUD-015", "not those on record", layout.DID)


def mentor_key_swapped(history: History) -> Caught:
    path = layout.mentor("mia")
    ssh.make_key(history.git.path / "thief", "thief")
    other = ssh.public_key(history.git.path / "thief.pub")
    mentor = load(Mentor, history.read(path)).record.model_copy(update={"key": other})
    history.commit({path: write(mentor)})
    return ("AUD-012", "`key` of mentor `mia` was replaced", path)


def mentor_removed(history: History) -> Caught:
    history.commit({layout.mentor("mia"): None})
    return ("AUD-013", "was removed", layout.mentor("mia"))


def later_policy_dated_back(history: History) -> Caught:
    path = "policy/calibration-2026-11.yml"
    old = load(CalibrationPolicy, history.read("policy/calibration-2026-01.yml")).record
    history.commit({path: write(old.model_copy(update={"since": START, "kappa": 0.1}))})
    return ("AUD-014", "counts from", path)


def receipt_forged_by_a_stranger(history: History) -> Caught:
    last = load(Received, history.read(history.path("received-3.yml"))).record
    content = write(sign(last.model_copy(update={"number": 4, "ruling": "accepted"}), STRANGER))
    history.commit({history.path("received-4.yml"): content})
    return ("LED-001", "signature by `clock-2026-1` does not hold", history.path("received-4.yml"))


def receipt_signed_with_an_unknown_key(history: History) -> Caught:
    signer = SeedSigner("clock-2027-1", STRANGER.seed)
    last = load(Received, history.read(history.path("received-3.yml"))).record
    content = write(sign(last.model_copy(update={"number": 4, "key": signer.key_id}), signer))
    history.commit({history.path("received-4.yml"): content})
    return ("LED-002", "is not in keys/acts.yml", history.path("received-4.yml"))


def decision_signed_with_the_clock_key(history: History) -> Caught:
    path = history.path("decision.yml")
    signer = history.holders.signer("clock")
    found = load(Decision, history.read(path)).record.model_copy(update={"key": signer.key_id})
    history.rewrite(path, write(sign(found, signer)))
    return ("LED-002", "key `clock-2026-1` may not do that", path)


def chain_cut(history: History) -> Caught:
    path = history.path("received-2.yml")
    history.rewrite(path, history.signed(path, Received, previous=None))
    return ("LED-003", "it follows None", path)


def review_older_than_its_claim(history: History) -> Caught:
    path = history.path("reviewed-1.yml")
    at = load(Claim, history.read(history.path("claim-1.yml"))).record.at - timedelta(minutes=1)
    history.rewrite(path, history.signed(path, Reviewed, at=at))
    return ("LED-004", "earlier than the record before it", path)


def record_of_another_attempt(history: History) -> Caught:
    path = history.path("received-2.yml")
    history.rewrite(path, history.signed(path, Received, attempt="0" * 32))
    return ("AUD-020", "by its content it belongs to", path)


def unreadable_record(history: History) -> Caught:
    path = history.path("received-4.yml")
    history.commit({path: b"format: [1\n"})
    return ("AUD-021", "YML-", path)


def stray_file(history: History) -> Caught:
    path = history.path("inbox-1/extra.md")
    history.commit({path: b"what I meant to hand in"})
    return ("AUD-022", "no record of its commit names it", path)


def review_changed_before_it_came(history: History) -> Caught:
    path = history.path("review-1.yml")
    history.rewrite(path, history.read(path).replace(b"0.75", b"0.95"))
    return ("AUD-023", "its record names", path)


def commit_dated_back(history: History) -> Caught:
    history.commit({"README.md": b"# Records\n"}, START - timedelta(days=1))
    return ("AUD-030", "its parent", "")


def record_dated_after_its_commit(history: History) -> Caught:
    last = load(Received, history.read(history.path("received-3.yml"))).record
    future = last.model_copy(update={"at": history.now + timedelta(hours=2), "number": 4})
    path = history.path("received-4.yml")
    history.commit({path: write(sign(future, history.holders.signer("clock")))})
    return ("AUD-030", "its record", path)


def receipt_dated_back(history: History) -> Caught:
    last = load(Received, history.read(history.path("received-3.yml"))).record
    signer = history.holders.signer("clock")
    late = last.model_copy(update={"number": 4, "recovered": False})
    path = history.path("received-4.yml")
    history.commit({path: write(sign(late, signer))})
    return ("AUD-031", "main knew", path)


def deadline_moved(history: History) -> Caught:
    path = history.path("started.yml")
    given = load(Started, history.read(path)).record.deadlines
    more = given[0].model_copy(update={"at": given[0].at + timedelta(days=1)})
    moved = (more, *given[1:])
    history.rewrite(path, history.signed(path, Started, deadlines=moved))
    return ("AUD-032", "closes", path)


def other_twin_pinned(history: History) -> Caught:
    path = history.path("started.yml")
    other = history.git.text("rev-parse", f"{MAIN}:tracks")
    history.rewrite(path, history.signed(path, Started, twin_tree=other))
    return ("AUD-033", "is not the one on main", path)


def policy_left_out(history: History) -> Caught:
    path = history.path("started.yml")
    kept = load(Started, history.read(path)).record.policies[1:]
    history.rewrite(path, history.signed(path, Started, policies=kept))
    return ("AUD-033", "was in force", path)


def late_receipt_ruled_accepted(history: History) -> Caught:
    path = history.path("received-1.yml")
    history.rewrite(path, history.signed(path, Received, ruling="late"))
    return ("AUD-034", "it was in time", path)


def self_check_waved_through(history: History) -> Caught:
    path = history.path("received-1.yml")
    no = (SelfCheck(id="F1", answer=False), *_answers(history, path)[1:])
    history.rewrite(path, history.signed(path, Received, self_checks=no))
    return ("AUD-048", "with a no to F1, and not forced", path)


def blocked_without_a_no(history: History) -> Caught:
    path = history.path("received-1.yml")
    history.rewrite(path, history.signed(path, Received, ruling="blocked"))
    return ("AUD-048", "no critical self-check is answered no", path)


def _answers(history: History, path: str) -> tuple[SelfCheck, ...]:
    return load(Received, history.read(path)).record.self_checks


def other_receipts_graded(history: History) -> Caught:
    path = history.path("evaluated-1.yml")
    graded = load(Evaluated, history.read(path)).record.graded[:1]
    history.rewrite(path, history.signed(path, Evaluated, graded=graded))
    return ("AUD-035", "other receipts were accepted last", path)


def evaluated_before_the_deadline(history: History) -> Caught:
    path = history.path("evaluated-1.yml")
    at = START + timedelta(minutes=30)
    history.rewrite(path, history.signed(path, Evaluated, at=at))
    return ("AUD-036", "the last deadline is", path)


def bar_said_to_be_missed(history: History) -> Caught:
    path = history.path("evaluated-1.yml")
    first, *others = load(Evaluated, history.read(path)).record.bar
    bar = (first.model_copy(update={"met": False}), *others)
    history.rewrite(path, history.signed(path, Evaluated, bar=bar))
    return ("AUD-037", "does not follow", path)


def gate_made_up(history: History) -> Caught:
    path = history.path("evaluated-1.yml")
    gates = (Gate(id="container_builds", outcome="passed", detail="It builds."),)
    history.rewrite(path, history.signed(path, Evaluated, gates=gates))
    return ("AUD-047", "it says container_builds; the pinned twin asks for none", path)


def report_replaced(history: History) -> Caught:
    path = history.path("report-1.json")
    history.rewrite(path, history.read(path).replace(b'"value":1', b'"value":0.5', 1))
    return ("AUD-023", "its record names", path)


def report_replaced_with_its_record(history: History) -> Caught:
    path, record = history.path("report-1.json"), history.path("evaluated-1.yml")
    changed = history.read(path).replace(b'"value":1', b'"value":0.5', 1)
    history.rewrite(path, changed)
    history.rewrite(record, history.signed(record, Evaluated, report=digest(changed)))
    return ("AUD-039", "its figures or bars are others", path)


def number_left_out(history: History) -> Caught:
    path = history.path("claim-1.yml")
    history.rewrite(path, history.signed(path, Claim, number=2))
    return ("AUD-038", "it is number 2, after 0", path)


def due_date_moved(history: History) -> Caught:
    path = history.path("claim-1.yml")
    due_later = load(Claim, history.read(path)).record.due + timedelta(days=9)
    history.rewrite(path, history.signed(path, Claim, due=due_later))
    return ("AUD-040", "by the SLA it is due", path)


def uncalibrated_mentor(history: History) -> Caught:
    path = history.path("claim-1.yml")
    now = load(Claim, history.read(path)).record.calibration
    other = now.model_copy(update={"record": "sha256:" + "0" * 64})
    history.rewrite(path, history.signed(path, Claim, calibration=other))
    return ("AUD-040", "not on record for this mentor", path)


def round_signed_by_a_stranger(history: History) -> Caught:
    path = f"{layout.round_file('mia', TWIN, 1)}.sig"
    ssh.make_key(history.git.path / "thief", "thief")
    content = history.read(path.removesuffix(".sig"))
    signature = ssh.sign_bytes_with_ssh(history.git.path / "thief", ROUND, content)
    history.rewrite(path, signature)
    return ("AUD-046", "it is not signed by SHA256:", layout.calibrated("mia", TWIN, 1))


def review_signed_by_a_stranger(history: History) -> Caught:
    path = history.path("review-1.yml.sig")
    ssh.make_key(history.git.path / "thief", "thief")
    signature = sign_review(history.git.path / "thief", history.read(path.removesuffix(".sig")))
    history.rewrite(path, signature)
    return ("AUD-041", "it is not signed by SHA256:", history.path("reviewed-1.yml"))


def sla_breach_hidden(history: History) -> Caught:
    path = history.path("reviewed-1.yml")
    history.rewrite(path, history.signed(path, Reviewed, within_sla=False))
    return ("AUD-042", "within_sla is False", path)


def score_raised(history: History) -> Caught:
    path = history.path("decision.yml")
    history.rewrite(path, history.signed(path, Decision, overall=0.95))
    return ("AUD-043", "overall is 0.95; the reviews give 0.75", path)


def threshold_lowered(history: History) -> Caught:
    path = history.path("decision.yml")
    history.rewrite(path, history.signed(path, Decision, threshold=0.1))
    return ("AUD-044", "threshold is 0.1; the pinned twin's", path)


def verdict_turned(history: History) -> Caught:
    path = history.path("decision.yml")
    history.rewrite(path, history.signed(path, Decision, verdict="retake"))
    return ("AUD-044", "it says `retake`; bar and scores give `pass`", path)


def other_attempt_binds(history: History) -> Caught:
    path = history.path("decision.yml")
    history.rewrite(path, history.signed(path, Decision, best="0" * 32))
    return ("AUD-045", "has the highest score", path)


def other_secret_revealed(history: History) -> Caught:
    history.reveal(b"m" * 32)
    return ("AUD-050", "committed to another one", "cohorts/autumn-2026.revealed.yml")


def favourable_seed(history: History) -> Caught:
    path = history.path("started.yml")
    history.rewrite(path, history.signed(path, Started, kit_seed="0" * 64))
    history.reveal(history.holders.cohort("autumn-2026"))
    return ("AUD-051", "the kit seed is another one", path)


def started_twice(history: History) -> Caught:
    first = load(Started, history.read(history.path("started.yml"))).record
    again = first.model_copy(update={"attempt": "ab" * 16, "at": history.now})
    path = layout.started(TWIN, again.attempt)
    history.commit({path: write(sign(again, history.holders.signer("clock")))})
    return ("AUD-052", "it is number 1, after 1 of this learner", path)


def credential_altered(history: History) -> Caught:
    (path,) = history.credentials()
    history.rewrite(path, history.read(path).replace(b"Test Issuer", b"Best Issuer"))
    return ("AUD-060", "not what its records give", path)


def credential_signed_by_a_stranger(history: History) -> Caught:
    (path,) = history.credentials()
    document = parse_object(history.read(path))
    method = document["proof"][0]["verificationMethod"]
    created = datetime.fromisoformat(document["proof"][0]["created"])
    signer = SeedSigner(method, STRANGER.seed)
    forged = proof.sign(proof.unsigned(document), signer, created)
    assert forged["proof"] != document["proof"]
    history.rewrite(path, to_bytes(forged))
    return ("AUD-061", "the signature does not fit", path)


def jwt_left_out(history: History) -> Caught:
    history.leave_out(path := history.jwt())
    return ("AUD-065", "the signed file is not there", path)


def jwt_of_another_content(history: History) -> Caught:
    path = history.jwt()
    token = read_jwt(history.read(path))
    other = token.document | {"name": "Another name"}
    history.rewrite(path, to_jwt(other, history.holders.signer("issuer"), token.kid))
    return ("AUD-065", "byte for byte", path)


def jwt_signed_by_a_stranger(history: History) -> Caught:
    path = history.jwt()
    token = read_jwt(history.read(path))
    history.rewrite(path, to_jwt(token.document, STRANGER, token.kid))
    return ("AUD-065", "byte for byte", path)


def jwt_that_no_record_names(history: History) -> Caught:
    return ("AUD-065", "its record names none", history.unname_jwt())


def jwt_beside_the_others(history: History) -> Caught:
    other = layout.signed_jwt("cd" * 16, 1)
    history.commit({other: history.read(history.jwt())})
    return ("AUD-064", "no record precedes its signing", other)


def signed_again_without_need(history: History) -> Caught:
    (path,) = history.credentials()
    first = history.read(path.replace("/1.json", "/issued-1.yml"))
    record = load(Issued, first).record
    changes = {"number": 2, "previous": digest(first), "best_of": 7, "at": history.now}
    again = sign(record.model_copy(update=changes), history.holders.signer("issuer"))
    history.commit({layout.issued(record.credential, 2): write(again)})
    return ("AUD-066", "was not compromised", layout.issued(record.credential, 2))


def credential_without_a_record(history: History) -> Caught:
    (path,) = history.credentials()
    other = layout.signed("cd" * 16, 1)
    history.commit({other: history.read(path)})
    return ("AUD-064", "no record precedes its signing", other)


def revocation_without_a_status_list(history: History) -> Caught:
    (path,) = history.credentials()
    issued_path = path.replace("/1.json", "/issued-1.yml")
    issued, signer = (
        load(Issued, history.read(issued_path)).record,
        history.holders.signer("issuer"),
    )
    previous = "sha256:" + hashlib.sha256(history.read(issued_path)).hexdigest()
    revoked = Revoked(
        format=1,
        at=history.now,
        event="workflow_dispatch:99",
        previous=previous,
        key=signer.key_id,
        credential=issued.credential,
        effective=history.now,
        reason="Issued in error.",
    )
    history.commit({layout.revoked(issued.credential): write(sign(revoked, signer))})
    return ("AUD-063", "it sets 0 bits; 1 credentials are revoked", layout.status_list(1, 1))


def snapshot_exchanged(history: History) -> Caught:
    path = next(
        history.path(f"received-{n}.yml")
        for n in (1, 2)
        if load(Received, history.read(history.path(f"received-{n}.yml"))).record.snapshot
    )
    kept = load(Received, history.read(path)).record.snapshot
    assert kept is not None
    history.git.run("update-ref", "-d", kept.ref)
    append.keep(history.git, kept.ref, "snapshot.tar", b"another one", START)
    return ("AUD-024", "keeps other snapshots than", path)


def answers_exchanged(history: History) -> Caught:
    path = history.path("evaluated-1.yml")
    kept = load(Evaluated, history.read(path)).record.answers
    assert kept is not None
    assert kept.ref is not None
    history.git.run("update-ref", "-d", kept.ref)
    append.keep(history.git, kept.ref, "answers.json.gz", b"others", START)
    return ("AUD-024", "keeps other kept answers than", path)


TAMPERINGS: tuple[Callable[[History], Caught], ...] = (
    edited_record,
    removed_record,
    renamed_record,
    record_added_again,
    symlink,
    executable,
    case_collision,
    policy_lowered,
    commitment_replaced,
    act_key_swapped,
    issuer_key_swapped,
    published_key_swapped,
    mentor_key_swapped,
    mentor_removed,
    later_policy_dated_back,
    receipt_forged_by_a_stranger,
    receipt_signed_with_an_unknown_key,
    decision_signed_with_the_clock_key,
    chain_cut,
    review_older_than_its_claim,
    record_of_another_attempt,
    unreadable_record,
    stray_file,
    review_changed_before_it_came,
    commit_dated_back,
    record_dated_after_its_commit,
    receipt_dated_back,
    deadline_moved,
    other_twin_pinned,
    policy_left_out,
    late_receipt_ruled_accepted,
    self_check_waved_through,
    blocked_without_a_no,
    other_receipts_graded,
    evaluated_before_the_deadline,
    bar_said_to_be_missed,
    gate_made_up,
    report_replaced,
    report_replaced_with_its_record,
    number_left_out,
    due_date_moved,
    uncalibrated_mentor,
    round_signed_by_a_stranger,
    review_signed_by_a_stranger,
    sla_breach_hidden,
    score_raised,
    threshold_lowered,
    verdict_turned,
    other_attempt_binds,
    other_secret_revealed,
    favourable_seed,
    started_twice,
    credential_altered,
    credential_signed_by_a_stranger,
    jwt_left_out,
    jwt_of_another_content,
    jwt_signed_by_a_stranger,
    jwt_that_no_record_names,
    jwt_beside_the_others,
    signed_again_without_need,
    credential_without_a_record,
    revocation_without_a_status_list,
    snapshot_exchanged,
    answers_exchanged,
)
