"""Gold sets: pre-scored items that mentors are measured with, sealed until they are retired.

Items, reference and answers are libsodium sealed boxes, so that whoever reads the repository
learns none of them. Each set has two keys of its own, one for items and one for reference and
answers; both lie sealed in the set, and are published when it is retired. The reference is
committed to by a salted hash before the first round.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import rfc8785

from jobtwin import sealing
from jobtwin.errors import EngineError
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.calibration import GoldItem, GoldSet, ItemAnswer, Round, SealedAnswers
from jobtwin.rules.ledger import digest
from jobtwin.rules.scoring import rubric_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jobtwin.records.calibration import Retired
    from jobtwin.records.twin import Twin

MAX_ITEM_BYTES = 64 << 20
SECRET_BYTES = 32


class Scored(Protocol):
    """A pre-scored item, whoever made it."""

    @property
    def files(self) -> Mapping[str, bytes]:
        """What the mentor sees."""

    @property
    def scores(self) -> Mapping[str, float]:
        """Dimension → reference score."""

    @property
    def defects(self) -> Sequence[str]:
        """What is wrong with it, in words."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The two X25519 secrets of a gold set, 32 bytes each."""

    items: bytes
    answers: bytes


@dataclass(frozen=True, slots=True)
class Reference:
    """What a gold set's items are worth: item → dimension → score, and why."""

    salt: bytes
    scores: Mapping[str, Mapping[str, float]]
    defects: Mapping[str, Sequence[str]]
    artifacts: Mapping[str, str]
    """Item → digest of its files, by which the same item in another set is known again."""


def public_key(secret: bytes) -> bytes:
    """Return the X25519 public key that belongs to a secret."""
    return sealing.public_half(secret)


def seal(
    twin: Twin,
    set_id: str,
    items: Sequence[Scored],
    gold_public_key: bytes,
    entropy: bytes,
    made: datetime,
    use: Literal["rounds", "queue"] = "rounds",
) -> dict[str, bytes]:
    """Return the files of a gold set, by their paths in the repository.

    `entropy` is 16 secret random bytes or more; salt and the set's keys come from it. Sealing the
    same items again gives other bytes, the same keys and the same commitment.
    """
    named = {f"item-{number:02}": item for number, item in enumerate(items, start=1)}
    secrets = _secrets(entropy, twin.id, set_id)
    artifacts = {name: _artifact(item.files) for name, item in named.items()}
    items_key, answers_key = public_key(secrets.items), public_key(secrets.answers)
    sealed = {name: sealing.seal(content, items_key) for name, content in artifacts.items()}
    salt = _derived(entropy, "salt", twin.id, set_id)
    reference = Reference(
        salt=salt,
        scores={name: dict(item.scores) for name, item in named.items()},
        defects={name: tuple(item.defects) for name, item in named.items()},
        artifacts={name: identity(item.files) for name, item in named.items()},
    )
    box = sealing.seal(rfc8785.dumps({"salt": salt.hex(), **_plain(reference)}), answers_key)
    record = GoldSet(
        format=1,
        id=set_id,
        twin=twin.id,
        twin_version=twin.version,
        rubric=rubric_digest(twin),
        made=made,
        use=use,
        items=tuple(GoldItem(id=name, digest=digest(box)) for name, box in sealed.items()),
        items_key=items_key.hex(),
        answers_key=answers_key.hex(),
        secrets=_text(sealing.seal(secrets.items + secrets.answers, gold_public_key)),
        sealed_to=gold_public_key.hex(),
        commitment=commitment(reference),
        sealed_reference=digest(box),
    )
    files = {item_path(record, name): content for name, content in sealed.items()}
    return {
        set_path(twin.id, set_id): write(record),
        reference_path(record): box,
        **files,
    }


def set_path(twin_id: str, set_id: str) -> str:
    """Return the path of a gold set's record."""
    return f"{layout.gold_set(twin_id, set_id)}/set.yml"


def reference_path(gold_set: GoldSet) -> str:
    """Return the path of a gold set's sealed reference."""
    return f"{layout.gold_set(gold_set.twin, gold_set.id)}/reference.sealed"


def item_path(gold_set: GoldSet, item: str) -> str:
    """Return the path of a sealed item."""
    return f"{layout.gold_set(gold_set.twin, gold_set.id)}/items/{item}.sealed"


def commitment(reference: Reference) -> str:
    """Return the SHA-256 of the salt and the JCS form of scores, defects and artifacts."""
    content = reference.salt + rfc8785.dumps(_plain(reference))
    return "sha256:" + hashlib.sha256(content).hexdigest()


