"""init: an organisation's copy, from its keys to its labels, once and for good."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.github.fake_administration import CLIENT, administered
from tests.github.fake_api import FakeGitHub
from tests.github.fake_server import Exchange
from tests.github.fake_state import Repository
from tests.github.openapi import VARIABLE, Description, find
from tests.github.repositories import Repositories

from jobtwin import keys
from jobtwin.acts import check, init
from jobtwin.acts.init import files
from jobtwin.cli import _run
from jobtwin.cli.init import Asked
from jobtwin.errors import Refused, UsageError
from jobtwin.forge import founding
from jobtwin.forge.github import administration
from jobtwin.forge.github.patience import Patience
from jobtwin.forge.trust_model import BOT_ID, BOT_KEY, ENVIRONMENTS
from jobtwin.records import layout
from jobtwin.records.base import load
from jobtwin.records.organisation import Cohort, Issuer
from jobtwin.repository.git import create
from jobtwin.rules.standing import LABELS

PROJECT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NAME = "academy/credentials"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nNOT A KEY\n-----END RSA PRIVATE KEY-----\n"
WISH = files.Wish(
    name="Academy",
    url="https://academy.github.io/credentials",
    description="It exists in tests only.",
    email=None,
    repository=f"https://github.com/{NAME}",
    cohort="autumn-2026",
    track="production-ai-engineer",
    opens=NOW,
    closes=datetime(2027, 5, 1, tzinfo=UTC),
    days=14,
)


def _drawn() -> Callable[[], bytes]:
    numbers = iter(range(1, 250))
    return lambda: bytes([next(numbers)]) * 32


@pytest.fixture
def place(tmp_path: Path) -> init.Place:
    """A clone and a folder for secrets beside it."""
    repo = tmp_path / "clone"
    for name in ("twins", "tracks", "policy"):
        shutil.copytree(PROJECT / name, repo / name, ignore=shutil.ignore_patterns("*.pyc"))
    create(repo, bare=False)
    return init.Place(repo, tmp_path / "secrets", NOW)


def _snapshot(*folders: Path) -> dict[Path, bytes]:
    found = (path for folder in folders for path in folder.rglob("*"))
    return {path: path.read_bytes() for path in found if path.is_file()}


def _own(place: init.Place) -> dict[Path, bytes]:
    return _snapshot(place.repo / "keys", place.repo / "cohorts", place.secrets)


def test_what_is_founded_is_sound_and_says_where_it_is(place: init.Place) -> None:
    init.found_here(place, WISH, _drawn())
    assert check.check(place.repo).findings == ()
    issuer = load(Issuer, (place.repo / layout.ISSUER).read_bytes()).record
    assert issuer.did == "did:web:academy.github.io:credentials"
    assert (issuer.repository, issuer.test) == (f"https://github.com/{NAME}", False)
    cohort = load(Cohort, (place.repo / layout.cohort("autumn-2026")).read_bytes()).record
    assert {window.twin for window in cohort.windows} >= {"jt-rag-1", "jt-evals-2"}


def test_a_secret_is_read_by_its_owner_only_and_stands_in_no_file_of_the_clone(
    place: init.Place,
) -> None:
    init.found_here(place, WISH, _drawn())
    held = keys.from_folder(place.secrets).secrets
    assert set(held) == set(keys.FILES)
    assert stat.S_IMODE(place.secrets.stat().st_mode) == 0o700
    for name in keys.FILES.values():
        assert stat.S_IMODE((place.secrets / name).stat().st_mode) == 0o600
    everything = b"".join(_snapshot(place.repo).values())
    for value in held.values():
        assert value.rpartition(":")[2].encode() not in everything


def test_a_second_run_changes_nothing(place: init.Place) -> None:
    init.found_here(place, WISH, _drawn())
    before = _own(place)
    assert (
        init.found_here(replace(place, at=datetime(2028, 1, 1, tzinfo=UTC)), WISH, _drawn()) == ()
    )
    assert _own(place) == before


@pytest.mark.parametrize(
    "lost", [layout.DID, layout.ACT_KEYS, layout.ISSUER_KEYS, layout.ISSUER, layout.JWKS]
)
def test_a_run_that_was_cut_off_is_completed_by_the_next(place: init.Place, lost: str) -> None:
    init.found_here(place, WISH, _drawn())
    before = _own(place)
    (place.repo / lost).unlink()
    assert init.found_here(place, WISH, lambda: bytes(32)) == (lost,)
    assert _own(place) == before


def test_secrets_that_were_written_before_the_first_file_are_used(place: init.Place) -> None:
    init.found_here(place, WISH, _drawn())
    before = _own(place)
    shutil.rmtree(place.repo / "keys")
    shutil.rmtree(place.repo / "cohorts")
    init.found_here(place, WISH, lambda: bytes(32))
    assert _own(place) == before


def test_new_keys_are_never_made_beside_old_ones(place: init.Place) -> None:
    init.found_here(place, WISH, _drawn())
    (place.repo / layout.DID).unlink()
    elsewhere = replace(place, secrets=place.secrets.with_name("empty"))
    with pytest.raises(Refused, match="INI-002"):
        init.found_here(elsewhere, WISH, _drawn())
    assert not elsewhere.secrets.exists()


def test_secrets_of_another_organisation_are_refused(place: init.Place) -> None:
    init.found_here(place, WISH, _drawn())
    shutil.rmtree(place.secrets)
    issuer, cohort = files._issuer(WISH), files._cohort(place.repo, WISH)
    founding.write_secrets(
        founding.found(issuer, cohort, NOW, lambda _: b"x" * 32).holders, place.secrets
    )
    place.secrets.chmod(0o700)
    with pytest.raises(Refused, match="is another key's"):
        init.found_here(place, WISH, _drawn())


def test_another_cohort_gets_a_secret_of_its_own_beside_the_first(place: init.Place) -> None:
    init.found_here(place, WISH, _drawn())
    first = keys.from_folder(place.secrets)
    init.found_here(place, replace(WISH, cohort="spring-2027"), lambda: b"s" * 32)
    both = keys.from_folder(place.secrets)
    assert both.cohort("autumn-2026") == first.cohort("autumn-2026")
    assert both.cohort("spring-2027") == b"s" * 32
    assert both.secrets["clock"] == first.secrets["clock"]
    assert check.check(place.repo).findings == ()


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        ("clone/secrets", "lies in the clone"),
        ("other/secrets", "lies in a git repository"),
        ("Dropbox/secrets", "lies in `Dropbox`"),
        ("shared/secrets", "a synchronised folder"),
        ("open", "others of this machine"),
    ],
)
def test_secrets_are_not_put_where_they_are_copied(
    place: init.Place, tmp_path: Path, folder: str, why: str
) -> None:
    create(tmp_path / "other", bare=False)
    (tmp_path / "shared" / ".stfolder").mkdir(parents=True)
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(Refused, match=why):
        init.found_here(replace(place, secrets=tmp_path / folder), WISH, _drawn())
    assert not (place.repo / "keys").exists()


def test_a_link_into_the_clone_is_no_other_place(place: init.Place, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(place.repo)
    with pytest.raises(Refused, match="lies in the clone"):
        init.found_here(replace(place, secrets=tmp_path / "link" / "x"), WISH, _drawn())


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (replace(WISH, url="http://academy.example"), "https://"),
        (replace(WISH, track="cooking"), "no track"),
        (replace(WISH, closes=NOW), "closes before"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(
    place: init.Place, wish: files.Wish, why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        init.found_here(place, wish, _drawn())
    assert not place.secrets.exists()
    assert not (place.repo / "keys").exists()


def test_a_cohort_that_is_no_id_is_a_finding(place: init.Place) -> None:
    with pytest.raises(Refused, match="REC-003"):
        init.found_here(place, replace(WISH, cohort="Autumn 2026"), _drawn())


@dataclass
class Hub:
    """A local GitHub with an organisation's empty repository."""

    github: FakeGitHub
    repo: Repository
    token: str
    told: list[str] = field(default_factory=list)

    def set_up(self, slug: str = "jobtwin-bot", **more: Any) -> init.Applied:
        live = init.Live(NAME, ("otto", "eve"), slug)
        asked = self.administration()
        return init.set_up(asked, replace(live, **more), _uploads(), self.told.append)

    def administration(self, token: str = "") -> administration.Administration:
        patient = Patience(left=0.5, sleep=lambda _: None)
        return administration.connect(NAME, token or self.token, self.github.url, patient)

    def changes(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.github.exchanges if one.method != "GET"]


