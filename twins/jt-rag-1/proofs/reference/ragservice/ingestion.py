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
    """Return what the picture says, and the layer behind it where that is hardly anything."""
    import pypdfium2

    picture = pypdfium2.PdfDocument(path)[number - 1].render(scale=SCALE, grayscale=True).to_pil()
    text = _chinese(picture) if _script(layer) == "chinese" else None
    if text is None:
        reader = _reader(_languages(layer))
        reader.SetImage(picture)
        text = reader.GetUTF8Text()
    return text if len(text.strip()) >= THIN else f"{text}\n{layer}"


@cache
def _reader(languages: str) -> Any:
    """Return a recogniser, which keeps its models for all pages of a process."""
    import tesserocr

    return tesserocr.PyTessBaseAPI(path=_tessdata(), lang=languages)


def _chinese(picture: Any) -> str | None:
    """Return what PP-OCR reads, line by line; None where it is not installed (Python 3.13)."""
    reader = _chinese_reader()
    if reader is None:
        return None
    import numpy

    found, _ = reader(numpy.asarray(picture.convert("RGB")), use_cls=False)
    return "\n".join(line[1] for line in found or ())


@cache
def _chinese_reader() -> Any:
    try:
        from rapidocr_onnxruntime import RapidOCR
    except ImportError:
        return None
    return RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)


def _script(layer: str) -> str:
    """Return the script that even a poor layer lets guess: Japanese is a third kana."""
    kana, han = (len(re.findall(signs, layer)) for signs in ("[぀-ヿ]", "[一-鿿]"))
    if kana + han <= 10:
        return "latin"
    return "japanese" if kana > 0.15 * han else "chinese"


def _languages(layer: str) -> str:
    """Return the recognition models for the script and language of a layer."""
    if _script(layer) != "latin":
        return "jpn+eng"
    return "deu+eng" if len(re.findall(r"[äöüßéèàçñóí]", layer)) > 5 else "eng"


def _tessdata() -> str:
    for folder in os.environ.get("PYTHONPATH", "").split(":"):
        if (place := Path(folder) / TESSDATA).is_dir():
            return f"{place}/"
    return os.environ.get("TESSDATA_PREFIX", "")
