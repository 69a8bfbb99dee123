"""What employers said, as it was at each commit: who agreed, who was asked, whose signature holds.

Nothing is fetched: a did:web is judged by the DID document that was kept when the statement came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.credential.did import did_web_url
from jobtwin.credential.endorsement import check_proof
from jobtwin.credential.outcome import read_statement
from jobtwin.credential.resolve import NotChecked, issuer_key
from jobtwin.errors import Refused
from jobtwin.records import layout
from jobtwin.records.outcome import Asked, Attested, Consented, Employers
from jobtwin.rules import outcome as dates
from jobtwin.rules.outcome import listed
from jobtwin.rules.replay import outcomes as rules
from jobtwin.rules.replay.clock import OUT_OF_ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.acts.audit.organisation import Organisation
    from jobtwin.acts.audit.report import Notes
    from jobtwin.credential.outcome import Statement
    from jobtwin.records.outcome import Employer
    from jobtwin.repository.history import Commit, Objects
    from jobtwin.repository.ledger import Filed


@dataclass(slots=True)
class Outcomes:
    """Every consent, question and answer so far."""

    organisation: Organisation
    objects: Objects
    notes: Notes
    employers: Employers | None = None
    consented: dict[str, Consented] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)
    attested: dict[str, int] = field(default_factory=dict)
    """Credential → how many statements came in."""

    def follow(self, commit: Commit) -> None:
        """Take over what a commit changed about employers."""
        for change in commit.changes:
            if change.path != layout.EMPLOYERS:
                continue
            found = self.organisation.read(
                Employers, self.objects.blob(change.blob) or b"", change.path
            )
            if found is None:
                continue
            if self.employers:
                self.notes.take(rules.check_employers(self.employers, found, change.path))
            self.employers = found

    def take(
        self,
        commit: str,
        filed: Filed[Consented | Asked | Attested],
        files: Mapping[str, bytes],
    ) -> None:
        """Judge a record of a commit; `files` are what the commit added beside records."""
        record, path = filed.record, filed.path
        match record:
            case Consented():
                if not self._signed(commit, record.credential):
                    message = "the credential was never signed"
                    self.notes.take([OUT_OF_ORDER.at(message, path)])
                self.consented[record.credential] = record
            case Asked():
                consented = self.consented.get(record.credential)
                entry = self._entry(record.employer)
                self.notes.take(rules.check_asked(record, path, consented, entry))
                self.asked[record.credential] = record
            case Attested():
                self._attest(commit, record, path, files)

    def unchecked(self) -> Iterator[tuple[str, int]]:
        """Yield what signatures of employers do not say."""
        if number := self.notes.checked["signatures of employers"]:
            yield (
                (
                    "Who stands behind the keys of {n} statement(s) of employers, and whether "
                    "what they say is true."
                ),
                number,
            )

    def _attest(self, commit: str, record: Attested, path: str, files: Mapping[str, bytes]) -> None:
        asked, before = self.asked.get(record.credential), self.attested.get(record.credential, 0)
        entry = self._entry(record.issuer)
        self.notes.take(rules.check_attested(record, path, asked, before, entry))
        self.attested[record.credential] = before + 1
        file = layout.statement(record.credential, record.number)
        try:
            statement = read_statement(files.get(file, b""))
        except Refused as refused:
            self.notes.take([rules.OTHER_STATEMENT.at(str(refused.findings[0]), file)])
            return
        self._compare(commit, record, statement, file)
        self._verify(record, statement, file, files)

    def _compare(self, commit: str, record: Attested, statement: Statement, file: str) -> None:
        """Note where a statement is not what its record says, or not of that credential."""
        issuer, said = self.organisation.issuer, statement.endorsement
        url, folder = issuer.url if issuer else "", layout.credential(record.credential)
        signed = layout.signed(record.credential, record.endorses)
        demands = [
            (f"{url}/{folder}/credential.json", said.credential, "it is about"),
            (f"{url}/{layout.served_outcome(record.credential, record.number)}", said.id, "it is"),
            (f"{url}/{signed}", said.related["id"], "it cites"),
            (record.issuer, said.issuer, "it is by"),
            (record.verification_method, said.proof.verification_method, "it is signed by"),
        ]
        for expected, found, words in demands:
            if expected != found:
                message = f"{words} {found[:200]}, not {expected}"
                self.notes.take([rules.OTHER_STATEMENT.at(message, file)])
        if not said.is_over(self.objects.blob(f"{commit}:{signed}") or b""):
            message = f"it has the digest of another file than {signed}"
            self.notes.take([rules.OTHER_STATEMENT.at(message, file)])
        consented = self.consented.get(record.credential)
        if consented:
            began, created = consented.began, said.proof.created
            for finding in dates.check_dates(said.valid_from, created, began, record.at):
                self.notes.take([rules.NOT_ALLOWED.at(finding.message, file)])

    def _verify(
        self, record: Attested, statement: Statement, file: str, files: Mapping[str, bytes]
    ) -> None:
        proof = statement.endorsement.proof
        kept = files.get(layout.employer_did(record.credential, record.number))
        try:
            resources = {did_web_url(record.issuer): kept} if kept is not None else {}
            key = issuer_key(proof.verification_method, proof.created, statement.issuer, resources)
            findings = check_proof(statement.endorsement, key)
        except Refused as refused:
            findings = refused.findings
        except NotChecked as error:
            self.notes.take([rules.FORGED_STATEMENT.at(str(error), file)])
            return
        self.notes.take(rules.FORGED_STATEMENT.at(item.message, file) for item in findings)
        self.notes.count("signatures of employers")

    def _signed(self, commit: str, credential: str) -> bool:
        return self.objects.blob(f"{commit}:{layout.signed(credential, 1)}") is not None

    def _entry(self, did: str) -> Employer | None:
        return listed(self.employers, did)
