"""Checkpoints: an auditor's own signed word, and nobody else's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jobtwin.acts.audit import audit
from jobtwin.acts.audit.checkpoint import open_checkpoint, write_checkpoint
from jobtwin.acts.audit.report import Divergence, Report
from jobtwin.cli import main
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.repository import append, ssh
from jobtwin.rules.ledger import digest
from jobtwin.rules.signature import AUDIT, REVIEW

KEY = "auditor"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an auditor's key, and a stranger's."""
    folder = tmp_path_factory.mktemp("keys")
    for name in (KEY, "stranger"):
        ssh.make_key(folder / name, name)
    return folder


def _signed(keys: Path, content: bytes, name: str = KEY, namespace: str = AUDIT) -> bytes:
    return ssh.sign_bytes_with_ssh(keys / name, namespace, content)


def _public(keys: Path) -> str:
    return ssh.public_key(keys / f"{KEY}.pub")


def _codes(content: bytes, signature: bytes, key: str) -> set[str]:
    with pytest.raises(Refused) as refused:
        open_checkpoint(content, signature, key)
    return {finding.code for finding in refused.value.findings}


def _report(*divergences: Divergence) -> Report:
    return Report("c" * 40, {"commits": 1}, {}, divergences)


def test_a_checkpoint_names_the_commit_and_the_report_it_rests_on(keys: Path) -> None:
    content = write_checkpoint(_report())
    assert json.loads(content)["report"] == digest(f"{_report().json()}\n".encode())
    assert open_checkpoint(content, _signed(keys, content), _public(keys)) == "c" * 40


def test_there_is_none_of_a_history_that_does_not_hold() -> None:
    code = Code("XXX-001", "wrong", why="It is.", fix="Mend it.")
    with pytest.raises(Refused):
        write_checkpoint(_report(Divergence("c" * 40, code.at("wrong"))))


def test_a_strangers_signature_another_files_or_another_namespaces_does_not_count(
    keys: Path,
) -> None:
    content = write_checkpoint(_report())
    key = _public(keys)
    assert _codes(content, _signed(keys, content, "stranger"), key) == {"SIG-003"}
    assert _codes(content, _signed(keys, content, namespace=REVIEW), key) == {"SIG-004"}
    assert _codes(content.replace(b"c" * 40, b"d" * 40), _signed(keys, content), key) == {"SIG-005"}
    assert _codes(content, b"", key) == {"SIG-001"}


@pytest.mark.parametrize(
    "data",
    [
        {"format": 2},
        {"kind": "review"},
        {"commit": "main"},
        {"commit": "0" * 40},
        {"commit": None},
        {"commit": "c" * 40 + "\n"},
    ],
)
def test_what_is_signed_and_no_checkpoint_does_not_count(keys: Path, data: dict[str, Any]) -> None:
    content = json.dumps(json.loads(write_checkpoint(_report())) | data).encode()
    assert _codes(content, _signed(keys, content), _public(keys)) == {"AUD-072"}


def _run(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main(["audit", *map(str, words)])
    code = left.value.code
    assert isinstance(code, int)
    return code


def test_an_audit_goes_on_from_a_checkpoint_on_the_command_line(
    organisation: Any,
    keys: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    git, file = organisation.forge.origin, tmp_path / "checkpoint.json"
    assert _run(git.path, "--checkpoint", file) == 0
    assert f"ssh-keygen -Y sign -n {AUDIT}" in capsys.readouterr().err
    Path(f"{file}.sig").write_bytes(_signed(keys, file.read_bytes()))
    append.add(git, {"docs/later.md": b"Later.\n"}, "Later", organisation.forge.now)
    assert _run(git.path, "--since", file, "--by", keys / f"{KEY}.pub") == 0
    named = json.loads(file.read_text())["commit"]
    assert f"up to commit {named}" in capsys.readouterr().out
    assert _run(git.path, "--since", file, "--by", keys / "stranger.pub") == 1
    assert "SIG-003" in capsys.readouterr().err


def test_a_checkpoint_of_a_history_that_was_replaced_since_is_refused(
    organisation: Any, keys: Path
) -> None:
    git = organisation.forge.origin
    append.add(git, {"docs/a.md": b"a\n"}, "One way", organisation.forge.now)
    content = write_checkpoint(audit(git))
    git.run("update-ref", "refs/heads/main", "main~1")
    append.add(git, {"docs/b.md": b"b\n"}, "Another way", organisation.forge.now)
    commit = open_checkpoint(content, _signed(keys, content), _public(keys))
    with pytest.raises(Refused) as refused:
        audit(git, since=commit)
    assert {finding.code for finding in refused.value.findings} == {"AUD-070"}


@pytest.mark.parametrize(
    "words",
    [
        ["--checkpoint", "out.json", "--since", "main"],
        ["--since", "none.json", "--by", "auditor.pub"],
        ["--by", "auditor.pub"],
        ["--since", "auditor.pub", "--by", "auditor"],
    ],
)
def test_what_does_not_fit_together_is_a_usage_error(
    organisation: Any, keys: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(keys)
    assert _run(organisation.forge.origin.path, *words) == 2
    assert not Path("out.json").exists()
