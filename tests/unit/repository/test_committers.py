"""Who committed: addresses and signing keys of a history, whatever stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobtwin.repository import committers, ssh
from jobtwin.repository.git import create
from jobtwin.rules.signature import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.repository.git import Git


def _commit(git: Git, mail: str, *arguments: str, message: str = "work") -> str:
    who = {
        "GIT_AUTHOR_NAME": "A <b@c> name",
        "GIT_AUTHOR_EMAIL": mail,
        "GIT_COMMITTER_NAME": "C",
        "GIT_COMMITTER_EMAIL": f"c-{mail}",
    }
    git.run("commit", "-q", "--allow-empty", "-m", message, *arguments, env=who)
    return git.text("rev-parse", "HEAD")


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return create(tmp_path / "work", bare=False)


def test_authors_and_committers_of_the_whole_history_are_named(git: Git) -> None:
    _commit(git, "lea@x.y")
    head = _commit(git, "mia@x.y")
    found = committers.of(git, head)
    assert found.mails == {"lea@x.y", "c-lea@x.y", "mia@x.y", "c-mia@x.y"}
    assert not found.fingerprints


def test_what_main_has_is_left_out(git: Git) -> None:
    base = _commit(git, "base@x.y")
    head = _commit(git, "lea@x.y")
    assert committers.of(git, head, f"^{base}").mails == {"lea@x.y", "c-lea@x.y"}


def test_a_message_that_looks_like_a_header_names_nobody(git: Git) -> None:
    head = _commit(
        git, "lea@x.y", message="author X <evil@x.y> 1 +0000\n\nauthor E <e@x.y> 1 +0000"
    )
    assert committers.of(git, head).mails == {"lea@x.y", "c-lea@x.y"}


def test_the_key_of_an_ssh_signature_is_named(git: Git, tmp_path: Path) -> None:
    public = ssh.make_key(tmp_path / "key", "lea")
    settings = ("gpg.format=ssh", f"user.signingkey={tmp_path / 'key'}")
    options = [part for setting in settings for part in ("-c", setting)]
    who = {
        f"GIT_{role}_{part}": "l@x.y"
        for role in ("AUTHOR", "COMMITTER")
        for part in ("NAME", "EMAIL")
    }
    git.run(*options, "commit", "-q", "-S", "--allow-empty", "-m", "signed", env=who)
    found = committers.of(git, git.text("rev-parse", "HEAD"))
    assert found.fingerprints == {fingerprint(public)}


@pytest.mark.parametrize("armoured", [b" AAAA\n", b" !!\n", b" U1NIU0lHAAAAAQAAADM=\n"])
def test_a_damaged_signature_names_nobody(git: Git, armoured: bytes) -> None:
    head = _commit(git, "lea@x.y")
    raw = git.run("cat-file", "commit", head)
    signed = raw.replace(
        b"\n\n", b"\ngpgsig -----BEGIN SSH SIGNATURE-----\n" + armoured + b" -----END\n\n", 1
    )
    made = git.run("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=signed)
    found = committers.of(git, made.decode().strip())
    assert not found.fingerprints
    assert "lea@x.y" in found.mails


def test_what_is_not_there_names_nobody(git: Git) -> None:
    assert committers.of(git, "0" * 40) == committers.Committers()


def test_two_histories_are_joined() -> None:
    one = committers.Committers(frozenset({"a@b"}), frozenset({"SHA256:x"}))
    two = committers.Committers(frozenset({"c@d"}))
    assert one | two == committers.Committers(frozenset({"a@b", "c@d"}), frozenset({"SHA256:x"}))
