"""A private pack from its sealing, before anybody starts, to the end of its cohort."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.acts.test_evaluate_in_jobs import TWIN, Jobs, answered

from jobtwin import sealing
from jobtwin.acts import kit
from jobtwin.acts.audit import audit
from jobtwin.acts.audit.rescoring import measure_again
from jobtwin.acts.seal.destroying import destroy
from jobtwin.acts.seal.packing import pack, revealed, unpacked
from jobtwin.acts.start import start
from jobtwin.acts.sweep import sweep
from jobtwin.cli import _run
from jobtwin.errors import EngineError, Refused
from jobtwin.forge.events import Account, event_to_json
from jobtwin.forge.founding import write_secrets
from jobtwin.forge.local import OnThisMachine
from jobtwin.harness import environment, run
from jobtwin.harness.sandbox.unsandboxed import Unsandboxed
from jobtwin.keys import Holders
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.organisation import Revealed
from jobtwin.records.pack import Packed, Unpacked
from jobtwin.records.submission import Evaluated
from jobtwin.repository import append, packs
from jobtwin.rules import seeds
from jobtwin.rules.ledger import sign
from jobtwin.rules.packs import MOST_BYTES
from jobtwin.rules.replay.packing import check_evaluated, check_started

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.forge.events import Effects

COHORT = "autumn-2026"
PACKS = Path(__file__).parents[1] / "twins" / "packs"
NOTE = b"format: 1\ntitle: Names of our own\nlicence: MIT\norigin: Written by the operator.\n"
FILES = {
    "pack.yml": NOTE,
    f"{TWIN}/content.yml": (PACKS / f"{TWIN}.yml").read_bytes(),
    "jt-rag-1/proofs/reference/ragservice/pairs.jsonl": b"{}\n",
}


def sealed(organisation: Any, files: Mapping[str, bytes] = FILES, end: Any = "revealed") -> Effects:
    event = organisation.forge.dispatch()
    effects = pack(event, organisation.ledger(), organisation.holders, COHORT, files, end)
    organisation.forge.apply(effects, event)
    return effects


def swept(organisation: Any) -> None:
    here = OnThisMachine(
        organisation.forge.origin, organisation.forge.dispatch(), organisation.forge.rewrite
    )
    assert sweep(here, organisation.holders).failed == 0


def codes(organisation: Any, **more: Any) -> list[str]:
    return [one.finding.code for one in audit(organisation.forge.origin, **more).divergences]


def add(organisation: Any, files: Mapping[str, bytes]) -> None:
    append.add(organisation.forge.origin, dict(files), "By another hand", organisation.forge.now)


def signed(organisation: Any, record: Any) -> bytes:
    return write(sign(record, organisation.holders.signer("clock")))


def shown(organisation: Any, key: bytes) -> Unpacked:
    return Unpacked(
        format=1,
        at=organisation.forge.now,
        event="schedule:1",
        key=organisation.holders.signer("clock").key_id,
        cohort=COHORT,
        pack_key=key.hex(),
    )


@pytest.fixture
def canned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed and nothing is run."""
    monkeypatch.setattr(run, "run", answered)
    monkeypatch.setattr(environment, "install", lambda lock, cache: cache)
    monkeypatch.setattr("jobtwin.harness.sandbox.choose", Unsandboxed)


@pytest.mark.slow
@pytest.mark.usefixtures("canned")
def test_whoever_holds_the_key_scores_again_what_was_drawn_with_a_pack_that_is_never_shown(
    organisation: Any, learner: Account, tmp_path: Path
) -> None:
    sealed(organisation, end="destroyed")
    jobs = Jobs(organisation, learner, tmp_path)
    assert jobs.command("") == 0
    organisation.forge.wait(days=400)
    add(organisation, {layout.revealed(COHORT): signed(organisation, secret_of(organisation))})
    git, attempt = organisation.forge.origin, jobs.started.attempt
    with pytest.raises(Refused, match="not revealed"):
        measure_again(git, "main", attempt)
    keys = {COHORT: organisation.holders.cohort_key(COHORT)}
    assert measure_again(git, "main", attempt, keys=keys).findings == ()


