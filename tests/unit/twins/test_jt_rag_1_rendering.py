"""The PDFs of the retrieval twin: what they show was planned, and how they look is repeatable."""

from __future__ import annotations

import importlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobtwin.errors import EngineError
from jobtwin.harness.twin_code import load

pypdf = pytest.importorskip("pypdf")

TWIN = Path(__file__).parents[3] / "twins" / "jt-rag-1"


@pytest.fixture(scope="module")
def world() -> Any:
    package: Any = load(TWIN)
    name = package.__name__
    corpus, fonts, rendering = (
        importlib.import_module(f"{name}.{part}") for part in ("corpus", "fonts", "rendering")
    )
    try:
        fonts.path_of(fonts.WIDE)
    except EngineError as missing:
        pytest.skip(str(missing))
    return corpus, rendering


def _first(corpus: Any, **wanted: str) -> Any:
    documents = corpus.plan(corpus.SMALL_MARK + bytes(16)).documents
    fitting = (d for d in documents if all(getattr(d, k) == v for k, v in wanted.items()))
    return min(fitting, key=lambda one: len(one.pages))


def _text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("language", ["en", "es", "ja", "zh"])
def test_a_clean_document_holds_its_facts_as_text(world: Any, language: str) -> None:
    corpus, rendering = world
    document = _first(corpus, look="clean", language=language)
    text = _text(rendering.pdf(document, b"seed"))
    assert all(fact.value in text for fact in document.facts)


def test_a_picture_holds_hardly_any_text_and_as_many_pages_as_planned(world: Any) -> None:
    corpus, rendering = world
    document = _first(corpus, look="image")
    content = rendering.pdf(document, b"seed")
    assert len(_text(content).split()) <= 3 * len(document.pages)
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages) == len(document.pages)


def test_the_same_seed_draws_the_same_bytes_and_another_other_damage(world: Any) -> None:
    corpus, rendering = world
    document = _first(corpus, look="scan")
    assert rendering.pdf(document, b"seed") == rendering.pdf(document, b"seed")
    assert rendering.pdf(document, b"seed") != rendering.pdf(document, b"other")


def test_metadata_says_nothing_about_the_content(world: Any) -> None:
    corpus, rendering = world
    document = _first(corpus, look="clean", language="en")
    told = pypdf.PdfReader(io.BytesIO(rendering.pdf(document, b"seed"))).metadata
    assert document.facts[0].site not in str(told)
    assert document.name not in str(told)


def test_who_draws_a_document_and_where_changes_no_byte(world: Any) -> None:
    corpus, rendering = world
    spreading = importlib.import_module(f"{rendering.__package__}.spreading")
    seed = corpus.SMALL_MARK + bytes(16)
    here = dict(rendering.some(seed, range(4)))
    surroundings = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "ja_JP.UTF-8"}
    words = [sys.executable, spreading.__file__, seed.hex(), "0", "4", "1"]
    done = subprocess.run(
        words, env={**os.environ, **surroundings}, stdout=subprocess.PIPE, check=True
    )
    assert dict(spreading._read(io.BytesIO(done.stdout))) == here


@pytest.mark.parametrize("processors", [1, 3])
def test_shares_are_put_together_in_the_order_of_names(
    world: Any, processors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, rendering = world
    spreading = importlib.import_module(f"{rendering.__package__}.spreading")
    seed = corpus.SMALL_MARK + bytes(16)
    monkeypatch.setattr(spreading, "WORTH_IT", 2)
    monkeypatch.setattr(spreading, "_processors", lambda: processors)
    found = spreading.shared_out(seed, 5, rendering.some)
    assert list(found) == [one.name for one in corpus.plan(seed).documents[:5]]


def test_programs_draw_a_private_packs_documents_alike(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, rendering = world
    spreading = importlib.import_module(f"{rendering.__package__}.spreading")
    seed = corpus.SMALL_MARK + bytes(16)
    pack = (Path(__file__).parent / "packs" / "jt-rag-1.yml").read_bytes()
    here = dict(rendering.some(seed, range(4), pack))
    monkeypatch.setattr(spreading, "WORTH_IT", 1)
    monkeypatch.setattr(spreading, "_processors", lambda: 2)
    assert spreading.shared_out(seed, 4, rendering.some, pack) == here
    assert dict(rendering.some(seed, range(4))) != here


def test_a_share_that_is_not_drawn_stops_the_whole(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, rendering = world
    spreading = importlib.import_module(f"{rendering.__package__}.spreading")
    monkeypatch.setattr(spreading, "WORTH_IT", 1)
    monkeypatch.setattr(spreading, "_processors", lambda: 2)
    with pytest.raises(subprocess.CalledProcessError):  # so many documents are not in this world
        spreading.shared_out(corpus.SMALL_MARK + bytes(16), 999, lambda *_: ())
