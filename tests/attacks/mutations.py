"""How a credential, its issuer's site and its forms are changed, one small edit at a time."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.unit.credential.conftest import (
    ISSUED_AT,
    ISSUER,
    LIST_URL,
    NOW,
    SITE,
    Academy,
    badge,
)

from jobtwin.credential import baking, jwt, keys, proof, proof_set, status
from jobtwin.credential.canonical import Canonicalise
from jobtwin.credential.compiled import canonicalise
from jobtwin.credential.jsonbytes import jcs, to_bytes
from jobtwin.credential.proof import unsigned
from jobtwin.credential.resolve import Unavailable
from jobtwin.credential.verify import Verification, verify
from jobtwin.multikey import base58_decode, base58_encode

Document = dict[str, Any]
DID_JSON, JWKS = f"{SITE}/did.json", f"{SITE}/keys/jwks.json"
SIGNED = to_bytes(proof.sign(badge(), Academy().signer, ISSUED_AT))
SERVED = dict(Academy().publish().resources)
METHOD = Academy().signer.key_id
STRANGER = keys.SeedSigner("", b"\x07" * 32)
STRANGER_NAME = keys.to_multikey(STRANGER.public_key)
STRANGER_DID = f"did:key:{STRANGER_NAME}"
STRANGER_METHOD = f"{STRANGER_DID}#{STRANGER_NAME}"
HOMOGLYPH = ISSUER.replace("twins", "tw\u0456ns")
"""With a Cyrillic letter in the host."""
PICTURES = Path(__file__).parents[2] / "twins" / "jt-incident-4"
SECOND = 1.0


@dataclass
class Scene:
    """What a verifier is handed: a file, what the net serves, and a clock."""

    content: bytes = SIGNED
    served: dict[str, bytes | Unavailable] = field(default_factory=lambda: dict(SERVED))
    now: datetime = NOW

    def verify(self, using: Canonicalise = canonicalise) -> Verification:
        return verify(self.content, self.served, self.now, {ISSUER}, using=using)


Edit = Callable[[Scene], None]
Change = Callable[[Document], None]


@dataclass(frozen=True)
class Row:
    """One mutation, and what must be said of it."""

    name: str
    edit: Edit
    step: str
    code: str
    words: str


# How things are changed.


def steps_of(path: str) -> list[Any]:
    return [int(step) if step.isdigit() else step for step in path.split(".")]


def put(path: str, value: Any) -> Change:
    """Set what stands at `path`; a new member of an object is added at its end."""

    def change(document: Document) -> None:
        *parents, last = steps_of(path)
        holder: Any = document
        for step in parents:
            holder = holder[step]
        holder[last] = value

    return change


def drop(path: str) -> Change:
    def change(document: Document) -> None:
        *parents, last = steps_of(path)
        holder: Any = document
        for step in parents:
            holder = holder[step]
        del holder[last]

    return change


def swap(one: str, other: str) -> Change:
    def read(document: Any, path: str) -> Any:
        for step in steps_of(path):
            document = document[step]
        return document

    def change(document: Document) -> None:
        first, second = read(document, one), read(document, other)
        put(one, second)(document)
        put(other, first)(document)

    return change


def altered(*changes: Change) -> Edit:
    """Change the signed credential, as whoever holds the file can."""

    def edit(scene: Scene) -> None:
        document = json.loads(scene.content)
        for change in changes:
            change(document)
        scene.content = to_bytes(document)

    return edit


def issued(*changes: Change, signer: keys.SeedSigner | None = None) -> Edit:
    """Change the credential, then sign it with the issuer's key or another."""

    def edit(scene: Scene) -> None:
        document = badge()
        for change in changes:
            change(document)
        scene.content = to_bytes(proof.sign(document, signer or Academy().signer, ISSUED_AT))

    return edit


def written(old: str, new: str) -> Edit:
    """Replace the first occurrence of some text in the file."""

    def edit(scene: Scene) -> None:
        assert old.encode() in scene.content
        scene.content = scene.content.replace(old.encode(), new.encode(), 1)

    return edit


def file(content: bytes | Callable[[], bytes]) -> Edit:
    def edit(scene: Scene) -> None:
        scene.content = content if isinstance(content, bytes) else content()

    return edit


def served(url: str, content: bytes | Unavailable) -> Edit:
    return lambda scene: scene.served.update({url: content})


def keys_altered(*changes: Change) -> Edit:
    """Change the issuer's did.json."""

    def edit(scene: Scene) -> None:
        document = json.loads(SERVED[DID_JSON])
        for change in changes:
            change(document)
        scene.served[DID_JSON] = to_bytes(document)

    return edit


def list_issued(*changes: Change, signer: keys.SeedSigner | None = None) -> Edit:
    """Change the status list, then sign it."""

    def edit(scene: Scene) -> None:
        document = status.status_list_credential(LIST_URL, ISSUER, (), ISSUED_AT)
        for change in changes:
            change(document)
        signed = proof.sign(document, signer or Academy().signer, ISSUED_AT)
        scene.served[LIST_URL] = to_bytes(signed)

    return edit


def list_altered(*changes: Change) -> Edit:
    """Change the status list after it was signed."""

    def edit(scene: Scene) -> None:
        document = json.loads(SERVED[LIST_URL])
        for change in changes:
            change(document)
        scene.served[LIST_URL] = to_bytes(document)

    return edit


def clock(text: str) -> Edit:
    def edit(scene: Scene) -> None:
        scene.now = datetime.fromisoformat(text)

    return edit


def both(*edits: Edit) -> Edit:
    def edit(scene: Scene) -> None:
        for one in edits:
            one(scene)

    return edit


