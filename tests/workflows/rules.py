"""What must hold of the workflow files and no linter knows: each rule yields what breaks it.

The files come in as text, so that a test can hand in an edited copy and see that it is caught.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml

from jobtwin.forge import trust_model as model

Workflows = Mapping[str, str]
"""Name of a workflow, without `.yml` → its text."""
Job = tuple[str, str, dict[str, Any]]

MAX_LINES = 75
LONGER = {"evaluate": 150, "calibrate": 85}
"""Five jobs with their trust levels, and five acts of one, stand side by side in one file."""
PRIVILEGED = set(model.BOT_PERMISSIONS) | {"pull-requests", "id-token", "pages"}
SETUP = "./engine/.github/actions/setup"
BUILT = "${{ needs.build.outputs.commit }}"
"""The commit of main that a job before checked out: no event names it."""
ACTION = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
SECRET = re.compile(r"secrets\.([A-Za-z0-9_]+)")
FROM_EVENT = re.compile(r"github\.(?:event|head_ref|ref_name|actor)|inputs\.")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
ONE_BY_ONE = ("intake", "evaluate", "mentor", "calibrate", "decide", "issue", "audit", "attest")
FROM_FORKS = ("intake", "mentor", "calibrate", "attest")
"""They read what strangers bring, as data."""
ALWAYS = (("audit", "audit"), ("deep", "test"))
"""They need nothing of an organisation's, so they run in a fork as well."""
OUTSIDERS = ("pull_request_target", "issue_comment", "workflow_run")


def load(text: str) -> dict[Any, Any]:
    """Return a workflow; YAML 1.1 reads the key `on` as true."""
    data: dict[Any, Any] = yaml.safe_load(text)
    data["on"] = data.pop(True, data.get("on"))
    return data


def jobs(files: Workflows) -> Iterator[Job]:
    """Yield (workflow, job, its data) of every file."""
    for name, text in files.items():
        for job, data in load(text)["jobs"].items():
            yield name, job, data


