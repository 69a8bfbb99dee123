"""Who committed: the addresses and signing keys in a history, read as hostile input.

Knows where git writes them; what they are to whom is `rules.relations`' business.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtwin.repository import bounded

if TYPE_CHECKING:
    from jobtwin.repository.git import Git

DEPTH = 500
"""So many of the latest commits are looked at."""
HISTORY = bounded.Bounds(seconds=30, file_bytes=16 << 20)
"""For fetching commits without their files."""
_READING = bounded.Bounds(seconds=20, file_bytes=1 << 20, output_bytes=16 << 20)
_MAIL = re.compile(
    rb"^(?:author|committer) ([^<>\n]{0,200})<([^<>\n]{1,254})> -?\d+ [+-]\d{4}$", re.MULTILINE
)
_SIGNED = re.compile(
    rb"^gpgsig(?:-sha256)? -----BEGIN SSH SIGNATURE-----\n((?: [A-Za-z0-9+/=]{1,100}\n){1,60})",
    re.MULTILINE,
)
_MAGIC = b"SSHSIG\x00\x00\x00\x01"


@dataclass(frozen=True, slots=True)
class Committers:
    """Whom a history names: nothing of it is proven, all of it was written by whoever committed."""

    mails: frozenset[str] = frozenset()
    fingerprints: frozenset[str] = frozenset()
    """Of SSH keys that commits are signed with, `SHA256:…`; the signatures are not checked."""
    names: frozenset[str] = frozenset()
    """As they stand before the addresses."""

    def __or__(self, other: Committers) -> Committers:
        fingerprints = self.fingerprints | other.fingerprints
        return Committers(self.mails | other.mails, fingerprints, self.names | other.names)


def of(git: Git, *commits: str) -> Committers:
    """Return who made the latest commits of a history; nobody where it cannot be read.

    `commits` are as `git rev-list` takes them: full ids, or `^` and a ref for what is left out.
    """
    asked = ("rev-list", "--header", f"--max-count={DEPTH}", *commits, "--")
    ended = bounded.run(git, asked, _READING)
    mails, fingerprints, names = set[str](), set[str](), set[str]()
    for commit in ended.output.split(b"\0"):
        header = commit.partition(b"\n\n")[0] + b"\n"
        for name, mail in _MAIL.findall(header):
            mails.add(mail.decode("utf-8", "replace"))
            names.add(name.decode("utf-8", "replace").strip())
        fingerprints.update(filter(None, map(_fingerprint, _SIGNED.findall(header))))
    return Committers(frozenset(mails), frozenset(fingerprints), frozenset(names - {""}))


def _fingerprint(armoured: bytes) -> str | None:
    """Return the fingerprint of the key that an SSH signature names (OpenSSH's PROTOCOL.sshsig)."""
    try:
        blob = base64.b64decode(b"".join(armoured.split()), validate=True)
    except binascii.Error:
        return None
    begin = len(_MAGIC) + 4
    length = int.from_bytes(blob[len(_MAGIC) : begin], "big")
    key = blob[begin : begin + length]
    if not blob.startswith(_MAGIC) or not key or len(key) < length:
        return None
    hashed = base64.b64encode(hashlib.sha256(key).digest()).rstrip(b"=")
    return "SHA256:" + hashed.decode("ascii")
