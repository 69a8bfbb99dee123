"""The workflow files hold to the trust model, and each way to weaken them is caught by its rule."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from tests.github.expressions import interpolate
from tests.workflows.rules import ACTION, RULES, Workflows, broken, jobs, load, steps

from jobtwin.cli import ACTS
from jobtwin.forge import trust_model as model
from jobtwin.forge.answering import following, watch
from jobtwin.keys import VARIABLES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
FILES: Workflows = {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.yml"))}
PIN = re.compile(r'ref: "([0-9a-f]{40})", path: engine')


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_holds(rule: Callable[[Workflows], object]) -> None:
    assert list(rule(FILES)) == []  # type: ignore[call-overload]


def edited(name: str, old: str, new: str) -> Workflows:
    text = FILES[name]
    assert old in text, f"{name} has no {old!r}"
    return dict(FILES) | {name: text.replace(old, new, 1)}


RUN = "    permissions: {} # learner code runs here\n"
CONTAINER = "    permissions: {} # a learner's Dockerfile is carried out here\n"
PROBE = "    permissions: {} # what a learner's server answers comes in here\n"
EVALUATE = (
    '      - run: jobtwin evaluate run "$RUNNER_TEMP/prepared" --out "$RUNNER_TEMP/returned"\n'
)
KEY = "          JOBTWIN_CLOCK_KEY: ${{ secrets.JOBTWIN_CLOCK_KEY }}\n"
MAY = (
    "permission-contents: write, permission-issues: write, "
    "permission-pull-requests: write, permission-actions: write"
)


WEAKER = [
    ("nothing_granted_on_top", "decide", "permissions: {}\n", "permissions: write-all\n"),
    ("nothing_granted_on_top", "evaluate", RUN, ""),
    ("reasons", "sweep", " # to check the engine out", ""),
    ("pinned_actions", "intake", "1b10c78c7865c340bc4f6099eb2f838309f1e8c3", "v3"),
    ("pinned_actions", "intake", " # v3.1.1", ""),
    ("pinned_actions", "sweep", "./engine/.github/actions/setup", "./.github/actions/setup"),
    ("one_engine", "mentor", "path: engine", "path: ."),
    ("one_engine", "mentor", 'ref: "', 'ref: "v1-'),
    ("checkouts", "publish", "persist-credentials: false", "persist-credentials: true"),
    ("checkouts", "audit", "{ ref: main,", "{ repository: x/y, ref: main,"),
    ("checkouts", "intake", 'ref: "', 'ref: "${{ github.event.after }}'),
    ("checkouts", "publish", "needs.build.outputs.commit", "github.event.head_commit.id"),
    ("plain_commands", "intake", "receive --on github", 'receive "${{ github.head_ref }}"'),
    ("plain_commands", "sweep", "jobtwin sweep", "bash engine/x && jobtwin sweep"),
    ("plain_commands", "decide", 'run: jobtwin decide "$TWIN"', 'run: pip install "$TWIN"'),
    ("nothing_kept", "evaluate", EVALUATE, "      - uses: actions/cache@x\n" + EVALUATE),
    ("artifacts_by_id", "evaluate", "artifact-ids: ", "name: returned, was: "),
    ("artifacts_by_id", "evaluate", '}}", path: "${{ runner.temp }}/', '}}", path: "engine/'),
    ("secrets_by_environment", "evaluate", RUN, RUN + "    environment: grading\n"),
    ("secrets_by_environment", "decide", "environment: desk", "environment: signing"),
    ("secrets_by_environment", "intake", KEY, KEY.replace("CLOCK", "ISSUER")),
    ("secrets_by_environment", "issue", "    environment: signing\n", ""),
    (
        "secrets_by_environment",
        "decide",
        "jobs:\n",
        "env: { A: '${{ secrets.A }}' }\n\njobs:\n",
    ),
    (
        "secrets_by_step",
        "sweep",
        "    steps:\n",
        "    env: {A: '${{ secrets.A }}'}\n    steps:\n",
    ),
    ("secrets_by_step", "intake", "path: engine,", "path: engine, token: '${{ secrets.A }}',"),
    ("the_run_holds_nothing", "evaluate", RUN, "    permissions: { contents: read } # why\n"),
    (
        "the_run_holds_nothing",
        "evaluate",
        EVALUATE,
        EVALUATE + "        env: { A: '${{ github.token }}' }\n",
    ),
    ("the_run_holds_nothing", "evaluate", PROBE, "    permissions: { contents: read } # why\n"),
    ("the_run_holds_nothing", "evaluate", CONTAINER, CONTAINER + "    environment: grading\n"),
    ("apart", "intake", "permission-actions: write", "permission-workflows: write"),
    ("apart", "sweep", MAY, "skip-token-revoke: false"),
    ("own_tokens", "mentor", "{ contents: read } #", "{ contents: write } #"),
    ("own_tokens", "sweep", "{ contents: read } #", "{ id-token: write } #"),
    ("nothing_dropped", "intake", "  queue: max\n", ""),
    ("nothing_dropped", "issue", "cancel-in-progress: false", "cancel-in-progress: true"),
    ("outsiders", "mentor", "types: [created]", "types: [created, edited]"),
    ("outsiders", "intake", "    types: [created]\n", ""),
    ("outsiders", "ci", "  pull_request:\n", "  pull_request_target:\n"),
    (
        "outsiders",
        "sweep",
        "  schedule:\n",
        "  workflow_run: { types: [completed] }\n  schedule:\n",
    ),
    ("groups_by_number", "intake", "pull_request.number", "pull_request.title"),
    ("groups_by_number", "mentor", "github.event.comment.id", "github.event.comment.body"),
    ("dispatched", "evaluate", "      slot: {", "      place: {"),
    ("before_set_up", "sweep", "vars.JOBTWIN_BOT_ID != ''", "always()"),
    ("before_set_up", "publish", "    if: vars.JOBTWIN_BOT_ID != ''", "    #"),
    ("excused", "mentor", "[dangerous-triggers] nothing of the", "[dangerous-triggers]\n# of the"),
    (
        "excused",
        "sweep",
        "  schedule:\n",
        "  schedule: # zizmor: ignore[artipacked] so\n",
    ),
    ("excused", "intake", "ignore[dangerous-triggers]", "ignore"),
    ("bounded", "sweep", "    timeout-minutes: 10\n", ""),
    ("bounded", "intake", "ubuntu-24.04", "self-hosted"),
    ("bounded", "ci", '"grades/inbox/**", ', ""),
]


@pytest.mark.parametrize(("rule", "name", "old", "new"), WEAKER)
def test_a_weaker_file_is_caught(rule: str, name: str, old: str, new: str) -> None:
    assert list(RULES_BY_NAME[rule](edited(name, old, new)))


RULES_BY_NAME = {rule.__name__: rule for rule in RULES}


def test_a_file_that_grew_is_caught() -> None:
    assert "short" in broken(dict(FILES) | {"sweep": FILES["sweep"] + "\n" * 60})


def test_every_rule_can_be_broken() -> None:
    assert {case[0] for case in WEAKER} | {"short"} == set(RULES_BY_NAME)


@pytest.mark.parametrize("path", sorted(FOLDER.parent.glob("actions/*/action.yml")))
def test_an_action_of_ours_is_pinned_and_runs_plain_lines(path: Path) -> None:
    for step in yaml.safe_load(path.read_text("utf-8"))["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert "\n" not in step.get("run", "").strip()
        assert "cache" not in str(step.get("with", ""))
        if "uses" in step:
            assert ACTION.fullmatch(step["uses"])


def test_the_trust_model_names_every_job_once() -> None:
    known = [job for place in model.ENVIRONMENTS.values() for job in place.jobs]
    known += model.WITHOUT_SECRETS
    assert sorted(known) == sorted((name, job) for name, job, _ in jobs(FILES))


def test_the_trust_model_names_the_secrets_that_the_engine_reads() -> None:
    held = {name for place in model.ENVIRONMENTS.values() for name in place.secrets}
    assert held == {*VARIABLES.values(), model.BOT_KEY}


def test_the_issuers_key_is_in_the_reviewed_environment_only() -> None:
    holding = [n for n, e in model.ENVIRONMENTS.items() if "JOBTWIN_ISSUER_KEY" in e.secrets]
    assert holding == ["signing"]
    assert model.ENVIRONMENTS["signing"].reviewed
    assert "workflows" not in model.BOT_PERMISSIONS


def test_every_workflow_calls_acts_that_exist() -> None:
    called = set(re.findall(r"run: jobtwin ([a-z]+)", "".join(FILES.values())))
    assert called <= set(ACTS)
    assert {"start", "receive", "evaluate", "claim", "review", "decide", "issue"} <= called


def test_dotfiles_are_deployed_because_the_keys_are_in_one() -> None:
    build = str(load(FILES["publish"])["jobs"]["build"])
    assert "'include-hidden-files': True" in build


COMMENT = {"issue": {"number": 7, "user": {"id": 1}}}


@pytest.mark.parametrize(
    ("event", "group"),
    [
        ({"pull_request": {"number": 7}}, "intake-7"),
        (COMMENT | {"comment": {"user": {"id": 1}}}, "intake-7"),
        (COMMENT | {"comment": {"user": {"id": 2}}}, "intake-9001"),
    ],
)
def test_what_strangers_comment_fills_no_queue_of_a_pull_request(
    event: dict[str, object], group: str
) -> None:
    asked = load(FILES["intake"])["concurrency"]["group"]
    assert interpolate(asked, {"github": {"event": event, "run_id": 9001}}) == group


@pytest.mark.parametrize("act", model.STARTED_BY_ACTS)
def test_an_act_gives_the_next_one_the_inputs_that_its_workflow_asks_for(act: str) -> None:
    attempt: Any = SimpleNamespace(twin="jt-rag-1", id="a0b1")
    standing: Any = SimpleNamespace(follows=act)
    (then,) = following(attempt, standing) or (watch(attempt),)
    assert (then.act, tuple(then.arguments)) == (act, model.STARTED_BY_ACTS[act])


@pytest.fixture
def pin() -> str:
    """The commit that the workflows run the engine from; needs the whole history."""
    pins: set[str] = set(PIN.findall("".join(FILES.values())))
    (pin,) = pins
    git = ["git", "-C", str(ROOT)]
    shallow = subprocess.run(
        [*git, "rev-parse", "--is-shallow-repository"], capture_output=True, text=True, check=False
    )
    if shallow.returncode != 0 or shallow.stdout.strip() != "false":
        pytest.skip("this is no whole clone, so its history cannot be asked")
    return pin


def test_the_engine_is_pinned_to_a_commit_of_this_history(pin: str) -> None:
    asked = ["git", "-C", str(ROOT), "merge-base", "--is-ancestor", pin, "HEAD"]
    found = subprocess.run(asked, check=False)
    assert found.returncode == 0, f"{pin} is not in the history of HEAD: run scripts/pin"


ASKS = """
import json, sys
from jobtwin.cli import _group
for words in json.load(sys.stdin):
    try:
        _group.main([*words, "--help"], standalone_mode=False)
    except Exception as error:
        print(*words, "-", error, file=sys.stderr)
