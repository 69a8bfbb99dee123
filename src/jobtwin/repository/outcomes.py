"""What became of holders, by the records of a commit: who agreed, who was asked, who answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from jobtwin.credential.outcome import read_statement
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.outcome import Asked, Attested, Consented, Employers
from jobtwin.records.submission import Started
from jobtwin.repository.ledger import Filed
from jobtwin.rules.ledger import digest
from jobtwin.rules.outcome import Case, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.credential.outcome import Statement
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.records.outcome import Employer
    from jobtwin.repository.ledger import Ledger

    R = TypeVar("R", bound=LedgerRecord)

MAX_STATEMENTS = 5
"""How often an employer may correct itself on one credential, the first time counted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One statement of an employer, as it came in."""

    attested: Attested
    content: bytes
    """The signed bytes."""
    statement: Statement
    did_document: bytes | None


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that happened about one credential's holder, in the order of its chain."""

    credential: str
    consented: Filed[Consented]
    asked: Filed[Asked] | None
    attested: tuple[Filed[Attested], ...]

    @property
    def tip(self) -> str:
        """The digest that the next record must name as `previous`."""
        return (self.attested[-1] if self.attested else self.asked or self.consented).digest


def employers(ledger: Ledger) -> Employers | None:
    """Return the employers whose keys were merged; raises `Refused` for a broken file."""
    found = ledger.load(Employers, layout.EMPLOYERS)
    return found.record if found else None


def story(ledger: Ledger, credential: str) -> Story | None:
    """Return what happened about a credential's holder, None where the learner did not agree."""
    consented = _filed(ledger, Consented, layout.consented(credential))
    if consented is None:
        return None
    attested = []
    for number in range(1, MAX_STATEMENTS + 1):
        found = _filed(ledger, Attested, layout.attested(credential, number))
        attested += [found] if found else []
    asked = _filed(ledger, Asked, layout.asked(credential))
    return Story(credential, consented, asked, tuple(attested))


def stories(ledger: Ledger) -> Iterator[Story]:
    """Yield every story, in the order of the credentials' ids."""
    for shard in ledger.tree.names("outcomes"):
        if len(shard) == 2:
            found = (story(ledger, name) for name in ledger.tree.names(f"outcomes/{shard}"))
            yield from (item for item in found if item)


def answers(ledger: Ledger, found: Story) -> tuple[Answer, ...]:
    """Return the statements that came in; raises `EngineError` where one is not as recorded."""
    return tuple(_answer(ledger, filed.record) for filed in found.attested)


def binding(ledger: Ledger, found: Story) -> Answer | None:
    """Return the latest statement, None without one and where the employer lost its key."""
    said = answers(ledger, found)
    return said[-1] if said and not is_withdrawn(ledger, said[-1].attested) else None


def is_withdrawn(ledger: Ledger, record: Attested) -> bool:
    """Say whether somebody else may have signed a statement: its employer's key was lost."""
    entry = entry_of(ledger, record.issuer)
    return entry is not None and entry.compromised is not None


def entry_of(ledger: Ledger, did: str) -> Employer | None:
    """Return the entry of an employer in outcomes/keys.yml, if there is one."""
    return listed(employers(ledger), did)


def cases(ledger: Ledger) -> Iterator[Case]:
    """Yield what the rate counts: every credential whose holder's employer was asked."""
    for found in stories(ledger):
        if found.asked:
            answer = binding(ledger, found)
            outcome = answer.statement.outcome if answer else None
            started = started_of(ledger, found.credential)
            yield Case(started.twin, started.subject, found.asked.record, outcome)


def started_of(ledger: Ledger, credential: str) -> Started:
    """Return the start of the attempt behind a credential; raises `EngineError` without one."""
    for issued in ledger.issued(credential):
        for twin in ledger.twins:
            found = ledger.load(Started, layout.started(twin, issued.record.attempt))
            if found:
                return found.record
    raise EngineError(f"credential {credential} is of no attempt", "run `jobtwin audit`")


def _answer(ledger: Ledger, record: Attested) -> Answer:
    path = layout.statement(record.credential, record.number)
    content = ledger.tree.read(path)
    if content is None or digest(content) != record.statement:
        raise EngineError(f"{path} is not what its record names", "run `jobtwin audit`")
    document = ledger.tree.read(layout.employer_did(record.credential, record.number))
    return Answer(record, content, read_statement(content), document)


def _filed(ledger: Ledger, model: type[R], path: str) -> Filed[R] | None:
    content = ledger.tree.read(path)
    if content is None:
        return None
    return Filed(path, digest(content), load(model, content, path).record)
