"""Seeded faults in a service's answers: what an evaluation must notice to be worth anything.

Pure: an answer goes in, and the answer that somebody gets instead comes out. They know nothing of
what a service is for, so that they fit any that answers with JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtwin.errors import Refused
from jobtwin.harness.hostile_json import Bounds, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jobtwin.harness.contract import Fault, Json

_MOST_SAID = 2_000
"""Signs that are echoed: an answer may hold thousands of texts."""
_READABLE = Bounds(size=1024 * 1024, depth=32, values=20_000)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes over the wire."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def well(self) -> bool:
        """Whether the service means it as an answer, and not as a refusal."""
        return 200 <= self.status < 300


@dataclass(slots=True)
class Seeded:
    """One fault at work on the answers of one service, in their order."""

    fault: Fault
    asked: int = 0
    changed: int = 0
    first: Reply | None = None
    before: Reply | None = None

    def __post_init__(self) -> None:
        """Refuse a fault that is none."""
        if self.fault.kind not in KINDS:
            raise ValueError(f"there is no fault {self.fault.kind!r}")

    def spoil(self, request: bytes, reply: Reply) -> tuple[Reply, bool]:
        """Return what is answered instead of `reply`, and whether this one is chosen to be."""
        number, self.asked = self.asked, self.asked + 1
        if reply.well and self.first is None:
            self.first = reply
        before, self.before = self.before, reply
        if number % self.fault.one_in or self.changed >= self.fault.most:
            return reply, False
        self.changed += 1
        return KINDS[self.fault.kind](_Moment(request, reply, before, self.first)), True


@dataclass(frozen=True, slots=True)
class _Moment:
    """What a fault may draw on."""

    request: bytes
    reply: Reply
    before: Reply | None
    first: Reply | None


def _constant(moment: _Moment) -> Reply:
    return moment.first or moment.reply


def _swapped(moment: _Moment) -> Reply:
    return moment.before or moment.reply


def _emptied(moment: _Moment) -> Reply:
    return _each_text(moment.reply, lambda _: "")


def _echoed(moment: _Moment) -> Reply:
    said = max(_texts(_json(moment.request)), key=len, default="")[:_MOST_SAID]
    return _each_text(moment.reply, lambda _: said)


def _wrong_type(moment: _Moment) -> Reply:
    return _each_text(moment.reply, lambda text: [len(text)])


def _truncated(moment: _Moment) -> Reply:
    return replace(moment.reply, body=moment.reply.body[: len(moment.reply.body) // 2])


def _failing(moment: _Moment) -> Reply:
    return Reply(503, (("Content-Type", "application/json"),), b'{"error": "overloaded"}')


def _slow(moment: _Moment) -> Reply:
    return moment.reply


KINDS: Mapping[str, Callable[[_Moment], Reply]] = {
    "constant": _constant,
    "swapped": _swapped,
    "emptied": _emptied,
    "echoed": _echoed,
    "wrong_type": _wrong_type,
    "truncated": _truncated,
    "failing": _failing,
    "slow": _slow,
}
"""Every answer the first one; the answer to the request before; without text; with the request's
own text; lists where text was; half of it; an error of the server; late."""


def _each_text(reply: Reply, made: Callable[[str], Json]) -> Reply:
    """Return the reply with every text of its JSON made anew; what is no JSON is one text."""
    value = _json(reply.body)
    if value is None:
        said = reply.body.decode("utf-8", "replace")
        return replace(reply, body=json.dumps(made(said)).encode())
    return replace(reply, body=json.dumps(_mapped(value, made), ensure_ascii=False).encode())


def _mapped(value: Json, made: Callable[[str], Json]) -> Json:
    """Return the value with its texts made anew; `read` has bounded how deep it is."""
    if isinstance(value, str):
        return made(value)
    if isinstance(value, dict):
        return {key: _mapped(inner, made) for key, inner in value.items()}
    return [_mapped(inner, made) for inner in value] if isinstance(value, list) else value


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _json(body: bytes) -> Json:
    """Return the JSON of a body, or None: also for one that is too much to be an answer."""
    try:
        return read(body, _READABLE)
    except Refused:
        return None
