"""A notebook with its cells and outputs and nothing about who ran it."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from jobtwin.rules.leaks.notebook import ANSI, read
from jobtwin.rules.pictures import stripped

if TYPE_CHECKING:
    from collections.abc import Callable

    Text = Callable[[str], str]

_PICTURES = ("image/png", "image/jpeg", "image/gif")
_SHOWN = ("text/", "image/svg+xml", "application/json")


def cleaned(text: str, replace: Text) -> str | None:
    """Return a notebook whose texts went through `replace`; None for what is no notebook."""
    book = read(text)
    if book is None:
        return None
    language = _language(book.get("metadata"))
    whole = {
        "cells": [_cell(cell, number, replace) for number, cell in enumerate(book["cells"], 1)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": language, "name": "python3"},
            "language_info": {"name": language},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _language(metadata: object) -> str:
    info = metadata.get("language_info") if isinstance(metadata, dict) else None
    name = info.get("name") if isinstance(info, dict) else None
    return name if name in ("python", "R", "julia", "bash") else "python"


def _cell(cell: dict[str, Any], number: int, replace: Text) -> dict[str, Any]:
    kind = cell.get("cell_type")
    kept: dict[str, Any] = {
        "cell_type": kind if kind in ("code", "markdown", "raw") else "raw",
        "id": f"cell-{number}",
        "metadata": {},
        "source": _text(cell.get("source"), replace),
    }
    if kind == "code":
        count = cell.get("execution_count")
        kept["execution_count"] = count if isinstance(count, int) else None
        outputs = cell.get("outputs")
        listed = outputs if isinstance(outputs, list) else []
        kept["outputs"] = [_output(part, replace) for part in listed if isinstance(part, dict)]
    return kept


def _output(output: dict[str, Any], replace: Text) -> dict[str, Any]:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"name": name, "output_type": kind, "text": _text(output.get("text"), replace)}
    if kind == "error":
        words = {key: "".join(_text(output.get(key), replace)) for key in ("ename", "evalue")}
        return {**words, "output_type": kind, "traceback": _text(output.get("traceback"), replace)}
    data = output.get("data")
    shown = {
        form: body
        for form, content in (data.items() if isinstance(data, dict) else ())
        if (body := _shown(form, content, replace)) is not None
    }
    return {"data": shown, "metadata": {}, "output_type": "display_data"}


def _shown(form: str, content: object, replace: Text) -> object:
    """Return what a reader sees of an output; None for what cannot be looked through."""
    if form in _PICTURES:
        try:
            raw = base64.b64decode("".join(_lines(content)))
        except (binascii.Error, ValueError):
            return None
        picture = stripped(raw)
        return None if picture is None else base64.b64encode(picture).decode("ascii")
    if not form.startswith(_SHOWN):
        return None
    if form == "application/json":
        return _text(json.dumps(content, ensure_ascii=False), replace)
    return _text(content, replace)


def _text(value: object, replace: Text) -> list[str]:
    """Return a text line by line, as notebooks keep it."""
    return replace(ANSI.sub("", "".join(_lines(value)))).splitlines(keepends=True)


def _lines(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [part for part in value if isinstance(part, str)] if isinstance(value, list) else []
