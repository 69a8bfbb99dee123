"""Parts of pages that change with every event, put in after the generator has rendered the rest.

The generator renders all pages anew whatever has changed, and needs seconds for it. It is given
headings, and a mark in the place of figures; so it has to run only when docs or twins change.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_FRONT = re.compile(r"---\n(?:.*\n)*?---\n")
"""What a page says of itself, before its text."""
_HEADING = re.compile(r"#{1,2} ")
"""Those below are part of what changes: how many there are may hang on figures too."""
_MARK = re.compile(r'<(div|span) data-part="([0-9]+)"></\1>')
_LINK = re.compile(r'href="([^":#?]+\.md)(#[^"]*)?"')
_EXTENSIONS = ("admonition", "attr_list", "fenced_code", "tables")
"""Those of mkdocs.yml that figures need; `fenced_code` stands for one that is slow to load."""


def divided(markdown: str) -> tuple[str, list[str]]:
    """Return a page's headings with a mark after each, and the parts that the marks stand for."""
    front = _FRONT.match(markdown)
    begin = front.end() if front else 0
    kept: list[str] = []
    parts: list[str] = []
    lines: list[str] = []
    is_code = False

    def end() -> None:
        if text := "\n".join(lines).strip("\n"):
            kept.extend([block(len(parts)), ""])
            parts.append(text)
        lines.clear()

    for line in markdown[begin:].splitlines():
        is_code ^= line.startswith("```")
        if _HEADING.match(line) and not is_code:
            end()
            kept.extend([line, ""])
        else:
            lines.append(line)
    end()
    return markdown[:begin] + "\n".join(kept), parts


def inline(number: int) -> str:
    """Return the mark of a part that stands in the middle of a line."""
    return f'<span data-part="{number}"></span>'


def block(number: int) -> str:
    """Return the mark of a part that stands for itself."""
    return f'<div data-part="{number}"></div>'


def filled(rendered: bytes, parts: Sequence[str]) -> bytes:
    """Return a rendered page with parts, as HTML, in the places of their marks."""
    text = _MARK.sub(lambda mark: parts[int(mark[2])], rendered.decode("utf-8"))
    return text.encode("utf-8")


class Parts:
    """Renders parts as the generator would; raises `EngineError` where a link leads nowhere."""

    def __init__(self, pages: Collection[str]) -> None:
        from markdown import Markdown  # type: ignore[import-untyped]

        self._markdown = Markdown(extensions=_EXTENSIONS)
        self._pages = pages

    def html(self, markdown: str, source: str) -> str:
        """Return a part of the page with this path below docs as HTML."""
        html: str = self._markdown.reset().convert(markdown)
        return _LINK.sub(lambda link: self._link(link, source), html)

    def _link(self, link: re.Match[str], source: str) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link[1]))
        if target not in self._pages:
            raise EngineError(f"{source} links to {link[1]}, which is not there")
        to = posixpath.relpath(address(target) or ".", address(source) or ".")
        return f'href="{to}/{link[2] or ""}"'


def address(source: str) -> str:
    """Return where a page is, below the site's root, by its path below docs."""
    return re.sub(r"(?:^|/)index$", "", source.removesuffix(".md"))
