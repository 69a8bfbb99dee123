"""What became of holders, as pages tell it: beside a credential, and as a rate of all asked.

That the holder agreed to a question is shown only once the question was asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.repository import outcomes
from jobtwin.rules.outcome import FEWEST, rows, state
from jobtwin.site.markup import day, percent, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jobtwin.records.outcome import Asked
    from jobtwin.repository.ledger import Ledger
    from jobtwin.repository.outcomes import Answer
    from jobtwin.rules.outcome import Row

_ABOUT = """# Outcomes

Ninety days after a holder began at an employer, the employer is asked three things: whether the
holder was hired, was in the role after 90 days, and would be hired again. The answer is signed with
the employer's own key and stands beside the credential, whatever it says.
[How it is asked and answered](how-to/attest.md)."""
_CAUTION = """- **All** counts somebody with several credentials once for each employer, by the
  first question.
- **Kept** means hired, and in the role after 90 days. The share is of *everybody* who
  was asked about: an employer that is silent, or still has time, lowers it. It can be too low, not
  too high.
- The interval is the 90% score interval (Wilson): so far could chance alone carry such a figure.
- An employer is asked only about a holder who agreed and who said where they began. Those who found
  no work are not in any row, so this is not a rate of finding work.
- An answer under a key that its employer has lost counts as none."""


@dataclass(frozen=True, slots=True)
class OutcomeTold:
    """What a credential's page says of the question to an employer."""

    asked: Asked
    answers: tuple[Answer, ...]
    """The first one first; the last one binds."""
    merged: str | None
    """What operators call the employer, if they merged its key."""
    is_withdrawn: bool
    """Whether the employer has lost its key."""

    @property
    def last(self) -> Answer | None:
        """The answer that binds, if there is one."""
        return self.answers[-1] if self.answers else None

    @property
    def vouched(self) -> str:
        """In words, who says whose key it is."""
        if self.merged:
            return f"whose key the issuer has looked at and lists as {self.merged}"
        return "whose key stands at its own domain"

    def state(self, as_of: datetime) -> str:
        """Return `answered`, `pending` or `silent`."""
        return state(self.asked, self.last is not None, as_of)


def told(ledger: Ledger, credential: str) -> OutcomeTold | None:
    """Return what became of a credential's holder, None while nobody was asked."""
    found = outcomes.story(ledger, credential)
    if found is None or found.asked is None:
        return None
    entry = outcomes.entry_of(ledger, found.asked.record.employer)
    answers = outcomes.answers(ledger, found)
    return OutcomeTold(
        asked=found.asked.record,
        answers=answers,
        merged=entry.name if entry else None,
        is_withdrawn=any(outcomes.is_withdrawn(ledger, one.attested) for one in answers),
    )


def files(ledger: Ledger, found: OutcomeTold | None) -> dict[str, bytes]:
    """Return what is served of an outcome as it is: statements, and the files that they cite."""
    if found is None:
        return {}
    credential = found.asked.credential
    signed = {
        layout.signed(credential, number): ledger.tree.read(layout.signed(credential, number))
        for number in range(1, len(ledger.issued(credential)) + 1)
    }
    served = {
        layout.served_outcome(credential, answer.attested.number): answer.content
        for answer in found.answers
    }
    served |= {
        layout.served_employer_did(credential, answer.attested.number): answer.did_document
        for answer in found.answers
        if answer.did_document is not None
    }
    return {path: content for path, content in signed.items() if content is not None} | served


def outcomes_page(ledger: Ledger, as_of: datetime, held: int) -> str:
    """Return the page with the rate, as Markdown; `held` is how many credentials were issued."""
    found = rows(outcomes.cases(ledger), as_of)
    asked = sum(row.asked for row in found[1:])
    counted = (
        f"As of {day(as_of)}: {held} credential{'s' if held != 1 else ''} issued. An employer was "
        f"asked about {asked or 'none'} of them."
    )
    return "\n\n".join([_ABOUT, counted, *_rates(found)]) + "\n"


def _rates(found: Sequence[Row]) -> Iterator[str]:
    shown = [row for row in found if row.is_published]
    if not shown:
        yield (
            f"No rate is published: fewer than {FEWEST} were asked about. Single answers stand "
            "beside their credentials."
        )
        return
    head = (
        "Twin", "Asked", "Answered", "Silent", "Pending", "Hired", "Kept", "Hire again",
        "Kept, of all asked (90% interval)",
    )  # fmt: skip
    yield table(head, [_cells(row) for row in shown])
    if left_out := len(found) - len(shown):
        yield (
            f"{left_out} twin{'s' if left_out != 1 else ''} with fewer than {FEWEST} asked about: "
            "counted above, not shown by themselves."
        )
    yield _CAUTION


def _cells(row: Row) -> tuple[str, ...]:
    low, high = row.interval
    counts = (row.asked, row.answered, row.silent, row.pending, row.hired, row.kept, row.again)
    name = "**All**" if row.name == "all" else f"`{plain(row.name)}`"
    share = f"**{percent(row.share)}** ({percent(low)} to {percent(high)})"
    return (name, *map(str, counts), share)
