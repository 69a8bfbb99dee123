"""The reviews of an attempt, open or still sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.grade import Review
from jobtwin.rules import sealed_review

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.records.grade import Reviewed
    from jobtwin.repository.ledger import Ledger


def files(
    ledger: Ledger, twin_id: str, receipt: Reviewed, secret: Callable[[], bytes]
) -> tuple[bytes, bytes]:
    """Return a review file and its signature; `secret` gives the cohort's key where it is sealed.

    Raises `EngineError` where they are not there, and `Refused` where the key does not open them.
    """
    path = layout.review(twin_id, receipt.attempt, receipt.number)
    content, signature = ledger.tree.read(path), ledger.tree.read(f"{path}.sig")
    if content is not None and signature is not None:
        return content, signature
    sealed = layout.sealed_review(twin_id, receipt.attempt, receipt.number)
    if (box := ledger.tree.read(sealed)) is None:
        raise EngineError(
            f"review {receipt.number} of attempt {receipt.attempt} is not there",
            "run `jobtwin audit`",
        )
    return sealed_review.opened(box, [secret()], sealed)


def review(ledger: Ledger, twin_id: str, receipt: Reviewed, secret: Callable[[], bytes]) -> Review:
    """Return a mentor's review, whether it is sealed or not; raises as `files` does."""
    content, _ = files(ledger, twin_id, receipt, secret)
    return load(Review, content, layout.review(twin_id, receipt.attempt, receipt.number)).record
