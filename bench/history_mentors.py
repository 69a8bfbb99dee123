"""Mentors of a made-up organisation: keys from names, signatures in process, calibrated by acts.

Sealed boxes are random by nature. Here each takes its one-time key from what it holds, so that the
same history has the same bytes each time: good for a benchmark, and for nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import random
import struct
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

from jobtwin import sealing
from jobtwin.acts.calibrate import calibrate
from jobtwin.acts.calibrate.handing_out import hand_out
from jobtwin.forge.events import Account, Event
from jobtwin.harness.contract import GoldItem
from jobtwin.records.base import load, write
from jobtwin.records.calibration import GoldSet
from jobtwin.records.organisation import Mentor
from jobtwin.repository import append
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules import gold, seeds
from jobtwin.rules.signature import ROUND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jobtwin.keys import Holders
    from jobtwin.records.twin import Twin
    from jobtwin.repository.git import Git

FIRST_ACCOUNT = 500
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
ITEMS = 24
SET = "set-1"


@dataclass(frozen=True, slots=True)
class Grader:
    """A mentor with the key that signs for him."""

    record: Mentor
    number: int
    """Of his account."""
    seed: bytes

    def sign(self, content: bytes, namespace: str) -> bytes:
        """Return what `ssh-keygen -Y sign` would write (OpenSSH PROTOCOL.sshsig)."""
        from nacl.signing import SigningKey

        key, space = SigningKey(self.seed), namespace.encode("ascii")
        hashed = hashlib.sha512(content).digest()
        said = b"SSHSIG" + b"".join(map(_string, (space, b"", b"sha512", hashed)))
        signature = _string(b"ssh-ed25519") + _string(key.sign(said).signature)
        parts = (_public(self.seed), space, b"", b"sha512", signature)
        blob = b"SSHSIG" + struct.pack(">I", 1) + b"".join(map(_string, parts))
        text = base64.b64encode(blob)
        lines = [text[at : at + 70] for at in range(0, len(text), 70)]
        begin, end = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
        return b"\n".join([begin, *lines, end]) + b"\n"


def grader(number: int, subject: bytes, since: datetime) -> Grader:
    """Return a mentor; the same number gives the same key."""
    seed = hashlib.sha256(b"NOT A SECRET mentor %d" % number).digest()
    line = "ssh-ed25519 " + base64.b64encode(_public(seed)).decode("ascii")
    record = Mentor(
        format=1,
        id=f"mentor-{number}",
        name=f"Mentor {number}",
        key=line,
        since=since,
        account=seeds.subject(subject, FIRST_ACCOUNT + number),
    )
    return Grader(record, FIRST_ACCOUNT + number, seed)


@contextmanager
def steady_boxes() -> Iterator[None]:
    """Close every box with a one-time key that comes from its content."""
    with patch.object(sealing, "seal", _seal):
        yield


def calibrated(
    git: Git, holders: Holders, graders: list[Grader], twins: list[Twin], at: datetime
) -> None:
    """Let every mentor answer a gold set of every twin, by the acts."""
    for twin in twins:
        for one in graders:
            at += timedelta(minutes=7)
            account, about = Account(one.number, one.record.id), f"{one.record.id}-{twin.id}"
            asking = Event(
                f"issue_comment.created:ask-{about}", at, account, comment=f"/calibrate {twin.id}"
            )
            with Tree(git, "refs/heads/main") as tree:
                done = hand_out(asking, Ledger(tree), holders)
                gold_set = Ledger(tree).need(GoldSet, gold.set_path(twin.id, SET))
            append.add(git, done.records, done.message, at)
            content = write(gold.make_round(one.record.id, gold_set, 1, _answers(twin)))
            event = Event(f"pull_request.opened:{about}", at + timedelta(minutes=5), account)
            with Tree(git, "refs/heads/main") as tree:
                signature = one.sign(content, ROUND)
                done = calibrate(event, Ledger(tree), holders, content, signature)
            append.add(git, done.records, done.message, event.at)


def gold_sets(twins: list[Twin], public_key: bytes, at: datetime) -> dict[str, bytes]:
    """Return a gold set for each twin, whose items say nothing."""
    files: dict[str, bytes] = {}
    for twin in twins:
        files |= gold.seal(twin, SET, _items(twin), public_key, b"NOT A SECRET at all", at)
    return files


def twin_in(tree: Tree, twin_id: str) -> Twin:
    """Return a twin of a commit."""
    from jobtwin.records import layout
    from jobtwin.records.twin import Twin

    return load(Twin, tree.read(layout.twin(twin_id)) or b"", twin_id).record


def _items(twin: Twin) -> tuple[GoldItem, ...]:
    dice = random.Random(7)  # noqa: S311 - the same items each time, nothing secret
    return tuple(
        GoldItem(
            {"report.md": f"# Item {number}\n".encode()},
            {dimension.id: dice.choice(LEVELS) for dimension in twin.rubric},
            ("a defect",),
        )
        for number in range(ITEMS)
    )


def _answers(twin: Twin) -> dict[str, dict[str, float]]:
    """Return the reference with every twelfth score turned over."""
    items, scores = _items(twin), 0
    answers: dict[str, dict[str, float]] = {}
    for number, item in enumerate(items, start=1):
        answers[f"item-{number:02}"] = given = {}
        for name, score in item.scores.items():
            scores += 1
            given[name] = 1.0 - score if scores % 12 == 0 else score
    return answers


def _seal(content: bytes, public_key: bytes) -> bytes:
    from nacl.encoding import RawEncoder
    from nacl.hash import blake2b
    from nacl.public import Box, PrivateKey, PublicKey

    once = PrivateKey(hashlib.sha256(b"NOT A SECRET box" + public_key + content).digest())
    ours = bytes(once.public_key)
    nonce = blake2b(ours + public_key, digest_size=Box.NONCE_SIZE, encoder=RawEncoder)
    return ours + Box(once, PublicKey(public_key)).encrypt(content, nonce).ciphertext


def _public(seed: bytes) -> bytes:
    from nacl.signing import SigningKey

    return _string(b"ssh-ed25519") + _string(bytes(SigningKey(seed).verify_key))


def _string(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content
