"""Fonts of the documents, by the script of a run of text.

Latin text is in the Vera that reportlab brings. Chinese and Japanese need Droid Sans Fallback
(Debian's `fonts-droid-fallback`, Apache-2.0), which has no ASCII: a line is drawn in runs.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError

from .layout import is_wide

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_WIDE = Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf")
LATIN, BOLD, WIDE = "Vera", "VeraBd", "DroidSansFallback"


def path_of(face: str) -> str:
    """Return the file of a face; raises `EngineError` with what to install where it is missing."""
    try:
        import reportlab  # type: ignore[import-untyped]
    except ImportError as error:
        raise EngineError(
            "the documents of jt-rag-1 cannot be drawn: reportlab is not installed",
            "python -m pip install 'jobtwin[rag]'",
        ) from error
    if face != WIDE:
        return str(Path(reportlab.__file__).parent / "fonts" / f"{face}.ttf")
    if not _WIDE.is_file():
        raise EngineError(
            "the documents of jt-rag-1 cannot be drawn: a font is missing",
            f"install Debian's fonts-droid-fallback, or put that font to {_WIDE}",
        )
    return str(_WIDE)


def runs(text: str, face: str) -> list[tuple[str, str]]:
    """Return a text as (face, part) so that every sign has a glyph."""
    parts = groupby(text, key=lambda sign: WIDE if _needs_wide(sign) else face)
    return [(used, "".join(signs)) for used, signs in parts]


def _needs_wide(sign: str) -> bool:
    return is_wide(sign) and not sign.isascii()


@lru_cache(maxsize=32)
def pixels(face: str, size: int) -> FreeTypeFont:
    """Return a face for drawing pictures, `size` in pixels."""
    from PIL.ImageFont import Layout, truetype

    return truetype(path_of(face), size, layout_engine=Layout.BASIC)


@lru_cache(maxsize=1)
def register() -> None:
    """Make the faces known to reportlab, and its files a fifth smaller than its default."""
    path_of(WIDE)
    from reportlab import rl_config
    from reportlab.pdfbase.pdfmetrics import registerFont  # type: ignore[import-untyped]
    from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

    rl_config.useA85 = 0
    for face in (LATIN, BOLD, WIDE):
        registerFont(TTFont(face, path_of(face)))
