"""What stops an act, as one tree; `cli` catches the root once and nobody else does.

JobtwinError            something stopped us; carries a message, a hint and an exit code
├── UsageError      2   the command line asks for something that does not exist
├── Refused         1   the participant must act; carries every finding
└── EngineError     3   our fault or the machine's, never held against a learner
    ├── GitError            git did not do what was asked
    ├── RaceLost            somebody else moved the branch first; fetch and try again
    ├── NothingMeasured     the machine was not fit to measure by; another run may be
    └── SandboxUnavailable  no sandbox passed its self-test, so nothing was run

What is wrong in somebody's file is a `Finding` (see `findings`), a value and not an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobtwin.findings import Finding


class JobtwinError(Exception):
    """Something stopped us; the message says what, the hint what to do next."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(JobtwinError):
    """The command line asks for something that does not exist."""

    exit_code = 2


class Refused(JobtwinError):  # noqa: N818 - the word of the domain
    """The participant must act; every finding is carried along."""

    exit_code = 1

    def __init__(self, findings: Iterable[Finding], message: str = "") -> None:
        self.findings = tuple(findings)
        super().__init__(message or "; ".join(str(finding) for finding in self.findings))


class EngineError(JobtwinError):
    """Our fault or the machine's, never held against a learner."""


class GitError(EngineError):
    """Git did not do what was asked."""


class RaceLost(EngineError):  # noqa: N818
    """Somebody else moved the branch first; fetch and try again."""


class NothingMeasured(EngineError):  # noqa: N818
    """The machine was not fit to measure by; another run may be."""


class SandboxUnavailable(EngineError):  # noqa: N818
    """No sandbox passed its self-test, so nothing was run."""
