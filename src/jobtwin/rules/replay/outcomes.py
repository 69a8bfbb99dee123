"""Employers, consents, questions and answers, judged again by what was there before each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules import outcome
from jobtwin.rules.replay.clock import OUT_OF_ORDER, check_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.findings import Finding
    from jobtwin.records.outcome import Asked, Attested, Consented, Employer, Employers

EMPLOYER_CHANGED = Code(
    "AUD-110",
    "an employer's key was replaced or removed",
    why="Whoever can put another key in its place can speak in the employer's name.",
    fix="Take outcomes/keys.yml from the commit before; entries are added and gain dates.",
)
NOT_ALLOWED = Code(
    "AUD-111",
    "an outcome was asked for or taken in that nothing before it allows",
    why="An employer is asked once, about whom the learner agreed to, after 90 days; only that "
    "employer's answer counts.",
    fix="Find out what wrote the record; take the statement off the site.",
)
FORGED_STATEMENT = Code(
    "AUD-112",
    "an employer's statement is not signed by the employer",
    why="Somebody else speaks in the employer's name, or the statement was altered.",
    fix="Find the commit that added it and what wrote it; take it off the site.",
)
OTHER_STATEMENT = Code(
    "AUD-113",
    "an employer's statement is not what its record says",
    why="A statement about another credential, or in other words, would count as this one's.",
    fix="Find the commit that added it and what wrote it; take it off the site.",
)


def check_employers(old: Employers, new: Employers, path: str) -> Iterator[Finding]:
    """Yield each entry that was changed otherwise than by gaining `until` or `compromised`."""
    now = {entry.id: entry for entry in new.employers}
    for finding in outcome.check_employers(new, path):
        yield EMPLOYER_CHANGED.at(finding.message, path)
    for entry in old.employers:
        found = now.get(entry.id)
        if found is None:
            yield EMPLOYER_CHANGED.at(f"`{entry.id}` was removed", path)
            continue
        gained = {name: None for name in ("until", "compromised") if getattr(entry, name) is None}
        if found.model_copy(update=gained) != entry:
            yield EMPLOYER_CHANGED.at(f"`{entry.id}` was changed", path)


def check_asked(
    record: Asked, path: str, consented: Consented | None, entry: Employer | None
) -> Iterator[Finding]:
    """Yield why an employer should not have been asked; `entry` is its line in keys.yml."""
    if consented is None:
        yield NOT_ALLOWED.at("the learner had not agreed", path)
        return
    if record.employer != consented.employer:
        yield NOT_ALLOWED.at(f"the learner agreed to {consented.employer}", path)
    if record.answer_by != outcome.answer_by(record.at):
        yield NOT_ALLOWED.at("the time to answer is not that of the rule", path)
    yield from _not_allowed(outcome.check_ask(consented.began, record.at), path)
    yield from _not_allowed(outcome.check_employer(entry, record.employer, record.at), path)


def check_attested(
    record: Attested, path: str, asked: Asked | None, before: int, entry: Employer | None
) -> Iterator[Finding]:
    """Yield why a statement should not have been taken in; `before` counts those before it."""
    yield from check_number(record.number, before, path)
    if asked is None:
        yield OUT_OF_ORDER.at("the employer was never asked", path)
        return
    if record.issuer != asked.employer:
        yield NOT_ALLOWED.at(f"{asked.employer} was asked", path)
    if record.issuer.startswith("did:web:") != (record.did_document is not None):
        yield FORGED_STATEMENT.at("the DID document is not kept, or is not a did:web's", path)
    yield from _not_allowed(outcome.check_employer(entry, record.issuer, record.at), path)


def _not_allowed(findings: Iterator[Finding], path: str) -> Iterator[Finding]:
    return (NOT_ALLOWED.at(finding.message, path) for finding in findings)
