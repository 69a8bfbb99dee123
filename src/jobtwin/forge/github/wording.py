"""Comments as GitHub takes them: within its size, and doing nothing but being read.

An act's comment is Markdown of ours with strangers' words in it. Whatever those are, nobody is
called by them and no issue is mentioned.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobtwin.rules.feedback import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobtwin.findings import Finding

MARKER = "<!-- jobtwin -->"
"""Begins the one comment that is kept up to date."""
LONGEST = 65_536
"""Characters that GitHub takes in a comment; counted in UTF-16 to be on the safe side."""
MOST_FINDINGS = 50
_CUT = "\n\n*This is too long for a comment and ends here; the records have the rest.*\n"
_LONGEST_TEXT = 1000
# A zero-width space takes the meaning away and leaves the look. `name@host` and a commit after
# `@` in a command call nobody and stay as they are, so that they can be copied.
_CALLS = re.compile(
    r"(?<![a-z0-9_/.+-])@(?=[a-z0-9])|(?<![a-z0-9&/])#(?=\d)|\bGH-(?=\d)", re.IGNORECASE
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


def sticky(text: str) -> str:
    """Return the one comment that is kept up to date."""
    return fitting(f"{MARKER}\n{harmless(text)}")


def reply_marker(event: str) -> str:
    """Return what begins the answer to one event, so that it is given once."""
    return f"<!-- jobtwin {event} -->"


def reply(text: str, event: str) -> str:
    """Return an answer to one event."""
    return fitting(f"{reply_marker(event)}\n{harmless(text)}")


def harmless(text: str) -> str:
    """Return Markdown that calls nobody, mentions no issue and holds no marker of ours."""
    shown = _CONTROL.sub("", text.replace("\r\n", "\n")).replace("<!-- jobtwin", "<!- jobtwin")
    return _CALLS.sub(lambda found: f"{found[0]}\u200b", shown)


def fitting(text: str) -> str:
    """Return a comment within GitHub's size: cut after a line, with open code blocks closed."""
    if _size(text) <= LONGEST:
        return text
    room = LONGEST - len(_CUT) - 200
    kept = text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")
    kept = kept.rpartition("\n")[0] or kept
    opened = ""
    for fence in _FENCE.findall(kept):
        if not opened:
            opened = fence
        elif fence[0] == opened[0] and len(fence) >= len(opened):
            opened = ""
    return f"{kept}\n{opened[:100]}{_CUT}"


def refusal(findings: Sequence[Finding], asked: str) -> str:
    """Return what somebody is told whose `asked` (a push, a comment) could not be taken in."""
    return "\n".join(_refusal(findings, asked))


def _refusal(findings: Sequence[Finding], asked: str) -> Iterator[str]:
    # In comments GitHub breaks the line wherever one ends, so that each sentence has one line.
    lead = f"**This {asked} could not be taken in.**"
    yield f"{lead} Mend what is listed and try again; nothing is lost by it."
    yield ""
    for finding in findings[:MOST_FINDINGS]:
        place = f" at {plain(finding.place[:300])}" if finding.path else ""
        yield f"- **{finding.code}**{place}: {plain(finding.message[:_LONGEST_TEXT])}"
        if finding.hint:
            yield f"  {plain(finding.hint[:_LONGEST_TEXT])}"
    if len(findings) > MOST_FINDINGS:
        yield f"- and {len(findings) - MOST_FINDINGS:,} more"


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
