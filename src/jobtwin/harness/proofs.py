"""A twin's proofs: solutions that must pass its bar, and wrong ones that must fail on a figure."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code
from jobtwin.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobtwin.harness.contract import Seeds, Submission
    from jobtwin.harness.grading import Graded
    from jobtwin.harness.predicting import Labelled

MALFORMED = Code(
    "PRF-001",
    "proofs.yml cannot be used",
    why="A proof that is not understood would be passed over, and prove nothing.",
    fix="List proofs with `id`, `kind` (reference, untouched or wrong), `what` and `fails_on`.",
)
DECLARED = "proofs/proofs.yml"
KINDS = ("reference", "untouched", "wrong")
FIELDS = {"id", "kind", "what", "fails_on"}


@dataclass(frozen=True, slots=True)
class Proof:
    """One declared solution and what must become of it."""

    id: str
    kind: Literal["reference", "untouched", "wrong"]
    fails_on: str | None
    """The figure that it must fail on; None for a reference, which must pass the whole bar."""


class Solutions(Protocol):
    """What a twin's `proofs` package offers."""

    cases: tuple[str, ...]

    def seeds(self, case: str, index: int) -> Seeds:
        """Return the seeds number `index` of a case."""

    def solve(self, proof_id: str, given: Seeds) -> Submission:
        """Return what is handed in for a proof."""


def declared(twin_dir: Path) -> tuple[Proof, ...]:
    """Return the proofs of `proofs/proofs.yml`.

    Raises `Refused` when it cannot be read, and `EngineError` when it does not hold proofs.
    """
    path = twin_dir / DECLARED
    if not path.is_file():
        raise EngineError(f"{twin_dir.name} declares no proofs", f"add {path}")
    return read(path.read_bytes(), str(path))


def read(content: bytes, path: str) -> tuple[Proof, ...]:
    """Return the proofs that a proofs.yml declares; raises `Refused`."""
    document = parse(content, path)
    items = document.data if isinstance(document.data, list) else []
    findings = [
        MALFORMED.at(problem, document.path, document.place(number))
        for number, item in enumerate(items)
        for problem in _problems(item)
    ]
    if findings or not items:
        raise Refused(findings or [MALFORMED.at("the file is not a list of proofs", document.path)])
    return tuple(Proof(item["id"], item["kind"], item.get("fails_on")) for item in items)


def _problems(item: Any) -> Iterator[str]:
    """Yield what is wrong with one entry of proofs.yml."""
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        yield "a proof has an `id`"
        return
    name = f"`{item['id']}`"
    if unknown := ", ".join(sorted(map(str, set(item) - FIELDS))):
        yield f"{name} says {unknown}, which is not known"
    if item.get("kind") not in KINDS:
        yield f"the kind of {name} is one of {', '.join(KINDS)}"
    elif (item["kind"] == "reference") is ("fails_on" in item):
        yield f"{name} needs `fails_on`, the figure, unless it is a reference, which has none"
    if not isinstance(item.get("fails_on", ""), str):
        yield f"`fails_on` of {name} is the id of a figure"


def solutions(twin_dir: Path) -> Solutions:
    """Return a twin's solutions; raises `EngineError` where there are none."""
    path = twin_dir / "proofs" / "__init__.py"
    if not path.is_file():
        raise EngineError(f"{twin_dir.name} has no solutions to prove its harness with")
    return cast("Solutions", _module(path, f"proofs_{twin_dir.resolve().name}"))


def labelled(twin_dir: Path, given: Seeds) -> tuple[Labelled, ...]:
    """Return the rows that no field may give the label of, as `proofs/labels.py` has them."""
    path = twin_dir / "proofs" / "labels.py"
    if not path.is_file():
        return ()
    found: tuple[Labelled, ...] = _module(path, f"labels_{twin_dir.resolve().name}").labelled(given)
    return found


def _module(path: Path, name: str) -> Any:
    name = f"jobtwin_{name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise EngineError(f"{path} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def verdict(proof: Proof, graded: Graded) -> Iterator[str]:
    """Yield what is not as the proof declares; nothing when it holds."""
    missed = [line.metric for line in graded.bar if not line.met]
    if proof.fails_on is None:
        yield from (f"should pass, but misses the bar on `{metric}`" for metric in missed)
    elif proof.fails_on not in missed:
        where = ", ".join(missed) or "nothing"
        yield f"should fail on `{proof.fails_on}`, but fails on {where}"
    if not graded.report.plots:
        yield "its report has no plot"
