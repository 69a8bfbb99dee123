"""Drawing a planned corpus as PDFs; what they say and where was decided before.

Clean pages are vector text. Scans carry a picture and a text layer that old recognition spoilt;
pictures alone carry none, or a few stray words.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from jobtwin.harness.draw import generator

from .corpus import plan
from .fonts import register, runs
from .noise import spoil
from .scanning import draw_wear, scan
from .sheet import HEIGHT, MARGIN, WIDTH, Mark, sheet
from .spreading import shared_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

    from .corpus import Document

_INVISIBLE = 3
_STRAY = ("ref", "copy", "no.", "p.", "date", "fax")


@lru_cache(maxsize=2)
def render(seed: bytes, pack: bytes = b"") -> dict[str, bytes]:
    """Return document name → PDF, for the whole corpus of a seed; on all processors."""
    register()  # says what is missing before anything is started
    return shared_out(seed, len(plan(seed, pack).documents), some, pack)


def some(seed: bytes, places: Iterable[int], pack: bytes = b"") -> Iterator[tuple[str, bytes]]:
    """Yield the name and the PDF of the documents at some places of a corpus."""
    documents = plan(seed, pack).documents
    for place in places:
        yield documents[place].name, pdf(documents[place], seed)


def pdf(document: Document, seed: bytes) -> bytes:
    """Return one document as a PDF without metadata that tells anything."""
    register()
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1)
    canvas.setTitle("Document")
    random = generator(seed, f"render/{document.name}")
    level = random.random()
    for number in range(1, len(document.pages) + 1):
        if document.look == "clean":
            _print(canvas, document, number)
        else:
            _picture(canvas, document, number, level, random)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _print(canvas: Canvas, document: Document, number: int) -> None:
    canvas.setLineWidth(0.5)
    for one in sheet(document, number):
        if isinstance(one, Mark):
            _text(canvas, one, one.text, 0)
        else:
            canvas.line(MARGIN, HEIGHT - one.y, WIDTH - MARGIN, HEIGHT - one.y)


def _picture(canvas: Canvas, document: Document, number: int, level: float, random: Random) -> None:
    from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]

    jpeg = scan(document, number, draw_wear(level, random), random)
    canvas.drawImage(ImageReader(io.BytesIO(jpeg)), 0, 0, WIDTH, HEIGHT)
    marks = [one for one in sheet(document, number) if isinstance(one, Mark)]
    if document.look == "image":
        stray = random.sample(_STRAY, random.choice((0, 0, 1, 2, 3)))
        for mark, word in zip(random.sample(marks, min(3, len(marks))), stray, strict=False):
            _text(canvas, mark, word, _INVISIBLE)
        return
    rate = 0.01 + 0.25 * level * level
    for mark in marks:
        _text(canvas, mark, spoil(mark.text, rate, random), _INVISIBLE)


def _text(canvas: Canvas, mark: Mark, text: str, mode: int) -> None:
    pen = canvas.beginText(mark.x, HEIGHT - mark.y)
    pen.setTextRenderMode(mode)
    for face, part in runs(text, mark.face):
        pen.setFont(face, mark.size)
        pen.textOut(part)
    canvas.drawText(pen)