@pytest.mark.slow
@pytest.mark.usefixtures("canned")
def test_an_attempt_is_graded_with_the_pack_and_anybody_can_score_it_again_in_the_end(
    organisation: Any, learner: Account, tmp_path: Path
) -> None:
    record = load(Packed, sealed(organisation).records[layout.packed(COHORT)]).record
    jobs = Jobs(organisation, learner, tmp_path)
    assert jobs.started.pack == record.digest
    with pytest.raises(Refused, match="EVA-005"):
        jobs.prepared()
    assert jobs.command("") == 0
    path = layout.evaluated(TWIN, jobs.started.attempt, 1)
    measured = load(Evaluated, organisation.ledger().tree.read(path) or b"").record
    assert measured.environment is not None
    assert measured.environment.pack == record.digest
    assert measured.answers is not None
    kept = organisation.ledger().tree.read(measured.answers.path or "") or b""
    assert kept
    with pytest.raises(gzip.BadGzipFile):  # a box: what was asked may stand in an answer
        gzip.decompress(kept)
    assert codes(organisation) == []
    other = jobs.started.model_copy(update={"pack": None})
    wrong = [*check_started(other, "", record), *check_evaluated(measured, "", other)]
    assert [one.code for one in wrong] == ["AUD-147", "AUD-147"]
    with pytest.raises(Refused, match="not revealed"):
        measure_again(organisation.forge.origin, "main", jobs.started.attempt)
    organisation.forge.wait(days=400)
    end_of(organisation)
    report = audit(organisation.forge.origin)
    assert (report.ok, report.checked["packs opened"]) == (True, 1)
    again = measure_again(organisation.forge.origin, "main", jobs.started.attempt)
    assert again.findings == ()
    assert unpacked(organisation.ledger(), Holders(), COHORT) == FILES


def secret_of(organisation: Any) -> Revealed:
    return Revealed(
        format=1,
        at=organisation.forge.now,
        event="schedule:1",
        key=organisation.holders.signer("clock").key_id,
        cohort=COHORT,
        secret=organisation.holders.cohort(COHORT).hex(),
    )


def end_of(organisation: Any) -> None:
    """Let the cohort end, as a sweep does once every attempt is decided."""
    holders, secret = organisation.holders, secret_of(organisation)
    opened = revealed(organisation.forge.dispatch(), organisation.ledger(), holders, COHORT)
    assert set(opened) == {layout.unpacked(COHORT)}
    add(organisation, {layout.revealed(COHORT): signed(organisation, secret), **opened})


def test_no_workflow_measures_what_is_drawn_with_a_pack_and_operators_are_told(
    organisation: Any, learner: Account, tmp_path: Path
) -> None:
    sealed(organisation)
    jobs = Jobs(organisation, learner, tmp_path)
    here = OnThisMachine(organisation.forge.origin, jobs.event, organisation.forge.rewrite)
    (line,) = sweep(here, organisation.holders).lines
    name = f"{TWIN} {jobs.started.attempt}"
    assert line == (
        f"- waiting for a human: {name}: drawn with a private pack; evaluate it on a machine of "
        "your own"
    )


def test_a_learner_is_told_of_the_pack_at_the_start(organisation: Any, learner: Account) -> None:
    record = load(Packed, sealed(organisation).records[layout.packed(COHORT)]).record
    request = {"start.yml": f"format: 1\ntwin: {TWIN}\n".encode()}
    event = organisation.forge.open_pull_request(learner, request)
    effects = start(event, organisation.ledger(), organisation.holders)
    assert f"drawn with a private pack, `{record.digest}`" in effects.comment
    other = organisation.forge.open_pull_request(
        Account(1002, "max"), {"start.yml": b"format: 1\ntwin: jt-safety-5\n"}
    )
    effects = start(other, organisation.ledger(), organisation.holders)
    assert "private pack" not in effects.comment


def test_a_pack_that_was_sealed_twice_alike_is_sealed_once(organisation: Any) -> None:
    first, again = sealed(organisation), sealed(organisation)
    assert set(first.records) == {layout.packed(COHORT), layout.pack_box(COHORT)}
    assert (again.records, again.comment) == ({}, first.comment)
    with pytest.raises(Refused, match="SEL-006"):
        sealed(organisation, {**FILES, "jt-rag-1/proofs/more.py": b""})
    with pytest.raises(Refused, match="SEL-006"):
        sealed(organisation, end="destroyed")