def steps(files: Workflows) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (workflow, job, step) of every file."""
    for name, job, data in jobs(files):
        for step in data["steps"]:
            yield name, job, step


def short(files: Workflows) -> Iterator[str]:
    """A workflow is thin: what happens is in the acts."""
    for name, text in files.items():
        if len(text.splitlines()) >= LONGER.get(name, MAX_LINES):
            yield f"{name} has {len(text.splitlines())} lines"


def nothing_granted_on_top(files: Workflows) -> Iterator[str]:
    """Each job asks for what it needs, and nothing comes from above."""
    for name, text in files.items():
        if load(text).get("permissions") != {}:
            yield f"{name} grants permissions to all of its jobs"
    for name, job, data in jobs(files):
        if not isinstance(data.get("permissions"), dict):
            yield f"{name}.{job} does not say what it may do"


def reasons(files: Workflows) -> Iterator[str]:
    """Beside each grant stands why."""
    for name, text in files.items():
        for line in text.splitlines():
            granted = re.search(r"(?<!permission-)\b[a-z-]+: (?:read|write)\b", line)
            is_grant = granted and "permission-" not in line
            if is_grant and not re.search(r"# \w", line):
                yield f"{name}: no reason beside `{line.strip()}`"


def pinned_actions(files: Workflows) -> Iterator[str]:
    """A foreign action is a full commit id with its version, ours comes from the pinned engine."""
    for name, job, step in steps(files):
        used = step.get("uses", SETUP)
        ours = {SETUP} if name not in model.UNPRIVILEGED else {SETUP, "./.github/actions/setup"}
        if used not in ours and not ACTION.fullmatch(used):
            yield f"{name}.{job} uses {used}"
        if ACTION.fullmatch(used) and not re.search(
            rf"{re.escape(used)} # v\d+\.\d+\.\d+\n", files[name]
        ):
            yield f"{name}.{job}: no version beside {used}"


def one_engine(files: Workflows) -> Iterator[str]:
    """Every job but those of ci and deep runs the engine, from one commit, before anything else."""
    found = set()
    for name, job, data in jobs(files):
        if name in model.UNPRIVILEGED or not any("run" in step for step in data["steps"]):
            continue
        first = data["steps"][0]
        ref = str(first.get("with", {}).get("ref", ""))
        found.add(ref)
        if first.get("with", {}).get("path") != "engine" or not re.fullmatch("[0-9a-f]{40}", ref):
            yield f"{name}.{job} does not begin with the engine at a commit"
        if data["steps"][1].get("uses") != SETUP:
            yield f"{name}.{job} does not set the engine up first"
    if len(found) > 1:
        yield f"the engine is pinned to {len(found)} commits; run scripts/pin"


def checkouts(files: Workflows) -> Iterator[str]:
    """A checkout leaves no token behind, and is never of a pull request."""
    for name, job, step in steps(files):
        if not step.get("uses", "").startswith("actions/checkout@"):
            continue
        given = step.get("with", {})
        if given.get("persist-credentials") is not False:
            yield f"{name}.{job} leaves the token in the checkout"
        if given.keys() & {"repository", "allow-unsafe-pr-checkout", "token", "ssh-key"}:
            yield f"{name}.{job} checks out something else than this repository"
        named = str(given.get("ref", ""))
        if name not in model.UNPRIVILEGED and "${{" in named and named != BUILT:
            yield f"{name}.{job} checks out what an event names"


def plain_commands(files: Workflows) -> Iterator[str]:
    """A command is one line without expressions, and in privileged jobs one of ours."""
    for name, job, step in steps(files):
        command = step.get("run", "jobtwin")
        if "\n" in command.strip() or "${{" in command:
            yield f"{name}.{job}: `{command[:60]}` is no plain line"
        archives = "git -C data fetch --quiet origin '+refs/archive/*:refs/archive/*'"
        if name not in model.UNPRIVILEGED and not (
            command.startswith("jobtwin") or command == archives
        ):
            yield f"{name}.{job} runs `{command[:60]}`"


def nothing_kept(files: Workflows) -> Iterator[str]:
    """No cache anywhere: what one job leaves in it another would run."""
    for name, job, step in steps(files):
        if "cache" in str(step.get("uses", "")) or any("cache" in k for k in step.get("with", {})):
            yield f"{name}.{job} uses a cache"


def artifacts_by_id(files: Workflows) -> Iterator[str]:
    """What a job takes over it names by number, and lays outside the workspace."""
    for name, job, step in steps(files):
        given = step.get("with", {})
        if "download-artifact@" in step.get("uses", ""):
            if not given.get("artifact-ids") or given.keys() - {"artifact-ids", "path"}:
                yield f"{name}.{job} takes an artifact by its name"
            if not str(given.get("path", "")).startswith("${{ runner.temp }}/"):
                yield f"{name}.{job} lays an artifact into the workspace"


def secrets_by_environment(files: Workflows) -> Iterator[str]:
    """A job names the secrets of its environment and no others; without one it names none."""
    for name, job, data in jobs(files):
        environment = data.get("environment", "")
        opened = environment["name"] if isinstance(environment, dict) else environment
        known = model.ENVIRONMENTS.get(opened)
        if opened and (known is None or (name, job) not in known.jobs):
            yield f"{name}.{job} opens the environment {opened}"
        if not opened and (name, job) not in model.WITHOUT_SECRETS:
            yield f"{name}.{job} opens no environment"
        allowed = set(known.secrets) if known else set()
        for secret in sorted(set(SECRET.findall(str(data))) - allowed):
            yield f"{name}.{job} names the secret {secret}"
        if "secrets: inherit" in str(data) or "toJSON(secrets" in str(data):
            yield f"{name}.{job} hands all secrets on"
    for name, text in files.items():
        data = load(text)
        if SECRET.search(str({key: data[key] for key in data if key != "jobs"})):
            yield f"{name} gives a secret to all of its jobs"


def secrets_by_step(files: Workflows) -> Iterator[str]:
    """A secret goes to the one step that needs it, never to a whole job, and is not printed."""
    for name, job, data in jobs(files):
        if SECRET.search(str(data.get("env", ""))):
            yield f"{name}.{job} gives a secret to all of its steps"
    for name, job, step in steps(files):
        used = step.get("uses", "")
        if SECRET.search(str(step)) and used and "create-github-app-token@" not in used:
            yield f"{name}.{job} gives a secret to {used}"


def the_run_holds_nothing(files: Workflows) -> Iterator[str]:
    """Where learner code runs, is built, or answers, there is neither permission nor secret."""
    for job in ("run", "probe", "container"):
        data = load(files["evaluate"])["jobs"][job]
        if data["permissions"] != {}:
            yield f"evaluate.{job} has permissions"
        if "environment" in data or "secrets" in str(data) or "token" in str(data).lower():
            yield f"evaluate.{job} can reach a secret"


def apart(files: Workflows) -> Iterator[str]:
    """The bot asks only for what the trust model says that it has."""
    for name, job, step in steps(files):
        for key, level in step.get("with", {}).items():
            if key.startswith("permission-"):
                asked = key.removeprefix("permission-").replace("-", "_")
                if model.BOT_PERMISSIONS.get(asked) not in (level, "write"):
                    yield f"{name}.{job}: the bot asks for {asked}: {level}"
        if "create-github-app-token@" in step.get("uses", "") and not any(
            key.startswith("permission-") for key in step["with"]
        ):
            yield f"{name}.{job}: the bot's token may do all that the App may"


def own_tokens(files: Workflows) -> Iterator[str]:
    """The job's own token reads, except where Pages is deployed."""
    for name, job, data in jobs(files):
        for permission, level in data.get("permissions", {}).items():
            if (permission, level) != ("contents", "read") and (name, job) != ("publish", "deploy"):
                yield f"{name}.{job} is granted {permission}: {level}"


