"""tracks/<track>.yml: which twins make a track, and in which week each opens."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from jobtwin.records.base import Line, Part, Record, Slug, Text, TwinId


class TrackTwin(Part):
    """One twin of the track."""

    twin: TwinId
    week: Annotated[int, Field(ge=1, le=52)]
    title: Line
    """What the track calls it; the twin's own title may say more."""
    short: Line
    summary: Text


class Track(Record):
    """A track: the composite credential is for all of its twins."""

    id: Slug
    title: Line
    weeks: Annotated[int, Field(ge=1, le=52)]
    summary: Text
    twins: Annotated[tuple[TrackTwin, ...], Field(min_length=1)]
    capstone: TwinId | None = None
