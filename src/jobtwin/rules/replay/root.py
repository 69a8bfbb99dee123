"""What the root key vouches for: the issuer's keys at each commit, and the root that follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.records import layout
from jobtwin.rules.signature import ISSUER_KEYS, ROOT, check_signature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobtwin.findings import Finding
    from jobtwin.records.root import Root

KEYS_NOT_VOUCHED = Code(
    "AUD-016",
    "the root key does not vouch for the issuer's keys",
    why="Whoever can write to the repository could add a key of his own and have it published; the "
    "root key is not there to be used.",
    fix="Look at what changed in keys/issuer-keys.yml. If it is yours, sign it with the root key "
    "(docs/how-to/rekey.md) and commit the signature together with it.",
)
ROOT_REPLACED = Code(
    "AUD-017",
    "the root key was removed, or replaced without its own signature",
    why="Whoever replaces it vouches for any key from then on.",
    fix="Take keys/root.yml from the commit before; a root that follows is signed by the one "
    "before it (docs/how-to/rekey.md).",
)


def check_keys(root: Root, keys: bytes, signature: bytes) -> Iterator[Finding]:
    """Yield why the root does not vouch for keys/issuer-keys.yml as it is."""
    path = f"{layout.ISSUER_KEYS}.sig"
    for finding in check_signature(keys, signature, root.key, ISSUER_KEYS, path):
        yield KEYS_NOT_VOUCHED.at(finding.message, path)


def check_root(old: Root, new: Root | None, content: bytes, signature: bytes) -> Iterator[Finding]:
    """Yield why `new` may not follow `old`; `content` is its file, and `signature` over that."""
    if new is None:
        yield ROOT_REPLACED.at("it was removed, or cannot be read", layout.ROOT)
    elif new.key != old.key:
        for finding in check_signature(content, signature, old.key, ROOT, layout.ROOT):
            yield ROOT_REPLACED.at(finding.message, layout.ROOT)
