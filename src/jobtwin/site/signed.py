"""The bytes that are served as they were signed, and at which address each must stand.

Nothing here is rendered. What an address inside a signed file says is compared with where the
site serves the file, because a credential whose status cannot be found is worth nothing.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic_core import from_json

from jobtwin.credential import baking
from jobtwin.credential.did import did_web_url
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.rules.ledger import digest
from jobtwin.site.credential_page import PublishedFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from jobtwin.credential.baking import Frame
    from jobtwin.records.credential import AnyIssued
    from jobtwin.records.organisation import Issuer
    from jobtwin.records.submission import Received
    from jobtwin.repository.ledger import Ledger

PICTURES = ("badge.png", "badge.svg")


@lru_cache(maxsize=8)  # several ask of the same file one after another
def document(content: bytes) -> Mapping[str, Any]:
    """Return a file of ours as data; nobody changes it."""
    found: dict[str, Any] = from_json(content)
    return found


def key_files(ledger: Ledger) -> dict[str, bytes]:
    """Return the issuer's published keys by their path on the site; raises `EngineError`."""
    contents = {}
    served = {layout.JWKS: layout.JWKS, layout.DID: did_path(ledger.issuer)}
    for source, path in (served | {layout.ISSUER_KEYS: layout.ISSUER_KEYS}).items():
        content = ledger.tree.read(source)
        if content is None:
            raise EngineError(f"{source} is not there", "the organisation's set-up is incomplete")
        contents[path] = content
    for path in (layout.ROOT, f"{layout.ISSUER_KEYS}.sig"):
        if (content := ledger.tree.read(path)) is not None:
            contents[path] = content
    return contents | bare_keys(contents[layout.JWKS])


def bare_keys(jwks: bytes) -> dict[str, bytes]:
    """Return each key of jwks.json as a file of its own, by the path that a JWT's `kid` names."""
    return {f"keys/{key['kid']}.jwk.json": to_bytes(key) for key in json.loads(jwks)["keys"]}


def did_path(issuer: Issuer) -> str:
    """Return where below the site the DID document must stand; raises `EngineError` if outside."""
    document, site = urlsplit(did_web_url(issuer.did)), urlsplit(issuer.url)
    root = site.path.rstrip("/") + "/"
    if document.netloc != site.netloc or not document.path.startswith(root):
        place = f"{document.netloc}{document.path}"
        raise EngineError(
            f"{issuer.did} has its document at {place}, outside {issuer.url}",
            "make `did` and `url` in keys/issuer.yml name the same place",
        )
    return document.path.removeprefix(root)


def status_lists(ledger: Ledger) -> dict[str, bytes]:
    """Return the newest version of each status list by its path on the site."""
    lists = {}
    for number, version in ledger.status_lists().items():
        kept, path = layout.status_list(number, version), f"status/{number}.json"
        if (newest := ledger.tree.read(kept)) is not None:
            _check_address(newest, f"{ledger.issuer.url}/{path}", kept)
            lists[path] = newest
    return lists


def pictures(ledger: Ledger) -> dict[str, bytes]:
    """Return each twin's badge by its path on the site, where a credential says that it is."""
    found = {
        f"twins/{twin}/{name}": ledger.tree.read(f"twins/{twin}/{name}")
        for twin in ledger.twins
        for name in PICTURES
    }
    return {path: content for path, content in found.items() if content is not None}


def track_pictures(ledger: Ledger) -> dict[str, bytes]:
    """Return each track's badge by its path on the site."""
    found = {
        f"tracks/{track.id}/{name}": ledger.tree.read(f"tracks/{track.id}/{name}")
        for track in ledger.tracks
        for name in PICTURES
    }
    return {path: content for path, content in found.items() if content is not None}


def withdrawn(ledger: Ledger) -> dict[str, datetime]:
    """Return the issuer's compromised keys, by their verificationMethods, and since when."""
    did, keys = ledger.issuer.did, ledger.issuer_keys.keys
    return {f"{did}#{key.fragment}": key.compromised for key in keys if key.compromised}


