"""The cases that both verifiers are asked: Python's, and the /verify page's in the browser.

The files are made anew from `tests/attacks/test_mutated_credentials.py` and its like, so that every
new attack is put to both. What has to come out stands in `verdicts.json`, one line for each case:

    python -m tests.web.cases --write        writes verdicts.json anew, as Python judges
    python -m tests.web.cases --files FILE   writes the cases with all their bytes
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.attacks import test_mutated_credentials as mutated
from tests.attacks.mutations import (
    ACHIEVEMENT,
    SERVED,
    SIGNED,
    STRANGER,
    Scene,
    altered,
    issued,
    png,
    put,
    served,
    svg,
    token,
)
from tests.unit.credential import conftest as sample
from tests.unit.credential import test_bundle as bundles
from tests.unit.credential.conftest import INDEX, ISSUER, LIST_URL, NOW, SITE, Academy
from tests.web.ssh_signing import public_line, ssh_signature

from jobtwin import multikey
from jobtwin.acts.verify import is_vouched
from jobtwin.credential import baking, bundle, holder, keys, proof, shape, status
from jobtwin.credential import verify as rules
from jobtwin.credential.bundle import Role
from jobtwin.credential.bundled import verify_bundle
from jobtwin.credential.endorsed import Endorsed, endorsed_url, with_endorsed
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.resolve import Unavailable
from jobtwin.credential.superseded import pointer_url, with_superseded
from jobtwin.credential.verdicts import Outcome, Trust, Verification
from jobtwin.errors import Refused
from jobtwin.findings import Finding
from jobtwin.rules.signature import ISSUER_KEYS

VERDICTS = Path(__file__).with_name("verdicts.json")
MAX_CONTENT = 2 * 1024 * 1024
"""Larger ones are left to tests of their own: what is too large is never read by the page."""
UNUSUAL = [
    ("a whole number", f"{ACHIEVEMENT}.creditsAvailable", 3),
    ("a whole number with a point", f"{ACHIEVEMENT}.creditsAvailable", 3.0),
    ("a number with a fraction", f"{ACHIEVEMENT}.creditsAvailable", 0.1),
    ("letters beyond the first plane", f"{ACHIEVEMENT}.name", "𝔗win \U0001f393 ﬀ \uff5e"),
    ("two tags that sort by code point", f"{ACHIEVEMENT}.tag", ["\uff5e", "\U0001f393"]),
    (
        "parts without an id that sort by code point",
        "evidence",
        [{"type": ["Evidence"], "name": ["\uff5e", f"\U0001f393 {n}"]} for n in range(3)],
    ),
    ("a text with every escape", f"{ACHIEVEMENT}.name", 'a"b\\c\nd\te\rf/g'),
    ("an empty text", "name", ""),
    ("an empty list", f"{ACHIEVEMENT}.tag", []),
]
"""What few credentials have, and canonicalisers have disagreed on."""
INHERITED = ("__proto__", "constructor", "hasOwnProperty")
"""Members that every object of JavaScript seems to have."""
ROOT_KEY = keys.SeedSigner("", b"\x09" * 32)
NAME, SALT = "Lea Example", "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Case:
    """What a verifier is handed."""

    name: str
    content: bytes
    served: Mapping[str, bytes | Unavailable] = field(default_factory=lambda: dict(SERVED))
    now: datetime = NOW
    trusted: tuple[str, ...] = (ISSUER,)
    keys: tuple[str, ...] = ()
    """Keys of the issuer's that whoever asks knows, as Multikeys."""
    root: str = ""
    """A root key that whoever asks knows, as OpenSSH writes it."""
    online: bool = True
    """Whether a bundle's site is asked as well."""
    shown: tuple[str, str] = ("", "")
    """The name and salt in a link."""


def cases() -> list[Case]:
    """Return every case; each has a name of its own."""
    found = [*_mutations(), *_unready(), *_pictures(), *_holders(), *_others(), *_bundles()]
    found += _known()
    return [case for case in found if max(map(len, _contents(case))) <= MAX_CONTENT]


def _contents(case: Case) -> list[bytes]:
    served = [content for content in case.served.values() if isinstance(content, bytes)]
    return [case.content, *served]


def _mutations() -> Iterator[Case]:
    yield Case("sound", SIGNED)
    edits = [(row.name, row.edit) for row in mutated.ROWS] + list(mutated.SAME)
    edits += [(name, issued(change)) for name, change, _ in mutated.CAUTIONS]
    edits += [(name, issued(put(path, value))) for name, path, value in UNUSUAL]
    edits += [(f"a member `{name}`", altered(put(name, {"a": "b"}))) for name in INHERITED]
    for name, edit in edits:
        scene = Scene()
        edit(scene)
        yield Case(name, scene.content, scene.served, scene.now)


