"""Credentials, status lists and keys with one thing wrong: the right step fails and says why.

Each row is a name, an edit, the first step that fails, its code, and words that its findings hold.
Rows of `ISSUED` were signed with the fault in them, as by a careless or hostile issuer; everything
else was changed by somebody who does not have the key. Rows of `SAME` keep the meaning.
"""

from __future__ import annotations

import base64
import copy
import gzip
import json
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtwin.credential import baking, jwt, keys, proof, proof_set, status
from jobtwin.credential.jsonbytes import jcs, to_bytes
from jobtwin.credential.proof import unsigned
from jobtwin.credential.resolve import Unavailable
from jobtwin.credential.verify import Outcome, Verification, verify
from jobtwin.errors import Refused
from jobtwin.multikey import base58_decode, base58_encode
from tests.unit.credential.conftest import (
    INDEX,
    ISSUED_AT,
    ISSUER,
    LIST_URL,
    NOW,
    SITE,
    Academy,
    badge,
)

Document = dict[str, Any]
DID_JSON, JWKS = f"{SITE}/did.json", f"{SITE}/keys/jwks.json"
SIGNED = to_bytes(proof.sign(badge(), Academy().signer, ISSUED_AT))
SERVED = dict(Academy().publish().resources)
METHOD = Academy().signer.key_id
STRANGER = keys.SeedSigner("", b"\x07" * 32)
STRANGER_NAME = keys.to_multikey(STRANGER.public_key)
STRANGER_DID = f"did:key:{STRANGER_NAME}"
STRANGER_METHOD = f"{STRANGER_DID}#{STRANGER_NAME}"
HOMOGLYPH = ISSUER.replace("i", "\u0456", 2).replace("d\u0456d", "did")
"""With a Cyrillic letter in the host."""
PICTURES = Path(__file__).parents[2] / "twins" / "jt-incident-4"
SECOND = 1.0


@dataclass
class Scene:
    """What a verifier is handed: a file, what the net serves, and a clock."""

    content: bytes = SIGNED
    served: dict[str, bytes | Unavailable] = field(default_factory=lambda: dict(SERVED))
    now: datetime = NOW

    def verify(self) -> Verification:
        return verify(self.content, self.served, self.now, {ISSUER})


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


def proofs(change: Callable[[list[Document]], None]) -> Edit:
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


def chain(change: Callable[[list[Document]], None] = lambda listed: None) -> Edit:
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

