"""How the running service behaved: ready, answering, refusing, telling, stopping.

All of it comes out of the learner's sandbox. What makes it worth something are the request ids:
they are ours, of this evaluation, and have to come back in the answer and in the log.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from jobtwin.errors import Refused
from jobtwin.harness.contract import Outcome
from jobtwin.harness.hostile_json import Bounds, read

from . import bars
from .planning import OPERATION, SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jobtwin.harness.contract import Files, Returned

CONTRACT = "service.json"
_CONTRACT = Bounds(size=64 * 1024, depth=8, values=2_000)
_LINE = Bounds(size=4_000, depth=6, values=200)
_ANSWER = Bounds(size=32 * 1024, depth=32, values=20_000)
_SAMPLE = re.compile(r"([A-Za-z_:][A-Za-z0-9_:]{0,199})(?:\{[^}]{0,1000}\})? ([0-9.eE+-]{1,30})")
_MOST_SAMPLES = 2_000


def judge(
    returned: Returned, files: Files, requests: Sequence[str]
) -> tuple[dict[str, float], list[str]]:
    """Return the figures of the running service, and what is wrong with it in words."""
    seen, notes = _seen(returned)
    answers = [one if isinstance(one, dict) else {} for one in _list(seen.get("answers"))]
    answers = (answers + [{}] * len(requests))[: len(requests)]
    answered = [_well(one) for one in answers]
    lines = _by_request(seen.get("lines"), requests)
    traced = [
        name in lines and one.get("id") == name and lines[name].get("status") == one.get("status")
        for name, one in zip(requests, answers, strict=True)
    ]
    enough, trouble = _examples(files)
    figures = {
        "service_starts": float(_started(returned, seen)),
        "examples_answered": _share(answered) * float(enough),
        "bad_input_refused": float(_is_refusal(seen.get("malformed"))),
        "requests_traced": _share(traced),
        "metrics_move": float(_moved(seen.get("metrics"), len(requests))),
        "stops_cleanly": float(_at_most(seen.get("stop_seconds"), bars.STOP_SECONDS)),
    }
    return figures, [*notes, *trouble, *_said(figures, seen)]


def _said(figures: Mapping[str, float], seen: Mapping[str, Any]) -> Iterable[str]:
    if not seen or not figures["service_starts"]:
        return
    if figures["examples_answered"] < 1:
        yield "Not every request made of the examples is answered by 200 and a JSON object."
    if not figures["bad_input_refused"]:
        yield "A body that is no JSON is not refused with a status from 400 to 499."
    if figures["requests_traced"] < 1:
        yield (
            f"{figures['requests_traced']:.0%} of the requests can be traced: X-Request-Id in the "
            "answer, and a log line of JSON with request_id, status and duration_ms."
        )
    if not figures["metrics_move"]:
        yield "No counter `…_total` at /metrics grew by the number of requests that were made."
    if not figures["stops_cleanly"]:
        yield f"After SIGTERM the service did not end within {bars.STOP_SECONDS} s."


def _seen(returned: Returned) -> tuple[dict[str, Any], list[str]]:
    """Return what the operator's script wrote down, and what kept it from doing so."""
    service, came = returned.services.get(SERVICE), returned.commands.get(OPERATION)
    notes = []
    if service is not None and service.detail:
        notes.append(f"The service: {service.detail}.")
    if came is None or came.outcome is not Outcome.OK or not isinstance(came.output, dict):
        notes.append(f"The service could not be operated: {came.detail if came else 'not run'}.")
        return {}, notes
    if came.output.get("ready_seconds") is None:
        notes.append(f"`make serve` gave no healthy /healthz within {bars.READY_SECONDS} s.")
    return came.output, notes


def _started(returned: Returned, seen: Mapping[str, Any]) -> bool:
    service = returned.services.get(SERVICE)
    ready = service is not None and service.outcome is Outcome.OK
    return ready and _at_most(seen.get("ready_seconds"), bars.READY_SECONDS)


def _examples(files: Files) -> tuple[bool, list[str]]:
    """Return whether service.json gives enough different requests, and what is wrong with it."""
    try:
        found = read(files.get(CONTRACT, b""), _CONTRACT)
    except Refused:
        return False, [f"{CONTRACT} is missing or no JSON."]
    asked = found.get("ask") if isinstance(found, dict) else None
    examples = _list(asked.get("examples") if isinstance(asked, dict) else None)
    if len({json.dumps(one, sort_keys=True) for one in examples}) < bars.EXAMPLES:
        return False, [f"{CONTRACT} gives under {bars.EXAMPLES} different example requests."]
    return True, []


def _well(answer: Mapping[str, Any]) -> bool:
    text = answer.get("text")
    if answer.get("status") != 200 or not isinstance(text, str):
        return False
    return isinstance(_parsed(text, _ANSWER), dict)


def _by_request(lines: Any, requests: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return request id → its log line, where one is as the contract says."""
    found: dict[str, dict[str, Any]] = {}
    for line in _list(lines)[: 4 * len(requests)]:
        said = _parsed(line, _LINE) if isinstance(line, str) else None
        if not isinstance(said, dict) or not _is_number(said.get("duration_ms")):
            continue
        if said.get("request_id") in requests:
            found[str(said["request_id"])] = said
    return found


def _moved(metrics: Any, asked: int) -> bool:
    before, after = (_counters(text) for text in [*_list(metrics), "", ""][:2])
    return any(value - before.get(name, 0.0) >= asked for name, value in after.items())


def _counters(text: Any) -> dict[str, float]:
    """Return counter → its value over all labels, of the text format that Prometheus reads."""
    found: dict[str, float] = {}
    for line in (text if isinstance(text, str) else "").splitlines()[:_MOST_SAMPLES]:
        sample = _SAMPLE.match(line)
        if sample and sample[1].endswith("_total"):
            try:
                found[sample[1]] = found.get(sample[1], 0.0) + float(sample[2])
            except ValueError:
                continue
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _parsed(text: str, bounds: Bounds) -> Any:
    try:
        return read(text.encode("utf-8"), bounds)
    except (Refused, UnicodeEncodeError):
        return None


def _is_refusal(status: Any) -> bool:
    return type(status) is int and 400 <= status < 500


def _at_most(value: Any, most: float) -> bool:
    return _is_number(value) and 0 <= value <= most


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _share(held: Sequence[bool]) -> float:
    return round(sum(held) / len(held), 4) if held else 0.0
