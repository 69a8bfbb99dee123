"""verify: is this credential genuine, does it still hold, who says so, and how fresh is that?

Reads a file or a URL, fetches what it points at (or finds it in a mirror of the site), and leaves
the judging to `credential.verify`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag, urlsplit

from jobtwin.credential import baking, holder
from jobtwin.credential import verify as rules
from jobtwin.credential.bundle import MAX_BUNDLE_BYTES, Bundle, Role, is_bundle
from jobtwin.credential.bundle import read as read_bundle
from jobtwin.credential.bundled import verify_bundle
from jobtwin.credential.did import did_web_url, jwks_url
from jobtwin.credential.jsonbytes import MAX_BYTES
from jobtwin.credential.resolve import Unavailable
from jobtwin.credential.shape import issuer_id
from jobtwin.credential.verdicts import Trust
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.repository.fetch import Mirror, NotHad, get
from jobtwin.rules.signature import ISSUER_KEYS, check_signature

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from jobtwin.credential.verdicts import Verification
    from jobtwin.findings import Finding
    from jobtwin.repository.ledger import Ledger

NOT_THERE = Code(
    "VER-001",
    "the credential cannot be read",
    why="There is nothing to verify.",
    fix="Name a file that exists, or the credential's own https URL.",
)
TOO_LARGE = Code(
    "VER-002",
    "the file is too large to be a credential",
    why="Credentials are small; a large file is a mistake or an attack.",
    fix="Name the credential itself: a JSON file, or the badge's PNG or SVG.",
)
NOT_PUBLISHED = Code(
    "VER-003",
    "the published site is not what the repository says",
    why="People verify what the site serves, so it is what has to be right.",
    fix="Publish again, and look at what stands between: the build, the deployment, a cache.",
)
MARKS = {"passed": "✓", "failed": "✗", "not_checked": "–"}


@dataclass(frozen=True, slots=True)
class Known:
    """Keys of an issuer that whoever asks knows from elsewhere."""

    keys: frozenset[bytes] = frozenset()
    """Ed25519 public keys that it signs with."""
    root: str = ""
    """An `ssh-ed25519 …` line: the root key, which vouches for those it signs with."""


def verify_source(
    source: str,
    *,
    now: datetime,
    mirror: Path | None = None,
    trusted: Collection[str] = (),
    known: Known | None = None,
    related: bool = False,
    online: bool = False,
) -> Verification:
    """Verify the credential at a path or URL; raises `Refused` when it cannot be read.

    A picture is taken for the badge that carries the credential. A link's fragment may hold the
    holder's name and salt, which are compared with what was signed.
    `mirror` is a folder with a copy of the issuer's site: everything on the issuer's host is read
    from it, so that nothing is fetched. The issuer of a mirror is trusted unless others are named.
    `known` are keys of the issuer's that whoever asks knows. `related` fetches the files that it
    cites, and compares their digests. A bundle is verified by itself; `online` asks its issuer's
    site as well.
    """
    address, name, salt = _taken_apart(source)
    site = Mirror(_base(address), mirror) if mirror and _is_url(address) else None
    content, bundle = _opened(_read(address, site))
    if mirror and site is None:
        site = Mirror(_base_of(content), mirror)
    asked = _Asked(site, now, set(trusted), known or Known())
    found = _verify_bundle(bundle, asked, online) if bundle else _verify(content, asked)
    found = holder.with_holder(found, _document(content), name, salt)
    if bundle is None or site or online:  # a bundle by itself asks nobody
        found = _with_superseded(found, content, site)
    found = _with_related(found, content, site) if related else found
    return _with_endorsed(found, content, asked)


def with_name(source: str, name: str, salt: str) -> str:
    """Return a source for `verify_source` that shows a name, whatever name it showed before."""
    return holder.link(_taken_apart(source)[0], name, salt)


def share_link(source: str, name: str, salt: str) -> str:
    """Return the link to a credential's page that shows the holder's name; raises `Refused`."""
    address = _taken_apart(source)[0]
    if not _is_url(address):
        address = str(_document(_opened(_read(address, None))[0]).get("id", ""))
    return holder.link(address.rpartition("/")[0] + "/", name, salt)


def _opened(content: bytes) -> tuple[bytes, Bundle | None]:
    """Return the credential that a file is or holds, and the bundle that it came in."""
    if baking.is_picture(content):
        return baking.unbake(content), None
    if not is_bundle(content):
        return content, None
    bundle = read_bundle(content)
    return bundle.credential.content, bundle


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a verification rests on."""

    site: Mirror | None
    now: datetime
    trusted: set[str]
    known: Known


