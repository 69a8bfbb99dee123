"""Bundles: blinded as they come in, held back by what still tells, released with a reason."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts import bundle as act
from jobtwin.acts import evaluate
from jobtwin.acts.audit import audit
from jobtwin.acts.receive import receive
from jobtwin.acts.start import start
from jobtwin.errors import EngineError, Refused
from jobtwin.forge import answering
from jobtwin.forge.events import Account, Effects
from jobtwin.harness import grading
from jobtwin.harness.contract import Score
from jobtwin.harness.reporting import report_of
from jobtwin.records import layout
from jobtwin.records import report as reports
from jobtwin.records.base import load, write
from jobtwin.records.intake import CheckpointRequest, StartRequest
from jobtwin.records.report import Report, Row, Rows
from jobtwin.records.submission import Evaluated, Received, Started
from jobtwin.repository import bundles, queues
from jobtwin.repository.tree import Tree
from jobtwin.rules.leaks import Identifiers
from jobtwin.rules.queue import Register
from jobtwin.site.report_page import report_page

if TYPE_CHECKING:
    from jobtwin.repository import ledger as records

TWIN = "jt-incident-4"
LEARNER = Account(6006, "ingeborg-quist")
YES = {"F1": True, "F2": True, "F3": True}


class Work:
    """An attempt of Ingeborg's, and what she hands in."""

    def __init__(self, organisation: Any) -> None:
        self.organisation, self.forge = organisation, organisation.forge
        request = write(StartRequest(format=1, twin=TWIN))
        event = self.forge.open_pull_request(LEARNER, {"start.yml": request})
        effects = start(event, organisation.ledger(), organisation.holders)
        self.forge.apply(effects, event)
        self.number = event.pull_request.number
        self.id = load(Started, next(iter(effects.records.values()))).record.attempt
        self.hosted = self.forge.host(LEARNER, "work")

    def hand_in(self, files: dict[str, bytes], **inbox: bytes) -> Received:
        commit = self.forge.commit(self.hosted, LEARNER, files, "Work")
        request = CheckpointRequest(
            format=1,
            checkpoint="live",
            repo_url=self.forge.url(LEARNER, "work"),
            commit=commit,
            self_checks=YES,
        )
        updates = {f"updates/{name}.yml": body for name, body in inbox.items()}
        event = self.forge.push(self.number, {"live.yml": write(request), **updates})
        ledger = self.organisation.ledger()
        effects = receive(event, ledger, self.organisation.holders, self.forge.rewrite)
        self.forge.apply(effects, event)
        found = [body for path, body in effects.records.items() if "/received-" in path]
        return load(Received, found[-1]).record

    def attempt(self) -> records.Attempt:
        found: records.Attempt | None = self.organisation.ledger().attempt(TWIN, self.id)
        assert found is not None
        return found

    def bundle(self) -> dict[str, bytes]:
        ledger, attempt = self.organisation.ledger(), self.attempt()
        twin = ledger.pinned_twin(attempt.started.twin_tree, TWIN)
        return bundles.bundle(ledger, attempt, twin)

    def waits(self) -> int:
        """Return how many attempts would wait for a mentor once this one was measured."""
        ledger, queue = self.organisation.ledger(), Register()
        queues.take(queue, ledger, self.attempt())
        measured = Evaluated(
            format=1,
            at=self.forge.now,
            event="test:1",
            previous=None,
            key="clock-1",
            attempt=self.id,
            number=1,
            graded=(),
            outcome="failed",
            counts=True,
        )
        queue.take(self.id, "sha256:" + "0" * 64, measured)
        return len(queue.waiting(TWIN, self.forge.now))

    def release(self, reason: str = "the digest of a test", attempt: str = "") -> Effects:
        event = self.forge.dispatch()
        ledger, holders = self.organisation.ledger(), self.organisation.holders
        effects = act.release(event, ledger, holders, TWIN, attempt or self.id, reason)
        self.forge.apply(effects, event)
        return effects


@pytest.fixture
def work(organisation: Any) -> Work:
    return Work(organisation)


TOKEN = base64.b64encode(b"user=ingeborg-quist").decode().encode()
PLAIN = {
    "serve.py": b"# by ingeborg-quist\nprint('fixed')\n",
    "quist_tools.py": b"X = 1\n",
    "notes.pdf": b"%PDF-1.4\n",
}
TELLS = {"serve.py": b"TOKEN = '" + TOKEN + b"'\n"}


def test_a_bundle_holds_the_work_and_the_inbox_and_nobodys_name(work: Work) -> None:
    receipt = work.hand_in(PLAIN, one=b"status: fixed\nowner: ingeborg-quist\n")
    assert receipt.blinded is not None
    assert (receipt.blinded.work, receipt.blinded.inbox, receipt.reasons) == (0, 0, ())
    files = work.bundle()
    assert files["work/serve.py"] == b"# by learner\nprint('fixed')\n"
    assert files["inbox/updates/one.yml"] == b"status: fixed\nowner: learner\n"
    assert "work/learner_tools.py" in files
    assert b"ingeborg" not in b"".join(files.values()).lower()
    assert b"quist" not in b"".join([*files.values(), *(path.encode() for path in files)])


