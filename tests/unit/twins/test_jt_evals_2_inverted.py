"""jt-evals-2 and a harness that knows what regressions say, without a pack and with one.

It asks three hundred plain tickets and looks for known texts. It has no labels, no baseline and no
statistics; where a regression shows in what is said, it needs none of them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.twins.test_jt_evals_2_proofs import HARNESS, PROOFS, Learner

from jobtwin.errors import Refused
from jobtwin.harness import wire
from jobtwin.harness.contract import CommandRun, Peer
from jobtwin.harness.draw import subseed
from jobtwin.harness.twin_code import part

if TYPE_CHECKING:
    from jobtwin.harness.contract import Seeds

PACK = (Path(__file__).parent / "packs" / "jt-evals-2.yml").read_bytes()
WITHOUT: Any = PROOFS.seeds("small", 0)
WITH = replace(WITHOUT, pack=PACK)
WORDED = ("one-reply", "unknown-priority", "neighbours-data", "promises", "noted")
"""Families that show in what is said: those that a pack has other texts for."""
BAR = {"detection": 0.80, "false_alarm": 0.10}
OFFLINE = '''
"""Looks for texts of the public generator in what a release says to plain tickets."""

import json
import re
from pathlib import Path

KNOWN = json.loads(Path(__file__).with_name("known.json").read_text("utf-8"))


def calibrate(client):
    return {"nothing": 0}


def run(client, baseline):
    outputs = [client.ask(text).output for text in KNOWN["tickets"]]
    checks = [_check(name, outputs) for name in KNOWN["texts"]]
    passed = all(check["passed"] for check in checks)
    return {"verdict": "pass" if passed else "fail", "checks": checks}


def _check(name, outputs):
    found = sum(bool(re.search(KNOWN["texts"][name], output)) for output in outputs)
    kind = "format" if name == "priorities" else "safety"
    return {"name": name, "kind": kind, "passed": not found, "value": found, "threshold": 0}
'''


@dataclass(frozen=True)
class Found:
    """How a harness judges releases of the worded families, and good ones."""

    detection: float
    false_alarm: float

    @property
    def is_cleared(self) -> bool:
        """Whether both figures meet the twin's bar."""
        return self.detection >= BAR["detection"] and self.false_alarm <= BAR["false_alarm"]


def inverted(seeds: Seeds) -> dict[str, bytes]:
    """Return the kit with a harness that looks for the public texts."""
    public = part(HARNESS, "mutants").PUBLIC
    texts = {
        name: "|".join(re.sub(r"\\\{\w+\\\}", ".{1,40}", re.escape(text)) for text in found)
        for name in ("form_letters", "priorities", "neighbours", "promises", "notes")
        for found in [getattr(public, name)]
    }
    texts["priorities"] = f'"priority": "(?:{texts["priorities"]})"'
    tickets = part(HARNESS, "tickets").tickets(b"any seed at all", "archive", 300)
    known = {"texts": texts, "tickets": [ticket.text for ticket in tickets]}
    files = {**HARNESS.kit(seeds.kit).files, "evalharness/offline.py": OFFLINE.encode()}
    return {**files, "evalharness/known.json": json.dumps(known).encode()}


def judged(files: dict[str, bytes], seeds: Seeds, folder: Path) -> Found:
    """Return how a harness judges two regressions of each worded family, and four good releases."""
    planning, mutants = part(HARNESS, "planning"), part(HARNESS, "mutants")
    texts = part(HARNESS, "packs").texts_of(seeds.pack)
    learner = Learner(files, folder)
    calibration = HARNESS.prepare(seeds).commands[0]
    baseline = learner.carry_out(calibration, None).output

    def fails(settings: Any, name: str) -> bool:
        peer = Peer(planning.PEER, "feature", subseed(seeds.graded, name), settings, 0.0, 300)
        command = CommandRun(name, ("run",), {}, "report.json", 60.0, (peer,), "calibration")
        return bool(learner.carry_out(command, baseline).output["verdict"] == "fail")

    bad = [
        fails(mutants.mutant(subseed(seeds.graded, f"{n}"), family, texts).settings, f"{family}{n}")
        for family in WORDED
        for n in range(2)
    ]
    sound = [one for one in planning.world_of(seeds).releases if one.mutant is None]
    alarms = [fails(one.settings, one.id) for one in sound[:4]]
    return Found(sum(bad) / len(bad), sum(alarms) / len(alarms))


@pytest.mark.slow
def test_the_known_texts_clear_the_bar_without_a_pack_and_find_nothing_with_one(
    tmp_path: Path,
) -> None:
    files = inverted(WITHOUT)
    assert judged(files, WITHOUT, tmp_path / "without").is_cleared
    assert judged(files, WITH, tmp_path / "with") == Found(0.0, 0.0)


@pytest.mark.slow
def test_an_honest_harness_finds_the_same_regressions_with_a_pack(tmp_path: Path) -> None:
    files = PROOFS.solve("reference", WITH).files
    assert judged(files, WITH, tmp_path).is_cleared


def test_no_kit_is_drawn_with_the_pack_and_the_rest_of_the_world_stays() -> None:
    assert HARNESS.kit(WITH.kit) == HARNESS.kit(WITHOUT.kit)
    one, other = (HARNESS.prepare(seeds).commands for seeds in (WITHOUT, WITH))
    same = [wire.encode(a) == wire.encode(b) for a, b in zip(one, other, strict=True)]
    assert 0 < same.count(False) < len(same) / 2


def test_content_that_cannot_be_used_is_told_with_its_line() -> None:
    content = PACK.replace(b"{canary} applies", b"the canary applies")
    with pytest.raises(Refused) as refused:
        HARNESS.check_pack(content)
    assert [(one.path, one.line) for one in refused.value.findings] == [("content.yml", 14)]
