"""The policies of this repository say all that they rule by: no number comes from the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobtwin.records.base import load
from jobtwin.repository.ledger import POLICIES

FOLDER = Path(__file__).resolve().parents[3] / "policy"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yml")), ids=lambda path: path.stem)
def test_a_policy_states_every_field_of_its_kind(path: Path) -> None:
    model = POLICIES[path.stem.split("-")[0]]
    stated = load(model, path.read_bytes(), path.name).record.model_fields_set
    assert set(model.model_fields) == stated


@pytest.mark.parametrize("kind", POLICIES)
def test_every_field_stands_in_the_folders_own_page(kind: str) -> None:
    page = (FOLDER / "README.md").read_text("utf-8")
    own = set(POLICIES[kind].model_fields) - {"format", "kind", "since"}
    assert {name for name in own if f"`{name}`" not in page} == set()
