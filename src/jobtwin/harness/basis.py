"""What a measurement of a twin speaks of, as digests: the twin, one of its proofs, the engine.

Comments, docstrings and blank lines are left out, so that better words make nothing stale. Texts
of twin.yml and brief.md that are read by people alone are left out too.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import tokenize
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import jobtwin
from jobtwin.harness import solutions
from jobtwin.records.measured import Basis
from jobtwin.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.harness.proofs import Proof
    from jobtwin.records.twin import Twin

_SOURCE = Path(jobtwin.__file__).parent
_RUNNING = ("jobtwin.harness.run", "jobtwin.llm.__main__")
"""Where running begins: what these import of the engine, directly or not, takes part."""
_PARTS = ("jobtwin.harness.", "jobtwin.llm.")
_FORMS = "jobtwin.harness.contract"
"""Says of what form a plan is and does nothing: who fills and carries out plans is counted."""
_WALLS = {"docker": "container", "podman": "container"}
"""Backend → its module, where that has another name."""
_LISTS = ("proofs.yml", "wrong.yml", "levers.yml")
"""Entries by proof: each proof is about its own alone."""
_ASIDE = ("labels.py", "exemplar")
"""How files begin that no run needs: what no field may give away, what gold sets are made of."""


def basis(folder: Path, twin: Twin, proof: Proof, sandbox: str) -> Basis:
    """Return what a measurement of `proof` in the twin's folder would now speak of.

    `sandbox` is the backend's name.
    """
    return Basis(
        twin=_twin_mark(folder, twin), proof=_proof_mark(folder, proof), engine=_engine(sandbox)
    )


def _twin_mark(folder: Path, twin: Twin) -> str:
    parts = _files(folder / "harness", "harness") | _engine_behind(folder / "harness")
    scaffold = solutions.folder(folder / "scaffold")
    parts |= {f"scaffold/{path}": content for path, content in scaffold.items()}
    if twin.harness is not None:
        parts["lock"] = (folder / twin.harness.environment.lock).read_bytes()
        parts["limits"] = twin.harness.model_dump_json(exclude={"report"}).encode()
    parts["bar"] = json.dumps([line.model_dump() for line in twin.bar]).encode()
    parts["metrics"] = json.dumps(sorted(metric.id for metric in twin.metrics)).encode()
    return _mark(parts)


def _proof_mark(folder: Path, proof: Proof) -> str:
    parts = {"declared": json.dumps([proof.id, proof.kind, proof.fails_on]).encode()}
    parts |= _engine_behind(folder / "proofs")
    for path, content in _files(folder / "proofs").items():
        if path in _LISTS:
            parts[path] = json.dumps(_entry(content, proof.id)).encode()
        elif proof.kind != "untouched" or not path.startswith("reference/"):
            parts[path] = content
    return _mark(parts)


def _entry(content: bytes, proof_id: str) -> Any:
    """Return what a file that maps proofs to changes says of one."""
    data = parse(content).data
    return data.get(proof_id) if isinstance(data, dict) else None


@cache
def _engine(sandbox: str) -> str:
    return _mark(_reached([*_RUNNING, f"jobtwin.harness.sandbox.{_WALLS.get(sandbox, sandbox)}"]))


def _engine_behind(folder: Path) -> dict[str, bytes]:
    """Return the code of the engine that the Python files of a folder build upon."""
    own = [path for path in sorted(folder.glob("*.py")) if not path.name.startswith(_ASIDE)]
    return _reached([name for path in own for name in _imports(path.read_bytes())])


def _reached(pending: list[str]) -> dict[str, bytes]:
    """Return the code of modules, and of those that they import, directly or not."""
    found: dict[str, bytes] = {}
    while pending:
        name = pending.pop()
        path = _SOURCE.joinpath(*name.split(".")[1:]).with_suffix(".py")
        if name not in found and name != _FORMS and path.is_file():
            found[name] = code(path.read_bytes())
            pending += _imports(path.read_bytes())
    return found


@cache
def _imports(source: bytes) -> tuple[str, ...]:
    """Return the engine's modules of harness and llm that a module names in an import."""
    named: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            named += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            named += [alias.name for alias in node.names]
    return tuple(name for name in named if name.startswith(_PARTS))


def _files(folder: Path, name: str = ".") -> dict[str, bytes]:
    """Return what counts of a folder's files: of Python the code alone, of others everything."""
    return {
        str(PurePosixPath(name, path)): code(content) if path.endswith(".py") else content
        for path, content in solutions.folder(folder).items()
        if not path.startswith(_ASIDE)
    }


@cache
def code(source: bytes) -> bytes:
    """Return Python's source without comments, docstrings, blank lines and trailing space."""
    text = source.decode("utf-8")
    lines = text.split("\n")
    for first, last in _texts_alone(ast.parse(text)):
        lines[first:last] = [""] * (last - first)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            lines[line - 1] = lines[line - 1][:column]
    return "\n".join(line.rstrip() for line in lines if line.strip()).encode("utf-8")


def _texts_alone(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Yield the lines, from 0, of texts that are statements: docstrings, where they stand alone."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
            continue
        if isinstance(node.value.value, str) and node.end_lineno and node.col_offset % 4 == 0:
            yield node.lineno - 1, node.end_lineno


def _mark(parts: Mapping[str, bytes]) -> str:
    listed = {path: hashlib.sha256(content).hexdigest() for path, content in parts.items()}
    return hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()[:16]
