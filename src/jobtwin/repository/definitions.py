"""Twins and cohorts as they lie in a folder on this machine, without a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.errors import UsageError
from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.organisation import Cohort
from jobtwin.records.track import Track
from jobtwin.records.twin import Twin
from jobtwin.rules import opening

if TYPE_CHECKING:
    from datetime import datetime
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


def open_cohort(repo: Path, twin_id: str, at: datetime) -> Cohort | None:
    """Return the cohort that a start at this moment belongs to, as far as the folder knows."""
    files = (path for path in sorted(repo.glob("cohorts/*.yml")) if path.name.count(".") == 1)
    cohorts = [load(Cohort, path.read_bytes(), str(path)).record for path in files]
    files = (path for path in sorted(repo.glob("tracks/*.yml")))
    tracks = [load(Track, path.read_bytes(), str(path)).record for path in files]
    return opening.open_cohort(cohorts, tracks, read_twin(repo, twin_id), at)
