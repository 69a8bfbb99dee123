"""verify: is this credential genuine, does it still hold, who says so, and how fresh is that?

Reads a file or a URL, fetches what it points at (or finds it in a mirror of the site), and leaves
the judging to `credential.verify`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from jobtwin.credential import baking
from jobtwin.credential import verify as rules
from jobtwin.credential.did import did_web_url, jwks_url
from jobtwin.credential.jsonbytes import MAX_BYTES, parse_object
from jobtwin.credential.jwt import is_jwt, read_jwt
from jobtwin.credential.resolve import Unavailable
from jobtwin.credential.shape import issuer_id
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.repository.fetch import Mirror, NotHad, get

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from jobtwin.credential.verify import Verification
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


def verify_source(
    source: str,
    *,
    now: datetime,
    mirror: Path | None = None,
    trusted: Collection[str] = (),
    related: bool = False,
) -> Verification:
    """Verify the credential at a path or URL; raises `Refused` when it cannot be read.

    A picture is taken for the badge that carries the credential.
    `mirror` is a folder with a copy of the issuer's site: everything on the issuer's host is read
    from it, so that nothing is fetched. The issuer of a mirror is trusted unless others are named.
    `related` fetches the files that it cites, and compares their digests.
    """
    site = Mirror(_base(source), mirror) if mirror and _is_url(source) else None
    content = _read(source, site)
    if baking.is_picture(content):
        content = baking.unbake(content)
    if mirror and site is None:
        site = Mirror(_base_of(content), mirror)
    found = _verify(content, site, now, set(trusted))
    found = _with_related(found, content, site) if related else found
    return _with_endorsed(found, content, site, now, set(trusted))


def _verify(content: bytes, site: Mirror | None, now: datetime, trusted: set[str]) -> Verification:
    resources: dict[str, bytes | Unavailable] = {}
    for _ in range(3):
        missing = [url for url in _wanted(content, resources) if url not in resources]
        resources |= {url: _get(url, site) for url in missing}
        if not missing:
            break
    of_mirror = {_issuer(content)} if site and not _endorsed_url(content) else set()
    return rules.verify(content, resources, now, trusted or of_mirror)


def _with_endorsed(
    found: Verification, content: bytes, site: Mirror | None, now: datetime, trusted: set[str]
) -> Verification:
    """Add what became of the endorsed credential, which is itself looked at, and no further."""
    from jobtwin.credential.endorsed import Endorsed, with_endorsed

    url = _endorsed_url(content)
    if url is None:
        return found
    document = rules.document_of(content)
    if found.signature.value != "valid":
        return with_endorsed(found, document, "what it endorses means nothing while it is forged")
    endorsed = _get(url, site)
    if isinstance(endorsed, Unavailable):
        return with_endorsed(found, document, f"{url} is not available: {endorsed.reason}")
    of = Endorsed(endorsed, _verify(endorsed, site, now, trusted))
    return with_endorsed(found, document, of)


def _endorsed_url(content: bytes) -> str | None:
    from jobtwin.credential.endorsed import endorsed_url

    try:
        return endorsed_url(rules.document_of(content))
    except Refused:
        return None


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
    if len(content) > (baking.MAX_PICTURE_BYTES if baking.is_picture(content) else MAX_BYTES):
        raise Refused([TOO_LARGE.at(f"{path.stat().st_size:,} bytes", source)])
    return content


def _get(url: str, site: Mirror | None) -> bytes | Unavailable:
    try:
        return get(url, site)
    except NotHad as error:
        return Unavailable(str(error))


def _issuer(content: bytes) -> str:
    try:
        document = read_jwt(content).document if is_jwt(content) else parse_object(content)
    except Refused:
        return ""
    return issuer_id(document) or ""


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
    issuer = ledger.issuer
    site = Mirror(issuer.url, mirror) if mirror else None
    said: list[str] = []
    findings = [*_compare_site(ledger, site)]
    newest = sorted(
        (ledger.issued(name)[-1].record for name in ledger.credentials() if ledger.issued(name)),
        key=lambda issued: (issued.at, issued.credential),
    )
    for issued in newest[-sample:]:
        url = f"{issuer.url}/{layout.credential(issued.credential)}/credential.json"
        found = verify_source(url, now=now, mirror=mirror, trusted=(issuer.did,))
        wanted = "revoked" if ledger.revoked(issued.credential) else "holds"
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
    """Return the steps and the four verdicts for people."""
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
    lines.append("")
    lines += [f"{name + ':':<11} {said.value:<10} {said.words}" for name, said in verdicts.items()]
    return "\n".join(lines)
