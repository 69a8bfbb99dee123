"""Running ssh-keygen: a mentor's key is made and used by the mentor's own tool.

The private key is never read here; verifying needs no program (see `rules.signature`).
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


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
    `UsageError` with ssh-keygen's own words.
    """
    return _run("-q", "-Y", "sign", "-n", namespace, "-f", str(key_path), stdin=content)


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
