"""The verdict: what came back against what the oracle expects. Everything that came is hostile."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobtwin.errors import Refused
from jobtwin.harness import hostile_json
from jobtwin.harness.contract import (
    Answer,
    Json,
    Outcome,
    Receipt,
    Returned,
    Score,
    Seeds,
    ServiceReturn,
    Submission,
)
from jobtwin.records.report import Plot

from . import communication, monitoring, plots, postmortem
from .incident import CLASSES, Incident, draw_incident
from .oracle import Oracle, Reply
from .planning import ids_of, unseen
from .queries import Request, hidden

JUDGED = ("status", "reason", "facts", "citation")
SLOWEST_MS = 60_000.0
"""What `latency_p95_ms` says when there is no answer to measure."""
SMOKE_MS = 2_000.0
TEST_STATUS = {"untouched": 1, "own": 0, "reference": 0, "special-case": 1}
"""Variant → exit status that a good regression test ends with."""


@dataclass(slots=True)
class Sheet:
    """Metrics, notes and plots as they are found."""

    metrics: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)


def score_all(seeds: Seeds, returned: Returned, submission: Submission) -> Score:
    """Return every metric, finite, and a sentence for each thing that failed."""
    incident, ids, sheet = draw_incident(seeds.kit), ids_of(seeds), Sheet()
    services = {role: _service(returned, ids[role]) for role in ids}
    _judge_answers(sheet, seeds, incident, services["graded"])
    _judge_tests(sheet, returned, ids)
    _judge_repro(sheet, incident, services, submission)
    _judge_monitoring(sheet, seeds, incident, submission)
    _judge_writing(sheet, incident, submission)
    return Score(dict(sorted(sheet.metrics.items())), tuple(sheet.notes), tuple(sheet.plots))


def _service(returned: Returned, role_id: str) -> ServiceReturn:
    found = returned.services.get(role_id)
    return found if found is not None else ServiceReturn(Outcome.NOT_RUN)


def _judge_answers(sheet: Sheet, seeds: Seeds, incident: Incident, service: ServiceReturn) -> None:
    world = unseen(seeds)
    right, faulty = Oracle(world, incident.sound), Oracle(world, incident.faulty)
    missed: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    asked: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for number, query in enumerate(hidden(world, seeds.graded)):
        expected = right.reply(query)
        to_mend, kind = expected != faulty.reply(query), _kind(query)
        asked[to_mend][kind] += 1
        if not _says(_answer(service, number), expected):
            missed[to_mend][kind] += 1
    times = _plain([answer.milliseconds for answer in service.answers if _ok(answer)])
    slow = _p95(times)
    asked[False]["latency"] += 1
    missed[False]["latency"] += slow > SMOKE_MS
    sheet.metrics["fail_to_pass"] = _share(missed[True], asked[True])
    sheet.metrics["pass_to_pass"] = _share(missed[False], asked[False])
    sheet.metrics["latency_p95_ms"] = slow
    if service.outcome is not Outcome.OK:
        sheet.notes.append(f"Your service on the unseen pharmacy: {service.outcome.value}.")
    _note_missed(sheet, "of this incident are still answered wrongly", missed[True], asked[True])
    _note_missed(sheet, "were right before and are not now", missed[False], asked[False])
    sheet.plots += [
        plots.of_answers("Mended answers", plots.MENDED, missed[True], asked[True]),
        plots.of_answers("Answers left alone", plots.LEFT_ALONE, missed[False], asked[False]),
        *plots.of_times(times, SMOKE_MS),
    ]


def _kind(query: Request) -> str:
    return str(query.get("ask") or "free question")


def _answer(service: ServiceReturn, number: int) -> Any:
    if number >= len(service.answers) or not _ok(service.answers[number]):
        return None
    return service.answers[number].body


def _ok(answer: Answer) -> bool:
    return answer.outcome is Outcome.OK


def _says(body: Any, expected: Reply) -> bool:
    return isinstance(body, dict) and all(same(body.get(key), expected[key]) for key in JUDGED)


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values agree; 1 and 1.0 do, 1 and true do not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(same(left, right) for left, right in pairs)
    return bool(one == other)


def _share(missed: Counter[str], asked: Counter[str]) -> float:
    return 1.0 - missed.total() / asked.total() if asked.total() else 0.0


def _plain(times: Sequence[Any]) -> list[float]:
    """Return what can be a time, the shortest first."""
    known = (float(t) for t in times if isinstance(t, int | float) and math.isfinite(t))
    return sorted(min(max(time, 0.0), SLOWEST_MS) for time in known)


def _p95(times: Sequence[float]) -> float:
    return times[(len(times) * 95 + 99) // 100 - 1] if times else SLOWEST_MS


def _note_missed(sheet: Sheet, words: str, missed: Counter[str], asked: Counter[str]) -> None:
    if missed.total():
        kinds = ", ".join(
            f"{kind} {count} of {asked[kind]}" for kind, count in sorted(missed.items()) if count
        )
        sheet.notes.append(f"Hidden questions that {words}: {kinds}.")


def _judge_tests(sheet: Sheet, returned: Returned, ids: Mapping[str, str]) -> None:
    said = {
        "untouched": "the release of the incident",
        "own": "your own service",
        "reference": "a reference fix",
        "special-case": "a fix of the reported examples only",
    }
    ended_right: dict[str, bool] = {}
    for role, wanted in TEST_STATUS.items():
        run = returned.tests.get(ids[role])
        status = run.exit_status if run is not None else None
        ended_right[role] = type(status) is int and status == wanted
        if not ended_right[role]:
            ended = (
                f"ended with status {status}" if type(status) is int else "did not end by itself"
            )
            verb = "fail (status 1)" if wanted else "pass (status 0)"
            sheet.notes.append(f"The regression test must {verb} on {said[role]}; it {ended}.")
    sheet.metrics["regression_test"] = sum(ended_right.values()) / len(TEST_STATUS)
    sheet.plots.append(plots.of_tests(ended_right))


def _judge_repro(
    sheet: Sheet,
    incident: Incident,
    services: Mapping[str, ServiceReturn],
    submission: Submission,
) -> None:
    path = "repro.json"
    content = submission.inbox.get(path, b"")
    trouble = _repro_trouble(content, incident, services)
    sheet.metrics["repro"] = 0.0 if trouble else 1.0
    receipt = communication.arrival(path, content, submission.receipts)
    valid = not trouble and receipt is not None
    sheet.metrics["repro_minutes"] = (
        _finite(receipt) if valid and receipt else communication.UNKNOWN
    )
    if trouble:
        sheet.notes.append(f"Repro: {trouble}.")


def _repro_trouble(
    content: bytes, incident: Incident, services: Mapping[str, ServiceReturn]
) -> str:
    """Return what is wrong with the repro, or an empty string."""
    try:
        repro = hostile_json.read(content, path="repro.json")
    except Refused:
        return "inbox/repro.json is missing or not JSON"
    if trouble := _form_trouble(repro):
        return trouble
    if not _matches(services["untouched"].learner_answer, repro["got"]):
        return "sent to the release of the incident, `call` does not give `got`"
    if not _matches(services["reference"].learner_answer, repro["expected"]):
        return "sent to a reference fix, `call` does not give `expected`"
    return "" if repro["class"] == incident.kind else "the class is another one"


def _form_trouble(repro: Json) -> str:
    if not isinstance(repro, dict) or repro.get("class") not in CLASSES:
        return "`class` is not one of the published classes"
    claims: list[Json] = [repro.get("got"), repro.get("expected")]
    for claim in claims:
        if not isinstance(claim, dict) or not isinstance(claim.get("status"), str):
            return "`got` and `expected` must be objects with a `status` and what else matters"
    got, expected = ({key: claim[key] for key in JUDGED if key in claim} for claim in claims)
    if all(same(got[key], expected[key]) for key in got.keys() & expected.keys()):
        return "`got` and `expected` do not differ"
    return ""


def _matches(answer: Answer | None, claimed: Mapping[str, Any]) -> bool:
    if answer is None or not _ok(answer) or not isinstance(answer.body, dict):
        return False
    return all(same(answer.body.get(k), claimed[k]) for k in JUDGED if k in claimed)


def _judge_monitoring(
    sheet: Sheet, seeds: Seeds, incident: Incident, submission: Submission
) -> None:
    found = monitoring.judged(
        submission.files.get("monitoring/alerts.yml", b""), seeds.graded, incident
    )
    sheet.metrics["monitoring"] = 0.0 if found.troubles else 1.0
    sheet.notes += [f"Monitoring{trouble}." for trouble in found.troubles]
    sheet.plots.append(plots.of_alerts(found.late, monitoring.FIRE_WITHIN))


def _judge_writing(sheet: Sheet, incident: Incident, submission: Submission) -> None:
    inbox, receipts = submission.inbox, submission.receipts
    updates = communication.updates_of(inbox, receipts)
    repro = communication.arrival("repro.json", inbox.get("repro.json", b""), receipts)
    arrived = {f"update-{u.number}": u.receipt.at for u in updates if u.receipt is not None}
    if repro is not None and sheet.metrics["repro"]:
        arrived["repro"] = repro.at
    moments = [u.receipt.minutes for u in updates if u.complete and u.receipt]
    reproduced = repro.minutes if repro is not None and sheet.metrics["repro"] else None
    sheet.plots += plots.of_live(moments, reproduced)
    content = inbox.get("POSTMORTEM.md") or submission.files.get("POSTMORTEM.md", b"")
    found = postmortem.check(content, incident.wrong, arrived)
    sheet.metrics |= {
        "updates_complete": communication.completeness(updates),
        "first_update_minutes": communication.first_minutes(updates),
        "longest_update_gap_minutes": communication.longest_gap(updates),
        "post_mortem": found.fraction,
        "blast_radius_error": found.blast_error,
    }
    if not updates:
        sheet.notes.append("There is no status update in inbox/updates.")
    elif sheet.metrics["updates_complete"] < 1:
        sheet.notes.append("Not every status update has impact, status and next_update.")
    missing = [name for name in postmortem.CHECKS if name not in found.passed]
    if missing:
        sheet.notes.append(f"Post-mortem, checks that do not hold: {', '.join(missing)}.")


def _finite(receipt: Receipt) -> float:
    return float(receipt.minutes) if math.isfinite(receipt.minutes) else communication.UNKNOWN
