"""A document and its general form → the template of its shape, or None where there is any doubt.

The document's leaves are replaced by marks, each another, and the marked document is expanded: the
marks in its quads are the blanks of the template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations, count
from typing import TYPE_CHECKING, Any

from jobtwin.credential import canonical, shape
from jobtwin.credential.canonical import walk
from jobtwin.credential.compiled.blanks import Blanks, picker
from jobtwin.credential.compiled.cut import cut
from jobtwin.credential.compiled.excerpt import Excerpt, excerpt, ids_of, only_proof, options_of
from jobtwin.credential.compiled.template import Template
from jobtwin.errors import Refused

if TYPE_CHECKING:
    from jobtwin.credential.compiled.cut import Cut
    from jobtwin.credential.compiled.trace import Trace
    from jobtwin.credential.contexts import Contexts, JsonObject

_OWN = ((), ("credentialStatus",), ("credentialSubject",))

Line = tuple[str, str, str]
"""Subject, predicate and object in N-Quads, with marks for the leaves and the blank nodes."""


class _Marks:
    """Texts that stand nowhere in the document: one for each leaf, one for each blank node."""

    def __init__(self, stem: str) -> None:
        self.stem = stem
        self.pattern = re.compile(re.escape(stem) + "(n?)([0-9]+)/")
        """Matches every mark; the groups are `n` for a blank node, and the number."""

    def leaf(self, position: int) -> str:
        return f"{self.stem}{position}/"

    def node(self, number: int) -> str:
        return f"{self.stem}n{number}/"

    def position(self, value: Any) -> int | None:
        """Return which leaf the value is the mark of; None if of none."""
        found = self.pattern.fullmatch(value) if isinstance(value, str) else None
        return int(found[2]) if found and not found[1] else None

    def positions(self, values: Iterable[Any]) -> set[int]:
        """Return the leaves whose marks are among the values."""
        return {found for found in map(self.position, values) if found is not None}

    def leaf_of(self, term: str) -> int | None:
        """Return the leaf that an IRI or literal of N-Quads stands for; None if for none.

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
    leaves = [None if leaf in looked_up else leaf for leaf in whole.leaves()]
    marks = _Marks(_stem_outside(repr(document) + repr(plain.quads)))
    marked = [None if leaf is None else marks.leaf(i) for i, leaf in enumerate(leaves)]
    try:
        run = _Run(whole.marked(marked), marks, extra)
        if same := _same(run.subjects, leaves):
            marked = [marks.leaf(same[i]) if i in same else x for i, x in enumerate(marked)]
            run = _Run(whole.marked(marked), marks, extra)
        template = run.template(whole.strings, same)
    except ValueError:
        return None
    filled = template.fill(whole.strings)
    if filled != (expected, expected.count(b"\n")):
        return None
    return replace(template, excerpt=_excerpt(document, whole, run, extra))


def _excerpt(document: JsonObject, whole: Cut, run: _Run, extra: Contexts | None) -> Excerpt | None:
    """Return how files of the document's shape are read in part, None if they have to be whole."""
    from jobtwin.credential.proof import SUITE

    proof, marked = only_proof(document), only_proof(run.marked)
    if proof is None or marked is None or any(shape.check_badge(document)):
        return None
    suite = run.marks.position(marked.get("cryptosuite"))
    if suite is None or whole.strings[suite] != SUITE.encode():
        return None
    options, given = options_of(document, proof), cut(options_of(run.marked, marked))
    if (told := cut(options)) is None or given is None:
        return None
    try:
        form = canonical.canonicalise(options, extra)
    except Refused:
        return None  # as the step will say that has to hash them
    if (template := compile_shape(options, told, form, extra)) is None:
        return None
    marks = {run.marks.leaf(place).encode(): place for place in range(len(whole.strings))}
    fixed = {string: place for place, string in enumerate(whole.strings)}
    places = [marks.get(string, fixed.get(string, 0)) for string in given.strings]
    if [whole.strings[place] for place in places] != told.strings:
        return None
    are_iris = all(run.marks.position(name) in run.things for name in ids_of(run.marked))
    fitting = (picker(places), template)
    return excerpt(run.marked, run.marks.pattern, (suite, SUITE.encode()), fitting, are_iris)


def _unsigned(document: JsonObject) -> JsonObject:
    return {key: value for key, value in document.items() if key != "proof"}


def _only_own_context(document: JsonObject) -> bool:
    """Say whether the document's own `@context` is its only keyword."""
    keys = [step for path, _ in walk(document) for step in path[-1:] if isinstance(step, str)]
    return [key for key in keys if key[:1] == "@"] == ["@context"]


def _stem_outside(told: str) -> str:
    stems = (f"https://leaf-{number}.invalid/" for number in count())
    return next(stem for stem in stems if stem not in told)


def _same(subjects: Iterable[int], leaves: Sequence[str | None]) -> dict[int, int]:
    """Return the leaves that name a thing which an earlier leaf names, with the earlier one."""
    first: dict[str | None, int] = {}
    named = {position: first.setdefault(leaves[position], position) for position in subjects}
    return {position: earlier for position, earlier in named.items() if position != earlier}


