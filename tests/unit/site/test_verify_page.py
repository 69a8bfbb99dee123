"""The /verify page's file: whole in itself, and run by a browser under a policy that fits it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from jobtwin.site.verify_page import Place, Program, program, verify_files

MADE = Program('let a = "<\\/script>" && 1;', b"licences")
AT = Place("https://a.example", "did:web:a.example", "A & B", {"https://a.example/x": "</script>"})


def page(made: Program | None = MADE) -> str:
    return verify_files(AT, made)["verify/index.html"].decode()


def test_the_policy_names_the_program_and_the_style_and_nothing_else() -> None:
    html = page()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    said = policy[1].replace("&#39;", "'")
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in said
    assert "default-src 'none'" in said
    assert "unsafe" not in said


def test_nothing_of_another_site_is_named_to_be_loaded() -> None:
    for found in re.findall(r'(?:src|href)="([^"]+)"', page()):
        assert found.startswith(("../", "#", "data:", "licences.txt")), found


def test_settings_stay_data_whatever_is_in_them() -> None:
    (settings,) = re.findall(r'id="site">(.*?)</script>', page())
    assert json.loads(settings)["keys"] == AT.keys
    assert "<title>Verify a credential · A &amp; B</title>" in page()


def test_without_the_program_the_page_says_what_to_do_instead() -> None:
    files = verify_files(AT, None)
    html = files["verify/index.html"].decode()
    assert list(files) == ["verify/index.html"]
    assert "jobtwin verify URL-OR-FILE" in html
    assert "script-src &#39;none&#39;" in html
    assert "<form" not in html


def test_the_program_is_there_with_its_licences_or_not_at_all(tmp_path: Path) -> None:
    assert program(tmp_path) is None
    (tmp_path / "verify.js").write_text("1")
    assert program(tmp_path) is None
    (tmp_path / "licences.txt").write_bytes(b"MIT")
    assert program(tmp_path) == Program("1", b"MIT")


def test_every_package_in_the_program_has_its_licence_beside_it() -> None:
    made = program()
    if made is None:
        pytest.skip("the page's program is not built: scripts/web")
    for name in ("@noble/ed25519", "@noble/hashes", "jsonld", "rdf-canonize"):
        assert f"\n{name} " in f"\n{made.licences.decode()}"
    assert b"Redistribution and use" in made.licences
