"""What files say by their bytes alone, whatever stands around them in the history.

Each question is a pure function, so that another process may have answered it ahead; whether one
has never changes what the answer is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from jobtwin.credential.jsonbytes import jcs, parse_object, to_bytes
from jobtwin.credential.jwt import is_jwt_of
from jobtwin.credential.proof import unsigned, verify_proof
from jobtwin.errors import Refused
from jobtwin.rules.ledger import digest, is_signed
from jobtwin.rules.signature import check_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobtwin.credential.contexts import JsonObject
    from jobtwin.findings import Finding
    from jobtwin.records.ledger import LedgerRecord

P = ParamSpec("P")
A = TypeVar("A")


class Answers:
    """Asks pure functions, and remembers what was answered ahead."""

    def __init__(self) -> None:
        self._known: Mapping[tuple[Any, ...], Any] = {}

    def learn(self, known: Mapping[tuple[Any, ...], Any]) -> None:
        """Take what was answered ahead for the files at hand, in place of those before."""
        self._known = known

    def of(self, ask: Callable[P, A], *arguments: P.args, **named: P.kwargs) -> A:
        """Return what a function answers."""
        question = (ask, *arguments)
        if question in self._known:
            known: A = self._known[question]
            return known
        return ask(*arguments, **named)

    def is_signed(self, hashed: str, record: LedgerRecord, public_key: str) -> bool:
        """Say whether the key has signed a record; `hashed` is the digest of its file."""
        known = self._known.get((is_signed, hashed, public_key))
        return is_signed(record, public_key) if known is None else bool(known)

    def check_signature(
        self, content: bytes, signature: bytes, public_key: str, namespace: str
    ) -> tuple[Finding, ...]:
        """Return what `rules.signature.check_signature` finds."""
        return self.of(signature_findings, content, signature, public_key, namespace)


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A signed JSON file, as short as comparing it allows."""

    form: str
    """`form` of the document without its proof."""
    digest: str
    """SHA-256 of that one's canonical form, as records write it."""
    is_as_published: bool
    """Whether the file is, byte for byte, the document with its proof at the end."""
    proof: Any
    """The member `proof`."""


def form(document: JsonObject) -> str:
    """Return a hash that two documents share when they are written alike, keys in one order."""
    return hashlib.sha256(json.dumps(document).encode("ascii")).hexdigest()


def signed_file(content: bytes) -> SignedFile | None:
    """Return what a signed file is compared by; None where it cannot be read."""
    try:
        document = _parsed(content)
        bare = unsigned(document)
        again = to_bytes(bare | {"proof": document.get("proof")})
        return SignedFile(form(bare), digest(jcs(bare)), again == content, document.get("proof"))
    except Refused:
        return None


def proof_findings(content: bytes, public_key: bytes) -> tuple[Finding, ...]:
    """Return why the proof of a signed file does not hold with a key."""
    try:
        return verify_proof(_parsed(content), public_key)
    except Refused as refused:
        return refused.findings


def is_jwt_of_file(token: bytes, content: bytes, kid: str, public_key: bytes) -> bool:
    """Say whether a token is, byte for byte, the JWT of what a signed file says."""
    try:
        return is_jwt_of(token, unsigned(_parsed(content)), kid, public_key)
    except Refused:
        return False


def signature_findings(
    content: bytes, signature: bytes, public_key: str, namespace: str
) -> tuple[Finding, ...]:
    """Return why an SSH signature does not count."""
    return tuple(check_signature(content, signature, public_key, namespace))


@lru_cache(maxsize=1)
def _parsed(content: bytes) -> JsonObject:
    """Return the file's document; three questions in a row are about the same one."""
    return parse_object(content)