def _verify(content: bytes, asked: _Asked) -> Verification:
    had = _had(content, asked.site)
    of_mirror = {_issuer(content)} if asked.site and not _endorsed_url(content) else set()
    trust = Trust(keys=asked.known.keys)
    return rules.verify(content, had, asked.now, asked.trusted or of_mirror, trust=trust)


def _verify_bundle(bundle: Bundle, asked: _Asked, online: bool) -> Verification:
    content = bundle.credential.content
    had = _had(content, asked.site) if asked.site or online else {}
    own = {_issuer(content)}
    vouched = is_vouched(bundle, asked.known.root)
    is_confirmed = asked.site is not None and _is_confirmed(content, had)
    known = (asked.trusted or (own if is_confirmed else set())) | (own if vouched else set())
    return verify_bundle(bundle, asked.now, known, asked.known.keys, had, vouched)


def is_vouched(bundle: Bundle, root: str) -> bool:
    """Say whether the root key, an `ssh-ed25519 …` line or "", signed the key history."""
    history, signature = bundle.of(Role.HISTORY), bundle.of(Role.HISTORY_SIGNATURE)
    if not root or not history or not signature:
        return False
    found = check_signature(history[0].content, signature[0].content, root, ISSUER_KEYS)
    return not any(found)


def _had(content: bytes, site: Mirror | None) -> dict[str, bytes | Unavailable]:
    """Return what could be had of all that a credential's verification asks for."""
    resources: dict[str, bytes | Unavailable] = {}
    for _ in range(3):
        missing = [url for url in _wanted(content, resources) if url not in resources]
        resources |= {url: _get(url, site) for url in missing}
        if not missing:
            break
    return resources


def _with_endorsed(found: Verification, content: bytes, asked: _Asked) -> Verification:
    """Add what became of the endorsed credential, which is itself looked at, and no further."""
    from jobtwin.credential.endorsed import Endorsed, with_endorsed

    url = _endorsed_url(content)
    if url is None:
        return found
    document = rules.document_of(content)
    if found.signature.value != "valid":
        return with_endorsed(found, document, "what it endorses means nothing while it is forged")
    endorsed = _get(url, asked.site)
    if isinstance(endorsed, Unavailable):
        return with_endorsed(found, document, f"{url} is not available: {endorsed.reason}")
    return with_endorsed(found, document, Endorsed(endorsed, _verify(endorsed, asked)))


def _endorsed_url(content: bytes) -> str | None:
    from jobtwin.credential.endorsed import endorsed_url

    try:
        return endorsed_url(rules.document_of(content))
    except Refused:
        return None


def _is_confirmed(content: bytes, had: Mapping[str, bytes | Unavailable]) -> bool:
    issuer = _issuer(content)
    try:
        return isinstance(had.get(did_web_url(issuer)), bytes)
    except Refused:
        return False


def _taken_apart(source: str) -> tuple[str, str, str]:
    """Return what to read, and the name and salt that a shared link shows.

    A credential's page stands in the folder of its file: whoever names the page means the file.
    """
    address, name, salt = holder.from_link(source)
    if not name:
        address = urldefrag(source)[0] if _is_url(source) else source
    if _is_url(address) and "/credentials/" in address:
        address = re.sub(r"/(?:index\.html)?$", "/credential.json", address)
    return address, name, salt


def _with_superseded(found: Verification, content: bytes, site: Mirror | None) -> Verification:
    from jobtwin.credential.superseded import pointer_url, with_superseded

    if found.signature.value != "valid":
        return found
    document = rules.document_of(content)
    url = pointer_url(document)
    return with_superseded(found, document, _get(url, site)) if url else found


def _with_related(found: Verification, content: bytes, site: Mirror | None) -> Verification:
    from jobtwin.credential.related import related_urls, with_related

    # Only what is signed is asked for: nobody else makes us fetch.
    valid = found.signature.value == "valid"
    document = rules.document_of(content) if valid else {}
    cited = {url: _get(url, site) for url in related_urls(document)}
    return with_related(found, document, cited)


def _wanted(content: bytes, resources: dict[str, bytes | Unavailable]) -> list[str]:
    # A status list is a credential of its own, whose key is asked for in turn.
    urls = list(rules.wanted(content))
    lists = (body for url, body in resources.items() if "/status/" in url)
    return urls + [url for body in lists if isinstance(body, bytes) for url in rules.wanted(body)]


def _is_url(source: str) -> bool:
    return re.match(r"[a-z][a-z0-9+.-]*://", source) is not None


