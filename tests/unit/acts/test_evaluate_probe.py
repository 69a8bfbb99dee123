"""The deployed service, asked by a job of its own: what it hands over, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobtwin.acts import evaluate
from jobtwin.cli import _run
from jobtwin.errors import Refused
from jobtwin.harness import handover, probing, wire
from jobtwin.harness.contract import Answer, Outcome, Plan, Probe, ProbeReturn, Returned, Submission
from jobtwin.harness.grading import Ran

ROOT = Path(__file__).parents[3]
PROBE = Probe("p", "service.json", "5eed", ({"query": "one"},))
FOUND = {"p": ProbeReturn(Outcome.OK, "c0" * 20, (Answer(Outcome.OK, {"answer": "x"}, 1.5),))}


def prepared(*probes: Probe, url: str = "") -> handover.Prepared:
    return handover.Prepared(
        twin="jt-rag-1",
        attempt="a" * 32,
        event="e",
        definition=(ROOT / "twins/jt-rag-1/twin.yml").read_bytes(),
        lock=b"",
        plan=wire.encode(Plan((), probes=probes)),
        submission=wire.encode(Submission({"service.json": b'{"url": "%s"}' % url.encode()})),
    )


def test_a_twin_that_asks_for_no_service_has_none_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "probe_all", pytest.fail)
    assert evaluate.probe(prepared()) == {}
    assert not evaluate.has_probes(prepared())
    assert evaluate.has_probes(prepared(PROBE))


def test_the_paths_of_the_twin_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def asked(plan: Plan, submission: Submission, entry: Any) -> dict[str, ProbeReturn]:
        seen.append((plan.probes, submission.files, entry.ready_path, entry.ask_path))
        return FOUND

    monkeypatch.setattr(probing, "probe_all", asked)
    assert evaluate.probe(prepared(PROBE)) == FOUND
    assert seen == [((PROBE,), {"service.json": b'{"url": ""}'}, "/healthz", "/query")]


def test_the_command_hands_over_what_came_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = prepared(PROBE)
    handover.write_prepared(given, tmp_path / "prepared")
    words = ["evaluate", "probe", str(tmp_path / "prepared"), "--out", str(tmp_path / "probed")]
    assert _run(words) == 0
    assert "not_run, service.json names no https URL" in capsys.readouterr().out
    found = handover.read_probed(tmp_path / "probed", given.binding)
    assert found["p"].outcome is Outcome.NOT_RUN


def test_what_came_of_it_stands_beside_what_the_code_answered() -> None:
    ran = Ran(wire.encode(Returned({})), "bubblewrap", "3.11.2")
    both = evaluate._with_probes(ran, FOUND)
    assert wire.decode(Returned, both.returned).probes == FOUND
    assert evaluate._with_probes(ran, {}) is ran


def test_what_another_job_found_for_something_else_is_refused(tmp_path: Path) -> None:
    given = prepared(PROBE)
    handover.write_probed(given.binding, FOUND, tmp_path / "probed")
    assert handover.read_probed(tmp_path / "probed", given.binding) == FOUND
    other = replace(given, attempt="b" * 32).binding
    with pytest.raises(Refused, match="HND-002"):
        handover.read_probed(tmp_path / "probed", other)


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 9000, b"\xff", b'{"format": 1}'])
def test_a_torn_hand_over_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "probed.json").write_bytes(content)
    with pytest.raises(Refused):
        handover.read_probed(tmp_path, prepared(PROBE).binding)
