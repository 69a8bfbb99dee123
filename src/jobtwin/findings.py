"""What is wrong in a person's file: values that are collected, never raised on the way.

A `Code` is defined once, as a constant of the module that reports it, and is its own
documentation: `docs/reference/findings.md` is generated from all of them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where it is, and what to do about it."""

    code: str
    message: str
    path: str = ""
    line: int | None = None
    column: int | None = None
    hint: str = ""

    @property
    def place(self) -> str:
        """`path:line:column`, as far as it is known."""
        parts = [self.path] if self.path else []
        parts += [str(number) for number in (self.line, self.column) if number is not None]
        return ":".join(parts)

    def __str__(self) -> str:
        text = f"{self.place}: " if self.place else ""
        return f"{text}{self.code} {self.message}"


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding: its id, what it means, why it matters and how to mend it."""

    id: str
    title: str
    why: str
    fix: str

    def at(
        self,
        message: str,
        path: str = "",
        place: tuple[int, int] | None = None,
        hint: str | None = None,
    ) -> Finding:
        """Return a finding of this kind; `place` is (line, column), both from 1."""
        line, column = place or (None, None)
        return Finding(
            self.id, message, path, line, column, hint=self.fix if hint is None else hint
        )
