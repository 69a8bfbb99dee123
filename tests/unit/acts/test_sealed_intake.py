"""A sealed attempt's work is taken in from its box, and the public records tell nothing of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import cohort

from jobtwin import sealing
from jobtwin.acts import evaluate
from jobtwin.acts.receive import receive
from jobtwin.acts.start import start
from jobtwin.errors import Refused
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.organisation import Cohort
from jobtwin.records.submission import Received, Started
from jobtwin.repository import append, boxes
from jobtwin.rules import visibility

if TYPE_CHECKING:
    from jobtwin.forge.events import Account, Effects

TWIN = "jt-incident-4"
LIVE = b"format: 1\ncheckpoint: live\nself_checks: {F1: true, F2: true, F3: true}\n"
FEEDBACK_TO = f"feedback_to: '{sealing.public_half(b'f' * 32).hex()}'"
INBOX = {"live.yml": LIVE, "upload/hidden_name.py": b"print('hidden words')\n"}


class Sealed:
    """A sealed attempt, and what is pushed to it."""

    def __init__(self, organisation: Any, learner: Account, feedback_to: str = FEEDBACK_TO) -> None:
        self.forge, self.organisation = organisation.forge, organisation
        ledger = organisation.ledger()
        self.cohort = next(item for item in ledger.cohorts if item.id == cohort().id)
        closed = self.cohort.model_copy(update={"visibility": "sealed"})
        path = layout.cohort(closed.id)
        append.add(self.forge.origin, {path: write(closed)}, "Seal the cohort", self.forge.now)
        self.request = {"start.yml": f"format: 1\ntwin: {TWIN}\n{feedback_to}\n".encode()}
        self.opened = self.forge.open_pull_request(learner, self.request)

    def start(self) -> Started:
        effects = start(self.opened, self.organisation.ledger(), self.organisation.holders)
        self.forge.apply(effects, self.opened)
        return load(Started, next(iter(effects.records.values()))).record

    def push(self, files: dict[str, bytes]) -> tuple[Received, Effects]:
        event = self.forge.push(self.opened.pull_request.number, files)
        ledger, holders = self.organisation.ledger(), self.organisation.holders
        effects = receive(event, ledger, holders, self.forge.rewrite)
        self.forge.apply(effects, event)
        (content,) = effects.records.values()
        return load(Received, content).record, effects


@pytest.fixture
def sealed(organisation: Any, learner: Account) -> Sealed:
    return Sealed(organisation, learner)


@pytest.fixture
def started(sealed: Sealed) -> Started:
    return sealed.start()


def boxed(inbox: dict[str, bytes], started: Started) -> bytes:
    key = bytes.fromhex(started.sealed_to or "")
    return boxes.close(inbox, key, started.kit_seed, b"s" * 32)


def test_a_start_in_a_sealed_cohort_names_a_key_for_the_feedback(
    organisation: Any, learner: Account
) -> None:
    sealed = Sealed(organisation, learner, feedback_to="")
    with pytest.raises(Refused) as refused:
        sealed.start()
    assert [finding.code for finding in refused.value.findings] == ["VIS-002"]


def test_a_sealed_cohort_needs_a_key_and_an_open_one_nothing() -> None:
    closed: Cohort = cohort().model_copy(update={"visibility": "sealed"})
    assert [item.code for item in visibility.check_cohort(closed)] == ["VIS-001"]
    assert not list(visibility.check_cohort(cohort()))


def test_a_box_of_another_attempt_is_refused(sealed: Sealed, started: Started) -> None:
    others = started.model_copy(update={"kit_seed": "9" * 64})
    receipt, _ = sealed.push({boxes.BOX: boxed(INBOX, others)})
    assert (receipt.ruling, receipt.snapshot) == ("refused", None)
    assert [reason[:7] for reason in receipt.reasons] == ["INB-015"]


def test_work_in_a_box_is_accepted_and_neither_record_nor_answer_tells_of_it(
    sealed: Sealed, started: Started
) -> None:
    box = boxed(INBOX, started)
    receipt, effects = sealed.push({boxes.BOX: box})
    assert (receipt.ruling, receipt.reasons) == ("accepted", ())
    assert receipt.snapshot is not None
    assert box in effects.archives.values()
    told = [*effects.records.values(), *effects.archives.values(), effects.comment.encode()]
    assert not any(word in text for text in told for word in (b"hidden_name", b"hidden words"))
    ledger = sealed.organisation.ledger()
    attempt = ledger.attempt(TWIN, started.attempt)
    secret = sealed.organisation.holders.cohort_key(started.cohort)
    assert boxes.kept(ledger, attempt, receipt, secret) == INBOX


def test_a_refusal_names_codes_and_no_word_of_the_content(sealed: Sealed, started: Started) -> None:
    inbox = {"live.yml": LIVE, "hidden_name.md": b"not asked for\n"}
    receipt, effects = sealed.push({boxes.BOX: boxed(inbox, started)})
    assert receipt.ruling == "refused"
    assert [reason[:7] for reason in receipt.reasons] == ["INB-004"]
    assert "hidden_name" not in effects.comment


def test_what_comes_beside_the_box_is_refused(sealed: Sealed, started: Started) -> None:
    receipt, _ = sealed.push({"live.yml": LIVE})
    assert started.sealed_to
    assert receipt.ruling == "refused"
    assert [reason[:7] for reason in receipt.reasons] == ["INB-012"]


def test_sealed_work_is_not_evaluated_where_no_key_may_be_used(
    sealed: Sealed, started: Started
) -> None:
    event = replace(sealed.forge.dispatch(), at=started.at)
    with pytest.raises(Refused) as refused:
        evaluate.due(event, sealed.organisation.ledger(), TWIN, started.attempt)
    assert [finding.code for finding in refused.value.findings] == ["EVA-005"]
