"""What is looked at outside of the sandbox, by jobs of their own: handed over, and made use of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobtwin.cli import _run
from jobtwin.harness import artifact, container, handover, outside, probing, wire
from jobtwin.harness.contract import Answer, Outcome, Plan, Probe, ProbeReturn, Returned, Submission
from jobtwin.harness.gates import GateReturn, failed, not_run, passed, recorded
from jobtwin.harness.grading import Ran
from jobtwin.records.base import load
from jobtwin.records.twin import Twin

ROOT = Path(__file__).parents[3]
PROBE = Probe("p", "service.json", "5eed", ({"query": "one"},))
PROBES = {"p": ProbeReturn(Outcome.OK, "c0" * 20, (Answer(Outcome.OK, {"answer": "x"}, 1.5),))}
FOUND = handover.Outside(PROBES, {"artifact_digest": passed("It is.", {"artifact_bytes": "3"})})
GATES = {"container": {"port": 8080}, "artifact": {"file": "artifact.json"}}


def definition(**gates: Any) -> bytes:
    twin = yaml.safe_load((ROOT / "twins/jt-rag-1/twin.yml").read_bytes())
    twin["harness"] |= gates
    return yaml.safe_dump(twin).encode()


def prepared(*probes: Probe, **gates: Any) -> handover.Prepared:
    return handover.Prepared(
        twin="jt-rag-1",
        attempt="a" * 32,
        event="e",
        definition=definition(**gates),
        lock=b"",
        plan=wire.encode(Plan((), probes=probes)),
        submission=wire.encode(Submission({"service.json": b'{"url": ""}'})),
    )


def read(folder: Path | None, given: handover.Prepared, told: list[str] | None = None) -> Any:
    return handover.read_outside(folder, given.binding, (told if told is not None else []).append)


def test_a_twin_that_asks_for_nothing_outside_has_nothing_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module, name in ((probing, "probe_all"), (artifact, "look"), (container, "look")):
        monkeypatch.setattr(module, name, pytest.fail)
    given = prepared()
    assert outside.probe(given) == outside.contain(given) == handover.Outside()
    assert not outside.has_address(given)
    assert not outside.has_container(given)


def test_a_service_an_artifact_and_a_container_are_each_asked_for() -> None:
    assert outside.has_address(prepared(PROBE))
    assert outside.has_address(prepared(artifact={}))
    assert not outside.has_address(prepared(container={}))
    assert outside.has_container(prepared(container={}))


def test_the_paths_of_the_twin_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def asked(plan: Plan, submission: Submission, entry: Any) -> dict[str, ProbeReturn]:
        seen.append((plan.probes, submission.files, entry.ready_path, entry.ask_path))
        return PROBES

    monkeypatch.setattr(probing, "probe_all", asked)
    assert outside.probe(prepared(PROBE)) == handover.Outside(PROBES)
    assert seen == [((PROBE,), {"service.json": b'{"url": ""}'}, "/healthz", "/query")]


def test_the_commands_hand_over_what_came_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = prepared(PROBE, **GATES)
    handover.write_prepared(given, tmp_path / "prepared")
    for step in ("probe", "container"):
        words = ["evaluate", step, str(tmp_path / "prepared"), "--out", str(tmp_path / step)]
        assert _run(words) == 0
    said = capsys.readouterr().out
    assert "not_run, service.json names no https URL" in said
    assert "artifact_digest: failed. artifact.json names no https `url`" in said
    assert "container_builds: failed. There is no file Dockerfile" in said
    assert read(tmp_path / "probe", given).probes["p"].outcome is Outcome.NOT_RUN
    assert read(tmp_path / "container", given).gates["container_starts"].outcome == "failed"


def test_what_came_of_it_stands_beside_what_the_code_answered() -> None:
    ran = Ran(wire.encode(Returned({})), "bubblewrap", "3.11.2")
    both = outside.joined(ran, FOUND, handover.Outside())
    assert wire.decode(Returned, both.returned).probes == PROBES
    assert both.gates == FOUND.gates
    assert outside.joined(ran, handover.Outside(), handover.Outside()) is ran


def test_a_job_is_not_heard_on_what_is_anothers() -> None:
    ran = Ran(wire.encode(Returned({})), "bubblewrap", "3.11.2")
    lies = {name: passed("I say so.", {}) for name in (*outside.PROBED, *outside.CONTAINED)}
    from_container = outside.joined(ran, handover.Outside(), handover.Outside(PROBES, lies))
    assert set(from_container.gates) == set(outside.CONTAINED)
    assert wire.decode(Returned, from_container.returned).probes == {}
    from_probe = outside.joined(ran, handover.Outside({}, lies), handover.Outside())
    assert set(from_probe.gates) == set(outside.PROBED)


def test_what_another_job_found_for_something_else_is_not_used(tmp_path: Path) -> None:
    given, told = prepared(PROBE), list[str]()
    handover.write_outside(given.binding, FOUND, tmp_path / "probed")
    assert read(tmp_path / "probed", given) == FOUND
    other = replace(given, attempt="b" * 32)
    assert read(tmp_path / "probed", other, told) == handover.Outside()
    assert "HND-002" in told[0]


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 9000, b"\xff", b'{"format": 1}'])
def test_a_torn_hand_over_is_not_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "outside.json").write_bytes(content)
    told = list[str]()
    assert read(tmp_path, prepared(PROBE), told) == handover.Outside()
    assert len(told) == 1


def twin(**gates: Any) -> Twin:
    return load(Twin, definition(**gates), "twin.yml").record


def test_every_gate_of_a_twin_is_on_record_and_one_that_nobody_looked_at_is_not_run() -> None:
    found = {"container_builds": failed("No."), "artifact_digest": passed("Yes.", {"a": "b"})}
    kept = recorded(twin(**GATES), found)
    assert kept
    assert [(gate.id, gate.outcome) for gate in kept] == [
        ("container_builds", "failed"),
        ("container_starts", "not_run"),
        ("artifact_digest", "passed"),
    ]
    assert [(fact.name, fact.value) for fact in kept[2].evidence] == [("a", "b")]
    assert recorded(twin(), found) is None


@pytest.mark.parametrize(
    "hostile",
    [
        GateReturn("passed ", "x"),
        GateReturn("passed", ""),
        GateReturn("passed", "x" * 5000),
        GateReturn("passed", "x", {"A B": "c"}),
        GateReturn("passed", "x", {"a": "two\nlines"}),
        GateReturn("passed", "x", {"a": "x" * 300}),
    ],
)
def test_what_a_job_may_not_write_is_never_taken_for_a_pass(hostile: GateReturn) -> None:
    kept = recorded(twin(artifact={}), {"artifact_digest": hostile})
    assert kept
    assert kept[0].outcome == "not_run"


def test_a_thousand_facts_are_cut_off() -> None:
    many = passed("x", {f"fact{number}": "1" for number in range(1000)})
    kept = recorded(twin(artifact={}), {"artifact_digest": many})
    assert kept
    assert len(kept[0].evidence) == 20


def test_what_was_not_run_says_why() -> None:
    kept = recorded(twin(artifact={}), {"artifact_digest": not_run("No engine.")})
    assert kept
    assert kept[0].sentence.endswith("NOT RUN. No engine.")
