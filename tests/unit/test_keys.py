"""A signing key is in an environment, in a folder, or behind a program that alone can use it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jobtwin import keys, multikey
from jobtwin.credential.keys import SeedSigner, is_signature
from jobtwin.errors import EngineError

SEED = "5" * 64
PUBLIC = SeedSigner("key-1", bytes.fromhex(SEED)).public_key
SERVICE = f"""
import base64, json, os, sys
from nacl.signing import SigningKey
asked = json.load(sys.stdin)
assert asked["format"] == 1 and asked["key"] == "key-1"
assert "JOBTWIN_SUBJECT_SECRET" not in os.environ
key = SigningKey(bytes.fromhex("{SEED}"))
if asked["do"] == "public-key":
    print(json.dumps({{"public_key": "{multikey.encode(PUBLIC)}"}}))
else:
    payload = base64.urlsafe_b64decode(asked["payload"] + "==")
    signature = base64.urlsafe_b64encode(key.sign(payload).signature).decode().rstrip("=")
    print(json.dumps({{"signature": signature}}))
"""


def _program(folder: Path, body: str) -> Path:
    path = folder / "signer"
    path.write_text(f"#!{sys.executable}\n{body}", "utf-8")
    path.chmod(0o700)
    return path


def _signer(folder: Path, body: str) -> keys.SigningProgram:
    path = _program(folder, body)
    found = keys.Holders({"issuer": f"command:key-1:{path}"}).signer("issuer")
    assert isinstance(found, keys.SigningProgram)
    return found


def test_a_program_signs_like_the_seed_that_it_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBTWIN_SUBJECT_SECRET", "6" * 64)
    signer = _signer(tmp_path, SERVICE)
    assert (signer.key_id, signer.public_key) == ("key-1", PUBLIC)
    assert signer.sign(b"a payload") == SeedSigner("key-1", bytes.fromhex(SEED)).sign(b"a payload")


def test_environment_and_folder_name_a_program_in_the_same_words(tmp_path: Path) -> None:
    text = f"command:key-1:{_program(tmp_path, SERVICE)}"
    (tmp_path / "issuer.key").write_text(f"{text}\n", "ascii")
    given = keys.from_environment({"JOBTWIN_ISSUER_KEY": text})
    assert given == keys.from_folder(tmp_path)
    assert given.signer("issuer").public_key == PUBLIC


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("import sys; print('no\\x1b[2J way', file=sys.stderr); sys.exit(4)", "with 4 and said"),
        ("print('hello')", "not one short JSON object"),
        ("print('[' * 100000)", "not one short JSON object"),
        ("print('[]')", "not one short JSON object"),
        ("print('{}')", "its public key is none"),
        (SERVICE.replace(SEED, "4" * 64), "does not hold with its public key"),
        (SERVICE.replace('"signature": signature', '"signature": "=="'), "not base64url"),
    ],
)
def test_a_program_that_fails_is_told_in_words(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(EngineError, match=words) as caught:
        _signer(tmp_path, body).sign(b"x")
    assert "\x1b" not in caught.value.message


def test_a_program_that_does_not_answer_is_left(tmp_path: Path) -> None:
    slow = keys.SigningProgram("key-1", _program(tmp_path, "import time; time.sleep(60)"), 0.3)
    with pytest.raises(EngineError, match=r"no answer within 0\.3 seconds"):
        slow.sign(b"x")


def test_a_program_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    missing = keys.SigningProgram("key-1", tmp_path / "missing")
    with pytest.raises(EngineError, match="cannot be run"):
        missing.sign(b"x")


@pytest.mark.parametrize(
    "text",
    ["command:key-1:signer", "command::/bin/true", "command:key-1:/a\nb", f"key-1:{'5' * 63}"],
)
def test_a_malformed_secret_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(EngineError, match="not in the form") as caught:
        keys.Holders({"issuer": text}).signer("issuer")
    assert text not in str(caught.value)


def test_the_same_signer_goes_by_another_name() -> None:
    named = keys.under("did:web:x#key-1", SeedSigner("key-1", bytes.fromhex(SEED)))
    assert (named.key_id, named.public_key) == ("did:web:x#key-1", PUBLIC)
    assert is_signature(PUBLIC, b"x", named.sign(b"x"))
