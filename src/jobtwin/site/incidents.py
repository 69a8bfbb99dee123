"""The part of the auditor's page that tells what went wrong: what was revoked, what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.records import layout
from jobtwin.site.markup import day, plain, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobtwin.repository.incidents import Outage, Withdrawal

_REVOKED = """## What was revoked

A revoked credential keeps its address and its page, which says so, and every verifier finds it in
the issuer's status list."""
_OUTAGES = """## When the platform failed

Measurements that could not run through nobody's fault but ours, and events that were noticed late.
None of them costs a learner an attempt. Days are in UTC."""
_NOTHING_REVOKED = "No credential was ever revoked."
_NO_OUTAGE = "Nothing of this kind is on record."


def incidents(withdrawals: Sequence[Withdrawal], outages: Sequence[Outage]) -> str:
    """Return the Markdown of both sections; it stands in a page one folder below the site."""
    revoked = [(day(one.effective), _link(one), plain(one.reason)) for one in withdrawals]
    failed = [(day(one.on), f"`{one.twin}`", plain(one.what), str(one.times)) for one in outages]
    parts = [
        _REVOKED,
        table(("Since", "Credential", "Reason"), revoked) if revoked else _NOTHING_REVOKED,
        _OUTAGES,
        table(("Day", "Twin", "What", "Times"), failed) if failed else _NO_OUTAGE,
    ]
    return "\n\n".join(parts)


def _link(one: Withdrawal) -> str:
    # As HTML: the generator knows nothing of pages that are added to what it renders.
    return f'<a href="../{layout.credential(one.credential)}/">{plain(one.name)}</a>'