class _Run:
    """A general run over a marked document; raises `ValueError` where a leaf is no blank."""

    def __init__(self, marked: JsonObject, marks: _Marks, extra: Contexts | None) -> None:
        from jobtwin.credential.compiled.trace import trace

        traced = trace(_unsigned(marked), extra)
        if traced is None or marks.positions(traced.names):
            raise ValueError("a leaf that contexts may know")
        self.marked, self.marks = marked, marks
        self.lines = _lines(traced, marks)
        things, texts = _places(self.lines, marks)
        self.things = things | marks.positions(traced.identifiers)
        self.leaves = marks.positions(value for _, value in walk(_unsigned(marked)))
        if self.things | texts != self.leaves:
            raise ValueError("a leaf that is signed nowhere")

    @property
    def subjects(self) -> list[int]:
        """The leaves that have quads of their own."""
        return sorted(self.marks.positions(subject.strip("<>") for subject, _, _ in self.lines))

    def template(self, strings: list[bytes], same: dict[int, int]) -> Template:
        """Return the template of a document with these strings, in which `same` are equal."""
        in_proof = (value for _, value in walk(self.marked.get("proof")))
        free = self.leaves | self.marks.positions(in_proof) | same.keys()
        fixed = sorted(set(range(len(strings))) - free)
        own, others = _ids(_unsigned(self.marked), self.marks)
        subjects = list(dict.fromkeys(subject for subject, _, _ in self.lines))
        blocks = [[line for line in self.lines if line[0] == subject] for subject in subjects]
        mentions = self._mentions()
        return Template(
            fixed=picker(fixed),
            expected=tuple(strings[position] for position in fixed),
            iris=picker(sorted(self.things)),
            own_ids=picker(own),
            other_ids=picker(others),
            subjects=picker(self.subjects),
            same=(picker(list(same)), picker(list(same.values()))),
            nodes=_blanks(mentions, self.marks, len(strings)),
            blocks=_blanks(blocks, self.marks, len(strings)),
            labels=tuple(b"_:c14n%d" % number for number in range(len(mentions))),
            quads=len(self.lines),
        )

    def _mentions(self) -> list[list[Line]]:
        """Return for each blank node the quads with it, as they are hashed (RDFC-1.0 §4.6)."""
        nodes = {term for s, _, o in self.lines for term in (s, o) if self._is_node(term)}

        def seen(term: str, node: str) -> str:
            return term if term not in nodes else "_:a" if term == node else "_:z"

        return [
            [(seen(s, node), p, seen(o, node)) for s, p, o in self.lines if node in (s, o)]
            for node in (self.marks.node(number) for number in range(len(nodes)))
        ]

    def _is_node(self, term: str) -> bool:
        return self.marks.pattern.fullmatch(term) is not None


def _lines(traced: Trace, marks: _Marks) -> list[Line]:
    """Return the quads, each once; blank nodes are numbered as they come."""
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
    return list(dict.fromkeys(lines))


def _places(lines: Iterable[Line], marks: _Marks) -> tuple[set[int], set[int]]:
    """Return the leaves that become IRIs and those that become texts; raises `ValueError`."""
    things: set[int] = set()
    texts: set[int] = set()
    for subject, predicate, value in lines:
        if marks.leaf_of(predicate) is not None:
            raise ValueError("a leaf that became a predicate")
        for term in (subject, value):
            if marks.pattern.fullmatch(term):  # a blank node
                continue
            if (position := marks.leaf_of(term)) is not None:
                (things if term.startswith("<") else texts).add(position)
            elif term is subject:
                raise ValueError("a thing that no leaf names")
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


def _blanks(groups: Iterable[Iterable[Line]], marks: _Marks, strings: int) -> Blanks:
    """Return the groups with their marks as blanks; blank nodes come after all `strings`."""
    ordered = [sorted(group) for group in groups]
    places: list[int] = []
    pieces: list[bytes] = []
    slices: list[slice] = []
    for group in ordered:
        if pieces:
            places.append(0)
            pieces.append(b"")
        start = len(pieces)
        # Between the texts stand the two groups of each mark: `n` or nothing, and the number.
        first, *rest = marks.pattern.split("".join(f"{s} {p} {o} .\n" for s, p, o in group))
        pieces.append(first.encode())
        for node, number, text in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
            places.append(int(number) + (strings if node else 0))
            pieces += [b"", text.encode()]
        slices.append(slice(start, len(pieces)))
    unsorted = tuple(i for i, group in enumerate(ordered) if not _is_ordered(group, marks))
    return Blanks(pieces, picker(places), tuple(slices), unsorted)


def _is_ordered(group: Sequence[Line], marks: _Marks) -> bool:
    """Say whether the lines, sorted, stay sorted and different whatever stands for the marks."""
    return all(_differ(a, b, marks.stem) for a, b in combinations(group, 2))


def _differ(one: Line, other: Line, stem: str) -> bool:
    """Say whether two lines are constant, or differ before the first mark but an equal subject."""
    start = 1 if one[0] == other[0] else 0
    a, b = " ".join(one[start:]), " ".join(other[start:])
    if stem not in a + b:
        return True
    a, b = a.split(stem)[0], b.split(stem)[0]
    return not (a.startswith(b) or b.startswith(a))
