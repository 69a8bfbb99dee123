"""Gold sets: pre-scored items that mentors are measured with, sealed to the job that calibrates.

Items, reference and answers are libsodium sealed boxes, so that whoever reads the repository
learns none of them. The reference is committed to by a salted hash before the first round.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import rfc8785

from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.calibration import GoldItem, GoldSet, ItemAnswer, Round
from jobtwin.rules.ledger import digest
from jobtwin.rules.scoring import rubric_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jobtwin.harness.contract import GoldItem as Scored
    from jobtwin.records.twin import Twin

MAX_ITEM_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Reference:
    """What a gold set's items are worth: item → dimension → score, and why."""

    salt: bytes
    scores: Mapping[str, Mapping[str, float]]
    defects: Mapping[str, Sequence[str]]


def public_key(secret: bytes) -> bytes:
    """Return the X25519 public key that belongs to a secret."""
    from nacl.public import PrivateKey

    return bytes(PrivateKey(secret).public_key)


def seal(
    twin: Twin,
    set_id: str,
    items: Sequence[Scored],
    gold_public_key: bytes,
    salt: bytes,
    made: datetime,
) -> dict[str, bytes]:
    """Return the files of a gold set, by their paths in the repository.

    `salt` is 16 random bytes or more. Sealing the same items again gives other bytes, the same
    commitment.
    """
    named = {f"item-{number:02}": item for number, item in enumerate(items, start=1)}
    folder = layout.gold_set(twin.id, set_id)
    sealed = {name: _seal(_artifact(item.files), gold_public_key) for name, item in named.items()}
    scores = {name: dict(item.scores) for name, item in named.items()}
    reference: dict[str, Any] = {
        "salt": salt.hex(),
        "scores": scores,
        "defects": {name: list(item.defects) for name, item in named.items()},
    }
    sealed_reference = _seal(rfc8785.dumps(reference), gold_public_key)
    record = GoldSet(
        format=1,
        id=set_id,
        twin=twin.id,
        twin_version=twin.version,
        rubric=rubric_digest(twin),
        made=made,
        items=tuple(GoldItem(id=name, digest=digest(box)) for name, box in sealed.items()),
        commitment=commitment(salt, scores),
        sealed_reference=digest(sealed_reference),
        sealed_to=gold_public_key.hex(),
    )
    files = {item_path(record, name): box for name, box in sealed.items()}
    return {f"{folder}/set.yml": write(record), reference_path(record): sealed_reference, **files}


def set_path(twin_id: str, set_id: str) -> str:
    """Return the path of a gold set's record."""
    return f"{layout.gold_set(twin_id, set_id)}/set.yml"


def reference_path(gold_set: GoldSet) -> str:
    """Return the path of a gold set's sealed reference."""
    return f"{layout.gold_set(gold_set.twin, gold_set.id)}/reference.sealed"


def item_path(gold_set: GoldSet, item: str) -> str:
    """Return the path of a sealed item."""
    return f"{layout.gold_set(gold_set.twin, gold_set.id)}/items/{item}.sealed"


def commitment(salt: bytes, scores: Mapping[str, Mapping[str, float]]) -> str:
    """Return the SHA-256 of the salt and the JCS form of the reference scores."""
    plain = {name: dict(given) for name, given in scores.items()}
    return "sha256:" + hashlib.sha256(salt + rfc8785.dumps(plain)).hexdigest()


def open_reference(gold_set: GoldSet, sealed: bytes, secret: bytes) -> Reference:
    """Return a set's reference; raises `EngineError` when it is not what was committed to."""
    data = json.loads(_open(sealed, secret, f"the reference of gold set {gold_set.id}"))
    found = Reference(bytes.fromhex(data["salt"]), data["scores"], data["defects"])
    if commitment(found.salt, found.scores) != gold_set.commitment:
        raise EngineError(
            f"the reference of gold set {gold_set.id} is not the one committed to",
            "run `jobtwin audit`; retire the set",
        )
    return found


def open_item(sealed: bytes, secret: bytes) -> dict[str, bytes]:
    """Return an item's files; raises `EngineError` when the secret does not open it."""
    decompressor = zlib.decompressobj()
    packed = decompressor.decompress(_open(sealed, secret, "a gold item"), MAX_ITEM_BYTES)
    return {path: base64.b64decode(content) for path, content in json.loads(packed).items()}


def sheet(gold_set: GoldSet, twin: Twin) -> bytes:
    """Return answers.yml with the scores left blank; refused as long as one is missing."""
    lines = [
        "# Score each item from 0 to 1 in steps of 0.05; the anchors stand in the twin's rubric.",
        "format: 1",
        "kind: answers",
        "items:",
    ]
    for item in gold_set.items:
        lines += [f"  - item: {item.id}", "    scores:"]
        lines += [f"      {dimension.id}:" for dimension in twin.rubric]
    return ("\n".join(lines) + "\n").encode("ascii")


def make_round(
    mentor: str, gold_set: GoldSet, number: int, answers: Mapping[str, Mapping[str, float]]
) -> Round:
    """Return a mentor's round with the answers (item → dimension → score) sealed in it."""
    content = json.dumps(
        [{"item": item, "scores": dict(given)} for item, given in answers.items()]
    ).encode()
    box = _seal(content, bytes.fromhex(gold_set.sealed_to))
    return Round(
        format=1,
        mentor=mentor,
        twin=gold_set.twin,
        gold_set=gold_set.id,
        number=number,
        answers=base64.b64encode(box).decode("ascii"),
    )


def open_answers(answers: str, secret: bytes) -> tuple[ItemAnswer, ...]:
    """Return the answers of a round; raises ValueError when they cannot be opened or read."""
    from nacl.exceptions import CryptoError
    from nacl.public import PrivateKey, SealedBox
    from pydantic import TypeAdapter

    try:
        content = SealedBox(PrivateKey(secret)).decrypt(base64.b64decode(answers, validate=True))
        return TypeAdapter(tuple[ItemAnswer, ...]).validate_json(content)
    except (CryptoError, binascii.Error) as error:
        raise ValueError("the answers were not sealed to this organisation's gold key") from error


def _artifact(files: Mapping[str, bytes]) -> bytes:
    data: dict[str, Any] = {
        path: base64.b64encode(content).decode("ascii") for path, content in sorted(files.items())
    }
    return zlib.compress(json.dumps(data).encode("ascii"), 9)


def _seal(content: bytes, gold_public_key: bytes) -> bytes:
    from nacl.public import PublicKey, SealedBox

    return SealedBox(PublicKey(gold_public_key)).encrypt(content)


def _open(sealed: bytes, secret: bytes, what: str) -> bytes:
    from nacl.exceptions import CryptoError
    from nacl.public import PrivateKey, SealedBox

    try:
        return SealedBox(PrivateKey(secret)).decrypt(sealed)
    except (CryptoError, ValueError) as error:
        raise EngineError(
            f"the gold secret does not open {what}", "use the secret it was sealed to"
        ) from error
