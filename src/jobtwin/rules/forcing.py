"""Critical self-checks: what answering no to one blocks, and how a hand-in by force is told.

The answers stand in the receipt, so that a ruling follows from it; of a sealed attempt they are in
the box, and only whether force was used is public.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobtwin.findings import Finding
    from jobtwin.records.submission import Received
    from jobtwin.records.twin import FailureMode, Twin

WRONG_BLOCKING = Code(
    "AUD-048",
    "a receipt's ruling is not what its self-checks give",
    why="A critical self-check that is answered no blocks a hand-in unless it is forced, for "
    "everybody alike.",
    fix="Find out what wrote the receipt; judge the attempt again.",
)


def critical_noes(twin: Twin, answers: Mapping[str, bool]) -> tuple[FailureMode, ...]:
    """Return the critical self-checks that are answered no."""
    return tuple(
        check
        for check in twin.failure_modes
        if check.kind == "critical" and answers.get(check.id) is False
    )


def told(twin: Twin, receipts: Sequence[Received]) -> Iterator[str]:
    """Yield each hand-in that counts though it was forced, with what it was forced against."""
    for receipt in receipts:
        if receipt.forced and receipt.ruling == "accepted":
            noes = critical_noes(twin, _answers(receipt))
            against = "; ".join(f"no to {check.id} ({check.question})" for check in noes)
            if not receipt.self_checks:
                against = "the answers are in its box"
            yield f"`{receipt.checkpoint}` was handed in by force: {against or 'no critical no'}"


def check_self_checks(
    record: Received, path: str, twin: Twin, *, is_sealed: bool
) -> Iterator[Finding]:
    """Yield a finding when a receipt blocks or accepts otherwise than its answers ask."""
    if record.ruling == "blocked" and record.forced:
        yield WRONG_BLOCKING.at("it is blocked although it was forced", path)
    if is_sealed or record.ruling not in ("accepted", "blocked"):
        return
    answers = _answers(record)
    noes = ", ".join(check.id for check in critical_noes(twin, answers))
    missing = ", ".join(check.id for check in twin.failure_modes if check.id not in answers)
    if record.ruling == "accepted" and missing:
        yield WRONG_BLOCKING.at(f"it is accepted with no answer to {missing}", path)
    if record.ruling == "accepted" and noes and not record.forced:
        yield WRONG_BLOCKING.at(f"it is accepted with a no to {noes}, and not forced", path)
    if record.ruling == "blocked" and not noes:
        yield WRONG_BLOCKING.at("it is blocked, and no critical self-check is answered no", path)


def _answers(receipt: Received) -> dict[str, bool]:
    return {check.id: check.answer for check in receipt.self_checks}
