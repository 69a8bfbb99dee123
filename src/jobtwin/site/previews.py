"""What a link to a page shows where it is shared: Open Graph's tags, with a picture of its own.

The pictures are those that `scripts/previews.py` drew into docs/previews; nothing is drawn here.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.site.shell import SHELL_PATH

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from jobtwin.records.organisation import Issuer
    from jobtwin.repository.ledger import Ledger

FOLDER = "previews"
SITE = "site"
"""The picture of every page that has none of its own."""
_WIDTH, _HEIGHT = 1200, 630
_WITHOUT = (SHELL_PATH, "404.html")
"""Pages that nobody shares: a shell for others, and what stands at no address."""
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_DESCRIPTION = re.compile(r'<meta name="description" content="([^"]*)"')
_OF_ITS_OWN = re.compile(r"(?:twins|tracks)/([\w-]+)/index\.html")


@dataclass(frozen=True, slots=True)
class Previews:
    """A site whose pages are shared; without an issuer it has no address, and no tags."""

    issuer: Issuer | None
    pictures: Collection[str]
    """The names of the pictures that there are."""

    def tags(self, folder: str, title: str, description: str, picture: str = SITE) -> str:
        """Return the tags for the head of a page in a folder below the site's root."""
        said = html.escape(title), html.escape(description)
        return self._tags(f"{folder}/", *said, picture)

    def add(self, site: Path) -> None:
        """Put the tags into every page that the generator has rendered."""
        for path in site.rglob("*.html"):
            name = path.relative_to(site).as_posix()
            if name in _WITHOUT:
                continue
            text = path.read_text("utf-8")
            title, said = _TITLE.search(text), _DESCRIPTION.search(text)
            own = _OF_ITS_OWN.fullmatch(name)
            tags = self._tags(
                name.removesuffix("index.html"),
                title[1] if title else "",
                said[1] if said else "",
                own[1] if own else SITE,
            )
            path.write_text(text.replace("</head>", f"{tags}</head>", 1), "utf-8")

    def _tags(self, path: str, title: str, description: str, picture: str) -> str:
        """Return the tags; title and description are escaped already."""
        if self.issuer is None:
            return ""
        name, url = html.escape(self.issuer.name), html.escape(self.issuer.url)
        said = {
            "og:type": "website",
            "og:site_name": name,
            "og:title": title,
            "og:description": description,
            "og:url": f"{url}/{path}",
        }
        card = "summary"
        shown = picture if picture in self.pictures else SITE
        if shown in self.pictures:
            card = "summary_large_image"
            said |= {
                "og:image": f"{url}/{FOLDER}/{shown}.png",
                "og:image:width": str(_WIDTH),
                "og:image:height": str(_HEIGHT),
                "og:image:alt": name if shown == SITE else title,
            }
        tags = [f'<meta property="{name}" content="{text}">' for name, text in said.items()]
        return "".join([*tags, f'<meta name="twitter:card" content="{card}">'])


def previews(ledger: Ledger, issuer: Issuer | None) -> Previews:
    """Return what the pages of a commit show where they are shared."""
    names = ledger.tree.names(f"docs/{FOLDER}")
    return Previews(issuer, {name.removesuffix(".png") for name in names})
