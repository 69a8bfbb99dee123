"""A review and its signature in one box, so that no other reviewer reads it before writing theirs.

What the box holds is judged like any review: claim and mentor stand inside the signature, so that
a box that somebody copied is refused as another mentor's.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING

from jobtwin import sealing
from jobtwin.errors import Refused
from jobtwin.findings import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

NOT_SEALED = Code(
    "REV-009",
    "the review is not sealed",
    why="Another mentor reads the same work, and neither may see the other's scores first.",
    fix="Seal it: `jobtwin review seal review.yml`. What was pushed in the open stays readable: "
    "delete the branch, and tell the operators.",
)
NOT_OPENED = Code(
    "REV-010",
    "the sealed review cannot be opened",
    why="What cannot be read cannot be taken in.",
    fix="Sign and seal the review again from an up-to-date clone.",
)


SEALED = "review.sealed"
"""The name of the box in a pull request."""


def close(review: bytes, signature: bytes, public_key: bytes) -> bytes:
    """Return the box for a review file and its signature, closed to a cohort's key."""
    both = {"review": _text(review), "signature": _text(signature)}
    return sealing.seal(json.dumps(both).encode("ascii"), public_key)


def opened(box: bytes, secrets: Iterable[bytes], path: str = SEALED) -> tuple[bytes, bytes]:
    """Return the review file and its signature; raises `Refused` where no secret opens the box.

    A box does not say which cohort it is for, so each cohort's secret is tried.
    """
    for secret in secrets:
        try:
            content = sealing.unseal(box, secret)
        except ValueError:
            continue
        return _read(content, path)
    raise Refused([NOT_OPENED.at("it is sealed to no cohort of this organisation", path)])


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _read(content: bytes, path: str) -> tuple[bytes, bytes]:
    try:
        both = json.loads(content)
        review, signature = (
            base64.b64decode(both[name], validate=True) for name in ("review", "signature")
        )
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error) as error:
        raise Refused([NOT_OPENED.at("it holds no review", path)]) from error
    return review, signature
