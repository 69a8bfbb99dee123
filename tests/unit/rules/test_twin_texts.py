"""A twin's texts: what is scored is described, what is promised is scored, all can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobtwin.records.base import Loaded, load
from jobtwin.records.twin import Twin
from jobtwin.rules.twin_texts import check_texts

TWINS = Path(__file__).parents[3] / "twins"
BRIEFED = sorted(path.parent.name for path in TWINS.glob("*/brief.md"))
BRIEF = (TWINS / "jt-safety-5" / "brief.md").read_text("utf-8")


def twin(name: str = "jt-safety-5", **changes: Any) -> Loaded[Twin]:
    loaded = load(Twin, (TWINS / name / "twin.yml").read_bytes(), f"twins/{name}/twin.yml")
    return Loaded(loaded.record.model_copy(update=changes), loaded.document)


def found(loaded: Loaded[Twin], brief: str) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in check_texts(loaded, brief, "brief.md")]


@pytest.mark.parametrize("name", BRIEFED)
def test_every_twin_describes_what_it_scores_and_scores_what_it_describes(name: str) -> None:
    assert found(twin(name), (TWINS / name / "brief.md").read_text("utf-8")) == []


def without(words: str, instead: str = "") -> str:
    assert words in BRIEF
    return BRIEF.replace(words, instead)


@pytest.mark.parametrize(
    ("brief", "code", "said"),
    [
        (without("in at least 80 % of", "in most of"), "TWN-014", ">= 0.8"),
        (without("at most 150 ms", "at most 170 ms"), "TWN-015", "no bar of the twin is 170"),
        (without("at least 80 %", "at least 75 %"), "TWN-015", "no bar of the twin is 0.75"),
        (without("**Threat model**", "**A page**").replace("threat", "risk"), "TWN-014", "Threat"),
        (
            without("- **Latency**:", "- **Elegance**: a short pipeline.\n- **Latency**:"),
            "TWN-015",
            "“**Elegance**: a short pipeline.…”",
        ),
        (without("A partner's", "And then " + "on and on " * 14 + "a partner's"), "TWN-017", "has"),
        (f"{BRIEF}\n" + "Word after word and no end. " * 100, "TWN-017", "over 1,000"),
        ("This is " + "so and so " * 10, "TWN-017", "words on average"),
    ],
)
def test_what_a_brief_lacks_or_has_too_much_of_is_named(brief: str, code: str, said: str) -> None:
    named = [message for known, message in found(twin(), brief) if known == code]
    assert any(said in message for message in named), found(twin(), brief)


def test_a_figure_of_the_bar_that_the_brief_is_silent_about_is_named() -> None:
    loaded = twin()
    odd = loaded.record.metrics[0].model_copy(update={"id": "asr", "title": "Zebras"})
    renamed = twin(metrics=(odd, *loaded.record.metrics[1:]))
    assert ("TWN-014", "nothing in it speaks of `asr` (Zebras)") in found(renamed, BRIEF)


def test_levels_that_differ_in_a_word_are_no_five_levels() -> None:
    row = twin().record.rubric[0]
    alike = row.levels[3].replace(row.levels[3].split()[-1], "otherwise.")
    changed = row.model_copy(update={"levels": (*row.levels[:4], alike)})
    (same,) = found(twin(rubric=(changed, *twin().record.rubric[1:])), BRIEF)
    assert same == ("TWN-016", f"levels 4 and 5 of `{row.id}` are alike")


def test_a_level_of_a_page_is_not_read() -> None:
    row = twin().record.rubric[0]
    changed = row.model_copy(update={"levels": (*row.levels[:4], "word and more " * 25)})
    (long,) = found(twin(rubric=(changed, *twin().record.rubric[1:])), BRIEF)
    assert long == ("TWN-017", f"level 5 of `{row.id}` has 75 words")


def test_a_long_sentence_is_named_by_its_line() -> None:
    brief = without("\n## Where to look", f"\n\n{'and so on ' * 15}.\n\n## Where to look")
    (finding,) = check_texts(twin(), brief, "brief.md")
    assert brief.splitlines()[(finding.line or 0) - 1].startswith("and so on")
