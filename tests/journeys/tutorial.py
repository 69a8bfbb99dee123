"""A tutorial as its reader follows it: files are written, commands run, outputs compared.

In the markdown, a block with `title="PATH"` is that file, with `title="PATH, fields"` top-level
fields of a YAML file; `sh` is run, and a `text` block after it is what it prints, where `…` stands
for whatever else is there. `bash` is for the reader alone: what needs a network or an account.
"""

from __future__ import annotations

import re
import subprocess
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_FENCE = re.compile(
    r'^(?P<indent> *)```(?P<word>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<body>.*?)^(?P=indent)```$',
    re.MULTILINE | re.DOTALL,
)
_FIELDS = ", fields"


@dataclass(frozen=True, slots=True)
class Step:
    """One block of a tutorial that its reader does something with."""

    kind: Literal["file", "fields", "run", "printed"]
    body: str
    line: int
    path: str = ""


def steps(markdown: str) -> Iterator[Step]:
    """Yield the blocks of a tutorial in its order."""
    for block in _FENCE.finditer(markdown):
        body = textwrap.dedent(block["body"])
        line = markdown.count("\n", 0, block.start()) + 1
        title = block["title"] or ""
        if title.endswith(_FIELDS):
            yield Step("fields", body, line, title.removesuffix(_FIELDS))
        elif title:
            yield Step("file", body, line, title)
        elif block["word"] == "sh":
            yield Step("run", body, line)
        elif block["word"] == "text":
            yield Step("printed", body, line)


def follow(markdown: str, folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Do what a tutorial says in a folder; return what came otherwise, with its line."""
    trouble, printed = [], ""
    for step in steps(markdown):
        place = folder / step.path
        if step.kind == "file":
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(step.body, "utf-8")
        elif step.kind == "fields":
            place.write_text(with_fields(place.read_text("utf-8"), step.body), "utf-8")
        elif step.kind == "printed":
            if not _pattern(step.body).fullmatch(printed):
                trouble.append(f"line {step.line}: expected\n{step.body}\nprinted\n{printed}")
        else:
            command = ["bash", "-euo", "pipefail", "-c", step.body]
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, check=False
            )
            printed = done.stdout
            if done.returncode != 0:
                trouble.append(f"line {step.line}: {step.body}\n{done.stdout}\n{done.stderr}")
                break
    return trouble


def with_fields(text: str, fields: str) -> str:
    """Return a YAML file with some of its top-level fields replaced, each by its name."""
    for field in re.findall(r"^\w+:.*\n(?:(?:[ #-].*)?\n)*", fields, re.MULTILINE):
        name = field.partition(":")[0]
        found = re.findall(rf"^{name}:.*\n(?:(?: .*)?\n)*", text, re.MULTILINE)
        assert len(found) == 1, f"{name} stands {len(found)} times"
        text = text.replace(found[0], field)
    return text


def _pattern(expected: str) -> re.Pattern[str]:
    """Return what an output must be like, blanks at will."""
    parts = []
    for line in expected.splitlines():
        words = (".*".join(map(re.escape, word.split("…"))) for word in line.split())
        parts.append(r"(?:.*\n)*?" if line == "…" else rf"[ ]*{'[ ]+'.join(words)}[ ]*\n")
    return re.compile("".join(parts))