ROWS = [
    # A required field is gone.
    Row("no @context", altered(drop("@context")), "contexts", "VC-014", "not a list of URLs"),
    Row("no id", altered(drop("id")), "shape", "VC-050", "$.id: VC-050 expected here: a URL or URN"),
    Row("no type", altered(drop("type")), "shape", "VC-050", "$.type"),
    Row("no issuer", altered(drop("issuer")), "shape", "VC-050", "$.issuer"),
    Row("an issuer without an id", altered(drop("issuer.id")), "shape", "VC-050", "$.issuer"),
    Row("no validFrom", altered(drop("validFrom")), "shape", "VC-050", "$.validFrom"),
    Row("no subject", altered(drop(SUBJECT)), "shape", "VC-050", "$.credentialSubject"),
    Row("a subject of no type", altered(drop(f"{SUBJECT}.type")), "shape", "VC-050", ".type"),
    Row(
        "a subject that is nobody",
        altered(drop(f"{SUBJECT}.id"), drop(f"{SUBJECT}.identifier")),
        "shape",
        "VC-050",
        "who received the credential",
    ),
    Row("no achievement", altered(drop(ACHIEVEMENT)), "shape", "VC-050", ".achievement"),
    Row("no achievement id", altered(drop(f"{ACHIEVEMENT}.id")), "shape", "VC-050", "ment.id"),
    Row("no achievement type", altered(drop(f"{ACHIEVEMENT}.type")), "shape", "VC-050", "t.type"),
    Row("no achievement name", altered(drop(f"{ACHIEVEMENT}.name")), "shape", "VC-050", ".name"),
    Row(
        "no description",
        altered(drop(f"{ACHIEVEMENT}.description")),
        "shape",
        "VC-050",
        ".description",
    ),
    Row("no criteria", altered(drop(f"{ACHIEVEMENT}.criteria")), "shape", "VC-050", ".criteria"),
    Row(
        "an alignment without its URL",
        altered(drop(f"{ACHIEVEMENT}.alignment.0.targetUrl")),
        "shape",
        "VC-050",
        "alignment[0].targetUrl",
    ),
    Row(
        "a result description without a name",
        altered(drop(f"{ACHIEVEMENT}.resultDescription.3.name")),
        "shape",
        "VC-050",
        "resultDescription[3].name",
    ),
    Row(
        "a result without a type",
        altered(drop(f"{SUBJECT}.result.2.type")),
        "shape",
        "VC-050",
        "result[2].type",
    ),
    Row(
        "a status without a type",
        altered(drop("credentialStatus.type")),
        "shape",
        "VC-050",
        "credentialStatus.type",
    ),
    Row("no proof", altered(drop("proof")), "proof", "VC-020", "not an object or a short list"),
    # An optional field that was signed is gone, or another.
    *(
        Row(f"the {path} is taken out", altered(drop(path)), "signature", "VC-024", "does not fit")
        for path in (
            "name",
            "awardedDate",
            "evidence",
            "evidence.1",
            "credentialStatus",
            "issuer.name",
            f"{SUBJECT}.identifier",
            f"{SUBJECT}.result",
            f"{SUBJECT}.result.6",
            f"{ACHIEVEMENT}.version",
            f"{ACHIEVEMENT}.alignment.2",
            f"{ACHIEVEMENT}.resultDescription.0.requiredLevel",
        )
    ),
    *(
        Row(f"another {path}", altered(put(path, value)), "signature", "VC-024", "does not fit")
        for path, value in (
            ("id", f"{SITE}/credentials/7f/other.json"),
            ("name", "Retrieval under a latency budget "),
            ("validFrom", "2026-03-02T10:00:01Z"),
            ("validUntil", "2036-03-02T10:00:00Z"),
            ("issuer.name", "Academy of Tw\u0456ns"),
            (f"{SUBJECT}.id", "urn:uuid:00000000-0000-4000-8000-000000000000"),
            (f"{SUBJECT}.identifier.0.identityHash", "sha256$" + "cd" * 32),
            (f"{SUBJECT}.identifier.0.hashed", False),
            (f"{SUBJECT}.result.0.value", "1.0"),
            (f"{ACHIEVEMENT}.name", "Another twin"),
            ("credentialStatus.statusListIndex", "41338"),
            ("credentialStatus.statusPurpose", "suspension"),
            ("evidence.0.id", "https://elsewhere.example/evidence"),
            ("type", ["VerifiableCredential", "EndorsementCredential"]),
        )
    ),
    Row(
        "two results change places",
        altered(swap(f"{SUBJECT}.result.0.value", f"{SUBJECT}.result.5.value")),
        "signature",
        "VC-024",
        "does not fit",
    ),
    Row(
        "holder and achievement change places",
        altered(swap(f"{SUBJECT}.id", f"{ACHIEVEMENT}.id")),
        "signature",
        "VC-024",
        "does not fit",
    ),
    Row(
        "name and description change places",
        altered(swap(f"{ACHIEVEMENT}.name", f"{ACHIEVEMENT}.description")),
        "signature",
        "VC-024",
        "does not fit",
    ),
    # A field of another type.
    Row("@context as one text", altered(put("@context", VC2)), "contexts", "VC-014", "not a list"),
    Row("id as a number", altered(put("id", 7)), "shape", "VC-050", "$.id"),
    Row("id as null", altered(put("id", None)), "shape", "VC-050", "$.id"),
    Row("type as a text", altered(put("type", "OpenBadgeCredential")), "shape", "VC-050", "$.type"),
    Row("type as an object", altered(put("type", {"a": 1})), "shape", "VC-050", "$.type"),
    Row("issuer as a list", altered(put("issuer", [ISSUER])), "shape", "VC-050", "$.issuer"),
    Row("validFrom as a number", altered(put("validFrom", 0)), "shape", "VC-050", "$.validFrom"),
    Row(
        "validFrom without a zone",
        altered(put("validFrom", "2026-03-02T10:00:00")),
        "shape",
        "VC-050",
        "with a zone",
    ),
    Row(
        "a thirteenth month",
        altered(put("validFrom", "2026-13-02T10:00:00Z")),
        "shape",
        "VC-050",
        "$.validFrom",
    ),
    Row("two subjects", altered(put(SUBJECT, [{}, {}])), "shape", "VC-050", "one object"),
    Row("two statuses", altered(put("credentialStatus", [])), "shape", "VC-050", "one object"),
    Row(
        "results as an object", altered(put(f"{SUBJECT}.result", {})), "shape", "VC-050", "a list"
    ),
    Row(
        "a result that is a text",
        altered(put(f"{SUBJECT}.result.1", "1.0")),
        "shape",
        "VC-050",
        "result[1]",
    ),
    Row("proof as a text", altered(put("proof", "zzz")), "proof", "VC-020", "not an object"),
    Row("no proof in the list", altered(put("proof", [])), "proof", "VC-020", "short list"),
    # The contexts.
    Row(
        "the contexts change places",
        altered(swap("@context.0", "@context.1")),
        "contexts",
        "VC-014",
        "the first context is not",
    ),
    Row(
        "an unknown context more",
        altered(lambda d: d["@context"].append("https://x.example/c")),
        "contexts",
        "VC-014",
        "unknown context 'https://x.example/c'",
    ),
    Row(
        "a context written into the file",
        altered(lambda d: d["@context"].append({"name": "urn:x"})),
        "contexts",
        "VC-014",
        "not a list of URLs",
    ),
    Row(
        "a context twice",
        altered(lambda d: d["@context"].append(VC2)),
        "contexts",
        "VC-014",
        "stands twice",
    ),
    Row(
        "a context further in",
        altered(put(f"{SUBJECT}.@context", {"name": "urn:x"})),
        "contexts",
        "VC-014",
        "$.credentialSubject.@context: VC-014 a context of its own in the middle",
    ),
    Row(
        "the Open Badges context is missing",
        altered(drop("@context.1")),
        "contexts",
        "VC-051",
        "the first two contexts",
    ),
    # What JSON readers and signatures see differently.
    Row("an undefined term", altered(put("bonus", "yes")), "terms", "VC-011", "$.bonus: VC-011 no context defines"),
    Row(
        "an undefined term further in",
        altered(put(f"{ACHIEVEMENT}.bonus", "yes")),
        "terms",
        "VC-011",
        "$.credentialSubject.achievement.bonus",
    ),
    Row(
        "an undefined type",
        altered(put("evidence.0.type", ["Evidence", "Diploma"])),
        "terms",
        "VC-012",
        "'Diploma'",
    ),
    Row(
        "a relative id of evidence",
        altered(put("evidence.0.id", "../7fa3")),
        "terms",
        "VC-012",
        "$.evidence[0].id: VC-012 not an absolute IRI: '../7fa3'",
    ),
    Row("a relative id", altered(put("id", "7fa3.json")), "shape", "VC-050", "$.id"),
    Row("a blank node as id", altered(put("id", "_:b0")), "shape", "VC-050", "$.id"),
    Row(
        "a full IRI as a member",
        altered(lambda d: d.update({"https://schema.org/name": "x"})),
        "terms",
        "VC-013",
        "not a plain term",
    ),
    Row("a keyword", altered(put("@graph", [])), "terms", "VC-013", "'@graph'"),
    Row("a reversed member", altered(put("@reverse", {})), "terms", "VC-013", "'@reverse'"),
    Row("null in place of a field", altered(put("name", None)), "terms", "VC-013", "null"),
    Row(
        "a list in a list", altered(put("evidence", [[{}]])), "terms", "VC-013", "a list in a list"
    ),
    Row(
        "the credential described twice",
        altered(
            put("evidence.0", {"id": f"{SITE}/credentials/7f/7fa3.json", "type": ["Evidence"]})
        ),
        "terms",
        "VC-013",
        "described elsewhere",
    ),
    Row(
        "as many parts without a name as fit",
        altered(put("evidence", [{"type": ["Evidence"]} for _ in range(900)])),
        "terms",
        "VC-016",
        "",
    ),
    # Hostile bytes.
    Row("nothing", file(b""), "parse", "VC-001", "not JSON"),
    Row("a page", file(b"<html>404</html>"), "parse", "VC-001", "not JSON"),
    Row("cut off", lambda s: file(s.content[:-200])(s), "parse", "VC-001", "not JSON"),
    Row("a byte order mark", lambda s: file(b"\xef\xbb\xbf" + s.content)(s), "parse", "VC-001", ""),
    Row(
        "UTF-16",
        lambda s: file(s.content.decode().encode("utf-16"))(s),
        "parse",
        "VC-001",
        "not UTF-8 at byte 0",
    ),
    Row(
        "overlong UTF-8",
        lambda s: file(s.content.replace(b"Academy", b"\xc0\xafcad"))(s),
        "parse",
        "VC-001",
        "not UTF-8",
    ),
    Row("a list around it", lambda s: file(b"[" + s.content + b"]")(s), "parse", "VC-001", "object"),
    Row("a comment", written("{", "{ // genuine\n"), "parse", "VC-001", "not JSON"),
    Row("two documents in one file", lambda s: file(s.content * 2)(s), "parse", "VC-001", "Extra"),
    Row("50 MB", file(lambda: b'"' + b"a" * 50_000_000 + b'"'), "parse", "VC-005", "50000002"),
    Row("60,000 levels", file(nested(60_000)), "parse", "VC-004", "60000 levels"),
    Row(
        "a million brackets", file(lambda: b"[" * 1_000_000), "parse", "VC-004", "1000000 levels"
    ),
    Row("65 levels", file(nested(65)), "parse", "VC-004", "65 levels"),
    Row(
        "a key twice",
        written('"validFrom"', '"id": "urn:x:2",\n  "validFrom"'),
        "parse",
        "VC-002",
        "'id' stands twice",
    ),
    Row(
        "the same key, once escaped",
        written('"validFrom"', '"i\\u0064": "urn:x:2",\n  "validFrom"'),
        "parse",
        "VC-002",
        "'id' stands twice",
    ),
    Row("NaN", written('"hashed": true', '"hashed": NaN'), "parse", "VC-003", "NaN"),
    Row(
        "a huge integer",
        written('"hashed": true', '"hashed": ' + "9" * 5_000),
        "parse",
        "VC-003",
        "beyond",
    ),
    Row("2^53", written('"hashed": true', f'"hashed": {2**53}'), "parse", "VC-003", "9007199"),
    Row("1e999", written('"hashed": true', '"hashed": 1e999'), "parse", "VC-003", "double"),
    Row(
        "a lone surrogate", written("Academy of", "\\ud83d Academy of"), "parse", "VC-006", "half"
    ),
    Row("NUL, escaped", written("Academy of", "\\u0000Academy"), "text", "VC-010", "U+0000"),
    Row("NUL, as it is", written("Academy of", "\x00Academy"), "parse", "VC-001", "control"),
    Row("a bell", written("Academy of", "\\u0007"), "text", "VC-010", "$.issuer.name: VC-010 holds U+0007"),
    Row("a bidi override", written("Academy", "\u202eymedacA"), "text", "VC-010", "U+202E"),
    Row("a bidi isolate", written("Academy", "\u2066Academy"), "text", "VC-010", "U+2066"),
    Row("a bidi override in a key", altered(put("na\u202eme", 1)), "text", "VC-010", "U+202E"),
    # The proof.
    Row(
        "another cryptosuite",
        altered(put("proof.0.cryptosuite", "ecdsa-rdfc-2019")),
        "proof",
        "VC-021",
        "'ecdsa-rdfc-2019'",
    ),
    Row("no cryptosuite", altered(drop("proof.0.cryptosuite")), "proof", "VC-021", "'None'"),
    Row(
        "the suite of 2020",
        altered(put("proof.0.type", "Ed25519Signature2020")),
        "proof",
        "VC-020",
        "'Ed25519Signature2020'",
    ),
    Row(
        "a proof for logging in",
        altered(put("proof.0.proofPurpose", "authentication")),
        "proof",
        "VC-022",
        "'authentication'",
    ),
    Row("no purpose", altered(drop("proof.0.proofPurpose")), "proof", "VC-022", "'None'"),
    Row("no signature", altered(drop("proof.0.proofValue")), "proof", "VC-023", "proofValue"),
    Row("no date", altered(drop("proof.0.created")), "proof", "VC-023", "created is malformed"),
    Row(
        "no key", altered(drop("proof.0.verificationMethod")), "proof", "VC-023", "verificationMeth"
    ),
    Row(
        "another date of the proof",
        altered(put("proof.0.created", "2026-03-02T10:00:01Z")),
        "signature",
        "VC-024",
        "does not fit",
    ),
    Row(
        "an end of the proof that was not signed",
        altered(put("proof.0.expires", "2099-01-01T00:00:00Z")),
        "signature",
        "VC-024",
        "does not fit",
    ),
    Row(
        "a proof with its own context",
        altered(put("proof.0.@context", [VC2])),
        "contexts",
        "VC-014",
        "$.proof[0].@context: VC-014 a context of its own",
    ),
    Row(
        "a proof with the credential's context once more",
        altered(lambda d: d["proof"][0].update({"@context": d["@context"]})),
        "proof",
        "VC-020",
        "no context of its own",
    ),
    Row(
        "a member of the proof that no context defines",
        altered(put("proof.0.note", "genuine")),
        "signature",
        "VC-011",
        "'note'",
    ),
    Row(
        "the signature of another text",
        altered(value_of(lambda _: "z" + base58_encode(Academy().signer.sign(b"x")))),
        "signature",
        "VC-024",
        "does not fit",
    ),
    Row(
        "the signature with the group order added",
        altered(value_of(higher)),
        "signature",
        "VC-024",
        "does not fit",
    ),
    Row(
        "a signature with a digit in front",
        altered(value_of(lambda text: "z1" + text[1:])),
        "proof",
        "VC-023",
        "proofValue",
    ),
    Row(
        "a signature in base64url",
        altered(value_of(lambda text: "u" + keys.base64url_encode(base58_decode(text[1:])))),
        "proof",
        "VC-023",
        "proofValue",
    ),
    Row(
        "a signature with a letter that base58 does not have",
        altered(value_of(lambda text: text[:-1] + "0")),
        "proof",
        "VC-023",
        "proofValue",
    ),
    Row(
        "a signature of a megabyte",
        altered(value_of(lambda _: "z" + "2" * 1_000_000)),
        "proof",
        "VC-023",
        "proofValue",
    ),
    Row(
        "a signature cut short",
        altered(value_of(lambda text: text[:-2])),
        "proof",
        "VC-023",
        "proofValue",
    ),
    # Whose key it is.
    Row(
        "another issuer is named",
        altered(put("issuer.id", OTHER_SITE)),
        "key",
        "VC-033",
        "not to the issuer did:web:elsewhere.example",
    ),
    Row(
        "a homoglyph issuer with the genuine key",
        altered(put("issuer.id", HOMOGLYPH)),
        "key",
        "VC-033",
        "not to the issuer",
    ),
    Row(
        "a homoglyph issuer with a key of its own",
        issued(
            put("issuer.id", HOMOGLYPH), signer=keys.SeedSigner(f"{HOMOGLYPH}#k", STRANGER.seed)
        ),
        "key",
        "VC-032",
        "is no did:web",
    ),
    Row(
        "signed with a stranger's did:key",
        issued(signer=keys.SeedSigner(STRANGER_METHOD, STRANGER.seed)),
        "key",
        "VC-033",
        f"belongs to {STRANGER_DID}",
    ),
    Row(
        "signed by a stranger in the issuer's name",
        issued(signer=keys.SeedSigner(METHOD, STRANGER.seed)),
        "signature",
        "VC-024",
        "does not fit",
    ),
    Row(
        "a key that did.json does not have",
        issued(signer=keys.SeedSigner(f"{ISSUER}#key-2026-9", STRANGER.seed)),
        "key",
        "VC-033",
        "does not describe",
    ),
    Row(
        "an issuer that is no DID",
        issued(
            put("issuer.id", SITE),
            signer=keys.SeedSigner(f"{SITE}#key", STRANGER.seed),
        ),
        "key",
        "VC-032",
        "no did:web",
    ),
    Row(
        "a did:key whose fragment is another key",
        issued(
            put("issuer.id", STRANGER_DID),
            signer=keys.SeedSigner(f"{STRANGER_DID}#z6Mk", STRANGER.seed),
        ),
        "key",
        "VC-032",
        "the key once more",
    ),
    Row(
        "a did:key of another kind of key",
        issued(
            put("issuer.id", "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"),
            signer=keys.SeedSigner(
                "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"
                "#zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
                STRANGER.seed,
            ),
        ),
        "key",
        "VC-030",
        "Ed25519",
    ),
    Row(
        "did.json is revoked: the key has a date of revocation",
        keys_altered(put("verificationMethod.0.revoked", "2026-03-05T00:00:00Z")),
        "key",
        "VC-033",
        "marked as revoked",
    ),
    Row(
        "the key had expired",
        keys_altered(put("verificationMethod.0.expires", "2026-03-01T00:00:00Z")),
        "key",
        "VC-033",
        "had expired when the proof was made",
    ),
    Row(
        "the key has an end that is no date",
        keys_altered(put("verificationMethod.0.expires", "soon")),
        "key",
        "VC-033",
        "expire",
    ),
    Row(
        "the key is controlled by another",
        keys_altered(put("verificationMethod.0.controller", OTHER_SITE)),
        "key",
        "VC-033",
        "controller is not",
    ),
    Row(
        "the key may log in, not assert",
        keys_altered(lambda d: d.update(authentication=d.pop("assertionMethod"))),
        "key",
        "VC-033",
        "in assertionMethod",
    ),
    Row(
        "the method stands twice",
        keys_altered(lambda d: d["verificationMethod"].append(d["verificationMethod"][0])),
        "key",
        "VC-033",
        "2 times",
    ),
    Row(
        "the method stands twice, once with another key",
        keys_altered(
            lambda d: d["verificationMethod"].append(
                d["verificationMethod"][0] | {"publicKeyMultibase": STRANGER_NAME}
            )
        ),
        "key",
        "VC-033",
        "2 times",
    ),
    Row(
        "did.json of another issuer",
        keys_altered(put("id", OTHER_SITE)),
        "key",
        "VC-033",
        "id is not",
    ),
    Row(
        "the method under its short name",
        keys_altered(put("verificationMethod.0.id", "#key-2026-1")),
        "key",
        "VC-033",
        "does not describe",
    ),
    Row(
        "a key of another kind",
        keys_altered(put("verificationMethod.0.type", "Ed25519VerificationKey2020")),
        "key",
        "VC-030",
        "neither Multikey nor JsonWebKey",
    ),
    Row(
        "a key with a digit in front",
        keys_altered(
            lambda d: d["verificationMethod"][0].update(
                publicKeyMultibase="z1"
                + str(d["verificationMethod"][0]["publicKeyMultibase"]).removeprefix("z")
            )
        ),
        "key",
        "VC-030",
        "prefix",
    ),
    Row(
        "another's key under the issuer's name",
        keys_altered(put("verificationMethod.0.publicKeyMultibase", STRANGER_NAME)),
        "jwks",
        "VC-031",
        "stands only in",
    ),
    Row("did.json with a key twice", served(DID_JSON, b'{"id":1,"id":2}'), "key", "VC-002", "'id'"),
    Row("did.json of 50 MB", served(DID_JSON, b" " * 50_000_000), "key", "VC-005", "50000000"),
    Row("did.json is a list", served(DID_JSON, b"[]"), "key", "VC-001", "object"),
    Row("jwks.json has no keys", served(JWKS, b"{}"), "jwks", "VC-031", "only in did.json"),
    # Dates.
    Row(
        "expired",
        issued(put("validUntil", "2026-03-09T00:00:00Z")),
        "dates",
        "VC-061",
        "was valid until 2026-03-09",
    ),
    Row("not yet valid", clock("2026-03-02T09:59:59+00:00"), "dates", "VC-060", "valid from 2026"),
    Row(
        "not yet valid, in another zone",
        issued(put("validFrom", "2026-03-10T11:00:00-02:00")),
        "dates",
        "VC-060",
        "valid from",
    ),
    # The status list.
    Row(
        "revoked",
        list_issued(put(f"{SUBJECT}.encodedList", status.encode_list([INDEX]))),
        "status",
        "VC-062",
        f"entry {INDEX}",
    ),
    Row(
        "the list of another issuer",
        list_issued(
            put("issuer", STRANGER_DID), signer=keys.SeedSigner(STRANGER_METHOD, STRANGER.seed)
        ),
        "status",
        "VC-033",
        "not to the issuer",
    ),
    Row(
        "a list that another is said to have issued",
        list_issued(put("issuer", OTHER_SITE)),
        "status",
        "VC-064",
        "not the credential's issuer",
    ),
    Row(
        "a list of another address",
        list_issued(put("id", f"{SITE}/status/2.json")),
        "status",
        "VC-064",
        "made for another URL",
    ),
    Row(
        "a list for another purpose",
        list_issued(put(f"{SUBJECT}.statusPurpose", "suspension")),
        "status",
        "VC-064",
        "has another purpose",
    ),
    Row(
        "a purpose that the list does not have",
        issued(put("credentialStatus.statusPurpose", "suspension")),
        "status",
        "VC-064",
        "has another purpose",
    ),
    Row(
        "a list of no purpose",
        list_issued(drop(f"{SUBJECT}.statusPurpose")),
        "status",
        "VC-064",
        "has another purpose",
    ),
    Row(
        "a list dated into the future",
        list_issued(put("validFrom", "2026-04-01T00:00:00Z")),
        "status",
        "VC-064",
        "dated in the future",
    ),
    Row(
        "a list that has expired",
        list_issued(put("validUntil", "2026-03-09T00:00:00Z")),
        "status",
        "VC-064",
        "has expired",
    ),
    Row(
        "a credential in place of the list",
        served(LIST_URL, SIGNED),
        "status",
        "VC-064",
        "type is not BitstringStatusListCredential",
    ),
    Row(
        "a list that was altered",
        list_altered(put(f"{SUBJECT}.encodedList", status.encode_list([7]))),
        "status",
        "VC-024",
        "does not fit",
    ),
    Row("a list without a proof", list_altered(drop("proof")), "status", "VC-020", "proof is"),
    Row("a list that is a page", served(LIST_URL, b"<html>"), "status", "VC-001", "not JSON"),
    Row(
        "a list of 50 MB",
        served(LIST_URL, b" " * 50_000_000),
        "status",
        "VC-005",
        "50000000 bytes",
    ),
    Row(
        "a short list",
        list_issued(put(f"{SUBJECT}.encodedList", packed(bytes(16 * 1024 - 1)))),
        "status",
        "VC-041",
        "131064 entries, fewer than 131072",
    ),
    Row(
        "a gzip bomb",
        list_issued(put(f"{SUBJECT}.encodedList", packed(bytes(100 * 2**20)))),
        "status",
        "VC-041",
        "when decompressed",
    ),
    Row(
        "a list that is not gzip",
        list_issued(put(f"{SUBJECT}.encodedList", "u" + keys.base64url_encode(bytes(16_384)))),
        "status",
        "VC-040",
        "encodedList",
    ),
    Row(
        "a list with something after it",
        list_issued(
            put(
                f"{SUBJECT}.encodedList",
                "u" + keys.base64url_encode(gzip.compress(bytes(16_384)) + b"more"),
            )
        ),
        "status",
        "VC-040",
        "something follows it",
    ),
    Row(
        "a list cut off",
        list_issued(put(f"{SUBJECT}.encodedList", packed(bytes(16_384))[:-4])),
        "status",
        "VC-040",
        "cut off",
    ),
    Row(
        "a list in padded base64",
        list_issued(
            put(
                f"{SUBJECT}.encodedList",
                "u" + base64.urlsafe_b64encode(gzip.compress(bytes(16_385))).decode() + "==",
            )
        ),
        "status",
        "VC-040",
        "encodedList",
    ),
    Row(
        "a list in plain base64",
        list_issued(
            put(
                f"{SUBJECT}.encodedList",
                "m" + base64.b64encode(gzip.compress(bytes(16_384))).decode(),
            )
        ),
        "status",
        "VC-040",
        "multibase",
    ),
    Row(
        "a list that is a number",
        list_issued(put(f"{SUBJECT}.encodedList", 7)),
        "status",
        "VC-040",
        "multibase text",
    ),
    *(
        Row(
            f"the index {index[:12]!r}",
            issued(put("credentialStatus.statusListIndex", index)),
            "status",
            "VC-042",
            words,
        )
        for index, words in (
            ("131072", "index 131072 on a list of 131072"),
            ("9999999999", "index 9999999999"),
            ("-1", "'-1'"),
            ("007", "'007'"),
            ("1.5", "'1.5'"),
            ("0x10", "'0x10'"),
            ("9" * 5_000, "'999"),
            ("\u0663", "'\u0663'"),
        )
    ),
    Row(
        "no index",
        issued(drop("credentialStatus.statusListIndex")),
        "status",
        "VC-042",
        "statusListIndex is 'None'",
    ),
    Row(
        "a list by http",
        issued(put("credentialStatus.statusListCredential", LIST_URL.replace("https", "http"))),
        "status",
        "VC-064",
        "not an https URL",
    ),
    Row(
        "a list in a file",
        issued(put("credentialStatus.statusListCredential", "file:///etc/passwd")),
        "status",
        "VC-064",
        "not an https URL",
    ),
    # JWTs.
    Row("alg none", file(lambda: token({"alg": "none"})), "parse", "VC-071", "alg is 'none'"),
    Row(
        "alg none and no signature",
        file(lambda: resigned(token({"alg": "none"}), b"")),
        "parse",
        "VC-071",
        "alg is 'none'",
    ),
    Row("HS256 with the public key", file(confused), "parse", "VC-071", "alg is 'HS256'"),
    Row(
        "a key in the header",
        file(lambda: token({"jwk": keys.to_jwk(STRANGER.public_key)})),
        "parse",
        "VC-071",
        "'jwk' is not read",
    ),
    Row("a jku", file(lambda: token({"jku": "https://x.example"})), "parse", "VC-071", "'jku'"),
    Row("an x5u", file(lambda: token({"x5u": "https://x.example"})), "parse", "VC-071", "'x5u'"),
    Row("crit", file(lambda: token({"crit": ["b64"], "b64": False})), "parse", "VC-071", "'crit'"),
    Row("zip", file(lambda: token({"zip": "DEF"})), "parse", "VC-071", "'zip'"),
    Row("another typ", file(lambda: token({"typ": "at+jwt"})), "parse", "VC-071", "'at+jwt'"),
    Row("no kid", file(lambda: token(without="kid")), "parse", "VC-071", "kid is missing"),
    Row("a kid that is a path", file(lambda: token({"kid": "../k"})), "key", "VC-071", "neither"),
    Row(
        "a kid by http",
        file(lambda: token({"kid": f"http{SITE[5:]}/keys/1.json"})),
        "key",
        "VC-071",
        "neither a DID URL nor an https URL",
    ),
    Row(
        "a kid of somebody else",
        file(lambda: token({"kid": STRANGER_METHOD})),
        "key",
        "VC-033",
        "not to the issuer",
    ),
    Row(
        "another iss",
        file(lambda: token(claims={"iss": OTHER_SITE})),
        "parse",
        "VC-072",
        "iss is not what the credential says",
    ),
    Row("another jti", file(lambda: token(claims={"jti": "x"})), "parse", "VC-072", "jti is not"),
    Row("another sub", file(lambda: token(claims={"sub": "x"})), "parse", "VC-072", "sub is not"),
    Row("no nbf", file(lambda: token(without="nbf")), "parse", "VC-072", "nbf is not"),
    Row("nbf as true", file(lambda: token(claims={"nbf": True})), "parse", "VC-072", "nbf is not"),
    Row("an exp alone", file(lambda: token(claims={"exp": 9})), "parse", "VC-072", "exp stands"),
    Row(
        "a token with a padded part",
        file(lambda: token() + b"="),
        "parse",
        "VC-071",
        "base64url",
    ),
    Row(
        "a signature of no bytes", file(lambda: resigned(token(), b"")), "signature", "VC-024", "fit"
    ),
    Row(
        "a signature of another JWT",
        file(lambda: resigned(token(), token({"kid": METHOD}).rpartition(b".")[2])),
        "signature",
        "VC-024",
        "does not fit",
    ),
    # Several proofs.
    Row(
        "a set with one bad proof",
        proofs(lambda two: two[1].update(created="2026-03-02T10:00:01Z")),
        "signature",
        "VC-024",
        "$.proof[1]",
    ),
    Row(
        "a set whose second proof is by a key that is not there",
        proofs(lambda two: two[1].update(verificationMethod=f"{ISSUER}#gone")),
        "signature",
        "VC-033",
        "does not describe",
    ),
    Row(
        "a set whose second proof is for logging in",
        proofs(lambda two: two[1].update(proofPurpose="authentication")),
        "proof",
        "VC-022",
        "$.proof[1]",
    ),
    Row(
        "a set by strangers only",
        proofs(lambda two: two.__setitem__(0, two[1])),
        "key",
        "VC-033",
        "not to the issuer",
    ),
    Row(
        "nine proofs",
        proofs(lambda two: two.extend([two[1]] * 7)),
        "proof",
        "VC-020",
        "short list",
    ),
    Row(
        "a chain without its first link",
        chain(lambda two: two.pop(0)),
        "proof",
        "VC-025",
        "there is no proof 'urn:proof:1'",
    ),
    Row(
        "a chain whose first link was altered",
        chain(lambda two: two[0].update(created="2026-03-02T10:00:01Z")),
        "signature",
        "VC-024",
        "$.proof[0]",
    ),
    Row(
        "a chain whose second link was altered",
        chain(lambda two: two[1].update(created="2026-03-02T10:00:01Z")),
        "signature",
        "VC-024",
        "$.proof[1]",
    ),
    Row(
        "a chain made a set",
        chain(lambda two: two[1].pop("previousProof")),
        "signature",
        "VC-024",
        "$.proof[1]",
    ),
    Row(
        "a chain that bites its tail",
        chain(lambda two: two[0].update(previousProof="urn:proof:2")),
        "proof",
        "VC-025",
        "follows itself",
    ),
    Row(
        "a chain of two links with one name",
        chain(lambda two: two[1].update(id="urn:proof:1")),
        "proof",
        "VC-025",
        "the same id",
    ),
    Row(
        "a chain that goes on from a number",
        chain(lambda two: two[1].update(previousProof=7)),
        "proof",
        "VC-025",
        "neither an id nor a list",
    ),
]


