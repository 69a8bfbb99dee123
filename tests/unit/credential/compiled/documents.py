"""Random documents: every structure a little different, every leaf as bad as it gets."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from jobtwin.credential.contexts import OB, VC
from jobtwin.credential.status import status_entry, status_list_credential

Document = dict[str, Any]

WORDS = (
    "",
    " ",
    "name",
    "Achievement",
    "xsd:string",
    "@type",
    "0",
    "1.0",
    "true",
    "null",
    "_:b0",
    "_:c14n0",
    "_:a",
    "_:z .",
    "%s %d %%",
    "{0}",
    'quote " and \\ backslash',
    "ends in a backslash \\",
    '\\"',
    "\\\\",
    "line\nbreak\r\ttab",
    "\u00a0\u2028\u2029\u0085",
    "\ufeff\u200d\u200b",
    "ünïcode 工程 🎓 e\u0301",
    "\U0010ffff\ue000",
    "\u0000",
    "\u0001",
    "\u0002",
    "\u001f",
    "\u007f",
    "\u202e",
    "\u2066",
    "\ud800",
    '" .\n<urn:x:1> <urn:x:2> "',
    "> .",
    "2026-01-01T00:00:00Z",
    "x" * 400,
)
IRIS = (
    "https://a.example",
    "https://a.example/",
    "https://a.example/-",
    "https://a.example/b",
    "https://a.example:8443/b?c=d#e",
    "https://a.example?q?/",
    "http://a.example/%41",
    "https://a.example/%zz",
    "https://a.example/%",
    "https://a.example/a b",
    "https://a.example/é",
    "https://a.example/[x]",
    "https://[::1]/",
    "https://user@a.example/",
    "https://a.example/#a#b",
    "https:///",
    "https://",
    "https:a",
    "HTTPS://A.EXAMPLE/",
    "urn:uuid:2f1f4a3e-6a52-4e4f-9a6c-0c5a6a3b9f10",
    "urn:x:1",
    "urn:x:",
    "urn::x",
    "urn:X:y",
    "URN:x:y",
    "did:key:z6Mk",
    "did:web:a.example:b#key-1",
    "did:web:a.example%3A8443",
    "did:",
    "mailto:a@a.example",
    "tel:+1",
    "xsd:string",
    "cred:Thing",
    "name:x",
    "id:x",
    "relative",
    "/path",
    "#fragment",
    "",
    "_:b0",
    "@id",
    "https://a.example/\u0000",
    "https://a.example/<>",
    'https://a.example/"',
    "https://a.example/\\",
    "https://a.example/`{|}^",
    "https://a.example/" + "x" * 400,
)


def structure(rng: random.Random) -> Document:
    """Return a credential of a random structure, in which each leaf is another, and good."""
    make = rng.choice((_badge, _badge, _badge, _endorsement, _list))
    document = make(rng)
    document["@context"] = [VC, OB] if make is not _list else [VC]
    if rng.random() < 0.3:
        document = dict(rng.sample(sorted(document.items()), len(document)))
    return document


def _badge(rng: random.Random) -> Document:
    own = f"https://issuer.example/{rng.randrange(10**6)}"
    described = [
        {
            "id": f"{own}#d{n}",
            "type": ["ResultDescription"],
            "name": f"D {n}",
            "resultType": "RawScore",
        }
        for n in range(rng.randrange(4))
    ]
    achievement: Document = {
        "id": f"{own}/achievement",
        "type": ["Achievement"],
        "name": "Of the achievement",
        "description": "What it is",
        "criteria": {"narrative": "How it was earned"},
        "alignment": [_alignment(own, n) for n in range(rng.randrange(4))],
        "resultDescription": described,
    }
    if described and rng.random() < 0.3:
        described[0]["allowedValue"] = [f"value {n}" for n in range(rng.randrange(3))]
    subject: Document = {
        "id": f"urn:uuid:{rng.randrange(10**6)}",
        "type": ["AchievementSubject"],
        "identifier": [_identity(n) for n in range(rng.randrange(3))],
        "achievement": achievement,
        "result": [_result(rng, item["id"], n) for n, item in enumerate(described)],
    }
    document: Document = {
        "@context": [],
        "id": own,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "A credential",
        "issuer": {"id": "did:web:issuer.example", "type": ["Profile"], "name": "Issuer"},
        "validFrom": "2026-03-02T10:00:00Z",
        "credentialSubject": subject,
        "evidence": [
            {"id": f"{own}/e{n}", "type": ["Evidence"], "name": f"E {n}"}
            for n in range(rng.randrange(4))
        ],
        "credentialStatus": status_entry("https://issuer.example/status/1.json", 7),
    }
    if rng.random() < 0.3:
        achievement["creator"] = copy.deepcopy(document["issuer"])
    if rng.random() < 0.2:
        del subject["id"]
    return _thinned(rng, document)


def _alignment(own: str, number: int) -> Document:
    return {
        "type": ["Alignment"],
        "targetName": f"Skill {number}",
        "targetUrl": f"{own}#skill-{number}",
    }


def _identity(number: int) -> Document:
    return {
        "type": "IdentityObject",
        "hashed": number % 2 == 0,
        "identityHash": f"sha256${number}",
        "identityType": "name",
    }


def _result(rng: random.Random, described: Any, number: int) -> Document:
    result: Document = {"type": ["Result"], "resultDescription": described, "value": f"0.{number}"}
    if rng.random() < 0.5:
        result["alignment"] = [_alignment(described, n) for n in range(rng.randrange(1, 3))]
    return result


def _endorsement(rng: random.Random) -> Document:
    return {
        "@context": [],
        "id": f"urn:uuid:{rng.randrange(10**6)}",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "An endorsement",
        "issuer": rng.choice(({"id": "did:key:z6Mk", "type": ["Profile"]}, "did:key:z6Mk")),
        "validFrom": "2026-03-02T10:00:00Z",
        "credentialSubject": {
            "id": "https://issuer.example/credential",
            "type": ["EndorsementSubject"],
            "endorsementComment": "Well done",
        },
        "relatedResource": [
            {"id": f"https://issuer.example/{n}", "digestSRI": f"sha256-{n}"}
            for n in range(rng.randrange(3))
        ],
    }


def _list(rng: random.Random) -> Document:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return status_list_credential(
        "https://issuer.example/1.json", "did:web:x", [rng.randrange(9)], at
    )


def _thinned(rng: random.Random, document: Document) -> Document:
    for thing in (document, document["credentialSubject"]["achievement"]):
        for name in sorted(thing):
            if name[:1] not in "@cit" and rng.random() < 0.1:
                del thing[name]
    return document


def with_other_leaves(rng: random.Random, document: Document, changes: int) -> Document:
    """Return the document with some leaves exchanged, added, removed or made equal to others."""
    made = copy.deepcopy(document)
    places = list(_leaves(made))
    free = [place for place in places if place[1] != "type" and isinstance(place[1], str)]
    for _ in range(changes):
        holder, key = rng.choice(places if rng.random() < 0.1 else free)
        other, name = rng.choice(places)
        holder[key] = rng.choice(
            (
                rng.choice(IRIS) if key == "id" else rng.choice(WORDS),
                rng.choice((*IRIS, *WORDS)),
                f"https://random.example/{rng.randrange(10**6)}?q#{rng.randrange(9)}",
                _random_text(rng),
                f"https://random.example/{rng.randrange(10**6)}",
                other[name],
                holder[key] + rng.choice(("-", "/", "#", "x", ">", "\\", '"')),
            )
        )
    if rng.random() < 0.1:
        _restructure(rng, made)
    return made


def _random_text(rng: random.Random) -> str:
    top = rng.choice((0x80, 0x2FF, 0xFFFF, 0x10FFFF))
    letters = (rng.randrange(top + 1) for _ in range(rng.randrange(12)))
    return "".join(chr(letter) for letter in letters)


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, str):
            yield value, key
        elif isinstance(item, dict | list):
            yield from _leaves(item)


def _restructure(rng: random.Random, document: Document) -> None:
    name = rng.choice(sorted(document))
    change = rng.randrange(6)
    if change == 0:
        del document[name]
    elif change == 1:
        document[name] = rng.choice((None, 1, 1.5, True, [], {}, [["x"]], ("x",), {"@value": "x"}))
    elif change == 2 and isinstance(document[name], list):
        document[name] = document[name] * 2
    elif change == 3:
        document["undefined"] = "x"
    elif change == 4:
        document["description"] = {"@value": "x", "@language": "en"}
    else:
        document["credentialStatus"] = copy.deepcopy(document)