def frames(drawn: Mapping[str, bytes], known: Mapping[str, Frame]) -> dict[str, Frame]:
    """Return badges as frames of credentials; those that are `known` already are not made again.

    Known ones stand by the digests of the badges.
    """
    return {
        path: known.get(digest(content)) or baking.frame(content) for path, content in drawn.items()
    }


def baked(
    folder: str, drawing: str, credential: bytes, frames: Mapping[str, Frame]
) -> dict[str, bytes]:
    """Return a badge with the credential in it, by its path on the site.

    `drawing` is the folder of the twin or track that it is drawn for.
    """
    return {
        f"{folder}/{name}": baking.bake(frames[f"{drawing}/{name}"], credential)
        for name in PICTURES
        if f"{drawing}/{name}" in frames
    }


def signed_credential(ledger: Ledger, identifier: str) -> bytes:
    """Return the credential that is served, the one issued last; raises `EngineError`."""
    folder = layout.credential(identifier)
    newest = _newest(ledger, folder)
    if newest is None:
        raise EngineError(
            f"{folder} was issued, but holds no signed credential", "run the issue act"
        )
    _check_address(newest, f"{ledger.issuer.url}/{folder}/credential.json", folder)
    return newest


def signed_jwt(ledger: Ledger, issued: AnyIssued) -> dict[str, bytes]:
    """Return the JWT form of a credential by its path on the site, if it has one.

    Raises `EngineError` when its record names one that is not there.
    """
    if issued.jwt_key is None:
        return {}
    path = layout.signed_jwt(issued.credential, issued.number)
    content = ledger.tree.read(path)
    if content is None:
        raise EngineError(f"{path} is not there", "run `jobtwin audit`")
    return {f"{layout.credential(issued.credential)}/credential.jwt": content}


def check_status(credential: bytes, issuer: Issuer, lists: Mapping[str, bytes], where: str) -> None:
    """Raise `EngineError` where a credential's status list is not one that the site serves."""
    named = document(credential)["credentialStatus"]["statusListCredential"]
    if named not in {f"{issuer.url}/{path}" for path in lists}:
        raise EngineError(f"{where} names the status list {named}, which the site does not serve")


def snapshots(
    ledger: Ledger, attempt: str, receipts: tuple[Received, ...]
) -> Iterator[tuple[PublishedFile, bytes]]:
    """Yield the graded work with its content, read from the refs that keep it.

    Raises `EngineError` where a ref is missing or keeps something else than the receipt says.
    """
    kept = [receipt.snapshot for receipt in receipts if receipt.snapshot]
    for number, snapshot in enumerate(kept, start=1):
        content = _kept(ledger, snapshot.ref)
        if digest(content) != snapshot.digest:
            raise EngineError(
                f"{snapshot.ref} is not what its receipt names", "run `jobtwin audit`"
            )
        name = "snapshot.tar" if number == 1 else f"snapshot-{number}.tar"
        path = f"evidence/{layout.shard(attempt)}/{attempt}/{name}"
        yield PublishedFile(path, snapshot.digest, len(content)), content


def has_archive(ledger: Ledger) -> bool:
    """Say whether the clone has any of the refs that keep graded work; a usual clone has none."""
    return bool(ledger.tree.git.text("for-each-ref", "--count=1", "refs/archive"))


def _kept(ledger: Ledger, ref: str) -> bytes:
    git = ledger.tree.git
    listed = git.attempt("ls-tree", "-r", "-z", ref)
    entries = listed.stdout.decode("utf-8", "replace").split("\0")
    if listed.returncode != 0 or not entries[0]:
        raise EngineError(
            f"{ref} is not in this clone", "git fetch origin 'refs/archive/*:refs/archive/*'"
        )
    return ledger.tree.blob(entries[0].split()[2])


def _newest(ledger: Ledger, folder: str) -> bytes | None:
    names = (
        name.removesuffix(".json") for name in ledger.tree.names(folder) if name[-5:] == ".json"
    )
    numbers = [int(name) for name in names if name.isdecimal()]
    return ledger.tree.read(f"{folder}/{max(numbers)}.json") if numbers else None


def _check_address(content: bytes, expected: str, where: str) -> None:
    said = document(content).get("id")
    if said != expected:
        raise EngineError(f"{where} is signed as {said}, but the site serves it at {expected}")
