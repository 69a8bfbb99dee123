"""Credentials, status lists and keys with one thing wrong: the right step fails and says why.

Each row is a name, an edit, the first step that fails, its code, and words that its findings hold.
What was `issued` or `list_issued` was signed with the fault in it, as by a careless or hostile
issuer; everything else was changed by somebody without the key. Rows of `SAME` keep the meaning.
"""

from __future__ import annotations

import base64
import gzip
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.attacks.mutations import (
    ACHIEVEMENT,
    DID_JSON,
    HOMOGLYPH,
    JWKS,
    METHOD,
    OTHER_SITE,
    PICTURES,
    SECOND,
    SERVED,
    SIGNED,
    STRANGER,
    STRANGER_DID,
    STRANGER_METHOD,
    STRANGER_NAME,
    SUBJECT,
    VC2,
    Change,
    Edit,
    Row,
    Scene,
    altered,
    chain,
    clock,
    confused,
    drop,
    fails,
    file,
    higher,
    issued,
    keys_altered,
    list_altered,
    list_issued,
    nested,
    packed,
    png,
    proofs,
    put,
    resigned,
    rewritten,
    served,
    shuffled,
    svg,
    swap,
    token,
    turned,
    value_of,
    with_attribute,
    written,
)
from tests.unit.credential.conftest import (
    INDEX,
    ISSUER,
    LIST_URL,
    SITE,
    Academy,
)

from jobtwin.credential import baking, canonical, keys, status
from jobtwin.credential.compiled import Shapes
from jobtwin.credential.jsonbytes import jcs, to_bytes
from jobtwin.credential.proof import unsigned
from jobtwin.credential.resolve import Unavailable
from jobtwin.credential.verify import Outcome, Verification
from jobtwin.errors import Refused
from jobtwin.multikey import base58_decode, base58_encode

