"""Twins as they lie in a folder on this machine, without a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import UsageError
from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.twin import Twin

if TYPE_CHECKING:
    from pathlib import Path


def twin_ids(repo: Path) -> list[str]:
    """Return the names of the folders that hold a twin.yml, sorted."""
    return sorted(path.parent.name for path in repo.glob("twins/*/twin.yml"))


def read_twin(repo: Path, twin_id: str) -> Twin:
    """Return a twin; raises `UsageError` where there is none and `Refused` for a wrong file."""
    known = twin_ids(repo)
    if twin_id not in known:
        there = ", ".join(known) or "no twins at all"
        raise UsageError(
            f"there is no twin {twin_id!r} in {repo}", f"there: {there}; --repo names another place"
        )
    path = repo / layout.twin(twin_id)
    return load(Twin, path.read_bytes(), layout.twin(twin_id)).record
