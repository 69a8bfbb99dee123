"""A channel that spoils text as old character recognition does: the text layer of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .layout import is_wide

if TYPE_CHECKING:
    from random import Random

_CONFUSED = {
    "e": "co", "a": "os", "o": "0c", "l": "1I", "i": "lj", "n": "ru", "m": "nn", "r": "tn",
    "t": "fl", "s": "5a", "h": "bn", "u": "vn", "c": "eo", "d": "cl", "g": "9q", "b": "6h",
    "f": "t", "v": "y", "w": "vv", "y": "v", "0": "O8", "1": "lI", "2": "Z", "3": "8", "4": "A",
    "5": "S", "6": "b", "7": "1", "8": "B3", "9": "g", "E": "F", "B": "8", "S": "5", "O": "0",
    "ä": "a", "ö": "o", "ü": "u", "ß": "B", "é": "e", "è": "e", "ñ": "n", "ó": "o", "í": "i",
}  # fmt: skip
_WIDE_CONFUSED = "口日田囗□ロ二三人入"


def spoil(text: str, rate: float, random: Random) -> str:
    """Return a text in which about `rate` of the signs are wrong, lost, or torn apart."""
    signs = []
    for sign in text:
        if random.random() >= rate:
            signs.append(sign)
            continue
        way = random.random()
        if way < 0.65:
            signs.append(_confused(sign, random))
        elif way < 0.85:
            signs.append("")
        else:
            signs.append(sign + " ")
    return "".join(signs)


def _confused(sign: str, random: Random) -> str:
    if is_wide(sign):
        return random.choice(_WIDE_CONFUSED)
    return random.choice(_CONFUSED.get(sign, sign + "."))
