"""Whose credential it is: the name that its holder shows, against the hash that was signed.

Open Badges 3.0, IdentityObject. The salt of 128 bits stays with the holder, who shares it together
with the name in the fragment of a link, which no server gets to see.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any
from urllib.parse import parse_qs, quote, urldefrag

from jobtwin.credential.contexts import JsonObject

_SALT = re.compile(r"[0-9a-f]{32}")
_MAX_NAME = 200


def hashed(name: str, salt: str) -> str:
    """Return `sha256$` and the SHA-256 of name and salt, as a credential holds it."""
    return "sha256$" + hashlib.sha256((name + salt).encode("utf-8")).hexdigest()


def link(page: str, name: str, salt: str) -> str:
    """Return the link that shows a credential's page with the holder's name."""
    return f"{page}#name={quote(name, safe='')}&salt={salt}"


def from_link(source: str) -> tuple[str, str, str]:
    """Return a link without its fragment, and the name and salt in that; empty where none are."""
    address, fragment = urldefrag(source)
    given = parse_qs(fragment, max_num_fields=8) if "name=" in fragment else {}
    if not given:
        return source, "", ""
    return address, given.get("name", [""])[0], given.get("salt", [""])[0]


def is_holder(credential: JsonObject, name: str, salt: str) -> bool:
    """Say whether a name with its salt is the one that the credential was issued to."""
    if not _SALT.fullmatch(salt) or not 0 < len(name) <= _MAX_NAME or not name.isprintable():
        return False
    expected = hashed(name, salt)
    return any(hmac.compare_digest(expected, found) for found in _hashes(credential))


def _hashes(credential: JsonObject) -> list[str]:
    subject = credential.get("credentialSubject")
    entries: Any = subject.get("identifier") if isinstance(subject, dict) else None
    listed = entries if isinstance(entries, list) else [entries]
    return [
        entry["identityHash"]
        for entry in listed
        if isinstance(entry, dict)
        and entry.get("hashed") is True
        and isinstance(entry.get("identityHash"), str)
        and entry["identityHash"].isascii()
    ]
