"""Of a signed file whose shape is known, the members that a verdict depends on; the rest unparsed.

Parsing a whole file takes longer than cutting it, and most of it are lists of which a verifier asks
only that every object in them has its type and its texts. Both are known of a shape: types may not
vary in it, and a text is missing only if it is empty.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.credential.compiled.blanks import Pick, picker
from jobtwin.credential.did import moment

if TYPE_CHECKING:
    import re

    from jobtwin.credential.compiled.template import Template
    from jobtwin.credential.contexts import JsonObject

LEFT_OUT = (
    ("evidence",),
    ("relatedResource",),
    ("credentialSubject", "result"),
    ("credentialSubject", "source"),
    ("credentialSubject", "achievement", "alignment"),
    ("credentialSubject", "achievement", "creator"),
    ("credentialSubject", "achievement", "image"),
    ("credentialSubject", "achievement", "resultDescription"),
)
"""Members of which `shape.check_badge` asks no more than the above, and no step asks anything."""

_DATES = ("validFrom", "validUntil", "awardedDate")
_decode = json.JSONDecoder().raw_decode
"""What it reads here has nothing before and nothing after it."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is read of every file of one shape, for which the shape alone finds nothing missing."""

    pieces: list[bytes]
    """JSON text, cut at each leaf, with an empty piece in the place of the leaf."""
    pick: Pick
    suite: tuple[int, bytes]
    """Where the one proof's cryptosuite stands, and which it has to be: others need the whole."""
    options: tuple[Pick, Template]
    """The strings of the proof's options, and what gives their canonical form."""
    ids_are_iris: bool
    """Whether each id that `shape.check_badge` looks at is one of the template's IRIs."""

    def read(self, strings: list[bytes]) -> tuple[JsonObject, bytes, bool] | None:
        """Return the document without `LEFT_OUT`, and the canonical form of its proof's options.

        At last whether `shape.check_badge` certainly finds nothing: all that it asks beside is the
        shape's, but for dates. `strings` are those of a `TextCut` of this shape, and the template
        fits. None if the whole has to be looked at.
        """
        position, suite = self.suite
        if strings[position] != suite or b"" in strings:
            return None
        pick, template = self.options
        if (form := template.fill([*pick(strings)])) is None:
            return None
        pieces = self.pieces.copy()
        pieces[1::2] = self.pick(strings)
        document, _ = _decode(b"".join(pieces).decode())
        dates = (document[name] for name in _DATES if name in document)
        return document, form.content, self.ids_are_iris and all(map(moment, dates))


def excerpt(
    marked: JsonObject,
    marks: re.Pattern[str],
    suite: tuple[int, bytes],
    options: tuple[Pick, Template],
    ids_are_iris: bool,
) -> Excerpt:
    """Return how files of a document's shape are read in part.

    `marked` is the document with marks for its leaves, the last group of `marks` their number.
    """
    first, *rest = marks.split(json.dumps(without_left_out(marked)))
    step = marks.groups + 1
    pieces = [first.encode()]
    for text in rest[step - 1 :: step]:
        pieces += [b"", text.encode()]
    places = [int(number) for number in rest[step - 2 :: step]]
    return Excerpt(pieces, picker(places), suite, options, ids_are_iris)


def ids_of(document: JsonObject) -> list[Any]:
    """Return the ids that `shape.check_badge` looks at, of a document in which it finds nothing."""
    subject = document["credentialSubject"]
    things = [document, document["issuer"], subject, subject.get("achievement")]
    return [thing["id"] for thing in things if isinstance(thing, dict) and "id" in thing] + [
        thing for thing in things if isinstance(thing, str)
    ]


def only_proof(document: JsonObject) -> JsonObject | None:
    """Return the proof of a document with one, which continues no other."""
    proof = document.get("proof")
    listed = proof if isinstance(proof, list) else [proof]
    if len(listed) != 1 or not isinstance(listed[0], dict) or "previousProof" in listed[0]:
        return None
    return listed[0]


def options_of(document: JsonObject, proof: JsonObject) -> JsonObject:
    """Return what is canonicalised of a proof: all but its value (vc-di-eddsa §3.2.5)."""
    options = {key: value for key, value in proof.items() if key != "proofValue"}
    return {"@context": document["@context"], **options}


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