def test_nobody_chooses_a_pack_once_somebody_has_started(
    organisation: Any, learner: Account, tmp_path: Path
) -> None:
    jobs = Jobs(organisation, learner, tmp_path)
    assert jobs.started.pack is None
    with pytest.raises(Refused, match="SEL-006"):
        sealed(organisation)
    closed = packs.close(FILES, organisation.holders.cohort_key(COHORT), COHORT)
    record = Packed(
        format=1,
        at=organisation.forge.now,
        event="schedule:1",
        key=organisation.holders.signer("clock").key_id,
        cohort=COHORT,
        sealed_to=closed.sealed_to,
        digest=closed.digest,
        box="sha256:" + "0" * 64,
        bytes=len(closed.box),
        files=len(FILES),
        twins=(TWIN,),
        end="revealed",
    )
    add(organisation, {layout.packed(COHORT): signed(organisation, record)})
    assert codes(organisation) == ["AUD-145", "AUD-146"]


def test_the_box_says_nothing_and_opens_by_the_cohorts_key_or_after_the_end(
    organisation: Any,
) -> None:
    box = sealed(organisation).records[layout.pack_box(COHORT)]
    assert b"Kelmo" not in box
    ledger = organisation.ledger()
    assert unpacked(ledger, organisation.holders, COHORT) == FILES
    with pytest.raises(Refused, match="SEL-008"):
        unpacked(ledger, Holders(), COHORT)
    with pytest.raises(Refused, match="SEL-008"):
        unpacked(ledger, Holders({"cohort_keys": f"{COHORT}:{'7' * 64}"}), COHORT)
    own = seeds.pack_key(organisation.holders.cohort_key(COHORT), COHORT)
    assert own != organisation.holders.cohort_key(COHORT)
    with pytest.raises(ValueError, match="another key"):
        sealing.unseal(box, organisation.holders.cohort_key(COHORT))


def test_a_kit_is_the_same_with_and_without_a_pack(organisation: Any, tmp_path: Path) -> None:
    def given(name: str) -> dict[str, bytes]:
        organisation.forge.origin.run(
            "worktree", "add", "--detach", "-q", str(tmp_path / name), "main"
        )
        return kit.kit(tmp_path / name, TWIN, b"k" * 32)

    before = given("before")
    sealed(organisation)
    assert given("after") == before


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({f"{TWIN}/content.yml": FILES[f"{TWIN}/content.yml"]}, [("PCK-001", "pack.yml")]),
        ({"pack.yml": NOTE}, [("PCK-004", "")]),
        ({**FILES, "notes.txt": b""}, [("PCK-002", "notes.txt")]),
        ({**FILES, "jt-rag-1/proofs/x": bytes(MOST_BYTES)}, [("PCK-003", "")]),
        ({**FILES, "pack.yml": b"format: 1\ntitle: T\norigin: O\n"}, [("REC-001", "pack.yml")]),
        (
            {**FILES, f"{TWIN}/content.yml": b"format: 1\nformat: 1\n"},
            [("YML-003", f"{TWIN}/content.yml")],
        ),
        (
            {**FILES, "jt-capstone/content.yml": b"format: 1\n"},
            [("PCK-005", "jt-capstone/content.yml")],
        ),
        (
            {**FILES, "jt-none-9/content.yml": b"format: 1\n"},
            [("PCK-005", "jt-none-9/content.yml")],
        ),
    ],
)
def test_what_is_wrong_with_a_pack_is_told_before_it_is_sealed(
    organisation: Any, files: Mapping[str, bytes], found: list[tuple[str, str]]
) -> None:
    with pytest.raises(Refused) as refused:
        sealed(organisation, files)
    assert found[0] in [(one.code, one.path) for one in refused.value.findings]


def test_content_that_its_twin_cannot_use_is_told_with_its_line(organisation: Any) -> None:
    wrong = FILES[f"{TWIN}/content.yml"].replace(b"Abro, ", b"abro, ")
    with pytest.raises(Refused) as refused:
        sealed(organisation, {**FILES, f"{TWIN}/content.yml": wrong})
    assert [(one.path, one.line) for one in refused.value.findings] == [(f"{TWIN}/content.yml", 3)]


def test_a_pack_is_for_a_cohort_whose_key_is_here(organisation: Any) -> None:
    event, ledger = organisation.forge.dispatch(), organisation.ledger()
    with pytest.raises(Refused, match="SEL-007"):
        pack(event, ledger, organisation.holders, "winter-1999", FILES)
    strange = Holders({**organisation.holders.secrets, "cohort_keys": f"{COHORT}:{'7' * 64}"})
    with pytest.raises(Refused, match="SEL-007"):
        pack(event, ledger, strange, COHORT, FILES)


