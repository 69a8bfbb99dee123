"""Runs the generator over finished Markdown: the only place that knows which generator it is."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import yaml

from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SEARCH = b'data-md-component="search" role="dialog"'
_MODIFIED = re.compile(r"\s*<lastmod>[^<]*</lastmod>")
_SITEMAP_ENTRY = re.compile(r"\s*<url>(?:(?!</url>).)*</url>", re.DOTALL)


def render(work: Path, sources: Mapping[str, bytes], settings: Mapping[str, Any]) -> Path:
    """Render `sources` (path below docs → content) in `work` and return the folder of the site.

    `settings` is mkdocs.yml as data. Raises `EngineError` with the generator's words on any
    warning. It is told no moment: the same sources give the same pages.
    """
    docs, site, config = work / "docs", work / "site", work / "mkdocs.yml"
    for path, content in sources.items():
        (docs / path).parent.mkdir(parents=True, exist_ok=True)
        (docs / path).write_bytes(content)
    whole = {**settings, "docs_dir": str(docs), "site_dir": str(site)}
    config.write_text(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config)],
        cwd=work,
        env={
            "SOURCE_DATE_EPOCH": "0",
            "NO_MKDOCS_2_WARNING": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONUTF8": "1",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PATH": "/usr/bin:/bin",
            "HOME": str(work),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=600,
        check=False,
    )
    if done.returncode != 0:
        raise EngineError(_complaints(done.stdout.decode("utf-8", "replace"), str(work)))
    _name_search(site)
    return site


def _name_search(site: Path) -> None:
    """Give the theme's search a name, without which screen readers announce a nameless dialog."""
    for page in site.rglob("*.html"):
        page.write_bytes(page.read_bytes().replace(_SEARCH, _SEARCH + b' aria-label="Search"'))


def clean(site: Path, path: str) -> None:
    """Take the page at a path out of the site's map, and from all others when they last changed.

    The generator knows no such moment, and writes that of its run.
    """
    sitemap = site / "sitemap.xml"
    sitemap.write_bytes(without(sitemap.read_bytes(), path))
    (site / "sitemap.xml.gz").unlink(missing_ok=True)


def without(sitemap: bytes, path: str) -> bytes:
    """Return a sitemap without the entries whose address ends in a path, and without dates."""

    def keep(entry: re.Match[str]) -> str:
        return "" if f"{path}</loc>" in entry[0] else _MODIFIED.sub("", entry[0])

    return _SITEMAP_ENTRY.sub(keep, sitemap.decode("utf-8")).encode("utf-8")


def _complaints(output: str, work: str) -> str:
    lines = [line for line in output.splitlines() if re.match(r"WARNING|ERROR|[A-Z]\w+Error", line)]
    words = "\n".join(lines) or output[-2000:]
    return "the site could not be built:\n" + words.replace(work, "").strip()
