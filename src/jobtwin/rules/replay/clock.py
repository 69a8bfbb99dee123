"""The clock's acts, judged again: what started, what arrived in time, what was measured."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from jobtwin.findings import Code
from jobtwin.rules import deadline, gates, receipts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.records.ledger import LedgerRecord
    from jobtwin.records.organisation import Cohort
    from jobtwin.records.submission import Evaluated, Expired, Received, Started
    from jobtwin.records.twin import Twin

COMMIT_BACKDATED = Code(
    "AUD-030",
    "a commit is back-dated",
    why="Time only goes forward on main; the commit was made later than it says.",
    fix="Compare with the forge's log of pushes; find out who made the commit.",
)
RECORD_BACKDATED = Code(
    "AUD-031",
    "a record is back-dated",
    why="Later moments were on main already when it arrived, so its time is not the server's.",
    fix="Compare with the forge's log of events; find out what wrote the record.",
)
WRONG_DEADLINES = Code(
    "AUD-032",
    "an attempt's deadlines are not those of its twin and cohort",
    why="Everybody's clock runs by the same rule from the moment of the start.",
    fix="Find out what wrote the record; judge the attempt by the deadlines of the rule.",
)
WRONG_RULES = Code(
    "AUD-033",
    "an attempt is judged by other rules than those in force at its start",
    why="Twin and policies are pinned when the clock starts; no other version ever applies.",
    fix="Find out what wrote the record, and which rules were in force.",
)
WRONG_RULING = Code(
    "AUD-034",
    "a receipt's ruling is not what the clock says",
    why="Whether something is in time follows from two moments on record, for everybody alike.",
    fix="Find out what wrote the receipt; judge the attempt again.",
)
WRONG_RECEIPTS = Code(
    "AUD-035",
    "an evaluation does not rest on the last accepted receipts",
    why="What is graded is what the last on-time receipt names, and nothing else.",
    fix="Evaluate the attempt again from its last accepted receipts.",
)
TOO_EARLY = Code(
    "AUD-036",
    "an attempt was closed while its clock was running",
    why="Until the last deadline a better submission could still have arrived.",
    fix="Find out what wrote the record; give the attempt back.",
)
WRONG_BAR = Code(
    "AUD-037",
    "a figure is not judged as its twin's bar asks",
    why="Whether the bar is met follows from figure, comparator and bar alone.",
    fix="Find out what wrote the evaluation; score the kept answers again.",
)
OUT_OF_ORDER = Code(
    "AUD-038",
    "a record's number or place in its attempt is not the next",
    why="Numbers count without a gap, so that nothing can be left out or written twice.",
    fix="Find the commit that added it and what wrote it.",
)


def check_commit(
    at: datetime, parent: datetime | None, skew: timedelta, commit: str
) -> Iterator[Finding]:
    """Yield a finding when a commit says it is older than its parent."""
    if parent and at < parent - skew:
        yield COMMIT_BACKDATED.at(
            f"commit {commit[:12]} says {at:%Y-%m-%d %H:%M:%S} UTC, "
            f"its parent {parent:%Y-%m-%d %H:%M:%S}"
        )


def check_moment(
    record: LedgerRecord, path: str, commit: datetime, latest: datetime | None, skew: timedelta
) -> Iterator[Finding]:
    """Yield what is wrong with a record's moment beside its commit's and what main knew by then.

    `latest` is the latest moment of the records before. A recovered receipt is about a missed
    event, and an evaluation about the one that began it: they may be older.
    """
    if commit < record.at - skew:
        yield COMMIT_BACKDATED.at(
            f"the commit says {commit:%Y-%m-%d %H:%M:%S} UTC, "
            f"its record {record.at:%Y-%m-%d %H:%M:%S}",
            path,
        )
    late_by_nature = record.kind == "evaluated" or getattr(record, "recovered", False)
    if latest and record.at < latest - skew and not late_by_nature:
        yield RECORD_BACKDATED.at(
            f"it says {record.at:%Y-%m-%d %H:%M:%S} UTC; main knew {latest:%Y-%m-%d %H:%M:%S}",
            path,
        )


def check_started(
    record: Started,
    path: str,
    twin: Twin | None,
    twin_tree: str | None,
    cohort: Cohort | None,
    policies: Mapping[str, str],
) -> Iterator[Finding]:
    """Yield what is wrong with what an attempt pins.

    `twin` is what `twin_tree` of the record holds; the parameter `twin_tree` is the folder's tree
    on main, `policies` path → digest of those in force.
    """
    if record.twin_tree != twin_tree:
        message = f"twin tree {record.twin_tree[:12]} is not the one on main"
        yield WRONG_RULES.at(message, path)
    pinned = {policy.path: policy.digest for policy in record.policies}
    for name in sorted(set(pinned) | set(policies)):
        if name not in policies:
            yield WRONG_RULES.at(f"{name} was not in force", path)
        elif pinned.get(name) != policies[name]:
            yield WRONG_RULES.at(f"{name} was in force with {policies[name][:19]}…", path)
    if twin is None or cohort is None:
        missing = "twin" if twin is None else "cohort"
        yield WRONG_RULES.at(f"its {missing} is not in the history", path)
    elif (twin.id, twin.version) != (record.twin, record.twin_version):
        yield WRONG_RULES.at(f"the pinned tree holds {twin.id} {twin.version}", path)
    else:
        yield from _check_deadlines(record, path, twin, cohort)
        if record.sealed_to != (cohort.sealed_to if cohort.visibility == "sealed" else None):
            message = f"cohort {cohort.id} is `{cohort.visibility}`; sealed to another key or none"
            yield WRONG_RULES.at(message, path)


def _check_deadlines(record: Started, path: str, twin: Twin, cohort: Cohort) -> Iterator[Finding]:
    try:
        expected = deadline.deadlines(twin, cohort, record.at)
    except KeyError:
        yield WRONG_DEADLINES.at(f"cohort {cohort.id} gives no window for {twin.id}", path)
        return
    given = {item.checkpoint: item.at for item in record.deadlines}
    for item in expected:
        if given.get(item.checkpoint) != item.at:
            message = f"`{item.checkpoint}` closes {item.at:%Y-%m-%d %H:%M:%S} UTC by the rule"
            yield WRONG_DEADLINES.at(message, path)
    if len(record.deadlines) != len(expected):
        yield WRONG_DEADLINES.at(f"checkpoints: {len(record.deadlines)}, not {len(expected)}", path)


def check_number(number: int, before: int, path: str) -> Iterator[Finding]:
    """Yield a finding when a record is not the next of its kind; `before` counts those before."""
    if number != before + 1:
        yield OUT_OF_ORDER.at(f"it is number {number}, after {before} of its kind", path)


def check_received(
    record: Received, path: str, started: Started, is_over: bool, grace_seconds: int
) -> Iterator[Finding]:
    """Yield a finding when a receipt says late or in time and the clock says otherwise."""
    if record.checkpoint is None:
        if record.ruling not in ("noted", "refused"):
            yield WRONG_RULING.at(f"`{record.ruling}`, though it hands no checkpoint in", path)
        return
    try:
        closing = deadline.closes(started, record.checkpoint)
    except KeyError:
        if record.ruling != "refused":
            yield WRONG_RULING.at(f"there is no checkpoint `{record.checkpoint}`", path)
        return
    in_time = not is_over and deadline.is_on_time(record.at, closing, grace_seconds)
    if record.ruling == "refused" or in_time == (record.ruling != "late"):
        return
    said = "in time" if in_time else "late"
    yield WRONG_RULING.at(
        f"it is ruled `{record.ruling}`; at {record.at:%Y-%m-%d %H:%M:%S} UTC it was {said} "
        f"for `{record.checkpoint}`, which closed {closing:%Y-%m-%d %H:%M:%S}",
        path,
    )


def check_evaluated(
    record: Evaluated,
    path: str,
    started: Started,
    twin: Twin,
    every: Sequence[tuple[str, Received]],
    grace_seconds: int,
) -> Iterator[Finding]:
    """Yield what is wrong with an evaluation's receipts, moment, figures and outcome."""
    if (record.outcome == "infrastructure_error") == record.counts:
        yield WRONG_BAR.at(f"`{record.outcome}` and counts: {record.counts}", path)
    if record.outcome == "infrastructure_error":
        return
    expected = [(item.checkpoint, digest) for digest, item in receipts.last_accepted(every, twin)]
    if [(item.checkpoint, item.receipt) for item in record.graded] != expected:
        yield WRONG_RECEIPTS.at("other receipts were accepted last", path)
    if receipts.final_at(receipt for _, receipt in every) is None:
        yield from _check_closed(record.at, path, started, grace_seconds)
    yield from _check_bar(record, path, twin)
    yield from gates.check_gates(record.gates, path, twin)


