"""Pre-scored submissions for calibrating mentors: real artifacts with planned defects.

An item draws a level from 1 to 5 per rubric dimension; what the mentor sees is made at that level,
so every defect is tied to the dimension that it costs. The planned proportions hold per dimension
over all items. Good items are good in most dimensions, as real ones are, so that some pass and some
fail; which levels meet in one item is chance beyond that.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from jobtwin.harness.contract import GoldItem
from jobtwin.harness.draw import generator, subseed
from jobtwin.harness.exemplars import planned, scores

from . import communication, exemplar_writing, pieces, postmortem, solutions
from .code import pipeline_path
from .handout import hand_out
from .incident import CLASSES, Incident, draw_incident, kind_of
from .oracle import Oracle, Pieces
from .queries import hidden
from .trace import Record
from .world import draw_world

DIMENSIONS = (
    "diagnosis_speed",
    "hotfix_correctness",
    "regression_safety",
    "postmortem_quality",
    "communication",
)

DEFECTS: Mapping[str, Mapping[int, str]] = {
    "diagnosis_speed": {
        4: "diagnosis: confirmed after 35 to 45 minutes",
        3: "diagnosis: confirmed after about an hour",
        2: "diagnosis: confirmed near the end, after a wrong class was handed in",
        1: "diagnosis: no valid repro",
    },
    "hotfix_correctness": {
        4: "hotfix: right, but debug lines write patients' questions to the log",
        3: "hotfix: part of the class is still there",
        2: "hotfix: only the reported requests are special-cased",
        1: "hotfix: changes something else",
    },
    "regression_safety": {
        4: "test: many examples, no rule",
        3: "test: the three reported requests only",
        2: "test: a single reported request",
        1: "test: cannot fail",
    },
    "postmortem_quality": exemplar_writing.POST_MORTEM_DEFECTS,
    "communication": exemplar_writing.UPDATE_DEFECTS,
}
LEFT_BEHIND = (
    '    log.warning("HOTFIX DEBUG %s", request)\n',
    '    log.warning("incident: question was %r", request)\n',
    '    # remove before rollout\n    log.error("seen while debugging: %s", request)\n',
)
"""Lines that a reviewer would send back: they write what patients ask to the log."""
_MIDDLES = {5: (16, 27), 4: (35, 44), 3: (53, 61), 2: (77, 86)}
"""Level of diagnosis → minutes between which the valid repro arrives."""


@dataclass(frozen=True, slots=True)
class Case:
    """What the parts of one item are made from."""

    incident: Incident
    levels: Mapping[str, int]
    random: Random
    kit: Mapping[str, bytes]

    def level(self, dimension: str) -> int:
        """Return the planned level of a dimension."""
        return self.levels[dimension]


def gold_items(seed: bytes, count: int) -> tuple[GoldItem, ...]:
    """Return `count` different items, the planned levels dealt out over them."""
    dealt = planned(seed, DIMENSIONS, count)
    return tuple(_item(seed, number, levels) for number, levels in enumerate(dealt))


def _item(seed: bytes, number: int, levels: Mapping[str, int]) -> GoldItem:
    kit_seed = _kit_seed(seed, number)
    incident = draw_incident(kit_seed)
    random = generator(seed, f"gold/item/{number}")
    case = Case(incident, levels, random, hand_out(kit_seed).files)
    code, piece = _hotfix(case)
    test, cases = _test(case)
    repro, minutes = _repro(case)
    updates = exemplar_writing.updates(case.level("communication"), random, incident.kind)
    moments = {f"update-{n:02}": at for n, (at, _) in enumerate(updates, start=1)}
    if minutes is not None:
        moments["repro"] = minutes
    level = case.level("postmortem_quality")
    written = exemplar_writing.post_mortem(level, random, incident, moments)
    changed = {**code, solutions.TEST_PATH: test}
    changed[solutions.ALERTS_PATH] = (
        case.kit[solutions.ALERTS_PATH] + solutions.CLASS_RULES[incident.kind].encode()
    )
    report = _report(case, piece, cases, minutes, updates, written, moments)
    files = {
        "brief.md": _brief(case).encode(),
        "changes.diff": _diff(case.kit, changed).encode(),
        solutions.TEST_PATH: test,
        "diagnosis.md": repro.encode(),
        "updates.md": exemplar_writing.shown(updates).encode(),
        "POSTMORTEM.md": written.encode(),
        "harness-report.txt": report.encode(),
    }
    defects = [DEFECTS[name][levels[name]] for name in DIMENSIONS if levels[name] < 5]
    return GoldItem(dict(sorted(files.items())), scores(levels), tuple(defects))


def _kit_seed(seed: bytes, number: int) -> bytes:
    """Return a kit seed of the class whose turn it is."""
    wanted, attempt = CLASSES[number % len(CLASSES)], 0
    while kind_of(found := subseed(seed, f"gold/{number}/{attempt}")) != wanted:
        attempt += 1
    return found


def _brief(case: Case) -> str:
    incident = case.incident
    log = case.kit["incident/log.md"].decode()
    kind = incident.kind
    return (
        f"# The incident\n\nClass (known to the platform, not to the learner): `{kind}`.\n"
        f"{solutions.CAUSES[kind][0].upper()}{solutions.CAUSES[kind][1:]}.\n\n"
        f"True blast radius: {incident.wrong} wrong answers. The attempt started at "
        f"{solutions.clock(0)} UTC.\n\n{log}"
    )


def _hotfix(case: Case) -> tuple[dict[str, bytes], str]:
    """Return the changed source files, and the piece that decides how the service behaves."""
    incident, level = case.incident, case.level("hotfix_correctness")
    pipeline = pipeline_path(incident.seed)
    fault: str = getattr(incident.faulty, incident.kind)
    if level == 1:
        path = next(p for p in sorted(case.kit) if p.endswith("/settings.py"))
        text = case.kit[path].decode().replace("EXCERPT_LENGTH = ", "EXCERPT_LENGTH = 4 * ")
        return {path: text.encode()}, fault
    if level == 2:
        return {pipeline: solutions.pinned_pipeline(incident).encode()}, fault
    piece = pieces.PARTIAL if level == 3 else solutions.sound_piece(incident)
    files = solutions.mended(case.kit, incident, piece)
    if level == 4:
        left = f"{case.random.choice(LEFT_BEHIND)}    try:\n"
        files[pipeline] = files[pipeline].replace(b"    try:\n", left.encode(), 1)
    return {path: content for path, content in files.items() if content != case.kit[path]}, piece


def _test(case: Case) -> tuple[bytes, list[Record] | None]:
    """Return the test file, and the requests that it knows (None: the whole class)."""
    incident, level = case.incident, case.level("regression_safety")
    if level == 5:
        return solutions.CLASS_TESTS[incident.kind].encode(), None
    if level == 1:
        every = (solutions.VACUOUS_TEST, *solutions.VACUOUS_TESTS)
        return case.random.choice(every).encode(), []
    wrong = [record for record in incident.trace if record.wrong]
    records = {
        4: case.random.sample(wrong, 10),
        3: list(incident.reported),
        2: list(incident.reported[:1]),
    }[level]
    return solutions.narrow_test(records).encode(), records


def _repro(case: Case) -> tuple[str, float | None]:
    """Return the page on the diagnosis, and when the valid repro arrived, if it did."""
    incident, level = case.incident, case.level("diagnosis_speed")
    right = solutions.repro(incident)
    other = case.random.choice([kind for kind in CLASSES if kind != incident.kind])
    wrong = {**right, "class": other, "expected": {"status": "answered"}}
    if level == 1:
        at = float(case.random.randint(60, 88))
        return _received([(at, wrong, "the class is another one")]), None
    minutes = float(case.random.randint(*_MIDDLES[level]))
    stages = [(minutes, right, "valid")]
    if level == 2:
        stages.insert(0, (minutes - 33, wrong, "the class is another one"))
    return _received(stages), minutes


def _received(stages: Sequence[tuple[float, object, str]]) -> str:
    parts = [
        f"## Received {solutions.clock(at)} UTC, minute {at:.0f}: {verdict}\n\n"
        f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```\n"
        for at, value, verdict in stages
    ]
    return "# inbox/repro.json\n\n" + "\n".join(parts)


def _diff(kit: Mapping[str, bytes], changed: Mapping[str, bytes]) -> str:
    parts: list[str] = []
    for path in sorted(changed):
        before = kit.get(path, b"").decode().splitlines(keepends=True)
        after = changed[path].decode().splitlines(keepends=True)
        source = f"a/{path}" if path in kit else "/dev/null"
        parts += difflib.unified_diff(before, after, source, f"b/{path}")
    return "".join(parts)


def _report(
    case: Case,
    piece: str,
    cases: list[Record] | None,
    minutes: float | None,
    updates: list[tuple[float, bytes]],
    written: str,
    moments: Mapping[str, float],
) -> str:
    """Return the harness report that this submission would get."""
    receipts = {tag: solutions.STARTED + timedelta(minutes=at) for tag, at in moments.items()}
    found = postmortem.check(written.encode(), case.incident.wrong, receipts)
    inbox = {f"updates/{n:02}.yml": content for n, (_, content) in enumerate(updates, start=1)}
    arrivals = {f"updates/{n:02}.yml": at for n, (at, _) in enumerate(updates, start=1)}
    seen = communication.updates_of(inbox, solutions.receipts(inbox, arrivals))
    figures = {
        "fail_to_pass": _fail_to_pass(case, piece),
        "pass_to_pass": 1.0,
        "regression_test": _regression(case, piece, cases),
        "repro": float(minutes is not None),
        "repro_minutes": communication.UNKNOWN if minutes is None else minutes,
        "monitoring": 1.0,
        "updates_complete": communication.completeness(seen),
        "first_update_minutes": communication.first_minutes(seen),
        "longest_update_gap_minutes": communication.longest_gap(seen),
        "post_mortem": found.fraction,
        "blast_radius_error": found.blast_error,
    }
    lines = "\n".join(f"{name:28}{value:8.2f}" for name, value in figures.items())
    return f"Harness report (-1: nothing to measure)\n\n{lines}\n"


def _fail_to_pass(case: Case, piece: str) -> float:
    """Return the share of a fresh pharmacy's wrong answers that `piece` mends."""
    incident = case.incident
    graded = hashlib.sha256(incident.seed + b"|graded").digest()
    world = draw_world(subseed(graded, "world"))
    right, faulty = Oracle(world, incident.sound), Oracle(world, incident.faulty)
    own = Oracle(world, _with(incident, piece))
    asked = [(query, right.reply(query)) for query in hidden(world, graded)]
    wrong = [(query, reply) for query, reply in asked if faulty.reply(query) != reply]
    return sum(own.reply(query) == reply for query, reply in wrong) / len(wrong)


def _regression(case: Case, piece: str, cases: list[Record] | None) -> float:
    """Return the share of the four variants on which the test ends as it should."""
    level = case.level("hotfix_correctness")
    if cases is None:
        return 1.0 if level >= 4 else 0.75
    reported = [record.request for record in case.incident.reported]
    catches_special = any(record.request not in reported for record in cases)
    own = Oracle(case.incident.world, _with(case.incident, piece))
    special = level == 2
    own_passes = all(
        own.reply(r.request) == r.expected or (special and r.request in reported) for r in cases
    )
    return (bool(cases) + own_passes + 1 + catches_special) / 4


def _with(incident: Incident, piece: str) -> Pieces:
    return replace(incident.faulty, **{incident.kind: piece})
