"""Keys gain dates and companions; the four files that say so always agree."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import START

from jobtwin import keys, multikey
from jobtwin.acts import rekey
from jobtwin.cli import _run
from jobtwin.credential.keys import SeedSigner
from jobtwin.errors import Refused
from jobtwin.forge.founding import key_files
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.organisation import ActKeys, IssuerKeys
from jobtwin.records.root import Root
from jobtwin.repository import append
from jobtwin.rules.replay import organisation as rules

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = "key-2026-1", "key-2026-2"
FILES = {layout.ISSUER_KEYS, layout.ACT_KEYS, layout.JWKS, layout.DID}
PUBLIC = multikey.encode(SeedSigner(NEW, b"n" * 32).public_key)


def _add(organisation: Any) -> dict[str, bytes]:
    files = rekey.add(organisation.ledger(), NEW, PUBLIC, START)
    append.add(organisation.forge.origin, files, "Keys", START)
    return files


def _published(files: dict[str, bytes]) -> set[str]:
    methods = json.loads(files[layout.DID])["assertionMethod"]
    return {method.partition("#")[2] for method in methods if "#key-" in method}


def _check(organisation: Any, before: Any, files: dict[str, bytes]) -> IssuerKeys:
    """Check that audit would let the change pass, and return the new keys."""
    issuer_keys = load(IssuerKeys, files[layout.ISSUER_KEYS]).record
    acts = load(ActKeys, files[layout.ACT_KEYS]).record
    old = before.need(ActKeys, layout.ACT_KEYS)
    assert list(rules.check_act_keys(old, acts, "")) == []
    assert list(rules.check_issuer_keys(before.issuer_keys, issuer_keys, "")) == []
    expected = key_files(before.issuer, issuer_keys)
    assert {path: files[path] for path in expected} == expected
    assert files.keys() == FILES
    return issuer_keys


def test_an_added_key_may_sign_beside_the_old_one(organisation: Any) -> None:
    before = organisation.ledger()
    files = _add(organisation)
    old, new = _check(organisation, before, files).keys
    assert (old.fragment, new.fragment, new.since, new.test) == (OLD, NEW, START, True)
    assert _published(files) == {OLD, NEW}
    acts = {key.id: key for key in load(ActKeys, files[layout.ACT_KEYS]).record.keys}
    assert acts[NEW].acts == acts[OLD].acts


def test_a_retired_key_stays_published_and_writes_no_records(organisation: Any) -> None:
    _add(organisation)
    before = organisation.ledger()
    files = rekey.retire(before, OLD, START + timedelta(days=1))
    assert _check(organisation, before, files).keys[0].retired == START + timedelta(days=1)
    assert _published(files) == {OLD, NEW}
    acts = {key.id: key.until for key in load(ActKeys, files[layout.ACT_KEYS]).record.keys}
    assert (acts[OLD], acts[NEW]) == (START + timedelta(days=1), None)


def test_a_compromised_key_is_published_no_more(organisation: Any) -> None:
    _add(organisation)
    before = organisation.ledger()
    files = rekey.compromise(before, OLD, START + timedelta(days=1))
    assert _check(organisation, before, files).keys[0].compromised == START + timedelta(days=1)
    assert _published(files) == {NEW}
    assert len(json.loads(files[layout.JWKS])["keys"]) == 1


def test_a_retired_key_can_still_be_called_compromised(organisation: Any) -> None:
    _add(organisation)
    files = rekey.retire(organisation.ledger(), OLD, START + timedelta(days=1))
    append.add(organisation.forge.origin, files, "Keys", START)
    before = organisation.ledger()
    files = rekey.compromise(before, OLD, START + timedelta(days=2))
    old = _check(organisation, before, files).keys[0]
    assert (old.retired, old.compromised) == (START + timedelta(days=1), START + timedelta(days=2))
    append.add(organisation.forge.origin, files, "Keys", START)
    for end in (rekey.retire, rekey.compromise):
        with pytest.raises(Refused, match="KEY-003"):
            end(organisation.ledger(), OLD, START)


@pytest.mark.parametrize("end", [rekey.retire, rekey.compromise])
def test_the_only_key_in_force_cannot_end(organisation: Any, end: Any) -> None:
    with pytest.raises(Refused, match="KEY-004"):
        end(organisation.ledger(), OLD, START)
    _add(organisation)
    append.add(organisation.forge.origin, end(organisation.ledger(), OLD, START), "Keys", START)
    with pytest.raises(Refused, match="KEY-004"):
        end(organisation.ledger(), NEW, START)


@pytest.mark.parametrize("end", [rekey.retire, rekey.compromise])
def test_a_key_that_is_not_there_cannot_end(organisation: Any, end: Any) -> None:
    with pytest.raises(Refused, match="KEY-001"):
        end(organisation.ledger(), "clock-2026-1", START)


def test_neither_an_id_nor_a_key_is_listed_twice(organisation: Any) -> None:
    ledger = organisation.ledger()
    for name in (OLD, "clock-2026-1"):
        with pytest.raises(Refused, match="KEY-002"):
            rekey.add(ledger, name, PUBLIC, START)
    clock = ledger.act_keys["clock-2026-1"].public_key
    for listed in (ledger.issuer_keys.keys[0].public_key, clock):
        with pytest.raises(Refused, match="KEY-002"):
            rekey.add(ledger, NEW, listed, START)


@pytest.fixture
def clone(organisation: Any, tmp_path: Path) -> Path:
    """An operator's clone of the organisation's repository."""
    path = tmp_path / "clone"
    origin = str(organisation.forge.origin.path)
    subprocess.run(["git", "clone", "-q", "-b", "main", origin, str(path)], check=True)
    return path


def test_the_command_draws_a_key_that_only_its_owner_can_read(
    clone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "kept"
    assert _run(["rekey", "add", NEW, "--new", str(folder), "--repo", str(clone)]) == 0
    told = capsys.readouterr()
    secret = (folder / "issuer.key").read_text("ascii").strip()
    assert (folder / "issuer.key").stat().st_mode & 0o777 == 0o600
    assert secret.partition(":")[2] not in told.out + told.err
    held = keys.from_folder(folder).signer("issuer")
    new = load(IssuerKeys, (clone / layout.ISSUER_KEYS).read_bytes()).record.keys[-1]
    assert (held.key_id, multikey.encode(held.public_key)) == (new.fragment, new.public_key)
    status = subprocess.run(
        ["git", "-C", str(clone), "status", "--porcelain"], capture_output=True, check=True
    ).stdout.decode()
    assert {line[3:] for line in status.splitlines()} == FILES


def test_the_command_refuses_before_anything_is_written(
    clone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--repo", str(clone)]
    assert _run(["rekey", "retire", OLD, *where]) == 1
    assert "KEY-004" in capsys.readouterr().err
    assert _run(["rekey", "add", OLD, "--new", str(tmp_path / "kept"), *where]) == 1
    assert not (tmp_path / "kept").exists()
    assert _run(["rekey", "add", NEW, "--new", str(clone / "secrets"), *where]) == 1
    assert not (clone / "secrets").exists()
    assert _run(["rekey", "add", "../key", "--public-key", PUBLIC, *where]) == 2
    assert _run(["rekey", "add", NEW, "--public-key", "z6Mkno", *where]) == 2
    assert _run(["rekey", "add", NEW, *where]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_change_that_is_not_on_main_yet_is_not_written_over(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["rekey", "add", NEW, "--public-key", PUBLIC, "--repo", str(clone)]
    assert _run(words) == 0
    assert _run(["rekey", "add", "key-2026-3", *words[3:4], _other(), *words[5:]]) == 1
    assert "KEY-005" in capsys.readouterr().err


def _other() -> str:
    return multikey.encode(SeedSigner("", b"o" * 32).public_key)


def test_where_a_root_key_vouches_the_operator_is_told_what_it_has_to_sign(
    organisation: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write(Root(format=1, key="ssh-ed25519 " + "A" * 68, since=START))
    append.add(organisation.forge.origin, {layout.ROOT: root}, "Root", START)
    path, origin = tmp_path / "clone", str(organisation.forge.origin.path)
    subprocess.run(["git", "clone", "-q", "-b", "main", origin, str(path)], check=True)
    assert _run(["rekey", "add", NEW, "--public-key", PUBLIC, "--repo", str(path)]) == 0
    asked = "ssh-keygen -Y sign -n jobtwin-issuer-keys@v1 -f ROOT keys/issuer-keys.yml"
    assert asked in capsys.readouterr().err
