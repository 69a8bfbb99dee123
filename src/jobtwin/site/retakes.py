"""Which credential binds now in the place of a superseded one, and the file that says so.

The file is not signed: it stands on the issuer's own site, and can only make a reader look further.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.superseded import POINTER
from jobtwin.records import layout

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from jobtwin.records.credential import AnyIssued
    from jobtwin.records.organisation import Issuer
    from jobtwin.repository.ledger import Ledger


def superseding(ledger: Ledger) -> dict[str, str]:
    """Return superseded credential → the one that binds now, of both kinds."""
    latest = {
        name: found[-1].record
        for name in ledger.credentials()
        if (found := ledger.issued_any(name))
    }
    return binding_now(latest, {name for name in latest if ledger.revoked(name)})


def binding_now(latest: Mapping[str, AnyIssued], revoked: Collection[str]) -> dict[str, str]:
    """Return superseded credential → the one that binds now.

    What supersedes may be superseded in turn, and what was revoked supersedes nothing any more.
    """
    found = {}
    for name in latest:
        after = _after(name, latest) - {name, *revoked}
        if after:
            found[name] = max(after, key=lambda one: (latest[one].at, one))
    return found


def _after(name: str, latest: Mapping[str, AnyIssued]) -> set[str]:
    """Return everything that supersedes a credential, at once or by way of others."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        here = waiting.pop()
        following = {one for one, record in latest.items() if record.supersedes == here}
        waiting += sorted(following - reached)
        reached |= following
    return reached


def pointers(issuer: Issuer, later: Mapping[str, str]) -> dict[str, bytes]:
    """Return the file beside each superseded credential that names the one that binds now."""
    return {
        f"{layout.credential(old)}/{POINTER}": to_bytes(
            {
                "format": 1,
                "superseded": f"{issuer.url}/{layout.credential(old)}/credential.json",
                "by": f"{issuer.url}/{layout.credential(new)}/credential.json",
            }
        )
        for old, new in later.items()
    }
