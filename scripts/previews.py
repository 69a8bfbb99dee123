"""Draw the pictures that a link to the site shows where it is shared; `--check` only compares.

Each twin and each track gets docs/previews/<id>.png, all other pages docs/previews/site.png: 1200
by 630 pixels, as Open Graph asks for, from the committed badge and the words of the record. The
font is the one that Pillow brings along, so that every machine draws the same.
"""

from __future__ import annotations

import argparse
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from jobtwin.records.base import load
from jobtwin.records.track import Track
from jobtwin.records.twin import Twin
from jobtwin.site.twin_page import in_short

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PREVIEWS = ROOT / "docs" / "previews"
SIZE = (1200, 630)
BACKGROUND, WHITE, SOFT, ACCENT = "#0e1c28", "#ffffff", "#b9c6cf", "#7cc4de"
BADGE = 350
LEFT, TEXT, RIGHT = 60, 460, 1140
COLOURS = 64
FOOT = "Graded by people who were measured first. Signed, and verified without asking us."


@dataclass(frozen=True, slots=True)
class Words:
    """What a picture says, from top to bottom."""

    kind: str
    title: str
    short: str
    shown: str


SITE = Words(
    "JOB TWINS",
    "Real AI work, simulated and graded",
    "Hard time boxes · open harnesses · public rubrics",
    "Credentials that state their own measurement error.",
)


def main() -> int:
    """Write the pictures, or with `--check` return 1 where one shows something else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, name what differs")
    check = parser.parse_args().check
    stale = [(path, drawn) for path, drawn in previews() if not is_same(path, drawn)]
    for path, drawn in stale:
        print(f"{path.relative_to(ROOT)} {'is not up to date' if check else 'written'}")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(to_png(drawn))
    return 1 if check and stale else 0


def previews() -> Iterator[tuple[Path, Image.Image]]:
    """Yield every picture with the file that it belongs into."""
    tracks = sorted(ROOT.glob("tracks/*.yml"))
    for record in tracks:
        track = load(Track, record.read_bytes(), str(record)).record
        badge = record.with_suffix("") / "badge.png"
        yield PREVIEWS / f"{track.id}.png", draw(words_of_track(track), badge)
    for first in tracks[:1]:
        yield PREVIEWS / "site.png", draw(SITE, first.with_suffix("") / "badge.png")
    for record in sorted(ROOT.glob("twins/*/twin.yml")):
        twin = load(Twin, record.read_bytes(), str(record)).record
        badge = record.with_name("badge.png")
        yield PREVIEWS / f"{twin.id}.png", draw(words_of(twin), badge)


def words_of(twin: Twin) -> Words:
    """Return what the picture of a twin says: number, name, summary, what is handed in."""
    kind, _, title = twin.title.rpartition(" — ")
    shown = "Shows: " + ", ".join(item.name for item in twin.deliverables)
    return Words(kind.upper() or "JOB TWIN", title, in_short(twin), shown)


def words_of_track(track: Track) -> Words:
    """Return what the picture of a track says."""
    short = f"{len(track.twins)} Job Twins · {track.weeks} weeks"
    return Words("TRACK", track.title, short, "One credential that cites every part by its digest.")


def draw(words: Words, badge: Path) -> Image.Image:
    """Return a picture with a badge on its left and words beside it."""
    picture = Image.new("RGB", SIZE, BACKGROUND)
    with Image.open(badge) as drawn:
        small = drawn.convert("RGBA").resize((BADGE, BADGE), Image.Resampling.LANCZOS)
    picture.paste(small, (LEFT, 98), small)
    pen = ImageDraw.Draw(picture)
    pen.text((TEXT, 92), words.kind, ACCENT, font(34), stroke_width=0.5)
    title = wrapped(words.title, font(68), RIGHT - TEXT)
    pen.multiline_text((TEXT, 142), title, WHITE, font(68), spacing=14, stroke_width=1)
    bottom = pen.multiline_textbbox((TEXT, 142), title, font(68), spacing=14)[3]
    lines = "\n".join(wrapped(text, font(29), RIGHT - TEXT) for text in (words.short, words.shown))
    pen.multiline_text((TEXT, bottom + 30), lines, SOFT, font(29), spacing=12)
    pen.line((LEFT, 525, RIGHT, 525), ACCENT, width=2)
    pen.text((LEFT, 550), FOOT, SOFT, font(27))
    return picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font in a size; it stands in Pillow itself."""
    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow was built without FreeType")
    return found


def wrapped(text: str, face: ImageFont.FreeTypeFont, width: int) -> str:
    """Return a text with its words on as many lines as they need."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if face.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(filter(None, lines))


def is_same(path: Path, drawn: Image.Image) -> bool:
    """Say whether a file shows a picture, however it is packed."""
    if not path.is_file():
        return False
    with Image.open(path) as found:
        return found.convert("RGB").tobytes() == drawn.convert("RGB").tobytes()


def to_png(picture: Image.Image) -> bytes:
    """Return a picture as a small PNG."""
    packed = io.BytesIO()
    picture.save(packed, "PNG", optimize=True)
    return packed.getvalue()


if __name__ == "__main__":
    raise SystemExit(main())
