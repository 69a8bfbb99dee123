"""The generator's pages: rendered where that is needed, with the figures of this commit put in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobtwin.acts.build import overview
from jobtwin.acts.build.earlier import Rendered
from jobtwin.site import changing, shell, verify_page, write
from jobtwin.site.credential_page import not_found_page
from jobtwin.site.markup import plain
from jobtwin.site.previews import previews
from jobtwin.site.verify_page import Place, place, program, verify_files

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.acts.build.overview import Overview


def render(found: Overview, key: str, work: Path) -> Rendered:
    """Run the generator in a folder, below which `site` is there then."""
    site = write.render(work, overview.sources(found), overview.settings(found))
    cut = shell.take(site)
    previews(found.ledger, found.ledger.issuer if found.has_issuer else None).add(site)
    missing = site / "404.html"
    missing.write_bytes(shell.cut(missing.read_bytes()).fill(not_found_page(_root(found))))
    write.clean(site, f"/{shell.SHELL_PATH.removesuffix('index.html')}")
    for path, content in _verify_page(found).items():
        (site / path).parent.mkdir(exist_ok=True)
        (site / path).write_bytes(content)
    sources = [*found.headings(), *(f"twins/{twin.id}.md" for twin in found.twins)]
    marked = {source: (site / _path(source)).read_text("utf-8") for source in sources}
    return Rendered(key, cut, marked)


def filled(found: Overview, rendered: Rendered) -> tuple[dict[str, bytes], Rendered]:
    """Return the pages of figures by their paths on the site, and the parts that they hold now."""
    pages = overview.pages(found) | {f"twins/{twin.id}.md" for twin in found.twins}
    renderer = changing.Parts(pages | rendered.marked.keys())
    files, parts = {}, {}
    for source, texts in found.parts().items():
        known = rendered.parts.get(source, {})
        parts[source] = {text: known.get(text) or renderer.html(text, source) for text in texts}
        html = list(map(parts[source].__getitem__, texts))
        if source.startswith("twins/"):
            html[0] = plain(texts[0])  # in the middle of a line
        page = rendered.marked[source].encode("utf-8")
        files[_path(source)] = changing.filled(page, html)
    return files, replace(rendered, parts=parts)


def _path(source: str) -> str:
    return f"{changing.address(source)}/index.html"


def _root(found: Overview) -> str:
    path = urlsplit(found.ledger.issuer.url).path if found.has_issuer else ""
    return path.rstrip("/") + "/"


def _verify_page(found: Overview) -> dict[str, bytes]:
    shared = previews(found.ledger, found.ledger.issuer if found.has_issuer else None)
    at = place(found.ledger) if found.has_issuer else Place()
    head = shared.tags(verify_page.FOLDER, verify_page.TITLE, verify_page.DESCRIPTION)
    return verify_files(at, program(), head)
