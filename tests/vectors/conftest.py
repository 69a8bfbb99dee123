"""Where the standards' own suites are found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

STANDARDS = Path(__file__).parents[3] / "shared" / "standards"


@pytest.fixture(scope="session")
def standards() -> Callable[[str], Path]:
    """Return the path of a suite, or skip where the collection is not beside the project."""

    def find(name: str) -> Path:
        path = STANDARDS / name
        if not path.exists():
            pytest.skip(f"the standards collection is not beside the project: {name}")
        return path

    return find
