"""One label and one comment for every state an attempt can be in, from its records alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import Refused
from jobtwin.records.base import load
from jobtwin.records.calibration import Agreement
from jobtwin.records.grade import (
    CalibrationNow,
    Claim,
    Decision,
    DimensionResult,
    DimensionScore,
    Evidence,
    Review,
    Reviewed,
)
from jobtwin.records.intake import CheckpointRequest
from jobtwin.records.submission import (
    Deadline,
    Evaluated,
    Expired,
    InboxEntry,
    Measured,
    Received,
    Snapshot,
    Started,
)
from jobtwin.records.twin import Twin
from jobtwin.rules.standing import LABELS, Case, Place, Standing, standing
from jobtwin.rules.standing.comment import LONGEST
from jobtwin.rules.standing.links import checkpoint_file
from jobtwin.rules.standing.moments import span
from jobtwin.rules.standing.state import TRIES

PROJECT = Path(__file__).parents[4]
TWIN = load(Twin, (PROJECT / "twins" / "jt-incident-4" / "twin.yml").read_bytes()).record
T0 = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HERE = Place("https://org.example")
GITHUB = Place("https://org.example", "https://github.com/org/twins", "abc", "lea/twins", "go")
SNAPSHOT = Snapshot(
    mode="repo_url",
    source="5" * 32,
    commit="c" * 40,
    tree="d" * 40,
    digest="sha256:" + "e" * 64,
    files=1,
    bytes=1,
    ref="refs/archive/none",
)
STARTED = Started(
    format=1,
    at=T0,
    event="pull_request.opened:1",
    key="clock",
    attempt="a1" + "0" * 30,
    twin=TWIN.id,
    twin_version=TWIN.version,
    twin_tree="b" * 40,
    cohort="autumn",
    policies=(),
    subject="c" * 32,
    number=1,
    pull_request="d" * 32,
    deadlines=(
        Deadline(checkpoint="live", at=T0 + timedelta(minutes=90)),
        Deadline(checkpoint="post-mortem", at=T0 + timedelta(minutes=330)),
    ),
    kit_seed="5eed" * 16,
    graded_seed_commitment="sha256:" + "0" * 64,
)
COMMON: dict[str, Any] = {"format": 1, "key": "clock", "attempt": STARTED.attempt}


def at(minute: float) -> datetime:
    return T0 + timedelta(minutes=minute)


def case(minute: float, **more: Any) -> Case:
    whole: dict[str, Any] = {
        "twin": TWIN,
        "started": STARTED,
        "now": at(minute),
        "grace_seconds": 60,
        "place": GITHUB,
    }
    return Case(**(whole | more))


def receipt(number: int, minute: float, ruling: str, **more: Any) -> tuple[str, Received]:
    whole: dict[str, Any] = {
        "event": f"pull_request.synchronize:{number}",
        "checkpoint": None if ruling == "noted" else "live",
        "snapshot": SNAPSHOT if ruling == "accepted" else None,
        "head": f"{number:x}" * 40,
        "ruling": ruling,
    }
    record = Received(at=at(minute), number=number, **(COMMON | whole | more))
    return f"sha256:{number:064}", record


def evaluated(outcome: str = "passed", **more: Any) -> Evaluated:
    met = outcome == "passed"
    line = Measured(metric="fail_to_pass", value=float(met), comparator=">=", bar=1.0, met=met)
    whole: dict[str, Any] = {
        "at": at(340),
        "event": "workflow_dispatch:5",
        "number": 1,
        "outcome": outcome,
        "counts": True,
        "bar": (line,),
        "graded": (),
    }
    return Evaluated(**(COMMON | whole | more))


def claim(number: int = 1, minute: float = 400) -> tuple[str, Claim]:
    agreement = Agreement(
        kappa=0.9,
        kappa_low=0.8,
        kappa_high=0.95,
        weighted_kappa=0.9,
        exact=0.9,
        adjacent=1.0,
        ac1=0.9,
        mean_absolute_error=0.0,
        verdict_agreement=1.0,
        items=24,
        ratings=120,
    )
    record = Claim(
        at=at(minute),
        event="issue_comment.created:6",
        number=number,
        review_id="f" * 32,
        mentor="mia",
        due=at(minute) + timedelta(hours=TWIN.mentor_sla_hours),
        calibration=CalibrationNow(
            record="sha256:" + "1" * 64, agreement=agreement, expires=at(99999)
        ),
        **COMMON,
    )
    return f"sha256:{number + 500:064}", record


def reviewed(number: int = 1) -> Reviewed:
    return Reviewed(
        at=at(500),
        event="pull_request.opened:7",
        number=number,
        claim=claim(number)[0],
        review="sha256:" + "2" * 64,
        review_signature="sha256:" + "3" * 64,
        mentor="mia",
        mentor_key="SHA256:x",
        within_sla=True,
        **COMMON,
    )


def decision(verdict: str, **more: Any) -> Decision:
    whole: dict[str, Any] = {
        "overall": 0.8 if verdict == "pass" else 0.4,
        "bar_met": verdict == "pass",
        "attempts_left": 0 if verdict == "fail" else 1,
        "best": STARTED.attempt,
        "verdict": verdict,
    }
    return Decision(
        at=at(600),
        event="workflow_dispatch:8",
        evaluation="sha256:" + "4" * 64,
        reviews=("sha256:" + "5" * 64,),
        dimensions=tuple(
            DimensionResult(dimension=part.id, score=0.5, level=3) for part in TWIN.rubric
        ),
        threshold=TWIN.pass_threshold,
        reasons=("Because.",),
        **(COMMON | whole | more),
    )


def review(summary: str) -> Review:
    return Review(
        format=1,
        attempt=STARTED.attempt,
        claim="sha256:" + "6" * 64,
        mentor="mia",
        scores=tuple(
            DimensionScore(
                dimension=part.id, score=0.5, evidence=(Evidence(file="a", line=1),), comment="Ok."
            )
            for part in TWIN.rubric
        ),
        summary=summary,
    )


ACCEPTED = receipt(1, 60, "accepted")
FINAL = receipt(2, 100, "accepted", checkpoint="post-mortem", snapshot=None, final=True)
MEASURED: dict[str, Any] = {"receipts": (ACCEPTED, FINAL), "evaluated": (evaluated(),)}
JUDGED: dict[str, Any] = {**MEASURED, "claims": (claim(),), "reviewed": (reviewed(),)}
STATES: dict[str, Case] = {
    "started": case(5),
    "noted": case(20, receipts=(receipt(1, 20, "noted"),)),
    "accepted": case(61, receipts=(ACCEPTED,)),
    "accepted, then a draft": case(70, receipts=(ACCEPTED, receipt(2, 70, "noted"))),
    "late": case(95, receipts=(receipt(1, 95, "late"),)),
    "late after accepted": case(95, receipts=(ACCEPTED, receipt(2, 95, "late"))),
    "blocked": case(30, receipts=(receipt(1, 30, "blocked", reasons=("INB-007: F1. Mend it",)),)),
    "refused": case(30, receipts=(receipt(1, 30, "refused", reasons=("INB-004: x. Do y",)),)),
    "recovered": case(61, receipts=(receipt(1, 60, "accepted", recovered=True),)),
    "nothing to grade": case(400, receipts=(receipt(1, 95, "late"),)),
    "waiting for a human": case(400, receipts=(receipt(1, 60, "accepted", recovered=True),)),
    "final": case(101, receipts=(ACCEPTED, FINAL)),
    "deadline over": case(332, receipts=(ACCEPTED,)),
    "trouble": case(
        345,
        receipts=(ACCEPTED,),
        evaluated=(evaluated("infrastructure_error", counts=False, bar=()),),
    ),
    "trouble again and again": case(
        345,
        receipts=(ACCEPTED,),
        evaluated=(evaluated("infrastructure_error", counts=False, bar=()),) * TRIES,
    ),
    "bar met": case(345, **MEASURED),
    "below the bar": case(345, **{**MEASURED, "evaluated": (evaluated("failed"),)}),
    "timed out": case(345, **{**MEASURED, "evaluated": (evaluated("timed_out"),)}),
    "invalid": case(345, **{**MEASURED, "evaluated": (evaluated("invalid"),)}),
    "held": case(345, **MEASURED, is_held=True),
    "in review": case(401, **MEASURED, claims=(claim(),)),
    "overdue": case(99999, **MEASURED, claims=(claim(),)),
    "reviewed": case(501, **JUDGED),
    "passed": case(601, **JUDGED, reviews=(review("Good."),), decision=decision("pass")),
    "signed": case(
        700,
        **JUDGED,
        reviews=(review("Good."),),
        decision=decision("pass"),
        credential="https://org.example/credentials/ab/abc/",
    ),
    "an earlier one binds": case(
        601, **JUDGED, reviews=(review("Good."),), decision=decision("pass", best="e" * 32)
    ),
    "retake": case(601, **JUDGED, reviews=(review("Not yet."),), decision=decision("retake")),
    "failed": case(601, **JUDGED, reviews=(review("No."),), decision=decision("fail")),
    "expired": case(
        400,
        receipts=(receipt(1, 95, "late"),),
        expired=Expired(at=at(400), event="schedule:9", reason="Nothing.", **COMMON),
    ),
}
SAYS = {
    "started": ("started", "The clock is running", ""),
    "noted": ("started", "The clock is running", ""),
    "accepted": ("accepted", "**Accepted, in time.**", ""),
    "accepted, then a draft": ("accepted", "**Accepted, in time.**", ""),
    "late": ("late", "Nothing was accepted for it before, so it stays empty.", ""),
    "late after accepted": ("late", "What was accepted for it before still counts", ""),
    "blocked": ("blocked", "Blocked by a critical self-check", ""),
    "refused": ("refused", "Not taken in", ""),
    "recovered": ("accepted", "An operator decides whether it counts", ""),
    "nothing to grade": ("late", "nothing that can be graded was accepted", ""),
    "waiting for a human": ("accepted", "A person looks at it before it is measured", ""),
    "final": ("evaluating", "The machine measures your work now", "evaluate"),
    "deadline over": ("evaluating", "The machine measures your work now", "evaluate"),
    "trouble": ("infrastructure-error", "Our machine failed, not your work", ""),
    "trouble again and again": ("infrastructure-error", "A person finds out why", ""),
    "bar met": ("waiting-for-mentor", "the machine bar is met", ""),
    "below the bar": ("waiting-for-mentor", "the machine bar is not met", ""),
    "timed out": ("waiting-for-mentor", "did not end in the time it has", ""),
    "invalid": ("waiting-for-mentor", "could not be read", ""),
    "held": ("bundle-held", "an operator looks at it", ""),
    "in review": ("in-review", "A mentor is reading your work", ""),
    "overdue": ("waiting-for-mentor", "Your mentor is overdue", ""),
    "reviewed": ("in-review", "the decision follows here", "decide"),
    "passed": ("passed", "# Passed", "issue"),
    "signed": ("passed", "<https://org.example/credentials/ab/abc/>", ""),
    "an earlier one binds": ("passed", "its credential stands", ""),
    "retake": ("retake", "# Not cleared yet", ""),
    "failed": ("not-cleared", "No attempt is left", ""),
    "expired": ("expired", "**Expired: nothing that can be graded", ""),
}


@pytest.mark.parametrize("name", STATES)
def test_each_state_has_its_label_its_own_words_and_what_follows(name: str) -> None:
    label, words, follows = SAYS[name]
    said = standing(STATES[name])
    assert (said.label, said.follows) == (label, follows)
    assert words in said.comment


def test_states_of_different_meaning_begin_with_different_words() -> None:
    first = {name: standing(found).comment.split("\n")[0] for name, found in STATES.items()}
    alike = {"noted", "accepted, then a draft", "recovered", "deadline over", "signed"}
    alike |= {"held", "overdue", "in review", "reviewed", "an earlier one binds"}
    own = [words for name, words in first.items() if name not in alike]
    assert len(set(own)) == len(own)


def test_every_label_is_on_the_list_and_none_begins_another() -> None:
    beside = {"no-mentor"}  # no stage: a sweep adds it where every mentor is excluded
    assert {standing(found).label for found in STATES.values()} | beside == set(LABELS)
    for one in LABELS:
        assert not any(other.startswith(one) for other in LABELS if other != one)


def test_who_let_an_attempt_expire_is_told_whether_another_is_left() -> None:
    first = STATES["expired"]
    second = replace(first, started=STARTED.model_copy(update={"number": 2}))
    assert "another one is left: [start again](" in standing(first).comment
    assert "it was the last, unless our machine failed" in standing(second).comment


@pytest.mark.parametrize("name", STATES)
def test_the_same_records_give_the_same_bytes(name: str) -> None:
    assert standing(STATES[name]) == standing(replace(STATES[name]))


@pytest.mark.parametrize("name", STATES)
def test_only_a_running_attempt_is_shown_how_to_hand_in(name: str) -> None:
    said = standing(STATES[name])
    assert ("**What to do next**" in said.comment) is said.is_running
    assert said.is_running is (SAYS[name][0] in LABELS and "uvx --from" in said.comment)


@pytest.mark.parametrize("name", [n for n, c in STATES.items() if not c.decision])
def test_the_comment_says_when_the_clock_started_and_what_drafts_do_not_do(name: str) -> None:
    comment = standing(STATES[name]).comment
    assert "The clock started when this pull request opened, 2026-11-02 09:00:00 UTC." in comment
    assert "Drafts never move a deadline" in comment
    assert "explanation/what-an-open-repository-cannot-hide/" in comment


def test_every_checkpoint_has_its_deadline_and_time_left() -> None:
    comment = standing(STATES["accepted"]).comment
    assert "| Live window (`live`) | 2026-11-02 10:30:00 UTC | 29 min | accepted" in comment
    assert "| 2026-11-02 14:30:00 UTC | 4 h 29 min | not handed in |" in comment
    assert "| closed | late, not counted |" in standing(STATES["late"]).comment


def test_a_final_without_a_repository_is_told_to_end_nothing() -> None:
    words = receipt(1, 20, "accepted", checkpoint="post-mortem", snapshot=None, final=True)
    said = standing(case(21, receipts=(words,)))
    assert (said.label, said.is_running, said.follows) == ("accepted", True, "")
    assert "`final: true` ends nothing yet" in said.comment


def test_when_no_repository_came_in_time_the_learner_hears_it_at_once() -> None:
    words = receipt(1, 100, "accepted", checkpoint="post-mortem", snapshot=None)
    said = standing(case(101, receipts=(words,)))
    assert "**No repository was accepted in time" in said.comment
    assert "No repository was accepted" not in standing(STATES["started"]).comment
    assert "No repository was accepted" not in standing(STATES["late after accepted"]).comment


def test_what_counts_is_the_last_accepted_by_the_time_of_its_event() -> None:
    newer, older = receipt(1, 60, "accepted"), receipt(2, 50, "accepted")
    comment = standing(case(61, receipts=(newer, older))).comment
    assert "accepted 2026-11-02 10:00:00 UTC, head `111111111111`" in comment


def test_receipts_are_listed_with_their_head_the_newest_first() -> None:
    comment = standing(STATES["final"]).comment
    rows = [line for line in comment.splitlines() if line.startswith("| 2026")]
    assert "`222222222222` | `post-mortem` | **accepted**, final |" in rows[0]
    assert "`111111111111` | `live` | **accepted** | commit `cccccccccccc` |" in rows[1]


def test_an_update_by_comment_is_listed_with_the_name_that_it_got() -> None:
    entry = InboxEntry(path="updates/51.yml", digest="sha256:" + "7" * 64, bytes=1)
    _, said = receipt(1, 20, "noted", event="issue_comment.created:1", inbox=(entry,))
    assert (
        "| update `updates/51.yml` | noted |" in standing(case(21, receipts=(("x", said),))).comment
    )


@pytest.mark.parametrize(
    ("before", "after", "label"),
    [
        ({"event": "issue_comment.created:1"}, {"event": "issue_comment.created:2"}, "started"),
        ({"event": "pull_request.synchronize:1"}, {"event": "pull_request.opened:2"}, "started"),
        ({"event": "pull_request.synchronize:1"}, {"event": "issue_comment.created:2"}, "refused"),
        (
            {"event": "pull_request.synchronize:1", "checkpoint": "live"},
            {"event": "pull_request.synchronize:2"},
            "refused",
        ),
    ],
    ids=[
        "an update by the next",
        "files by the next",
        "files by no update",
        "a checkpoint by none",
    ],
)
def test_what_was_refused_is_mended_by_what_is_taken_in_after_it(
    before: dict[str, Any], after: dict[str, Any], label: str
) -> None:
    plain: dict[str, Any] = {"checkpoint": None, "snapshot": None}
    refused = receipt(1, 10, "refused", reasons=("INB-009: it says nothing",), **(plain | before))
    taken = receipt(2, 12, "noted", **(plain | after))
    said = standing(case(13, receipts=(refused, taken)))
    assert said.label == label
    assert ("INB-009" in said.comment) == (label == "refused")


def test_a_hundred_receipts_still_make_a_short_comment() -> None:
    many = tuple(receipt(number, number / 10, "noted", head="a" * 40) for number in range(1, 101))
    comment = standing(case(20, receipts=many)).comment
    assert "88 earlier receipts are in the records." in comment
    assert len(comment) < 10_000


def links(comment: str) -> list[str]:
    return [part.split(")")[0] for part in comment.split("](")[1:]]


def prefilled(comment: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in links(comment):
        asked = parse_qs(urlsplit(link).query)
        if "value" in asked:
            found.setdefault(asked["filename"][0], []).append(asked["value"][0])
    return found


def test_each_open_checkpoint_has_a_link_for_each_mode_the_first_one_first() -> None:
    found = prefilled(standing(STATES["started"]).comment)
    assert list(found) == ["live.yml", "post-mortem.yml"]
    by_url, by_upload = found["live.yml"]
    assert "repo_url: <" in by_url
    assert "mode:" not in by_url
    assert "mode: file_upload" in by_upload


def test_the_line_that_hands_in_goes_on_with_the_branch_that_the_learner_began() -> None:
    there = f"--repo {GITHUB.repository} --twin-tree {STARTED.twin_tree}"
    comment = standing(STATES["started"]).comment
    assert f"      uv tool install git+{GITHUB.repository}@abc\n" in comment
    assert f"      jobtwin eval {there}\n" in comment
    assert f"      jobtwin submit live {there} --fork lea/twins --branch go\n" in comment
    assert f"jobtwin submit post-mortem {there}" in standing(STATES["late"]).comment


@pytest.mark.parametrize("branch", ["a;id", "$(id)", "a`id`", "-f", "a'b", "a\nb", "a|b", ""])
def test_no_branch_says_anything_to_a_shell(branch: str) -> None:
    place = replace(GITHUB, branch=branch)
    assert "--branch" not in standing(case(5, place=place)).comment


def test_a_checkpoint_that_is_closed_or_handed_in_is_not_begun_again() -> None:
    late = standing(STATES["late"]).comment
    assert list(prefilled(late)) == ["post-mortem.yml"]
    assert "/edit/" not in late
    edit = "https://github.com/lea/twins/edit/go/submissions/inbox/live.yml"
    assert edit in links(standing(STATES["accepted"]).comment)


@pytest.mark.parametrize("mode", ["repo_url", "file_upload"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_prefilled_file_is_refused_as_it_stands_and_taken_when_it_is_filled_in(
    mode: str, number: int
) -> None:
    text = checkpoint_file(TWIN, TWIN.checkpoints[number], mode)
    with pytest.raises(Refused) as refused:
        load(CheckpointRequest, text.encode())
    assert {finding.code for finding in refused.value.findings} == {"REC-003"}
    for check in TWIN.failure_modes:
        text = text.replace(f"  {check.id}:", f"  {check.id}: true")
    text = text.replace("<https URL of your public repository>", "https://github.com/lea/work")
    text = text.replace("<40 hex digits of the commit to grade>", "a" * 40)
    filled = load(CheckpointRequest, text.encode()).record
    assert filled.checkpoint == TWIN.checkpoints[number].id
    assert (filled.force, filled.final) == (False, False)


def test_without_a_forge_the_same_is_said_without_links() -> None:
    comment = standing(case(5, place=HERE)).comment
    assert f"jobtwin kit {TWIN.id} --seed {STARTED.kit_seed} --out work" in comment
    assert "add `submissions/inbox/live.yml` to this pull request" in comment
    assert "uvx" not in comment
    assert all("org.example" in link for link in links(comment))


def test_the_status_template_is_shown_while_the_live_window_is_open() -> None:
    template = TWIN.inbox[1].by_comment
    assert template
    first = template.splitlines()[0]
    assert f"      /status\n      {first}\n" in standing(STATES["started"]).comment
    assert "/status" not in standing(STATES["late"]).comment


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_fork_or_branch_breaks_out_of_its_link(fork: str, branch: str) -> None:
    place = Place("https://org.example", "https://github.com/org/twins", "abc", fork, branch)
    comment = standing(case(5, place=place)).comment
    for link in links(comment):
        assert link.startswith(("https://github.com/", "https://org.example/"))
        assert not set(link) & set(" <>()[]\"'`\n\\")


HOSTILE = "</details> @everybody **bold** [a](javascript:b) `x` <script> | #1 ![i](http://x/y)"


@pytest.mark.parametrize("name", ["refused", "bar met", "retake"])
def test_what_people_wrote_is_shown_as_text(name: str) -> None:
    hostile = {
        "refused": case(
            30, receipts=(receipt(1, 30, "refused", reasons=(f"INB-004: {HOSTILE}",)),)
        ),
        "bar met": case(345, **{**MEASURED, "evaluated": (evaluated(notes=(HOSTILE,)),)}),
        "retake": case(601, **JUDGED, reviews=(review(HOSTILE),), decision=decision("retake")),
    }
    comment = standing(hostile[name]).comment
    for markup in ("</details>", "@everybody", "**bold**", "[a](", "<script>", "![i]"):
        assert markup not in comment


def test_a_comment_never_grows_beyond_what_a_forge_takes() -> None:
    words = "word " * 790
    many = tuple(review(words) for _ in range(30))
    said = standing(case(601, **JUDGED, reviews=many, decision=decision("retake")))
    assert len(said.comment) < LONGEST + 1000
    assert "the rest is in the records" in said.comment


def test_thousands_of_reasons_are_counted_not_listed() -> None:
    reasons = tuple(f"INB-004: `{number}`. Remove it." for number in range(50))
    comment = standing(case(30, receipts=(receipt(1, 30, "refused", reasons=reasons),))).comment
    assert comment.count("INB-004") == 20
    assert "- and 30 more" in comment


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (3599, "59 min"),
        (3600, "1 h 0 min"),
        (5400, "1 h 30 min"),
        (86399, "23 h 59 min"),
        (90000, "1 d 1 h"),
        (-5, "0 s"),
    ],
)
def test_time_left_is_rounded_down(seconds: int, words: str) -> None:
    assert span(seconds) == words


def test_a_standing_is_plain_data() -> None:
    assert isinstance(standing(STATES["started"]), Standing)


def test_the_comment_leads_to_the_records_and_to_the_attempts_own_page() -> None:
    told = standing(case(5)).comment
    page = f"https://org.example/attempts/a1/{STARTED.attempt}/"
    assert f"[its page]({page})" in told
    assert "its grading" not in told
    assert "its page" not in standing(case(5, place=HERE)).comment
