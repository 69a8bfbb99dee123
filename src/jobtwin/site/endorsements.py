"""What mentors say of a credential under their own keys: the lines of its page, and the files.

Words stand on the page only while they are about the file that is served now; those about an
earlier one are named and dated, and their files stay where they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.credential.endorsement import read_endorsement
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.repository.endorsements import endorsements

if TYPE_CHECKING:
    from datetime import datetime

    from jobtwin.records.endorsement import Endorsed
    from jobtwin.repository.ledger import Filed, Ledger


@dataclass(frozen=True, slots=True)
class EndorsementTold:
    """A mentor's endorsement as the credential's page tells it."""

    mentor: str
    """The mentor's id."""
    name: str
    key: str
    """Fingerprint of the key that signed."""
    at: datetime
    """When it came in, by the platform's clock."""
    comment: str
    file: str
    """Name of the file, beside the credential."""
    is_current: bool
    """Whether it is of the file that is served now."""


def told(ledger: Ledger, credential: str) -> tuple[EndorsementTold, ...]:
    """Return a credential's endorsements, those of the file that is served now first."""
    issued = ledger.issued_any(credential)
    latest = issued[-1].record.number if issued else 0
    found = [_told(ledger, one, latest) for one in endorsements(ledger, credential)]
    return tuple(sorted(found, key=lambda one: (not one.is_current, one.at, one.mentor)))


def files(ledger: Ledger, credential: str) -> dict[str, bytes]:
    """Return what is served of endorsements as it is: each one, and the signed file that it cites.

    Raises `EngineError` where a record names a file that is not there.
    """
    paths = set()
    for one in endorsements(ledger, credential):
        record = one.record
        paths.add(layout.endorsement(credential, record.mentor, record.number))
        paths.add(layout.signed(credential, record.number))
    return {path: _need(ledger, path) for path in sorted(paths)}


def _told(ledger: Ledger, filed: Filed[Endorsed], latest: int) -> EndorsementTold:
    record = filed.record
    path = layout.endorsement(record.credential, record.mentor, record.number)
    said = read_endorsement(_need(ledger, path))
    return EndorsementTold(
        mentor=record.mentor,
        name=said.name,
        key=record.mentor_key,
        at=record.at,
        comment=said.comment,
        file=path.rsplit("/", 1)[-1],
        is_current=record.number == latest,
    )


def _need(ledger: Ledger, path: str) -> bytes:
    content = ledger.tree.read(path)
    if content is None:
        raise EngineError(f"{path} is not there", "run `jobtwin audit`")
    return content
