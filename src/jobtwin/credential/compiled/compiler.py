"""A document and its general form → the template of its shape, or None where there is any doubt.

The document's leaves are replaced by marks, each another, and the marked document is expanded: the
marks in its quads are the blanks of the template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from jobtwin.credential.canonical import walk
from jobtwin.credential.compiled.cut import with_leaves
from jobtwin.credential.compiled.template import SEPARATOR, Blanks, Template, picker

if TYPE_CHECKING:
    from jobtwin.credential.compiled.cut import Cut
    from jobtwin.credential.compiled.trace import Trace
    from jobtwin.credential.contexts import Contexts, JsonObject

_OWN = ((), ("credentialStatus",), ("credentialSubject",))

Line = tuple[str, str, str]
"""Subject, predicate and object in N-Quads, with marks for the leaves and the blank nodes."""


@dataclass(frozen=True, slots=True)
class _Marks:
    """Texts that stand nowhere in the document: one for each leaf, one for each blank node."""

    stem: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches every mark; the groups are `n` for a blank node, and the number."""
        return re.compile(re.escape(self.stem) + "(n?)([0-9]+)/")

    def leaf(self, position: int) -> str:
        return f"{self.stem}{position}/"

    def node(self, number: int) -> str:
        return f"{self.stem}n{number}/"

    def position(self, value: Any) -> int | None:
        """Return which leaf the value is the mark of; None if of none."""
        found = self.pattern.fullmatch(value) if isinstance(value, str) else None
        return int(found[2]) if found and not found[1] else None

    def leaf_of(self, term: str) -> int | None:
        """Return the leaf that the whole of an N-Quads term stands for; None if it is constant.

        Raises `ValueError` where a mark is only part of the term.
        """
        if self.stem not in term:
            return None
        whole = re.fullmatch(r'<([^>"]*)>|"([^"]*)"(?:\^\^<[^>]*>)?', term)
        position = self.position(whole[1] or whole[2]) if whole else None
        if position is None or term.count(self.stem) > 1:
            raise ValueError(f"a leaf is only part of {term}")
        return position


def compile_shape(
    document: JsonObject, whole: Cut, expected: bytes, extra: Contexts | None
) -> Template | None:
    """Return the template of the document's shape, or None if it has to go the general way.

    `whole` is the document cut, its proof included if it has one. `expected` is what the general
    way gives for it without the proof; the template gives the same.
    """
    from jobtwin.credential.compiled.trace import trace

    if not _only_own_context(document):
        return None
    plain = trace(_unsigned(document), extra)
    if plain is None:
        return None
    looked_up = plain.names | set(document["@context"])
    marks = _Marks(_stem_outside(repr(whole.leaves) + repr(plain.quads)))
    marked = with_leaves(
        document,
        (x if x in looked_up else marks.leaf(i) for i, x in enumerate(whole.leaves)),
    )
    traced = trace(_unsigned(marked), extra)
    if traced is None:
        return None
    try:
        template = _template(whole, marks, marked, traced)
    except ValueError:
        return None
    return template if template.fill(whole.strings) == expected else None


def _unsigned(document: JsonObject) -> JsonObject:
    return {key: value for key, value in document.items() if key != "proof"}


def _only_own_context(document: JsonObject) -> bool:
    """Say whether the document's own `@context` is its only keyword."""
    keys = [step for path, _ in walk(document) for step in path[-1:] if isinstance(step, str)]
    return [key for key in keys if key[:1] == "@"] == ["@context"]


def _stem_outside(told: str) -> str:
    stems = (f"https://leaf-{number}.invalid/" for number in count())
    return next(stem for stem in stems if stem not in told)


