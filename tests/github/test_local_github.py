"""What the local GitHub must do as GitHub does, or the journeys would prove nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.github.local_github import LocalGitHub
from tests.github.ordering import APP_KEY, NAME
from tests.github.running import NoStandIn
from tests.github.runs import Environment, Run

from jobtwin.forge.events import Account

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SHA = "1" * 40
KEY = "the clock key, as long as a real one"
ENVIRONMENTS = {
    "clock": Environment({"CLOCK_KEY": KEY, "BOT_KEY": APP_KEY}),
    "signing": Environment({"ISSUER_KEY": "the key that signs"}, ("otto",)),
}
Make = Callable[..., LocalGitHub]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Return a function that makes a local GitHub with these workflows on main."""
    made: list[LocalGitHub] = []

    def make(**workflows: dict[str, Any]) -> LocalGitHub:
        github = LocalGitHub(tmp_path / str(len(made)), NOW, dict(ENVIRONMENTS))
        github.api.account(800, NAME.partition("/")[0])
        github.repositories.create(NAME)
        files = {f".github/workflows/{name}.yml": _file(data) for name, data in workflows.items()}
        github.repositories.commit(NAME, "main", {"README.md": b"x\n", **files}, "x", "f", NOW)
        github.api.add_repository(NAME)
        made.append(github)
        return github.__enter__()

    yield make
    for github in made:
        github.__exit__()


def _file(data: dict[str, Any]) -> bytes:
    return json.dumps({"permissions": {}, **data}).encode()


def _workflow(on: Any, *steps: dict[str, Any], **job: Any) -> dict[str, Any]:
    return {"on": on, "jobs": {"only": {"runs-on": "ubuntu-24.04", "steps": list(steps), **job}}}


def _say(text: str, **env: str) -> dict[str, Any]:
    return {"run": text, "env": env}


def _uses(action: str, **given: str) -> dict[str, Any]:
    return {"uses": f"actions/{action}@{SHA}", "with": given, "id": action.replace("-", "_")}


def _lea(github: LocalGitHub) -> Account:
    return github.account(1001, "lea")


def _only(github: LocalGitHub) -> Run:
    (run,) = github.runs.all
    return run


HELD = {"CLOCK": "${{ secrets.CLOCK_KEY }}", "ISSUER": "${{ secrets.ISSUER_KEY }}"}
TELL = _say('echo "clock ${#CLOCK}, issuer ${#ISSUER}"', **HELD)


def test_a_job_without_an_environment_holds_no_secret(make: Make) -> None:
    github = make(a=_workflow("pull_request_target", TELL))
    github.open_pull_request(_lea(github), {"a.txt": b"a"})
    github.settle()
    assert "clock 0, issuer 0" in github.logs()


def test_a_job_holds_the_secrets_of_its_own_environment_and_they_are_masked(make: Make) -> None:
    github = make(
        a=_workflow("pull_request_target", TELL, _say("echo $CLOCK", **HELD), environment="clock")
    )
    github.open_pull_request(_lea(github), {"a.txt": b"a"})
    github.settle()
    assert f"clock {len(KEY)}, issuer 0" in github.logs()
    assert KEY not in github.logs()


def test_a_forks_own_workflow_file_runs_without_secrets_and_with_a_token_that_reads(
    make: Make,
) -> None:
    asked = {"permissions": {"contents": "write"}, "environment": "clock"}
    github = make(a=_workflow("push", TELL))
    stolen = _workflow("pull_request", TELL, _say("echo the fork says so"), **asked)
    github.open_pull_request(_lea(github), {".github/workflows/mine.yml": _file(stolen)})
    github.settle()
    run = _only(github)
    assert run.from_fork
    assert "the fork says so" in run.log
    assert "clock 0, issuer 0" in run.log
    told = json.loads((github.runs.folder / f"{run.id}-1-only" / "job.json").read_bytes())
    assert told["permissions"] == {"contents": "read"}


def test_what_a_pull_request_does_to_a_workflow_changes_nothing_for_pull_request_target(
    make: Make,
) -> None:
    github = make(a=_workflow("pull_request_target", _say("echo from main")))
    edited = _file(_workflow("pull_request_target", _say("echo from the fork")))
    github.open_pull_request(_lea(github), {".github/workflows/a.yml": edited})
    github.settle()
    assert "from main" in _only(github).log
    assert "from the fork" not in _only(github).log


