"""jt-rag-1 and a service that knows the generator's sentences, without a pack and with one.

All three services read every page without a fault here, so that only what they know of words tells
them apart: the one as handed out, the reference, and one that takes a question apart by the public
templates, finds the very sentence that states it, and else does what the one as handed out does.
"""

from __future__ import annotations

import importlib
import re
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.errors import Refused
from jobtwin.harness import proofs, solutions, twin_code
from jobtwin.harness.contract import Answer, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jobtwin.harness.contract import Seeds

TWIN = Path(__file__).parents[3] / "twins" / "jt-rag-1"
HARNESS: Any = twin_code.load(TWIN)
PACK = (Path(__file__).parent / "packs" / "jt-rag-1.yml").read_bytes()
WITHOUT: Any = proofs.solutions(TWIN).seeds("small", 0)
WITH = replace(WITHOUT, pack=PACK)
BAR = {"recall_at_5": 0.75, "citation_accuracy": 0.60}


def part(name: str) -> Any:
    return twin_code.part(HARNESS, name)


@dataclass(frozen=True)
class Page:
    """A page as services keep it, read without a fault."""

    doc_id: str
    number: int
    text: str


def pages(seeds: Seeds) -> Iterator[Page]:
    for document in part("corpus").plan(seeds.graded, seeds.pack).documents:
        for number, page in enumerate(document.pages, start=1):
            yield Page(document.name, number, "\n".join(line.text for line in page.lines))


def retrieval(files: Mapping[str, bytes], folder: Path) -> Any:
    """Return the module of a solution that ranks pages, with what it imports from its package."""
    for path, content in files.items():
        if path.startswith("ragservice/"):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("ragservice.retrieval")
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] == "ragservice"]:
            del sys.modules[name]


@cache
def asked_of() -> tuple[tuple[re.Pattern[str], Any, Any], ...]:
    """Return each public question as a pattern, with its kind and the documents' word."""
    found = []
    for name in part("banks").LANGUAGES:
        bank = part("banks").language(name)
        for kind in bank.types:
            for said, asked in bank.objects:
                for text in kind.asks:
                    form = re.escape(text).replace(re.escape("{object}"), re.escape(asked))
                    form = form.replace(re.escape("{site}"), "(?P<site>.+)", 1)
                    pattern = form.replace(re.escape("{site}"), "(?P=site)")
                    found.append((re.compile(pattern), kind, said))
    return tuple(found)


def inverted(known: list[Page], fallback: Any) -> Any:
    """Return a service that looks up what the public generator may have said."""
    plain = [(page, " ".join(page.text.split())) for page in known]

    def answer(query: str, top_k: int) -> dict[str, Any]:
        for pattern, kind, said in asked_of():
            if match := pattern.fullmatch(query):
                stated = _stated(kind, said, match["site"])
                found = [page for page, text in plain if stated.search(text)]
                # Of two revisions the one that says so is valid.
                found.sort(key=lambda page: "upersede" not in page.text)
                if found:
                    place = {"doc_id": found[0].doc_id, "page": found[0].number}
                    rest: dict[str, Any] = fallback(query, top_k)
                    results = [{**place, "score": 99.0}, *rest["results"][: top_k - 1]]
                    return {"results": results, "answer": "", "citations": [place]}
        other: dict[str, Any] = fallback(query, top_k)
        return other

    return answer


def _stated(kind: Any, said: str, site: str) -> re.Pattern[str]:
    forms = [
        re.escape(text)
        .replace(re.escape("{object}"), re.escape(said))
        .replace(re.escape("{site}"), re.escape(site))
        .replace(re.escape("{value}"), r"[\w.:-]+")
        for text in kind.says
    ]
    row = rf"{re.escape(site)} {re.escape(f'{said} | {kind.label} | ')}"
    return re.compile("|".join([*forms, row]), re.IGNORECASE)


def figures(answer: Any, seeds: Seeds) -> dict[str, float]:
    """Return the figures of a service over the English questions, whose words a pack replaces."""
    read, mark = part("answers").read, part("marking").mark
    asked: Iterable[Any] = part("questions").questions(seeds.graded, seeds.pack)
    marked = [
        mark(one, read(Answer(Outcome.OK, answer(one.text, 10)))[0])
        for one in asked
        if one.language == "en"
    ]
    found: dict[str, float] = part("marking").figures(marked)
    return {name: found[name] for name in BAR}


def is_cleared(found: dict[str, float]) -> bool:
    return all(found[name] >= least for name, least in BAR.items())


@cache
def scaffold() -> dict[str, bytes]:
    return solutions.folder(TWIN / "scaffold")


@pytest.fixture
def handed_out(tmp_path: Path) -> Any:
    """Return the retrieval as handed out, on the pages of a world."""
    index = retrieval(scaffold(), tmp_path / "handed-out").Index
    return lambda seeds: index(list(pages(seeds))).answer


def test_known_sentences_clear_the_bar_without_a_pack_and_gain_nothing_with_one(
    handed_out: Any,
) -> None:
    without = inverted(list(pages(WITHOUT)), handed_out(WITHOUT))
    assert is_cleared(figures(without, WITHOUT))
    assert not is_cleared(figures(handed_out(WITHOUT), WITHOUT))
    looked_up = figures(inverted(list(pages(WITH)), handed_out(WITH)), WITH)
    assert looked_up == figures(handed_out(WITH), WITH)
    assert not is_cleared(looked_up)


def test_an_honest_ranking_clears_the_same_bar_with_a_pack(tmp_path: Path) -> None:
    files = {**scaffold(), **solutions.folder(TWIN / "proofs" / "reference")}
    index = retrieval(files, tmp_path).Index(list(pages(WITH)))
    assert is_cleared(figures(index.answer, WITH))


def test_the_kits_corpus_and_questions_are_not_drawn_with_the_pack() -> None:
    developed, probe = part("planning").developed, part("deployed").probe
    assert developed(WITH) == developed(WITHOUT)
    assert probe(WITH) == probe(WITHOUT)
    corpus = part("corpus").plan(part("handout").kit_world(WITH.kit))
    assert corpus.pack == b""
    said = "\n".join(page.text for page in pages(WITHOUT))
    assert not [word for word in ("Blakemere", "padlock", "carillon") if word in said]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("value: money", "value: gold"),
        ("caretaker of the {object} in {site} answers", "caretaker of the {thing} answers"),
        ("id: drying", "id: 'Drying time'"),
    ],
)
def test_content_that_cannot_be_used_is_told_with_its_line(right: str, wrong: str) -> None:
    text = PACK.decode()
    assert text.count(right) == 1
    line = text[: text.index(right)].count("\n") + 1
    with pytest.raises(Refused) as refused:
        HARNESS.check_pack(text.replace(right, wrong).encode())
    # And then there are too few of the list's items that can be used.
    assert ("content.yml", line) in [(one.path, one.line) for one in refused.value.findings]
