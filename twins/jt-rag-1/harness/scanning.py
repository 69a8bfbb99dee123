"""Pictures of pages as a scanner gives them: skewed, blurred, noisy, stamped and scribbled on.

Only integer noise and Pillow's own drawing are used, which give the same pixels on every processor.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .fonts import BOLD, pixels, runs
from .sheet import HEIGHT, MARGIN, WIDTH, Mark, sheet

if TYPE_CHECKING:
    from random import Random

    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

    from .corpus import Document

DPI = 150
_STAMPS = ("RECEIVED", "COPY", "FILED", "CHECKED", "ARCHIVE")


@dataclass(frozen=True, slots=True)
class Wear:
    """How bad a scan is."""

    degrees: float
    blur: float
    noise: int
    quality: int
    paper: int
    stamp: str
    scribbles: int


def draw_wear(level: float, random: Random) -> Wear:
    """Return damage of a level from 0 (a good scanner) to 1 (a fax of a copy)."""
    stamped = random.random() < 0.4
    return Wear(
        random.uniform(-1, 1) * (0.4 + 1.4 * level),
        0.3 + 0.7 * level,
        int(5 + 13 * level),
        int(54 - 24 * level),
        random.randrange(225, 250),
        random.choice(_STAMPS) if stamped else "",
        random.randrange(3) if random.random() < 0.5 else 0,
    )


def scan(document: Document, number: int, wear: Wear, random: Random) -> bytes:
    """Return page `number`, from 1, as a grey JPEG of 150 dpi."""
    from PIL import Image, ImageDraw, ImageFilter

    image = Image.new("L", (_px(WIDTH), _px(HEIGHT)), wear.paper)
    pen = ImageDraw.Draw(image)
    for one in sheet(document, number):
        if isinstance(one, Mark):
            _write(pen, one)
        else:
            pen.line((_px(MARGIN), _px(one.y), _px(WIDTH - MARGIN), _px(one.y)), fill=70)
    for _ in range(wear.scribbles):
        _scribble(pen, random)
    if wear.stamp:
        _stamp(image, wear, random)
    image = image.rotate(wear.degrees, Image.Resampling.BILINEAR, fillcolor=wear.paper)
    image = _noisy(image.filter(ImageFilter.GaussianBlur(wear.blur)), wear.noise, random)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=wear.quality, dpi=(DPI, DPI))
    return out.getvalue()


def _px(points: float) -> int:
    return round(points * DPI / 72)


def _write(pen: ImageDraw, mark: Mark) -> None:
    x = float(_px(mark.x))
    for face, text in runs(mark.text, mark.face):
        font = pixels(face, _px(mark.size))
        pen.text((x, _px(mark.y)), text, fill=35, font=font, anchor="ls")
        x += font.getlength(text)


def _scribble(pen: ImageDraw, random: Random) -> None:
    """Draw what looks like a remark by hand, in the right margin or at the foot."""
    x, y = random.choice(((535.0, random.uniform(120, 700)), (random.uniform(300, 400), 795.0)))
    points = [
        (_px(x + step * 2.4), _px(y + random.uniform(-7, 7)))
        for step in range(random.randrange(9, 22))
    ]
    pen.line(points, fill=95, width=3, joint="curve")


def _stamp(image: Image, wear: Wear, random: Random) -> None:
    """Press a stamp onto the page, pale enough to be read through."""
    from PIL import Image, ImageDraw

    font = pixels(BOLD, 40)
    size = (int(font.getlength(wear.stamp)) + 40, 70)
    pad = Image.new("L", size, 0)
    pen = ImageDraw.Draw(pad)
    pen.rectangle((2, 2, size[0] - 3, size[1] - 3), outline=90, width=5)
    pen.text((20, 50), wear.stamp, fill=90, font=font, anchor="ls")
    pad = pad.rotate(random.uniform(-25, 25), Image.Resampling.BILINEAR, expand=True)
    place = (random.randrange(500, 850), random.randrange(90, 1500))
    image.paste(60, place, pad)


def _noisy(image: Image, amplitude: int, random: Random) -> Image:
    import numpy as np
    from PIL import Image

    source = np.random.Generator(np.random.PCG64(random.getrandbits(64)))
    shape = (image.height, image.width)
    grain = source.integers(-amplitude, amplitude + 1, shape, dtype=np.int16)
    noisy = np.clip(np.asarray(image, dtype=np.int16) + grain, 0, 255)
    return Image.fromarray(noisy.astype(np.uint8))
