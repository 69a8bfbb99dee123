"""Words of people made safe for Markdown, and figures as pages write them.

Everything that somebody wrote passes through `plain` or `authored` before it stands in Markdown.
HTML pages leave escaping to Jinja2. Controls and direction marks do not get into a record at all.
"""

from __future__ import annotations

import html
import json
import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from jinja2 import Environment, FileSystemBytecodeCache

_SPECIAL = re.compile(r"[&<>\"\\`*_{}\[\]#|~^=+$@]")
_BLOCK_START = re.compile(r"\A(\d*)([^\w\s&`])", re.ASCII)
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_CODE = re.compile(r"(`[^`|<>&\\\n]+`)")


def plain(text: str) -> str:
    """Return text as one line of Markdown that shows just these characters and does nothing."""
    return _no_block(_SPECIAL.sub(_entity, " ".join(text.split())))


def authored(text: str) -> str:
    """Return a twin's text as one line: as `plain`, but what stands between backticks is code."""
    parts = _CODE.split(" ".join(text.split()))
    shown = [part if odd % 2 else _SPECIAL.sub(_entity, part) for odd, part in enumerate(parts)]
    return _no_block("".join(shown))


def paragraphs(text: str) -> str:
    """Return a twin's text with its blank lines kept."""
    return "\n\n".join(authored(part) for part in re.split(r"\n\s*\n", text) if part.strip())


def percent(share: float) -> str:
    """Return a share as a percentage without needless digits: 0.65 → 65%."""
    return f"{share * 100:.1f}".rstrip("0").rstrip(".") + "%"


def number(value: float) -> str:
    """Return a figure with at most four digits after the point, and thousands apart."""
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def day(moment: date) -> str:
    """Return a day, or that of a moment in UTC, for example 21 November 2026."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def minute(moment: datetime) -> str:
    """Return a moment in UTC, to the second: deadlines are judged by it."""
    return f"{str(moment)[:19]} UTC"  # far quicker than a format is


def duration(minutes: int) -> str:
    """Return minutes in the largest units that fit: 240 → 4 hours, 20160 → 14 days."""
    for size, name in ((1440, "day"), (60, "hour")):
        if minutes % size == 0 and minutes >= 2 * size:
            return f"{minutes // size} {name}s"
    return f"{minutes} minutes"


def headed(page: str, **said: str) -> str:
    """Return a page of Markdown with its `title`, or its `description` for search engines.

    Both are text. A page whose title somebody wrote needs it: what the theme takes from a heading
    instead, it writes into every page's head and menu as if it were HTML.
    """
    # The theme writes these as they are too, also into attributes.
    safe = {name: html.escape(" ".join(text.split())) for name, text in said.items()}
    # YAML reads the two escapes of an emoji as two halves, which nobody can write.
    lines = (f"{name}: {json.dumps(text, ensure_ascii=False)}\n" for name, text in safe.items())
    return f"---\n{''.join(lines)}---\n{page}"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a Markdown table; the cells are Markdown already."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def cards(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a Markdown table whose rows a phone shows as cards, each cell with its column's name.

    The first cell is the card's title.
    """

    def named(cells: Sequence[str]) -> Iterator[str]:
        for name, cell in zip(head[1:], cells, strict=True):
            yield f'{cell} {{ data-label="{name}" }}'

    return table(head, [(first, *named(rest)) for first, *rest in rows])


def _no_block(line: str) -> str:
    """Return the line so that its beginning opens no list, heading, rule or admonition."""
    return _BLOCK_START.sub(lambda found: f"{found[1]}&#{ord(found[2])};", line)


def _entity(found: re.Match[str]) -> str:
    return "".join(f"&#{ord(character)};" for character in found[0])


@cache
def templates() -> Environment:
    """Return the templates of HTML pages; everything that is put into them is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("jobtwin.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"day": day, "minute": minute, "percent": percent, "figure": number}
    environment.bytecode_cache = _compiled(environment)
    return environment


def _compiled(environment: Environment) -> FileSystemBytecodeCache | None:
    """Return where compiled templates are kept: beside the compiled modules, if those are."""
    from jinja2 import FileSystemBytecodeCache

    folder = Path(__file__).with_name("__pycache__")
    if sys.dont_write_bytecode or not os.access(folder, os.W_OK):
        return None
    # Of what a template is compiled from, Jinja2 tells apart nothing but the source.
    options = (environment.autoescape, environment.trim_blocks, environment.lstrip_blocks)
    said = "".join("ny"[bool(option)] for option in options)
    return FileSystemBytecodeCache(str(folder), f"template-{said}-%s.cache")