@pytest.mark.parametrize(
    ("asked", "starts"),
    [
        ({"types": ["opened"]}, True),
        ({"types": ["closed"]}, False),
        ({"branches": ["release"]}, False),
        ({"branches": ["ma*"]}, True),
        ({"paths": ["submissions/inbox/**"]}, True),
        ({"paths": ["grades/**"]}, False),
        ({"paths-ignore": ["submissions/**"]}, False),
        ({"paths-ignore": ["submissions/inbox/a"]}, True),
        ({"paths": ["submissions/**", "!submissions/inbox/**"]}, False),
    ],
)
def test_filters_decide_whether_a_workflow_starts(
    make: Make, asked: dict[str, Any], starts: bool
) -> None:
    github = make(a=_workflow({"pull_request_target": asked}, _say("true")))
    github.open_pull_request(_lea(github), {"submissions/inbox/start.yml": b"x"})
    assert bool(github.runs.all) is starts


def test_a_conflict_or_a_skip_word_keeps_pull_request_from_starting_but_not_its_target(
    make: Make,
) -> None:
    both = ["pull_request", "pull_request_target"]
    github = make(a=_workflow(both, _say("true")))
    github.open_pull_request(_lea(github), {"a.txt": b"a"}, title="Mine [skip ci]")
    ben = github.account(1002, "ben")
    github.fork(ben)
    github.repositories.commit(NAME, "main", {"README.md": b"moved on\n"}, "y", "f", NOW)
    github.open_pull_request(ben, {"README.md": b"mine\n"})
    assert [run.event for run in github.runs.all] == ["pull_request_target"] * 2


@pytest.mark.parametrize(("queue", "left"), [("max", 3), (None, 2)])
def test_a_group_keeps_every_run_only_with_queue_max(make: Make, queue: str, left: int) -> None:
    group = {"group": "g-${{ github.event.number }}", "cancel-in-progress": False}
    workflow = _workflow("pull_request_target", _say("true"))
    github = make(a={**workflow, "concurrency": group | ({"queue": queue} if queue else {})})
    number = github.open_pull_request(_lea(github), {"a.txt": b"a"})
    github.runs.all[0].status = "in_progress"
    github.push(number, {"a.txt": b"b"})
    github.push(number, {"a.txt": b"c"})
    github.runs.all[0].status = "queued"
    github.settle()
    assert sum(run.conclusion == "success" for run in github.runs.all) == left


def test_a_protected_environment_waits_for_a_reviewer_of_its_own(make: Make) -> None:
    github = make(a=_workflow("workflow_dispatch", TELL, environment="signing"))
    github.dispatch(_lea(github), "a.yml")
    github.settle()
    assert _only(github).status == "waiting"
    with pytest.raises(PermissionError):
        github.approve("lea")
    assert github.approve("otto") == 1
    github.settle()
    assert "clock 0, issuer 18" in _only(github).log


def test_jobs_hand_on_their_outputs_but_never_a_secret(make: Make) -> None:
    odd = "printf 'odd=a\\x27\\x22\\x24{{ x\\n'"
    tell = _say(f'(echo "key=$CLOCK"; {odd}) >>"$GITHUB_OUTPUT"', **HELD)
    first = {
        "runs-on": "ubuntu-24.04",
        "environment": "clock",
        "outputs": {"key": "${{ steps.t.outputs.key }}", "odd": "${{ steps.t.outputs.odd }}"},
        "steps": [tell | {"id": "t"}],
    }
    told = {"KEY": "${{ needs.first.outputs.key }}", "ODD": "${{ needs.first.outputs.odd }}"}
    second = {
        "runs-on": "ubuntu-24.04",
        "needs": "first",
        "steps": [_say('echo "key [$KEY] odd [$ODD]"', **told)],
    }
    never = {"runs-on": "ubuntu-24.04", "needs": "first", "if": "failure()", "steps": [TELL]}
    jobs = {"first": first, "second": second, "never": never}
    github = make(a={"on": "workflow_dispatch", "jobs": jobs})
    github.dispatch(_lea(github), "a.yml")
    github.settle()
    run = _only(github)
    assert run.jobs["never"].result == "skipped"
    assert "key [] odd [a'\"${{ x]" in run.jobs["second"].log


def test_a_job_that_failed_is_seen_by_those_that_ask_for_it(make: Make) -> None:
    jobs = {
        "first": {"runs-on": "ubuntu-24.04", "steps": [_say("exit 3")]},
        "then": {"runs-on": "ubuntu-24.04", "needs": "first", "steps": [_say("echo then")]},
        "always": {
            "runs-on": "ubuntu-24.04",
            "needs": ["first", "then"],
            "if": "always() && needs.first.result == 'failure' && needs.then.result == 'skipped'",
            "steps": [_say("echo cleaned up")],
        },
    }
    github = make(a={"on": "workflow_dispatch", "jobs": jobs})
    github.dispatch(_lea(github), "a.yml")
    github.settle()
    assert [job.result for job in _only(github).jobs.values()] == ["failure", "skipped", "success"]
    assert _only(github).conclusion == "failure"


