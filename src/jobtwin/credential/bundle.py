"""bundle.json: everything that a verification asks for, in one file that outlives the site.

Each file stands in it as its text, under the URL at which it was served. Nothing in a bundle is
trusted for being there: who made it chose every file. What the files say of one another is judged
by `bundled`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from jobtwin.credential.contexts import PINS
from jobtwin.credential.jsonbytes import MAX_BYTES, parse_object, to_bytes
from jobtwin.errors import Refused
from jobtwin.findings import Code, Finding

BUNDLE_FORM = Code(
    "VC-073",
    "not a bundle that is read here",
    why="A bundle comes from whoever shows it: what it may hold is little, and bounded.",
    fix="Ask for bundle.json as it stood beside the credential.",
)
BUNDLE_DIGEST = Code(
    "VC-074",
    "a file in the bundle is not the one that it names",
    why="The file was exchanged or damaged after the bundle was made.",
    fix="Ask for bundle.json as it stood beside the credential, or verify credential.json alone.",
)

MAX_BUNDLE_BYTES = 4 * 1024 * 1024
MAX_FILES = 40
MAX_OF_A_ROLE = 8
"""More mentors and statements than a credential of ours can have; each costs a verification."""
FORMAT = 1
ABOUT = (
    "A verifiable credential with everything that its verification needs. Each of `files` stands "
    "here as its UTF-8 text, with its SHA-256 and the URL that it was served at. `contexts` are "
    "named by the SHA-256 of their RFC 8785 form. `jobtwin verify` reads this file; any verifier "
    "can be given the files one by one."
)
_START = re.compile(rb'\s*\{\s*"bundle"\s*:')
_URL = re.compile(r"https?://[!-~]{1,500}")
_MEMBERS = {"role", "url", "sha256", "text"}


class Role(StrEnum):
    """What a file of a bundle is."""

    CREDENTIAL = "credential"
    JWT = "jwt"
    DID = "did"
    JWKS = "jwks"
    JWK = "jwk"
    HISTORY = "key-history"
    HISTORY_SIGNATURE = "key-history-signature"
    STATUS = "status"
    ENDORSEMENT = "endorsement"
    OUTCOME = "outcome"


_ONE = (Role.CREDENTIAL,)
_AT_MOST_ONE = (Role.JWT, Role.JWKS, Role.JWK, Role.HISTORY, Role.HISTORY_SIGNATURE)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was served."""

    role: Role
    url: str
    content: bytes


class Named(Protocol):
    """What files are ordered by."""

    @property
    def role(self) -> Role:
        """What it is."""

    @property
    def url(self) -> str:
        """Where it was served."""


N = TypeVar("N", bound=Named)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of a bundle; read, and not yet judged."""

    files: tuple[File, ...]

    @property
    def credential(self) -> File:
        """The credential's own file."""
        return self.of(Role.CREDENTIAL)[0]

    @property
    def resources(self) -> Mapping[str, bytes]:
        """Every file by its URL."""
        return {file.url: file.content for file in self.files}

    def of(self, role: Role) -> tuple[File, ...]:
        """Return the files of a role, in the order of their URLs."""
        return tuple(file for file in self.files if file.role is role)


def is_bundle(content: bytes) -> bool:
    """Say whether a file begins as a bundle does; looks at its beginning alone."""
    return _START.match(content[:200]) is not None


def make(files: Iterable[File]) -> bytes:
    """Return bundle.json; the same files give the same bytes. What it returns, `read` takes.

    Every file is JSON, YAML or a JWT: text in UTF-8. Raises `Refused`.
    """
    content = to_bytes(
        beginning()
        | {
            "files": [
                {
                    "role": file.role.value,
                    "url": file.url,
                    "sha256": hashlib.sha256(file.content).hexdigest(),
                    "text": file.content.decode("utf-8"),
                }
                for file in ordered(files)
            ],
        }
    )
    read(content)
    return content


def beginning() -> dict[str, Any]:
    """Return the members that all bundles have in common, in their order."""
    contexts = [{"url": url, "sha256": pin.json_sha256} for url, pin in PINS.items()]
    return {"bundle": FORMAT, "about": ABOUT, "contexts": contexts}


def ordered(files: Iterable[N]) -> list[N]:
    """Return files in the order in which a bundle has them."""
    return sorted(files, key=lambda file: (list(Role).index(file.role), file.url))


def read(content: bytes) -> Bundle:
    """Return the files of a bundle, their digests checked; raises `Refused` with every finding."""
    data = parse_object(content, max_bytes=MAX_BUNDLE_BYTES)
    listed = data.get("files")
    if data.get("bundle") != FORMAT or not isinstance(listed, list) or len(listed) > MAX_FILES:
        message = f"it is of another format than {FORMAT}, or has no list of {MAX_FILES} files"
        raise Refused([BUNDLE_FORM.at(f"{message} at most", "$")])
    if findings := [*_check_contexts(data.get("contexts")), *_check_files(listed)]:
        raise Refused(findings)
    files = [File(Role(item["role"]), item["url"], item["text"].encode("utf-8")) for item in listed]
    if findings := list(_check_roles(files)):
        raise Refused(findings)
    return Bundle(tuple(files))


def _check_contexts(named: Any) -> Iterator[Finding]:
    """Yield contexts that are not the ones known here: the signature would cover other things."""
    pinned = {url: pin.json_sha256 for url, pin in PINS.items()}
    listed = named if isinstance(named, list) and len(named) <= len(pinned) else [None]
    for index, item in enumerate(listed):
        known = isinstance(item, dict) and isinstance(item.get("url"), str)
        if not known or pinned.get(item["url"]) != item.get("sha256"):
            message = "a context is not named, or not the one that is known here"
            yield BUNDLE_DIGEST.at(message, f"$.contexts[{index}]")


def _check_files(listed: list[Any]) -> Iterator[Finding]:
    for index, item in enumerate(listed):
        place = f"$.files[{index}]"
        if (
            not isinstance(item, dict)
            or item.keys() != _MEMBERS
            or not all(isinstance(value, str) for value in item.values())
        ):
            yield BUNDLE_FORM.at(f"not an object of {', '.join(sorted(_MEMBERS))}", place)
        elif item["role"] not in set(Role):
            yield BUNDLE_FORM.at(f"the role {item['role'][:40]!r} is not known", f"{place}.role")
        elif not _URL.fullmatch(item["url"]):
            yield BUNDLE_FORM.at("not a short web address", f"{place}.url")
        elif len(body := item["text"].encode("utf-8")) > MAX_BYTES:
            yield BUNDLE_FORM.at(f"{len(body):,} bytes, {MAX_BYTES:,} at most", f"{place}.text")
        elif hashlib.sha256(body).hexdigest() != item["sha256"]:
            yield BUNDLE_DIGEST.at(f"{item['url'][:200]} has another SHA-256", f"{place}.text")


def _check_roles(files: list[File]) -> Iterator[Finding]:
    counts = {role: sum(1 for file in files if file.role is role) for role in Role}
    for role in Role:
        single = role in (*_ONE, *_AT_MOST_ONE)
        least, most = int(role in _ONE), 1 if single else MAX_OF_A_ROLE
        if not least <= counts[role] <= most:
            yield BUNDLE_FORM.at(f"{counts[role]} files have the role {role.value}", "$.files")
    if len({file.url for file in files}) < len(files):
        yield BUNDLE_FORM.at("two files stand at one URL", "$.files")