def _uploads() -> dict[str, str]:
    values = {keys.VARIABLES[name]: f"value of {name}" for name in keys.FILES}
    return values | {BOT_KEY: PEM}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    repositories = Repositories(tmp_path / "repositories")
    repositories.create(NAME)
    github = FakeGitHub(repositories, NOW)
    with github:
        github.account(800, "academy")
        owner = github.account(3001, "otto")
        github.account(3002, "eve")
        repo = administered(github, NAME)
        yield Hub(github, repo, github.mint(by=owner))


def test_each_environment_has_the_secrets_of_the_trust_model_and_no_other(hub: Hub) -> None:
    applied = hub.set_up()
    assert applied.findings == ()
    held = hub.repo.settings["environments"]
    assert {n: set(one["secrets"]) for n, one in held.items()} == {
        name: set(one.secrets) for name, one in ENVIRONMENTS.items()
    }
    assert held["signing"]["secrets"]["JOBTWIN_ISSUER_KEY"] == "value of issuer"
    assert held["clock"]["secrets"][BOT_KEY] == PEM
    assert hub.repo.settings["secrets"] == {}


def test_what_travels_is_sealed(hub: Hub) -> None:
    hub.set_up()
    sent = json.dumps([one.body for one in hub.github.exchanges])
    assert "encrypted_value" in sent
    assert [value for value in _uploads().values() if json.dumps(value)[1:-1] in sent] == []


