"""start: the clock begins to run when the pull request opens, and what applies is fixed then."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobtwin.acts.audit import audit
from jobtwin.acts.start import start
from jobtwin.cli import _run
from jobtwin.errors import EngineError, Refused
from jobtwin.forge.events import Account, Effects, event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.records.base import load, write
from jobtwin.records.intake import StartRequest
from jobtwin.records.submission import Started
from jobtwin.rules import relations, seeds
from jobtwin.rules.ledger import check_record

if TYPE_CHECKING:
    from jobtwin.forge.events import Event

PROJECT = Path(__file__).parents[3]
TWIN = "jt-incident-4"
SCRIPT = b"$(touch owned)\x1b[2J"


def request(twin: str = TWIN, **more: Any) -> bytes:
    return write(StartRequest(format=1, twin=twin, **more))


def opened(organisation: Any, learner: Account, **more: Any) -> Event:
    event: Event = organisation.forge.open_pull_request(learner, {"start.yml": request(**more)})
    return event


def act(organisation: Any, event: Event) -> Effects:
    ledger = organisation.ledger()
    with ledger.tree:
        return start(event, ledger, organisation.holders)


def record(effects: Effects) -> Started:
    (content,) = effects.records.values()
    return load(Started, content).record


def refused(organisation: Any, event: Event) -> list[str]:
    with pytest.raises(Refused) as found:
        act(organisation, event)
    assert all(finding.hint for finding in found.value.findings)
    return [finding.code for finding in found.value.findings]


def test_the_clock_starts_at_the_moment_of_the_event(organisation: Any, learner: Account) -> None:
    event = opened(organisation, learner)
    started = record(act(organisation, event))
    assert (started.at, started.event) == (event.at, event.id)
    closing = {item.checkpoint: item.at - event.at for item in started.deadlines}
    assert closing["live"] == timedelta(minutes=90)
    assert closing["post-mortem"] == timedelta(minutes=90, hours=4)


def test_the_record_is_signed_by_the_clock_and_begins_a_chain(
    organisation: Any, learner: Account
) -> None:
    effects = act(organisation, opened(organisation, learner))
    started = record(effects)
    ledger = organisation.ledger()
    with ledger.tree:
        keys = ledger.act_keys
    assert list(check_record(started, next(iter(effects.records)), keys, None)) == []


def test_what_applies_is_pinned_with_the_twin_the_cohort_and_the_policies(
    organisation: Any, learner: Account
) -> None:
    started = record(act(organisation, opened(organisation, learner)))
    ledger = organisation.ledger()
    assert started.twin_tree == ledger.tree.tree_id(f"twins/{TWIN}")
    assert started.cohort == "autumn-2026"
    assert {item.path.split("/")[1].split("-")[0] for item in started.policies} == {
        "calibration",
        "intake",
        "queue",
        "visibility",
    }


def test_the_kit_seed_is_told_and_the_held_out_seed_only_committed_to(
    organisation: Any, learner: Account
) -> None:
    effects = act(organisation, opened(organisation, learner))
    started = record(effects)
    secret = organisation.holders.cohort("autumn-2026")
    kit, graded = (
        seeds.seed(secret, TWIN, started.twin_version, started.subject, 1, purpose)
        for purpose in ("kit", "graded")
    )
    assert started.kit_seed == kit.hex()
    assert started.graded_seed_commitment == "sha256:" + hashlib.sha256(graded).hexdigest()
    published = b"".join(effects.records.values()) + effects.comment.encode()
    assert graded.hex().encode() not in published


def test_nothing_in_the_record_names_the_learner(organisation: Any, learner: Account) -> None:
    effects = act(organisation, opened(organisation, learner))
    (content,) = effects.records.values()
    assert learner.login.encode() not in content
    assert str(learner.number).encode() not in content


def test_the_answer_has_every_deadline_and_the_command_for_the_kit(
    organisation: Any, learner: Account
) -> None:
    effects = act(organisation, opened(organisation, learner))
    started = record(effects)
    assert all(f"{item.at:%Y-%m-%d %H:%M:%S} UTC" in effects.comment for item in started.deadlines)
    assert f"jobtwin kit {TWIN} --seed {started.kit_seed}" in effects.comment


def test_a_second_event_for_the_same_pull_request_starts_nothing(
    organisation: Any, learner: Account
) -> None:
    event = opened(organisation, learner)
    first = act(organisation, event)
    organisation.forge.apply(first, event)
    assert act(organisation, event) == Effects()
    pushed = organisation.forge.push(1, {"updates/01.yml": b"a"})
    assert act(organisation, pushed) == Effects()


def test_another_pull_request_does_not_start_a_second_clock(
    organisation: Any, learner: Account
) -> None:
    event = opened(organisation, learner)
    organisation.forge.apply(act(organisation, event), event)
    assert refused(organisation, opened(organisation, learner)) == ["STA-004"]


def test_somebody_else_has_a_clock_and_a_kit_of_their_own(
    organisation: Any, learner: Account
) -> None:
    event = opened(organisation, learner)
    first = act(organisation, event)
    organisation.forge.apply(first, event)
    other = act(organisation, opened(organisation, replace(learner, number=1002, login="max")))
    assert record(other).kit_seed != record(first).kit_seed
    assert record(other).attempt != record(first).attempt


@pytest.mark.parametrize(("twin", "code"), [("jt-capstone", "STA-002"), ("jt-nothing", "STA-001")])
def test_a_twin_that_cannot_be_started_is_told_at_its_place(
    found_organisation: Any, learner: Account, unready: dict[str, bytes], twin: str, code: str
) -> None:
    organisation = found_organisation(unready)
    assert refused(organisation, opened(organisation, learner, twin=twin)) == [code]


def test_a_relation_with_nobody_is_told(organisation: Any, learner: Account) -> None:
    event = opened(organisation, learner, relations=("nobody",))
    assert refused(organisation, event) == ["STA-006"]


def test_an_employer_is_kept_as_a_keyed_hash_only(organisation: Any, learner: Account) -> None:
    effects = act(organisation, opened(organisation, learner, employer="example.com"))
    expected = relations.employer(organisation.holders.subject, "example.com")
    assert record(effects).employer == expected
    assert b"example" not in next(iter(effects.records.values()))


def test_an_employer_that_is_no_domain_is_refused(organisation: Any, learner: Account) -> None:
    content = b"format: 1\ntwin: jt-incident-4\nemployer: Acme Ltd.\n"
    event = organisation.forge.open_pull_request(learner, {"start.yml": content})
    assert refused(organisation, event) == ["REC-003"]


def test_the_answer_says_how_long_a_result_takes(organisation: Any, learner: Account) -> None:
    effects = act(organisation, opened(organisation, learner))
    assert "**Until your result.** How long a result takes is not shown" in effects.comment
    assert "A mentor has 48 hours from the claim." in effects.comment


def test_before_and_after_the_cohort_nobody_starts(organisation: Any, learner: Account) -> None:
    event = opened(organisation, learner)
    assert refused(organisation, replace(event, at=event.at + timedelta(days=365))) == ["STA-003"]


def test_a_cohort_without_the_window_that_is_needed_is_our_fault(
    found_organisation: Any, learner: Account
) -> None:
    path = f"twins/{TWIN}/twin.yml"
    text = (PROJECT / path).read_text("utf-8")
    assert "    minutes: 90\n" in text
    organisation = found_organisation({path: text.replace("    minutes: 90\n", "").encode()})
    with pytest.raises(EngineError, match="no window"):
        act(organisation, opened(organisation, learner))


def test_a_pull_request_without_start_yml_is_told_what_is_missing(
    organisation: Any, learner: Account
) -> None:
    event = organisation.forge.open_pull_request(learner, {"notes.md": b"hello"})
    assert refused(organisation, event) == ["STA-007"]


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"format: 1\ntwin: jt-incident-4\ntwin: jt-rag-1\n", ["YML-003"]),
        (b"format: 1\ntwin: &a jt-incident-4\nrelations: [*a]\n", None),
        (b"format: 1\n\ttwin: jt-incident-4\n", None),
        (b"format: 1\ntwin: 7\n", ["REC-003"]),
        (b"format: 1\nwtin: jt-incident-4\n", None),
        (b"", None),
        (b"\xff\xfe\x00", None),
        (b"[" * 10_000, None),
        (b"twin: !!python/object/apply:os.system [id]\n", None),
        (b"format: 1\ntwin: " + SCRIPT, None),
        (b"a: b\n" * 180_000, None),
    ],
)
def test_a_file_that_is_no_request_is_refused_with_findings_and_never_a_traceback(
    organisation: Any, learner: Account, content: bytes, codes: list[str] | None
) -> None:
    event = organisation.forge.open_pull_request(learner, {"start.yml": content})
    found = refused(organisation, event)
    assert found
    assert codes is None or found == codes


def test_the_command_adds_the_record_and_prints_the_answer(
    organisation: Any, learner: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_secrets(organisation.holders, tmp_path / "secrets")
    (tmp_path / "event.json").write_bytes(event_to_json(opened(organisation, learner)))
    origin = str(organisation.forge.origin.path)
    command = ["start", "--event", str(tmp_path / "event.json"), "--repo", origin]
    assert _run([*command, "--secrets", str(tmp_path / "secrets")]) == 0
    said = capsys.readouterr()
    assert "The clock is running" in said.out
    assert "added submissions/jt-incident-4/" in said.err


def test_the_command_refuses_with_code_place_and_hint_and_exit_1(
    organisation: Any, learner: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_secrets(organisation.holders, tmp_path / "secrets")
    event = opened(organisation, learner, twin="jt-nothing")
    (tmp_path / "event.json").write_bytes(event_to_json(event))
    origin = str(organisation.forge.origin.path)
    command = ["start", "--event", str(tmp_path / "event.json"), "--repo", origin]
    assert _run([*command, "--secrets", str(tmp_path / "secrets")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "submissions/inbox/start.yml:2:1: STA-001" in said.err
    assert "hint:" in said.err


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"{" * 5000, b'{"id": 1}'])
def test_what_is_no_event_is_a_wrong_command_line(
    organisation: Any, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "event.json").write_bytes(content)
    origin = str(organisation.forge.origin.path)
    assert _run(["start", "--event", str(tmp_path / "event.json"), "--repo", origin]) == 2


def test_what_was_refused_at_opening_may_be_mended_by_a_push(
    organisation: Any, learner: Account
) -> None:
    event = organisation.forge.open_pull_request(learner, {"start.yml": b"format: 1\ntwin: jt-x\n"})
    assert refused(organisation, event) == ["STA-001"]
    organisation.forge.wait(minutes=10)
    pushed = organisation.forge.push(1, {"start.yml": request()})
    assert record(act(organisation, pushed)).at == pushed.at


@pytest.mark.parametrize("kind", ["pull_request.closed", "issue_comment.created", "schedule"])
def test_only_a_push_starts_a_clock(organisation: Any, learner: Account, kind: str) -> None:
    event = replace(opened(organisation, learner), id=f"{kind}:9")
    assert act(organisation, event) == Effects()


def test_closing_and_reopening_draws_no_other_seed(organisation: Any, learner: Account) -> None:
    event = opened(organisation, learner)
    organisation.forge.apply(act(organisation, event), event)
    organisation.forge.wait(minutes=5)
    again = replace(event, id="pull_request.reopened:9", at=organisation.forge.now)
    assert act(organisation, again) == Effects()
    assert refused(organisation, opened(organisation, learner)) == ["STA-004"]


def test_the_seed_follows_from_the_learner_and_the_number_not_from_the_pull_request(
    organisation: Any, learner: Account
) -> None:
    first = record(act(organisation, opened(organisation, learner)))
    organisation.forge.wait(minutes=5)
    other = record(act(organisation, opened(organisation, learner)))
    assert (first.kit_seed, first.attempt) == (other.kit_seed, other.attempt)
    assert first.graded_seed_commitment == other.graded_seed_commitment


def test_a_clock_does_not_run_while_the_event_waits_for_us(
    organisation: Any, learner: Account
) -> None:
    event = opened(organisation, learner)
    organisation.forge.wait(minutes=30)
    other = opened(organisation, Account(1002, "max"))
    organisation.forge.apply(act(organisation, other), other)
    effects = act(organisation, event)
    assert record(effects).at == other.at
    organisation.forge.apply(effects, event)
    assert audit(organisation.forge.origin).ok


def test_a_delay_of_seconds_moves_nothing(organisation: Any, learner: Account) -> None:
    event = opened(organisation, learner)
    organisation.forge.wait(minutes=2)
    other = opened(organisation, Account(1002, "max"))
    organisation.forge.apply(act(organisation, other), other)
    effects = act(organisation, event)
    assert record(effects).at == event.at
    organisation.forge.apply(effects, event)
    assert audit(organisation.forge.origin).ok


def on_github(found_organisation: Any, learner: Account, more: dict[str, bytes]) -> str:
    """Return what a learner with a fork is answered at the start."""
    issuer = (
        b"format: 1\nname: Test Issuer\nurl: https://credentials.example\n"
        b"did: did:web:credentials.example\ndescription: An issuer for tests.\ntest: true\n"
        b"repository: https://github.com/org/twins\n"
    )
    organisation = found_organisation({"keys/issuer.yml": issuer, **more})
    event = opened(organisation, learner)
    assert event.pull_request is not None
    fork = replace(event.pull_request, repository="lea/twins", branch="my (work)")
    return act(organisation, replace(event, pull_request=fork)).comment


def test_the_kit_comes_without_a_clone_from_the_engine_that_the_workflows_pin(
    found_organisation: Any, learner: Account
) -> None:
    pinned = b'        with: { ref: "%s", path: engine }\n' % (b"a" * 40)
    workflow = {".github/workflows/intake.yml": pinned}
    comment = on_github(found_organisation, learner, workflow)
    source = f"git+https://github.com/org/twins@{'a' * 40}"
    assert f"uvx --from {source} jobtwin kit {TWIN} --seed " in comment
    assert "--repo https://github.com/org/twins --twin-tree " in comment


def test_the_links_lead_into_the_learners_own_fork_and_branch(
    found_organisation: Any, learner: Account
) -> None:
    comment = on_github(found_organisation, learner, {})
    new = "https://github.com/lea/twins/new/my%20%28work%29/submissions/inbox?filename="
    assert f"{new}live.yml&value=" in comment
    assert f"{new}post-mortem.yml&value=" in comment
    assert "https://credentials.example/explanation/what-an-open-repository-cannot-hide/" in comment


def test_a_public_name_that_hides_something_is_refused_before_the_clock_starts(
    organisation: Any, learner: Account
) -> None:
    assert refused(organisation, opened(organisation, learner, public_name="Lea\u3164")) == [
        "VC-017"
    ]
