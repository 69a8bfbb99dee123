"""Which endorsements by mentors a credential has, by the records of a commit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.endorsement import Endorsed
from jobtwin.repository.ledger import Filed
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from jobtwin.repository.ledger import Ledger

_RECORD = re.compile(r"endorsed-[a-z0-9-]+(?:\.[0-9]+)?\.yml")


def endorsements(ledger: Ledger, credential: str) -> tuple[Filed[Endorsed], ...]:
    """Return every endorsement of a credential, by signed file and mentor; raises `Refused`."""
    folder = layout.credential(credential)
    found = []
    for name in ledger.tree.names(folder):
        if _RECORD.fullmatch(name):
            path = f"{folder}/{name}"
            content = ledger.tree.read(path) or b""
            found.append(Filed(path, digest(content), load(Endorsed, content, path).record))
    return tuple(sorted(found, key=lambda one: (one.record.number, one.record.mentor)))
