"""Which credential binds now in the place of a superseded one, and the file that says so.

The file is not signed: it stands on the issuer's own site, and can only make a reader look further.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.superseded import POINTER
from jobtwin.records import layout

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from jobtwin.records.organisation import Issuer
    from jobtwin.repository.ledger import Ledger


class Superseding(Protocol):
    """What is asked of a credential's newest record."""

    @property
    def at(self) -> datetime:
        """When it was issued."""

    @property
    def supersedes(self) -> str | None:
        """The credential in whose place it binds."""


def superseding(ledger: Ledger) -> dict[str, str]:
    """Return superseded credential → the one that binds now, of both kinds."""
    latest = {
        name: found[-1].record
        for name in ledger.credentials()
        if (found := ledger.issued_any(name))
    }
    return binding_now(latest, {name for name in latest if ledger.revoked(name)})


def binding_now(latest: Mapping[str, Superseding], revoked: Collection[str]) -> dict[str, str]:
    """Return superseded credential → the one that binds now.

    What supersedes may be superseded in turn, and what was revoked supersedes nothing any more.
    """
    following = defaultdict(set)
    for name, record in latest.items():
        if record.supersedes:
            following[record.supersedes].add(name)
    found = {}
    for name in latest.keys() & following.keys():
        after = _after(name, following) - {name, *revoked}
        if after:
            found[name] = max(after, key=lambda one: (latest[one].at, one))
    return found


def _after(name: str, following: Mapping[str, set[str]]) -> set[str]:
    """Return everything that supersedes a credential, at once or by way of others."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        more = following.get(waiting.pop(), set()) - reached
        waiting += more
        reached |= more
    return reached


def pointer(issuer: Issuer, old: str, new: str | None) -> dict[str, bytes]:
    """Return the file beside a credential that names the one that binds now, if there is one."""
    if new is None:
        return {}
    said = {
        "format": 1,
        "superseded": f"{issuer.url}/{layout.credential(old)}/credential.json",
        "by": f"{issuer.url}/{layout.credential(new)}/credential.json",
    }
    return {f"{layout.credential(old)}/{POINTER}": to_bytes(said)}
