"""Founding an organisation: its keys, its secrets, and the files that say what applies in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jobtwin import multikey
from jobtwin.credential.keys import SeedSigner
from jobtwin.errors import EngineError
from jobtwin.keys import FILES, Holders
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.organisation import (
    ActKey,
    ActKeys,
    Cohort,
    Issuer,
    IssuerKeyEntry,
    IssuerKeys,
    Window,
)
from jobtwin.rules import seeds
from jobtwin.sealing import public_half

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobtwin.records.organisation import Act

CLOCK_ACTS: tuple[Act, ...] = ("start", "receive", "evaluate", "sweep", "appeal")
DESK_ACTS: tuple[Act, ...] = ("claim", "review", "decide", "calibrate", "attest")
ISSUER_ACTS: tuple[Act, ...] = ("issue", "revoke")


@dataclass(frozen=True, slots=True)
class Organisation:
    """What a new organisation begins with."""

    files: dict[str, bytes]
    """For its first commit."""
    holders: Holders
    """Its secrets: each goes to the job that needs it, and never into the repository."""
    gold_public: bytes
    """X25519 public key that gold sets and answers are sealed to."""


def found(
    issuer: Issuer, cohort: Cohort, at: datetime, entropy: Callable[[str], bytes]
) -> Organisation:
    """Return a new organisation's files and secrets.

    `entropy` returns 32 bytes for a name: from the operating system in earnest, from a fixed seed
    in tests. The cohort's `secret_commitment` and `sealed_to` are filled in.
    """
    from nacl.public import PrivateKey

    year = at.astimezone(UTC).year
    names = {"clock": f"clock-{year}-1", "desk": f"desk-{year}-1", "issuer": f"key-{year}-1"}
    signers = {name: SeedSigner(key, entropy(name)) for name, key in names.items()}
    gold = PrivateKey(entropy("gold"))
    cohort_secret = entropy(f"cohort {cohort.id}")
    secrets = {name: f"{key}:{entropy(name).hex()}" for name, key in names.items()}
    secrets["subject"] = entropy("subject").hex()
    secrets["cohorts"] = f"{cohort.id}:{cohort_secret.hex()}"
    secrets["gold"] = bytes(gold).hex()
    cohort_key = entropy(f"cohort key {cohort.id}")
    secrets["cohort_keys"] = f"{cohort.id}:{cohort_key.hex()}"
    committed = cohort.model_copy(
        update={
            "secret_commitment": seeds.commitment(cohort_secret),
            "sealed_to": public_half(cohort_key).hex(),
        }
    )
    files = {
        layout.ISSUER: write(issuer),
        layout.cohort(cohort.id): write(committed),
        layout.ACT_KEYS: write(_act_keys(signers, at)),
    }
    keys = IssuerKeys(format=1, keys=(_issuer_key(signers["issuer"], at, issuer.test),))
    files[layout.ISSUER_KEYS] = write(keys)
    files |= key_files(issuer, keys)
    return Organisation(files, Holders(secrets), bytes(gold.public_key))


def key_files(issuer: Issuer, keys: IssuerKeys) -> dict[str, bytes]:
    """Return keys/jwks.json and keys/did.json; both hold the same keys."""
    from jobtwin.credential import key_history

    return key_history.key_files(issuer.did, keys)


def _act_keys(signers: dict[str, SeedSigner], at: datetime) -> ActKeys:
    acts = {"clock": CLOCK_ACTS, "desk": DESK_ACTS, "issuer": ISSUER_ACTS}
    return ActKeys(
        format=1,
        keys=tuple(
            ActKey(
                id=signer.key_id,
                acts=acts[name],
                public_key=multikey.encode(signer.public_key),
                since=at,
            )
            for name, signer in signers.items()
        ),
    )


def _issuer_key(signer: SeedSigner, at: datetime, test: bool) -> IssuerKeyEntry:
    key = multikey.encode(signer.public_key)
    return IssuerKeyEntry(fragment=signer.key_id, public_key=key, since=at, test=test)


def write_secrets(holders: Holders, folder: Path) -> tuple[str, ...]:
    """Write each secret to a file of its own that only its owner can read; return the new ones.

    Nothing is overwritten: a file that says the same is left, and one that says more of the same
    kind (another cohort's secret) is added to. Raises `EngineError` for a file that says otherwise.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = []
    for name, value in holders.secrets.items():
        path, content = folder / FILES[name], f"{value}\n"
        there = path.read_text("ascii") if path.is_file() else ""
        if there == content:
            continue
        if not content.startswith(there.rstrip("\n") + "," if there else ""):
            raise EngineError(f"{path} holds another secret already", "name another folder")
        _write_privately(path, content)
        written.append(FILES[name])
    return tuple(written)


def _write_privately(path: Path, content: str) -> None:
    # Written beside and renamed: never a moment with half a secret, or one that others can read.
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(content)
    beside.replace(path)


def windows(days: int, twins: tuple[str, ...]) -> tuple[Window, ...]:
    """Return the same window for each of several twins."""
    return tuple(Window(twin=twin, days=days) for twin in twins)
