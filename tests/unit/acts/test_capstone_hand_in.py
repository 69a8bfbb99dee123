"""The capstone from its hand-in to its evaluation: forced, prepared, looked at by jobs, scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.acts.test_evaluate_in_jobs import begun, canned

from jobtwin.acts.receive import receive
from jobtwin.cli import _run
from jobtwin.forge.events import event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.harness import handover
from jobtwin.harness.gates import failed, passed
from jobtwin.records.submission import Evaluated, Received

if TYPE_CHECKING:
    from pathlib import Path

    from jobtwin.forge.events import Account

__all__ = ["canned"]
TWIN = "jt-capstone"
NO_TO_F2 = "self_checks: {F1: true, F2: false, F3: true, F4: true}\n"


class Capstone:
    """An attempt at the capstone whose container the learner knows to be broken."""

    def __init__(self, organisation: Any, learner: Account, folder: Path) -> None:
        self.organisation, self.forge, self.folder = organisation, organisation.forge, folder
        self.started = begun(self.forge, organisation.ledger(), organisation.holders, learner, TWIN)
        git = self.forge.host(learner, "work")
        commit = self.forge.commit(git, learner, {"Dockerfile": b"FROM scratch\n"}, "work")
        self.place = f"repo_url: {self.forge.url(learner, 'work')}\ncommit: {commit}\n"
        write_secrets(organisation.holders, folder / "secrets")

    def hand_in(self, more: str = "") -> Received:
        self.forge.wait(minutes=10)
        written = f"format: 1\ncheckpoint: submission\n{NO_TO_F2}{self.place}{more}"
        event = self.forge.push(1, {"submission.yml": written.encode()})
        ledger, holders = self.organisation.ledger(), self.organisation.holders
        effects = receive(event, ledger, holders, dict(self.forge.rewrite))
        self.forge.apply(effects, event)
        receipt: Received = self.last(Received)
        return receipt

    def last(self, kind: Any) -> Any:
        attempt = self.organisation.ledger().attempt(TWIN, self.started.attempt)
        return attempt.last(kind).record

    def command(self, step: str, *words: str | Path) -> None:
        given = [TWIN, self.started.attempt, *map(str, words)]
        given += ["--event", str(self.folder / "event.json")]
        given += ["--secrets", str(self.folder / "secrets"), "--repo", str(self.forge.origin.path)]
        assert _run(["evaluate", step, *given]) == 0


@pytest.fixture
def capstone(organisation: Any, learner: Account, tmp_path: Path) -> Capstone:
    return Capstone(organisation, learner, tmp_path)


def test_a_no_to_the_container_blocks_and_a_force_hands_in_and_is_on_record(
    capstone: Capstone,
) -> None:
    blocked = capstone.hand_in()
    assert (blocked.ruling, blocked.forced, blocked.snapshot) == ("blocked", False, None)
    forced = capstone.hand_in("force: true\n")
    assert (forced.ruling, forced.forced) == ("accepted", True)
    assert {check.id for check in forced.self_checks if not check.answer} == {"F2"}


def test_what_the_jobs_outside_saw_stands_in_the_signed_evaluation(
    capstone: Capstone, canned: None, tmp_path: Path
) -> None:
    capstone.hand_in("force: true\nfinal: true\n")
    (tmp_path / "event.json").write_bytes(event_to_json(capstone.forge.dispatch()))
    output, folder = tmp_path / "output", tmp_path / "prepared"
    capstone.command("prepare", "--out", folder, "--github-output", output)
    said = dict(line.split("=", 1) for line in output.read_text().splitlines())
    assert (said["probes"], said["container"]) == ("yes", "yes")
    assert _run(["evaluate", "run", str(folder), "--out", str(tmp_path / "returned")]) == 0

    binding = handover.read_prepared(folder).binding
    image = failed("Building printed more than 4 MiB.")
    seen = {"container_builds": image, "container_starts": image}
    handover.write_outside(binding, handover.Outside(gates=seen), tmp_path / "contained")
    there = {"artifact_digest": passed("It is there.", {"artifact_bytes": "3"})}
    handover.write_outside(binding, handover.Outside(gates=there), tmp_path / "probed")
    folders = [(f"--{name}", tmp_path / name) for name in ("returned", "probed", "contained")]
    words = [word for pair in folders for word in pair]
    capstone.command("score", "--prepared", said["prepared"], *words)

    record = capstone.last(Evaluated)
    assert [(gate.id, gate.outcome) for gate in record.gates] == [
        ("container_builds", "failed"),
        ("container_starts", "failed"),
        ("artifact_digest", "passed"),
    ]
    assert record.counts


def test_in_one_process_no_container_is_built_and_the_record_says_so(
    capstone: Capstone, canned: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobtwin.harness.container.look", pytest.fail)
    capstone.hand_in("force: true\nfinal: true\n")
    (tmp_path / "event.json").write_bytes(event_to_json(capstone.forge.dispatch()))
    capstone.command("whole")
    builds, starts, artifact = capstone.last(Evaluated).gates
    assert (builds.outcome, starts.outcome) == ("not_run", "not_run")
    assert "No job apart" in builds.detail
    assert artifact.outcome == "failed"
