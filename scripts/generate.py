"""Write the reference pages that are derived from the code; `--check` only says what differs.

`docs/reference/schemas/<record>.json` is the JSON Schema of every file format, which editors use,
and `docs/reference/findings.md` lists every finding with its reason and its remedy.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import jobtwin.records
from jobtwin.records.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.findings import Code

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "jobtwin"
DEFINITION = re.compile(r"^([A-Z][A-Z0-9_]*) = Code\(", re.MULTILINE)
REFERENCE = Path("docs/reference")
INTRODUCTION = """# Findings

Whatever is wrong in a file is reported with its place (`path:line:column`), one of these codes, and
what to do about it; all findings of a file are reported at once. The exit code is then 1.
"""


def main() -> int:
    """Write the files, or with `--check` return 1 where one of them is not up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, name what differs")
    check = parser.parse_args().check
    wanted = generated()
    stale = [path for path, text in wanted.items() if _current(path) != text]
    orphans = [path for path in _schemas_on_disk() if path not in wanted]
    for path in stale:
        print(f"{path} {'is not up to date' if check else 'written'}")
    for path in orphans:
        print(f"{path} {'belongs to no record' if check else 'removed'}")
    if check:
        if stale or orphans:
            print("run: .venv/bin/python scripts/generate.py")
        return 1 if stale or orphans else 0
    for path in stale:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(wanted[path], "utf-8", newline="\n")
    for path in orphans:
        (ROOT / path).unlink()
    return 0


def generated() -> Mapping[Path, str]:
    """Return every generated file by its path from the root."""
    files = {REFERENCE / "schemas" / f"{_kebab(model)}.json": _schema(model) for model in models()}
    return {**files, REFERENCE / "findings.md": findings_page(codes())}


def models() -> list[type[Record]]:
    """Return every file format: the records that no other record is made from."""
    for item in pkgutil.iter_modules(jobtwin.records.__path__, "jobtwin.records."):
        importlib.import_module(item.name)
    found = sorted(_leaves(Record), key=lambda model: model.__name__)
    names = [model.__name__ for model in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        sys.exit(f"two records share a name: {', '.join(twice)}")
    return found


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


def _leaves(model: type[Record]) -> Iterator[type[Record]]:
    for child in model.__subclasses__():
        if child.__subclasses__():
            yield from _leaves(child)
        elif child.__module__.startswith("jobtwin."):
            yield child


def _kebab(model: type[Record]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", model.__name__).lower()


def _schema(model: type[Record]) -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(mode="validation"),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _current(path: Path) -> str | None:
    return (ROOT / path).read_text("utf-8") if (ROOT / path).is_file() else None


def _schemas_on_disk() -> list[Path]:
    return [path.relative_to(ROOT) for path in sorted((ROOT / REFERENCE / "schemas").glob("*"))]


if __name__ == "__main__":
    raise SystemExit(main())
