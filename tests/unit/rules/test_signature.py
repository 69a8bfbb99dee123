"""SSH signatures: the real program signs, ours verifies, and everything else is told apart."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtwin.repository import ssh
from jobtwin.rules.signature import REVIEW, ROUND, check_signature, fingerprint

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"format: 1\nkind: review\n"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("mia", "max"):
        ssh.make_key(folder / name, name)
    return folder


@pytest.fixture(scope="module")
def public(keys: Path) -> str:
    return ssh.public_key(keys / "mia.pub")


@pytest.fixture(scope="module")
def signature(keys: Path) -> bytes:
    return ssh.sign_bytes_with_ssh(keys / "mia", REVIEW, CONTENT)


def _codes(content: bytes, signature: bytes, public: str, namespace: str = REVIEW) -> list[str]:
    return [finding.code for finding in check_signature(content, signature, public, namespace)]


def test_what_ssh_keygen_signs_holds(signature: bytes, public: str) -> None:
    assert _codes(CONTENT, signature, public) == []


def test_ssh_keygen_itself_agrees(keys: Path, public: str, signature: bytes) -> None:
    (keys / "allowed").write_text(f"mentor {public}\n")
    (keys / "review.sig").write_bytes(signature)
    who = ["-f", str(keys / "allowed"), "-I", "mentor", "-n", REVIEW]
    done = subprocess.run(
        ["ssh-keygen", "-Y", "verify", *who, "-s", str(keys / "review.sig")],
        input=CONTENT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0


def test_signing_twice_gives_the_same_bytes(keys: Path) -> None:
    first = ssh.sign_bytes_with_ssh(keys / "mia", REVIEW, CONTENT)
    assert first == ssh.sign_bytes_with_ssh(keys / "mia", REVIEW, CONTENT)


def test_the_fingerprint_is_ssh_keygens(keys: Path, public: str) -> None:
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", keys / "mia.pub"], capture_output=True, check=True
    )
    assert fingerprint(public) == shown.stdout.decode().split()[1]


def test_each_difference_has_its_own_code(keys: Path, public: str, signature: bytes) -> None:
    assert _codes(CONTENT + b" ", signature, public) == ["SIG-005"]
    assert _codes(CONTENT, signature, public, ROUND) == ["SIG-004"]
    assert _codes(CONTENT, signature, ssh.public_key(keys / "max.pub")) == ["SIG-003"]
    assert _codes(CONTENT, b"", public) == ["SIG-001"]


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_keys_of_other_kinds_are_refused(keys: Path, public: str, kind: str) -> None:
    path = keys / kind
    if not path.exists():
        subprocess.run(
            ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", path], check=True, capture_output=True
        )
    found = list(
        check_signature(CONTENT, ssh.sign_bytes_with_ssh(path, REVIEW, CONTENT), public, REVIEW)
    )
    assert [finding.code for finding in found] == ["SIG-002"]


def test_a_security_keys_signature_is_refused_with_the_reason(public: str) -> None:
    def text(content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + content

    key = text(b"sk-ssh-ed25519@openssh.com") + text(bytes(32)) + text(b"ssh:")
    blob = b"SSHSIG" + (1).to_bytes(4, "big") + text(key) + text(REVIEW.encode()) + text(b"")
    blob += text(b"sha512") + text(text(b"sk-ssh-ed25519@openssh.com") + text(bytes(64)) + b"\1")
    armour = b"-----BEGIN SSH SIGNATURE-----\n%s\n-----END SSH SIGNATURE-----\n"
    (found,) = check_signature(CONTENT, armour % base64.b64encode(blob), public, REVIEW)
    assert found.code == "SIG-002"
    assert "sk-ssh-ed25519@openssh.com" in found.message


def test_a_weak_hash_is_refused(public: str, signature: bytes) -> None:
    body = b"".join(signature.splitlines()[1:-1])
    blob = base64.b64decode(body).replace(b"\0\0\0\x06sha512", b"\0\0\0\x03md5")
    armour = b"-----BEGIN SSH SIGNATURE-----\n%s\n-----END SSH SIGNATURE-----\n"
    assert _codes(CONTENT, armour % base64.b64encode(blob), public) == ["SIG-005"]


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_damaged_signature_holds_or_breaks_us(
    data: st.DataObject, public: str, signature: bytes
) -> None:
    blob = bytearray(base64.b64decode(b"".join(signature.splitlines()[1:-1])))
    at = data.draw(st.integers(0, len(blob) - 1))
    blob[at] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(blob)))
    for damaged in (bytes(blob), bytes(blob[:cut])):
        armour = b"-----BEGIN SSH SIGNATURE-----\n%s\n-----END SSH SIGNATURE-----\n"
        assert _codes(CONTENT, armour % base64.b64encode(damaged), public)


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_a_finding_and_no_crash(public: str, content: bytes) -> None:
    assert _codes(CONTENT, content, public) == ["SIG-001"]
