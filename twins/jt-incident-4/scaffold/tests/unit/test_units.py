"""The parts, one by one, on small made-up rows."""

import pytest
from leafletline.ask_router import route_question
from leafletline.context_window import assemble_context
from leafletline.dose_table import dose_for
from leafletline.guard_rails import flags_of, suggestions_for
from leafletline.leaflet_versions import select_leaflet
from leafletline.name_forms import plain_name
from leafletline.name_lookup import find_entries

ROW = {
    "mg_per_kg": 6,
    "step_mg": 10,
    "doses_per_day": 3,
    "min_weight_kg": 8,
    "max_single_mg": 240,
    "max_daily_mg": 700,
}


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("  Nimbalor® 200mg ", "nimbalor 200 mg"),
        ("NIMBALOR-200", "nimbalor 200"),
        ("nimbalor 200 mg", "nimbalor 200 mg"),
    ],
)
def test_a_name_is_compared_in_one_spelling(typed, plain):
    assert plain_name(typed) == plain


def test_an_entry_is_found_by_its_name():
    index = {"nimbalor 200": ["P-2"], "nimbalor": ["P-3", "P-2"]}
    assert find_entries(index, "nimbalor 200") == ["P-2"]
    assert find_entries(index, "nimbalor") == ["P-2", "P-3"]


def test_a_name_like_nothing_we_carry_is_unknown():
    assert find_entries({"nimbalor 200": ["P-2"]}, "grandmother tea") == []


def test_the_newest_approved_version_is_served():
    leaflets = [
        {"version": "2.1", "status": "approved"},
        {"version": "2.3", "status": "approved"},
        {"version": "2.4", "status": "draft"},
    ]
    assert select_leaflet(leaflets, [])["version"] == "2.3"


def test_a_withdrawn_version_is_not_served():
    leaflets = [{"version": "2.1", "status": "approved"}]
    assert select_leaflet(leaflets, [{"before": "2.2"}]) is None


def test_a_childs_dose_follows_the_weight():
    assert dose_for(ROW, 21) == {"dose_mg": 120, "doses_per_day": 3, "daily_mg": 360}


def test_there_is_no_dose_below_the_lowest_weight():
    assert dose_for(ROW, 7) is None


def test_passages_on_the_topic_come_first():
    passages = [{"topic": "use", "text": "a" * 20}, {"topic": "dose", "text": "b" * 20}]
    assert [row["topic"] for row in assemble_context(passages, "dose", 100)] == ["dose", "use"]


def test_the_rest_of_the_leaflet_is_cut_at_the_budget():
    passages = [{"topic": "dose", "text": "b" * 20}, {"topic": "use", "text": "a" * 20}]
    assert [row["topic"] for row in assemble_context(passages, "dose", 30)] == ["dose"]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How much may I take?", "dose"),
        ("Can I combine them?", "interaction"),
        ("Does it go in the fridge?", "storage"),
        ("hello", None),
    ],
)
def test_a_question_is_routed_by_its_keywords(question, kind):
    assert route_question(question) == kind


def test_an_answer_without_a_source_is_flagged():
    assert "no_citation" in flags_of("Fine.", {}, None)


def test_suggestions_are_offered_only_for_similar_names():
    assert suggestions_for("nimbalur", ["nimbalor", "zest"]) == ["nimbalor"]