ROWS = [
    # A required field is gone.
    *fails(
        "contexts",
        "VC-014",
        ("no @context", altered(drop("@context")), "not a list of URLs"),
    ),
    *fails(
        "shape",
        "VC-050",
        ("no id", altered(drop("id")), "$.id: VC-050 expected here: a URL or URN"),
        ("no type", altered(drop("type")), "$.type"),
        ("no issuer", altered(drop("issuer")), "$.issuer"),
        ("an issuer without an id", altered(drop("issuer.id")), "$.issuer"),
        ("no validFrom", altered(drop("validFrom")), "$.validFrom"),
        ("no subject", altered(drop(SUBJECT)), "$.credentialSubject"),
        ("a subject of no type", altered(drop(f"{SUBJECT}.type")), ".type"),
        (
            "a subject that is nobody",
            altered(drop(f"{SUBJECT}.id"), drop(f"{SUBJECT}.identifier")),
            "who received the credential",
        ),
        ("no achievement", altered(drop(ACHIEVEMENT)), ".achievement"),
        ("no achievement id", altered(drop(f"{ACHIEVEMENT}.id")), "ment.id"),
        ("no achievement type", altered(drop(f"{ACHIEVEMENT}.type")), "t.type"),
        ("no achievement name", altered(drop(f"{ACHIEVEMENT}.name")), ".name"),
        ("no description", altered(drop(f"{ACHIEVEMENT}.description")), ".description"),
        ("no criteria", altered(drop(f"{ACHIEVEMENT}.criteria")), ".criteria"),
        (
            "an alignment without its URL",
            altered(drop(f"{ACHIEVEMENT}.alignment.0.targetUrl")),
            "alignment[0].targetUrl",
        ),
        (
            "a result description without a name",
            altered(drop(f"{ACHIEVEMENT}.resultDescription.3.name")),
            "resultDescription[3].name",
        ),
        ("a result without a type", altered(drop(f"{SUBJECT}.result.2.type")), "result[2].type"),
        (
            "a status without a type",
            altered(drop("credentialStatus.type")),
            "credentialStatus.type",
        ),
    ),
    *fails(
        "proof",
        "VC-020",
        ("no proof", altered(drop("proof")), "not an object or a short list"),
    ),
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
    *fails(
        "signature",
        "VC-024",
        (
            "two results change places",
            altered(swap(f"{SUBJECT}.result.0.value", f"{SUBJECT}.result.5.value")),
            "does not fit",
        ),
        (
            "holder and achievement change places",
            altered(swap(f"{SUBJECT}.id", f"{ACHIEVEMENT}.id")),
            "does not fit",
        ),
        (
            "name and description change places",
            altered(swap(f"{ACHIEVEMENT}.name", f"{ACHIEVEMENT}.description")),
            "does not fit",
        ),
    ),
    # A field of another type.
    *fails(
        "contexts",
        "VC-014",
        ("@context as one text", altered(put("@context", VC2)), "not a list"),
    ),
    *fails(
        "shape",
        "VC-050",
        ("id as a number", altered(put("id", 7)), "$.id"),
        ("id as null", altered(put("id", None)), "$.id"),
        ("type as a text", altered(put("type", "OpenBadgeCredential")), "$.type"),
        ("type as an object", altered(put("type", {"a": 1})), "$.type"),
        ("issuer as a list", altered(put("issuer", [ISSUER])), "$.issuer"),
        ("validFrom as a number", altered(put("validFrom", 0)), "$.validFrom"),
        (
            "validFrom without a zone",
            altered(put("validFrom", "2026-03-02T10:00:00")),
            "with a zone",
        ),
        ("a thirteenth month", altered(put("validFrom", "2026-13-02T10:00:00Z")), "$.validFrom"),
        ("two subjects", altered(put(SUBJECT, [{}, {}])), "one object"),
        ("two statuses", altered(put("credentialStatus", [])), "one object"),
        ("results as an object", altered(put(f"{SUBJECT}.result", {})), "a list"),
        ("a result that is a text", altered(put(f"{SUBJECT}.result.1", "1.0")), "result[1]"),
    ),
    *fails(
        "proof",
        "VC-020",
        ("proof as a text", altered(put("proof", "zzz")), "not an object"),
        ("no proof in the list", altered(put("proof", [])), "short list"),
    ),
    # The contexts.
    *fails(
        "contexts",
        "VC-014",
        (
            "the contexts change places",
            altered(swap("@context.0", "@context.1")),
            "the first context is not",
        ),
        (
            "an unknown context more",
            altered(lambda d: d["@context"].append("https://x.example/c")),
            "unknown context 'https://x.example/c'",
        ),
        (
            "a context written into the file",
            altered(lambda d: d["@context"].append({"name": "urn:x"})),
            "not a list of URLs",
        ),
        ("a context twice", altered(lambda d: d["@context"].append(VC2)), "stands twice"),
        (
            "a context further in",
            altered(put(f"{SUBJECT}.@context", {"name": "urn:x"})),
            "$.credentialSubject.@context: VC-014 a context of its own in the middle",
        ),
    ),
    *fails(
        "contexts",
        "VC-051",
        (
            "the Open Badges context is missing",
            altered(drop("@context.1")),
            "the first two contexts",
        ),
    ),
    # What JSON readers and signatures see differently.
    *fails(
        "terms",
        "VC-011",
        ("an undefined term", altered(put("bonus", "yes")), "$.bonus: VC-011 no context defines"),
        (
            "an undefined term further in",
            altered(put(f"{ACHIEVEMENT}.bonus", "yes")),
            "$.credentialSubject.achievement.bonus",
        ),
    ),
    *fails(
        "terms",
        "VC-012",
        (
            "an undefined type",
            altered(put("evidence.0.type", ["Evidence", "Diploma"])),
            "'Diploma'",
        ),
        (
            "a status list of the older kind",
            altered(put("credentialStatus.type", "StatusList2021Entry")),
            "'StatusList2021Entry'",
        ),
        (
            "a relative id of evidence",
            altered(put("evidence.0.id", "../7fa3")),
            "$.evidence[0].id: VC-012 not an absolute IRI: '../7fa3'",
        ),
    ),
    *fails(
        "shape",
        "VC-050",
        ("a relative id", altered(put("id", "7fa3.json")), "$.id"),
        ("a blank node as id", altered(put("id", "_:b0")), "$.id"),
    ),
    *fails(
        "terms",
        "VC-013",
        (
            "a full IRI as a member",
            altered(lambda d: d.update({"https://schema.org/name": "x"})),
            "not a plain term",
        ),
        ("a keyword", altered(put("@graph", [])), "'@graph'"),
        ("a reversed member", altered(put("@reverse", {})), "'@reverse'"),
        ("null in place of a field", altered(put("name", None)), "null"),
        ("a list in a list", altered(put("evidence", [[{}]])), "a list in a list"),
        (
            "the credential described twice",
            altered(
                put("evidence.0", {"id": f"{SITE}/credentials/7f/7fa3.json", "type": ["Evidence"]})
            ),
            "described elsewhere",
        ),
    ),
    *fails(
        "terms",
        "VC-016",
        (
            "as many parts without a name as fit",
            altered(put("evidence", [{"type": ["Evidence"]} for _ in range(900)])),
            "more than 1000 objects or 2000 values",
        ),
    ),
    # Hostile bytes.
    *fails(
        "parse",
        "VC-001",
        ("nothing", file(b""), "not JSON"),
        ("a page", file(b"<html>404</html>"), "not JSON"),
        ("cut off", lambda s: file(s.content[:-200])(s), "not JSON"),
        ("a byte order mark", lambda s: file(b"\xef\xbb\xbf" + s.content)(s), "BOM"),
        ("UTF-16", lambda s: file(s.content.decode().encode("utf-16"))(s), "not UTF-8 at byte 0"),
        (
            "overlong UTF-8",
            lambda s: file(s.content.replace(b"Academy", b"\xc0\xafcad"))(s),
            "not UTF-8",
        ),
        ("a list around it", lambda s: file(b"[" + s.content + b"]")(s), "object"),
        ("a comment", written("{", "{ // genuine\n"), "not JSON"),
        ("two documents in one file", lambda s: file(s.content * 2)(s), "Extra"),
        ("NUL, as it is", written("Academy of", "\x00Academy"), "control"),
    ),
    *fails(
        "parse",
        "VC-005",
        ("50 MB", file(lambda: b'"' + b"a" * 50_000_000 + b'"'), "50000002"),
    ),
    *fails(
        "parse",
        "VC-004",
        ("60,000 levels", file(nested(60_000)), "60000 levels"),
        ("a million brackets", file(lambda: b"[" * 1_000_000), "1000000 levels"),
        ("65 levels", file(nested(65)), "65 levels"),
    ),
    *fails(
        "parse",
        "VC-002",
        (
            "a key twice",
            written('"validFrom"', '"id": "urn:x:2", \n  "validFrom"'),
            "'id' stands twice",
        ),
        (
            "the same key, once escaped",
            written('"validFrom"', '"i\\u0064": "urn:x:2", \n  "validFrom"'),
            "'id' stands twice",
        ),
    ),
    *fails(
        "parse",
        "VC-003",
        ("NaN", written('"hashed": true', '"hashed": NaN'), "NaN"),
        ("a huge integer", written('"hashed": true', '"hashed": ' + "9" * 5_000), "beyond"),
        ("2^53", written('"hashed": true', f'"hashed": {2**53}'), "9007199"),
        ("1e999", written('"hashed": true', '"hashed": 1e999'), "double"),
    ),
    *fails(
        "parse",
        "VC-006",
        ("a lone surrogate", written("Academy of", "\\ud83d Academy of"), "half"),
    ),
    *fails(
        "text",
        "VC-010",
        ("NUL, escaped", written("Academy of", "\\u0000Academy"), "U+0000"),
        ("a bell", written("Academy of", "\\u0007"), "$.issuer.name: VC-010 holds U+0007"),
        ("a bidi override", written("Academy", "\u202eymedacA"), "U+202E"),
        ("a bidi isolate", written("Academy", "\u2066Academy"), "U+2066"),
        ("a bidi override in a key", altered(put("na\u202eme", 1)), "U+202E"),
    ),
    # The proof.
    *fails(
        "proof",
        "VC-021",
        (
            "another cryptosuite",
            altered(put("proof.0.cryptosuite", "ecdsa-rdfc-2019")),
            "'ecdsa-rdfc-2019'",
        ),
        ("no cryptosuite", altered(drop("proof.0.cryptosuite")), "'None'"),
    ),
    *fails(
        "proof",
        "VC-020",
        (
            "the suite of 2020",
            altered(put("proof.0.type", "Ed25519Signature2020")),
            "'Ed25519Signature2020'",
        ),
        (
            "a proof with the credential's context once more",
            altered(lambda d: d["proof"][0].update({"@context": d["@context"]})),
            "no context of its own",
        ),
    ),
    *fails(
        "proof",
        "VC-022",
        (
            "a proof for logging in",
            altered(put("proof.0.proofPurpose", "authentication")),
            "'authentication'",
        ),
        ("no purpose", altered(drop("proof.0.proofPurpose")), "'None'"),
    ),
    *fails(
        "proof",
        "VC-023",
        ("no signature", altered(drop("proof.0.proofValue")), "proofValue"),
        ("no date", altered(drop("proof.0.created")), "created is malformed"),
        ("no key", altered(drop("proof.0.verificationMethod")), "verificationMeth"),
        (
            "a signature with a digit in front",
            altered(value_of(lambda text: "z1" + text[1:])),
            "proofValue",
        ),
        (
            "a signature in base64url",
            altered(value_of(lambda text: "u" + keys.base64url_encode(base58_decode(text[1:])))),
            "proofValue",
        ),
        (
            "a signature with a letter that base58 does not have",
            altered(value_of(lambda text: text[:-1] + "0")),
            "proofValue",
        ),
        (
            "a signature of a megabyte",
            altered(value_of(lambda _: "z" + "2" * 1_000_000)),
            "proofValue",
        ),
        ("a signature cut short", altered(value_of(lambda text: text[:-2])), "proofValue"),
    ),
    *fails(
        "signature",
        "VC-024",
        (
            "another date of the proof",
            altered(put("proof.0.created", "2026-03-02T10:00:01Z")),
            "does not fit",
        ),
        (
            "an end of the proof that was not signed",
            altered(put("proof.0.expires", "2099-01-01T00:00:00Z")),
            "does not fit",
        ),
        (
            "the signature of another text",
            altered(value_of(lambda _: "z" + base58_encode(Academy().signer.sign(b"x")))),
            "does not fit",
        ),
        ("the signature with the group order added", altered(value_of(higher)), "does not fit"),
    ),
    *fails(
        "contexts",
        "VC-014",
        (
            "a proof with its own context",
            altered(put("proof.0.@context", [VC2])),
            "$.proof[0].@context: VC-014 a context of its own",
        ),
    ),
    *fails(
        "signature",
        "VC-011",
        (
            "a member of the proof that no context defines",
            altered(put("proof.0.note", "genuine")),
            "'note'",
        ),
    ),
    # Whose key it is.
    *fails(
        "key",
        "VC-033",
        (
            "another issuer is named",
            altered(put("issuer.id", OTHER_SITE)),
            "not to the issuer did:web:elsewhere.example",
        ),
        (
            "a homoglyph issuer with the genuine key",
            altered(put("issuer.id", HOMOGLYPH)),
            "not to the issuer",
        ),
        (
            "signed with a stranger's did:key",
            issued(signer=keys.SeedSigner(STRANGER_METHOD, STRANGER.seed)),
            f"belongs to {STRANGER_DID}",
        ),
        (
            "a key that did.json does not have",
            issued(signer=keys.SeedSigner(f"{ISSUER}#key-2026-9", STRANGER.seed)),
            "does not describe",
        ),
        (
            "did.json is revoked: the key has a date of revocation",
            keys_altered(put("verificationMethod.0.revoked", "2026-03-05T00:00:00Z")),
            "marked as revoked",
        ),
        (
            "the key had expired",
            keys_altered(put("verificationMethod.0.expires", "2026-03-01T00:00:00Z")),
            "had expired when the proof was made",
        ),
        (
            "the key has an end that is no date",
            keys_altered(put("verificationMethod.0.expires", "soon")),
            "expire",
        ),
        (
            "the key is controlled by another",
            keys_altered(put("verificationMethod.0.controller", OTHER_SITE)),
            "controller is not",
        ),
        (
            "the key may log in, not assert",
            keys_altered(lambda d: d.update(authentication=d.pop("assertionMethod"))),
            "in assertionMethod",
        ),
        (
            "the method stands twice",
            keys_altered(lambda d: d["verificationMethod"].append(d["verificationMethod"][0])),
            "2 times",
        ),
        (
            "the method stands twice, once with another key",
            keys_altered(
                lambda d: d["verificationMethod"].append(
                    d["verificationMethod"][0] | {"publicKeyMultibase": STRANGER_NAME}
                )
            ),
            "2 times",
        ),
        ("did.json of another issuer", keys_altered(put("id", OTHER_SITE)), "id is not"),
        (
            "the method under its short name",
            keys_altered(put("verificationMethod.0.id", "#key-2026-1")),
            "does not describe",
        ),
    ),
    *fails(
        "key",
        "VC-032",
        (
            "a homoglyph issuer with a key of its own",
            issued(
                put("issuer.id", HOMOGLYPH), signer=keys.SeedSigner(f"{HOMOGLYPH}#k", STRANGER.seed)
            ),
            "is no did:web",
        ),
        (
            "an issuer that is no DID",
            issued(put("issuer.id", SITE), signer=keys.SeedSigner(f"{SITE}#key", STRANGER.seed)),
            "no did:web",
        ),
        (
            "a did:key whose fragment is another key",
            issued(
                put("issuer.id", STRANGER_DID),
                signer=keys.SeedSigner(f"{STRANGER_DID}#z6Mk", STRANGER.seed),
            ),
            "the key once more",
        ),
    ),
    *fails(
        "signature",
        "VC-024",
        (
            "signed by a stranger in the issuer's name",
            issued(signer=keys.SeedSigner(METHOD, STRANGER.seed)),
            "does not fit",
        ),
    ),
    *fails(
        "key",
        "VC-030",
        (
            "a did:key of another kind of key",
            issued(
                put("issuer.id", "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"),
                signer=keys.SeedSigner(
                    "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"
                    "#zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
                    STRANGER.seed,
                ),
            ),
            "Ed25519",
        ),
        (
            "a key of another kind",
            keys_altered(put("verificationMethod.0.type", "Ed25519VerificationKey2020")),
            "neither Multikey nor JsonWebKey",
        ),
        (
            "a key with a digit in front",
            keys_altered(
                lambda d: d["verificationMethod"][0].update(
                    publicKeyMultibase="z1"
                    + str(d["verificationMethod"][0]["publicKeyMultibase"]).removeprefix("z")
                )
            ),
            "prefix",
        ),
    ),
    *fails(
        "jwks",
        "VC-031",
        (
            "another's key under the issuer's name",
            keys_altered(put("verificationMethod.0.publicKeyMultibase", STRANGER_NAME)),
            "stands only in",
        ),
        ("jwks.json has no keys", served(JWKS, b"{}"), "only in did.json"),
    ),
    *fails(
        "key",
        "VC-002",
        ("did.json with a key twice", served(DID_JSON, b'{"id":1, "id":2}'), "'id'"),
    ),
    *fails(
        "key",
        "VC-005",
        ("did.json of 50 MB", served(DID_JSON, b" " * 50_000_000), "50000000"),
    ),
    *fails(
        "key",
        "VC-001",
        ("did.json is a list", served(DID_JSON, b"[]"), "object"),
    ),
    # Dates.
    *fails(
        "dates",
        "VC-061",
        (
            "expired",
            issued(put("validUntil", "2026-03-09T00:00:00Z")),
            "was valid until 2026-03-09",
        ),
    ),
    *fails(
        "dates",
        "VC-060",
        ("not yet valid", clock("2026-03-02T09:59:59+00:00"), "valid from 2026"),
        (
            "not yet valid, in another zone",
            issued(put("validFrom", "2026-03-10T11:00:00-02:00")),
            "valid from",
        ),
    ),
    # The status list.
    *fails(
        "status",
        "VC-062",
        (
            "revoked",
            list_issued(put(f"{SUBJECT}.encodedList", status.encode_list([INDEX]))),
            f"entry {INDEX}",
        ),
    ),
    *fails(
        "status",
        "VC-033",
        (
            "the list of another issuer",
            list_issued(
                put("issuer", STRANGER_DID), signer=keys.SeedSigner(STRANGER_METHOD, STRANGER.seed)
            ),
            "not to the issuer",
        ),
    ),
    *fails(
        "status",
        "VC-064",
        (
            "a list that another is said to have issued",
            list_issued(put("issuer", OTHER_SITE)),
            "not the credential's issuer",
        ),
        (
            "a list of another address",
            list_issued(put("id", f"{SITE}/status/2.json")),
            "made for another URL",
        ),
        (
            "a list for another purpose",
            list_issued(put(f"{SUBJECT}.statusPurpose", "suspension")),
            "has another purpose",
        ),
        (
            "a purpose that the list does not have",
            issued(put("credentialStatus.statusPurpose", "suspension")),
            "has another purpose",
        ),
        (
            "a list of no purpose",
            list_issued(drop(f"{SUBJECT}.statusPurpose")),
            "has another purpose",
        ),
        (
            "a list dated into the future",
            list_issued(put("validFrom", "2026-04-01T00:00:00Z")),
            "dated in the future",
        ),
        (
            "a list that has expired",
            list_issued(put("validUntil", "2026-03-09T00:00:00Z")),
            "has expired",
        ),
        (
            "a credential in place of the list",
            served(LIST_URL, SIGNED),
            "type is not BitstringStatusListCredential",
        ),
        (
            "a list by http",
            issued(put("credentialStatus.statusListCredential", LIST_URL.replace("https", "http"))),
            "not an https URL",
        ),
        (
            "a list in a file",
            issued(put("credentialStatus.statusListCredential", "file:///etc/passwd")),
            "not an https URL",
        ),
    ),
    *fails(
        "status",
        "VC-024",
        (
            "a list that was altered",
            list_altered(put(f"{SUBJECT}.encodedList", status.encode_list([7]))),
            "does not fit",
        ),
    ),
    *fails(
        "status",
        "VC-020",
        ("a list without a proof", list_altered(drop("proof")), "proof is"),
    ),
    *fails(
        "status",
        "VC-001",
        ("a list that is a page", served(LIST_URL, b"<html>"), "not JSON"),
    ),
    *fails(
        "status",
        "VC-005",
        ("a list of 50 MB", served(LIST_URL, b" " * 50_000_000), "50000000 bytes"),
    ),
    *fails(
        "status",
        "VC-041",
        (
            "a short list",
            list_issued(put(f"{SUBJECT}.encodedList", packed(bytes(16 * 1024 - 1)))),
            "131064 entries, fewer than 131072",
        ),
        (
            "a gzip bomb",
            list_issued(put(f"{SUBJECT}.encodedList", packed(bytes(100 * 2**20)))),
            "when decompressed",
        ),
    ),
    *fails(
        "status",
        "VC-040",
        (
            "a list that is not gzip",
            list_issued(put(f"{SUBJECT}.encodedList", "u" + keys.base64url_encode(bytes(16_384)))),
            "encodedList",
        ),
        (
            "a list with something after it",
            list_issued(
                put(
                    f"{SUBJECT}.encodedList",
                    "u" + keys.base64url_encode(gzip.compress(bytes(16_384)) + b"more"),
                )
            ),
            "something follows it",
        ),
        (
            "a list cut off",
            list_issued(put(f"{SUBJECT}.encodedList", packed(bytes(16_384))[:-4])),
            "cut off",
        ),
        (
            "a list in padded base64",
            list_issued(
                put(
                    f"{SUBJECT}.encodedList",
                    "u" + base64.urlsafe_b64encode(gzip.compress(bytes(16_385))).decode() + "==",
                )
            ),
            "encodedList",
        ),
        (
            "a list in plain base64",
            list_issued(
                put(
                    f"{SUBJECT}.encodedList",
                    "m" + base64.b64encode(gzip.compress(bytes(16_384))).decode(),
                )
            ),
            "multibase",
        ),
        (
            "a list that is a number",
            list_issued(put(f"{SUBJECT}.encodedList", 7)),
            "multibase text",
        ),
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
    *fails(
        "status",
        "VC-042",
        ("no index", issued(drop("credentialStatus.statusListIndex")), "statusListIndex is 'None'"),
    ),
    # JWTs.
    *fails(
        "parse",
        "VC-071",
        ("alg none", file(lambda: token({"alg": "none"})), "alg is 'none'"),
        (
            "alg none and no signature",
            file(lambda: resigned(token({"alg": "none"}), b"")),
            "alg is 'none'",
        ),
        ("HS256 with the public key", file(confused), "alg is 'HS256'"),
        (
            "a key in the header beside a kid",
            file(lambda: token({"jwk": keys.to_jwk(STRANGER.public_key)})),
            "either by kid or by jwk",
        ),
        (
            "a private key in the header",
            file(lambda: token({"jwk": {"kty": "OKP", "d": "x"}}, without="kid")),
            "jwk holds a private key",
        ),
        ("a jku", file(lambda: token({"jku": "https://x.example"})), "'jku'"),
        ("an x5u", file(lambda: token({"x5u": "https://x.example"})), "'x5u'"),
        ("crit", file(lambda: token({"crit": ["b64"], "b64": False})), "'crit'"),
        ("zip", file(lambda: token({"zip": "DEF"})), "'zip'"),
        ("another typ", file(lambda: token({"typ": "at+jwt"})), "'at+jwt'"),
        ("no kid", file(lambda: token(without="kid")), "either by kid or by jwk"),
        ("a token with a padded part", file(lambda: token() + b"="), "base64url"),
    ),
    *fails(
        "key",
        "VC-071",
        ("a kid that is a path", file(lambda: token({"kid": "../k"})), "neither"),
        (
            "a kid by http",
            file(lambda: token({"kid": f"http{SITE[5:]}/keys/1.json"})),
            "neither a DID URL nor an https URL",
        ),
    ),
    *fails(
        "key",
        "VC-033",
        (
            "a stranger's key in the header",
            file(lambda: token({"jwk": keys.to_jwk(STRANGER.public_key)}, without="kid")),
            "does not describe the key that signed",
        ),
        (
            "a kid of somebody else",
            file(lambda: token({"kid": STRANGER_METHOD})),
            "not to the issuer",
        ),
    ),
    *fails(
        "parse",
        "VC-072",
        (
            "another iss",
            file(lambda: token(claims={"iss": OTHER_SITE})),
            "iss is not what the credential says",
        ),
        ("another jti", file(lambda: token(claims={"jti": "x"})), "jti is not"),
        ("another sub", file(lambda: token(claims={"sub": "x"})), "sub is not"),
        ("no nbf", file(lambda: token(without="nbf")), "nbf is not"),
        ("nbf as true", file(lambda: token(claims={"nbf": True})), "nbf is not"),
        ("an exp alone", file(lambda: token(claims={"exp": 9})), "exp stands"),
    ),
    *fails(
        "signature",
        "VC-024",
        ("a signature of no bytes", file(lambda: resigned(token(), b"")), "fit"),
        (
            "a signature of another JWT",
            file(lambda: resigned(token(), token({"kid": METHOD}).rpartition(b".")[2])),
            "does not fit",
        ),
    ),
    # Several proofs.
    *fails(
        "signature",
        "VC-024",
        (
            "a set with one bad proof",
            proofs(lambda two: two[1].update(created="2026-03-02T10:00:01Z")),
            "$.proof[1]",
        ),
        (
            "a chain whose first link was altered",
            chain(lambda two: two[0].update(created="2026-03-02T10:00:01Z")),
            "$.proof[0]",
        ),
        (
            "a chain whose second link was altered",
            chain(lambda two: two[1].update(created="2026-03-02T10:00:01Z")),
            "$.proof[1]",
        ),
        ("a chain made a set", chain(lambda two: two[1].pop("previousProof")), "$.proof[1]"),
    ),
    *fails(
        "signature",
        "VC-033",
        (
            "a set whose second proof is by a key that is not there",
            proofs(lambda two: two[1].update(verificationMethod=f"{ISSUER}#gone")),
            "does not describe",
        ),
    ),
    *fails(
        "proof",
        "VC-022",
        (
            "a set whose second proof is for logging in",
            proofs(lambda two: two[1].update(proofPurpose="authentication")),
            "$.proof[1]",
        ),
    ),
    *fails(
        "key",
        "VC-033",
        (
            "a set by strangers only",
            proofs(lambda two: two.__setitem__(0, two[1])),
            "not to the issuer",
        ),
    ),
    *fails(
        "proof",
        "VC-020",
        ("nine proofs", proofs(lambda two: two.extend([two[1]] * 7)), "short list"),
    ),
    *fails(
        "proof",
        "VC-025",
        (
            "a chain without its first link",
            chain(lambda two: two.pop(0)),
            "there is no proof 'urn:proof:1'",
        ),
        (
            "a chain that bites its tail",
            chain(lambda two: two[0].update(previousProof="urn:proof:2")),
            "follows itself",
        ),
        (
            "a chain of two links with one name",
            chain(lambda two: two[1].update(id="urn:proof:1")),
            "the same id",
        ),
        (
            "a chain that goes on from a number",
            chain(lambda two: two[1].update(previousProof=7)),
            "neither an id nor a list",
        ),
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


@pytest.fixture(scope="module")
def knowing() -> Shapes:
    """What has met the sound credential often enough to know its shape, file and all."""
    using = Shapes()
    for _ in range(3):
        assert Scene().verify(using).ok
    known = using.read(SIGNED)
    assert known is not None
    assert known.options is not None
    return using


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_whoever_knows_the_shape_finds_what_the_general_way_finds(
    row: Row, knowing: Shapes
) -> None:
    scene = Scene()
    row.edit(scene)
    assert scene.verify(knowing) == scene.verify(canonical.canonicalise)


EVERY_PLACE = [path for path, _ in canonical.walk(json.loads(SIGNED)) if path]


@pytest.mark.slow
@pytest.mark.parametrize("other", ["nothing", None, 1, [], {}, "", "another text"], ids=repr)
def test_no_member_can_be_removed_retyped_or_replaced(other: Any, knowing: Shapes) -> None:
    accepted = []
    for *parents, last in EVERY_PLACE:
        document = json.loads(SIGNED)
        holder: Any = document
        for step in parents:
            holder = holder[step]
        if other == "nothing":
            del holder[last]
        else:
            holder[last] = other
        if Scene(to_bytes(document)).verify(knowing).ok:
            accepted.append((*parents, last))
    assert len(EVERY_PLACE) > 300
    assert accepted == []


# What cannot be had, and what only warns.


UNREADY = [
    ("did.json is elsewhere now", DID_JSON, "the server answers 301", "key"),
    ("did.json is at a private address", DID_JSON, "not at a public address", "key"),
    ("jwks.json is not there", JWKS, "the server answers 404", "jwks"),
    ("the list is elsewhere now", LIST_URL, "the server answers 302", "status"),
    ("the list is at a private address", LIST_URL, "not at a public address", "status"),
]


@pytest.mark.parametrize(
    ("name", "url", "reason", "step"), UNREADY, ids=[row[0] for row in UNREADY]
)
def test_what_cannot_be_had_is_not_checked_and_nothing_is_made_of_it(
    name: str, url: str, reason: str, step: str
) -> None:
    scene = Scene()
    served(url, Unavailable(reason))(scene)
    found = timed(scene)
    (taken,) = (one for one in found.steps if one.id == step)
    assert (taken.outcome, reason in taken.detail) == (Outcome.NOT_CHECKED, True), name
    assert first_failure(found)[0] == ""
    assert found.ok == (step != "key")


CAUTIONS = [
    ("a status that is a message", put("credentialStatus.statusPurpose", "message"), "status"),
    ("no status at all", drop("credentialStatus"), "freshness"),
]


@pytest.mark.parametrize(("name", "change", "step"), CAUTIONS, ids=[row[0] for row in CAUTIONS])
def test_a_status_that_is_not_read_here_is_said_not_to_be_checked(
    name: str, change: Change, step: str
) -> None:
    scene = Scene()
    issued(change)(scene)
    found = timed(scene)
    unchecked = {one.id for one in found.steps if one.outcome is Outcome.NOT_CHECKED}
    assert step in unchecked, name
    assert found.status.value == ("holds" if step == "freshness" else "unknown")


def test_a_genuine_signature_by_a_lookalike_site_is_of_an_unknown_issuer() -> None:
    lookalike = "did:web:xn--twns-loa.example:academy"
    academy = Academy(did=lookalike)
    scene = Scene()
    issued(put("issuer.id", lookalike), drop("credentialStatus"), signer=academy.signer)(scene)
    base = "https://xn--twns-loa.example/academy"
    served(f"{base}/did.json", keys.did_document(lookalike, academy.keys))(scene)
    served(f"{base}/keys/jwks.json", keys.jwks(academy.keys))(scene)
    found = timed(scene)
    assert (found.signature.value, found.issuer.value) == ("valid", "unknown")
    assert lookalike in found.issuer.words


# What changes the text and not the meaning.


SAME: list[tuple[str, Edit]] = [
    ("keys in another order", rewritten(lambda d: to_bytes(turned(d)))),
    ("keys sorted", rewritten(lambda d: json.dumps(d, sort_keys=True).encode())),
    ("no whitespace", rewritten(lambda d: json.dumps(d, separators=(",", ":")).encode())),
    ("much whitespace", rewritten(lambda d: json.dumps(d, indent=9).encode() + b"\n\n \t")),
    ("escaped characters", rewritten(lambda d: json.dumps(d, ensure_ascii=True).encode())),
    ("every letter of the site escaped", written("https://twins", "\\u0068ttps:\\/\\/twins")),
    ("Windows line ends", lambda s: file(s.content.replace(b"\n", b"\r\n"))(s)),
    ("canonical JSON", rewritten(jcs)),
    ("proof as an object", altered(lambda d: d.update(proof=d["proof"][0]))),
    ("proof first", rewritten(lambda d: to_bytes({"proof": d.pop("proof"), **d}))),
    ("results in another order", shuffled(f"{SUBJECT}.result")),
    ("alignments in another order", shuffled(f"{ACHIEVEMENT}.alignment")),
    ("evidence in another order", shuffled("evidence")),
    ("types in another order", shuffled("type")),
    ("the other name of the same type", altered(put("type.1", "AchievementCredential"))),
    ("one piece of evidence twice", altered(lambda d: d["evidence"].append(d["evidence"][0]))),
    (
        "a proof of another suite beside it",
        altered(lambda d: d["proof"].append(d["proof"][0] | {"cryptosuite": "bbs-2023"})),
    ),
    ("two good proofs", proofs(lambda two: None)),
    ("two good proofs in the other order", proofs(lambda two: two.reverse())),
    ("a JWT", file(token)),
    ("a JWT with a line end", file(lambda: token() + b"\n")),
    (
        "did.json with keys in another order",
        served(DID_JSON, to_bytes(turned(json.loads(SERVED[DID_JSON])))),
    ),
    (
        "did.json with the other method first",
        keys_altered(lambda d: d["verificationMethod"].reverse()),
    ),
    (
        "did.json with a method of another kind beside it",
        keys_altered(lambda d: d["verificationMethod"].append({"id": "x", "type": "P-256"})),
    ),
    (
        "a key that expired after the proof",
        keys_altered(put("verificationMethod.0.expires", "2026-03-02T10:00:01Z")),
    ),
    ("a list with a proof as an object", list_altered(lambda d: d.update(proof=d["proof"][0]))),
    (
        "a list for both purposes",
        list_issued(put(f"{SUBJECT}.statusPurpose", ["suspension", "revocation"])),
    ),
    (
        "a list in which everybody else is revoked",
        list_issued(
            put(
                f"{SUBJECT}.encodedList",
                status.encode_list(i for i in range(131_072) if i != INDEX),
            )
        ),
    ),
    ("a list of 2 MiB", list_issued(put(f"{SUBJECT}.encodedList", packed(bytes(2**21))))),
    ("the very second", clock("2026-03-02T10:00:00+00:00")),
]


@pytest.mark.parametrize(("name", "edit"), SAME, ids=[row[0] for row in SAME])
def test_what_keeps_the_meaning_still_verifies(name: str, edit: Edit) -> None:
    scene = Scene()
    edit(scene)
    found = timed(scene)
    assert found.ok, (name, first_failure(found))
    assert (found.signature.value, found.status.value) == ("valid", "holds")


# Pictures.


TWO = [
    ("two in a PNG", png(SIGNED, b"{}"), "2 credentials"),
    ("the same one twice in a PNG", png(SIGNED, SIGNED), "2 credentials"),
    ("two in an SVG", svg(SIGNED, b"{}"), "2 credentials"),
    ("two in an SVG, one by another prefix", svg(SIGNED, b"{}", prefix="ob"), "2 credentials"),
    ("one as text and one as attribute", with_attribute(svg(SIGNED)), "2 credentials"),
    ("none", (PICTURES / "badge.png").read_bytes(), "nothing is baked into it"),
    ("a bomb in a PNG", png(SIGNED)[:33] + b"\xff" * 9, "cannot be read"),
]


@pytest.mark.parametrize(("name", "picture", "words"), TWO, ids=[row[0] for row in TWO])
def test_a_picture_with_two_credentials_has_none(name: str, picture: bytes, words: str) -> None:
    began = time.process_time()
    with pytest.raises(Refused, match=words) as refused:
        baking.unbake(picture)
    assert time.process_time() - began < SECOND, name
    assert refused.value.findings[0].code == "VC-070"


@pytest.mark.parametrize("picture", [png(SIGNED), svg(SIGNED)], ids=["PNG", "SVG"])
def test_a_picture_with_one_credential_holds(picture: bytes) -> None:
    assert Scene(content=baking.unbake(picture)).verify().ok


# One byte, anywhere.


def meaning(content: bytes) -> Any:
    """Return what was signed: the graph of the document, and every member of the proof."""
    from jobtwin.credential.canonical import canonicalise

    document = json.loads(content)
    return canonicalise(unsigned(document)), document["proof"]


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(SIGNED) - 1), flip=st.integers(1, 255))
def test_a_flipped_byte_is_never_valid_with_another_meaning(place: int, flip: int) -> None:
    changed = bytearray(SIGNED)
    changed[place] ^= flip
    scene = Scene(content=bytes(changed))
    began = time.process_time()
    found = scene.verify()
    assert time.process_time() - began < SECOND
    assert found.signature.value != "valid" or meaning(scene.content) == meaning(SIGNED)
    assert found.ok <= (found.signature.value == "valid")


@settings(max_examples=60, deadline=None)
@given(
    url=st.sampled_from([DID_JSON, JWKS, LIST_URL]),
    fraction=st.floats(0, 1, exclude_max=True),
    flip=st.integers(1, 255),
)
def test_a_flipped_byte_on_the_issuers_site_never_raises_and_never_unrevokes(
    url: str, fraction: float, flip: int
) -> None:
    scene = Scene()
    list_issued(put(f"{SUBJECT}.encodedList", status.encode_list([INDEX])))(scene)
    served_bytes = scene.served[url]
    assert isinstance(served_bytes, bytes)
    changed = bytearray(served_bytes)
    changed[int(fraction * len(changed))] ^= flip
    scene.served[url] = bytes(changed)
    began = time.process_time()
    found = scene.verify()
    assert time.process_time() - began < SECOND
    assert found.status.value != "holds"
    assert not found.ok
