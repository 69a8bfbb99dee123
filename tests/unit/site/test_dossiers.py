"""Whole builds over a repository that holds a credential."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.build import Built, build
from jobtwin.credential.baking import unbake
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.repository import append
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.site.signed import bare_keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

NASTY = "<script>alert(1)</script>"
SNAPSHOT = b"what was handed in"


class Published:
    """An organisation with one credential, and the site that is built from it."""

    def __init__(self, organisation: Any, played: Any) -> None:
        self.organisation = organisation
        self.played = played
        self.git = organisation.forge.origin
        self.at: datetime = played.records["Issued"].at
        self.add(played.files)

    def add(self, files: dict[str, bytes]) -> None:
        append.add(self.git, files, "Records", self.at)

    def keep(self, content: bytes = SNAPSHOT) -> None:
        ref = layout.snapshot_ref(self.played.twin.id, self.played.attempt, 1)
        append.keep(self.git, ref, "snapshot.tar", content, self.at)

    def build(self, out: Path) -> Built:
        with Tree(self.git, "refs/heads/main") as tree:
            return build(Ledger(tree), out)


@pytest.fixture
def published(
    found_organisation: Callable[..., Any],
    passed: Callable[[str], Any],
    pytestconfig: pytest.Config,
) -> Published:
    root = pytestconfig.rootpath
    docs = {
        str(path.relative_to(root)): path.read_bytes()
        for path in (root / "docs").rglob("*")
        if path.is_file()
    }
    played = passed(NASTY)
    mentor = played.dossier().judges[0].mentor
    more = docs | {"mkdocs.yml": (root / "mkdocs.yml").read_bytes()}
    organisation = found_organisation(more | {layout.mentor("mira"): write(mentor)})
    with Tree(organisation.forge.origin, "refs/heads/main") as main:
        tree = main.tree_id(f"twins/{played.twin.id}")
    again = replace(played, tree_id=tree, files={}, tip=None, records={}).play()
    return Published(organisation, again)


def test_signed_files_are_served_byte_for_byte_at_the_addresses_that_they_name(
    published: Published, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    published.keep()
    built = published.build(tmp_path / "site")
    played = published.played
    folder = layout.credential(played.credential)
    assert built.credentials == (played.credential,)
    drawings = {path for path in built.signed if path.startswith(("twins/", "tracks/"))}
    own = pytestconfig.rootpath
    badges = [path for name in ("twins", "tracks") for path in own.glob(f"{name}/*/badge.*")]
    assert drawings == {path.relative_to(own).as_posix() for path in badges}
    assert set(built.signed) - drawings == {
        ".well-known/did.json",
        "keys/jwks.json",
        "keys/issuer-keys.yml",
        *bare_keys((built.out / layout.JWKS).read_bytes()),
        "status/1.json",
        f"{folder}/credential.json",
        f"{folder}/badge.png",
        f"{folder}/badge.svg",
        f"evidence/a1/{played.attempt}/snapshot.tar",
        f"evidence/a1/{played.attempt}/evaluation.json",
    }
    signed = played.files[f"{folder}/1.json"]
    assert unbake((built.out / folder / "badge.png").read_bytes()) == signed
    assert unbake((built.out / folder / "badge.svg").read_bytes()) == signed
    for path, expected in built.signed.items():
        content = (built.out / path).read_bytes()
        assert "sha256:" + hashlib.sha256(content).hexdigest() == expected
    assert (built.out / folder / "credential.json").read_bytes() == played.files[f"{folder}/1.json"]
    assert built.as_of == published.at


def test_the_credentials_page_stands_in_the_themes_shell_with_working_links(
    published: Published, tmp_path: Path
) -> None:
    published.keep()
    out = published.build(tmp_path / "site").out
    page = out / layout.credential(published.played.credential) / "index.html"
    text = page.read_text("utf-8")
    assert "<script>alert" not in text
    assert 'class="md-header' in text
    assert 'rel="canonical"' not in text
    for link in _local_links(text):
        target = (page.parent / link.partition("?")[0]).resolve()
        assert target.is_file() or (target / "index.html").is_file(), link
    assert not (out / "credentials/00").exists()
    assert "credentials/00" not in (out / "sitemap.xml").read_text("utf-8")
    assert "credentials/00" not in (out / "search/search_index.json").read_text("utf-8")


def test_building_twice_gives_the_same_bytes_and_replaces_the_site(
    published: Published, tmp_path: Path
) -> None:
    published.keep()
    first = _contents(published.build(tmp_path / "one").out)
    out = published.build(tmp_path / "two").out
    assert _contents(out) == first
    assert _contents(published.build(out).out) == first
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_revocation_supersession_and_a_new_number_show_on_the_page(
    published: Published, second: Callable[[Any], Any], tmp_path: Path
) -> None:
    published.keep()
    later = second(published.played)
    earlier = published.played.credential
    issued = later.records["Issued"].model_copy(update={"supersedes": earlier})
    files = {path: data for path, data in later.files.items() if "/status/" not in path}
    published.add(files | {layout.issued(later.credential, 1): write(issued)})
    append.keep(
        published.git,
        layout.snapshot_ref(later.twin.id, later.attempt, 1),
        "snapshot.tar",
        SNAPSHOT,
        published.at,
    )
    pointer = f"{layout.credential(earlier)}/superseded.json"

    def old_page(name: str) -> str:
        out = published.build(tmp_path / name).out
        assert _contents(published.build(tmp_path / "again").out) == _contents(out)
        assert (out / pointer).exists() == (name == "before")
        return (out / layout.credential(earlier) / "index.html").read_text("utf-8")

    old = old_page("before")
    assert "Superseded by a higher score" in old
    assert f'href="../../../{layout.credential(later.credential)}/"' in old
    later.files = {}
    later.revoke()
    published.add(later.files)
    assert "It holds." in old_page("after")
    new = tmp_path / "after" / layout.credential(later.credential) / "index.html"
    assert "Do not rely on this credential" in new.read_text("utf-8")


def test_a_clone_without_the_archive_builds_and_its_pages_say_where_the_work_is(
    published: Published, tmp_path: Path
) -> None:
    built = published.build(tmp_path / "site")
    page = built.out / layout.credential(published.played.credential) / "index.html"
    text = page.read_text("utf-8")
    assert "This copy of the site was made without it" in text
    assert layout.snapshot_ref(published.played.twin.id, published.played.attempt, 1) in text
    assert not any(path.endswith("snapshot.tar") for path in built.signed)


def test_evidence_that_is_missing_among_the_rest_stops_the_build(
    published: Published, tmp_path: Path
) -> None:
    append.keep(published.git, "refs/archive/another", "snapshot.tar", SNAPSHOT, published.at)
    with pytest.raises(EngineError, match="not in this clone") as caught:
        published.build(tmp_path / "site")
    assert "refs/archive" in caught.value.hint
    assert not (tmp_path / "site").exists()


def test_evidence_that_is_not_what_the_receipt_names_stops_the_build(
    published: Published, tmp_path: Path
) -> None:
    published.keep(b"something else")
    with pytest.raises(EngineError, match="not what its receipt names"):
        published.build(tmp_path / "site")


def test_a_credential_that_is_signed_for_another_address_stops_the_build(
    published: Published, tmp_path: Path
) -> None:
    published.keep()
    path = layout.signed(published.played.credential, 2)
    moved = json.loads(published.played.files[layout.signed(published.played.credential, 1)])
    published.add({path: json.dumps(moved | {"id": "https://elsewhere.example/1"}).encode()})
    with pytest.raises(EngineError, match="signed as https://elsewhere"):
        published.build(tmp_path / "site")


def test_a_status_list_that_the_site_does_not_serve_stops_the_build(
    published: Published, tmp_path: Path
) -> None:
    published.keep()
    path = layout.signed(published.played.credential, 2)
    content = json.loads(published.played.files[layout.signed(published.played.credential, 1)])
    content["credentialStatus"]["statusListCredential"] += "x"
    published.add({path: json.dumps(content).encode()})
    with pytest.raises(EngineError, match="does not serve"):
        published.build(tmp_path / "site")


def _local_links(text: str) -> list[str]:
    import re

    links = re.findall(r'(?:href|src)="([^"]*)"', text)
    paths = {link.partition("#")[0] for link in links if not re.match(r"[a-z]+:", link)}
    return sorted(paths - {""})


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
