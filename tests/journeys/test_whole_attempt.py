"""From a decision to a credential that strangers verify, and what nobody needs to approve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.github.local_github import ON_EVERY_PUSH
from tests.github.ordering import NAME
from tests.github.organisation import ADA, OTTO
from tests.github.people import Grader, Learner
from tests.github.performed import Performed

from jobtwin.acts import verify
from jobtwin.acts.audit import audit
from jobtwin.records.grade import Decision
from jobtwin.records.submission import Evaluated

if TYPE_CHECKING:
    from tests.github.local_github import LocalGitHub
    from tests.github.organisation import Template

pytestmark = pytest.mark.slow


def _credentials(github: LocalGitHub) -> list[str]:
    """Return the paths of all credentials on main."""
    listed = github.repositories.listing(NAME, "main", "credentials/")
    return [path for path in listed if path.endswith(".json") and "/status/" not in path]


def test_an_attempt_is_measured_in_three_jobs_graded_by_a_mentor_and_told_to_the_learner(
    decided: Learner,
) -> None:
    github = decided.github
    evaluated, decision = decided.attempt.last(Evaluated), decided.attempt.last(Decision)
    assert evaluated is not None
    assert evaluated.record.outcome == "passed", evaluated.record.notes
    assert decision is not None
    assert decision.record.verdict == "pass"
    (run,) = github.of("evaluate.yml")
    assert {name: job.result for name, job in run.jobs.items()} == {
        "prepare": "success",
        "run": "success",
        "probe": "skipped",
        "container": "skipped",
        "score": "success",
    }
    assert decided.is_closed
    assert decided.labels == ["passed"]
    assert "A sound fix, and an honest post-mortem." in decided.told


def test_after_every_decision_the_job_with_the_gold_key_looks_at_hidden_items(
    decided: Learner,
) -> None:
    (run,) = [run for run in decided.github.of("calibrate.yml") if run.conclusion != "skipped"]
    assert run.conclusion == "success", run.log
    assert "Looked at what was graded; nothing is said of it." in run.log


def test_feedback_waits_for_nobody_and_the_signature_for_an_approval(decided: Learner) -> None:
    github = decided.github
    assert "sound" in decided.told
    (run,) = github.of("issue.yml")
    assert run.status == "waiting"
    assert run.jobs["list"].result == "success"
    assert not _credentials(github)
    with pytest.raises(PermissionError):
        github.approve(ADA.login)


def test_one_approval_signs_and_what_is_published_verifies_from_the_site_alone(
    decided: Learner,
) -> None:
    github = decided.github
    github.disabled -= {*ON_EVERY_PUSH}
    assert github.approve(OTTO.login) == 1
    github.settle()
    (path,) = _credentials(github)
    followed = [github.of(name)[-1].conclusion for name in ON_EVERY_PUSH]
    assert followed == ["success", "success"]
    assert "1 of 1 credentials verified" in github.of("publish.yml")[-1].jobs["stranger"].log
    site = github.folder / "site"
    assert (site / ".well-known" / "did.json").is_file()
    _, shard, identifier, _ = path.split("/")
    url = f"https://credentials.example/credentials/{shard}/{identifier}/credential.json"
    verification = verify.verify_source(url, now=github.now, mirror=site)
    assert verification.ok, verification.findings
    assert audit(github.repositories.git(NAME)).ok


def test_a_revocation_is_shown_approved_and_published_in_the_same_way(decided: Learner) -> None:
    github = decided.github
    github.approve(OTTO.login)
    github.settle()
    (path,) = _credentials(github)
    _, shard, identifier, _ = path.split("/")
    github.dispatch(OTTO, "issue.yml", credential=identifier, reason="Signed by mistake.")
    github.settle()
    run = github.of("issue.yml")[-1]
    assert run.status == "waiting"
    assert "Signed by mistake." in run.jobs["list"].log
    assert not github.repositories.listing(
        NAME, "main", f"credentials/{shard}/{identifier}/revoked"
    )
    github.disabled -= {"publish.yml"}
    github.approve(OTTO.login)
    github.settle()
    assert run.conclusion == "success", run.log
    url = f"https://credentials.example/credentials/{shard}/{identifier}/credential.json"
    verification = verify.verify_source(url, now=github.now, mirror=github.folder / "site")
    assert verification.signature.value == "valid"
    assert verification.status.value == "revoked"


def test_what_passes_after_the_list_was_made_is_not_signed_by_its_approval(
    decided: Learner, template: Template
) -> None:
    github = decided.github
    (before,) = github.of("issue.yml")
    ben = Learner(github, github.account(1002, "ben"))
    later = Performed(ben)
    later.begin(900)
    handed = ben.solved("reference")
    later.hand_in(dict(handed.files), ben.asked_for(handed))
    later.grade(Grader(github, ADA, template.keys))
    assert ben.attempt.last(Decision) is not None
    github.approve(OTTO.login)
    github.settle()
    assert before.conclusion == "success", before.log
    (path,) = _credentials(github)
    signed = json.loads(github.repositories.read(NAME, "main", path) or b"")
    assert decided.attempt.id in json.dumps(signed)
    assert ben.attempt.id not in json.dumps(signed)


def test_no_secret_is_in_any_log_artifact_comment_or_commit(decided: Learner) -> None:
    github = decided.github
    github.approve(OTTO.login)
    github.settle()
    places = {
        "logs": github.logs().encode(),
        "runners": "".join(run.raw for run in github.runs.all).encode(),
        "comments": repr((github.repository.issues, github.repository.pulls)).encode(),
        "objects": _everything(github),
        "artifacts": b"".join(_unzipped(path) for path in github.folder.rglob("content.zip")),
    }
    assert all(places.values())
    for environment in github.environments.values():
        for name, value in environment.secrets.items():
            for part in {value, value.split(":")[-1], value.strip().split("\n")[-2:][0]}:
                found = [place for place, content in places.items() if part.encode() in content]
                assert not found, f"{name} stands in {found}"


def _everything(github: LocalGitHub) -> bytes:
    git = github.repositories.git(NAME)
    return git.run("cat-file", "--batch-all-objects", "--batch", "--unordered")


def _unzipped(path: Path) -> bytes:
    import zipfile

    with zipfile.ZipFile(path) as zipped:
        return b"".join(zipped.read(name) for name in zipped.namelist())
