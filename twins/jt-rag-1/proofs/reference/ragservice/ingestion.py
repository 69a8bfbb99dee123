"""From PDFs to pages of text: what the file says where that can be trusted, else what the eye sees.

A page that is a picture is read optically, whatever text layer somebody put behind it.
"""

from __future__ import annotations

import multiprocessing
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pypdf

TESSDATA = "share/tessdata"
THIN = 60
"""Signs below which a page counts as having no text."""
SCALE = 150 / 72


@dataclass(frozen=True)
class Page:
    doc_id: str
    number: int
    text: str


def pages(corpus: Path) -> Iterator[Page]:
    """Yield every page of every document, in the order of names and numbers."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with multiprocessing.get_context("fork").Pool(os.cpu_count() or 1) as pool:
        for found in pool.imap(_document, sorted(corpus.glob("*.pdf"))):
            yield from found


def _document(path: Path) -> list[Page]:
    found = []
    for number, page in enumerate(pypdf.PdfReader(path).pages, start=1):
        layer = page.extract_text()
        if page.images:
            layer = _recognised(path, number, layer)
        found.append(Page(path.stem, number, layer))
    return found


def _recognised(path: Path, number: int, layer: str) -> str:
    """Return what the picture says, and the layer behind it as a second witness."""
    import pypdfium2

    picture = pypdfium2.PdfDocument(path)[number - 1].render(scale=SCALE, grayscale=True).to_pil()
    reader = _reader(_languages(layer))
    reader.SetImage(picture)
    text = reader.GetUTF8Text()
    return text if len(text.strip()) >= THIN else f"{text}\n{layer}"


@cache
def _reader(languages: str) -> Any:
    """Return a recogniser, which keeps its models for all pages of a process."""
    import tesserocr

    return tesserocr.PyTessBaseAPI(path=_tessdata(), lang=languages)


def _languages(layer: str) -> str:
    """Return the recognition models for the script and language that the poor layer lets guess."""
    if len(re.findall(r"[぀-ヿ一-鿿]", layer)) > 10:
        return "jpn+eng"
    return "deu+eng" if len(re.findall(r"[äöüßéèàçñóí]", layer)) > 5 else "eng"


def _tessdata() -> str:
    for folder in os.environ.get("PYTHONPATH", "").split(":"):
        if (place := Path(folder) / TESSDATA).is_dir():
            return f"{place}/"
    return os.environ.get("TESSDATA_PREFIX", "")
