"""docs/reference/findings.md: every finding with its reason and its remedy."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import jobtwin

if TYPE_CHECKING:
    from jobtwin.findings import Code

PACKAGE = Path(jobtwin.__path__[0])
DEFINITION = re.compile(r"^([A-Z][A-Z0-9_]*) = Code\(", re.MULTILINE)
INTRODUCTION = """# Findings

Whatever is wrong in a file is reported with its place (`path:line:column`), one of these codes, and
what to do about it; all findings of a file are reported at once. The exit code is then 1.
"""


def codes() -> list[tuple[Code, str]]:
    """Return every kind of finding with the name of the module that defines it, by id."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        names = DEFINITION.findall(path.read_text("utf-8"))
        if names:
            module = importlib.import_module(_module_name(path))
            found += [(vars(module)[name], module.__name__) for name in names]
    ids = [code.id for code, _ in found]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        sys.exit(f"two findings share a code: {', '.join(twice)}")
    return sorted(found, key=lambda item: item[0].id)


def findings_page(found: list[tuple[Code, str]]) -> str:
    """Return the page of all findings, one heading each, so that a code is its own anchor."""
    parts = [INTRODUCTION]
    for code, module in found:
        parts.append(
            f"## {code.id}\n\n**{code.title[:1].upper()}{code.title[1:]}.** {code.why}\n\n"
            f"*What to do:* {code.fix}\n\nReported by `{module}`.\n"
        )
    return "\n".join(parts)


def _module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")