def nothing_dropped(files: Workflows) -> Iterator[str]:
    """What waits in a group is neither cancelled nor displaced."""
    for name in ONE_BY_ONE:
        group = load(files[name]).get("concurrency", {})
        if group.get("cancel-in-progress") is not False or group.get("queue") != "max":
            yield f"{name} may lose what waits"


def outsiders(files: Workflows) -> Iterator[str]:
    """What strangers can start says of which kind, and never runs for an edited comment."""
    for name, text in files.items():
        events = load(text)["on"]
        for event in OUTSIDERS:
            if event in events and name in model.UNPRIVILEGED:
                yield f"{name} runs for {event}"
            if event in events and not (events[event] or {}).get("types"):
                yield f"{name} runs for every kind of {event}"
        comments = events.get("issue_comment") if isinstance(events, dict) else None
        if comments and comments["types"] != ["created"]:
            yield f"{name} runs for edited comments"
        if "workflow_run" in events:
            yield f"{name} believes another run"


def groups_by_number(files: Workflows) -> Iterator[str]:
    """No text that a stranger wrote enters a group, a condition's script or an artifact's name."""
    free = re.compile(r"github\.(?:head_ref|event\.[\w.]*(?:title|body|ref|label|login|email))")
    for name, text in files.items():
        for expression in EXPRESSION.findall(text):
            if free.search(expression):
                yield f"{name}: `{expression.strip()}` is a stranger's text"


def dispatched(files: Workflows) -> Iterator[str]:
    """The inputs of a workflow are those that an act gives it."""
    for name, given in model.STARTED_BY_ACTS.items():
        event = load(files[name])["on"]["workflow_dispatch"]
        required = [key for key, value in event["inputs"].items() if value.get("required")]
        if tuple(required) != given:
            yield f"{name} asks for {', '.join(required)}, acts give {', '.join(given)}"


def before_set_up(files: Workflows) -> Iterator[str]:
    """What starts by itself waits until the copy is set up: a fork has no bot, and no secret."""
    for name, job, data in jobs(files):
        by_itself = name == "publish" or "schedule" in load(files[name])["on"]
        alone = "needs" not in data and (name, job) not in ALWAYS
        if by_itself and alone and f"vars.{model.BOT_ID} != ''" not in str(data.get("if")):
            yield f"{name}.{job} runs in a fork"


def excused(files: Workflows) -> Iterator[str]:
    """A linter is silenced for nothing but what the design needs, and says why in its line."""
    for name, text in files.items():
        for found in re.finditer(r"zizmor: ignore(?:\[([\w,-]+)\])?(.*)", text):
            if found[1] != "dangerous-triggers" or name not in FROM_FORKS or not found[2].strip():
                yield f"{name} silences {found[1] or 'everything'}:{found[2]}"
        if re.search(r"shellcheck disable|actionlint", text):
            yield f"{name} silences a linter"


def bounded(files: Workflows) -> Iterator[str]:
    """Every job ends by itself, on a runner of GitHub's."""
    for name, job, data in jobs(files):
        if not 0 < data.get("timeout-minutes", 0) <= 300 or data["runs-on"] != "ubuntu-24.04":
            yield f"{name}.{job} has no time limit, or another runner"
        if name == "ci" and load(files[name])["on"]["pull_request"].get("paths-ignore") != [
            "submissions/inbox/**",
            "grades/inbox/**",
            "calibration/inbox/**",
            "outcomes/inbox/**",
        ]:
            yield "ci runs for what learners, mentors and employers bring"


RULES: tuple[Callable[[Workflows], Iterator[str]], ...] = (
    short,
    nothing_granted_on_top,
    reasons,
    pinned_actions,
    one_engine,
    checkouts,
    plain_commands,
    nothing_kept,
    artifacts_by_id,
    secrets_by_environment,
    secrets_by_step,
    the_run_holds_nothing,
    apart,
    own_tokens,
    nothing_dropped,
    outsiders,
    groups_by_number,
    dispatched,
    before_set_up,
    excused,
    bounded,
)


def broken(files: Workflows) -> dict[str, list[str]]:
    """Return rule → what breaks it, for every rule that is broken."""
    found = {rule.__name__: list(rule(files)) for rule in RULES}
    return {name: problems for name, problems in found.items() if problems}
