"""Loading a twin's own harness: reviewed code of the repository, never a learner's."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import sys
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.harness.contract import Harness, TakesPacks

_FUNCTIONS = ("kit", "prepare", "score", "gold")
_numbers = itertools.count(1)


def load(twin: Path) -> Harness:
    """Return the harness of the twin in directory `twin`, from `twin/harness/__init__.py`.

    Each load is a module of its own, so that two versions of a twin stand side by side;
    `sys.path` stays as it is and imports inside the package must be relative. Raises
    EngineError when the package is missing, cannot be imported or lacks a function.
    """
    folder = twin / "harness"
    start = folder / "__init__.py"
    if not start.is_file():
        raise EngineError(
            f"the twin {twin.name} has no harness yet, so it cannot be started",
            hint=f"write {start}",
        )
    name = f"jobtwin_twin_{next(_numbers)}"
    spec = importlib.util.spec_from_file_location(
        name, start, submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise EngineError(f"{start} is not a Python package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # relative imports inside the package look it up here
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        _forget(name)
        raise EngineError(
            f"the harness of {twin.name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    missing = [word for word in _FUNCTIONS if not callable(getattr(module, word, None))]
    if missing:
        _forget(name)
        raise EngineError(
            f"the harness of {twin.name} lacks {', '.join(missing)}",
            hint="harness/__init__.py must offer the functions of jobtwin.harness.contract.Harness",
        )
    return cast("Harness", module)


def takes_packs(harness: Harness) -> TypeGuard[TakesPacks]:
    """Say whether a twin's graded worlds can be drawn with a private pack."""
    return callable(getattr(harness, "check_pack", None))


def part(harness: Harness, name: str) -> Any:
    """Return the module `name` of a harness that `load` returned."""
    return importlib.import_module(f"{harness.__name__}.{name}")  # type: ignore[attr-defined]


def _forget(name: str) -> None:
    for known in [known for known in sys.modules if known == name or known.startswith(f"{name}.")]:
        del sys.modules[known]