def test_nothing_of_this_machines_environment_reaches_a_job(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_LEAK", "seen")
    github = make(a=_workflow("workflow_dispatch", _say('echo "leak [$A_LEAK]"; env')))
    github.dispatch(_lea(github), "a.yml")
    github.settle()
    assert "leak []" in github.logs()
    assert "A_LEAK=" not in github.logs()


def test_an_action_without_a_stand_in_or_without_a_pin_is_an_error(make: Make) -> None:
    for action in ("actions/unheard-of@" + SHA, "actions/checkout@v7"):
        github = make(a=_workflow("workflow_dispatch", {"uses": action}))
        github.dispatch(_lea(github), "a.yml")
        with pytest.raises(NoStandIn):
            github.settle()


def test_checkout_refuses_a_forks_code_where_the_workflow_has_rights(make: Make) -> None:
    head = "${{ github.event.pull_request.head.sha }}"
    github = make(a=_workflow("pull_request_target", _uses("checkout", ref=head)))
    github.open_pull_request(_lea(github), {"a.txt": b"a"})
    github.settle()
    assert "Refusing to check out fork pull request code" in _only(github).log
    assert _only(github).conclusion == "failure"


def test_checkout_lays_the_event_commit(make: Make) -> None:
    github = make(a=_workflow("push", _uses("checkout"), _say("cat README.md; git log --oneline")))
    _push_to_main(github, {"README.md": b"seen\n"})
    github.settle()
    assert "seen" in _only(github).log


def _push_to_main(github: LocalGitHub, files: dict[str, bytes]) -> None:
    before = github.delivery.main()
    after = github.repositories.commit(NAME, "main", files, "y", "f", NOW)
    payload = github.api.push_payload(NAME, before, after, _lea(github))
    github.deliver("push", payload)


def test_artifacts_lose_modes_links_and_hidden_files_and_never_change(make: Make) -> None:
    lay = (
        "mkdir d; echo a >d/a; chmod 755 d/a; echo h >d/.h; ln -s a d/l; mkdir d/.e; echo x >d/.e/x"
    )
    take = _uses(
        "download-artifact", **{"artifact-ids": "${{ steps.upload_artifact.outputs.artifact-id }}"}
    )
    take["with"]["path"] = "t"
    again = _uses("upload-artifact", name="one", path="d") | {"id": "again"}
    show = _say("cd t; find . -printf '%p %y %m\\n' | sort")
    steps = [_say(lay), _uses("upload-artifact", name="one", path="d"), take, show, again]
    github = make(a=_workflow("workflow_dispatch", *steps))
    github.dispatch(_lea(github), "a.yml")
    github.settle()
    log = _only(github).log
    assert "./a f 644" in log
    assert "./l f 644" in log
    assert ".h" not in log.partition("find .")[2]
    assert "an artifact with this name already exists" in log
    assert _only(github).conclusion == "failure"


def test_an_artifact_of_another_run_is_not_had_without_a_token(make: Make) -> None:
    wanted = {"name": "one", "run-id": "${{ inputs.run }}"}
    inputs = {"workflow_dispatch": {"inputs": {"run": {"required": True}}}}
    github = make(
        keep=_workflow(
            "workflow_dispatch", _say("echo a >a"), _uses("upload-artifact", name="one", path="a")
        ),
        without=_workflow(inputs, _uses("download-artifact", **wanted)),
        having=_workflow(
            inputs, _uses("download-artifact", **{**wanted, "github-token": "${{ github.token }}"})
        ),
    )
    lea = _lea(github)
    github.dispatch(lea, "keep.yml")
    github.settle()
    for workflow in ("without.yml", "having.yml"):
        github.dispatch(lea, workflow, run=str(github.runs.all[0].id))
    github.settle()
    assert [run.conclusion for run in github.runs.all] == ["success", "failure", "success"]
    assert "artifacts of another run need `github-token`" in github.of("without.yml")[0].log


TOKEN = _uses(
    "create-github-app-token",
    **{
        "app-id": "${{ vars.JOBTWIN_BOT_ID }}",
        "private-key": "${{ secrets.BOT_KEY }}",
        "permission-contents": "write",
    },
)
PUSH = """
there=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY
bearer="http.extraheader=Authorization: bearer $TOKEN"
git init -q -b main r && cd r
git -c "$bearer" fetch -q "$there" main && git checkout -q FETCH_HEAD
mkdir -p "$(dirname "$FILE")" && echo "$GITHUB_RUN_ID" >"$FILE" && git add .
git -c user.name=b -c user.email=b@b commit -q -m "a record"
git -c "$bearer" push -q "$there" HEAD:main
"""


def _pushes(file: str, token: str) -> dict[str, Any]:
    return _workflow(
        "workflow_dispatch",
        TOKEN,
        _say(PUSH, FILE=file, TOKEN=token),
        environment="clock",
        permissions={"contents": "write"},
    )


def test_a_push_by_the_app_starts_workflows_and_one_by_the_jobs_own_token_does_not(
    make: Make,
) -> None:
    github = make(
        app=_pushes("a.txt", "${{ steps.create_github_app_token.outputs.token }}"),
        own=_pushes("b.txt", "${{ github.token }}"),
        seen=_workflow("push", _say("echo a push by ${{ github.actor }}")),
    )
    for workflow in ("own.yml", "app.yml"):
        github.dispatch(_lea(github), workflow)
        github.settle()
    assert [run.conclusion for run in github.runs.all] == ["success"] * 3
    assert "a push by jobtwin-bot[bot]" in github.of("seen.yml")[0].log


def test_the_app_cannot_push_a_workflow_file(make: Make) -> None:
    github = make(
        app=_pushes(
            ".github/workflows/new.yml", "${{ steps.create_github_app_token.outputs.token }}"
        )
    )
    before = github.delivery.main()
    github.dispatch(_lea(github), "app.yml")
    github.settle()
    assert "without `workflows` permission" in _only(github).log
    assert github.delivery.main() == before


def test_the_app_gives_no_token_with_more_than_it_was_installed_with(make: Make) -> None:
    more = {**TOKEN, "with": {**TOKEN["with"], "permission-workflows": "write"}}
    wrong = {**TOKEN, "with": {**TOKEN["with"], "private-key": "a key of one's own"}}
    push = _say(PUSH, FILE="a", TOKEN="${{ steps.create_github_app_token.outputs.token }}")
    github = make(
        more=_workflow("workflow_dispatch", more, environment="clock"),
        wrong=_workflow("workflow_dispatch", wrong, push, environment="clock"),
    )
    for workflow in ("more.yml", "wrong.yml"):
        github.dispatch(_lea(github), workflow)
    github.settle()
    assert [run.conclusion for run in github.runs.all] == ["failure", "failure"]
    assert "not granted to this installation: workflows" in github.of("more.yml")[0].log


def test_one_run_leads_to_another_three_times_at_most(make: Make) -> None:
    loop = _workflow({"workflow_run": {"workflows": ["a", "loop"]}}, _say("true"))
    github = make(
        a={"name": "a", **_workflow("workflow_dispatch", _say("true"))},
        loop={"name": "loop", **loop},
    )
    github.dispatch(_lea(github), "a.yml")
    github.settle()
    assert [run.depth for run in github.runs.all] == [0, 1, 2, 3]


def test_a_run_that_is_run_again_keeps_its_number_and_its_moment(make: Make) -> None:
    tell = _say('echo "run $GITHUB_RUN_ID attempt $GITHUB_RUN_ATTEMPT"')
    github = make(a=_workflow("pull_request_target", tell))
    github.open_pull_request(_lea(github), {"a.txt": b"a"})
    github.settle()
    run = _only(github)
    first = run.log
    github.wait(hours=5)
    github.rerun(run)
    github.settle()
    assert run.created_at == NOW
    assert f"run {run.id} attempt 1" in first
    assert f"run {run.id} attempt 2" in run.log


def test_a_runner_that_is_lost_after_its_push_leaves_the_push(make: Make) -> None:
    token = "${{ steps.create_github_app_token.outputs.token }}"
    workflow = _pushes("a.txt", token)
    workflow["jobs"]["only"]["steps"].append(_say("echo still here"))
    github = make(app=workflow)
    github.git.after_push.append(lambda pushed: github.runs.all[0].kill())
    github.dispatch(_lea(github), "app.yml")
    github.settle()
    assert _only(github).conclusion == "cancelled"
    assert "still here" not in _only(github).log
    assert github.repositories.read(NAME, "main", "a.txt")


def test_events_can_be_lost_and_delivered_out_of_order(make: Make) -> None:
    github = make(a=_workflow("pull_request_target", _say("true")))
    number = github.open_pull_request(_lea(github), {"a.txt": b"a"})
    with github.held_back() as held:
        github.push(number, {"a.txt": b"b"})
        github.push(number, {"a.txt": b"c"})
    assert len(github.runs.all) == 1
    for event, payload in reversed(held):
        github.deliver(event, payload)
    heads = [run.payload["pull_request"]["head"]["sha"] for run in github.runs.all[1:]]
    assert heads[0] == github.pull(number).head != heads[1]


def test_a_dispatch_with_inputs_that_nobody_foresaw_is_refused(make: Make) -> None:
    github = make(a=_workflow("workflow_dispatch", _say("true")))
    with pytest.raises(Exception, match="Unexpected inputs"):
        github.dispatch(_lea(github), "a.yml", odd="1")