"""


def test_the_pinned_engine_knows_every_command_that_the_workflows_give_it(
    pin: str, tmp_path: Path
) -> None:
    archive = ["git", "-C", str(ROOT), "archive", pin, "src"]
    engine = subprocess.run(archive, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(engine)) as files:
        files.extractall(tmp_path, filter="data")
    lines = [
        step.get("run", "") for name, _, step in steps(FILES) if name not in model.UNPRIVILEGED
    ]
    given = [shlex.split(line.split(" >> ")[0]) for line in lines if line.startswith("jobtwin ")]
    asked = subprocess.run(
        [sys.executable, "-P", "-c", ASKS],
        input=json.dumps([words[1:] for words in given]),
        env=os.environ | {"PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert len(given) > len(model.ENVIRONMENTS)
    assert (asked.returncode, asked.stderr) == (0, ""), "run scripts/pin"


def test_pin_writes_one_commit_into_every_privileged_file(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    for path in [*FOLDER.glob("*.yml"), ROOT / "scripts" / "pin"]:
        target = clone / path.relative_to(ROOT)
        target.write_bytes(path.read_bytes())
        target.chmod(0o755)
    head = subprocess.run(
        ["git", "-C", str(clone), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    subprocess.run([str(clone / "scripts" / "pin")], check=True, capture_output=True)
    texts = {p.stem: p.read_text("utf-8") for p in (clone / ".github/workflows").glob("*.yml")}
    pins = {name: set(PIN.findall(text)) for name, text in texts.items()}
    assert {name for name, pinned in pins.items() if not pinned} == set(model.UNPRIVILEGED)
    assert set().union(*pins.values()) == {head}
    again = subprocess.run(
        [str(clone / "scripts" / "pin"), "no-such-commit"], capture_output=True, check=False
    )
    assert again.returncode == 2
