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
    """A sealed attempt, as if all that is missing were there."""

    def __init__(self, organisation: Any, learner: Account) -> None:
        self.forge, self.organisation = organisation.forge, organisation
        ledger = organisation.ledger()
        self.cohort = next(item for item in ledger.cohorts if item.id == cohort().id)
        closed = self.cohort.model_copy(update={"visibility": "sealed"})
        path = layout.cohort(closed.id)
        append.add(self.forge.origin, {path: write(closed)}, "Seal the cohort", self.forge.now)
        self.request = {"start.yml": f"format: 1\ntwin: {TWIN}\n{FEEDBACK_TO}\n".encode()}
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
def started(sealed: Sealed, monkeypatch: pytest.MonkeyPatch) -> Started:
    monkeypatch.setattr(visibility, "MISSING", ())
    return sealed.start()


def test_a_sealed_cohort_cannot_be_started_in_before_its_whole_way_is_there(sealed: Sealed) -> None:
    with pytest.raises(Refused) as refused:
        sealed.start()
    assert [finding.code for finding in refused.value.findings] == ["VIS-002"]


def test_a_sealed_cohort_needs_a_key_and_an_open_one_nothing() -> None:
    closed: Cohort = cohort().model_copy(update={"visibility": "sealed"})
    assert [item.code for item in visibility.unfinished(closed)] == ["VIS-001", "VIS-002"]
    assert not list(visibility.unfinished(cohort()))


def test_work_in_a_box_is_accepted_and_neither_record_nor_answer_tells_of_it(
    sealed: Sealed, started: Started
) -> None:
    key = bytes.fromhex(started.sealed_to or "")
    box = boxes.close(INBOX, key, b"s" * 32)
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
    key = bytes.fromhex(started.sealed_to or "")
    inbox = {"live.yml": LIVE, "hidden_name.md": b"not asked for\n"}
    receipt, effects = sealed.push({boxes.BOX: boxes.close(inbox, key, b"s" * 32)})
    assert receipt.ruling == "refused"
    assert [reason[:7] for reason in receipt.reasons] == ["INB-004"]
    assert "hidden_name" not in effects.comment


def test_what_comes_beside_the_box_is_refused(sealed: Sealed, started: Started) -> None:
    receipt, _ = sealed.push({"live.yml": LIVE})
    assert started.sealed_to
    assert receipt.ruling == "refused"
    assert [reason[:7] for reason in receipt.reasons] == ["INB-012"]


def test_sealed_work_is_not_evaluated(sealed: Sealed, started: Started) -> None:
    event = replace(sealed.forge.dispatch(), at=started.at)
    with pytest.raises(Refused) as refused:
        evaluate.due(event, sealed.organisation.ledger(), TWIN, started.attempt)
    assert [finding.code for finding in refused.value.findings] == ["EVA-005"]
