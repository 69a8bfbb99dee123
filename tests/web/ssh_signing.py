"""Signatures as `ssh-keygen -Y sign` makes them, from a seed and without the program."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobtwin.credential.keys import SeedSigner

KIND = b"ssh-ed25519"


def public_line(signer: SeedSigner) -> str:
    """Return a key's line in a .pub file."""
    return f"{KIND.decode()} {base64.b64encode(_public(signer)).decode()}"


def ssh_signature(signer: SeedSigner, content: bytes, namespace: str, hashed: str) -> bytes:
    """Return the signature over a file; `hashed` is `sha256` or `sha512`."""
    claim = [_string(namespace.encode()), _string(b""), _string(hashed.encode())]
    digest = hashlib.new(hashed, content).digest()
    own = signer.sign(b"".join([b"SSHSIG", *claim, _string(digest)]))
    made = _string(_string(KIND) + _string(own))
    blob = b"".join([b"SSHSIG", struct.pack(">I", 1), _string(_public(signer)), *claim, made])
    text = base64.encodebytes(blob).decode()
    return f"-----BEGIN SSH SIGNATURE-----\n{text}-----END SSH SIGNATURE-----\n".encode()


def _public(signer: SeedSigner) -> bytes:
    return _string(KIND) + _string(signer.public_key)


def _string(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content