def test_only_a_reviewer_opens_the_signing_key(hub: Hub) -> None:
    hub.set_up()
    environments = hub.repo.settings["environments"]
    body = environments["signing"]["body"]
    assert [one["id"] for one in body["reviewers"]] == [3001, 3002]
    assert (body["prevent_self_review"], body["can_admins_bypass"]) == (True, False)
    assert {n for n, one in environments.items() if one["body"]["reviewers"]} == {"signing"}
    assert {tuple(one["branches"]) for one in environments.values()} == {("main",)}


def test_nobody_rewrites_main_and_only_the_bot_adds_to_it_directly(hub: Hub) -> None:
    hub.set_up()
    rules = {
        tuple(rule["type"] for rule in one["rules"]): one["bypass_actors"]
        for one in hub.repo.settings["rulesets"].values()
    }
    bot = {"actor_id": hub.github.app, "actor_type": "Integration", "bypass_mode": "always"}
    assert rules == {("deletion", "non_fast_forward"): [], ("pull_request",): [bot]}


def test_labels_queue_pages_actions_and_the_bots_id_are_set(hub: Hub) -> None:
    hub.set_up()
    settings = hub.repo.settings
    assert set(hub.repo.labels) == {*LABELS, "queue"}
    assert [one.labels for one in hub.repo.issues.values()] == [["queue"]]
    assert settings["pages"] == "workflow"
    assert settings["actions"] == {
        "enabled": True, "allowed_actions": "all", "sha_pinning_required": True,
    }  # fmt: skip
    assert settings["token"]["default_workflow_permissions"] == "read"
    assert settings["approval"] == {"approval_policy": "all_external_contributors"}
    assert settings["variables"] == {BOT_ID: CLIENT}


def test_once_more_nothing_is_changed_on_github(hub: Hub) -> None:
    hub.set_up()
    hub.github.exchanges.clear()
    applied = hub.set_up(reviewers=())
    assert (applied.changed, applied.findings) == ((), ())
    assert applied.kept > 30
    assert hub.changes() == []


def test_before_the_app_is_made_all_else_is_set_up_and_then_only_the_rest(hub: Hub) -> None:
    assert hub.set_up(slug="").findings == ()
    assert BOT_KEY not in hub.repo.settings["environments"]["clock"]["secrets"]
    hub.github.exchanges.clear()
    hub.set_up(reviewers=())
    changed = {one.split(f"/repos/{NAME}/")[1] for one in hub.changes()}
    bot_keys = {f"environments/{n}/secrets/{BOT_KEY}" for n, e in ENVIRONMENTS.items() if e.secrets}
    assert changed == {"actions/variables", "rulesets", *bot_keys}


def test_a_failure_in_between_is_told_and_the_next_run_completes_it(hub: Hub) -> None:
    hub.github.fault("POST", "/rulesets$", status=403, times=1)
    hub.github.fault("PUT", "/environments/gold$", status=422, times=1)
    applied = hub.set_up()
    told = " ".join(finding.message for finding in applied.findings)
    assert "never rewritten" in told
    assert "environment gold" in told
    assert "clock" in hub.repo.settings["environments"]
    assert hub.set_up().findings == ()
    assert len(hub.repo.settings["rulesets"]) == 2
    assert hub.repo.settings["environments"]["gold"]["secrets"]["JOBTWIN_GOLD_SECRET"]