def _template(whole: Cut, marks: _Marks, marked: JsonObject, traced: Trace) -> Template:
    """Return the template; raises `ValueError` where a leaf is not simply passed through."""
    lines, nodes = _lines(traced, marks)
    things, texts = _places(lines, marks)
    things |= _marked(traced.identifiers, marks)
    leaves = _marked((value for _, value in walk(_unsigned(marked))), marks)
    if things | texts != leaves:
        raise ValueError("a leaf that is signed nowhere")
    if _marked(traced.names, marks):
        raise ValueError("a leaf that contexts may know")
    free = leaves | _marked((value for _, value in walk(marked.get("proof"))), marks)
    fixed = sorted(set(range(len(whole.leaves))) - free)
    own, others = _ids(_unsigned(marked), marks)
    groups = [_group(marks.node(node), lines, marks) for node in range(nodes)]
    # Near to sorted already, which makes sorting fast.
    written = sorted((f"{s} {p} {o} ." for s, p, o in lines), key=_filled_by(whole.leaves, marks))
    return Template(
        fixed=picker(fixed),
        expected=tuple(whole.strings[position] for position in fixed),
        iris=picker(sorted(things)),
        own_ids=picker(own),
        other_ids=picker(others),
        nodes=_blanks(SEPARATOR.decode().join(group for group, _ in groups), marks, whole),
        unsorted=tuple(unsorted for _, unsorted in groups),
        lines=_blanks("\n".join(written), marks, whole),
    )


def _marked(values: Iterable[Any], marks: _Marks) -> set[int]:
    """Return the leaves whose marks are among the values."""
    return {position for position in map(marks.position, values) if position is not None}


def _lines(traced: Trace, marks: _Marks) -> tuple[list[Line], int]:
    """Return the quads, and how many blank nodes there are."""
    from jobtwin.credential.rdf import n_quads_term

    numbers: dict[str, int] = {}

    def write(term: Any) -> str:
        if term["type"] == "blank node":
            return marks.node(numbers.setdefault(term["value"], len(numbers)))
        return n_quads_term(term)

    lines = [
        (write(triple["subject"]), write(triple["predicate"]), write(triple["object"]))
        for triple in traced.quads.get("@default", ())
    ]
    return list(dict.fromkeys(lines)), len(numbers)


def _places(lines: Iterable[Line], marks: _Marks) -> tuple[set[int], set[int]]:
    """Return the leaves that become IRIs and those that become texts; raises `ValueError`."""
    things: set[int] = set()
    texts: set[int] = set()
    for subject, predicate, value in lines:
        if marks.stem in predicate:
            raise ValueError("a leaf that became a predicate")
        for term in (subject, value):
            if marks.pattern.fullmatch(term):  # a blank node
                continue
            position = marks.leaf_of(term)
            if position is not None:
                (things if term.startswith("<") else texts).add(position)
    return things, texts


def _ids(marked: JsonObject, marks: _Marks) -> tuple[list[int], list[int]]:
    """Return where the ids of the own things stand, and all others; raises `ValueError`."""
    own, others = [], []
    for path, value in walk(marked):
        if not isinstance(value, dict) or "id" not in value:
            continue
        position = marks.position(value["id"])
        if position is None:
            raise ValueError("an id that may not vary")
        if path in _OWN:
            own.append(position)
        elif len(value) > 1:
            others.append(position)
    return own, others


def _group(node: str, lines: Iterable[Line], marks: _Marks) -> tuple[str, bool]:
    """Return a blank node's quads as they are hashed, and whether leaves decide on their order."""

    def seen(term: str) -> str:
        if not marks.pattern.fullmatch(term):
            return term
        return "_:a" if term == node else "_:z"

    own = sorted(f"{seen(s)} {p} {seen(o)} .\n" for s, p, o in lines if node in (s, o))
    heads = [line.split(marks.stem, 1)[0] for line in own]
    # Lines that differ before the first leaf are in order whatever the leaves are.
    unsorted = any(b.startswith(a) or a.startswith(b) for a, b in _pairs(heads))
    return "".join(own), unsorted


def _pairs(items: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((a, b) for index, a in enumerate(items) for b in items[index + 1 :])


def _filled_by(strings: Sequence[str], marks: _Marks) -> Any:
    def fill(found: re.Match[str]) -> str:
        return found[0] if found[1] else strings[int(found[2])]

    return lambda line: marks.pattern.sub(fill, line)


def _blanks(written: str, marks: _Marks, whole: Cut) -> Blanks:
    """Return the text with its marks as blanks; blank nodes come after all strings."""
    places, pieces, end = [], [], 0
    for found in marks.pattern.finditer(written):
        places.append(int(found[2]) + (len(whole.strings) if found[1] else 0))
        pieces += [written[end : found.start()].encode(), b""]
        end = found.end()
    return Blanks([*pieces, written[end:].encode()], picker(places))
