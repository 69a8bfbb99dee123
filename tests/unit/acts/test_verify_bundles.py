"""A bundle verifies anywhere, with nothing but itself; a shared link says whose a credential is."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from jobtwin.acts.issue import issue
from jobtwin.cli.verify import command
from jobtwin.credential.holder import hashed, link
from jobtwin.credential.jsonbytes import MAX_BYTES
from jobtwin.multikey import encode
from jobtwin.records import layout
from jobtwin.site import bundles, signed

if TYPE_CHECKING:
    from click.testing import Result

NAME, SALT = "Zoë Müller", "0123456789abcdef" * 2


class Site:
    """A published credential with its bundle."""

    def __init__(self, desk: Any, folder: Path) -> None:
        self.folder = folder
        self.now = (desk.now + timedelta(days=3)).isoformat()
        ledger = desk.ledger()
        (identifier,) = ledger.credentials()
        self.signer = desk.holders.signer("issuer")
        own = layout.credential(identifier)
        files = {
            **signed.key_files(ledger),
            **signed.status_lists(ledger),
            f"{own}/credential.json": signed.signed_credential(ledger, identifier),
            **signed.signed_jwt(ledger, ledger.issued(identifier)[-1].record),
        }
        files[f"{own}/bundle.json"] = bundles.bundle(ledger, identifier, files)
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        self.credential = folder / own / "credential.json"
        self.bundle = folder / own / "bundle.json"
        self.page = f"{ledger.issuer.url}/{own}/"


@pytest.fixture
def site(desk: Any, tmp_path: Path) -> Site:
    desk.graded(score=0.9, recipient=hashed(NAME, SALT))
    desk.apply(issue(desk.event(), desk.ledger(), desk.holders))
    return Site(desk, tmp_path / "site")


@pytest.fixture
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.delenv("JOBTWIN_MIRROR", raising=False)


def _run(site: Site, source: object, *more: object) -> Result:
    arguments = [str(source), "--now", site.now, "--json", *map(str, more)]
    return CliRunner().invoke(command, arguments, standalone_mode=False)


def _told(result: Result) -> dict[str, str]:
    assert result.exception is None, result.exception
    data = json.loads(result.stdout)
    names = ("signature", "status", "issuer", "freshness", "holder")
    return {name: data[name]["value"] for name in names}


def _with(**verdicts: str) -> dict[str, str]:
    good = {"signature": "valid", "status": "holds", "issuer": "claimed", "freshness": "fresh"}
    return {**good, "holder": "not_shown", **verdicts}


@pytest.mark.usefixtures("_no_network")
def test_a_bundle_verifies_once_the_site_is_gone_from_any_folder(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = tmp_path / "elsewhere" / "kept.json"
    alone.parent.mkdir()
    shutil.copy(site.bundle, alone)
    shutil.rmtree(site.folder)
    monkeypatch.chdir(alone.parent)
    result = _run(site, "kept.json")
    assert _told(result) == _with()
    assert result.return_value == 0


@pytest.mark.slow
def test_a_bundle_verifies_where_there_is_no_network_at_all(site: Site, tmp_path: Path) -> None:
    walled = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*walled, "true"], check=False).returncode:
        pytest.skip("this machine lets nobody make a network of their own")
    asked = [
        Path(sys.executable).with_name("jobtwin"),
        "verify",
        str(site.bundle),
        "--now",
        site.now,
    ]
    done = subprocess.run(
        [*walled, *asked], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "signature:  valid" in done.stdout, done.stderr
    assert "issuer:     claimed" in done.stdout
    assert done.returncode == 0


@pytest.mark.usefixtures("_no_network")
def test_the_issuer_is_known_by_a_mirror_or_by_a_key(site: Site, tmp_path: Path) -> None:
    assert _told(_run(site, site.bundle, "--mirror", site.folder)) == _with(issuer="known")
    key = encode(site.signer.public_key)
    assert _told(_run(site, site.bundle, "--trust-key", key)) == _with(issuer="known")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert _told(_run(site, site.bundle, "--mirror", empty)) == _with()


def test_a_key_that_is_none_is_told_as_a_slip(site: Site) -> None:
    result = _run(site, site.bundle, "--trust-key", "z6MkNo")
    assert "not an Ed25519 Multikey" in str(result.exception)


@pytest.mark.usefixtures("_no_network")
def test_a_bundle_is_read_beyond_the_size_of_a_credential_and_no_further(
    site: Site, tmp_path: Path
) -> None:
    large = tmp_path / "large.json"
    large.write_bytes(site.bundle.read_bytes() + b" " * MAX_BYTES)
    assert _told(_run(site, large)) == _with()
    large.write_bytes(site.bundle.read_bytes() + b" " * (5 * MAX_BYTES))
    assert "VER-002" in str(_run(site, large).exception)
    large.write_bytes(site.credential.read_bytes() + b" " * MAX_BYTES)
    assert "VER-002" in str(_run(site, large).exception)


@pytest.mark.usefixtures("_no_network")
def test_a_damaged_bundle_is_refused_with_the_file_that_is(site: Site, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.json"
    damaged.write_text(site.bundle.read_text("utf-8").replace("0.90", "1.00"), "utf-8")
    assert "VC-074" in str(_run(site, damaged).exception)


def test_the_holders_link_says_whom_it_was_issued_to(site: Site) -> None:
    shared = link(site.page, NAME, SALT)
    result = _run(site, shared, "--mirror", site.folder)
    assert _told(result) == _with(issuer="known", holder="shown")
    assert f"Issued to {NAME}" in json.loads(result.stdout)["holder"]["words"]
    assert result.return_value == 0


def test_a_link_with_another_name_is_told_plainly_and_fails(site: Site) -> None:
    others = [
        ("Ben", SALT),
        (NAME, SALT[::-1]),
        (NAME + "\u200b", SALT),
        (NAME, ""),
        ("a\nb", SALT),
    ]
    for name, salt in others:
        result = _run(site, link(site.page, name, salt), "--mirror", site.folder)
        assert _told(result) == _with(issuer="known", holder="mismatch")
        assert result.return_value == 1


def test_a_page_stands_for_the_credential_beside_it(site: Site) -> None:
    for page in ("", "index.html", "credential.json", "#verify"):
        told = _told(_run(site, site.page + page, "--mirror", site.folder))
        assert told == _with(issuer="known"), page


def _kept(tmp_path: Path, name: str) -> Path:
    path = tmp_path / "name-jt-incident-4-01234567.txt"
    path.write_text(f"name: {name}\nsalt: {SALT}\n", "utf-8")
    return path


def test_its_owner_gets_the_link_to_share(site: Site, tmp_path: Path) -> None:
    kept = _kept(tmp_path, NAME)
    for source in (site.page, site.credential, site.bundle):
        result = _run(site, source, "--mirror", site.folder, "--holder", kept)
        assert _told(result)["holder"] == "shown"
        assert f"The link that shows your name: {link(site.page, NAME, SALT)}" in result.stderr


def test_nobody_else_gets_a_link(site: Site, tmp_path: Path) -> None:
    result = _run(site, site.bundle, "--holder", _kept(tmp_path, "Somebody Else"))
    assert _told(result)["holder"] == "mismatch"
    assert "link that shows" not in result.stderr
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("my salt is 5", "ascii")
    assert "HLD-001" in str(_run(site, site.bundle, "--holder", wrong).exception)
