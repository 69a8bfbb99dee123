"""What the inbox may hold, and what a checkpoint file must say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import Refused
from jobtwin.records.base import Loaded, load, write
from jobtwin.records.intake import CheckpointRequest
from jobtwin.records.layout import INBOX
from jobtwin.records.twin import Twin
from jobtwin.rules import intake
from jobtwin.rules.intake import Change
from jobtwin.rules.standing import links

ROOT = Path(__file__).parents[3]
TWIN = load(Twin, (ROOT / "twins/jt-incident-4/twin.yml").read_bytes()).record
CHECKS = {check.id: True for check in TWIN.failure_modes}
CRITICAL = next(check.id for check in TWIN.failure_modes if check.kind == "critical")
OTHER = next(check.id for check in TWIN.failure_modes if check.kind != "critical")
WITH_REPOSITORY = next(item.id for item in TWIN.checkpoints if item.repository)


def request(path: str = "", **more: Any) -> Loaded[CheckpointRequest]:
    whole: dict[str, Any] = {
        "checkpoint": WITH_REPOSITORY,
        "repo_url": "https://github.com/lea/work",
        "commit": "1" * 40,
        "self_checks": CHECKS,
    }
    record = CheckpointRequest(format=1, **(whole | more))
    return load(CheckpointRequest, write(record), path or f"{INBOX}/{record.checkpoint}.yml")


def problems(loaded: Loaded[CheckpointRequest]) -> list[str]:
    return [finding.code for finding in intake.check_request(TWIN, loaded)]


def changes(*paths: str, mode: str = "100644", size: int = 1) -> list[str]:
    found = (Change(f"{INBOX}/{path}", mode, size) for path in paths)
    return [finding.code for finding in intake.check_changes(found)]


def names(files: dict[str, bytes]) -> list[str]:
    return [finding.code for finding in intake.check_names(TWIN, files)]


def test_regular_files_with_plain_names_are_taken_in() -> None:
    assert changes("start.yml", "updates/01.yml", "POSTMORTEM.md") == []
    assert changes("run.sh", mode="100755") == []


def test_two_hundred_files_and_one_mebibyte_are_the_most() -> None:
    paths = [f"updates/{number}.yml" for number in range(201)]
    assert changes(*paths[:200]) == []
    assert changes(*paths) == ["INB-003"]
    assert changes("a", size=intake.MAX_BYTES) == []
    assert changes("a", size=intake.MAX_BYTES + 1) == ["INB-003"]


@given(st.text(min_size=1, max_size=20))
def test_whatever_the_name_a_finding_can_be_printed(name: str) -> None:
    found = [Change(f"{INBOX}/{name}", "100644")]
    assert all(str(finding).isprintable() for finding in intake.check_changes(found))


@pytest.mark.parametrize("path", ["start.yml", f"{WITH_REPOSITORY}.yml", "upload/src/a.py"])
def test_requests_and_uploads_need_not_be_in_the_brief(path: str) -> None:
    assert names({path: b""}) == []


def test_what_the_brief_does_not_ask_for_is_named() -> None:
    assert names({"solution.zip": b""}) == ["INB-004"]


def test_a_file_may_be_as_large_as_the_brief_says_and_no_larger() -> None:
    most = next(item.max_kib for item in TWIN.inbox if item.pattern == "POSTMORTEM.md") * 1024
    assert names({"POSTMORTEM.md": b"x" * most}) == []
    assert names({"POSTMORTEM.md": b"x" * (most + 1)}) == ["INB-003"]


def test_there_may_be_as_many_files_of_a_kind_as_the_brief_says() -> None:
    most = next(item.max_count for item in TWIN.inbox if item.pattern.startswith("updates/"))
    assert names({f"updates/{number:02}.yml": b"" for number in range(most)}) == []
    assert names({f"updates/{number:02}.yml": b"" for number in range(most + 1)}) == ["INB-003"]


def test_a_file_that_the_brief_does_not_ask_for_is_told_with_those_that_it_does() -> None:
    [finding] = intake.check_names(TWIN, {"stat.yml": b""})
    for asked in ("live.yml", "post-mortem.yml", "start.yml", "updates/*.yml", "POSTMORTEM.md"):
        assert asked in finding.message


def test_a_checkpoint_file_left_as_it_was_offered_is_told_what_to_put_where() -> None:
    offered = links.checkpoint_file(TWIN, TWIN.checkpoints[0], "repo_url").encode()
    with pytest.raises(Refused) as refused:
        load(CheckpointRequest, offered, "live.yml")
    told = {finding.message.partition(": ")[::2] for finding in refused.value.findings}
    left = "the placeholder still stands here; put your own value in its place"
    asked = "write `true` or `false`"
    answers = {(f"`self_checks.{check.id}`", asked) for check in TWIN.failure_modes}
    assert told == {("`repo_url`", left), ("`commit`", left)} | answers


def test_a_complete_request_has_nothing_wrong_with_it() -> None:
    assert problems(request()) == []


def test_the_first_mode_of_the_brief_is_meant_when_none_is_named() -> None:
    assert TWIN.submission_modes[0] == "repo_url"
    assert problems(request(repo_url=None, commit=None)) == ["INB-008"]
    assert problems(request(commit=None)) == ["INB-008"]


def test_a_mode_that_the_brief_does_not_offer_is_told() -> None:
    only = TWIN.model_copy(update={"submission_modes": ("repo_url",)})
    found = list(intake.check_request(only, request(mode="file_upload")))
    assert [finding.code for finding in found] == ["INB-008"]


def test_a_checkpoint_of_writing_alone_needs_no_repository() -> None:
    writing = next(item.id for item in TWIN.checkpoints if not item.repository)
    assert problems(request(checkpoint=writing, repo_url=None, commit=None)) == []


def test_an_unknown_checkpoint_or_one_under_another_name_is_told() -> None:
    assert problems(request(checkpoint="other")) == ["INB-008"]
    assert problems(request(path=f"{INBOX}/other.yml")) == ["INB-008"]


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_each_self_check_that_is_not_answered_is_named_with_its_question(check: str) -> None:
    answers = {name: yes for name, yes in CHECKS.items() if name != check}
    found = list(intake.check_request(TWIN, request(self_checks=answers)))
    assert [finding.code for finding in found] == ["INB-006"]
    assert found[0].message.startswith(check)
    assert found[0].line is not None


def test_only_a_critical_self_check_answered_no_blocks() -> None:
    answers = {**CHECKS, CRITICAL: False, OTHER: False}
    loaded = request(self_checks=answers)
    assert problems(loaded) == []
    found = list(intake.check_self_checks(TWIN, loaded))
    assert [finding.code for finding in found] == ["INB-007"]
    assert found[0].message.startswith(CRITICAL)


def test_force_does_not_hide_what_was_answered() -> None:
    loaded = request(self_checks={**CHECKS, CRITICAL: False}, force=True)
    assert [finding.code for finding in intake.check_self_checks(TWIN, loaded)] == ["INB-007"]
