"""Whose credential it is: the name that its holder shows, against the hash that was signed.

Open Badges 3.0, IdentityObject. The salt of 128 bits stays with the holder, who shares it together
with the name in the fragment of a link, which no server gets to see.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, urldefrag

from jobtwin.credential.contexts import JsonObject
from jobtwin.credential.text import UNSIGNABLE, unsignable
from jobtwin.credential.verdicts import Verdict, Verification
from jobtwin.errors import Refused
from jobtwin.findings import Code

NOT_KEPT = Code(
    "HLD-001",
    "the file does not hold a name and its salt",
    why="Without the salt nobody can show whose credential it is, not even its issuer.",
    fix="Name the file that `jobtwin start --name` or `jobtwin submit start --name` wrote into "
    "`.jobtwin/`.",
)
MAX_KEPT_BYTES = 4096
_SALT = re.compile(r"[0-9a-f]{32}")
_KEPT = re.compile(r"name: ([^\r\n]+)\r?\nsalt: ([0-9a-f]{32})\s*")
_MAX_NAME = 200


def clean(name: str) -> str:
    """Return a name as it is hashed, in composed form; raises `Refused` where it cannot be shown.

    One name can be typed in several ways that look the same: only one of them is ever hashed.
    """
    found = unicodedata.normalize("NFC", name).strip()
    if problem := _problem(found):
        raise Refused([UNSIGNABLE.at(f"the name cannot be shown to anybody: {problem}")])
    return found


def hashed(name: str, salt: str) -> str:
    """Return `sha256$` and the SHA-256 of name and salt, as a credential holds it."""
    return "sha256$" + hashlib.sha256((name + salt).encode("utf-8")).hexdigest()


def link(page: str, name: str, salt: str) -> str:
    """Return the link that shows a credential's page with the holder's name."""
    return f"{page}#name={quote(name, safe='')}&salt={salt}"


def keep(name: str, salt: str) -> str:
    """Return the text of the file that a learner keeps: `read_kept` reads it."""
    return f"name: {name}\nsalt: {salt}\n"


def read_kept(content: bytes, path: str = "") -> tuple[str, str]:
    """Return the name and salt that a learner has kept; raises `Refused`."""
    text = content.decode("utf-8", "replace") if len(content) <= MAX_KEPT_BYTES else ""
    found = _KEPT.fullmatch(text)
    if found is None:
        raise Refused([NOT_KEPT.at("it is not made of `name:` and `salt:`", path)])
    return found[1], found[2]


def from_link(source: str) -> tuple[str, str, str]:
    """Return a link without its fragment, and the name and salt in that; empty where none are."""
    address, fragment = urldefrag(source)
    given = parse_qs(fragment, max_num_fields=8) if "name=" in fragment else {}
    if not given:
        return source, "", ""
    return address, given.get("name", [""])[0], given.get("salt", [""])[0]


def is_holder(credential: JsonObject, name: str, salt: str) -> bool:
    """Say whether a name with its salt is the one that the credential was issued to."""
    if not _SALT.fullmatch(salt) or _problem(name):
        return False
    expected = hashed(name, salt)
    return any(hmac.compare_digest(expected, found) for found in _hashes(credential))


def with_holder(
    found: Verification, credential: JsonObject, name: str = "", salt: str = ""
) -> Verification:
    """Return the verification with what can be said of whom the credential was issued to."""
    return replace(found, holder=_verdict(found, credential, name, salt))


def _verdict(found: Verification, credential: JsonObject, name: str, salt: str) -> Verdict:
    if found.signature.value != "valid":
        return Verdict("unknown", "Whose it is means nothing while the signature does not hold.")
    in_clear = [value for value in _identities(credential, hashed=False) if not _problem(value)]
    if name and is_holder(credential, name, salt):
        return Verdict(
            "shown", f"Issued to {name}: the name in the link is the one that was signed."
        )
    if name and (problem := _problem(name)):
        return Verdict("mismatch", f"The name in the link cannot be checked: {problem}.")
    if name:
        told = "The name in the link is not the one that was signed: it was not issued to"
        return Verdict("mismatch", f"{told} {name}, or the link is damaged.")
    if in_clear:
        return Verdict("public", f"Issued to {in_clear[0]}, who wished to be named in public.")
    if _hashes(credential):
        told = "Holder not shown: the name is hashed, and only the holder's own link shows it."
        return Verdict("not_shown", told)
    return Verdict("not_named", "Holder not shown: the credential names nobody.")


def _problem(name: str) -> str | None:
    if not 0 < len(name) <= _MAX_NAME:
        return f"it has {len(name)} characters, not 1 to {_MAX_NAME}"
    return "it has more than one line" if set(name) & set("\n\t") else unsignable(name)


def _hashes(credential: JsonObject) -> list[str]:
    return [value for value in _identities(credential, hashed=True) if value.isascii()]


def _identities(credential: JsonObject, *, hashed: bool) -> list[str]:
    subject = credential.get("credentialSubject")
    entries: Any = subject.get("identifier") if isinstance(subject, dict) else None
    listed = entries if isinstance(entries, list) else [entries]
    return [
        entry["identityHash"]
        for entry in listed
        if isinstance(entry, dict)
        and entry.get("hashed") is hashed
        and isinstance(entry.get("identityHash"), str)
    ]
