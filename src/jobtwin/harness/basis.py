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
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jobtwin
from jobtwin.harness import proofs, solutions
from jobtwin.records.measured import Basis, Judged
from jobtwin.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.harness.proofs import Proof
    from jobtwin.records.measured import Measured, Measurement
    from jobtwin.records.twin import Twin

_SOURCE = Path(jobtwin.__file__).parent
_RUNNING = ("jobtwin.harness.run", "jobtwin.llm.__main__")
"""Where running begins: what these import of the engine, directly or not, takes part."""
_PARTS = ("jobtwin.harness.", "jobtwin.llm.")
_FORMS = "jobtwin.harness.contract"
"""Says of what form a plan is and does nothing: who fills and carries out plans is counted."""
_WALLS = {"docker": "container", "podman": "container"}
"""Backend → its module, where that has another name."""
_LISTS = (proofs.DECLARED, "proofs/wrong.yml", "proofs/levers.yml")
"""Entries by proof: each proof is about its own alone."""
_SOLUTIONS = "proofs/__init__.py"
_JUDGED = ("harness/", "scaffold/", "proofs/", "twin.yml", "environment.lock")
_ASIDE = ("labels.py", "exemplar")
"""How files begin that no run needs: what no field may give away, what gold sets are made of."""


def bases(files: Mapping[str, bytes], twin: Twin, sandbox: str) -> dict[str, Basis]:
    """Return what a measurement of each declared proof of a twin would now speak of.

    `files` is the twin's folder, `sandbox` the backend's name.
    """
    of_twin, engine = _twin_mark(files, twin), _engine(sandbox)
    declared = proofs.read(files.get(proofs.DECLARED, b""), proofs.DECLARED)
    return {
        proof.id: Basis(twin=of_twin, proof=_proof_mark(files, proof), engine=engine)
        for proof in declared
    }


def judged(files: Mapping[str, bytes], twin: Twin, sandbox: str) -> Judged:
    """Return what `bases` does, with the files that it was found from."""
    return Judged(files=_raw(files), sandbox=sandbox, bases=bases(files, twin, sandbox))


def current(kept: Measured, files: Mapping[str, bytes], twin: Twin) -> Measured:
    """Return what was kept of the twin and the engine as they are now, and nothing that is stale.

    Where a repository leaves its solutions out, they are taken to be those that were measured.
    """
    known: dict[str, Mapping[str, Basis]] = {}
    if kept.judged is not None and kept.judged.files == _raw(files):
        known[kept.judged.sandbox] = kept.judged.bases
    for name in {item.sandbox for item in kept.measurements} - known.keys():
        known[name] = bases(files, twin, name)
    of_twin = next((now.twin for found in known.values() for now in found.values()), None)
    runs = [one for one in kept.measurements if _speaks(one, known[one.sandbox], files)]
    kits = [one for one in kept.kits if one.twin == of_twin]
    return kept.model_copy(update={"measurements": tuple(runs), "kits": tuple(kits)})


def _speaks(item: Measurement, known: Mapping[str, Basis], files: Mapping[str, bytes]) -> bool:
    now = known.get(item.proof)
    if now is not None and _SOLUTIONS not in files:
        now = now.model_copy(update={"proof": item.basis.proof})
    return item.basis == now


def _twin_mark(files: Mapping[str, bytes], twin: Twin) -> str:
    parts = _counted(files, "harness/") | _engine_behind(files, "harness/")
    parts |= {path: files[path] for path in files if path.startswith("scaffold/")}
    if twin.harness is not None:
        parts["lock"] = files.get(twin.harness.environment.lock, b"")
        parts["limits"] = twin.harness.model_dump_json(exclude={"report"}).encode()
    parts["bar"] = json.dumps([line.model_dump() for line in twin.bar]).encode()
    parts["metrics"] = json.dumps(sorted(metric.id for metric in twin.metrics)).encode()
    return _mark(parts)


def _proof_mark(files: Mapping[str, bytes], proof: Proof) -> str:
    parts = {"declared": json.dumps([proof.id, proof.kind, proof.fails_on]).encode()}
    parts |= _engine_behind(files, "proofs/")
    for path, content in _counted(files, "proofs/").items():
        if path in _LISTS:
            parts[path] = json.dumps(_entry(content, proof.id)).encode()
        elif proof.kind != "untouched" or not path.startswith("proofs/reference/"):
            parts[path] = content
    return _mark(parts)


def _entry(content: bytes, proof_id: str) -> Any:
    """Return what a file that maps proofs to changes says of one."""
    data = parse(content).data
    return data.get(proof_id) if isinstance(data, dict) else None


@cache
def _engine(sandbox: str) -> str:
    return _mark(_reached([*_RUNNING, f"jobtwin.harness.sandbox.{_WALLS.get(sandbox, sandbox)}"]))


def _engine_behind(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    """Return the code of the engine that the Python files right in a folder build upon."""
    own = [path for path in _counting(files, folder) if path.endswith(".py")]
    named = [_imports(files[path]) for path in own if "/" not in path.removeprefix(folder)]
    return _reached([name for names in named for name in names])


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


def _counted(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    """Return what counts of a folder's files: of Python the code alone, of others everything."""
    return {
        path: code(files[path]) if path.endswith(".py") else files[path]
        for path in _counting(files, folder)
    }


def _counting(files: Mapping[str, bytes], folder: str) -> list[str]:
    inside = (path for path in sorted(files) if path.startswith(folder))
    return [path for path in inside if not path.removeprefix(folder).startswith(_ASIDE)]


def _raw(files: Mapping[str, bytes]) -> str:
    """Return a digest over every file that could change what `bases` returns, as it lies there."""
    parts = {path: files[path] for path in files if path.startswith(_JUDGED)}
    for folder in ("harness", "llm"):
        found = solutions.folder(_SOURCE / folder)
        parts |= {f"{folder}:{path}": found[path] for path in found if path.endswith(".py")}
    return _mark(parts)


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
