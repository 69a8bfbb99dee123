"""Running ssh-keygen: a mentor's key is made and used by the mentor's own tool.

The private key is never read here; verifying needs no program (see `rules.signature`).
"""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, Refused, UsageError
from jobtwin.rules.signature import KEY_KIND

if TYPE_CHECKING:
    from pathlib import Path

_MAX_BYTES = 16 * 1024
_SECURITY_KEY = re.compile(rb"sk-(?:ssh|ecdsa)-[a-z0-9-]+@openssh\.com")


def make_key(path: Path, comment: str) -> str:
    """Make an Ed25519 key without a passphrase; return its public line without the comment.

    The private half is written to `path`, the public one beside it with `.pub`.
    """
    _run("-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path))
    return public_key(path.with_name(path.name + ".pub"))


def public_key(path: Path) -> str:
    """Return `ssh-ed25519 …` from a `.pub` file, without its comment."""
    return " ".join(path.read_text("utf-8").split()[:2])


def sign_bytes_with_ssh(key_path: Path, namespace: str, content: bytes) -> bytes:
    """Return the armoured signature of `ssh-keygen -Y sign`.

    `key_path` is a private key, or a public one whose private half an agent holds. Raises
    `Refused` for a security key, `UsageError` with ssh-keygen's own words.
    """
    if kind := _security_key(key_path):
        raise Refused([KEY_KIND.at(f"{key_path} is a security key, of kind `{kind}`")])
    return _run("-q", "-Y", "sign", "-n", namespace, "-f", str(key_path), stdin=content)


def _security_key(path: Path) -> str | None:
    """Return the kind of a security key (sk-…), which stands in clear in either half's file."""
    try:
        content = path.read_bytes()[:_MAX_BYTES]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "check the name") from error
    lines = (line for line in content.splitlines() if not line.startswith(b"-----"))
    try:
        inside = base64.b64decode(b"".join(lines))
    except binascii.Error:
        inside = b""
    found = _SECURITY_KEY.match(content) or _SECURITY_KEY.search(inside)
    return found[0].decode("ascii") if found else None


def _run(*arguments: str, stdin: bytes = b"") -> bytes:
    try:
        done = subprocess.run(
            ["ssh-keygen", *arguments], input=stdin, capture_output=True, timeout=300, check=False
        )
    except FileNotFoundError as error:
        raise EngineError("ssh-keygen is not installed", "install openssh-client") from error
    except subprocess.TimeoutExpired as error:
        raise UsageError("ssh-keygen waited 5 minutes for an answer", "try again") from error
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise UsageError(f"ssh-keygen failed: {words or done.returncode}", "see `man ssh-keygen`")
    return done.stdout