def _unready() -> Iterator[Case]:
    for name, url, reason, _ in mutated.UNREADY:
        scene = Scene()
        served(url, Unavailable(reason))(scene)
        yield Case(name, scene.content, scene.served)
    yield Case("nothing can be had", SIGNED, {})
    yield Case("an issuer that nobody knows", SIGNED, trusted=())
    yield Case("a plain text", b"Lea Example\nCurriculum vitae\n")
    yield Case("a photo", bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9"))


def _pictures() -> Iterator[Case]:
    yield Case("a PNG", png(SIGNED))
    yield Case("an SVG", svg(SIGNED))
    yield from (Case(f"a picture: {name}", picture) for name, picture, _ in mutated.TWO)


def _holders() -> Iterator[Case]:
    def signed(*identities: dict[str, Any]) -> bytes:
        scene = Scene()
        issued(put("credentialSubject.identifier", list(identities)))(scene)
        return scene.content

    kind = {"type": "IdentityObject", "identityType": "name"}
    hashed = kind | {"hashed": True, "identityHash": holder.hashed(NAME, SALT)}
    public = kind | {"hashed": False, "identityHash": NAME}
    own = signed(hashed)
    yield Case("issued to the name in the link", own, shown=(NAME, SALT))
    yield Case("issued to another than the link says", own, shown=("Mia Example", SALT))
    yield Case("a name with another salt", own, shown=(NAME, SALT[::-1]))
    yield Case("a name with a salt that is none", own, shown=(NAME, "salt"))
    yield Case("a name that turns the line round", own, shown=("Lea\u202eExample", SALT))
    yield Case("a name in decomposed letters", own, shown=("Le\u0301a", SALT))
    yield Case("a name of 300 letters", own, shown=("x" * 300, SALT))
    yield Case("a name in public", signed(public))
    yield Case("two names, one hashed", signed(hashed, public))
    yield Case("a forged one with a name", own.replace(b"Academy", b"academy"), shown=(NAME, SALT))


def _others() -> Iterator[Case]:
    """What comes beside a credential: other issuers, revocation, retakes, endorsements."""
    revoked = Academy().publish(revoked=(INDEX,)).resources
    yield Case("revoked, by an issuer that nobody knows", SIGNED, revoked, trusted=())
    maker = bundles.Maker(bytes(range(32)), bundles.mentioned(sample.badge()))
    files = maker.files()
    site = {file.url: file.content for file in (*files.values(), maker.employer)}
    own = files[Role.CREDENTIAL].url
    said = files[Role.ENDORSEMENT].content
    yield Case("an endorsement", said, site)
    yield Case("an endorsement of what is gone", said, _without(site, own))
    other = to_bytes(proof.sign(sample.badge() | {"id": own}, maker.signer, bundles.AT))
    yield Case("an endorsement of what was signed again", said, site | {own: other})
    stolen = status.status_list_credential(LIST_URL, ISSUER, (INDEX,), bundles.AT)
    listed = {LIST_URL: to_bytes(proof.sign(stolen, maker.signer, bundles.AT))}
    yield Case("an endorsement of what was revoked", said, site | listed)
    yield Case("a statement of an employer", files[Role.OUTCOME].content, site)
    yield from _retakes()


def _retakes() -> Iterator[Case]:
    own = f"{SITE}/credentials/7f/{'7f' * 16}/credential.json"
    better = f"/credentials/ab/{'ab' * 16}/credential.json"
    scene = Scene()
    issued(put("id", own))(scene)
    for name, by in (
        ("superseded", f"{SITE}{better}"),
        ("superseded by a stranger's", f"https://stranger.example{better}"),
        ("superseded by itself", own),
    ):
        said = to_bytes({"superseded": own, "by": by})
        pointer = own.replace("credential.json", "superseded.json")
        yield Case(name, scene.content, SERVED | {pointer: said})


def _bundles() -> Iterator[Case]:
    maker = bundles.Maker(bytes(range(32)), bundles.mentioned(sample.badge()))
    whole = maker.make()
    files = maker.files()
    site = {file.url: file.content for file in files.values()}
    yield Case("a bundle", whole, {}, online=False)
    yield Case("a bundle, its site asked", whole, site)
    yield Case("a bundle, its site gone", whole, {})
    yield Case(
        "a bundle without more than it needs",
        bundle.make(files[role] for role in (Role.CREDENTIAL, Role.DID, Role.STATUS)),
        {},
        online=False,
    )
    late = Academy().publish(revoked=(INDEX,)).resources[LIST_URL]
    yield Case("a bundle from before it was revoked", whole, site | {LIST_URL: late})
    thief = bundles.Maker(bytes(range(1, 33)), bundles.mentioned(sample.badge()))
    yield Case("a thief's bundle", thief.make(), {}, online=False)
    yield Case("a thief's bundle, the site asked", thief.make(), site)
    stolen = thief.files()
    for role, file in stolen.items():
        mixed = bundle.make([*(files | {role: file}).values(), maker.employer])
        yield Case(f"a bundle with another issuer's {role.value}", mixed, {}, online=False)
    for role in stolen:
        if role is not Role.CREDENTIAL:
            rubbish = bundle.File(role, files[role].url, b'{"id": 5}')
            made = bundle.make([*(files | {role: rubbish}).values(), maker.employer])
            yield Case(f"a bundle with rubbish as {role.value}", made, {}, online=False)
    yield from _hostile_bundles(whole)


def _known() -> Iterator[Case]:
    """What rests on an issuer, a key or a root key that whoever asks has named."""
    own = keys.to_multikey(Academy().signer.public_key)
    other = keys.to_multikey(STRANGER.public_key)
    yield Case("a known key", SIGNED, trusted=(), keys=(own,))
    yield Case("another known key", SIGNED, trusted=(), keys=(other,))
    yield Case("a forged one, its key known", SIGNED.replace(b"Academy", b"academy"), keys=(own,))
    yield Case("a JWT, its key known", token(), trusted=(), keys=(other, own))
    maker = bundles.Maker(bytes(range(32)), bundles.mentioned(sample.badge()))
    its_own = keys.to_multikey(maker.signer.public_key)
    whole = maker.make()
    yield Case("a bundle, its key known", whole, {}, trusted=(), keys=(its_own,), online=False)
    yield Case("a bundle, another key known", whole, {}, keys=(other,), online=False)
    thief = bundles.Maker(bytes(range(1, 33)), bundles.mentioned(sample.badge()))
    stolen = thief.make()
    yield Case("a thief's bundle, the key known", stolen, {}, keys=(its_own,), online=False)
    yield from _vouched(maker, thief)


def _vouched(maker: bundles.Maker, thief: bundles.Maker) -> Iterator[Case]:
    root, history = ROOT_KEY, maker.files()[Role.HISTORY]

    def case(name: str, signature: bytes, of: bundles.Maker = maker, **more: Any) -> Case:
        file = bundle.File(Role.HISTORY_SIGNATURE, f"{history.url}.sig", signature)
        made = bundle.make([*of.files().values(), of.employer, file])
        grounds: dict[str, Any] = {"trusted": (), "root": public_line(root), "online": False}
        return Case(f"a bundle {name}", made, {}, **grounds | more)

    def signed(by: keys.SeedSigner = root, to: str = ISSUER_KEYS, hashed: str = "sha512") -> bytes:
        return ssh_signature(by, history.content, to, hashed)

    sound = signed()
    yield case("that a root key vouches for", sound)
    yield case("that a root key vouches for, by SHA-256", signed(hashed="sha256"))
    yield case("that a root key vouches for, another issuer named", sound, trusted=("did:web:x.y",))
    yield case("with a signature of a root that nobody named", sound, root="")
    yield case("that another key vouches for", signed(STRANGER))
    yield case("vouched for in another namespace", signed(to="jobtwin-root@v1"))
    yield case("of a thief, with the signature of another's keys", sound, thief)
    yield case("with half a signature", sound[:120] + sound[160:])
    yield case("with a signature and more", sound + b"more")
    yield case("with lines of another length", sound.replace(b"\n", b"\r\n"))
    yield case("with rubbish for a signature", b"-----BEGIN SSH SIGNATURE-----\n")


def _hostile_bundles(whole: bytes) -> Iterator[Case]:
    def changed(name: str, **members: Any) -> Case:
        content = to_bytes(json.loads(whole) | members)
        return Case(f"a bundle with {name}", content, {}, online=False)

    listed = json.loads(whole)["files"]
    yield changed("no files", files=[])
    yield changed("files that are no list", files={})
    yield changed("another format", bundle=2)
    yield changed("no contexts", contexts=None)
    yield changed("another context", contexts=[{"url": sample.SITE, "sha256": "0" * 64}])
    yield changed("a file twice", files=[*listed, listed[0]])
    yield changed("an unknown role", files=[listed[0] | {"role": "verdict"}])
    yield changed("another text", files=[listed[0] | {"text": "{}"}])
    yield changed("a member more", files=[listed[0] | {"more": ""}])
    yield changed("a file at no address", files=[listed[0] | {"url": "file:///etc/passwd"}])
    yield Case("a bundle cut off", whole[:-100], {}, online=False)


def _without(site: Mapping[str, bytes], url: str) -> dict[str, bytes | Unavailable]:
    return {one: content for one, content in site.items() if one != url}


# What Python says.


def judge(case: Case) -> dict[str, Any]:
    """Return what has to come out: the verdicts, and every step that did not pass.

    Of what nothing could be read in, also the sentence that people get in place of them.
    """
    try:
        found = _verified(case)
    except Refused as refused:
        return {"refused": _codes(refused.findings)}
    said = [found.signature, found.status, found.issuer, found.freshness]
    assert found.holder is not None
    words = {} if found.is_read else {"words": found.signature.words}
    return words | {
        "verdicts": " ".join(verdict.value for verdict in (*said, found.holder)),
        "ok": found.ok,
        "steps": len(found.steps),
        "open": [
            " ".join([step.id, step.outcome.value, *_codes(step.findings)])
            for step in found.steps
            if step.outcome is not Outcome.PASSED
        ],
    }


def _verified(case: Case) -> Verification:
    content, opened = case.content, None
    if baking.is_picture(content):
        content = baking.unbake(content)
    elif bundle.is_bundle(content):
        opened = bundle.read(content)
        content = opened.credential.content
    if opened:
        live = _had(case, content) if case.online else {}
        vouched = is_vouched(opened, case.root)
        known = {*case.trusted, *([str(shape.issuer_id(_document(content)))] if vouched else [])}
        found = verify_bundle(opened, case.now, known, _trust(case).keys, live, vouched)
    else:
        found = _verify(case, content)
    document = _document(content)
    found = holder.with_holder(found, document, *case.shown)
    if (opened is None or case.online) and (url := pointer_url(document)):
        found = with_superseded(found, document, _get(case, url))
    return _with_endorsed(case, found, document)


def _verify(case: Case, content: bytes) -> Verification:
    had = _had(case, content)
    return rules.verify(content, had, case.now, case.trusted, trust=_trust(case))


def _trust(case: Case) -> Trust:
    return Trust(keys=frozenset(map(multikey.decode, case.keys)))


def _with_endorsed(case: Case, found: Verification, document: dict[str, Any]) -> Verification:
    url = endorsed_url(document)
    if url is None:
        return found
    if found.signature.value != "valid":
        return with_endorsed(found, document, "it is forged")
    content = _get(case, url)
    if isinstance(content, Unavailable):
        return with_endorsed(found, document, content.reason)
    verified = _verify(case, content)
    return with_endorsed(found, document, Endorsed(content, verified))


def _had(case: Case, content: bytes) -> dict[str, bytes | Unavailable]:
    """Return what could be had of all that is asked for; a status list asks in turn."""
    had = {url: _get(case, url) for url in rules.wanted(content)}
    lists = [body for url, body in had.items() if "/status/" in url and isinstance(body, bytes)]
    return had | {url: _get(case, url) for body in lists for url in rules.wanted(body)}


def _get(case: Case, url: str) -> bytes | Unavailable:
    return case.served.get(url, Unavailable("the server answers 404"))


def _document(content: bytes) -> dict[str, Any]:
    try:
        return rules.document_of(content)
    except Refused:
        return {}


def _codes(findings: Iterable[Finding]) -> list[str]:
    """Return the codes; what is wrong in a record in YAML has one name in the browser."""
    return sorted({f.code if f.code.startswith("VC-") else "VC-034" for f in findings})


# The files.


def write_files(path: Path, wanted: Iterable[Case]) -> None:
    """Write cases with all their bytes for `web/test/judge.ts`."""
    blobs: dict[str, str] = {}

    def keep(content: bytes) -> str:
        key = hashlib.sha256(content).hexdigest()[:16]
        blobs[key] = base64.b64encode(content).decode("ascii")
        return key

    listed = [
        {
            "name": case.name,
            "content": keep(case.content),
            "served": {u: keep(c) for u, c in case.served.items() if isinstance(c, bytes)},
            "missing": {u: c.reason for u, c in case.served.items() if isinstance(c, Unavailable)},
            "now": case.now.isoformat(),
            "trusted": case.trusted,
            "keys": case.keys,
            "roots": [case.root] if case.root else [],
            "online": case.online,
            "shown": case.shown,
        }
        for case in wanted
    ]
    path.write_text(json.dumps({"blobs": blobs, "cases": listed}), "utf-8")


def expected() -> dict[str, dict[str, Any]]:
    """Return what has to come out of every case."""
    found: dict[str, dict[str, Any]] = json.loads(VERDICTS.read_text("utf-8"))
    return found


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--files", type=Path)
    given = parser.parse_args()
    if given.files:
        write_files(given.files, cases())
    if given.write:
        lines = [f"{json.dumps(case.name)}: {json.dumps(judge(case))}" for case in cases()]
        VERDICTS.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    _main()
