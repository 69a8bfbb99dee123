"""The reference pages say what the code says: every act, every format, every field."""

from __future__ import annotations

from scripts.reference import commands, formats, glossary

from jobtwin.cli import ACTS, TOOLS
from jobtwin.records.grade import Decision
from jobtwin.records.submission import Received
from jobtwin.rules.standing import LABELS

FILES = formats.files_page(formats.models())


def _section(page: str, heading: str) -> str:
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_every_command_has_its_usage_and_each_of_its_options() -> None:
    page = commands.commands_page()
    for name in [*ACTS, *TOOLS]:
        assert f"\n## jobtwin {name}\n" in page
    assert "`--checkpoint FILE`" in _section(page, "jobtwin audit")
    assert "### jobtwin review sign\n" in page


def test_every_file_format_says_where_it_stands() -> None:
    for model in formats.models():
        assert f"\n## {formats.kebab(model).replace('-', ' ').capitalize()}\n" in FILES
    decision = _section(FILES, "Decision")
    assert "`grades/<twin>/<xx>/<attempt>/decision-<n>.yml`" in decision
    assert "`submissions/<twin>/<xx>/<attempt>/received-<n>.yml`" in FILES


def test_a_format_lists_its_own_fields_with_what_the_code_says_of_them() -> None:
    decision = _section(FILES, "Decision").partition("\n### ")[0]
    own = set(Decision.model_fields) - {
        "format",
        "kind",
        "at",
        "event",
        "previous",
        "key",
        "signature",
    }
    assert {line.split("`")[1] for line in decision.splitlines() if line.startswith("| `")} == own
    assert "`noted`, `accepted`, `late`, `blocked`, `refused`" in _section(FILES, "Received")
    assert "`ruling`" in _section(FILES, "Received")
    assert "ruling" in Received.model_fields


def test_the_glossary_has_every_act_and_every_label() -> None:
    page = glossary.glossary_page()
    for act in ACTS:
        assert f"[`{act}`](../how-to/{act}.md)" in page
    for label in LABELS:
        assert f"- `{label}`: " in page
