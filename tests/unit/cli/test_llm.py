"""What a file may say of the models that are served."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.cli import _run, llm

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The settings that would be served."""
    found: list[Any] = []

    async def keep(settings: Any, port: int, socket: Path | None) -> None:
        found.append(settings)

    monkeypatch.setattr(llm, "_until_stopped", keep)
    return found


def test_models_are_served_as_a_file_says(served: list[Any], tmp_path: Path) -> None:
    (tmp_path / "models.json").write_text('{"sim-small": {"misreads": 0.1}}')
    words = ["llm", "serve", "--tier", "3", "--tuned", str(tmp_path / "models.json")]
    assert _run([*words, "--trace", str(tmp_path / "trace.jsonl")]) == 0
    (settings,) = served
    assert settings.tuned == {"sim-small": {"misreads": 0.1}}
    assert settings.tier == 3


@pytest.mark.parametrize(
    "said",
    [
        "no JSON",
        [],
        {"sim-huge": {"misreads": 0.1}},
        {"sim-small": {"nonsense": 1}},
        {"sim-small": {"misreads": True}},
        {"sim-small": {"misreads": "0.1"}},
        {"sim-small": {"id": 7}},
        {"sim-small": 5},
    ],
)
def test_what_models_do_not_have_is_a_wrong_use(
    said: Any, served: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "models.json"
    path.write_text(said if isinstance(said, str) else json.dumps(said))
    assert _run(["llm", "serve", "--tuned", str(path)]) == 2
    assert "models.json" in capsys.readouterr().err
    assert served == []


def test_a_file_that_is_not_there_is_a_wrong_use(served: list[Any], tmp_path: Path) -> None:
    assert _run(["llm", "serve", "--tuned", str(tmp_path / "none.json")]) == 2
    assert served == []
