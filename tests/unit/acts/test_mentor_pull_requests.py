"""A mentor's review or round comes as a pull request: read as git objects, closed, never merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.calibrate import calibrate_by_pull_request
from jobtwin.acts.review import review_by_pull_request, sign_review
from jobtwin.cli import _run
from jobtwin.errors import Refused
from jobtwin.forge.events import Account, Event, PullRequest, event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.records import layout
from jobtwin.records.base import write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TWIN = "jt-incident-4"
REVIEW = f"{layout.GRADES_INBOX}/review.yml"
ROUND = f"{layout.CALIBRATION_INBOX}/round.yml"
WHO = {
    f"GIT_{who}_{what}": "mia@people.invalid"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


def brings(
    desk: Any,
    files: Mapping[str, bytes | None],
    mode: str = "100644",
    kind: str = "pull_request.opened",
) -> Event:
    """Return the event of a pull request that changes files; None removes one."""
    index = {"GIT_INDEX_FILE": str(desk.git.path / "mentor-index")}
    desk.git.run("read-tree", "main", env=index)
    for path, content in files.items():
        if content is None:
            line = f"0 {'0' * 40}\t{path}\n"
        elif mode == "160000":
            line = f"{mode} {'1' * 40}\t{path}\n"
        else:
            blob = desk.git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
            line = f"{mode} {blob}\t{path}\n"
        desk.git.run("update-index", "--index-info", stdin=line.encode(), env=index)
    tree = desk.git.text("write-tree", env=index)
    head = desk.git.text("commit-tree", tree, "-p", "main", "-m", "a review", env=WHO)
    actor = Account(501, "mia")
    desk.events += 1
    pull_request = PullRequest(77, actor, head, "mia/records", "review")
    return Event(f"{kind}:{desk.events}", desk.now, actor, pull_request)


@pytest.fixture
def reviewed(desk: Any) -> dict[str, bytes | None]:
    """A complete review, signed, by its places in the inbox."""
    attempt_id = desk.evaluated_attempt()
    desk.claim()
    content = write(desk.written(attempt_id))
    return {REVIEW: content, f"{REVIEW}.sig": sign_review(desk.keys / "mia", content)}


def take_in(desk: Any, event: Event) -> Any:
    return desk.apply(review_by_pull_request(event, desk.ledger(), desk.holders))


def test_a_review_is_taken_in_byte_for_byte_and_its_pull_request_closed(
    desk: Any, reviewed: dict[str, bytes | None]
) -> None:
    before = desk.git.text("rev-parse", "main")
    effects = take_in(desk, brings(desk, reviewed))
    assert effects.close
    assert "was received" in effects.comment
    kept = {path.rsplit("/", 1)[-1]: body for path, body in effects.records.items()}
    assert (kept["review-1.yml"], kept["review-1.yml.sig"]) == tuple(reviewed.values())
    assert "reviewed-1.yml" in kept
    assert desk.git.text("log", "--format=%s", f"{before}..main").count("\n") == 0
    assert desk.ledger().tree.names(layout.GRADES_INBOX) == []


def test_the_same_event_again_answers_the_same_and_writes_nothing(
    desk: Any, reviewed: dict[str, bytes | None]
) -> None:
    event = brings(desk, reviewed)
    first = take_in(desk, event)
    again = take_in(desk, event)
    assert again.records == {}
    assert (again.close, again.comment) == (True, first.comment)


def test_main_may_move_on_between_the_branch_and_the_event(
    desk: Any, reviewed: dict[str, bytes | None]
) -> None:
    event = brings(desk, reviewed)
    desk.evaluated_attempt(account=1002)
    assert take_in(desk, event).close


def test_a_pull_request_that_was_only_closed_brings_nothing(
    desk: Any, reviewed: dict[str, bytes | None]
) -> None:
    effects = take_in(desk, brings(desk, reviewed, kind="pull_request.closed"))
    assert (effects.records, effects.close, effects.comment) == ({}, False, "")


def test_a_round_is_measured_and_its_pull_request_closed(make_desk: Any) -> None:
    desk = make_desk()
    desk.hand_out("mia")
    content, signature = desk.round("mia")
    event = brings(desk, {ROUND: content, f"{ROUND}.sig": signature})
    effects = desk.apply(calibrate_by_pull_request(event, desk.ledger(), desk.holders))
    assert effects.close
    assert layout.calibrated("mia", TWIN, 1) in effects.records


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        ".github/workflows/issue.yml",
        "mentors/mia.yml",
        "grades/inbox/review-2.yml",
        "grades/inbox/deep/review.yml",
        "submissions/inbox/start.yml",
        "calibration/inbox/round.yml",
        "grades/inbox/\u202egnp.yml",
    ],
)
def test_a_review_comes_alone(desk: Any, reviewed: dict[str, bytes | None], path: str) -> None:
    with pytest.raises(Refused, match="INB-010") as refused:
        take_in(desk, brings(desk, {**reviewed, path: b"format: 1\n"}))
    (finding,) = refused.value.findings
    assert "one of them at a time" in finding.message
    assert str(finding).isprintable()


def test_a_pull_request_that_also_removes_a_file_is_refused(
    desk: Any, reviewed: dict[str, bytes | None]
) -> None:
    with pytest.raises(Refused, match="INB-010"):
        take_in(desk, brings(desk, {**reviewed, "mentors/max.yml": None}))


@pytest.mark.parametrize("mode", ["120000", "160000"])
def test_a_link_or_a_submodule_is_not_followed(
    desk: Any, reviewed: dict[str, bytes | None], mode: str
) -> None:
    with pytest.raises(Refused, match="INB-002"):
        take_in(desk, brings(desk, reviewed, mode))


@pytest.mark.parametrize("missing", [REVIEW, f"{REVIEW}.sig"])
def test_half_a_review_is_told_what_is_missing(
    desk: Any, reviewed: dict[str, bytes | None], missing: str
) -> None:
    with pytest.raises(Refused, match=f"INB-011 `{missing}` is not there"):
        take_in(desk, brings(desk, {path: b for path, b in reviewed.items() if path != missing}))


@pytest.mark.parametrize(("path", "size"), [(REVIEW, 1 << 20), (f"{REVIEW}.sig", 16 * 1024)])
def test_what_is_too_large_is_refused_unread(
    desk: Any, reviewed: dict[str, bytes | None], path: str, size: int
) -> None:
    with pytest.raises(Refused, match="INB-003"):
        take_in(desk, brings(desk, {**reviewed, path: b"a" * (size + 1)}))


def test_a_review_that_was_changed_after_it_was_signed_stays_open(
    desk: Any, reviewed: dict[str, bytes | None]
) -> None:
    content = (reviewed[REVIEW] or b"").replace(b"score: 0.75", b"score: 0.95")
    with pytest.raises(Refused, match="SIG-"):
        take_in(desk, brings(desk, {**reviewed, REVIEW: content}))


def test_the_commands_take_it_from_the_pull_request_when_no_file_is_named(
    desk: Any,
    reviewed: dict[str, bytes | None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_secrets(desk.holders, tmp_path / "secrets")
    words = ["--repo", str(desk.git.path), "--secrets", str(tmp_path / "secrets")]
    words += ["--event", str(tmp_path / "event.json")]
    (tmp_path / "event.json").write_bytes(event_to_json(brings(desk, reviewed)))
    assert _run(["calibrate", "record", *words]) == 1
    assert "INB-010" in capsys.readouterr().err
    assert _run(["review", "record", *words]) == 0
    assert "was received" in capsys.readouterr().out
