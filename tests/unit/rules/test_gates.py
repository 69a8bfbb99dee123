"""What follows from the gates outside of the sandbox, and that every reader is told of each."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobtwin.records.base import load
from jobtwin.records.gate import Gate, GateFact, GateOutcome
from jobtwin.records.grade import Claim
from jobtwin.records.submission import Evaluated, Graded
from jobtwin.records.twin import Artifact, Container, Twin
from jobtwin.rules import award, feedback, gates, review_form

ROOT = Path(__file__).parents[3]
DIGEST = "sha256:" + "0" * 64
OUTCOMES: tuple[GateOutcome, ...] = ("passed", "failed", "not_run")


@pytest.fixture(scope="module")
def twin() -> Twin:
    found = load(Twin, (ROOT / "twins/jt-incident-4/twin.yml").read_bytes()).record
    assert found.harness
    gated = {"container": Container(), "artifact": Artifact()}
    return found.model_copy(update={"harness": found.harness.model_copy(update=gated)})


def evaluated(builds: GateOutcome = "passed", artifact: GateOutcome = "passed") -> Evaluated:
    return Evaluated(
        format=1,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        event="test:1",
        key="clock-1",
        attempt="0" * 32,
        number=1,
        graded=(Graded(checkpoint="live", receipt=DIGEST),),
        outcome="passed",
        gates=(
            Gate(id="container_builds", outcome=builds, detail="Thus."),
            Gate(
                id="artifact_digest",
                outcome=artifact,
                detail="So.",
                evidence=(GateFact(name="artifact_bytes", value="3"),),
            ),
        ),
        counts=True,
    )


def test_a_twin_asks_for_the_gates_that_its_harness_names(twin: Twin) -> None:
    assert gates.asked(twin) == ("container_builds", "container_starts", "artifact_digest")
    assert gates.asked(twin.model_copy(update={"harness": None})) == ()


@pytest.mark.parametrize("builds", OUTCOMES)
@pytest.mark.parametrize("artifact", OUTCOMES)
def test_a_gate_that_failed_keeps_from_passing_and_one_not_run_does_not(
    builds: GateOutcome, artifact: GateOutcome
) -> None:
    found = evaluated(builds, artifact)
    met = award.bar_met(found)
    assert met is ("failed" not in (builds, artifact))
    assert award.verdict(met, 1.0, 0.75, 0) == ("pass" if met else "fail")


def test_the_reasons_of_a_verdict_name_what_failed_and_what_was_not_run() -> None:
    told = list(award.reasons(evaluated("failed", "not_run"), 0.8, 0.75))
    assert told[0] == "The container builds: FAILED. Thus."
    assert told[1] == "The public artifact is what was handed in: NOT RUN. So."
    assert "The quantitative bar is met." in list(award.reasons(evaluated(), 0.8, 0.75))


def test_both_mentors_and_the_learner_read_every_gate_with_its_evidence(twin: Twin) -> None:
    claim: Any = Claim.model_construct(
        review_id="f" * 32, attempt="a" * 32, mentor="mira", due=datetime(2026, 11, 5, tzinfo=UTC)
    )
    found = evaluated("not_run")
    form = review_form.form(twin, (DIGEST, claim), found, (), is_sealed=True).decode()
    assert "The container builds: NOT RUN. Thus." in form
    assert "(artifact_bytes 3)" in form
    learners = "\n".join(feedback.gates_told(found))
    assert "- The container builds: NOT RUN. Thus." in learners
    assert list(feedback.gates_told(found.model_copy(update={"gates": None}))) == []


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ((), "it says none;"),
        (("container_builds", "container_starts"), "it says container_builds, container_starts;"),
        (("container_starts", "container_builds", "artifact_digest"), "it says container_starts"),
        (("container_builds",) * 3, "it says container_builds, container_builds"),
    ],
)
def test_an_evaluation_without_one_of_its_gates_is_found(
    twin: Twin, ids: tuple[str, ...], said: str
) -> None:
    some = tuple(Gate(id=name, outcome="passed", detail="x") for name in ids)
    (finding,) = gates.check_gates(some, "evaluated-1.yml", twin)
    assert finding.code == "AUD-047"
    assert finding.message.startswith(said)


def test_all_gates_in_their_order_are_what_is_asked_for(twin: Twin) -> None:
    every = tuple(Gate(id=name, outcome="failed", detail="x") for name in gates.asked(twin))
    assert list(gates.check_gates(every, "", twin)) == []
    bare = twin.model_copy(update={"harness": None})
    assert list(gates.check_gates(None, "", bare)) == []
    assert [f.code for f in gates.check_gates(every, "", bare)] == ["AUD-047"]
