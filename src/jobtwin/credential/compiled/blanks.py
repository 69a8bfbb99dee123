"""Text with blanks: quads and JSON in which only the leaves of a document are missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

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
    groups: tuple[slice, ...]
    """Where each group stands among the pieces. The blank between two belongs to neither."""
    unsorted: tuple[int, ...]
    """The groups in which the order of the quads depends on what goes in."""

    def fill(self, strings: Sequence[bytes]) -> tuple[list[bytes], int]:
        """Return the groups with these strings in their blanks, the quads of each in order.

        With them how many quads came out twice, and stand there once.
        """
        pieces = self.pieces.copy()
        pieces[1::2] = self.pick(strings)
        groups = [b"".join(pieces[group]) for group in self.groups]
        dropped = 0
        for index in self.unsorted:
            groups[index], twice = _in_order(groups[index])
            dropped += twice
        return groups, dropped


def _in_order(quads: bytes) -> tuple[bytes, int]:
    """Return the quads in order, each once, and how many are left out for that.

    No quad holds a line break: in texts it is escaped. Quads with `_:z` are of different blank
    nodes, even where they look alike.
    """
    lines = quads.split(b"\n")
    lines.pop()
    if len(set(lines)) == len(lines):
        lines.sort()
        lines.append(b"")
        return b"\n".join(lines), 0
    others = [line for line in lines if line.startswith(b"_:z ") or line.endswith(b" _:z .")]
    kept = sorted([*set(lines).difference(others), *others])
    return b"\n".join([*kept, b""]), len(lines) - len(kept)
