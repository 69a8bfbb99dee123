"""A compiled shape: the strings of a document → its canonical N-Quads, by substitution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from operator import eq, itemgetter
from typing import Any

from jobtwin.credential.compiled.safe import all_safe

SEPARATOR = b"\0"
"""Between blank nodes in `Template.nodes`; no string of a document holds it."""

Pick = Callable[[Sequence[bytes]], tuple[bytes, ...]]


def picker(positions: Sequence[int]) -> Pick:
    """Return a function that takes the strings at these positions out of all."""
    if len(positions) < 2:
        return lambda strings: tuple(strings[position] for position in positions)
    pick: Any = itemgetter(*positions)
    return pick  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Blanks:
    """A text with blanks, and which strings go into them."""

    pieces: list[bytes]
    """The text, cut at each blank, with an empty piece in the place of the blank."""
    pick: Pick

    def fill(self, strings: Sequence[bytes]) -> bytes:
        """Return the text with these strings in its blanks."""
        pieces = self.pieces.copy()
        pieces[1::2] = self.pick(strings)
        return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class Template:
    """What a general run gives for every document of one shape, with the leaves left out."""

    fixed: Pick
    expected: tuple[bytes, ...]
    """What `fixed` picks: keys, types, contexts, and all else that the run looked up as a term."""
    iris: Pick
    """Leaves that stand for things."""
    own_ids: Pick
    """Ids on which a verifier decides: of the credential, its subject, its status."""
    other_ids: Pick
    """Ids of everything else; one like those above would describe the same thing again."""
    nodes: Blanks
    """For each blank node, the quads that RDFC-1.0 §4.6 hashes, between `SEPARATOR`s."""
    unsorted: tuple[bool, ...]
    """Whether the order of a blank node's quads depends on the leaves."""
    lines: Blanks
    """The canonical quads; its last strings are the blank nodes' labels."""

    def fill(self, strings: list[bytes]) -> bytes | None:
        """Return the canonical N-Quads, or None for a document that has to go the general way.

        `strings` are those of a `Cut` of this template's shape.
        """
        if self.fixed(strings) != self.expected or not all_safe(self.iris(strings)):
            return None
        own = set(self.own_ids(strings))
        if len(own) < len(self.own_ids(strings)) or not own.isdisjoint(self.other_ids(strings)):
            return None
        labels = self._labels(strings)
        return None if labels is None else self._n_quads(strings + labels)

    def _labels(self, strings: list[bytes]) -> list[bytes] | None:
        """Return the canonical labels; None if two blank nodes look alike (RDFC-1.0 §4.4.3)."""
        if not self.unsorted:
            return []
        texts = self.nodes.fill(strings).split(SEPARATOR)
        hashes = [
            sha256(_in_order(text) if unsorted else text).digest()
            for text, unsorted in zip(texts, self.unsorted, strict=True)
        ]
        numbers = {digest: number for number, digest in enumerate(sorted(hashes))}
        if len(numbers) < len(hashes):
            return None
        return [b"_:c14n%d" % numbers[digest] for digest in hashes]

    def _n_quads(self, strings: list[bytes]) -> bytes:
        # No line holds a line break: in strings they are escaped.
        lines = self.lines.fill(strings).split(b"\n")
        lines.sort()
        if any(map(eq, lines, islice(lines, 1, None))):
            lines = list(dict.fromkeys(lines))
        lines.append(b"")
        return b"\n".join(lines)


def _in_order(text: bytes) -> bytes:
    """Return the lines sorted, each once."""
    return b"\n".join([*sorted(set(text.split(b"\n")[:-1])), b""])
