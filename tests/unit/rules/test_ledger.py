"""Signatures, keys, chain and clock of ledger records."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin import multikey
from jobtwin.credential.keys import SeedSigner
from jobtwin.records.base import load, write
from jobtwin.records.organisation import Act, ActKey
from jobtwin.records.submission import Expired
from jobtwin.rules import ledger

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SIGNER = SeedSigner("clock-2026-1", b"k" * 32)
PATH = "submissions/a/expired.yml"


def key(
    acts: tuple[Act, ...] = ("sweep",), signer: SeedSigner = SIGNER, until: datetime | None = None
) -> ActKey:
    return ActKey(
        id=SIGNER.key_id,
        acts=acts,
        public_key=multikey.encode(signer.public_key),
        since=AT - timedelta(days=1),
        until=until,
    )


def record(at: datetime = AT, previous: str | None = None) -> Expired:
    made = Expired(
        format=1,
        at=at,
        event="sweep:1",
        previous=previous,
        key=SIGNER.key_id,
        attempt="a" * 32,
        reason="Nothing came.",
    )
    return ledger.sign(made, SIGNER)


def codes(
    checked: Expired, own: ActKey | None = None, previous: tuple[str, datetime] | None = None
) -> list[str]:
    keys = {SIGNER.key_id: own or key()}
    found = ledger.check_record(checked, PATH, keys, previous)
    return [finding.code for finding in found]


def test_a_signed_record_holds_also_after_it_was_written_and_read() -> None:
    assert codes(record()) == []
    assert codes(load(Expired, write(record())).record) == []


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "Something came."},
        {"attempt": "b" * 32},
        {"at": AT + timedelta(seconds=1)},
        {"event": "sweep:2"},
        {"signature": None},
        {"signature": "A" * 86},
        {"signature": "not base64 at all"},
    ],
)
def test_any_change_breaks_the_signature(change: dict[str, object]) -> None:
    assert codes(record().model_copy(update=change)) == ["LED-001"]


@given(st.integers(0, 63), st.integers(1, 255))
def test_any_changed_byte_of_the_signature_breaks_it(place: int, flip: int) -> None:
    import base64

    raw = bytearray(base64.urlsafe_b64decode((record().signature or "") + "=="))
    raw[place] ^= flip
    changed = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    assert codes(record().model_copy(update={"signature": changed})) == ["LED-001"]


def test_a_key_of_somebody_else_under_the_same_name_is_told() -> None:
    assert codes(record(), key(signer=SeedSigner(SIGNER.key_id, b"o" * 32))) == ["LED-001"]


def test_a_key_that_is_for_other_acts_may_not_write_this_record() -> None:
    assert codes(record(), key(acts=("start", "receive", "decide"))) == ["LED-002"]


def test_a_key_that_nobody_published_is_told() -> None:
    found = list(ledger.check_record(record(), PATH, {}, None))
    assert [finding.code for finding in found] == ["LED-002"]


def test_a_key_writes_from_its_first_to_its_last_second() -> None:
    assert codes(record(AT - timedelta(days=1))) == []
    assert codes(record(AT - timedelta(days=1, seconds=1))) == ["LED-002"]
    assert codes(record(), key(until=AT)) == []
    assert codes(record(), key(until=AT - timedelta(seconds=1))) == ["LED-002"]


def test_a_record_follows_the_digest_of_the_one_before_it() -> None:
    first = ledger.digest(write(record()))
    assert codes(record(previous=first), previous=(first, AT)) == []
    assert codes(record(previous=first)) == ["LED-003"]
    assert codes(record(), previous=(first, AT)) == ["LED-003"]
    assert codes(record(previous=ledger.digest(b"other")), previous=(first, AT)) == ["LED-003"]


def test_time_does_not_go_back_along_the_chain() -> None:
    first = ledger.digest(b"first")
    assert codes(record(previous=first), previous=(first, AT)) == []
    assert codes(record(previous=first), previous=(first, AT + timedelta(seconds=1))) == ["LED-004"]


def test_every_kind_of_record_has_one_act_that_writes_it() -> None:
    from jobtwin import records
    from jobtwin.records.ledger import LedgerRecord

    for module in pkgutil.iter_modules(records.__path__, "jobtwin.records."):
        importlib.import_module(module.name)
    kinds = {
        model.model_fields["kind"].default
        for model in LedgerRecord.__subclasses__()
        if model.__module__.startswith("jobtwin.")
    }
    assert kinds == set(ledger.WRITTEN_BY)


def test_what_is_signed_has_one_form_and_not_the_signature() -> None:
    signed = record()
    assert ledger.payload(signed) == ledger.payload(signed.model_copy(update={"signature": None}))
    assert ledger.payload(signed).startswith(b'{"at":"2026-11-02T09:00:00Z","attempt":')
