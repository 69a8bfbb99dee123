"""Verifying from a file or a mirror of the site: four verdicts, and never a traceback."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from jobtwin.acts.issue import issue
from jobtwin.acts.revoke import revoke
from jobtwin.acts.verify import verify_published, verify_source, words
from jobtwin.cli.verify import command
from jobtwin.credential.baking import bake, frame
from jobtwin.credential.verdicts import UNREAD
from jobtwin.errors import Refused
from jobtwin.forge.founding import key_files
from jobtwin.records import layout

if TYPE_CHECKING:
    from click.testing import Result


class Site:
    """A mirror with just what a verification asks for."""

    def __init__(self, desk: Any, folder: Path) -> None:
        self.desk, self.folder = desk, folder

    def publish(self) -> Path:
        ledger = self.desk.ledger()
        (identifier,) = ledger.credentials()
        keys = key_files(ledger.issuer, ledger.issuer_keys)
        here = f"credentials/{identifier[:2]}/{identifier}"
        files = {
            f"{here}/credential.json": ledger.tree.read(f"{here}/1.json"),
            "status/1.json": ledger.tree.read(layout.status_list(1, ledger.status_lists()[1])),
            ".well-known/did.json": keys["keys/did.json"],
            "keys/jwks.json": keys["keys/jwks.json"],
        }
        for path, content in files.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return self.folder / here / "credential.json"


@pytest.fixture
def site(desk: Any, tmp_path: Path) -> Site:
    desk.graded(score=0.9)
    desk.apply(issue(desk.event(), desk.ledger(), desk.holders))
    return Site(desk, tmp_path / "site")


def _verdicts(site: Site, source: object, **more: Any) -> tuple[str, str, str, str]:
    now = more.pop("now", site.desk.now + timedelta(days=1))
    found = verify_source(str(source), now=now, mirror=site.folder, **more)
    return found.signature.value, found.status.value, found.issuer.value, found.freshness.value


def test_a_published_credential_verifies_from_the_mirror_alone(site: Site) -> None:
    assert _verdicts(site, site.publish()) == ("valid", "holds", "known", "fresh")


@pytest.mark.parametrize("name", ["png", "svg"])
def test_a_badge_with_the_credential_in_it_verifies_like_the_credential(
    site: Site, tmp_path: Path, name: str
) -> None:
    drawn = (Path(__file__).parents[3] / f"twins/jt-incident-4/badge.{name}").read_bytes()
    picture = tmp_path / f"badge.{name}"
    picture.write_bytes(bake(frame(drawn), site.publish().read_bytes()))
    assert _verdicts(site, picture) == ("valid", "holds", "known", "fresh")


def test_a_drawing_alone_is_no_credential(site: Site) -> None:
    with pytest.raises(Refused, match="nothing is baked into it"):
        _verdicts(site, Path(__file__).parents[3] / "twins/jt-incident-4/badge.png")


def test_its_own_url_is_found_in_the_mirror(site: Site) -> None:
    url = json.loads(site.publish().read_bytes())["id"]
    assert _verdicts(site, url) == ("valid", "holds", "known", "fresh")


def test_cited_files_are_compared_on_request(site: Site) -> None:
    path = site.publish()
    (cited,) = json.loads(path.read_bytes())["relatedResource"]
    arguments = [str(path), "--mirror", str(site.folder), "--now", "2027-01-01", "--related"]
    missing = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert "13. – related: 1 of 1 cited files cannot be had" in missing.output
    file = site.folder / cited["id"].split("/", 3)[3]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"another")
    replaced = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert "has another digest" in replaced.output
    assert replaced.return_value == 1


def test_any_altered_score_is_forgery(site: Site) -> None:
    path = site.publish()
    altered = path.read_text("utf-8").replace('"0.90"', '"1.00"', 1)
    assert altered != path.read_text("utf-8")
    path.write_text(altered, "utf-8")
    assert _verdicts(site, path)[0] == "forged"


def test_a_revoked_credential_says_so(site: Site) -> None:
    (identifier,) = site.desk.ledger().credentials()
    event = site.desk.event()
    site.desk.apply(
        revoke(event, site.desk.ledger(), site.desk.holders, identifier, "Withdrawn.", event.at)
    )
    assert _verdicts(site, site.publish())[:2] == ("valid", "revoked")


def test_an_old_status_list_is_stale_and_no_failure(site: Site) -> None:
    path = site.publish()
    later = site.desk.now + timedelta(days=400)
    found = verify_source(str(path), now=later, mirror=site.folder)
    assert (found.freshness.value, found.ok) == ("stale", True)


def test_an_issuer_nobody_named_is_a_caution(site: Site) -> None:
    path = site.publish()
    assert _verdicts(site, path, trusted=("did:web:other.example",))[2] == "unknown"


def test_without_its_keys_nothing_is_claimed(site: Site) -> None:
    path = site.publish()
    (site.folder / ".well-known" / "did.json").unlink()
    found = verify_source(str(path), now=site.desk.now, mirror=site.folder)
    assert (found.signature.value, found.exit_code) == ("unknown", 1)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"a": 1, "a": 2}', b"\xff\xfe", b"[" * 100_000, b'{"issuer": 7}'],
)
def test_what_is_no_credential_is_told_and_never_a_traceback(
    site: Site, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    found = verify_source(str(path), now=site.desk.now, mirror=site.folder)
    assert found.exit_code == 1
    assert found.findings
    assert words(found)


@pytest.mark.parametrize("content", [b"Curriculum vitae\n", b"\xff\xd8\xff\xe0\x00\x10JFIF", b""])
def test_of_a_file_that_cannot_be_read_people_get_what_to_do_and_programs_every_step(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "cv.txt"
    path.write_bytes(content)
    told = CliRunner().invoke(command, [str(path)], standalone_mode=False)
    sentence, why = told.stdout.splitlines()
    assert (sentence, told.return_value) == (UNREAD.words, 1)
    assert "VC-001" in why
    data = json.loads(CliRunner().invoke(command, [str(path), "--json"]).stdout)
    assert (len(data["steps"]), data["signature"]["value"]) == (12, "unreadable")


def test_a_huge_file_is_refused_before_it_is_read(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    with pytest.raises(Refused, match="VER-002"):
        verify_source(str(path), now=site.desk.now)


@pytest.mark.parametrize(
    "source",
    [
        "/nowhere/at/all",
        "file:///etc/passwd",
        "ext::sh",
        "http://credentials.example/c.json",
        "https://127.0.0.1/credential.json",
        "https://user:word@credentials.example/",
    ],
)
def test_a_source_that_may_not_be_read_is_refused(site: Site, source: str) -> None:
    with pytest.raises(Refused, match="VER-001"):
        verify_source(source, now=site.desk.now)


def _published(site: Site) -> list[str]:
    now = site.desk.now + timedelta(days=1)
    _, findings = verify_published(site.desk.ledger(), 5, now=now, mirror=site.folder)
    return [str(finding.path) for finding in findings]


def test_a_stranger_finds_the_published_site_as_the_repository_has_it(site: Site) -> None:
    site.publish()
    commit = site.folder / "commit.txt"
    commit.write_text(site.desk.ledger().tree.commit + "\n")
    assert _published(site) == []
    commit.write_text("0" * 40 + "\n")
    assert [path.rsplit("/", 1)[-1] for path in _published(site)] == ["commit.txt"]


def test_a_site_that_still_shows_a_revoked_credential_as_good_is_found(site: Site) -> None:
    site.publish()
    (identifier,) = site.desk.ledger().credentials()
    desk = site.desk
    event = desk.event()
    desk.apply(revoke(event, desk.ledger(), desk.holders, identifier, "A reason.", event.at))
    (site.folder / "commit.txt").write_text(desk.ledger().tree.commit + "\n")
    assert [path.rsplit("/", 1)[-1] for path in _published(site)] == ["credential.json"]
    site.publish()
    assert _published(site) == []


def _command(site: Site, *more: str) -> Result:
    asked = ["--published", str(site.desk.git.path), "--mirror", str(site.folder)]
    later = (site.desk.now + timedelta(days=1)).isoformat()
    return CliRunner().invoke(command, [*asked, "--now", later, *more], standalone_mode=False)


def test_a_cache_that_serves_the_older_site_for_a_while_is_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.publish()
    commit = site.folder / "commit.txt"
    commit.write_text("0" * 40 + "\n")
    assert _command(site).return_value == 1
    newer = site.desk.ledger().tree.commit + "\n"
    monkeypatch.setattr("time.sleep", lambda _: commit.write_text(newer))
    found = _command(site, "--wait", "60")
    assert (found.return_value, "1 of 1 credentials verified" in found.stdout) == (0, True)


def test_a_path_out_of_the_mirror_is_not_followed(site: Site, tmp_path: Path) -> None:
    site.publish()
    (tmp_path / "secret.json").write_text("{}")
    with pytest.raises(Refused, match="VER-001"):
        verify_source(
            "https://credentials.example/credentials/../../secret.json",
            now=site.desk.now,
            mirror=site.folder,
        )
