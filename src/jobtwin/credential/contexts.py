"""The JSON-LD contexts a credential may name: pinned files of an installed package, never fetched.

A context decides what a signature covers, so the bytes are checked against the hashes below
before they are used. Everything else, whatever it looks like, is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import rfc8785

from jobtwin.errors import EngineError

VC = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
OB_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"

CREDENTIAL_CONTEXTS = (VC, OB)
"""What a credential of ours names, in this order: verifiers check the positions."""
CLR_CONTEXTS = (VC, CLR, OB)
"""What a learner record of ours names, in this order."""

JsonObject = dict[str, Any]
Contexts = Mapping[str, JsonObject]
"""Context URL → the document that stands there."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A context file of `openbadgeslib`, by its bytes or, if only reformatted, by its JSON."""

    file: str
    sha256: str
    """Of the bytes; for `VC` the hash that the Recommendation itself prints."""
    json_sha256: str
    """Of the RFC 8785 form: equal for every formatting of the same JSON."""


PINS: Mapping[str, Pin] = {
    VC: Pin(
        "credentials-v2.json",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
        "b463c8d6a066214123ddd9827b135e1b50e1fc73322cc52a9b12a4f1fc7d86cf",
    ),
    OB: Pin(
        "ob-v3p0-context-3.0.3.json",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
        "04b1136ddc4eda9a8966bc7ef182789f233a26739473140ef75d6968c29a2966",
    ),
    CLR: Pin(
        "clr_context_2.0.1.json",
        "880f1902d4158f2f33ce06af41b90719977cd1ea337a9de2e41edb3ff5e543d6",
        "7defe702c102faf14108579b7d65ef39ecf4c3bbef925b803e15bd77cd6e3394",
    ),
    OB_EXTENSIONS: Pin(
        "ob-v3p0-extensions.json",
        "87c06c81bc2317663bf288d740d94fddd2818c4342b186270ff6371dfaa63f93",
        "15f4c347c6fe4380d9b6b93795859e33747ef48d5c55b91a71c52fb51c7bcbd7",
    ),
}


class UnknownContext(ValueError):  # noqa: N818 - JSON-LD's own word is "context", not "error"
    """A document names a context that is not pinned."""


def check_pin(url: str, content: bytes) -> JsonObject:
    """Return the context of `url` from `content`; raises `EngineError` if it is another."""
    pin = PINS[url]
    document: JsonObject = json.loads(content)
    if hashlib.sha256(content).hexdigest() == pin.sha256:
        return document
    if hashlib.sha256(rfc8785.dumps(document)).hexdigest() == pin.json_sha256:
        return document
    raise EngineError(
        f"{pin.file} of the installed openbadgeslib is not the pinned context {url}",
        "install the version of openbadgeslib that the lock file names",
    )


@cache
def pinned() -> Contexts:
    """Return every pinned context by URL; raises `EngineError` if the package's files differ.

    The files are found without importing the package, which would cost a tenth of a second.
    """
    return {url: check_pin(url, content) for url, content in pinned_bytes().items()}


def pinned_bytes() -> Mapping[str, bytes]:
    """Return the file of every pinned context by URL, as the package has it."""
    spec = find_spec("openbadgeslib")
    if spec is None or not spec.submodule_search_locations:
        raise EngineError("openbadgeslib is not installed", "pip install openbadgeslib")
    folder = Path(spec.submodule_search_locations[0]) / "ob3" / "contexts"
    return {url: (folder / pin.file).read_bytes() for url, pin in PINS.items()}


def loader(extra: Contexts | None = None) -> Callable[[str, Any], JsonObject]:
    """Return a PyLD document loader that knows the pinned contexts and `extra`, and no other URL.

    Pinned documents carry the tag `static`, by which PyLD keeps what it made of them.
    """
    fixed = pinned()
    extra = extra or {}

    def load(url: str, _options: object = None) -> JsonObject:
        if url in fixed:
            return {"contextUrl": None, "documentUrl": url, "document": fixed[url], "tag": "static"}
        if url in extra:
            return {"contextUrl": None, "documentUrl": url, "document": extra[url]}
        raise UnknownContext(url)

    return load
