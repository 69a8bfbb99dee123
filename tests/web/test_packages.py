"""What the page is built from: exact versions, known by their hashes, from no address."""

from __future__ import annotations

import json
import re

from tests.web.conftest import WEB


def test_every_version_is_exact() -> None:
    package = json.loads((WEB / "package.json").read_text("utf-8"))
    wanted = package["dependencies"] | package["devDependencies"]
    assert len(wanted) >= 6
    assert [v for v in wanted.values() if not re.fullmatch(r"[0-9]+(\.[0-9]+){2}", v)] == []


def test_the_lock_names_no_address_and_knows_every_package_by_its_hash() -> None:
    text = (WEB / "package-lock.json").read_text("utf-8")
    packages = json.loads(text)["packages"]
    assert "resolved" not in text
    del packages[""]
    assert [name for name, one in packages.items() if "integrity" not in one] == []


def test_no_package_runs_a_script_when_it_is_installed() -> None:
    assert "ignore-scripts=true" in (WEB / ".npmrc").read_text("utf-8").splitlines()
