"""plan.yml: how a gold set is made from solutions that somebody wrote and defects put into them.

It lies beside its solutions, in `twins/<twin>/gold/` or, better, where no mentor reads it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jobtwin.records.base import Line, Part, Record, RelativePath, Slug, Symbol, TwinId

Score = Annotated[float, Field(ge=0, lt=1)]
Body = Annotated[str, Field(max_length=20_000)]


class Base(Part):
    """A solution without a defect: a folder beside the plan."""

    id: Slug
    folder: RelativePath


class Change(Part):
    """One edit: a passage replaced, a file put in from beside the plan, or a file removed."""

    file: RelativePath
    find: Body | None = None
    """A passage that stands in the file exactly once."""
    replace: Body | None = None
    put: RelativePath | None = None
    remove: bool = False


class Variant(Part):
    """One way in which a defect shows, in all bases or in some."""

    bases: tuple[Slug, ...] = ()
    """None named: in every base."""
    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=50)]


class Defect(Part):
    """What is wrong, and the score that its dimension has then."""

    id: Slug
    dimension: Symbol
    score: Score
    what: Line
    """For the reference; mentors read it once the set is retired."""
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]


class GoldPlan(Record):
    """plan.yml: bases, defects, and how many ratings each level gets."""

    kind: Literal["gold-plan"] = "gold-plan"
    twin: TwinId
    items: Annotated[int, Field(ge=1, le=200)]
    levels: tuple[
        Annotated[int, Field(ge=0)],
        Annotated[int, Field(ge=0)],
        Annotated[int, Field(ge=0)],
        Annotated[int, Field(ge=0)],
        Annotated[int, Field(ge=1)],
    ] = (2, 4, 6, 7, 5)
    """Shares of the levels 1 to 5 in every dimension; level 5 is where nothing is wrong."""
    bases: Annotated[tuple[Base, ...], Field(min_length=1)]
    defects: tuple[Defect, ...]