def timed(scene: Scene) -> Verification:
    """Verify twice and time the second: the first may load what is loaded once per process."""
    scene.verify()
    began = time.process_time()
    found = scene.verify()
    assert time.process_time() - began < SECOND
    return found


def first_failure(found: Verification) -> tuple[str, list[str], str]:
    """Return the first step that failed, its codes, and what is said there."""
    for step in found.steps:
        if step.outcome is Outcome.FAILED:
            codes = [finding.code for finding in step.findings]
            return step.id, codes, " | ".join(map(str, step.findings))
    return "", [], ""


def test_the_credential_without_a_fault_holds() -> None:
    found = timed(Scene())
    assert {step.outcome for step in found.steps} == {Outcome.PASSED}
    assert found.ok


def test_every_mutation_has_a_name_of_its_own() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names)) >= 100


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_right_step_fails_and_says_why(row: Row) -> None:
    scene = Scene()
    row.edit(scene)
    found = timed(scene)
    step, codes, said = first_failure(found)
    assert (step, row.code in codes) == (row.step, True), (step, said)
    assert row.words in said
    assert (found.ok, found.exit_code) == (False, 1)
    if row.step not in ("dates", "status", "jwks", "freshness"):
        assert found.signature.value != "valid"
        assert (found.issuer.value, found.status.value) == ("unproven", "unknown")
