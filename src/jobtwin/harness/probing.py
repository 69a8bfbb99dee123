"""Asking the service that a learner deployed, from a job that holds no secret and runs no code.

The URL is the learner's and every byte behind it hostile: https at public addresses only, no
redirects, bounded in size and time. Whatever comes of it is an outcome, and costs nobody a grade.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from jobtwin.errors import Refused
from jobtwin.harness.contract import Answer, Outcome, ProbeReturn
from jobtwin.harness.hostile_json import Bounds, read
from jobtwin.repository.fetch import NotHad, ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.harness.contract import Files, Json, Plan, Probe, Submission
    from jobtwin.harness.run import EntryPoints

    Ask = Callable[[str, bytes | None, float, int], bytes]

TRIES, PAUSE_SECONDS = 4, 15.0
"""A service that slept is woken by being asked, and is asked again."""
READY_SECONDS = 20.0
READY_BYTES = 16 * 1024
_MOST_URL = 500
_URL_FILE = Bounds(size=16 * 1024, depth=4, values=100)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def probe_all(
    plan: Plan,
    submission: Submission,
    entry: EntryPoints,
    ask: Ask = ask,
    wait: Callable[[float], None] = time.sleep,
) -> dict[str, ProbeReturn]:
    """Return what came of each probe of a plan; whatever a learner can cause is an outcome.

    `ask` gets (URL, body or None, seconds, most bytes) and raises `NotHad`.
    """
    return {one.id: _Looking(entry, ask, wait).look(one, submission.files) for one in plan.probes}


class _Looking:
    """One deployed service being asked."""

    def __init__(self, entry: EntryPoints, ask: Ask, wait: Callable[[float], None]) -> None:
        self.entry, self.ask, self.wait = entry, ask, wait

    def look(self, probe: Probe, files: Files) -> ProbeReturn:
        """Return what the service says of itself, and its answers where it knows the nonce."""
        base = _url(files.get(probe.file, b""))
        if base is None:
            detail = f"{probe.file} names no https URL of a service"
            return ProbeReturn(Outcome.NOT_RUN, detail=detail)
        said, trouble = self._ready(f"{base}{self.entry.ready_path}", probe.nonce)
        if said is None:
            return ProbeReturn(Outcome.FAILED, detail=trouble)
        if said.get("nonce") != probe.nonce:
            return ProbeReturn(Outcome.INVALID, detail="it does not answer with the nonce")
        commit = said.get("commit")
        known = isinstance(commit, str) and _COMMIT.fullmatch(commit)
        answers = tuple(
            self._answer(f"{base}{self.entry.ask_path}", query) for query in probe.queries
        )
        return ProbeReturn(Outcome.OK, str(commit) if known else "", answers)

    def _ready(self, url: str, nonce: str) -> tuple[dict[str, Any] | None, str]:
        """Return the object at the ready path, or why there is none after some tries."""
        trouble = ""
        for number in range(TRIES):
            if number:
                self.wait(PAUSE_SECONDS)
            try:
                asked = f"{url}?{urlencode({'nonce': nonce})}"
                said = read(self.ask(asked, None, READY_SECONDS, READY_BYTES), _URL_FILE)
                if isinstance(said, dict):
                    return said, ""
                trouble = "it does not answer with a JSON object"
            except NotHad as reason:
                trouble = _shown(str(reason))
            except Refused:
                trouble = "it does not answer with a JSON object"
        return None, trouble

    def _answer(self, url: str, query: Json) -> Answer:
        body = json.dumps(query, ensure_ascii=False).encode("utf-8")
        began = time.perf_counter()
        most = self.entry.answer_bytes
        try:
            value = read(self.ask(url, body, self.entry.query_seconds, most), Bounds(size=most))
        except NotHad:
            return Answer(Outcome.FAILED)
        except Refused:
            return Answer(Outcome.INVALID)
        took = round((time.perf_counter() - began) * 1000, 3)
        valid = isinstance(value, dict)
        return Answer(Outcome.OK, value, took) if valid else Answer(Outcome.INVALID)


def _url(content: bytes) -> str | None:
    """Return the https URL that a file of the learner's names, without a slash at its end."""
    try:
        document = read(content, _URL_FILE)
        url = document.get("url") if isinstance(document, dict) else None
        if not isinstance(url, str) or len(url) > _MOST_URL or not url.isascii():
            return None
        parts = urlsplit(url)
    except (Refused, ValueError):
        return None
    plain = parts.scheme == "https" and parts.hostname and not (parts.query or parts.fragment)
    return url.rstrip("/") if plain and url.isprintable() else None


def _shown(words: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in words)[:300]
