"""From PDFs to pages of text. Takes what the library extracts, whatever that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdf


@dataclass(frozen=True)
class Page:
    doc_id: str
    number: int
    text: str


def pages(corpus: Path) -> Iterator[Page]:
    """Yield every page of every document."""
    for path in sorted(corpus.glob("*.pdf")):
        for number, page in enumerate(pypdf.PdfReader(path).pages, start=1):
            yield Page(path.stem, number, page.extract_text())
