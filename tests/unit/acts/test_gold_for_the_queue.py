"""Hidden gold has the form of a live attempt, whatever form its items have in a round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobtwin.acts.calibrate.making import for_queue, items_for
from jobtwin.cli import _run
from jobtwin.errors import Refused
from jobtwin.forge.founding import write_secrets
from jobtwin.harness import twin_code
from jobtwin.records.base import load
from jobtwin.records.twin import Twin
from jobtwin.rules import hidden
from jobtwin.rules.gold import identity
from jobtwin.rules.gold_plan import PlannedItem
from jobtwin.rules.scoring import exact, overall, weights

PROJECT = Path(__file__).resolve().parents[3]
MACHINES = {
    "jt-evals-2": ("harness-report.txt",),
    "jt-safety-5": ("machine-report.txt",),
    "jt-latency-3": ("profile.json", "report.json"),
}
"""Twins whose items are files of the repository → those that only rounds show."""
SEED = b"g" * 32


def _kit(twin_id: str, tmp_path: Path) -> Path:
    """Write the kit of a carrier's seed, with what git and the kit add to it."""
    files = twin_code.load(PROJECT / "twins" / twin_id).kit(b"k" * 32).files
    folder = tmp_path / "kit"
    for path, body in {**files, ".jobtwin.yml": b"seed: mine\n", ".git/HEAD": b"x"}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(body)
    return folder


@pytest.mark.parametrize("twin_id", MACHINES)
def test_an_item_laid_over_the_carriers_kit_is_known_again_when_he_hands_it_in(
    twin_id: str, tmp_path: Path
) -> None:
    folder = PROJECT / "twins" / twin_id
    twin = load(Twin, (folder / "twin.yml").read_bytes()).record
    items = items_for(twin, folder, None, SEED, 24)
    made = for_queue(items, twin, _kit(twin_id, tmp_path), MACHINES[twin_id])
    assert len(made) >= 4
    bar, dimensions = exact(twin.pass_threshold), weights(twin)
    assert all(overall(item.scores, dimensions) < bar for item in made)
    item = made[0]
    names = {path.removeprefix("work/") for path in item.files}
    assert not names & {*MACHINES[twin_id], ".jobtwin.yml", ".git/HEAD"}
    work = {p.removeprefix("work/"): body for p, body in item.files.items()}
    handed = hidden.handed_in(work | {".jobtwin.yml": b"seed: another\n"}, {})
    assert handed == identity(item.files)


def _item(**files: bytes) -> PlannedItem:
    named = {path.replace("__", "/"): body for path, body in files.items()}
    return PlannedItem(named, dict.fromkeys(DIMENSIONS, 0.25), ("a", "b", "c", "d", "e"))


TWIN = load(Twin, (PROJECT / "twins/jt-incident-4/twin.yml").read_bytes()).record
DIMENSIONS = [dimension.id for dimension in TWIN.rubric]


def test_whole_repositories_need_no_kit_and_keep_their_inbox() -> None:
    (made,) = for_queue([_item(work__app=b"1", inbox__one=b"2")], TWIN, None, ())
    assert dict(made.files) == {"inbox/one": b"2", "work/app": b"1"}


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([_item(app=b"1")], "GLD-007"),
        ([_item(inbox__one=b"2")], "no repository"),
        ([_item(work__app=b"1"), _item(work__app=b"1")], "copy of another"),
        ([], "GLD-008"),
    ],
)
def test_what_would_be_told_apart_from_learners_work_is_refused(items: Any, said: str) -> None:
    with pytest.raises(Refused, match=said):
        for_queue(items, TWIN, None, ())


def test_an_operator_seals_a_set_for_the_queue_with_the_carriers_kit(
    desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_secrets(desk.holders, tmp_path / "secrets")
    clone = tmp_path / "clone"
    desk.git.run("worktree", "add", "--detach", str(clone), "main")
    words = ["calibrate", "seal", "jt-evals-2", "queue-1", "--use", "queue"]
    words += ["--kit", str(_kit("jt-evals-2", tmp_path)), "--without", "harness-report.txt"]
    words += ["--repo", str(clone), "--secrets", str(tmp_path / "secrets")]
    code = _run(words)
    told = capsys.readouterr()
    assert code == 0, told.err
    assert "calibration/jt-evals-2/queue-1" in told.out
    assert "use: queue" in (clone / "calibration/jt-evals-2/queue-1/set.yml").read_text()
