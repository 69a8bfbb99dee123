"""What a verification comes to: steps, and four verdicts that are kept apart.

They mean different things: only a wrong signature is forgery; an unknown issuer or an old list is a
caution. How the steps are taken is `verify`'s affair.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jobtwin.credential.did import KEY_NOT_VOUCHED
from jobtwin.findings import Code, Finding

NOT_YET_VALID = Code(
    "VC-060",
    "not valid yet",
    why="The issuer dated it into the future.",
    fix="Wait until the date, and set this machine's clock.",
)
EXPIRED = Code(
    "VC-061",
    "expired",
    why="The issuer stands by it only until the date it names.",
    fix="Ask the holder for a newer credential.",
)
REVOKED = Code(
    "VC-062",
    "revoked",
    why="The issuer has withdrawn it.",
    fix="Do not rely on it. The issuer can say why.",
)
SUSPENDED = Code(
    "VC-063",
    "suspended",
    why="The issuer has set it aside for the time being.",
    fix="Check again later.",
)
STALE = Code(
    "VC-065",
    "the status list is old",
    why="What was revoked since the list was signed cannot be seen in it.",
    fix="Fetch the list again from its own address, or ask the issuer.",
)


CAUTIONS = frozenset({"freshness", "superseded"})
"""Steps after whose failure a credential still holds."""


class Outcome(StrEnum):
    """How a step ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the verification, told in plain words."""

    number: int
    id: str
    outcome: Outcome
    detail: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer: a word for programs, a sentence for people."""

    value: str
    words: str


UNREAD = Verdict(
    "unreadable",
    "Nothing here can be read as a credential: take the credential's own file (JSON, JWT, PNG, SVG "
    "or bundle), unchanged, or its address.",
)
"""On the signature of what has no form in which a credential comes."""


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that was found out about a credential."""

    steps: tuple[Step, ...]
    signature: Verdict
    """valid, forged, unreadable, unknown."""
    status: Verdict
    """holds, superseded, revoked, suspended, expired, not_yet_valid, unknown."""
    issuer: Verdict
    """known, unknown, claimed (on the word of a bundle alone), unproven."""
    freshness: Verdict
    """fresh, stale, unknown."""
    holder: Verdict | None = None
    """shown, not_shown, mismatch, public, not_named, unknown; None where nobody asked."""

    @property
    def ok(self) -> bool:
        """Whether the signature holds and no step failed; cautions do not count.

        That it was issued to somebody else than a link says is no caution.
        """
        failed = {step.id for step in self.steps if step.outcome is Outcome.FAILED}
        another = self.holder is not None and self.holder.value == "mismatch"
        return self.signature.value == "valid" and not failed - CAUTIONS and not another

    @property
    def is_read(self) -> bool:
        """Whether there was anything for the steps to look at."""
        return self.signature != UNREAD

    @property
    def exit_code(self) -> int:
        """Return 0 if `ok`, else 1."""
        return 0 if self.ok else 1

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, in the order of the steps."""
        return tuple(finding for step in self.steps for finding in step.findings)


class Source(StrEnum):
    """Where the issuer's keys came from."""

    SITE = "site"
    """The issuer's own site, a copy of it that somebody named, or the DID itself."""
    BUNDLE = "bundle"
    """The file that holds the credential: whoever made it chose the keys as well."""


@dataclass(frozen=True, slots=True)
class Trust:
    """On what the answer to "whose key is it" rests."""

    source: Source = Source.SITE
    """Where the issuer's did.json came from."""
    keys: frozenset[bytes] = frozenset()
    """Public keys that whoever asks knows to be the issuer's."""


def signature_verdict(steps: Sequence[Step], readable: bool, source: Source) -> Verdict:
    """Return whether it is genuine; `readable` says whether a signature could be checked at all."""
    by_id = {step.id: step for step in steps}
    if by_id["signature"].outcome is Outcome.PASSED:
        whose = "the issuer's key"
        if source is Source.BUNDLE:
            whose = "the key that the bundle gives for the issuer"
        return Verdict("valid", f"Signed by {whose}, and not altered since.")
    if by_id["signature"].outcome is Outcome.FAILED:
        return Verdict("forged", "The signature does not fit: altered, or signed by another.")
    if any(finding.code == KEY_NOT_VOUCHED.id for finding in by_id["key"].findings):
        return Verdict("forged", "Signed with a key that the issuer does not, or no longer, name.")
    if by_id["parse"].outcome is Outcome.FAILED:
        return UNREAD
    if not readable:
        return Verdict("unreadable", "There is nothing here that a signature could be checked on.")
    return Verdict("unknown", f"The issuer's key could not be had: {by_id['key'].detail}.")


def status_verdict(steps: Sequence[Step], codes: Collection[str]) -> Verdict:
    """Return whether it still holds; `codes` are those of every finding."""
    for code, value, words in _STATUS_WORDS:
        if code.id in codes:
            return Verdict(value, words)
    step = next(step for step in steps if step.id == "status")
    if step.outcome is Outcome.PASSED:
        return Verdict("holds", f"It holds: {step.detail}.")
    return Verdict("unknown", f"Whether it still holds cannot be told: {step.detail}.")


_STATUS_WORDS = (
    (REVOKED, "revoked", "The issuer has withdrawn it."),
    (SUSPENDED, "suspended", "The issuer has set it aside for the time being."),
    (EXPIRED, "expired", "Its time is over."),
    (NOT_YET_VALID, "not_yet_valid", "It is dated into the future."),
)


def issuer_verdict(
    issuer: str, trusted: Collection[str], source: Source, is_known_key: bool = False
) -> Verdict:
    """Return who says so, and on whose word that rests; `is_known_key` says who named the key."""
    if is_known_key:
        return Verdict("known", f"Signed with a key that you know, in the name of {issuer}.")
    if source is Source.BUNDLE:
        return Verdict(
            "claimed",
            f"That {issuer} has this key rests on the bundle alone: whoever made the file may have "
            "put keys of their own in it. Confirm it by --mirror, --online, --trust-key or "
            "--trust-root.",
        )
    if issuer in trusted:
        return Verdict("known", f"{issuer} is an issuer you know.")
    words = f"{issuer} is not among the issuers you know; who that is, you decide."
    return Verdict("unknown", words)


def freshness_verdict(
    steps: Sequence[Step], signed_at: datetime | None, codes: Collection[str], now: datetime
) -> Verdict:
    """Return how old the answer is; `signed_at` is when the status list was signed, if it was."""
    step = next(step for step in steps if step.id == "freshness")
    if signed_at is None:
        return Verdict("unknown", f"{step.detail[:1].upper()}{step.detail[1:]}.")
    value = "stale" if STALE.id in codes else "fresh"
    days = (now - signed_at).days
    ago = "today" if days == 0 else f"{counted(days, 'day')} ago"
    told = f"The status list was signed on {signed_at:%Y-%m-%d}, {ago}"
    return Verdict(value, f"{told}: what was withdrawn since is not in it.")


def counted(number: int, noun: str) -> str:
    """Return how many there are of something: 1 key, 2 keys."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def untold(what: str) -> Verdict:
    """Return the verdict on what a credential that is not genuine says."""
    return Verdict("unknown", f"The {what} means nothing while the signature does not hold.")


def unproven() -> Verdict:
    """Return the verdict on the issuer of a credential that is not genuine."""
    return Verdict("unproven", "Who issued it is a claim, while the signature does not hold.")
