"""What the documents promise of the code holds: a test that is named there is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.findall(
    r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs/explanation/threat-model.md").read_text("utf-8")
)


def test_the_threat_model_names_the_tests_that_hold_it() -> None:
    assert len(NAMED) > 30


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)))
def test_a_test_that_the_threat_model_names_exists(path: str, name: str) -> None:
    text = (ROOT / "tests" / path).read_text("utf-8")
    assert re.search(rf"^def {name}\(", text, re.MULTILINE)