def value_of(change: Callable[[str], str]) -> Change:
    """Rewrite the signature's text."""

    def rewrite(document: Document) -> None:
        document["proof"][0]["proofValue"] = change(document["proof"][0]["proofValue"])

    return rewrite


def higher(text: str) -> str:
    """Return the same signature with the group order added to S: another text, same meaning."""
    raw = base58_decode(text[1:])
    order = 2**252 + 27742317777372353535851937790883648493
    s = (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    return "z" + base58_encode(raw[:32] + s)


def packed(content: bytes) -> str:
    return "u" + keys.base64url_encode(gzip.compress(content, 9))


def token(
    header: Document | None = None, claims: Document | None = None, without: str = ""
) -> bytes:
    """Return the credential as a JWT whose header or claims were changed before it was signed."""
    thumb = keys.thumbprint(Academy().signer.public_key)
    plain = jwt.signing_input(badge(), f"{ISSUER}#{thumb}")
    head, payload = (json.loads(keys.base64url_decode(p.decode())) for p in plain.split(b"."))
    parts = [head | (header or {}), payload | (claims or {})]
    for part in parts:
        part.pop(without, None)
    signed = ".".join(keys.base64url_encode(jcs(part)) for part in parts).encode()
    return signed + b"." + keys.base64url_encode(Academy().signer.sign(signed)).encode()


def resigned(data: bytes, signature: bytes) -> bytes:
    return data.rpartition(b".")[0] + b"." + signature


def confused() -> bytes:
    """Return a JWT with alg HS256, its MAC keyed by the issuer's public key."""
    import hashlib
    import hmac

    signed = token({"alg": "HS256"}).rpartition(b".")[0]
    mac = hmac.digest(Academy().signer.public_key, signed, hashlib.sha256)
    return resigned(signed + b".", keys.base64url_encode(mac).encode())


def proofs(change: Callable[[list[Document]], object]) -> Edit:
    """Sign twice, as issuer (eddsa-rdfc-2022) and with a did:key (eddsa-jcs-2022), then change."""

    def edit(scene: Scene) -> None:
        document = json.loads(SIGNED)
        document["proof"] = [document["proof"][0], jcs_proof(document)]
        change(document["proof"])
        scene.content = to_bytes(document)

    return edit


def jcs_proof(document: Document, previous: Document | None = None, own: str = "") -> Document:
    options: Document = {
        "type": "DataIntegrityProof",
        "created": "2026-03-02T10:00:00Z",
        "verificationMethod": STRANGER_METHOD,
        "cryptosuite": proof_set.JCS_SUITE,
        "proofPurpose": "assertionMethod",
    }
    base = unsigned(document)
    if own:
        options["id"] = own
    if previous:
        options["previousProof"] = previous["id"]
        base["proof"] = [previous]
    return options | {"proofValue": "z" + base58_encode(STRANGER.sign(jcs_hash(options, base)))}


def jcs_hash(options: Document, base: Document) -> bytes:
    from hashlib import sha256

    return sha256(jcs(options)).digest() + sha256(jcs(base)).digest()


def chain(change: Callable[[list[Document]], object] = lambda listed: None) -> Edit:
    """Two proofs with eddsa-jcs-2022, the second over the first; then change them."""

    def edit(scene: Scene) -> None:
        document = badge()
        document["issuer"]["id"] = STRANGER_DID
        del document["credentialStatus"]
        first = jcs_proof(document, own="urn:proof:1")
        document["proof"] = [first, jcs_proof(document, first, "urn:proof:2")]
        change(document["proof"])
        scene.content = to_bytes(document)

    return edit


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


SUBJECT = "credentialSubject"
ACHIEVEMENT = "credentialSubject.achievement"
OTHER_SITE = "did:web:elsewhere.example"
VC2 = "https://www.w3.org/ns/credentials/v2"


def rewritten(write: Callable[[Document], bytes]) -> Edit:
    def edit(scene: Scene) -> None:
        scene.content = write(json.loads(scene.content))

    return edit


def turned(value: Any) -> Any:
    """Return the same JSON with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


def shuffled(path: str) -> Edit:
    """Reverse a list whose order has no meaning in JSON-LD."""

    def change(document: Document) -> None:
        holder: Any = document
        for step in steps_of(path):
            holder = holder[step]
        holder.reverse()

    return altered(change)


def chunk(content: bytes) -> bytes:
    data = b"iTXt" + b"openbadgecredential\0\0\0\0\0" + content
    return (len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")


def png(*contents: bytes) -> bytes:
    picture = (PICTURES / "badge.png").read_bytes()
    return picture[:33] + b"".join(map(chunk, contents)) + picture[33:]


def svg(*contents: bytes, prefix: str = "openbadges") -> bytes:
    first = baking.bake(baking.frame((PICTURES / "badge.svg").read_bytes()), contents[0])
    more = "".join(
        f'<{prefix}:credential xmlns:{prefix}="https://purl.imsglobal.org/ob/v3p0">'
        f"<![CDATA[{content.decode()}]]></{prefix}:credential></svg>"
        for content in contents[1:]
    )
    return first.replace(b"</svg>", more.encode()) if more else first


def with_attribute(picture: bytes) -> bytes:
    return picture.replace(b"<openbadges:credential", b'<openbadges:credential verify="e.y.J"')


def fails(step: str, code: str, *listed: tuple[str, Edit, str]) -> list[Row]:
    """Return a row for every name, edit and words, all at one step and with one code."""
    return [Row(name, edit, step, code, words) for name, edit, words in listed]