def _read(source: str, site: Mirror | None) -> bytes:
    if _is_url(source):
        try:
            return get(source, site)
        except NotHad as error:
            raise Refused([NOT_THERE.at(f"{source}: {error}")]) from error
    path = Path(source)
    if not path.is_file():
        raise Refused([NOT_THERE.at("there is no such file", source)])
    with path.open("rb") as file:
        content = file.read(baking.MAX_PICTURE_BYTES + 1)
    if len(content) > _most(content):
        raise Refused([TOO_LARGE.at(f"{path.stat().st_size:,} bytes", source)])
    return content


def _most(content: bytes) -> int:
    if baking.is_picture(content):
        return baking.MAX_PICTURE_BYTES
    return MAX_BUNDLE_BYTES if is_bundle(content) else MAX_BYTES


def _get(url: str, site: Mirror | None) -> bytes | Unavailable:
    try:
        return get(url, site)
    except NotHad as error:
        return Unavailable(str(error))


def _document(content: bytes) -> dict[str, Any]:
    try:
        return rules.document_of(content)
    except Refused:
        return {}


def _issuer(content: bytes) -> str:
    return issuer_id(_document(content)) or ""


def _base_of(content: bytes) -> str:
    """Return the site of a did:web issuer, or of the credential endorsed, as the mirror's base."""
    if endorsed := _endorsed_url(content):
        return _base(endorsed)
    parts = _issuer(content).removeprefix("did:web:").split(":")
    return f"https://{'/'.join(unquote(part) for part in parts)}"


def _base(url: str) -> str:
    """Return the site that a credential's URL lies on: everything before `/credentials/`."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refused([NOT_THERE.at(f"{url}: {error}")]) from error
    return f"{parts.scheme}://{parts.netloc}{parts.path.split('/credentials/')[0]}"


def verify_published(
    ledger: Ledger, sample: int, *, now: datetime, mirror: Path | None = None
) -> tuple[list[str], list[Finding]]:
    """Look at an organisation's site as a stranger would, and say what was found.

    Compares the commit and the keys that the site serves with the repository, and verifies the
    newest `sample` credentials at their own addresses: what is revoked must be seen to be.
    """
    from jobtwin.site.retakes import superseding

    issuer, later = ledger.issuer, superseding(ledger)
    site = Mirror(issuer.url, mirror) if mirror else None
    said: list[str] = []
    findings = [*_compare_site(ledger, site)]
    newest = sorted(
        (times[-1].record for name in ledger.credentials() if (times := ledger.issued_any(name))),
        key=lambda issued: (issued.at, issued.credential),
    )
    for issued in newest[-sample:]:
        url = f"{issuer.url}/{layout.credential(issued.credential)}/credential.json"
        found = verify_source(url, now=now, mirror=mirror, trusted=(issuer.did,))
        wanted = "superseded" if issued.credential in later else "holds"
        wanted = "revoked" if ledger.revoked(issued.credential) else wanted
        said.append(f"{url}: {found.signature.value}, {found.status.value}")
        if (found.signature.value, found.status.value) != ("valid", wanted):
            message = f"it is {found.signature.value} and {found.status.value}, not {wanted}"
            findings.append(NOT_PUBLISHED.at(message, url))
    said.append(f"{len(newest[-sample:])} of {len(newest)} credentials verified at their addresses")
    return said, findings


def _compare_site(ledger: Ledger, site: Mirror | None) -> Iterator[Finding]:
    issuer = ledger.issuer
    expected = {
        f"{issuer.url}/commit.txt": f"{ledger.tree.commit}\n".encode("ascii"),
        did_web_url(issuer.did): ledger.tree.read(layout.DID),
        jwks_url(issuer.did): ledger.tree.read(layout.JWKS),
    }
    for url, content in expected.items():
        try:
            served = get(url, site)
        except NotHad as error:
            yield NOT_PUBLISHED.at(f"it cannot be had: {error}", url)
            continue
        if served != content:
            yield NOT_PUBLISHED.at("it is not what the repository has", url)


def words(verification: Verification) -> str:
    """Return the steps and the verdicts for people; of what cannot be read, why and what to do."""
    if not verification.is_read:
        return "\n".join([verification.signature.words, *map(str, verification.findings)])
    lines = [
        f"{step.number:>2}. {MARKS[step.outcome.value]} {step.id}: {step.detail}"
        for step in verification.steps
    ]
    lines += [f"      {finding} ({finding.hint})" for finding in verification.findings]
    verdicts = {
        "signature": verification.signature,
        "status": verification.status,
        "issuer": verification.issuer,
        "freshness": verification.freshness,
    }
    if verification.holder:
        verdicts["holder"] = verification.holder
    lines.append("")
    lines += [f"{name + ':':<11} {said.value:<10} {said.words}" for name, said in verdicts.items()]
    return "\n".join(lines)
