"""A compiled shape: the strings of a document → its canonical N-Quads, by substitution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from typing import Any

from jobtwin.credential.compiled.safe import all_safe

SEPARATOR = b"\0"
"""Between the groups of a `Blanks`; no string of a document holds it."""

Pick = Callable[[Sequence[bytes]], tuple[bytes, ...]]


def picker(positions: Sequence[int]) -> Pick:
    """Return a function that takes the strings at these positions out of all."""
    if len(positions) < 2:
        return lambda strings: tuple(strings[position] for position in positions)
    pick: Any = itemgetter(*positions)
    return pick  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Blanks:
    """Groups of quads with blanks, and which strings go into them."""

    pieces: list[bytes]
    """The text, cut at each blank, with an empty piece in the place of the blank."""
    pick: Pick
    unsorted: tuple[int, ...]
    """The groups in which the order of the quads depends on what goes in."""

    def fill(self, strings: Sequence[bytes]) -> list[bytes]:
        """Return the groups with these strings in their blanks, the quads of each in order."""
        if not self.pieces:
            return []
        pieces = self.pieces.copy()
        pieces[1::2] = self.pick(strings)
        groups = b"".join(pieces).split(SEPARATOR)
        for index in self.unsorted:
            groups[index] = _in_order(groups[index])
        return groups


@dataclass(frozen=True, slots=True)
class Template:
    """What a general run gives for every document of one shape, with the leaves left out."""

    fixed: Pick
    expected: tuple[bytes, ...]
    """What `fixed` picks: types, contexts, and all else that the run looked up as a term."""
    iris: Pick
    """Leaves that stand for things."""
    own_ids: Pick
    """Ids on which a verifier decides: of the credential, its subject, its status."""
    other_ids: Pick
    """Ids of everything else; one like those above would describe the same thing again."""
    subjects: Pick
    """The leaves that have quads of their own, each thing once: no two may be equal."""
    same: tuple[Pick, Pick]
    """Leaves that stand for the same thing twice: the first and the second have to be equal."""
    nodes: Blanks
    """For each blank node, the quads that RDFC-1.0 §4.6 hashes."""
    blocks: Blanks
    """For each subject, its canonical quads; the last strings are the blank nodes' labels."""

    def fill(self, strings: list[bytes]) -> bytes | None:
        """Return the canonical N-Quads, or None for a document that has to go the general way.

        `strings` are those of a `Cut` of this template's shape.
        """
        if self.fixed(strings) != self.expected or not all_safe(self.iris(strings)):
            return None
        if not self._tells_things_apart(strings):
            return None
        labels = self._labels(strings)
        if labels is None:
            return None
        # The quads of two subjects differ before the first subject ends: whole blocks are sorted.
        return b"".join(sorted(self.blocks.fill(strings + labels)))

    def _tells_things_apart(self, strings: list[bytes]) -> bool:
        """Say whether equal ids are those, and only those, that were equal when it was compiled."""
        first, second = self.same
        own, subjects = self.own_ids(strings), self.subjects(strings)
        return (
            first(strings) == second(strings)
            and len(set(subjects)) == len(subjects)
            and len(set(own)) == len(own)
            and set(own).isdisjoint(self.other_ids(strings))
        )

    def _labels(self, strings: list[bytes]) -> list[bytes] | None:
        """Return the canonical labels; None if two blank nodes look alike (RDFC-1.0 §4.4.3)."""
        hashes = [sha256(quads).digest() for quads in self.nodes.fill(strings)]
        numbers = {digest: number for number, digest in enumerate(sorted(hashes))}
        if len(numbers) < len(hashes):
            return None
        return [b"_:c14n%d" % numbers[digest] for digest in hashes]


def _in_order(quads: bytes) -> bytes:
    """Return the quads in order, each once. No quad holds a line break: in texts it is escaped.

    Quads with `_:z` are of different blank nodes, even where they look alike.
    """
    lines = quads.split(b"\n")
    lines.pop()
    if len(set(lines)) == len(lines):
        lines.sort()
        lines.append(b"")
        return b"\n".join(lines)
    others = [line for line in lines if line.startswith(b"_:z ") or line.endswith(b" _:z .")]
    own = set(lines).difference(others)
    return b"\n".join([*sorted([*own, *others]), b""])
