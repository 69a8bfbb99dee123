"""How good the service is as it was found: its own code, with a model that takes no time."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from types import ModuleType
from typing import Any

from jobtwin.errors import EngineError
from jobtwin.harness.contract import Answer, Outcome
from jobtwin.llm.completing import complete
from jobtwin.llm.models import MODELS
from jobtwin.llm.request import parse, read
from jobtwin.llm.service import completion_id

from .handout import SCAFFOLD
from .rightness import Judged, judge
from .trace import Question, Trace


def as_found(trace: Trace, seed: bytes) -> Judged:
    """Return what the old service's answers to a trace come to, one question at a time."""
    lines: list[dict[str, Any]] = []
    sent: Counter[str] = Counter()

    def ask(model: str, messages: list[dict[str, str]]) -> tuple[str, str]:
        body = {"model": model, "messages": messages, "temperature": 0}
        request = read(parse(json.dumps(body).encode()))
        name = request.digest()
        sent[name] += 1
        said = complete(seed, MODELS[model], request, name, sent[name])
        line = {"request": name, "attempt": sent[name], "status": 200, "said": said.text}
        lines.append({**line, "prompt_tokens": said.prompt_tokens})
        return said.text, completion_id(seed, name, sent[name])

    notes = [note.as_json() for note in trace.world.notes.values()]
    pipeline = _old().Pipeline(sorted(notes, key=lambda note: note["id"]), ask)
    answers = []
    for one in trace.items:
        if isinstance(one, Question):
            answers.append(Answer(Outcome.OK, pipeline.answer(one.text)))
        else:
            pipeline.replace(one.note)
            answers.append(Answer(Outcome.OK, {}))
    return judge(trace, answers, lines, seed)


def _old() -> ModuleType:
    """Return the scaffold's pipeline; it imports nothing of its own package."""
    path = SCAFFOLD / "answers" / "pipeline.py"
    spec = importlib.util.spec_from_file_location("jt_latency_3_old_pipeline", path)
    if spec is None or spec.loader is None:
        raise EngineError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
