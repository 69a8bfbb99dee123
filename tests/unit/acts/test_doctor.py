"""doctor: each gap and each excess of a live repository is named, and nothing unseen passes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Organisation, beginning
from tests.github.fake_administration import administered
from tests.github.fake_api import FakeGitHub
from tests.github.fake_state import Repository
from tests.github.openapi import VARIABLE, Description, find
from tests.github.repositories import Repositories

from jobtwin import keys
from jobtwin.acts import doctor, init
from jobtwin.acts.doctor.people import NO_PEOPLE, People, in_records
from jobtwin.cli import _run
from jobtwin.cli import init as init_command
from jobtwin.forge.founding import write_secrets
from jobtwin.forge.github import administration
from jobtwin.forge.github.patience import Patience
from jobtwin.forge.trust_model import BOT_ID, BOT_KEY
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.organisation import Issuer, Mentor
from jobtwin.repository.fetch import NotHad
from jobtwin.rules import seeds

PROJECT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NAME = "academy/credentials"
_PIN = re.compile(rb"(?<=ref: \")[0-9a-f]{40}")
SITE = "https://credentials.example"


@dataclass
class Live:
    """A repository on a local GitHub that is set up as it should be."""

    github: FakeGitHub
    repo: Repository
    token: str
    served: dict[str, bytes]

    @property
    def settings(self) -> dict[str, Any]:
        return self.repo.settings

    def administration(self, token: str = "") -> administration.Administration:
        patient = Patience(left=0.5, sleep=lambda _: None)
        return administration.connect(NAME, token or self.token, self.github.url, patient)

    def diagnosis(self, known: People = NO_PEOPLE, token: str = "") -> doctor.Diagnosis:
        return doctor.doctor(self.administration(token), datetime.now(UTC), self.fetch, known)

    def fetch(self, url: str) -> bytes:
        if url not in self.served:
            raise NotHad("the server answers 404; redirects are not followed")
        return self.served[url]

    def commit(self, files: dict[str, bytes | None]) -> None:
        self.github.repositories.commit(NAME, "main", files, "Change", "otto", NOW)

    def workflow(self, name: str, change: Callable[[bytes], bytes]) -> None:
        path = f".github/workflows/{name}.yml"
        text = self.github.repositories.read(NAME, "main", path)
        assert text is not None
        changed = change(text)
        assert changed != text
        self.commit({path: changed})


def _founded(repositories: Repositories) -> dict[str, bytes]:
    repositories.create(NAME)
    engine = repositories.commit(NAME, "main", {"engine": b"1"}, "The engine", "otto", NOW)
    files = dict(beginning().files)
    issuer = load(Issuer, files[layout.ISSUER]).record
    files[layout.ISSUER] = write(issuer.model_copy(update={"test": False}))
    for path in (PROJECT / ".github" / "workflows").glob("*.yml"):
        pinned = _PIN.sub(engine.encode(), path.read_bytes())
        files[f".github/workflows/{path.name}"] = pinned
    repositories.commit(NAME, "main", files, "Found", "otto", NOW)
    return files


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    repositories = Repositories(tmp_path / "repositories")
    files = _founded(repositories)
    github = FakeGitHub(repositories, NOW)
    with github:
        github.account(800, "academy")
        owner = github.account(3001, "otto")
        repo = administered(github, NAME)
        served = {
            f"{SITE}/.well-known/did.json": files[layout.DID],
            f"{SITE}/keys/jwks.json": files[layout.JWKS],
        }
        made = Live(github, repo, github.mint(by=owner), served)
        secrets = {keys.VARIABLES[name]: name for name in keys.FILES} | {BOT_KEY: "key"}
        asked = init.Live(NAME, ("otto",), github.slug)
        applied = init.set_up(made.administration(), asked, secrets, lambda _: None)
        assert applied.findings == ()
        yield made


def _told(diagnosis: doctor.Diagnosis) -> list[str]:
    return [f"{finding.code} {finding.message}" for finding in diagnosis.findings]


def test_what_init_sets_up_is_sound(live: Live) -> None:
    diagnosis = live.diagnosis()
    assert _told(diagnosis) == []
    assert diagnosis.not_checked == ()
    assert diagnosis.ok
    assert diagnosis.checked > 45


def test_nothing_is_changed(live: Live) -> None:
    live.settings["pages"] = "legacy"
    live.github.exchanges.clear()
    live.diagnosis()
    assert {one.method for one in live.github.exchanges} == {"GET"}


def _signing(settings: dict[str, Any]) -> Any:
    return settings["environments"]["signing"]


def _ruleset(settings: dict[str, Any], number: int) -> Any:
    return list(settings["rulesets"].values())[number]


SPOILT: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "nobody approves": (
        lambda s: _signing(s)["body"].update(reviewers=[]),
        "ADM-001 environment signing: nobody has to approve",
    ),
    "self review": (
        lambda s: _signing(s)["body"].update(prevent_self_review=False),
        "whoever starts a run may approve it",
    ),
    "admins pass by": (
        lambda s: _signing(s)["body"].update(can_admins_bypass=True),
        "administrators cannot pass by the reviewers of signing: they can",
    ),
    "another branch": (
        lambda s: _signing(s)["branches"].append("try/*"),
        "opens for `try/*` too",
    ),
    "every branch": (
        lambda s: s["environments"]["gold"]["body"].update(deployment_branch_policy=None),
        "environment gold: it opens for other branches",
    ),
    "the clock waits": (
        lambda s: s["environments"]["clock"]["body"].update(
            reviewers=[{"type": "User", "id": 3001}]
        ),
        "environment clock: every run waits",
    ),
    "no environment": (lambda s: s["environments"].pop("desk"), "environment desk: it is not"),
    "no secret": (
        lambda s: _signing(s)["secrets"].pop("JOBTWIN_ISSUER_KEY"),
        "ADM-002 secrets of environment signing: JOBTWIN_ISSUER_KEY is not there",
    ),
    "signing key at the desk": (
        lambda s: s["environments"]["desk"]["secrets"].update(JOBTWIN_ISSUER_KEY="x"),
        "DOC-001 JOBTWIN_ISSUER_KEY lies in the environment desk",
    ),
    "unknown environment": (
        lambda s: s["environments"].update(
            staging={**s["environments"]["gold"], "secrets": {"JOBTWIN_CLOCK_KEY": ""}}
        ),
        "JOBTWIN_CLOCK_KEY lies in the environment staging",
    ),
    "repository secret": (
        lambda s: s["secrets"].update(TOKEN=""),
        "DOC-001 TOKEN is a secret of the repository",
    ),
    "organisation secret": (
        lambda s: s["organization_secrets"].update(TOKEN=""),
        "DOC-001 TOKEN is a secret of the organisation",
    ),
    "rewritable": (
        lambda s: _ruleset(s, 0).update(rules=[{"type": "deletion"}]),
        "ADM-003 ruleset “jobtwin: main is never rewritten”: the rule `non_fast_forward`",
    ),
    "the bot rewrites": (
        lambda s: _ruleset(s, 0).update(bypass_actors=_ruleset(s, 1)["bypass_actors"]),
        "Integration 4711 can pass by",
    ),
    "admins push": (
        lambda s: _ruleset(s, 1)["bypass_actors"].append(
            {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}
        ),
        "RepositoryRole 5 can pass by",
    ),
    "the bot is locked out": (
        lambda s: _ruleset(s, 1).update(bypass_actors=[]),
        "the bot cannot add records",
    ),
    "not enforced": (lambda s: _ruleset(s, 0).update(enforcement="disabled"), "not enforced"),
    "no rules": (lambda s: s["rulesets"].clear(), "ADM-003"),
    "workflows": (
        lambda s: s["bot"]["permissions"].update(workflows="write"),
        "DOC-002 jobtwin-bot has workflows: write, not nothing",
    ),
    "too little": (
        lambda s: s["bot"]["permissions"].update(issues="read"),
        "has issues: read, not write",
    ),
    "everywhere": (
        lambda s: s["bot"].update(repository_selection="all"),
        "installed in all repositories",
    ),
    "suspended": (
        lambda s: s["bot"].update(suspended_at="2026-11-01T00:00:00Z"),
        "jobtwin-bot is suspended",
    ),
    "no variable": (lambda s: s["variables"].clear(), f"ADM-006 the variable {BOT_ID}"),
    "another app": (lambda s: s["variables"].update({BOT_ID: "Iv1"}), "names no App"),
    "loose actions": (
        lambda s: s["actions"].update(sha_pinning_required=False),
        "ADM-004 actions are pinned by their full sha",
    ),
    "writing token": (
        lambda s: s["token"].update(default_workflow_permissions="write"),
        "a job's own token may only read",
    ),
    "strangers' workflows": (
        lambda s: s["approval"].update(approval_policy="first_time_contributors"),
        "workflows of forks wait",
    ),
    "no pages": (lambda s: s.update(pages=None), "ADM-005 Pages, built by the workflow: Pages is"),
    "old pages": (lambda s: s.update(pages="legacy"), "not built by the workflow"),
    "deploy key": (
        lambda s: s["keys"].append(_deploy_key(read_only=False)),
        "DOC-004 the deploy key “laptop” may write",
    ),
    "not public": (lambda s: s["shown"].update(private=True), "ADM-007 it is not public"),
}  # fmt: skip


def _deploy_key(*, read_only: bool) -> dict[str, Any]:
    told = {"id": 1, "key": "ssh-ed25519 AAAA", "url": "x", "title": "laptop", "verified": True}
    return {**told, "created_at": "2026-11-01T00:00:00Z", "read_only": read_only}


@pytest.mark.parametrize("gap", SPOILT)
def test_a_gap_is_named_with_what_to_do(live: Live, gap: str) -> None:
    spoil, wanted = SPOILT[gap]
    spoil(live.settings)
    diagnosis = live.diagnosis()
    assert [one for one in _told(diagnosis) if wanted in one]
    assert all(finding.hint for finding in diagnosis.findings)
    assert not diagnosis.ok


@pytest.mark.parametrize("gap", ["no rules", "old pages", "loose actions", "self review"])
def test_init_mends_what_doctor_finds(live: Live, gap: str) -> None:
    SPOILT[gap][0](live.settings)
    assert not live.diagnosis().ok
    init.set_up(live.administration(), init.Live(NAME, (), live.github.slug), {}, lambda _: None)
    assert live.diagnosis().ok


def test_a_deploy_key_that_only_reads_is_fine(live: Live) -> None:
    live.settings["keys"].append(_deploy_key(read_only=True))
    assert live.diagnosis().ok


def test_missing_labels_and_a_closed_queue_are_named(live: Live) -> None:
    del live.repo.labels["passed"]
    next(iter(live.repo.issues.values())).closed_at = NOW
    told = " ".join(_told(live.diagnosis()))
    assert "label passed: it is not there" in told
    assert "no open issue has the label `queue`" in told


def _named(name: str, before: bytes, after: bytes) -> Callable[[Live], None]:
    return lambda live: live.workflow(name, lambda text: text.replace(before, after, 1))


CHANGED: dict[str, tuple[Callable[[Live], None], str]] = {
    "a tag": (
        lambda live: live.workflow(
            "intake", lambda t: re.sub(rb"checkout@[0-9a-f]{40}", b"checkout@v7", t, count=1)
        ),
        "`actions/checkout@v7` is not pinned",
    ),
    "a branch as the engine": (
        lambda live: live.workflow("issue", lambda t: _PIN.sub(b"main", t)),
        "issue.yml: DOC-003 it does not fix the commit",
    ),
    "two engines": (
        lambda live: live.workflow("issue", lambda t: _PIN.sub(b"1" * 40, t)),
        "run 2 different commits",
    ),
    "an engine from elsewhere": (
        lambda live: live.workflow("issue", lambda t: _PIN.sub(b"1" * 40, t)),
        f"{'1' * 40} is not in main's history",
    ),
    "learner code with secrets": (
        _named("evaluate", b"  run:\n", b"  run:\n    environment: grading\n"),
        "its job `run` opens the environment grading",
    ),
    "one more workflow": (
        lambda live: live.commit({".github/workflows/extra.yml": b"on: push\njobs: {}\n"}),
        "extra.yml: DOC-003 the trust model does not know it",
    ),
    "one less": (
        lambda live: live.commit({".github/workflows/sweep.yml": None}),
        "sweep.yml: DOC-003 it is not there",
    ),
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_workflow_that_runs_or_opens_something_else_is_named(live: Live, change: str) -> None:
    spoil, wanted = CHANGED[change]
    spoil(live)
    assert [str(one) for one in live.diagnosis().findings if wanted in str(one)]


def test_a_workflow_that_is_no_yaml_does_not_stop_the_others(live: Live) -> None:
    live.commit({".github/workflows/ci.yml": b"a: [" * 10_000, ".github/workflows/x.yml": b"x"})
    assert "x.yml" in " ".join(str(finding) for finding in live.diagnosis().findings)


def test_keys_that_the_site_does_not_serve_are_named(live: Live) -> None:
    live.served[f"{SITE}/.well-known/did.json"] = b"{}"
    del live.served[f"{SITE}/keys/jwks.json"]
    told = _told(live.diagnosis())
    assert [one[:7] for one in told] == ["DOC-005", "DOC-005"]
    assert "is not the file of main" in told[0]
    assert "cannot be had" in told[1]


def test_an_organisation_for_tests_is_named(live: Live) -> None:
    live.commit({layout.ISSUER: beginning().files[layout.ISSUER]})
    assert "it is for tests" in " ".join(_told(live.diagnosis()))


def test_a_clock_that_is_wrong_is_named(live: Live) -> None:
    late = datetime.now(UTC) + timedelta(minutes=5)
    told = doctor.doctor(live.administration(), late, live.fetch)
    assert [finding.code for finding in told.findings] == ["DOC-006"]
    assert "ahead of GitHub" in told.findings[0].message


def _mentor(number: int) -> dict[str, bytes]:
    record = Mentor(
        format=1, id="ada", name="Ada", key=f"ssh-ed25519 {'A' * 68}", since=NOW,
        account=seeds.subject(beginning().holders.subject, number),
    )  # fmt: skip
    return {layout.mentor("ada"): write(record)}


def test_a_mentor_who_may_write_is_named(
    live: Live, found_organisation: Callable[..., Organisation]
) -> None:
    organisation = found_organisation(_mentor(2001))
    known = in_records(organisation.ledger(), organisation.holders.subject)
    live.github.account(2001, "ada")
    live.settings["writers"] = [("otto", "admin"), ("ada", "push")]
    told = _told(live.diagnosis(known))
    assert told == ["DOC-004 ada is mentor ada and may write (push)"]
    live.settings["writers"] = [("otto", "admin"), ("ada", "triage")]
    assert live.diagnosis(known).ok


def test_who_writers_are_is_not_guessed_without_the_subject_secret(live: Live) -> None:
    live.settings["writers"] = [("otto", "admin")]
    diagnosis = live.diagnosis()
    assert diagnosis.findings == ()
    assert "otto" in diagnosis.not_checked[0]
    assert not diagnosis.ok


def test_what_the_token_may_not_see_is_not_passed(live: Live) -> None:
    token = live.github.mint({"metadata": "read", "contents": "read"})
    diagnosis = live.diagnosis(token=token)
    told = " ".join(diagnosis.not_checked)
    for what in ("environment signing:", "secrets of the repository", "the bot may do", "Pages"):
        assert what in told
    assert "the token does not administer it" in " ".join(_told(diagnosis))


def test_what_github_does_not_show_of_a_ruleset_is_not_passed(live: Live) -> None:
    everything = ("actions", "administration", "contents", "environments", "issues", "metadata",
                  "organization_administration", "pages", "secrets", "variables")  # fmt: skip
    token = live.github.mint(dict.fromkeys(everything, "read"))
    diagnosis = live.diagnosis(token=token)
    assert [one.partition(":")[0] for one in diagnosis.not_checked] == ["ruleset “jobtwin"] * 2


def test_a_question_that_github_does_not_answer_leaves_the_others(live: Live) -> None:
    live.github.fault("GET", "/pages$", status=502, times=-1)
    diagnosis = live.diagnosis()
    assert [one.partition(":")[0] for one in diagnosis.not_checked] == [
        "Pages, built by the workflow"
    ]
    assert diagnosis.findings == ()


def test_a_repository_that_is_not_there_is_one_finding(live: Live) -> None:
    asked = administration.connect("academy/other", live.token, live.github.url)
    asked.patience.sleep = lambda _: None
    told = doctor.doctor(asked, NOW, live.fetch)
    assert [finding.code for finding in told.findings] == ["ADM-007"]


def test_the_command_tells_people_and_machines(
    live: Live,
    organisation: Organisation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GH_TOKEN", live.token)
    monkeypatch.setenv("GITHUB_API_URL", live.github.url)
    monkeypatch.setattr("jobtwin.repository.fetch.get", live.fetch)
    write_secrets(organisation.holders, tmp_path / "secrets")
    live.settings["writers"] = [("otto", "admin")]
    folders = (
        "--repo",
        str(organisation.forge.origin.path),
        "--secrets",
        str(tmp_path / "secrets"),
    )
    arguments = ["doctor", "--repository", NAME, *folders]
    assert _run(arguments) == 0
    assert "0 findings, 0 not checked" in capsys.readouterr().out
    live.settings["pages"] = "legacy"
    assert _run([*arguments, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["ok"], len(told["findings"])) == (1, False, 1)
    assert _run(arguments) == 1
    assert "hint: Run `jobtwin init" in capsys.readouterr().out


def test_which_repository_is_meant_can_be_read_from_the_issuer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in init_command.TOKENS:
        monkeypatch.delenv(name, raising=False)
    assert _run(["doctor", "--repo", str(tmp_path)]) == 2
    assert "which repository" in capsys.readouterr().err
    issuer = load(Issuer, beginning().files[layout.ISSUER]).record
    named = issuer.model_copy(update={"repository": f"https://github.com/{NAME}"})
    (tmp_path / "keys").mkdir()
    (tmp_path / layout.ISSUER).write_bytes(write(named))
    assert _run(["doctor", "--repo", str(tmp_path)]) == 2
    assert "GH_TOKEN" in capsys.readouterr().err


def test_every_question_of_doctor_is_as_github_describes_it(live: Live) -> None:
    path = find()
    if path is None:
        pytest.skip(f"GitHub's description is not at hand: name it by {VARIABLE}")
    live.settings["writers"] = [("otto", "admin")]
    live.settings["keys"].append(_deploy_key(read_only=True))
    live.github.exchanges.clear()
    live.diagnosis()
    described = Description(path)
    # The answer to a comparison is shortened here to what is read of it.
    asked = (one for one in live.github.exchanges if "/compare/" not in one.path)
    assert [fault for one in asked for fault in described.faults(one)] == []
