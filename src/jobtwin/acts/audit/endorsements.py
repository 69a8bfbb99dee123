"""Mentors' endorsements as they were at each commit: signature, key, file, and right to endorse."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.acts.endorse import Basis, basis, check
from jobtwin.credential.endorsement import did_key_method, read_endorsement
from jobtwin.credential.endorser import public_bytes
from jobtwin.credential.endorsing import OTHER_FILE
from jobtwin.credential.proof import FORGED
from jobtwin.errors import EngineError, Refused
from jobtwin.records import layout
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules.endorsement import NOT_THE_JUDGE, check_mentor
from jobtwin.rules.replay import endorsing
from jobtwin.rules.signature import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.acts.audit.report import Notes
    from jobtwin.findings import Finding
    from jobtwin.records.endorsement import Endorsed
    from jobtwin.records.organisation import Mentor
    from jobtwin.repository.git import Git
    from jobtwin.repository.ledger import Filed

_SAID_AS = {
    FORGED.id: endorsing.NOT_BY_MENTOR,
    NOT_THE_JUDGE.id: endorsing.NO_JUDGE,
    OTHER_FILE.id: endorsing.OTHER_FILE,
}


@dataclass(slots=True)
class Endorsements:
    """What mentors said of credentials."""

    git: Git
    notes: Notes
    fresh: list[Filed[Endorsed]] = field(default_factory=list)
    """Recorded in the commit at hand."""

    def take(self, filed: Filed[Endorsed]) -> None:
        """Keep a record until its whole commit is known."""
        self.fresh.append(filed)

    def finish(self, commit: str, files: Mapping[str, bytes]) -> None:
        """Judge what the commit recorded by everything that was on main with it."""
        if not self.fresh:
            return
        with Tree(self.git, commit) as tree:
            ledger = Ledger(tree)
            for filed in self.fresh:
                self.notes.turn(filed.path)
                self.notes.take(_judge(ledger, filed, files))
                self.notes.count("endorsements by mentors")
        self.fresh = []


def _judge(ledger: Ledger, filed: Filed[Endorsed], files: Mapping[str, bytes]) -> Iterator[Finding]:
    record, path = filed.record, filed.path
    content = files.get(layout.endorsement(record.credential, record.mentor, record.number), b"")
    mentor = ledger.mentor(record.mentor)
    try:
        found, endorsement = basis(ledger, record.credential), read_endorsement(content)
    except (Refused, EngineError) as error:
        yield endorsing.OTHER_FILE.at(f"it cannot be judged: {error.message}", path)
        return
    wrong = list(check_mentor(mentor, f"`{record.mentor}`", record.at))
    if mentor is None or wrong:
        yield from (endorsing.NOT_BY_MENTOR.at(finding.message, path) for finding in wrong)
        return
    yield from _compare(record, path, found, mentor)
    if endorsement.proof.verification_method != did_key_method(public_bytes(mentor.key)):
        message = f"its key is {endorsement.issuer}, not that of `{mentor.id}`"
        yield endorsing.NOT_BY_MENTOR.at(message, path)
        return
    for finding in check(found, endorsement, mentor, record.at):
        code = _SAID_AS.get(finding.code, endorsing.NOT_DUE)
        yield code.at(finding.message, path)


def _compare(record: Endorsed, path: str, found: Basis, mentor: Mentor) -> Iterator[Finding]:
    """Yield where the record does not say what was so."""
    number, issued = found.issued.record.number, found.issued.digest
    if (record.number, record.issued) != (number, issued):
        message = f"it is of file {record.number}; what was served then is file {number}"
        yield endorsing.OTHER_FILE.at(message, path)
    reviewed = found.judges.get(mentor.id)
    if reviewed is not None and record.reviewed != reviewed:
        yield endorsing.NO_JUDGE.at("the review that it names is not the mentor's", path)
    if record.mentor_key != fingerprint(mentor.key):
        message = f"it names key {record.mentor_key}, not the mentor's"
        yield endorsing.NOT_BY_MENTOR.at(message, path)
