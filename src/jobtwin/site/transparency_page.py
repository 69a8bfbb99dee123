"""The auditor's page: what an audit found, what git cannot say, and what went wrong."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.rules.ledger import digest
from jobtwin.site.markup import authored, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOT_A_REPORT = Code(
    "AUD-077",
    "the file is not the report of an audit",
    why="The page would say something that nobody has found.",
    fix="Write it by `jobtwin audit . --json > FILE`, and build with the same version.",
)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
FILE = "audit.json"
"""The report, served beside the page as it is."""
_INTRO = """# Transparency

Every grade and every credential follows from records that anybody can clone. An audit replays all
of them from the first commit and makes each ruling again, by the rules that were in force at that
moment. It needs no secret, no account and no network, and no trust in whoever runs this place."""
_AGAIN = """## Do it yourself

```sh
git clone {repository} records && cd records
jobtwin audit .
```

The same commit gives the same report, to the byte, on any machine and however many of them share
the work. `jobtwin audit . --json` prints it{same};
`--report FILE` writes one to file, and `--checkpoint FILE` one to sign and to go on from
next time. Clones differ in one thing: which archives were fetched.
[How to audit the history](../how-to/audit.md)."""
_NONE = """## Result

This site was built without a report at hand, so nothing is claimed here."""


@dataclass(frozen=True, slots=True)
class Audited:
    """The report of an audit, as it was written."""

    content: bytes
    ok: bool
    commit: str
    tool: str
    checked: Mapping[str, int]
    unchecked: tuple[str, ...]
    divergences: tuple[Mapping[str, Any], ...]


def read_report(content: bytes) -> Audited:
    """Return the report that `jobtwin audit --json` has printed; raises `Refused`."""
    try:
        data = json.loads(content)
        if (data["format"], data["kind"]) != (1, "audit-report"):
            raise ValueError("it is of another format")
        if not _COMMIT.fullmatch(data["commit"]):
            raise ValueError("it names no commit")
        return Audited(
            content=content,
            ok=data["ok"] is True and not data["divergences"],
            commit=data["commit"],
            tool=str(data["tool"]),
            checked={str(what): int(number) for what, number in data["checked"].items()},
            unchecked=tuple(str(item) for item in data["unchecked"]),
            divergences=tuple(dict(item) for item in data["divergences"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused([NOT_A_REPORT.at(f"it cannot be read: {error}")]) from error


def transparency_page(audited: Audited | None, repository: str, went_wrong: str = "") -> str:
    """Return the page; without a report it says so, and how to make one.

    `went_wrong` is what `site.incidents` tells.
    """
    said = list(_said(audited)) if audited else [_NONE]
    same = ", with the SHA-256 that stands above" if audited else ""
    again = _AGAIN.format(repository=repository or "REPOSITORY", same=same)
    return "\n\n".join([_INTRO, *said, *filter(None, [went_wrong]), again]) + "\n"


def _said(audited: Audited) -> Iterator[str]:
    yield "## Result"
    yield "**The history holds.**" if audited.ok else "**The history does not hold.**"
    yield (
        f"- Audited up to commit `{plain(audited.commit)}`\n- By {plain(audited.tool)}\n"
        f"- SHA-256 of [the report](audit.json): `{digest(audited.content)}`"
    )
    if audited.divergences:
        yield "The first of each kind:"
        yield table(("Kind", "Commit", "File", "What"), list(map(_divergence, audited.divergences)))
    yield "## What was checked"
    rows = [(authored(what), f"{number:,}") for what, number in audited.checked.items()]
    yield table(("What", "How many"), rows)
    yield "## What git alone cannot say"
    yield "\n".join(f"- {plain(item)}" for item in audited.unchecked)


def _divergence(item: Mapping[str, Any]) -> tuple[str, str, str, str]:
    more = f" (and {item['more']:,} more)" if item.get("more") else ""
    return (
        plain(str(item.get("code"))),
        f"`{plain(str(item.get('commit'))[:12])}`",
        _shown(item.get("path")),
        _shown(item.get("message")) + more,
    )


def _shown(words: object) -> str:
    """Return words of whoever named a file: nothing in them moves a cursor, or is half a letter."""
    escaped = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(words))
    return plain("".join(escaped))
