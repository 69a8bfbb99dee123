"""The learner's container: built from the Dockerfile that was handed in, started, asked, stopped.

In a job of its own, which holds no secret. Where no engine keeps a container in, nothing is built.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, Refused, SandboxUnavailable
from jobtwin.harness import file_tree
from jobtwin.harness.container.admission import admit
from jobtwin.harness.container.building import build
from jobtwin.harness.container.starting import start
from jobtwin.harness.gates import failed, not_run
from jobtwin.records.gate import CONTAINER_BUILDS, CONTAINER_STARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobtwin.harness.container.engine import Engine
    from jobtwin.harness.contract import Files
    from jobtwin.harness.gates import GateReturn
    from jobtwin.records.twin import Container

DOCKERFILE = "Dockerfile"


def look(
    files: Files,
    asked: Container,
    find: Callable[[], Engine] = admit,
    tell: Callable[[str], None] = lambda _: None,
) -> Mapping[str, GateReturn]:
    """Return what came of the two gates of a container; whatever a learner can cause is an outcome.

    `find` returns an engine that keeps containers in, or raises `EngineError`. `tell` is given
    what the build printed: words of the learner's.
    """
    if DOCKERFILE not in files:
        return _both(failed(f"There is no file {DOCKERFILE} at the root of the repository."))
    try:
        with tempfile.TemporaryDirectory(prefix="jobtwin-") as folder:
            file_tree.write(files, Path(folder) / "context")
            return _looked(Path(folder) / "context", asked, find(), tell)
    except Refused:
        return _both(failed("The repository holds paths that cannot be written down."))
    except SandboxUnavailable as unavailable:
        return _both(not_run(_one_line(unavailable.message)))
    except EngineError as error:
        return _both(not_run(f"This machine failed: {_one_line(error.message)}"))


def _looked(
    context: Path, asked: Container, engine: Engine, tell: Callable[[str], None]
) -> Mapping[str, GateReturn]:
    with engine.image() as tag:
        built = build(engine, context, tag, asked, tell)
        if built.outcome != "passed":
            return {
                CONTAINER_BUILDS: built,
                CONTAINER_STARTS: failed("Nothing was built that could be started."),
            }
        try:
            started = start(engine, tag, asked)
        except EngineError as error:
            started = not_run(f"This machine failed: {_one_line(error.message)}")
    return {CONTAINER_BUILDS: built, CONTAINER_STARTS: started}


def _both(found: GateReturn) -> Mapping[str, GateReturn]:
    return {CONTAINER_BUILDS: found, CONTAINER_STARTS: found}


def _one_line(words: str) -> str:
    return " ".join(words.split())[:1000]
