"""rekey: the life of the issuer's keys: one more, one that ends, one that was stolen.

Writes the four files of `keys/` that have to agree, and signs nothing: what a compromised key had
signed is due for `issue` once the change is on main. Entries gain dates; none is ever removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtwin import multikey
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.forge.founding import ISSUER_ACTS, key_files
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.organisation import ActKey, ActKeys, IssuerKeyEntry, IssuerKeys

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from jobtwin.repository.ledger import Ledger

NO_KEY = Code(
    "KEY-001",
    "the issuer has no such key",
    why="Only a key that is in keys/issuer-keys.yml can end.",
    fix="Name it by its id there, for example key-2026-1.",
)
KEY_TAKEN = Code(
    "KEY-002",
    "this key is listed already",
    why="An id names one key for ever, and a key that has ended must not come back.",
    fix="Draw a new key, and give it an id that no key has had.",
)
KEY_ENDED = Code(
    "KEY-003",
    "this key has ended already",
    why="The first date counts: what was signed is judged by it.",
    fix="Nothing is left to do here; a retired key can still be called compromised.",
)
LAST_KEY = Code(
    "KEY-004",
    "no other key could sign",
    why="Credentials and status lists would stay under a key that must not sign.",
    fix="Add a key first: jobtwin rekey add.",
)
NOT_COMMITTED = Code(
    "KEY-005",
    "the key files here are not what main has",
    why="The change would be made to other keys than those that are published.",
    fix="Take keys/ as main has it, and rekey again.",
)


def add(ledger: Ledger, key_id: str, public_key: str, at: datetime) -> dict[str, bytes]:
    """Return the files with one more key, which may sign from `at` on; raises `Refused`.

    `public_key` is its Multikey. Everything that ended before goes on as it was.
    """
    entries, acts = ledger.issuer_keys.keys, tuple(ledger.act_keys.values())
    if key_id in {key.fragment for key in entries} | {key.id for key in acts}:
        raise Refused([KEY_TAKEN.at(f"there is a key `{key_id}`", layout.ISSUER_KEYS)])
    if public_key in {key.public_key for key in entries} | {key.public_key for key in acts}:
        raise Refused([KEY_TAKEN.at(f"{public_key} has another id there", layout.ISSUER_KEYS)])
    multikey.decode(public_key)
    new = IssuerKeyEntry(fragment=key_id, public_key=public_key, since=at, test=ledger.issuer.test)
    signs = ActKey(id=key_id, acts=ISSUER_ACTS, public_key=public_key, since=at)
    return _files(ledger, (*entries, new), (*acts, signs))


def retire(ledger: Ledger, key_id: str, at: datetime) -> dict[str, bytes]:
    """Return the files with a key that signs nothing new from `at` on; raises `Refused`.

    It stays published, and what it signed goes on verifying.
    """
    entry = _entry(ledger, key_id)
    if entry.retired or entry.compromised:
        raise Refused([KEY_ENDED.at(f"key `{key_id}` has ended", layout.ISSUER_KEYS)])
    return _ended(ledger, entry.model_copy(update={"retired": at}), at)


def compromise(ledger: Ledger, key_id: str, at: datetime) -> dict[str, bytes]:
    """Return the files with a key that somebody else may have; raises `Refused`.

    It is published no more, so that everything it signed fails to verify, by whomever.
    """
    entry = _entry(ledger, key_id)
    if entry.compromised:
        raise Refused([KEY_ENDED.at(f"key `{key_id}` is compromised", layout.ISSUER_KEYS)])
    return _ended(ledger, entry.model_copy(update={"compromised": at}), at)


def put(repo: Path, ledger: Ledger, files: dict[str, bytes]) -> None:
    """Write the files into a clone's working tree; raises `Refused` where it is not as on main."""
    for path in files:
        here = repo / path
        if not here.is_file() or here.read_bytes() != ledger.tree.read(path):
            raise Refused([NOT_COMMITTED.at("it is not as on main", path)])
    for path, content in files.items():
        beside = (repo / path).with_suffix(".new")
        beside.write_bytes(content)
        beside.replace(repo / path)


def _entry(ledger: Ledger, key_id: str) -> IssuerKeyEntry:
    for key in ledger.issuer_keys.keys:
        if key.fragment == key_id:
            return key
    raise Refused([NO_KEY.at(f"there is no key {ascii(key_id)[:80]}", layout.ISSUER_KEYS)])


def _ended(ledger: Ledger, entry: IssuerKeyEntry, at: datetime) -> dict[str, bytes]:
    keys = ledger.issuer_keys.keys
    others = [key for key in keys if key.fragment != entry.fragment]
    if not any(key.retired is None and key.compromised is None for key in others):
        message = f"`{entry.fragment}` is the only key in force"
        raise Refused([LAST_KEY.at(message, layout.ISSUER_KEYS)])
    replaced = [entry if key.fragment == entry.fragment else key for key in keys]
    acts = [
        key.model_copy(update={"until": at})
        if key.id == entry.fragment and key.until is None
        else key
        for key in ledger.act_keys.values()
    ]
    return _files(ledger, replaced, acts)


def _files(
    ledger: Ledger, keys: Iterable[IssuerKeyEntry], acts: Iterable[ActKey]
) -> dict[str, bytes]:
    issuer_keys = IssuerKeys(format=1, keys=tuple(keys))
    return {
        layout.ISSUER_KEYS: write(issuer_keys),
        layout.ACT_KEYS: write(ActKeys(format=1, keys=tuple(acts))),
        **key_files(ledger.issuer, issuer_keys),
    }