def check_expired(
    record: Expired, path: str, started: Started, grace_seconds: int
) -> Iterator[Finding]:
    """Yield a finding when an attempt expired before its last deadline."""
    yield from _check_closed(record.at, path, started, grace_seconds)


def _check_closed(
    at: datetime, path: str, started: Started, grace_seconds: int
) -> Iterator[Finding]:
    closes = deadline.last(started)
    if at <= closes + timedelta(seconds=grace_seconds):
        yield TOO_EARLY.at(f"the last deadline is {closes:%Y-%m-%d %H:%M:%S} UTC", path)


def _check_bar(record: Evaluated, path: str, twin: Twin) -> Iterator[Finding]:
    asked = [(line.metric, line.comparator, line.value) for line in twin.bar]
    if [(line.metric, line.comparator, line.bar) for line in record.bar] != asked:
        yield WRONG_BAR.at("its lines are not those of the pinned twin", path)
    measured = {figure.metric: figure.value for figure in record.metrics}
    for line in record.bar:
        met = line.value >= line.bar if line.comparator == ">=" else line.value <= line.bar
        if line.met != met or measured.get(line.metric, line.value) != line.value:
            message = f"{line.metric} is {line.value:g}; met: {line.met} does not follow"
            yield WRONG_BAR.at(message, path)
    if (record.outcome == "passed") != all(line.met for line in record.bar):
        yield WRONG_BAR.at(f"outcome `{record.outcome}` does not follow from its figures", path)
