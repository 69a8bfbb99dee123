"""jt-latency-3 and a service that knows the catalogue's sentences, without a pack and with one.

It takes the fact out of the note by the public template, shows the smallest model that sentence's
note alone, and asks again where the model says something else. It needs no search, no judgement of
models, no idea of what a question is about. Of a question that it does not know it makes what the
service as found makes of it.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.errors import Refused
from jobtwin.harness import proofs, twin_code, wire
from jobtwin.harness.contract import Answer, Outcome
from jobtwin.llm import service
from jobtwin.llm import wire as completions
from jobtwin.llm.trace import Line, cost

if TYPE_CHECKING:
    from jobtwin.harness.contract import Seeds

TWIN = Path(__file__).parents[3] / "twins" / "jt-latency-3"
HARNESS: Any = twin_code.load(TWIN)
SOLUTIONS: Any = proofs.solutions(TWIN)
PACK = (Path(__file__).parent / "packs" / "jt-latency-3.yml").read_bytes()
WITHOUT: Any = SOLUTIONS.seeds("small", 3)
WITH = replace(WITHOUT, pack=PACK)
BAR = {"cost_usd": 0.00025, "quality_loss": 0.01}


def part(name: str) -> Any:
    return twin_code.part(HARNESS, name)


def pipeline(files: dict[str, bytes], folder: Path) -> Any:
    """Return the module of a solution's pipeline; it imports nothing of its own package."""
    path = folder / f"pipeline_{len(list(folder.iterdir()))}.py"
    path.write_bytes(files["answers/pipeline.py"])
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def inverted(found: Any) -> type:
    """Return the service as found with the public catalogue's sentences in it."""
    kinds = list(part("world").ATTRIBUTES.values())

    def pattern(text: str, **blanks: str) -> re.Pattern[str]:
        for name, form in blanks.items():
            text = text.replace(re.escape(f"{{{name}}}"), form)
        return re.compile(text)

    def form(text: str) -> str:
        return re.escape(text)

    one, two, number = r"(?P<a>\w+)", r"(?P<b>\w+)", r"(?P<v>[\d.]+)"
    asked = [(pattern(form(text), p=one), kind) for kind in kinds for text in kind.asked]
    asked += [(pattern(form(kind.compared), a=one, b=two), kind) for kind in kinds]

    class Inverted(found.Pipeline):  # type: ignore[misc]
        def answer(self, question: str) -> dict[str, Any]:
            for known, kind in asked:
                if match := known.fullmatch(question):
                    said = [self._known(product, kind) for product in match.groupdict().values()]
                    return {
                        "answer": " ".join(value for value, _ in said),
                        "completions": [name for _, name in said],
                    }
            answer: dict[str, Any] = super().answer(question)
            return answer

        def _known(self, product: str, kind: Any) -> tuple[str, str]:
            wanted = pattern(form(kind.said).replace(re.escape("{p}"), product), v=number)
            texts = (note["text"] for note in self._notes.values())
            text, value = next((t, hit["v"]) for t in texts if (hit := wanted.search(t)))
            question = kind.asked[0].format(p=product)
            for model in ("sim-small", "sim-small", "sim-medium", "sim-large"):
                said, name = self._ask(model, found._messages("Be concise.", [text], question))
                if value in said:
                    break
            return value, name

    return Inverted


def figures(solution: type, seeds: Seeds) -> dict[str, float]:
    """Return cost and lost quality of a pipeline on the unseen trace, one question at a time."""
    run = part("planning").runs_of(seeds).unseen
    lines: list[dict[str, Any]] = []

    def record(line: Line) -> None:
        lines.append(json.loads(line.text()))

    models = service.Service(run.seed, lambda: 0.0, record, tuned=part("planning").TUNED)

    def ask(model: str, messages: list[dict[str, str]]) -> tuple[str, str]:
        while True:
            body = {"model": model, "messages": messages, "temperature": 0}
            begun = models.begin(json.dumps(body).encode())
            models.end(begun)
            if not begun.timing.fails:
                done = completions.completion(begun)
                return done["choices"][0]["message"]["content"], done["id"]

    notes = [note.as_json() for note in run.trace.world.notes.values()]
    found = solution(sorted(notes, key=lambda note: note["id"]), ask)
    answers = []
    for body in run.trace.bodies:
        if body["kind"] == "question":
            answers.append(Answer(Outcome.OK, found.answer(body["text"])))
        else:
            found.replace(body["note"])
            answers.append(Answer(Outcome.OK, {}))
    judged = part("rightness").judge(run.trace, answers, lines, run.seed)
    as_found = part("oracle").as_found(run.trace, run.seed).share
    spent = cost(Line(**line) for line in lines) / len(run.trace.questions)
    return {"cost_usd": spent, "quality_loss": max(0.0, as_found - judged.share)}


def is_cleared(found: dict[str, float]) -> bool:
    return all(found[name] <= most for name, most in BAR.items())


@pytest.mark.slow
def test_the_known_sentences_clear_the_bar_without_a_pack_and_gain_nothing_with_one(
    tmp_path: Path,
) -> None:
    found = pipeline(HARNESS.kit(WITH.kit).files, tmp_path)
    solution = inverted(found)
    assert is_cleared(figures(solution, WITHOUT))
    with_pack, untouched = figures(solution, WITH), figures(found.Pipeline, WITH)
    assert with_pack == untouched
    assert with_pack["cost_usd"] >= 10 * BAR["cost_usd"]


@pytest.mark.slow
def test_an_honest_pipeline_clears_the_same_bar_with_a_pack(tmp_path: Path) -> None:
    files = SOLUTIONS.solve("reference", WITH).files
    assert is_cleared(figures(pipeline(files, tmp_path).Pipeline, WITH))


def test_no_kit_and_no_run_on_the_kits_trace_is_drawn_with_the_pack() -> None:
    assert HARNESS.kit(WITH.kit) == HARNESS.kit(WITHOUT.kit)
    one, other = (HARNESS.prepare(seeds).services for seeds in (WITHOUT, WITH))
    assert [wire.encode(a) == wire.encode(b) for a, b in zip(one, other, strict=True)] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("wrong", ["brings {v} kilograms in 2 bags: {p}.", "It brings {v} kg."])
def test_content_that_cannot_be_used_is_told_with_its_line(wrong: str) -> None:
    content = PACK.replace(b"On our scales the {p} brings {v} kg.", wrong.encode())
    with pytest.raises(Refused) as refused:
        HARNESS.check_pack(content)
    assert [(one.path, one.line) for one in refused.value.findings] == [("content.yml", 4)]
