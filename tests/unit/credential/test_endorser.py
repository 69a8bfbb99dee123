"""Which key files sign an endorsement, and why the others do not."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from jobtwin.credential.endorser import is_encrypted, public_bytes, public_line, signer_from_ssh
from jobtwin.credential.keys import is_signature
from jobtwin.errors import Refused


def made(folder: Path, *options: str, passphrase: str = "") -> Path:
    path = folder / "key"
    command = ["ssh-keygen", "-q", "-N", passphrase, "-C", "mia", "-f", str(path), *options]
    subprocess.run(command, check=True, timeout=60)
    return path


def line_of(path: Path) -> str:
    return " ".join(path.with_name("key.pub").read_text("utf-8").split()[:2])


def why(content: bytes, passphrase: str | None = None) -> str:
    with pytest.raises(Refused) as refused:
        signer_from_ssh(content, passphrase)
    (finding,) = refused.value.findings
    assert finding.hint
    return f"{finding.code} {finding.message}"


def test_a_plain_key_signs_as_its_did_key(tmp_path: Path) -> None:
    path = made(tmp_path, "-t", "ed25519")
    signer = signer_from_ssh(path.read_bytes())
    assert signer.public_key == public_bytes(line_of(path))
    assert public_line(signer.public_key) == line_of(path)
    did, _, name = signer.key_id.partition("#")
    assert did == f"did:key:{name}"
    assert is_signature(signer.public_key, b"words", signer.sign(b"words"))


def test_a_key_with_a_passphrase_opens_with_it_and_with_no_other(tmp_path: Path) -> None:
    path = made(tmp_path, "-t", "ed25519", passphrase="öffne dich")
    content = path.read_bytes()
    assert is_encrypted(content)
    assert signer_from_ssh(content, "öffne dich").public_key == public_bytes(line_of(path))
    assert why(content, "sesame").startswith("SIG-011")
    assert why(content).startswith("SIG-011")


def test_a_key_of_another_kind_is_named(tmp_path: Path) -> None:
    assert "`ssh-rsa`" in why(made(tmp_path, "-t", "rsa", "-b", "1024").read_bytes())


def test_an_encrypted_key_of_another_kind_is_named_before_its_passphrase_is_asked_for(
    tmp_path: Path,
) -> None:
    content = made(tmp_path, "-t", "ecdsa", passphrase="long enough").read_bytes()
    with pytest.raises(Refused, match="ecdsa-sha2-nistp256"):
        is_encrypted(content)


def test_a_public_half_says_that_an_agent_does_not_do(tmp_path: Path) -> None:
    made(tmp_path, "-t", "ed25519")
    assert "agent" in why((tmp_path / "key.pub").read_bytes())


def test_the_handle_of_a_security_key_is_refused_with_the_reason() -> None:
    def text(content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + content

    public = text(b"sk-ssh-ed25519@openssh.com") + text(bytes(32)) + text(b"ssh:")
    clear = text(b"none") + text(b"none") + text(b"") + (1).to_bytes(4, "big")
    blob = base64.b64encode(b"openssh-key-v1\x00" + clear + text(public) + text(b"secret"))
    armoured = b"-----BEGIN OPENSSH PRIVATE KEY-----\n%b\n-----END OPENSSH PRIVATE KEY-----\n"
    assert "touch" in why(armoured % blob)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 100,
        b"x" * 20_000,
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nA\n-----END OPENSSH PRIVATE KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ],
)
def test_what_is_no_key_is_said_to_be_none(content: bytes) -> None:
    assert why(content).startswith("SIG-010")


def test_a_damaged_key_is_not_blamed_on_a_passphrase(tmp_path: Path) -> None:
    lines = made(tmp_path, "-t", "ed25519").read_bytes().splitlines(keepends=True)
    lines[4] = b"A" * 20 + lines[4][20:]
    assert "damaged" in why(b"".join(lines))
