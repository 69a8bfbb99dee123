"""What stands where somebody's name stood: the same for the same, and nobody's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.rules.leaks.folding import fold

if TYPE_CHECKING:
    from jobtwin.rules.leaks import Identifiers
    from jobtwin.rules.leaks.hits import StandIn

LEARNER = "learner"
_MAIL_HOST = "example.invalid"


@dataclass(slots=True)
class StandIns:
    """Who has been met so far; the same order of files gives the same stand-ins."""

    known: Identifiers
    _met: dict[tuple[str, str], str] = field(default_factory=dict)
    _numbers: Counter[str] = field(default_factory=Counter)

    def word(self, kind: StandIn, who: str) -> str:
        """Return what stands for somebody; letters, digits, `@`, dots and dashes only."""
        if kind == "learner":
            return _styled(who)
        if kind == "key":
            return "removed-key"
        if kind == "nothing":
            return "removed"
        if kind == "mail":
            return f"{self._name('person', who, self.known.mails)}@{_MAIL_HOST}"
        own = (*self.known.logins, *self.known.names)
        return self._name("owner" if kind == "owner" else "person", who, own)

    def _name(self, kind: str, who: str, own: tuple[str, ...]) -> str:
        folded = fold(who)
        if any(fold(name) in folded for name in own if name):
            return LEARNER
        if (kind, folded) not in self._met:
            self._numbers[kind] += 1
            self._met[kind, folded] = f"{kind}-{self._numbers[kind]}"
        return self._met[kind, folded]


def _styled(who: str) -> str:
    """Return `learner` in the case of the word that it stands for, so that programs still fit."""
    if who.isupper() and len(who) > 1:
        return LEARNER.upper()
    return LEARNER.capitalize() if who[:1].isupper() else LEARNER
