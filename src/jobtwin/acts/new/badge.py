"""A badge for a new twin or track: a hexagon with a pattern, drawn from the title alone.

An author who wants a better one draws it; until then no two look alike.
"""

from __future__ import annotations

import colorsys
import hashlib
import io
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import png  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator

Point: TypeAlias = tuple[float, float]
Shape: TypeAlias = tuple[str, tuple[Point, ...]]
"""A colour in hex, and the corners of what it fills, within a square of `SIDE`."""

SIDE = 128
PIXELS = 512
_WHITE = "#ffffff"
_CLEAR = (255, 255, 255, 0)
_HEXAGONS = (
    ((64.0, 1.0), (119.0, 32.5), (119.0, 95.5), (64.0, 127.0), (9.0, 95.5), (9.0, 32.5)),
    ((64.0, 6.0), (114.5, 35.0), (114.5, 93.0), (64.0, 122.0), (13.5, 93.0), (13.5, 35.0)),
    ((64.0, 13.0), (108.5, 38.5), (108.5, 89.5), (64.0, 115.0), (19.5, 89.5), (19.5, 38.5)),
)
_CELLS, _CELL, _FIRST = 5, 10.0, 39.0


def both(title: str) -> dict[str, bytes]:
    """Return the badge's two files by their names."""
    return {"badge.svg": svg(title), "badge.png": picture(title)}


def svg(title: str) -> bytes:
    """Return the badge as SVG, with the title for those who do not see it."""
    paths = "".join(
        f'  <path d="M{" L".join(f"{x:g} {y:g}" for x, y in corners)} Z" fill="{colour}"/>\n'
        for colour, corners in _shapes(title)
    )
    head = f'viewBox="0 0 {SIDE} {SIDE}" width="{PIXELS}" height="{PIXELS}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {head}>\n'
        f"  <title>{escape(title)}</title>\n{paths}</svg>\n"
    ).encode()


def picture(title: str) -> bytes:
    """Return the same badge as PNG, transparent around the hexagon.

    A pixel is the mean of four points, so that edges are smooth.
    """
    shapes = _shapes(title)
    colours = [_CLEAR, *(_rgba(colour) for colour, _ in shapes)]
    lines = [_line(shapes, (y + 0.5) * SIDE / PIXELS / 2) for y in range(PIXELS * 2)]
    mixed: dict[tuple[int, ...], tuple[int, ...]] = {}
    rows = []
    for upper, lower in zip(lines[::2], lines[1::2], strict=True):
        row: list[int] = []
        for points in zip(upper[::2], upper[1::2], lower[::2], lower[1::2], strict=True):
            if points not in mixed:
                mixed[points] = _mean([colours[number] for number in points])
            row += mixed[points]
        rows.append(row)
    out = io.BytesIO()
    png.Writer(PIXELS, PIXELS, greyscale=False, alpha=True, compression=9).write(out, rows)
    return out.getvalue()


def _shapes(title: str) -> list[Shape]:
    """Return what the badge is made of, from back to front."""
    digest = hashlib.sha256(title.encode()).digest()
    hue = digest[0] / 256
    # Dark enough that white stands out on either, whatever the hue.
    dark, bright = (_hex(colorsys.hls_to_rgb(hue, light, 0.45)) for light in (0.22, 0.38))
    hexagons = list(zip((_WHITE, dark, bright), _HEXAGONS, strict=True))
    return [*hexagons, *((_WHITE, _square(*cell)) for cell in _pattern(digest))]


def _pattern(digest: bytes) -> Iterator[tuple[int, int]]:
    """Yield the cells (column, row) that are white: left and right alike, and one in each row."""
    half = _CELLS // 2
    for row in range(_CELLS):
        bits = digest[1 + row] % (2 ** (half + 1) - 1) + 1
        for column in range(_CELLS):
            if bits >> abs(column - half) & 1:
                yield column, row


def _square(column: int, row: int) -> tuple[Point, ...]:
    left, top = _FIRST + column * _CELL, _FIRST + row * _CELL
    right, bottom = left + _CELL, top + _CELL
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _line(shapes: list[Shape], y: float) -> bytes:
    """Return which shape is in front at each point of one line: 0 for none, else its number."""
    line = bytearray(PIXELS * 2)
    scale = PIXELS * 2 / SIDE
    for number, (_, corners) in enumerate(shapes, start=1):
        crossed = sorted(_crossings(corners, y))
        for left, right in zip(crossed[::2], crossed[1::2], strict=True):
            begin, end = round(left * scale), round(right * scale)
            line[begin:end] = bytes([number]) * (end - begin)
    return bytes(line)


def _crossings(corners: tuple[Point, ...], y: float) -> Iterator[float]:
    for (x0, y0), (x1, y1) in pairwise((*corners, corners[0])):
        if (y0 <= y) is not (y1 <= y):
            yield x0 + (y - y0) * (x1 - x0) / (y1 - y0)


def _mean(points: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Return the mean colour, each point weighing as much as it covers."""
    cover = sum(point[3] for point in points)
    if not cover:
        return _CLEAR
    mixed = (sum(point[i] * point[3] for point in points) // cover for i in range(3))
    return (*mixed, cover // len(points))


def _rgba(colour: str) -> tuple[int, ...]:
    return (*bytes.fromhex(colour.removeprefix("#")), 255)


def _hex(rgb: tuple[float, float, float]) -> str:
    return "#" + bytes(round(part * 255) for part in rgb).hex()
