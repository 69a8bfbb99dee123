"""A mentor's OpenSSH key as the issuer of an endorsement: the same 32 bytes, named as did:key.

Only plain Ed25519 keys. The private half is decrypted in memory, signs once and is never written.
Which file it is read from, and who asks for its passphrase, is the edge's affair.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from jobtwin.credential.endorsement import did_key_method
from jobtwin.credential.keys import SeedSigner, from_multikey
from jobtwin.errors import Refused
from jobtwin.findings import Code

UNUSABLE = Code(
    "SIG-010",
    "the key file cannot sign an endorsement",
    why="An endorsement is signed in a form that verifiers of credentials read: by the Ed25519 key "
    "itself, not by a device or an agent that wraps what it signs.",
    fix="Name the private half of the Ed25519 key in your mentor file, as `ssh-keygen -t ed25519` "
    "wrote it: usually ~/.ssh/id_ed25519.",
)
WRONG_PASSPHRASE = Code(
    "SIG-011",
    "the passphrase does not open the key",
    why="Without it nothing can be signed with this key.",
    fix="Try again; `ssh-keygen -y -f FILE` asks for the same passphrase.",
)
MAX_KEY_BYTES = 16 * 1024
_ARMOUR = re.compile(
    rb"\s*-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)"
    rb"-----END OPENSSH PRIVATE KEY-----\s*"
)
_MAGIC = b"openssh-key-v1\x00"
_PUBLIC_KEY = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+ ")


def public_bytes(ssh_public_key: str) -> bytes:
    """Return the 32 bytes of an `ssh-ed25519 …` line, as a mentor's file has it."""
    return base64.b64decode(ssh_public_key.split()[1])[-32:]


def public_line(public_key: bytes) -> str:
    """Return `ssh-ed25519 …` for 32 bytes, without a comment."""
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + public_key
    return "ssh-ed25519 " + base64.b64encode(blob).decode("ascii")


def fingerprint_of(did: str) -> str | None:
    """Return a did:key as `ssh-keygen -l` shows the same key, `SHA256:…`; None for another DID."""
    try:
        blob = base64.b64decode(public_line(from_multikey(did.removeprefix("did:key:"))).split()[1])
    except Refused:
        return None
    hashed = base64.b64encode(hashlib.sha256(blob).digest()).rstrip(b"=").decode("ascii")
    return f"SHA256:{hashed}"


def is_encrypted(content: bytes) -> bool:
    """Say whether an OpenSSH private key asks for a passphrase; raises `Refused` for no such key.

    Everything but a plain Ed25519 key is refused here, before a passphrase is asked for.
    """
    cipher, kind = _container(content)
    if kind.startswith("sk-"):
        raise _unusable("it is the handle of a security key, which signs a counter and a touch too")
    if kind != "ssh-ed25519":
        raise _unusable(f"it is of kind `{kind}`, not `ssh-ed25519`")
    return cipher != "none"


def signer_from_ssh(content: bytes, passphrase: str | None = None) -> SeedSigner:
    """Return the signer of an OpenSSH private key, under its did:key; raises `Refused`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    encrypted = is_encrypted(content)
    try:
        given = (passphrase or "").encode() if encrypted else None
        key = load_ssh_private_key(content.strip() + b"\n", given)
    except UnsupportedAlgorithm as error:
        raise _unusable(f"it is encrypted in a way that is not read here: {error}") from error
    except (ValueError, TypeError) as error:
        if encrypted:
            raise Refused([WRONG_PASSPHRASE.at("it stays closed")]) from error
        raise _unusable("it is damaged") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _unusable("it holds another key than it names")
    signer = SeedSigner("", key.private_bytes_raw())
    return SeedSigner(did_key_method(signer.public_key), signer.seed)


def _container(content: bytes) -> tuple[str, str]:
    """Return cipher and kind of key, which stand in clear (OpenSSH's PROTOCOL.key)."""
    if len(content) > MAX_KEY_BYTES:
        raise _unusable("it is too large")
    if _PUBLIC_KEY.match(content[:80].decode("ascii", "replace")):
        raise _unusable("it is a public key; a private half that only an agent holds cannot sign")
    found = _ARMOUR.fullmatch(content)
    try:
        blob = base64.b64decode(b"".join(found[1].split()), validate=True) if found else b""
    except binascii.Error:
        blob = b""
    if not blob.startswith(_MAGIC):
        raise _unusable("it is not an OpenSSH private key")
    cipher, rest = _text(blob[len(_MAGIC) :])
    _, rest = _text(rest)
    _, rest = _text(rest)
    public, _ = _text(rest[4:])
    return cipher.decode("ascii", "replace"), _text(public)[0].decode("ascii", "replace")[:60]


def _text(blob: bytes) -> tuple[bytes, bytes]:
    """Return a length-prefixed text and what follows it, as far as there is any."""
    length = int.from_bytes(blob[:4], "big")
    return blob[4 : 4 + length], blob[4 + length :]


def _unusable(why: str) -> Refused:
    return Refused([UNUSABLE.at(why)])