def test_no_seed_leads_from_the_bundle_to_the_records(work: Work) -> None:
    seed = work.attempt().started.kit_seed
    work.hand_in({".jobtwin.yml": f"kit_seed: {seed}\n".encode(), "a.md": f"{seed}\n".encode()})
    files = work.bundle()
    assert "work/.jobtwin.yml" not in files
    assert files["work/a.md"] == b"removed-key\n"


def test_what_was_changed_and_left_out_is_listed_in_the_bundle(work: Work) -> None:
    work.hand_in(PLAIN)
    listed = json.loads(work.bundle()["changes-1.json"])
    assert [change[:2] for change in listed["changed"]["work/serve.py"]] == [[1, 6]]
    assert list(listed["left_out"]) == ["work/notes.pdf"]
    assert listed["renamed"] == ["work/learner_tools.py"]


def _measure(work: Work) -> Report:
    """Record an evaluation with a plot, and return its report."""
    work.forge.wait(hours=9)
    event, ledger = work.forge.dispatch(), work.organisation.ledger()
    task = evaluate.due(event, ledger, TWIN, work.id)
    plot = Rows(title="By <kind>", about="Of quist.", rows=(Row(label="dose", value=0.5),))
    score = Score({metric.id: 0.5 for metric in task.twin.metrics}, ("A note.",), (plot,))
    bar = grading.measure(task.twin, score)
    report = report_of(task.twin, score, bar, "failed")
    graded = grading.Graded(score, b"answers", "failed", bar, "bubblewrap", "3.11", report)
    lock = "sha256:" + "0" * 64
    work.forge.apply(evaluate.record(event, work.organisation.holders, task, graded, lock), event)
    return report


def test_the_report_is_in_the_bundle_as_it_was_measured_and_as_a_page(work: Work) -> None:
    work.hand_in(PLAIN)
    report = _measure(work)
    # Blinding leaves it alone: it holds nothing of the learner's, and its digest is recorded.
    assert work.bundle()["evaluation.json"] == reports.write(report)
    assert b"By <kind>" in work.bundle()["evaluation.json"]
    page = report_page(reports.read(work.bundle()["evaluation.json"]))
    assert b"By &lt;kind&gt;" in page


def test_another_report_than_was_recorded_is_in_no_bundle(work: Work) -> None:
    work.hand_in(PLAIN)
    _measure(work)
    ledger, attempt = work.organisation.ledger(), work.attempt()
    path = layout.report(TWIN, attempt.id, 1)
    assert ledger.tree.read(path)
    other = {path: b"{}"}
    ledger.tree.read = lambda name: other.get(name) or Tree.read(ledger.tree, name)
    with pytest.raises(EngineError, match="not what its record names"):
        bundles.bundle(ledger, attempt, ledger.pinned_twin(attempt.started.twin_tree, TWIN))


def test_what_still_tells_is_told_to_the_learner_without_what_it_is(work: Work) -> None:
    receipt = work.hand_in(TELLS)
    assert receipt.blinded is not None
    assert (receipt.ruling, receipt.blinded.work) == ("accepted", 1)
    (reason,) = receipt.reasons
    assert reason.startswith("LEK-001: ")
    assert "(work/serve.py:1:10)" in reason
    assert "quist" not in reason


def test_a_held_bundle_is_named_to_operators_and_goes_out_once_released(work: Work) -> None:
    work.hand_in(TELLS)
    (found,) = act.held(work.organisation.ledger())
    assert found.message == f"1 leak in attempt {work.id} at {TWIN}"
    assert len(bundles.held_by(work.attempt())) == 1
    effects = work.release()
    assert [path.rsplit("/", 1)[-1] for path in effects.records] == ["released-1.yml"]
    assert list(act.held(work.organisation.ledger())) == []
    assert not work.release().records


def test_handing_in_anew_without_the_leak_needs_no_operator(work: Work) -> None:
    work.hand_in(TELLS)
    work.hand_in(PLAIN)
    assert bundles.held_by(work.attempt()) == ()


def test_a_release_needs_an_attempt_and_a_reason(work: Work) -> None:
    work.hand_in(TELLS)
    with pytest.raises(Refused, match="BND-003"):
        work.release(reason=" ")
    with pytest.raises(Refused, match="BND-003"):
        work.release(attempt="0" * 32)


def test_a_release_holds_before_the_audit(work: Work) -> None:
    work.hand_in(TELLS)
    work.release()
    assert audit(work.forge.origin).ok


def test_a_bundle_is_asked_for_by_a_claims_id(work: Work) -> None:
    with pytest.raises(Refused, match="BND-002"):
        act.bundle(work.organisation.ledger(), TWIN, "0" * 32)


def test_an_attempt_that_is_held_waits_in_no_queue_until_it_is_released(work: Work) -> None:
    work.hand_in(TELLS)
    assert work.waits() == 0
    work.release()
    assert work.waits() == 1


def test_operators_are_told_once_it_is_measured_and_mentors_not_whose_it_is(work: Work) -> None:
    work.hand_in(TELLS)
    (told,) = answering.held(work.attempt())
    assert f"jobtwin review release {TWIN} {work.id}" in told.text
    assert "quist" not in told.text
    work.release()
    assert answering.held(work.attempt()) == ()


def test_the_same_work_gives_the_same_bytes_in_whatever_order() -> None:
    known = Identifiers(logins=(LEARNER.login,))
    turned = dict(reversed(PLAIN.items()))
    assert bundles.blinded(PLAIN, {}, known, "r") == bundles.blinded(turned, {}, known, "r")
