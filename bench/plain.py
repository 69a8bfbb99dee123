"""The plain PyLD side: what a few lines with PyLD do, contexts at hand, nothing kept by us.

`jsonld.normalize` on document and proof options, SHA-256, and pynacl for Ed25519, as on our side.
The loader answers from memory; PyLD keeps what it keeps by itself.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import base58
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey
from pyld import jsonld  # type: ignore[import-untyped]

from jobtwin.credential.contexts import pinned
from jobtwin.credential.proof import PURPOSE, SUITE

NAME = f"PyLD {version('pyld')}"
_FORM = {"algorithm": "URDNA2015", "format": "application/n-quads"}


@dataclass(frozen=True, slots=True)
class Plain:
    """Signs and verifies with one key."""

    seed: bytes
    key_id: str
    created: str

    def sign(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the proof of a document."""
        options = {
            "type": "DataIntegrityProof",
            "created": self.created,
            "verificationMethod": self.key_id,
            "cryptosuite": SUITE,
            "proofPurpose": PURPOSE,
        }
        signature = SigningKey(self.seed).sign(_hashes(document, options)).signature
        return options | {"proofValue": "z" + base58.b58encode(signature).decode()}

    def verify(self, content: bytes) -> bool:
        """Say whether the one proof of a credential file is the key's own."""
        document = json.loads(content)
        (options,) = document.pop("proof")
        signature = base58.b58decode(options.pop("proofValue")[1:])
        try:
            key = VerifyKey(bytes(SigningKey(self.seed).verify_key))
            key.verify(_hashes(document, options), signature)
        except BadSignatureError:
            return False
        return True


def _hashes(document: dict[str, Any], options: dict[str, Any]) -> bytes:
    given = {"@context": document["@context"], **options}
    return b"".join(hashlib.sha256(_canonical(part)).digest() for part in (given, document))


def _canonical(document: dict[str, Any]) -> bytes:
    form: str = jsonld.normalize(document, _FORM | {"documentLoader": _load})
    return form.encode()


def _load(url: str, _options: object) -> dict[str, Any]:
    return {"contextUrl": None, "documentUrl": url, "document": pinned()[url]}
