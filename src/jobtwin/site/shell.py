"""The theme's shell, cut from a page that the generator built, and pages put into it.

The generator renders one page of a known depth; a thousand others take its head, navigation and
foot from there, so that their cost does not grow with what the generator does.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jobtwin.site.credential_page import Page

SHELL_SOURCE = "credentials/00/shell.md"
"""As deep as a credential's page, so that its relative links are the same."""
SHELL_PATH = "credentials/00/shell/index.html"
TITLE = "Shell of credential pages"
DESCRIPTION = "description of credential pages"
SHELL_MARKDOWN = f"""---
title: {TITLE}
description: {DESCRIPTION}
hide:
  - navigation
  - toc
search:
  exclude: true
---
# {TITLE}
"""
_MARK = re.compile(f"({TITLE}|{DESCRIPTION})")
_ARTICLE = re.compile(r"(<article\b[^>]*>).*?(</article>)", re.DOTALL)
_SKIP = re.compile(r'(<div data-md-component="skip">).*?(</div>)', re.DOTALL)
_PAST = r'\1<a href="#content" class="md-skip">Skip to content</a>\2'
"""Leads past head and navigation; the shell's own leads to a title that its pages do not have."""
_GENERATOR = re.compile(r'\s*<meta name="generator"[^>]*>')
_INDENT = re.compile(r"\n\s+")
_BETWEEN = re.compile(r">\n<")
_AS_IT_IS = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL)
_DEEPER = re.compile(r"\n +")
_NAMESPACE = ' xmlns="http://www.w3.org/2000/svg"'
"""HTML knows it of each icon."""
_CANONICAL = re.compile(r'\s*<link rel="canonical"[^>]*>')


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands before and after the content of a built page."""

    before: str
    after: str

    def fill(self, page: Page, head: str = "") -> bytes:
        """Return a whole HTML page; `head` is added to its head as it is."""
        said = {TITLE: html.escape(page.title), DESCRIPTION: html.escape(page.description)}
        first, end, rest = self.before.partition("</head>")
        parts = [
            *_filled(first, said),
            f"{head}{end}".encode(),
            *_filled(rest, said),
            f"\n{_even(page.article)}\n".encode(),
            *_filled(self.after, said),
        ]
        return b"".join(parts)


def _filled(shell: str, said: Mapping[str, str]) -> Iterator[bytes]:
    for kept, mark in _pieces(shell):
        yield kept
        yield said.get(mark, "").encode()


@lru_cache(maxsize=8)  # a site has one shell
def _pieces(shell: str) -> tuple[tuple[bytes, str], ...]:
    """Return what a shell consists of: what all pages have, each with the mark after it."""
    parts = [*_MARK.split(shell), ""]
    return tuple(zip((kept.encode() for kept in parts[::2]), parts[1::2], strict=True))


def _even(article: str) -> str:
    """Return an article whose lines all begin at the same column, but for those of <pre>."""
    parts = _AS_IT_IS.split(article)
    parts[::2] = [_DEEPER.sub("\n", part) for part in parts[::2]]
    return "".join(parts)


def take(site: Path) -> Shell:
    """Return the shell out of a built site, and remove the page that it was cut from."""
    built = site / SHELL_PATH
    found = cut(built.read_bytes())
    built.unlink()
    for folder in list(built.parents)[:2]:
        folder.rmdir()
    return found


def cut(built: bytes) -> Shell:
    """Return the shell around a built page's article; raises `EngineError` where it has none."""
    text = built.decode("utf-8")
    found = _ARTICLE.search(text)
    if found is None:
        raise EngineError("the theme's page has no <article>", "it changed; see site/shell.py")
    before = _GENERATOR.sub("", _CANONICAL.sub("", text[: found.start(1)]))
    article = found[1].replace("<article", '<article id="content"', 1)
    return Shell(_squeezed(_SKIP.sub(_PAST, before) + article), _squeezed(text[found.start(2) :]))


def _squeezed(shell: str) -> str:
    """Return a shell without what nobody sees: a third of it is space between elements."""
    return _BETWEEN.sub("><", _INDENT.sub("\n", shell.replace(_NAMESPACE, "")))
