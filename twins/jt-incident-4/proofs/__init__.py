"""Solutions that prove the harness: what must pass, and what must fail and on which metric."""

from __future__ import annotations

import hashlib
import itertools
import json
from functools import cache
from pathlib import Path
from typing import Any

from jobtwin.harness import twin_code
from jobtwin.harness.contract import Harness, Seeds, Submission

cases: tuple[str, ...] = ("context", "dose", "find", "latest")

_MOMENTS = {
    "updates/01.yml": 7.0,
    "repro.json": 24.0,
    "updates/02.yml": 31.0,
    "updates/03.yml": 55.0,
    "updates/04.yml": 80.0,
    "POSTMORTEM.md": 170.0,
}
_TAGS = {
    "update-01": 7.0,
    "repro": 24.0,
    "update-02": 31.0,
    "update-03": 55.0,
    "update-04": 80.0,
}
_UPDATES = (
    ("Some answers in app, web and kiosks are wrong. Use paper leaflets only.", "investigating"),
    ("The cause is known; until the fix is out, branches use paper leaflets.", "identified"),
    ("The fix is being checked against the whole catalogue. Paper leaflets only.", "identified"),
    ("The fix is out and answers agree with the register again.", "resolved"),
)
_FAKING = """

import os


def pytest_sessionfinish(session, exitstatus):
    print("1 passed in 0.01s", flush=True)
    os._exit(0)
"""
_NOISY = """  - name: anything-at-all
    metric: count
    of: status == answered
    window_minutes: 30
    comparator: ">="
    threshold: 3
"""


@cache
def _harness() -> Harness:
    return twin_code.load(Path(__file__).parents[1])


def _part(name: str) -> Any:
    return twin_code.part(_harness(), name)


def seeds(case: str, index: int) -> Seeds:
    """Return the seeds number `index` (from 0) whose incident is of the class `case`."""
    if case not in cases:
        raise ValueError(f"there is no class {case!r}")
    kind_of = _part("incident").kind_of
    kits = (hashlib.sha256(f"proof|{number}".encode()).digest() for number in itertools.count())
    found = next(itertools.islice((kit for kit in kits if kind_of(kit) == case), index, None))
    return Seeds(found, hashlib.sha256(found + b"|graded").digest())


def solve(proof_id: str, given: Seeds) -> Submission:
    """Return what is handed in for the proof `proof_id` of proofs.yml."""
    kit = dict(_harness().kit(given.kit).files)
    if proof_id == "untouched":
        return _submission(kit, {})
    incident = _part("incident").draw_incident(given.kit)
    files, inbox = _reference(kit, incident)
    if proof_id != "reference":
        _spoil(proof_id, kit, incident, files, inbox)
    return _submission(files, inbox)


def _reference(kit: dict[str, bytes], incident: Any) -> tuple[dict[str, bytes], dict[str, bytes]]:
    solutions = _part("solutions")
    files = solutions.mended(kit, incident, solutions.sound_piece(incident))
    files[solutions.TEST_PATH] = solutions.CLASS_TESTS[incident.kind].encode()
    files[solutions.ALERTS_PATH] += solutions.CLASS_RULES[incident.kind].encode()
    inbox = {
        f"updates/{number:02}.yml": solutions.update(impact, status, "in 25 minutes")
        for number, (impact, status) in enumerate(_UPDATES, start=1)
    }
    inbox["repro.json"] = json.dumps(solutions.repro(incident), ensure_ascii=False).encode()
    inbox["POSTMORTEM.md"] = solutions.post_mortem(incident, _TAGS).encode()
    return files, inbox


def _spoil(
    proof_id: str,
    kit: dict[str, bytes],
    incident: Any,
    files: dict[str, bytes],
    inbox: dict[str, bytes],
) -> None:
    """Change the reference into the wrong solution `proof_id`."""
    solutions, code = _part("solutions"), _part("code")
    test, alerts = solutions.TEST_PATH, solutions.ALERTS_PATH
    pipeline = code.pipeline_path(incident.seed)
    narrow = solutions.narrow_test(incident.reported).encode()
    if proof_id == "special-case":
        files |= {**kit, test: narrow, alerts: files[alerts]}
        files[pipeline] = solutions.pinned_pipeline(incident).encode()
    elif proof_id == "partial-fix":
        files |= solutions.mended(files, incident, _part("pieces").PARTIAL)
    elif proof_id == "answers-nothing":
        files[pipeline] = code.refusing(incident.seed, files).encode()
    elif proof_id == "vacuous-test":
        files[test] = solutions.VACUOUS_TEST.encode()
    elif proof_id == "narrow-test":
        files[test] = narrow
    elif proof_id == "faking-conftest":
        files["tests/regression/conftest.py"] += _FAKING.encode()
    elif proof_id == "invented-repro":
        made_up = {**solutions.repro(incident), "got": {"status": "answered", "facts": {"ok": 1}}}
        inbox["repro.json"] = json.dumps(made_up).encode()
    elif proof_id == "silent-monitoring":
        files[alerts] = kit[alerts]
    elif proof_id == "noisy-monitoring":
        files[alerts] = kit[alerts] + _NOISY.encode()
    else:
        raise ValueError(f"there is no proof {proof_id!r}")


def _submission(files: dict[str, bytes], inbox: dict[str, bytes]) -> Submission:
    """Return the submission; the kit's inbox stays where nothing replaces it."""
    start = {
        path.removeprefix("inbox/"): content
        for path, content in files.items()
        if path.startswith("inbox/")
    }
    handed = {**start, **inbox}
    moments = {path: minutes for path, minutes in _MOMENTS.items() if path in inbox}
    return Submission(files, handed, _part("solutions").receipts(handed, moments))