def test_a_pack_that_ends_with_its_key_is_never_shown(organisation: Any) -> None:
    sealed(organisation, end="destroyed")
    organisation.forge.wait(days=400)
    swept(organisation)
    ledger = organisation.ledger()
    assert ledger.tree.read(layout.revealed(COHORT))
    assert ledger.tree.read(layout.unpacked(COHORT)) is None
    event = organisation.forge.dispatch()
    effects = destroy(event, ledger, organisation.holders, COHORT)
    organisation.forge.apply(effects, event)
    assert "1 boxes of 0 attempts were opened" in effects.comment
    report = audit(organisation.forge.origin)
    assert report.ok
    assert any("its key was destroyed" in words for words in report.unchecked)


def test_a_key_is_not_destroyed_before_its_pack_was_revealed_as_it_was_said(
    organisation: Any,
) -> None:
    sealed(organisation)
    organisation.forge.wait(days=400)
    with pytest.raises(Refused, match="SEL-003"):
        destroy(organisation.forge.dispatch(), organisation.ledger(), organisation.holders, COHORT)
    swept(organisation)
    assert organisation.ledger().tree.read(layout.unpacked(COHORT))
    assert codes(organisation) == []


def test_an_exchanged_box_stops_the_grading_and_is_found(organisation: Any) -> None:
    key = organisation.holders.cohort_key(COHORT)
    other = packs.close({**FILES, "pack.yml": NOTE + b"\n"}, key, COHORT).box
    effects = sealed(organisation)
    record = load(Packed, effects.records[layout.packed(COHORT)]).record
    with pytest.raises(EngineError, match="not the box"):
        packs.opened(record, other, seeds.pack_key(key, COHORT))
    organisation.forge.origin.run("update-ref", "refs/heads/main", "main^")
    add(organisation, {**effects.records, layout.pack_box(COHORT): other})
    assert codes(organisation) == ["AUD-146"]


def test_an_auditor_with_the_key_sees_whether_the_box_holds_what_was_committed_to(
    organisation: Any,
) -> None:
    keys = {COHORT: organisation.holders.cohort_key(COHORT)}
    effects = sealed(organisation)
    assert audit(organisation.forge.origin, keys=keys).checked["packs opened"] == 1
    record = load(Packed, effects.records[layout.packed(COHORT)]).record
    lying = record.model_copy(update={"digest": "sha256:" + "0" * 64})
    organisation.forge.origin.run("update-ref", "refs/heads/main", "main^")
    add(organisation, {**effects.records, layout.packed(COHORT): signed(organisation, lying)})
    assert codes(organisation) == []
    assert codes(organisation, keys=keys) == ["AUD-146"]


@pytest.mark.parametrize(
    ("end", "key", "days", "found"),
    [
        ("revealed", b"7" * 32, 400, "AUD-146"),
        ("destroyed", None, 400, "AUD-148"),
        ("revealed", None, 1, "AUD-148"),
    ],
)
def test_a_wrong_revelation_is_found(
    organisation: Any, end: str, key: bytes | None, days: int, found: str
) -> None:
    sealed(organisation, end=end)
    organisation.forge.wait(days=days)
    own = seeds.pack_key(organisation.holders.cohort_key(COHORT), COHORT)
    record = shown(organisation, key or own)
    add(organisation, {layout.unpacked(COHORT): signed(organisation, record)})
    assert codes(organisation) == [found]


def test_packing_and_unpacking_on_the_command_line(
    organisation: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, content in FILES.items():
        (tmp_path / "pack" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pack" / path).write_bytes(content)
    write_secrets(organisation.holders, tmp_path / "secrets")
    (tmp_path / "event.json").write_bytes(event_to_json(organisation.forge.dispatch()))
    place = ["--repo", str(organisation.forge.origin.path), "--secrets", str(tmp_path / "secrets")]
    words = ["seal", "pack", COHORT, str(tmp_path / "pack")]
    assert _run([*words, "--event", str(tmp_path / "event.json"), *place]) == 0
    assert f"for {TWIN}. It is revealed when the cohort is over." in capsys.readouterr().out
    assert _run(["seal", "unpack", COHORT, "--out", str(tmp_path / "out"), *place]) == 0
    found = {path: (tmp_path / "out" / path).read_bytes() for path in FILES}
    assert found == FILES
    (tmp_path / "pack" / "link").symlink_to("/etc/hostname")
    assert _run([*words, "--event", str(tmp_path / "event.json"), *place]) == 2