def secrets_of(gold_set: GoldSet, secret: bytes) -> Secrets:
    """Return a set's own secrets, opened with the gold secret; raises `EngineError`."""
    try:
        both = sealing.unseal(base64.b64decode(gold_set.secrets), secret)
    except ValueError as error:
        raise _closed(f"gold set {gold_set.id}") from error
    return _belonging(gold_set, Secrets(both[:SECRET_BYTES], both[SECRET_BYTES:]))


def published(gold_set: GoldSet, retired: Retired) -> Secrets:
    """Return the secrets that a retirement published; raises `EngineError` for others."""
    items, answers = bytes.fromhex(retired.items_secret), bytes.fromhex(retired.answers_secret)
    return _belonging(gold_set, Secrets(items, answers))


def _belonging(gold_set: GoldSet, secrets: Secrets) -> Secrets:
    keys = (gold_set.items_key, gold_set.answers_key)
    if tuple(public_key(half).hex() for half in (secrets.items, secrets.answers)) != keys:
        raise EngineError(
            f"the secrets of gold set {gold_set.id} do not belong to its keys",
            "run `jobtwin audit`; retire the set",
        )
    return secrets


def open_reference(gold_set: GoldSet, sealed: bytes, answers_secret: bytes) -> Reference:
    """Return a set's reference; raises `EngineError` when it is not what was committed to."""
    try:
        data = json.loads(sealing.unseal(sealed, answers_secret))
        salt = bytes.fromhex(data["salt"])
        found = Reference(salt, data["scores"], data["defects"], data["artifacts"])
        right = commitment(found) == gold_set.commitment
    except (ValueError, TypeError, KeyError) as error:
        raise _closed(f"the reference of gold set {gold_set.id}") from error
    if not right:
        raise EngineError(
            f"the reference of gold set {gold_set.id} is not the one committed to",
            "run `jobtwin audit`; retire the set",
        )
    return found


def open_item(sealed: bytes, items_secret: bytes) -> dict[str, bytes]:
    """Return an item's files; raises `EngineError` when the secret does not open it."""
    try:
        packed = sealing.unseal(sealed, items_secret)
    except ValueError as error:
        raise _closed("a gold item") from error
    try:
        content = zlib.decompressobj().decompress(packed, MAX_ITEM_BYTES)
        return {path: base64.b64decode(text) for path, text in json.loads(content).items()}
    except (zlib.error, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise EngineError("a gold item holds no files", "retire the set") from error


def identity(files: Mapping[str, bytes]) -> str:
    """Return the digest by which an item is known again, whatever set and name it has."""
    return digest(_packed(files))


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
    content = SealedAnswers(
        mentor=mentor,
        twin=gold_set.twin,
        gold_set=gold_set.id,
        number=number,
        items=tuple(ItemAnswer(item=item, scores=dict(given)) for item, given in answers.items()),
    )
    box = sealing.seal(content.model_dump_json().encode(), bytes.fromhex(gold_set.answers_key))
    return Round(
        format=1,
        mentor=mentor,
        twin=gold_set.twin,
        gold_set=gold_set.id,
        number=number,
        answers=_text(box),
    )


def open_answers(given: Round, answers_secret: bytes) -> SealedAnswers:
    """Return what a round's box holds; raises ValueError when it cannot be opened or read."""
    try:
        content = sealing.unseal(base64.b64decode(given.answers, validate=True), answers_secret)
    except (ValueError, binascii.Error) as error:
        raise ValueError("the answers were not sealed to this set's key") from error
    return SealedAnswers.model_validate_json(content)


def names_itself(given: Round, opened: SealedAnswers) -> bool:
    """Say whether a box was made for the round that it lies in: a copied one is not."""
    named = (opened.mentor, opened.twin, opened.gold_set, opened.number)
    return named == (given.mentor, given.twin, given.gold_set, given.number)


def _secrets(entropy: bytes, twin: str, set_id: str) -> Secrets:
    return Secrets(
        _derived(entropy, "items", twin, set_id), _derived(entropy, "answers", twin, set_id)
    )


def _derived(entropy: bytes, what: str, twin: str, set_id: str) -> bytes:
    label = f"jobtwin gold set v1|{what}|{twin}|{set_id}".encode()
    return hmac.digest(entropy, label, "sha256")


def _plain(reference: Reference) -> dict[str, Any]:
    return {
        "scores": {name: dict(given) for name, given in reference.scores.items()},
        "defects": {name: list(found) for name, found in reference.defects.items()},
        "artifacts": dict(reference.artifacts),
    }


def _packed(files: Mapping[str, bytes]) -> bytes:
    data = {path: _text(content) for path, content in sorted(files.items())}
    return json.dumps(data).encode("ascii")


def _artifact(files: Mapping[str, bytes]) -> bytes:
    return zlib.compress(_packed(files), 9)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _closed(what: str) -> EngineError:
    return EngineError(f"the gold secret does not open {what}", "use the secret it was sealed to")
