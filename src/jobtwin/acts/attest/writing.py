"""attest, at the employer's: a statement made from a credential's file and signed with a key file.

The key is read from the employer's own disk, used once, and goes nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobtwin.credential.contexts import JsonObject
from jobtwin.credential.endorsement import SignedFile, did_key_method
from jobtwin.credential.endorser import is_encrypted, signer_from_ssh
from jobtwin.credential.jsonbytes import parse_object
from jobtwin.credential.keys import SeedSigner
from jobtwin.credential.outcome import signed_statement
from jobtwin.errors import Refused, UsageError
from jobtwin.findings import Code
from jobtwin.keys import under

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jobtwin.credential.keys import Signer
    from jobtwin.records.outcome import Outcome

NOT_NUMBERED = Code(
    "ATT-013",
    "this is not the address of a credential as it was signed",
    why="The statement names one exact file; what stands at credential.json may be signed again.",
    fix="Name the address that you were sent: it ends in a number and `.json`.",
)


def signer(key_file: bytes, ask: Callable[[], str], method: str | None = None) -> Signer:
    """Return the signer of an Ed25519 private key: OpenSSH's own format, or PEM (PKCS #8).

    `ask` returns the passphrase, where the key has one. `method` is the verificationMethod of a
    did:web; without it, the key signs as its did:key. Raises `Refused` and `UsageError`, never with
    anything of the key.
    """
    if b"BEGIN OPENSSH PRIVATE KEY" in key_file:
        found = signer_from_ssh(key_file, ask() if is_encrypted(key_file) else None)
        return under(method, found) if method else found
    seed = _from_pem(key_file, ask)
    return SeedSigner(method or did_key_method(SeedSigner("", seed).public_key), seed)


def _from_pem(key_file: bytes, ask: Callable[[], str]) -> bytes:
    """Return the 32-byte seed in a PEM file; raises `UsageError`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    locked = b"BEGIN ENCRYPTED PRIVATE KEY" in key_file
    try:
        key = load_pem_private_key(key_file, ask().encode("utf-8") if locked else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        hint = "name a private key, as `ssh-keygen -t ed25519` or `openssl genpkey` makes it"
        raise UsageError("the key file cannot be read, or its passphrase is wrong", hint) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError("the key is not an Ed25519 key", "make one: ssh-keygen -t ed25519")
    return key.private_bytes_raw()


def statement(
    source: SignedFile,
    outcome: Outcome,
    employer: str,
    using: Signer,
    at: datetime,
    number: int = 1,
) -> bytes:
    """Return the employer's statement on a credential, signed; raises `Refused`."""
    credential = parse_object(source.content)
    _refuse_unnumbered(source.url, credential)
    return signed_statement(
        credential=source,
        number=number,
        employer=employer,
        outcome=outcome,
        signer=using,
        at=at,
    )


def _refuse_unnumbered(url: str, credential: JsonObject) -> None:
    folder, _, name = url.rpartition("/")
    own = str(credential.get("id")).rpartition("/")[0]
    if folder != own or not name.removesuffix(".json").isdecimal() or urlsplit(url).query:
        raise Refused([NOT_NUMBERED.at(f"{url[:200]} is not {own[:200]}/<n>.json")])
