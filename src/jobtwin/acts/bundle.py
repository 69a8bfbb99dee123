"""review bundle: the work a mentor grades, blinded; and an operator's leave where it is held back.

What still tells whose it is keeps an attempt out of the queue until it is handed in anew or an
operator has looked; the wait uses up nothing of the attempt.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.forge import answering
from jobtwin.forge.events import Effects
from jobtwin.records import layout
from jobtwin.records import report as reports
from jobtwin.records.base import write
from jobtwin.records.grade import Released
from jobtwin.records.submission import Received
from jobtwin.repository import bundles, moments, queues, sealed_parts
from jobtwin.rules.ledger import sign
from jobtwin.site.report_page import report_page
from jobtwin.yamlfile import unshowable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobtwin.findings import Finding
    from jobtwin.forge.events import Event
    from jobtwin.keys import Holders
    from jobtwin.repository.ledger import Attempt, Ledger

HELD = Code(
    "BND-001",
    "a bundle is held back",
    why="Something in it still tells whose work it is, and a mentor grades work, not a person.",
    fix="Look at the places that the receipt names, then release it with a reason: "
    "`jobtwin review release TWIN ATTEMPT --reason …`.",
)
NO_BUNDLE = Code(
    "BND-002",
    "there is no such bundle",
    why="A bundle belongs to one claim, and is found by the id that the claim gave.",
    fix="Take the twin and the review's id from the answer to your claim.",
)
NO_REASON = Code(
    "BND-003",
    "the release cannot be recorded",
    why="Everybody can read who let a bundle through, and why.",
    fix="Name an attempt that is held back, and a reason in plain words.",
)

GUIDE = "mentor-guide.md"


def bundle(
    ledger: Ledger, twin_id: str, review_id: str, seed: Callable[[], bytes] | None = None
) -> dict[str, bytes]:
    """Return path → content of the bundle of a claim; raises `Refused`.

    The twin's report stands in it as it is kept and, beside it, as a page, with the twin's guide
    for mentors. `seed` gives that of the mentor's SSH key, and is asked where the attempt is
    sealed.
    """
    found = queues.claim_of(ledger, twin_id, review_id)
    if found is None:
        raise Refused([NO_BUNDLE.at(f"there is no claim `{review_id}` at `{twin_id}`")])
    attempt, claim = found
    if bundles.held_by(attempt):
        raise Refused([HELD.at(f"review `{review_id}` waits for an operator")])
    twin = ledger.pinned_twin(attempt.started.twin_tree, twin_id)
    key = None
    if attempt.started.sealed_to:
        if seed is None:
            raise Refused([sealed_parts.OTHERS_KEY.at("no key is named")])
        key = sealed_parts.reading_key(claim.record, seed())
    files = bundles.bundle(ledger, attempt, twin, key)
    name = twin.report.name
    if f"{name}.json" in files:
        files[f"{name}.html"] = report_page(reports.read(files[f"{name}.json"]))
    return files | _guide(ledger, attempt)


def _guide(ledger: Ledger, attempt: Attempt) -> dict[str, bytes]:
    """Return the guide for mentors as it was when the attempt started, where the twin has one."""
    found = ledger.tree.git.attempt("cat-file", "blob", f"{attempt.started.twin_tree}:{GUIDE}")
    return {} if found.returncode else {GUIDE: found.stdout}


def held(ledger: Ledger) -> Iterator[Finding]:
    """Yield every attempt whose bundle is held back, with how much in it tells."""
    for twin_id in ledger.twins:
        for attempt in ledger.attempts(twin_id):
            if names := bundles.held_by(attempt):
                yield HELD.at(f"{_leaks(attempt, names)} in attempt {attempt.id} at {twin_id}")


def _leaks(attempt: Attempt, names: tuple[str, ...]) -> str:
    parts = [item.record.blinded for item in attempt.all(Received) if item.digest in names]
    number = sum(part.work + part.inbox for part in parts if part)
    return f"{number} leak{'s' * (number != 1)}"


def release(
    event: Event, ledger: Ledger, holders: Holders, twin_id: str, attempt_id: str, reason: str
) -> Effects:
    """Let a bundle go out as it is; raises `Refused`. Releasing it again changes nothing."""
    event = replace(event, at=moments.acting(ledger, event.at))
    attempt = ledger.attempt(twin_id, attempt_id)
    if attempt is None:
        raise Refused([NO_REASON.at(f"there is no attempt {ascii(attempt_id)[:40]} at {twin_id}")])
    if not reason.strip() or unshowable(reason):
        raise Refused([NO_REASON.at("the reason is empty or cannot be shown")])
    names = bundles.held_by(attempt)
    if not names:
        return Effects(comment=f"Nothing holds attempt {attempt_id} back.")
    signer = holders.signer("desk")
    number = len(attempt.all(Released)) + 1
    record = sign(
        Released(
            format=1,
            at=event.at,
            event=event.id,
            previous=attempt.tip,
            key=signer.key_id,
            attempt=attempt.id,
            number=number,
            receipts=names,
            reason=reason,
        ),
        signer,
    )
    path = layout.released(twin_id, attempt.id, number)
    grown = answering.grown(attempt, {path: record})
    return Effects(
        records={path: write(record)},
        message=f"Release the bundle of attempt {attempt.id[:8]} at {twin_id}",
        comment=f"Attempt {attempt_id} goes to a mentor with {_leaks(attempt, names)} in it.",
        notices=answering.notice(ledger, holders.subject, grown, event),
    )
