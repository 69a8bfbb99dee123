"""Whether a person's SSH signature (SSHSIG) over a file holds, and by which key.

Verified in process: Ed25519 only, in a namespace of its own for each kind of file, so that a
signature made for a git commit or a calibration round is never taken for one over a review.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

from jobtwin.findings import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sshsig.sshsig import SshsigSignature

    from jobtwin.findings import Finding

REVIEW = "jobtwin-review@v1"
"""Namespace of signatures over reviews."""
ROUND = "jobtwin-round@v1"
"""Namespace of signatures over calibration rounds."""
AUDIT = "jobtwin-audit@v1"
"""Namespace of an auditor's signature over a checkpoint."""
ISSUER_KEYS = "jobtwin-issuer-keys@v1"
"""Namespace of the root key's signatures over keys/issuer-keys.yml."""
ROOT = "jobtwin-root@v1"
"""Namespace of a root key's signature over the keys/root.yml that follows it."""

NOT_A_SIGNATURE = Code(
    "SIG-001",
    "this is not an SSH signature",
    why="Without a signature nobody can tell who wrote the file.",
    fix="Sign the file again with `ssh-keygen -Y sign`, and hand in the `.sig` file unchanged.",
)
KEY_KIND = Code(
    "SIG-002",
    "the key is of a kind that is not accepted",
    why="Only plain Ed25519 keys are: a signature by a security key (sk-…) also covers a counter "
    "and a touch, which readers could not check with the published key alone.",
    fix="Make a key with `ssh-keygen -t ed25519` and have it added to your mentor file.",
)
OTHER_KEY = Code(
    "SIG-003",
    "the signature is by another key",
    why="A file counts only when the key in the mentor's file has signed it.",
    fix="Sign with the key that stands in your file under mentors/.",
)
NAMESPACE = Code(
    "SIG-004",
    "the signature was made for something else",
    why="The namespace keeps a signature over one kind of file from being used for another.",
    fix="Sign with the command that the hint or the how-to page gives, `-n` included.",
)
DOES_NOT_HOLD = Code(
    "SIG-005",
    "the signature does not hold for this file",
    why="The file was changed after it was signed, be it by a single space or line ending.",
    fix="Sign the file again as it is now.",
)

_MAX_BYTES = 4096
_ARMOUR = re.compile(
    rb"-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\s*"
)
_ED25519 = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"
_ED25519_SIGNATURE = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x40"


def fingerprint(public_key: str) -> str:
    """Return the fingerprint of an OpenSSH public key as `ssh-keygen -l` shows it, `SHA256:…`."""
    hashed = hashlib.sha256(base64.b64decode(public_key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(hashed).rstrip(b"=").decode("ascii")


def check_signature(
    content: bytes, signature: bytes, public_key: str, namespace: str, path: str = ""
) -> Iterator[Finding]:
    """Yield why a signature does not count; nothing when it is the key's own over the content.

    `signature` is what `ssh-keygen -Y sign` writes, `public_key` an `ssh-ed25519 …` line. The
    format is OpenSSH's PROTOCOL.sshsig.
    """
    from sshsig.sshsig import SshsigSignature

    found = _ARMOUR.fullmatch(signature) if len(signature) <= _MAX_BYTES else None
    blob = base64.b64decode(found[1] + b"==") if found else b""
    try:
        parsed = SshsigSignature(blob)
    except (ValueError, EOFError, NotImplementedError):
        parsed = None
    # One signature has one form: the library reads past the reserved field and what follows.
    if parsed is None or bytes(parsed) != blob:
        yield NOT_A_SIGNATURE.at("the file is not what `ssh-keygen -Y sign` writes", path)
        return
    if not (parsed.public_key.startswith(_ED25519) and len(parsed.public_key) == 51):
        yield KEY_KIND.at(f"it is signed by {_kind(parsed.public_key)}", path)
    elif parsed.public_key != base64.b64decode(public_key.split()[1]):
        yield OTHER_KEY.at(f"it is not signed by {fingerprint(public_key)}", path)
    elif parsed.namespace != namespace.encode("ascii"):
        yield NAMESPACE.at(f"the signature's namespace is not `{namespace}`", path)
    elif not _holds(content, parsed, namespace):
        yield DOES_NOT_HOLD.at("the file is not the one that was signed", path)


def _kind(blob: bytes) -> str:
    length = int.from_bytes(blob[:4], "big")
    name = blob[4 : 4 + min(length, 64)].decode("ascii", "replace")
    return f"a key of kind `{name}`" if name.isprintable() and name else "an unreadable key"


def _holds(content: bytes, parsed: SshsigSignature, namespace: str) -> bool:
    import sshsig

    if parsed.hash_algo not in (b"sha256", b"sha512"):
        return False
    if not parsed.signature.startswith(_ED25519_SIGNATURE) or len(parsed.signature) != 83:
        return False
    try:
        # Armoured anew, so that what is verified is what was looked at above.
        sshsig.check_signature(content, parsed.to_armored(), namespace)
    except (sshsig.InvalidSignature, ValueError):
        return False
    return True