def test_no_secret_goes_to_an_environment_that_is_not_guarded(hub: Hub) -> None:
    hub.set_up(slug="")
    signing = hub.repo.settings["environments"]["signing"]
    signing["secrets"].clear()
    signing["body"]["can_admins_bypass"] = True
    hub.github.fault("PUT", "/environments/signing$", status=422, times=1)
    assert any("not before" in finding.message for finding in hub.set_up().findings)
    assert signing["secrets"] == {}


def test_a_setting_that_github_takes_and_forgets_is_noticed(hub: Hub) -> None:
    hub.set_up()
    hub.repo.settings["pages"] = "legacy"
    hub.github.fault("PUT", "/pages$", status=204, times=1)
    assert "not built by the workflow" in str(hub.set_up().findings[0])


def test_what_github_does_not_say_is_told_as_not_checked(hub: Hub) -> None:
    hub.repo.settings["says_bypass"] = False
    applied = hub.set_up()
    assert applied.findings == ()
    assert "administrators" in applied.not_checked[0]


def test_a_secret_is_overwritten_only_where_it_is_named(hub: Hub) -> None:
    hub.set_up()
    held = hub.repo.settings["environments"]
    held["clock"]["secrets"]["JOBTWIN_CLOCK_KEY"] = "older"
    hub.set_up()
    assert held["clock"]["secrets"]["JOBTWIN_CLOCK_KEY"] == "older"
    applied = hub.set_up(replace=frozenset({"JOBTWIN_CLOCK_KEY"}))
    assert held["clock"]["secrets"]["JOBTWIN_CLOCK_KEY"] == "value of clock"
    assert len(applied.changed) == 2


def test_without_anybody_who_approves_nothing_is_set_up(hub: Hub) -> None:
    with pytest.raises(Refused, match="INI-004"):
        hub.set_up(reviewers=())
    assert hub.changes() == []


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ({"private": True}, "not public"),
        ({"default_branch": "master"}, "default branch"),
        ({"archived": True}, "archived"),
        ({"owner": {"type": "User"}}, "belongs to a person"),
    ],
)
def test_a_repository_that_cannot_carry_it_is_refused(
    hub: Hub, shown: dict[str, Any], why: str
) -> None:
    hub.repo.settings["shown"] = hub.repo.settings["shown"] | shown
    with pytest.raises(Refused, match=why):
        hub.set_up()
    assert hub.changes() == []


def test_a_token_that_may_not_administer_is_refused(hub: Hub) -> None:
    hub.token = hub.github.mint({"metadata": "read"})
    with pytest.raises(Refused, match="does not administer"):
        hub.set_up()


