"""Corpus, questions and measures of the retrieval twin, without drawing a page."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import json
import math
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin import yamlfile
from jobtwin.acts.check import check
from jobtwin.harness.contract import (
    Answer,
    CommandReturn,
    Outcome,
    ProbeReturn,
    Returned,
    Seeds,
    ServiceReturn,
    Submission,
)
from jobtwin.harness.exemplars import ANCHORS
from jobtwin.harness.grading import measure
from jobtwin.harness.proofs import declared, solutions
from jobtwin.harness.reporting import report_of
from jobtwin.harness.twin_code import load as load_harness
from jobtwin.records.base import load
from jobtwin.records.organisation import CalibrationPolicy
from jobtwin.records.report import write
from jobtwin.records.twin import Twin
from jobtwin.rules.gold_quality import check_quality

if TYPE_CHECKING:
    pass

HARNESS = Path(__file__).parents[3] / "twins" / "jt-rag-1" / "harness"
SEED = hashlib.sha256(b"unit").digest()
RECORD = load(Twin, (HARNESS.parent / "twin.yml").read_bytes(), "twin.yml").record


def _load() -> str:
    name = "jt_rag_1_harness"
    spec = importlib.util.spec_from_file_location(
        name, HARNESS / "__init__.py", submodule_search_locations=[str(HARNESS)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return name


NAME = _load()
(
    answers,
    banks,
    corpus,
    exemplars,
    deployed,
    handout,
    layout,
    marking,
    measures,
    planning,
    questions,
    reproducing,
    scoring,
    writeup,
) = (
    importlib.import_module(f"{NAME}.{part}")
    for part in (
        "answers",
        "banks",
        "corpus",
        "exemplars",
        "deployed",
        "handout",
        "layout",
        "marking",
        "measures",
        "planning",
        "questions",
        "reproducing",
        "scoring",
        "writeup",
    )
)
SEEDS = Seeds(corpus.SMALL_MARK + bytes(16), corpus.SMALL_MARK + b"g" * 16)
WRITE_UP = "".join(f"## {one.capitalize()}\n\n{'a word ' * 20}\n\n" for one in writeup.CHOICES)


def test_the_banks_are_rich_enough_and_nothing_stands_twice() -> None:
    for name in banks.LANGUAGES:
        sentences = banks.language(name).sentences
        assert len(sentences) >= (300 if name == "en" else 60)
        assert len(set(sentences)) == len(sentences)


def test_documents_are_of_several_genres() -> None:
    genres = {genre for genre, _ in banks.language("en").titles}
    assert genres == {"manual", "policy", "release notes", "form", "mail", "invoice", "minutes"}
    for name in banks.LANGUAGES:
        assert len({genre for genre, _ in banks.language(name).titles}) >= 4


def test_facts_stand_in_tables_as_well_as_in_sentences() -> None:
    kinds = Counter(
        line.kind
        for one in corpus.plan(SEED).documents
        for page in one.pages
        for line in page.lines
    )
    facts = sum(len(one.facts) for one in corpus.plan(SEED).documents)
    assert 0.1 * facts < kinds["row"] < 0.4 * facts
    assert {"title", "heading", "text", "caption", "note"} <= set(kinds)


def test_without_its_solutions_the_twin_works_and_is_sound(tmp_path: Path) -> None:
    twin = tmp_path / "twins" / "jt-rag-1"
    left_out = shutil.ignore_patterns("reference", "wrong.yml", "measured.yml", "__*", ".mypy*")
    shutil.copytree(HARNESS.parent, twin, ignore=left_out)
    shutil.copy(HARNESS / "__init__.py", twin / "harness")
    assert not (twin / "proofs" / "__init__.py").exists()
    assert check(tmp_path).findings == ()
    made = load_harness(twin)
    assert made.score(SEEDS, Returned({}), Submission({})).metrics["recall_at_5"] == 0
    assert len(made.gold(SEED, 20)) == 20


def test_nothing_of_a_solution_stands_in_what_a_learner_gets() -> None:
    given = solutions(HARNESS.parent).solve("reference", SEEDS).files
    kit = handout.repository(SEEDS.kit)
    own = {path for path, content in given.items() if kit.get(path) != content}
    assert {"ragservice/associations.py", "ragservice/pairs.jsonl"} <= own
    for path in own & set(kit):
        assert len(kit[path]) < len(given[path]), path


def test_a_question_uses_other_words_than_the_documents() -> None:
    for name in banks.LANGUAGES:
        bank = banks.language(name)
        assert all(said.casefold() != asked.casefold() for said, asked in bank.objects)
        assert not {s for one in bank.types for s in one.says} & {
            s for one in bank.types for s in one.asks
        }
        for one in bank.types:
            assert all("{value}" in said and "{object}" in said for said in one.says)
            assert all("{site}" in text and "{object}" in text for text in one.asks)


def test_no_two_languages_share_a_site() -> None:
    sites = [site for name in banks.LANGUAGES for site in banks.language(name).sites]
    assert len(sites) == len(set(sites))


def test_the_full_corpus_has_the_mix_of_the_brief() -> None:
    made = corpus.plan(SEED)
    assert len(made.documents) == 200
    assert Counter(one.stratum for one in made.documents) == corpus.FULL.documents
    assert len({one.name for one in made.documents}) == 200
    assert {one.language for one in made.documents} == set(banks.LANGUAGES)
    assert {len(one.pages) for one in made.documents} <= set(range(1, 9))


def test_every_fact_is_stated_once_but_for_revisions() -> None:
    current = [one for one in corpus.plan(SEED).documents if one.superseded_by is None]
    keys = [(fact.type, fact.thing, fact.site) for one in current for fact in one.facts]
    assert len(keys) == len(set(keys))


def test_a_question_is_answered_on_the_page_that_it_names() -> None:
    documents = {one.name: one for one in corpus.plan(SEED).documents}
    asked = questions.questions(SEED)
    assert Counter(one.stratum for one in asked) == corpus.FULL.questions
    for one in asked:
        page = documents[one.document].pages[one.page - 1]
        text = "".join(line.text for line in page.lines).replace(" ", "")
        assert one.answer.replace(" ", "") in text
        assert documents[one.document].superseded_by is None


def test_revisions_differ_in_one_value_and_the_newer_one_says_so() -> None:
    documents = {one.name: one for one in corpus.plan(SEED).documents}
    pairs = [(one, documents[one.superseded_by]) for one in documents.values() if one.superseded_by]
    assert len(pairs) == 6
    for old, new in pairs:
        assert sum(a != b for a, b in zip(old.facts, new.facts, strict=True)) == 1
        assert any(line.kind == "note" for line in new.pages[0].lines)
        assert not any(line.kind == "note" for line in old.pages[0].lines)


def test_worlds_of_other_seeds_share_no_name_and_no_identity() -> None:
    one, other = corpus.plan(SEED), corpus.plan(hashlib.sha256(b"other").digest())
    assert one.identity != other.identity
    assert not {d.name for d in one.documents} & {d.name for d in other.documents}


def test_the_identity_is_the_same_in_another_process_with_other_surroundings() -> None:
    code = (
        "import sys, importlib; sys.path.insert(0, sys.argv[1]);"
        "corpus = importlib.import_module('harness.corpus');"
        "print(corpus.plan(corpus.SMALL_MARK + bytes(16)).identity)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code, str(HARNESS.parent)],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert found == {corpus.plan(corpus.SMALL_MARK + bytes(16)).identity + "\n"}


@given(st.text(alphabet="abc 日本語é", max_size=400))
def test_wrapping_loses_no_sign_and_keeps_the_width(text: str) -> None:
    lines = layout.wrap(text)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    words = text.split() or [""]
    if max(map(layout.width, words)) <= layout.WIDTH_EM:
        assert all(layout.width(line) <= layout.WIDTH_EM for line in lines)


def test_recall_counts_a_duplicate_once() -> None:
    ranked = ["a", "a", "a", "a", "b", "c"]
    assert measures.recall_at(ranked, frozenset("c"), 5) == 1
    assert measures.recall_at(["a", "b", "d", "e", "f", "c"], frozenset("c"), 5) == 0


def test_measures_agree_with_hand_worked_examples() -> None:
    assert measures.reciprocal_rank(["x", "y", "z"], frozenset("z"), 10) == pytest.approx(1 / 3)
    assert measures.ndcg_at(["x", "y", "z"], frozenset("z"), 10) == pytest.approx(1 / math.log2(4))
    assert measures.recall_at(["x", "y"], frozenset("xw"), 5) == 0.5


def test_citations_need_document_and_page_and_are_three_at_most() -> None:
    right = ("d", 2)
    assert measures.citation_accuracy([right], right) == 1
    assert measures.citation_accuracy([("d", 1)], right) == 0
    assert measures.citation_accuracy([right, ("e", 2)], right) == 0.5
    assert measures.citation_accuracy([right, right], right) == 0.5
    assert measures.citation_accuracy([right, ("a", 1), ("b", 1), ("c", 1)], right) == 0
    assert measures.citation_accuracy([], right) == 0


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=40))
def test_an_interval_holds_possible_means_and_comes_out_again(numbers: list[float]) -> None:
    low, high = measures.interval(numbers, SEED, "x")
    assert min(numbers) <= low <= high <= max(numbers)
    assert (low, high) == measures.interval(numbers, SEED, "x")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["results", "citations", "answer", "doc_id", "page", "score"]),
                inner,
            )
        ),
    )
)
def test_no_answer_can_break_the_reader(body: Any) -> None:
    reply, trouble = answers.read(Answer(Outcome.OK, body))
    assert not trouble or reply == answers.NOTHING


def test_an_answer_with_more_documents_than_asked_for_counts_as_empty() -> None:
    many = [{"doc_id": str(n), "page": 1, "score": 1.0} for n in range(11)]
    reply, trouble = answers.read(
        Answer(Outcome.OK, {"results": many, "citations": [], "answer": ""})
    )
    assert reply == answers.NOTHING
    assert "at most 10" in trouble


def perfect(one: Any) -> Any:
    place = {"doc_id": one.document, "page": one.page}
    return {"results": [{**place, "score": 1}], "citations": [place], "answer": one.answer}


def _returned(body: Any, ended: Any = None, seeds: Seeds = SEEDS) -> Returned:
    """Return what comes back when questions of both worlds are answered by `body`."""
    back = [Answer(Outcome.OK, body(one), 5.0) for one in questions.questions(seeds.graded)]
    known = questions.questions(handout.kit_world(seeds.kit))
    output = {"answers": {one.id: body(one) for one in known}}
    again = ended or CommandReturn(Outcome.OK, output)
    return Returned(
        {planning.graded_id(seeds.graded): ServiceReturn(Outcome.OK, tuple(back))},
        commands={planning.eval_id(seeds.graded): again},
    )


def _report(**more: float) -> bytes:
    figures = {"recall_at_5": 1.0, "mrr_at_10": 1.0, "citation_accuracy": 1.0, **more}
    return json.dumps({"figures": {"all": figures}}).encode()


def _submission(report: bytes | None = None, write_up: str = WRITE_UP) -> Submission:
    files = {writeup.WRITE_UP: write_up.encode()}
    return Submission(files | ({} if report is None else {reproducing.REPORT: report}))


def _score(body: Any) -> Any:
    return scoring.score_all(SEEDS, _returned(body), _submission(_report()))


def test_perfect_answers_score_one_and_empty_ones_nothing() -> None:
    metrics = dict(_score(perfect).metrics)
    rest = {name: metrics.pop(name) for name in ("superseded_cited", "report_gap", "deployed")}
    assert set(rest.values()) == {0.0}
    assert metrics.pop("deployed_agreement") == 0
    assert metrics.pop("latency_p95_ms") == 5.0
    assert set(metrics.values()) == {1.0}
    nothing = dict(_score(lambda _: None).metrics)
    assert nothing.pop("report_gap") == nothing.pop("write_up") == 1
    assert not any(value for name, value in nothing.items() if name != "latency_p95_ms")


def test_the_report_shows_each_stratum_with_its_interval() -> None:
    plots = _score(perfect).report
    assert len(plots) == 6
    rows = {row.label: row for row in plots[0].rows}
    assert set(rows) == {"all questions", *(one.replace("_", "-") for one in corpus.STRATA)}
    assert all((row.low, row.value, row.high) == (1, 1, 1) for row in rows.values())
    assert rows["all questions"].needed.value == 0.75
    assert sum(row.among for label, row in rows.items() if label != "all questions") == 36


def test_bars_in_the_plots_are_those_of_the_twin() -> None:
    bars = {one.metric: one.value for one in RECORD.bar}
    shown = {row.label: row.needed.value for row in _score(perfect).report[0].rows if row.needed}
    assert shown.pop("all questions") == bars["recall_at_5"]
    assert {f"recall_at_5_{name}": value for name, value in shown.items()} == {
        name: value for name, value in bars.items() if name.startswith("recall_at_5_")
    }


def test_the_whole_of_it_is_a_report_that_can_be_kept() -> None:
    graded = _score(perfect)
    bar = measure(RECORD, graded)
    assert all(line.met for line in bar)
    assert len(write(report_of(RECORD, graded, bar, "passed"))) < 20_000


@pytest.mark.parametrize(
    ("report", "gap"),
    [
        (_report(), 0.0),
        (_report(mrr_at_10=0.9), 0.1),
        (_report(citation_accuracy=0.25), 0.75),
        (None, 1.0),
        (b"", 1.0),
        (b"{}", 1.0),
        (b'{"figures": {"all": []}}', 1.0),
        (b'{"figures": {"all": {"recall_at_5": 1, "mrr_at_10": 1}}}', 1.0),
        (_report(recall_at_5=7), 1.0),
        (_report(recall_at_5=True), 1.0),
        (b"[" * 5000, 1.0),
        (_report().replace(b"1.0", b"NaN", 1), 1.0),
    ],
)
def test_a_report_is_compared_with_another_run(report: bytes | None, gap: float) -> None:
    score = scoring.score_all(SEEDS, _returned(perfect), _submission(report))
    assert score.metrics["report_gap"] == pytest.approx(gap)


@pytest.mark.parametrize(
    "ended",
    [
        CommandReturn(Outcome.FAILED, None, "it ended with status 2"),
        CommandReturn(Outcome.TIMED_OUT),
        CommandReturn(Outcome.OK, {}),
        CommandReturn(Outcome.OK, {"answers": []}),
        CommandReturn(Outcome.OK, {"figures": {"all": json.loads(_report())["figures"]["all"]}}),
    ],
)
def test_a_report_that_cannot_be_run_again_is_worth_nothing(ended: Any) -> None:
    score = scoring.score_all(SEEDS, _returned(perfect, ended), _submission(_report()))
    assert score.metrics["report_gap"] == 1
    assert any(ended.detail in note and "make eval" in note for note in score.notes)


def test_answers_count_in_another_run_and_not_what_it_prints() -> None:
    output = {"answers": {}, "figures": json.loads(_report())["figures"]}
    ended = CommandReturn(Outcome.OK, output)
    score = scoring.score_all(SEEDS, _returned(perfect, ended), _submission(_report()))
    assert score.metrics["report_gap"] == 1


@given(
    st.dictionaries(
        st.sampled_from([one.id for one in questions.questions(handout.kit_world(SEEDS.kit))]),
        st.none() | st.integers() | st.text() | st.lists(st.integers()) | st.just({"results": 1}),
        max_size=4,
    )
)
def test_no_answer_of_another_run_can_break_the_score(answers_: Any) -> None:
    ended = CommandReturn(Outcome.OK, {"answers": answers_})
    returned = _returned(perfect, ended)
    marked, trouble = reproducing.rerun(SEEDS, returned)
    assert not trouble
    assert marking.figures(marked)["recall_at_5"] == 0


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        (WRITE_UP, 1.0),
        (WRITE_UP.replace("## Re-ranking", "### 3. Reranking, and why none"), 1.0),
        (WRITE_UP.replace("## Chunking", "## Pages"), 0.6667),
        (WRITE_UP.replace("a word ", "", 18), 0.6667),
        (WRITE_UP + "word " * 700, 0.0),
        (WRITE_UP.replace("a word a word", "<!-- a word a word -->"), 0.0),
        ("", 0.0),
    ],
)
def test_the_write_up_has_its_three_choices_on_one_page(text: str, worth: float) -> None:
    found, notes = writeup.check({writeup.WRITE_UP: text.encode()})
    assert found == worth
    assert bool(notes) is (worth < 1)


def test_the_outline_of_the_kit_is_no_write_up() -> None:
    assert writeup.check(handout.repository(SEEDS.kit))[0] == 0


def _probed(**more: Any) -> Any:
    probe = deployed.probe(SEEDS)
    texts = {one.text: one for one in questions.questions(handout.kit_world(SEEDS.kit))}
    said = [Answer(Outcome.OK, perfect(texts[one["query"]])) for one in probe.queries]
    found = {"outcome": Outcome.OK, "commit": "c0" * 20, "answers": tuple(said), **more}
    returned = replace(_returned(perfect), probes={probe.id: ProbeReturn(**found)})
    handed = replace(_submission(_report()), commit="c0" * 20)
    metrics = scoring.score_all(SEEDS, returned, handed).metrics
    return metrics["deployed"], metrics["deployed_agreement"]


def test_a_deployed_service_is_the_commit_and_answers_as_the_code() -> None:
    other = Answer(Outcome.OK, {"results": [], "citations": [], "answer": ""})
    assert _probed() == (1, 1)
    assert _probed(commit="ab" * 20) == (0, 1)
    assert _probed(commit="") == (0, 1)
    assert _probed(answers=(other,) * 10) == (1, 0)
    assert _probed(answers=()) == (1, 0)
    assert _probed(answers=(Answer(Outcome.FAILED),) * 50) == (1, 0)
    assert _probed(outcome=Outcome.FAILED, detail="down") == (0, 0)


def test_nobody_can_foresee_nonce_and_questions_of_a_probe() -> None:
    one, other = deployed.probe(SEEDS), deployed.probe(Seeds(SEEDS.kit, corpus.SMALL_MARK))
    assert one.nonce != other.nonce
    assert one.queries != other.queries
    assert len({json.dumps(query) for query in one.queries}) == 10


def test_citing_a_superseded_revision_shows() -> None:
    def stale(one: Any) -> Any:
        name = one.superseded[0] if one.superseded else one.document
        return {"results": [], "citations": [{"doc_id": name, "page": one.page}], "answer": ""}

    metrics = _score(stale).metrics
    assert metrics["superseded_cited"] == 1
    assert 0 < metrics["citation_accuracy"] < 1


def test_a_service_that_never_ran_gets_every_figure() -> None:
    score = scoring.score_all(SEEDS, Returned({}), Submission({}))
    assert score.metrics["recall_at_5"] == 0
    assert score.metrics["latency_p95_ms"] == 60_000
    assert score.metrics["report_gap"] == 1


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.CRASHED, Outcome.INVALID])
def test_a_service_that_breaks_off_is_told_how_and_keeps_what_it_answered(outcome: Any) -> None:
    whole = _returned(perfect)
    ((name, service),) = whole.services.items()
    answers = (*service.answers[:9], *[Answer(outcome)] * 27)
    broken = ServiceReturn(outcome, answers, detail="after 9 answers, it was over")
    score = scoring.score_all(SEEDS, replace(whole, services={name: broken}), _submission())
    assert score.metrics["recall_at_5"] == 0.25
    assert "after 9 answers, it was over" in score.notes
    assert f"27 answers count as empty: {outcome}." in score.notes


def test_a_value_is_not_found_inside_a_longer_one() -> None:
    assert marking.states("It is 41 days.", "41")
    assert not marking.states("It is 413 days.", "41")


def test_the_figures_are_those_that_the_twin_declares() -> None:
    twin = yamlfile.parse((HARNESS.parent / "twin.yml").read_bytes()).data
    assert {one["id"] for one in twin["metrics"]} == set(_score(lambda _: None).metrics)


def test_what_a_learner_commits_is_whole_and_holds_no_blank() -> None:
    files = handout.repository(corpus.SMALL_MARK + bytes(16))
    asked = [json.loads(line) for line in files["data/dev.jsonl"].decode().splitlines()]
    assert len(asked) == sum(corpus.SMALL.questions.values())
    assert not [path for path, content in files.items() if b"{{" in content]
    assert {"Makefile", "pyproject.toml", "Dockerfile", "README.md", ".gitignore"} <= set(files)
    assert b"data/corpus/" in files[".gitignore"]


def test_gold_items_differ_and_name_a_defect_for_every_lost_point() -> None:
    items = exemplars.gold_items(SEED, 24)
    assert len({tuple(one.files.values()) for one in items}) == 24
    for one in items:
        assert set(one.files) == {"report/REPORT.md", "report/TRADEOFFS.md"}
        assert len(one.defects) == sum(score < 1 for score in one.scores.values())
        assert b"{" not in b"".join(one.files.values())
    for dimension in exemplars.DIMENSIONS:
        levels = Counter(one.scores[dimension] for one in items)
        assert [levels[anchor] for anchor in ANCHORS.values()] == [2, 4, 6, 7, 5]
    assert {one.id for one in RECORD.rubric} == set(exemplars.DIMENSIONS)


@pytest.mark.parametrize("count", [20, 24])
def test_gold_is_fit_to_measure_mentors_with(count: int) -> None:
    path = sorted((HARNESS.parents[2] / "policy").glob("calibration-*.yml"))[-1]
    policy = load(CalibrationPolicy, path.read_bytes(), path.name).record
    for number in range(5):
        items = exemplars.gold_items(hashlib.sha256(b"gold %d" % number).digest(), count)
        assert sum(len(one.scores) for one in items) >= 100
        assert list(check_quality(items, RECORD, policy)) == []


def test_every_wrong_solution_can_be_made_and_differs_from_the_reference() -> None:
    made = solutions(HARNESS.parent)
    given = made.seeds("small", 0)
    reference = made.solve("reference", given).files
    for proof in declared(HARNESS.parent):
        files = made.solve(proof.id, given).files
        assert (files == reference) == (proof.kind == "reference")
        for path, content in files.items():
            if path.endswith(".py"):
                ast.parse(content)
