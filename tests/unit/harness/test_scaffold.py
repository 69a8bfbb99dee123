"""A twin's scaffold as a learner gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.harness import scaffold

if TYPE_CHECKING:
    from pathlib import Path


def test_gitignore_gets_its_dot_and_caches_stay_behind(tmp_path: Path) -> None:
    for name in ("gitignore", "app/main.py", "app/__pycache__/main.pyc", ".pytest_cache/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert set(scaffold.read(tmp_path)) == {".gitignore", "app/main.py"}


def test_blanks_get_their_facts_with_and_without_spaces_and_others_stay() -> None:
    files = {"README.md": b"{{lead}} and {{ lead }}, {{day}}", "logo.png": b"\x89\xff{{lead}}"}
    found = scaffold.filled(files, {"lead": "Imke"})
    assert found == {"README.md": b"Imke and Imke, {{day}}", "logo.png": b"\x89\xffImke"}
    assert files["README.md"].startswith(b"{{lead}}")
