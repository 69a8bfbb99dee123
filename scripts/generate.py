"""Write the reference pages that are derived from the code; `--check` only says what differs.

`docs/reference/` gets a page of all file formats with their JSON Schemas, of all commands, of all
findings and of all words, each made by a module of `reference`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that it runs as a file, from anywhere

from scripts.reference import commands, findings, formats, glossary  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

REFERENCE = Path("docs/reference")


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
    models = formats.models()
    schemas = {
        REFERENCE / "schemas" / f"{formats.kebab(model)}.json": formats.schema(model)
        for model in models
    }
    return {
        **schemas,
        REFERENCE / "files.md": formats.files_page(models),
        REFERENCE / "commands.md": commands.commands_page(),
        REFERENCE / "findings.md": findings.findings_page(findings.codes()),
        REFERENCE / "glossary.md": glossary.glossary_page(),
    }


def _current(path: Path) -> str | None:
    return (ROOT / path).read_text("utf-8") if (ROOT / path).is_file() else None


def _schemas_on_disk() -> list[Path]:
    return [path.relative_to(ROOT) for path in sorted((ROOT / REFERENCE / "schemas").glob("*"))]


if __name__ == "__main__":
    raise SystemExit(main())
