"""Of a signed file whose shape is known, the members that a verdict depends on; the rest unparsed.

Parsing a whole file takes longer than cutting it, and most of it are lists of which a verifier asks
only that every object in them has its type and its texts. Both are known of a shape: types may not
vary in it, and a text is missing only if it is empty.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.credential.compiled.blanks import Pick, picker

if TYPE_CHECKING:
    import re

    from jobtwin.credential.contexts import JsonObject

LEFT_OUT = (
    ("evidence",),
    ("relatedResource",),
    ("credentialSubject", "result"),
    ("credentialSubject", "achievement", "alignment"),
    ("credentialSubject", "achievement", "resultDescription"),
)
"""Lists of which `shape.check_badge` asks no more than the above, and no step asks anything."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is read of every file of one shape, for which the shape alone finds nothing missing."""

    pieces: list[bytes]
    """JSON text, cut at each leaf, with an empty piece in the place of the leaf."""
    pick: Pick
    suite: tuple[int, bytes]
    """Where the one proof's cryptosuite stands, and which it has to be: others need the whole."""

    def read(self, strings: list[bytes]) -> JsonObject | None:
        """Return the document without `LEFT_OUT`; None if the whole has to be looked at.

        `strings` are those of a `TextCut` of this shape.
        """
        position, suite = self.suite
        if strings[position] != suite or b"" in strings:
            return None
        pieces = self.pieces.copy()
        pieces[1::2] = self.pick(strings)
        document: JsonObject = json.loads(b"".join(pieces))
        return document


def excerpt(
    document: JsonObject, marked: JsonObject, marks: re.Pattern[str], strings: Sequence[bytes]
) -> Excerpt | None:
    """Return how files of a document's shape are read in part, None if they have to be whole.

    `marked` is the document with marks for its leaves, the last group of `marks` their number.
    """
    from jobtwin.credential import shape
    from jobtwin.credential.proof import SUITE

    suite = marks.fullmatch(_suite_of_the_only_proof(marked))
    if suite is None or any(shape.check_badge(document)):
        return None
    position = int(suite[suite.re.groups])
    if strings[position] != SUITE.encode():
        return None
    quoted = json.dumps(without_left_out(marked))
    first, *rest = marks.split(quoted)
    step = marks.groups + 1
    pieces = [first.encode()]
    for text in rest[step - 1 :: step]:
        pieces += [b"", text.encode()]
    places = [int(number) for number in rest[step - 2 :: step]]
    return Excerpt(pieces, picker(places), (position, SUITE.encode()))


def _suite_of_the_only_proof(marked: JsonObject) -> str:
    """Return its cryptosuite's mark; nothing for several proofs, or one that continues another."""
    proof = marked.get("proof")
    listed = proof if isinstance(proof, list) else [proof]
    if len(listed) != 1 or not isinstance(listed[0], dict) or "previousProof" in listed[0]:
        return ""
    suite = listed[0].get("cryptosuite")
    return suite if isinstance(suite, str) else ""


def without_left_out(document: JsonObject) -> JsonObject:
    """Return a copy of the document without `LEFT_OUT`."""
    made = copy.deepcopy(document)
    for *parents, name in LEFT_OUT:
        thing: Any = made
        for parent in parents:
            thing = thing.get(parent) if isinstance(thing, dict) else None
        if isinstance(thing, dict):
            thing.pop(name, None)
    return made
