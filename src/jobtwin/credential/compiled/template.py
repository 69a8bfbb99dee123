"""A compiled shape: the strings of a document → its canonical N-Quads, by substitution."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from jobtwin.credential.compiled.blanks import Blanks, Pick
from jobtwin.credential.compiled.excerpt import Excerpt
from jobtwin.credential.compiled.safe import all_safe


class Form(NamedTuple):
    """A canonical form."""

    content: bytes
    """N-Quads."""
    statements: int


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
    labels: tuple[bytes, ...]
    """`_:c14n0` and so on, one for each blank node."""
    quads: int
    """How many there are, unless some come out twice."""
    excerpt: Excerpt | None = None
    """How a file of this shape is read in part, if it can be."""

    def fill(self, strings: list[bytes]) -> Form | None:
        """Return the canonical form, or None for a document that has to go the general way.

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
        blocks, dropped = self.blocks.fill(strings + labels)
        blocks.sort()
        return Form(b"".join(blocks), self.quads - dropped)

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
        mentions, _ = self.nodes.fill(strings)
        hashes = [sha256(quads).digest() for quads in mentions]
        labels = dict(zip(sorted(hashes), self.labels, strict=True))
        if len(labels) < len(hashes):
            return None
        return [labels[digest] for digest in hashes]
