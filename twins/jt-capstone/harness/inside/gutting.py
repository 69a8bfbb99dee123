"""Takes the work out of a program: every function returns at once, and returns nothing.

Tests that still pass then have tested nothing. Tests, evals and what is not Python stay.
"""

from __future__ import annotations

import ast
from pathlib import Path

SPARED = ("tests", "test", "evals", "docs", "scripts")


def gut(root: Path) -> int:
    """Gut the Python files below `root`; return how many functions that were."""
    return sum(
        _gutted(path)
        for path in sorted(root.rglob("*.py"))
        if not set(path.relative_to(root).parts[:-1]) & set(SPARED)
        and not path.name.startswith("test_")
        and path.name != "conftest.py"
    )


def _gutted(path: Path) -> int:
    try:
        tree = ast.parse(path.read_bytes())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return 0
    found = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.Return(ast.Constant(None))]
            found += 1
    path.write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")
    return found
