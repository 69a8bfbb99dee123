"""What a credential's page and the rate's page say of employers' answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.credential.endorsement import SignedFile, did_key_method
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.keys import SeedSigner
from jobtwin.credential.outcome import read_statement, signed_statement
from jobtwin.records.outcome import Asked, Attested, Outcome
from jobtwin.repository.outcomes import Answer
from jobtwin.rules.ledger import digest
from jobtwin.rules.outcome import Case, answer_by, rows
from jobtwin.site import outcome
from jobtwin.site.credential_page import credential_page
from jobtwin.site.outcome import OutcomeTold

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = bytes(range(32))
SIGNER = SeedSigner(did_key_method(SeedSigner("", SEED).public_key), SEED)
ASKED = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
NASTY = "<script>alert(1)</script>"


def asked() -> Asked:
    return Asked(
        format=1,
        at=ASKED,
        event="test:1",
        key="desk-2026-1",
        credential="b" * 32,
        employer="did:web:employer.example",
        how="mail",
        answer_by=answer_by(ASKED),
    )


def answer(said: Outcome, number: int = 1, endorses: int = 1, late: bool = False) -> Answer:
    folder = "https://credentials.example/credentials/bb/" + "b" * 32
    credential = to_bytes({"id": f"{folder}/credential.json"})
    content = signed_statement(
        credential=SignedFile(credential, f"{folder}/1.json"),
        number=number,
        employer="Acme & Söhne",
        outcome=said,
        signer=SIGNER,
        at=ASKED,
    )
    record = Attested(
        format=1,
        at=ASKED + timedelta(days=40 if late else 3),
        event="test:2",
        key="desk-2026-1",
        credential="b" * 32,
        number=number,
        statement=digest(content),
        endorses=endorses,
        issuer=SIGNER.key_id.partition("#")[0],
        verification_method=SIGNER.key_id,
    )
    return Answer(record, content, read_statement(content), None)


@pytest.fixture
def page(passed: Callable[[str], Any]) -> Callable[..., str]:
    """Return a function that makes the credential's page; without an answer, at a day after."""
    dossier = passed("jt-rag-1").dossier()

    def article(*answers: Answer, days: int = 60, **changes: Any) -> str:
        told = OutcomeTold(asked(), answers, None, False)
        made = replace(dossier, outcome=replace(told, **changes))
        return credential_page(made, ASKED + timedelta(days=days)).article

    return article


def test_where_nobody_was_asked_the_page_says_so(passed: Callable[[str], Any]) -> None:
    article = credential_page(passed("jt-rag-1").dossier(), ASKED).article
    assert "No employer was asked about the holder." in article


def test_silence_is_shown_and_waiting_is_not_called_silence(page: Callable[..., str]) -> None:
    assert "Asked, no answer yet." in page(days=30)
    assert "Asked, no answer.</strong>" in page(days=31)
    assert "31 March 2027" in page()


def test_an_answer_is_shown_with_who_gave_it_and_where_it_is_verified(
    page: Callable[..., str],
) -> None:
    said = Outcome(hired=True, in_role=False, again=None, comment=f"{NASTY}\nTwice.")
    article = page(answer(said), merged="Acme GmbH")
    assert "<dd><strong>yes</strong></dd>" in article
    assert "<dd><strong>no</strong></dd>" in article
    assert "not said" in article
    assert NASTY not in article
    assert "&lt;script&gt;" in article
    assert "Acme &amp; Söhne, as it calls itself" in article
    assert "lists as Acme GmbH" in article
    assert 'href="outcome-1.json"' in article
    assert "/outcome-1.json</code></pre>" in article


def test_of_somebody_not_hired_no_role_is_told(page: Callable[..., str]) -> None:
    assert "In the role" not in page(answer(Outcome(hired=False)))


def test_the_last_word_binds_and_the_first_stays_readable(page: Callable[..., str]) -> None:
    first = answer(Outcome(hired=True, in_role=True))
    article = page(first, answer(Outcome(hired=False), number=2))
    assert "outcome-1.json</a>, corrected by the employer later" in article
    assert "In the role" not in article


@pytest.mark.parametrize(
    ("changes", "answered", "words"),
    [
        ({"is_withdrawn": True}, {}, "lost the key"),
        ({}, {"endorses": 2}, "as it was signed before"),
        ({}, {"late": True}, "after its time to answer"),
    ],
)
def test_what_weakens_an_answer_is_said(
    page: Callable[..., str], changes: dict[str, Any], answered: dict[str, Any], words: str
) -> None:
    article = page(answer(Outcome(hired=False), **answered), **changes)
    assert words in article
    assert words not in page(answer(Outcome(hired=False)))


def test_the_rate_stands_with_all_who_were_asked_and_small_rows_do_not() -> None:
    said = Outcome(hired=True, in_role=True, again=True)
    kept = [Case("jt-rag-1", f"kept {n}", asked(), said) for n in range(6)]
    silent = [Case("jt-evals-2", f"silent {n}", asked(), None) for n in range(4)]
    text = "\n\n".join(outcome._rates(rows([*kept, *silent], ASKED + timedelta(days=31))))
    assert "| **All** | 10 | 6 | 4 | 0 | 6 | 6 | 6 | **60%** (" in text
    assert "| `jt-rag-1` | 6 | 6 |" in text
    assert "jt-evals-2" not in text
    assert "1 twin with fewer than 5" in text


def test_without_five_there_is_no_rate() -> None:
    text = "\n\n".join(outcome._rates(rows([Case("jt-rag-1", "lea", asked(), None)] * 4, ASKED)))
    assert "No rate is published" in text
    assert "%" not in text
    assert "Kept" not in text
