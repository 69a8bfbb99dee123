"""The commands of mentors and of the desk, one after the other, as people paste them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.cli import _run
from jobtwin.forge.events import Account, event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.records import layout
from jobtwin.records.base import write
from jobtwin.records.grade import Claim
from jobtwin.repository.git import Git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TWIN = "jt-incident-4"


@pytest.fixture
def run(
    desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs a command on the desk and returns (exit code, out, err)."""
    write_secrets(desk.holders, tmp_path / "secrets")

    def command(*arguments: str | Path, event: Any = None) -> tuple[int, str, str]:
        words = [str(word) for word in arguments]
        if event:
            (tmp_path / "event.json").write_bytes(event_to_json(event))
            words += ["--event", str(tmp_path / "event.json")]
            words += ["--secrets", str(tmp_path / "secrets")]
        code = _run([*words, "--repo", str(desk.git.path)] if "sign" not in words else words)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


def test_from_claim_to_decision(
    desk: Any, run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    attempt_id = desk.evaluated_attempt()
    mentor = Account(501, "mia")
    code, out, _ = run("claim", event=desk.event(mentor, f"/claim {TWIN}"))
    assert code == 0
    review_id = desk.attempt(attempt_id).last(Claim).record.review_id
    assert f"`mia` reviews `{review_id}`" in out
    assert attempt_id not in out

    form = tmp_path / "form.yml"
    assert run("review", "new", TWIN, review_id, "--out", form)[0] == 0
    code, _, err = run("review", "check", form)
    assert code == 1
    assert f"{form}:" in err
    assert "REV-011" in err
    assert "0 of 5 dimensions are complete; 0 wrong, 16 still blank" in err

    filled = tmp_path / "review.yml"
    filled.write_bytes(write(desk.written(attempt_id)))
    assert run("review", "check", filled)[0] == 0
    assert run("review", "sign", filled, "--key", desk.keys / "mia")[0] == 0
    code, out, _ = run("review", "record", filled, "--json", event=desk.event())
    assert code == 0
    assert layout.reviewed(TWIN, attempt_id, 1) in json.loads(out)["records"]

    code, out, _ = run("decide", TWIN, attempt_id, event=desk.event())
    assert code == 0
    assert out.startswith("# Passed: ")


def test_a_refusal_is_told_with_its_code_and_leaves_nothing(
    desk: Any, run: Callable[..., tuple[int, str, str]]
) -> None:
    before = desk.git.text("rev-parse", "main")
    code, out, err = run("claim", event=desk.event(comment=f"/claim {TWIN}"))
    assert (code, out) == (1, "")
    assert "CLM-003" in err
    assert "hint:" in err
    assert desk.git.text("rev-parse", "main") == before


def test_a_review_is_never_written_over(
    desk: Any, run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    desk.evaluated_attempt()
    review_id = desk.claim().review_id
    mine = tmp_path / "review.yml"
    mine.write_text("an hour of work")
    code, _, err = run("review", "new", TWIN, review_id, "--out", mine)
    assert code == 2
    assert "cannot be written" in err
    assert mine.read_text() == "an hour of work"


def test_a_review_without_its_signature_is_told_so(
    desk: Any, run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    lonely = tmp_path / "review.yml"
    lonely.write_text("format: 1\n")
    code, _, err = run("review", "record", lonely, event=desk.event())
    assert code == 2
    assert "review.yml.sig cannot be read" in err


def test_a_gold_set_from_the_harness_to_a_calibration(
    desk: Any, run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    work = Git(tmp_path / "work")
    desk.git.run("clone", "-q", str(desk.git.path), str(work.path))
    secrets = ["--secrets", str(tmp_path / "secrets")]
    sealing = ["calibrate", "seal", TWIN, "set-9", "--repo", str(work.path)]
    assert _run([*sealing, *secrets]) == 0
    work.run("add", "calibration")
    person = ["-c", "user.name=a", "-c", "user.email=a@people.invalid"]
    work.attempt(*person, "commit", "-q", "-m", "Gold set 9")
    work.run("push", "-q", "origin", "main")

    mia = Account(501, "mia")
    code, out, _ = run("calibrate", "hand-out", event=desk.event(mia, f"/calibrate {TWIN}"))
    assert (code, "holds `set-9`" in out) == (0, True)
    given, mine = tmp_path / "given", ["--mentor", "mia", "--key", desk.keys / "mia"]
    assert run("calibrate", "open", TWIN, *mine, "--out", given)[0] == 0
    assert len(list(given.iterdir())) == 25
    assert (given / "item-01" / "POSTMORTEM.md").is_file()

    answers = given / "answers.yml"
    lines = answers.read_text().splitlines()
    answers.write_text("\n".join(f"{w} 0.5" if w.startswith("      ") else w for w in lines))
    round_file = tmp_path / "round.yml"
    options = [*mine, "--answers", answers]
    assert run("calibrate", "round", TWIN, *options, "--out", round_file)[0] == 0
    code, out, _ = run("calibrate", "record", round_file, event=desk.event())
    assert code == 0
    assert "| Cohen's kappa, five levels | 0.00 | >= 0.7 |" in out
    code, out, _ = run("calibrate", "retire", TWIN, "set-9", event=desk.event())
    assert (code, "is retired" in out) == (0, True)


def test_a_set_that_measures_nothing_is_refused_and_can_be_looked_at(
    desk: Any, run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    work = Git(tmp_path / "work")
    desk.git.run("clone", "-q", str(desk.git.path), str(work.path))
    sealing = ["calibrate", "seal", TWIN, "set-9", "--count", "2", "--repo", str(work.path)]
    assert _run([*sealing, "--secrets", str(tmp_path / "secrets")]) == 1
    assert not (work.path / "calibration" / TWIN / "set-9").exists()
    looking = ["calibrate", "preview", TWIN, "--count", "2", "--repo", str(work.path)]
    assert _run([*looking, "--out", str(tmp_path / "look")]) == 0
    looked_at = json.loads((tmp_path / "look" / "reference.json").read_bytes())
    assert set(looked_at) == {"item-01", "item-02"}
    assert (tmp_path / "look" / "item-02" / "changes.diff").is_file()