def test_an_app_that_is_not_installed_is_refused(hub: Hub) -> None:
    with pytest.raises(Refused, match="not installed"):
        hub.set_up(slug="another")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was used")

    for name in ("GH_TOKEN", "GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "create_connection", refuse)


def _arguments(place: init.Place, *more: str) -> list[str]:
    folders = ("--repo", str(place.repo), "--secrets", str(place.secrets))
    return ["init", *folders, "--name", "Academy", "--repository", NAME, "--yes", *more]


@pytest.mark.usefixtures("offline")
def test_a_dry_run_prints_every_file_and_request_and_does_nothing(
    place: init.Place, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _snapshot(place.repo)
    assert _run(_arguments(place, "--reviewer", "otto", "--dry-run")) == 0
    told = capsys.readouterr().out
    assert _snapshot(place.repo) == before
    assert not place.secrets.exists()
    for path in (layout.ISSUER, layout.ACT_KEYS, layout.ISSUER_KEYS, layout.JWKS, layout.DID):
        assert f"## {path}" in told
    for name, one in ENVIRONMENTS.items():
        assert all(f"environments/{name}/secrets/{secret} " in told for secret in one.secrets)
    assert "permissions=" not in told
    assert "pull_requests=write" in told
    assert "workflows=" not in told


def test_what_a_dry_run_prints_is_what_a_run_requests(hub: Hub) -> None:
    live = init.Live(NAME, ("otto", "eve"), hub.github.slug)
    planned = [f"{call.method} {call.path}" for call in init.planned(live)]
    hub.set_up()
    assert sorted(hub.changes()) == sorted(planned)


@pytest.mark.usefixtures("offline")
def test_local_writes_files_and_asks_github_nothing(
    place: init.Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(_arguments(place, "--local")) == 0
    assert "wrote keys/issuer.yml" in capsys.readouterr().out
    assert _run(_arguments(place, "--local")) == 0
    assert "files and keys: as they are" in capsys.readouterr().out


def test_the_whole_command_twice(
    place: init.Place,
    hub: Hub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GH_TOKEN", hub.token)
    monkeypatch.setenv("GITHUB_API_URL", hub.github.url)
    pem = tmp_path / "bot.pem"
    pem.write_text(PEM)
    bot = ("--bot", hub.github.slug, "--bot-key", str(pem))
    assert _run(_arguments(place, "--reviewer", "otto")) == 1
    first = capsys.readouterr().out
    assert "settings/apps/new?name=jobtwin-academy" in first
    assert _run(_arguments(place, *bot)) == 0
    assert "set up: variable JOBTWIN_BOT_ID" in capsys.readouterr().out
    assert _run(_arguments(place, *bot)) == 0
    last = capsys.readouterr().out
    assert "nothing changed" in last
    assert "What is left" not in last
    held = keys.from_folder(place.secrets).secrets
    assert [value for value in held.values() if value in first + last] == []
    uploaded = hub.repo.settings["environments"]["signing"]["secrets"]["JOBTWIN_ISSUER_KEY"]
    assert uploaded == held["issuer"]


def test_a_stolen_bots_key_is_replaced_without_the_folder_of_secrets(
    place: init.Place,
    hub: Hub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GH_TOKEN", hub.token)
    monkeypatch.setenv("GITHUB_API_URL", hub.github.url)
    pem = tmp_path / "new-key.pem"
    pem.write_text(PEM)
    bot = ("--bot", hub.github.slug, "--bot-key", str(pem))
    assert _run(_arguments(place, "--reviewer", "otto", *bot)) == 0
    shutil.rmtree(place.secrets)
    pem.write_text(PEM.replace("NOT", "ANOTHER"))
    again = ["init", "--repo", str(place.repo), "--secrets", str(place.secrets)]
    assert _run([*again, *bot, "--replace", BOT_KEY]) == 0
    assert f"{BOT_KEY} of environment clock, replaced" in capsys.readouterr().out
    held = hub.repo.settings["environments"]
    kept = {one["secrets"][BOT_KEY] for one in held.values() if BOT_KEY in one["secrets"]}
    assert kept == {pem.read_text()}
    assert _run([*again, "--replace", BOT_KEY]) == 2
    assert "--bot-key FILE.pem" in capsys.readouterr().err
    assert _run([*again, *bot, "--replace", "JOBTWIN_CLOCK_KEY"]) == 2
    assert "there is no JOBTWIN_CLOCK_KEY to upload" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more",
    [
        ("--repository", "no slash"),
        ("--replace", "JOBTWIN_LUNCH"),
        ("--url", "ftp://x"),
        ("--opens", "soon"),
        ("--bot-key", __file__),
    ],
)
@pytest.mark.usefixtures("offline")
def test_wrong_usage_is_said_without_a_traceback(place: init.Place, more: tuple[str, str]) -> None:
    assert _run(_arguments(place, *more, "--local")) == 2


@pytest.mark.usefixtures("offline")
def test_without_a_token_it_says_how_to_get_one(
    place: init.Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(_arguments(place, "--reviewer", "otto")) == 2
    assert "GH_TOKEN" in capsys.readouterr().err


def test_what_is_no_private_key_is_not_uploaded(place: init.Place, tmp_path: Path) -> None:
    (tmp_path / "bot.pem").write_text("<html>Sign in</html>")
    with pytest.raises(UsageError, match="no private key"):
        Asked({"bot_key": tmp_path / "bot.pem", "replace": ()}).secrets(place.secrets)


def test_every_request_of_init_is_as_github_describes_it(hub: Hub) -> None:
    path = find()
    if path is None:
        pytest.skip(f"GitHub's description is not at hand: name it by {VARIABLE}")
    hub.set_up()
    hub.repo.settings["pages"] = "legacy"
    hub.repo.settings["variables"][BOT_ID] = "another"
    hub.repo.settings["rulesets"][next(iter(hub.repo.settings["rulesets"]))]["rules"] = []
    hub.set_up()
    described = Description(path)
    asked = (_as_described(one) for one in hub.github.exchanges)
    assert [fault for one in asked for fault in described.faults(one)] == []


def _as_described(exchange: Exchange) -> Exchange:
    """Leave out what GitHub takes and shows, and its description does not know."""
    body = exchange.body
    if not isinstance(body, dict) or "can_admins_bypass" not in body:
        return exchange
    return replace(exchange, body={n: v for n, v in body.items() if n != "can_admins_bypass"})
