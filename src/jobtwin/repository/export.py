"""Writing a git tree to a folder, as data: no checkout, no filters, no attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.repository.tree import Tree


def export(tree: Tree, tree_id: str, folder: Path) -> None:
    """Write the regular files of one of our own trees to a folder; raises `GitError`."""
    for line in tree.git.lines("ls-tree", "-r", "-z", tree_id):
        entry, path = line.split("\t", 1)
        _, kind, blob = entry.split(" ")
        if kind == "blob":
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(tree.blob(blob))
