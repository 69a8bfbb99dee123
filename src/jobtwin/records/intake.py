"""submissions/inbox/: the files that a learner writes into the pull request.

`start.yml` opens the attempt. `<checkpoint>.yml` hands a checkpoint in.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from jobtwin.records import forms
from jobtwin.records.base import Line, Record, Slug, TwinId
from jobtwin.records.twin import FailureModeId

RepositoryUrl = Annotated[str, StringConstraints(pattern=forms.REPOSITORY_URL, max_length=300)]


class StartRequest(Record):
    """start.yml: which twin, and what the platform must know about the learner."""

    twin: TwinId
    relations: tuple[Slug, ...] = ()
    """Mentors you know: they will not grade you."""
    employer: Annotated[str, StringConstraints(pattern=forms.DOMAIN, max_length=200)] | None = None
    """Where you work, by its domain: no mentor from there grades you. Kept as a keyed hash."""
    recipient: Annotated[str, StringConstraints(pattern=forms.SALTED_HASH)] | None = None
    """Your name and a salt, hashed; `jobtwin start --name` writes it and keeps the salt."""
    public_name: Line | None = None
    """Only if you want your name in the open on the credential."""
    public_record: Literal[True] | None = None
    """Only if you want a page with all your attempts, passed or not, under your opaque id."""
    feedback_to: Annotated[str, StringConstraints(pattern=forms.HEX_64)] | None = None
    """X25519 public key, made for this attempt alone: where a cohort is sealed, what mentors write
    is sealed to it. `jobtwin start` and `jobtwin submit start` make it and keep its secret."""


class CheckpointRequest(Record):
    """<checkpoint>.yml: what you hand in at this checkpoint."""

    checkpoint: Slug
    mode: Literal["repo_url", "file_upload"] | None = None
    """The twin's first mode when left out."""
    repo_url: RepositoryUrl | None = None
    commit: Annotated[str, StringConstraints(pattern=forms.COMMIT)] | None = None
    self_checks: dict[FailureModeId, bool]
    force: bool = False
    final: bool = False
    note: Annotated[str, Field(max_length=2000)] = ""
