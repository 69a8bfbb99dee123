"""The questions of a history answered ahead by other processes, window by window, in order.

Which key a file is signed with is guessed from the last commit. A wrong guess costs time only: the
replay asks by the keys of that moment, and what was not answered ahead it finds out by itself.
"""

from __future__ import annotations

import multiprocessing
import re
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobtwin import multikey
from jobtwin.acts.audit.answers import (
    is_jwt_of_file,
    proof_findings,
    signature_findings,
    signed_file,
)
from jobtwin.credential.achievement import jwk_url
from jobtwin.errors import EngineError, JobtwinError
from jobtwin.records.base import as_json, read
from jobtwin.repository import history
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules.ledger import digest, is_signed
from jobtwin.rules.replay import places
from jobtwin.rules.replay.files import is_record
from jobtwin.rules.signature import REVIEW, ROUND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from jobtwin.acts.audit.answers import Answers
    from jobtwin.acts.audit.sharding import Shard
    from jobtwin.repository.git import Git
    from jobtwin.repository.history import Commit, Objects
    from jobtwin.rules.replay.files import FileChange

_IN_FLIGHT = 3
"""Windows for each worker that are under way or wait to be taken: what bounds the memory."""
_SIGNED = re.compile(
    r"credentials/(?:[0-9a-f]{2}/[0-9a-f]{32}|status(?:/[0-9]+){2})/[a-z0-9-]+\.json"
)
_METHOD = re.compile(rb'"verificationMethod": "([^"]{1,300})"')
_MENTOR = re.compile(rb"^mentor: \W?([a-z0-9-]{1,80})\b", re.MULTILINE)

Names = list[tuple[str, str]]
"""Path and object id of each file that a commit adds."""
Window = tuple[dict[str, bytes | None], dict[tuple[Any, ...], Any]]
"""Object id → content, and question → answer."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The public keys that files are probably signed with."""

    acts: Mapping[str, str] = field(default_factory=dict)
    mentors: Mapping[str, str] = field(default_factory=dict)
    issuer: Mapping[str, tuple[bytes, str]] = field(default_factory=dict)
    """Verification method → key and where its JWK is published."""


@dataclass(frozen=True, slots=True)
class Guess:
    """How many processes answer, by which keys, and of which part what is about one file alone."""

    workers: int
    keys: Keys
    shard: Shard


def keys_at(git: Git, commit: str) -> Keys:
    """Return the keys of a commit; none where they cannot be read."""
    try:
        with Tree(git, commit) as tree:
            ledger = Ledger(tree)
            issuer = ledger.issuer
            decoded = {k.fragment: multikey.decode(k.public_key) for k in ledger.issuer_keys.keys}
            return Keys(
                acts={key.id: key.public_key for key in ledger.act_keys.values()},
                mentors={mentor.id: mentor.key for mentor in ledger.mentors},
                issuer={
                    f"{issuer.did}#{name}": (key, jwk_url(issuer, key))
                    for name, key in decoded.items()
                },
            )
    except (JobtwinError, ValueError):
        return Keys()


def answered(
    git: Git,
    walked: Iterator[Commit],
    objects: Objects,
    answers: Answers,
    guess: Guess,
) -> Iterator[Commit]:
    """Yield commits with the files that they added at hand, and what they say answered.

    Raises `EngineError` when one of the processes dies.
    """
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(guess.workers, context, _begin, (git, guess)) as pool:
        under_way: deque[tuple[list[Commit], Future[Window]]] = deque()
        try:
            for window in history.windows(walked, is_wanted):
                names = [[(c.path, c.blob) for c in one.changes if is_wanted(c)] for one in window]
                under_way.append((window, pool.submit(_answer, names)))
                if len(under_way) > _IN_FLIGHT * guess.workers:
                    yield from _taken(under_way.popleft(), objects, answers)
            while under_way:
                yield from _taken(under_way.popleft(), objects, answers)
        except BrokenProcessPool as error:
            raise EngineError("a worker process died", "audit with `--workers 1`") from error


def _taken(
    item: tuple[list[Commit], Future[Window]], objects: Objects, answers: Answers
) -> Iterator[Commit]:
    window, future = item
    contents, known = future.result()
    objects.give(contents)
    answers.learn(known)
    yield from window


class _Here:
    """What a worker process has of its own."""

    objects: Objects
    guess: Guess


def _begin(git: Git, guess: Guess) -> None:
    _Here.objects, _Here.guess = history.Objects(git), guess


def _answer(window: Sequence[Names]) -> Window:
    """Read the files of some commits, and answer what will be asked about them."""
    objects, known = _Here.objects, dict[tuple[Any, ...], Any]()
    objects.expect([blob for names in window for _, blob in names])
    contents = {blob: objects.blob(blob) for names in window for _, blob in names}
    for names in window:
        files = {path: content for path, blob in names if (content := contents[blob]) is not None}
        for path, content in files.items():
            try:
                known |= dict(foreseen(path, content, files, _Here.guess))
            except Exception:  # noqa: BLE001, S112 - the replay meets it again, and says it
                continue
    return contents, known


def foreseen(
    path: str, content: bytes, files: Mapping[str, bytes], guess: Guess
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield what will be asked about a file, with the answer; raises anything on a strange one.

    `files` are those of its commit.
    """
    keys = guess.keys
    yield (digest, content), (hashed := digest(content))
    text = None
    if (model := places.model_at(path)) or f"{path}.sig" in files:
        yield (as_json, content), (text := as_json(content))
    if not guess.shard.has(path):
        return
    if model:
        record = read(model, content, path, lambda _: text)
        if key := keys.acts.get(record.key):
            yield (is_signed, hashed, key), is_signed(record, key)
    elif _SIGNED.fullmatch(path):
        yield from _of_signed(path, content, files, keys)
    elif (signature := files.get(f"{path}.sig")) and (found := _MENTOR.search(content)):
        namespace = ROUND if path.startswith("calibration/") else REVIEW
        asked = (content, signature, keys.mentors[found[1].decode()], namespace)
        yield (signature_findings, *asked), signature_findings(*asked)


def _of_signed(
    path: str, content: bytes, files: Mapping[str, bytes], keys: Keys
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield (signed_file, content), signed_file(content)
    found = _METHOD.findall(content)
    key, kid = keys.issuer.get(found[-1].decode() if found else "", (None, ""))
    if key is None:
        return
    yield (proof_findings, content, key), proof_findings(content, key)
    token = files.get(path.removesuffix(".json") + ".jwt")
    if token is not None:
        yield (is_jwt_of_file, token, content, kid, key), is_jwt_of_file(token, content, kid, key)


def is_wanted(change: FileChange) -> bool:
    """Say whether the content of a change is read: whatever is added to the records."""
    return change.is_added and is_record(change.path)
