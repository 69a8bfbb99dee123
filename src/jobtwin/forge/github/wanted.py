"""What must be so in an organisation's repository on GitHub; how to see each thing, and to mend it.

The trust model says who may what; this says it in the words of GitHub's API. Pure but for asking
through a `Reader`: `init` makes each thing so, `doctor` says where it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from jobtwin.findings import Code
from jobtwin.forge.trust_model import BOT_ID, ENVIRONMENTS, QUEUE_LABEL
from jobtwin.rules.standing import LABELS

ENVIRONMENT = Code(
    "ADM-001",
    "an environment lets in what it must not, or is not there",
    why="An environment is what keeps a secret from other jobs and other branches, and the signing "
    "key from everybody but its reviewers.",
    fix="Run `jobtwin init --repository ORG/NAME`, or mend it under Settings → Environments.",
)
NO_SECRET = Code(
    "ADM-002",
    "an environment lacks a secret",
    why="The acts of its jobs cannot sign, or cannot find the attempt that an event is about.",
    fix="Run `jobtwin init --repository ORG/NAME --secrets FOLDER` where the secrets are.",
)
RULESET = Code(
    "ADM-003",
    "main is not guarded",
    why="History that can be rewritten proves nothing, and whoever can push to main changes what "
    "is graded.",
    fix="Run `jobtwin init --repository ORG/NAME`, or mend it under Settings → Rules → Rulesets.",
)
ACTIONS = Code(
    "ADM-004",
    "Actions may do more than the workflows need",
    why="A moved tag of somebody else's action, or a token that may write by default, would reach "
    "the jobs that hold secrets.",
    fix="Run `jobtwin init --repository ORG/NAME`, or mend it under Settings → Actions → General.",
)
NOT_SHOWN = Code(
    "ADM-005",
    "something that people work with is not there",
    why="Labels say where an attempt stands, mentors claim on the queue's issue, and credentials "
    "are published by Pages.",
    fix="Run `jobtwin init --repository ORG/NAME`.",
)
NO_BOT = Code(
    "ADM-006",
    "the jobs do not know the bot",
    why="Without the variable no job can speak for the GitHub App.",
    fix="Run `jobtwin init --repository ORG/NAME --bot SLUG --bot-key FILE`.",
)
REPOSITORY = Code(
    "ADM-007",
    "the repository cannot carry an organisation",
    why="Required reviewers, and an App that may add records to a guarded branch, exist for public "
    "repositories of organisations.",
    fix="Make a public repository in an organisation, push main to it, and use an owner's token.",
)
BRANCH = "main"
REWRITTEN = "jobtwin: main is never rewritten"
REVIEWED = "jobtwin: changes come by pull request"
_COLOUR = {"passed": "0e8a16", "retake": "fbca04", "refused": "d93f0b", "late": "d93f0b"}
_ADMINISTRATORS = "they can: switch “Allow administrators to bypass” off at Settings → Environments"
_QUEUE_TITLE = "The queue: claim the next attempt to grade"
_QUEUE_BODY = (
    "Calibrated mentors comment `/claim <twin>` here, for example `/claim jt-incident-4`. The "
    "platform draws one of the eldest attempts that wait and that you may grade, and answers here "
    "with the next steps. What waits, and for how long, is on the site's queue page."
)


class Hidden(Exception):  # noqa: N818 - an outcome, not an error
    """GitHub does not show this to the token; the message says what."""


class NotSaid(Hidden):
    """GitHub shows it to nobody, so that a person has to look."""


class Reader(Protocol):
    """Asks GitHub; raises `Hidden` where the token may not see, `EngineError` on a failure."""

    def one(self, path: str) -> Any:
        """Return what is at a path, None where there is nothing."""
        ...

    def all(self, path: str, key: str = "") -> list[Any] | None:
        """Return all pages of a list, None where there is nothing; `key`: the member it is in."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """A request that changes something."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    secret: str = ""
    """Its value is sealed into the body when the call is made; it is never shown."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that must be so."""

    what: str
    code: Code
    look: Callable[[Reader], Any]
    faults: Callable[[Any], tuple[str, ...]]
    """What is seen (None: nothing there) → what is wrong with it."""
    mend: Callable[[Any], tuple[Call, ...]]
    """What is seen → what makes it so; nothing where a person must."""
    needs: tuple[str, ...] = ()
    """What else must be so before: no secret goes to an environment that is not guarded."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who may approve a batch of credentials; the id is a blank until GitHub was asked."""

    login: str
    id: int | str


@dataclass(frozen=True, slots=True)
class Bot:
    """The GitHub App; `app` is a blank until GitHub was asked."""

    slug: str
    app: int | str
    client: str


@dataclass(frozen=True, slots=True)
class Setup:
    """What differs from one organisation to the next."""

    repository: str
    """`owner/name`."""
    reviewers: tuple[Reviewer, ...] = ()
    bot: Bot | None = None
    """None before the App is made: what needs it is left out."""
    leave_out: frozenset[str] = field(default_factory=frozenset)
    """Names of secrets that cannot be there yet."""

    @property
    def root(self) -> str:
        """Path of the repository in GitHub's API."""
        return f"/repos/{self.repository}"


def wanted(setup: Setup) -> tuple[Wanted, ...]:
    """Return everything that must be so, in the order in which it can be made so."""
    environments = tuple(one for name in ENVIRONMENTS for one in _environment(setup, name))
    secrets = tuple(_secrets(setup, name) for name, one in ENVIRONMENTS.items() if one.secrets)
    bot = (_variable(setup, setup.bot),) if setup.bot else ()
    shown = (*(_label(setup, *one) for one in _labels().items()), _queue(setup), _pages(setup))
    return (*_actions(setup), *environments, *secrets, *bot, *_rulesets(setup), *shown)


def unfit(seen: Any) -> tuple[str, ...]:
    """Return why a repository, as GitHub shows it, cannot carry an organisation."""
    if seen is None:
        return ("it is not there, or the token may not see it",)
    found = []
    if seen["owner"]["type"] != "Organization":
        found.append("it belongs to a person, not to an organisation")
    if seen["private"]:
        found.append("it is not public")
    if seen.get("archived"):
        found.append("it is archived")
    if seen["default_branch"] != BRANCH:
        found.append(f"its default branch is `{seen['default_branch']}`, not `{BRANCH}`")
    if not seen.get("permissions", {}).get("admin"):
        found.append("the token does not administer it")
    return tuple(found)


def environment_path(setup: Setup, name: str) -> str:
    """Return the path of an environment."""
    return f"{setup.root}/environments/{name}"


def secret_call(setup: Setup, environment: str, name: str) -> Call:
    """Return the call that uploads a secret to an environment."""
    path = f"{environment_path(setup, environment)}/secrets/{name}"
    return Call("PUT", path, {"encrypted_value": f"(sealed {name})", "key_id": "(of it)"}, name)


def _setting(
    what: str, code: Code, path: str, wanted: Mapping[str, Any], keep: tuple[str, ...] = ()
) -> Wanted:
    """Return the wish that some members at a path have some values; `keep`: sent as they are."""

    def faults(seen: Any) -> tuple[str, ...]:
        found = seen or {}
        return tuple(
            f"`{name}` is {found.get(name)!r}, not {value!r}"
            for name, value in wanted.items()
            if found.get(name) != value
        )

    def mend(seen: Any) -> tuple[Call, ...]:
        kept = {name: seen[name] for name in keep if seen and name in seen}
        return (Call("PUT", path, {**kept, **wanted}),)

    return Wanted(what, code, lambda reader: reader.one(path), faults, mend)


def _actions(setup: Setup) -> tuple[Wanted, ...]:
    root = f"{setup.root}/actions/permissions"
    pinned = {"enabled": True, "sha_pinning_required": True}
    token = {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}
    approval = {"approval_policy": "all_external_contributors"}
    return (
        _setting(
            "actions are pinned by their full sha", ACTIONS, root, pinned, ("allowed_actions",)
        ),
        _setting("a job's own token may only read", ACTIONS, f"{root}/workflow", token),
        _setting(
            "workflows of forks wait for an approval",
            ACTIONS,
            f"{root}/fork-pr-contributor-approval",
            approval,
        ),
    )


def _environment(setup: Setup, name: str) -> tuple[Wanted, ...]:
    path = environment_path(setup, name)
    reviewed = ENVIRONMENTS[name].reviewed

    def mend(seen: Any) -> tuple[Call, ...]:
        return (Call("PUT", path, _environment_body(setup, seen, reviewed)),)

    def faults(seen: Any) -> tuple[str, ...]:
        return _environment_faults(setup, seen, reviewed)

    branches = f"{path}/deployment-branch-policies"
    found = (
        Wanted(f"environment {name}", ENVIRONMENT, lambda r: r.one(path), faults, mend),
        Wanted(
            f"environment {name} opens for {BRANCH} only",
            ENVIRONMENT,
            lambda reader: reader.all(branches, "branch_policies"),
            _branch_faults,
            lambda seen: (
                ()
                if BRANCH in _names(seen)
                else (Call("POST", branches, {"name": BRANCH, "type": "branch"}),)
            ),
        ),
    )
    # In a request of its own: it is not in GitHub's description, and could be refused.
    passing = Wanted(
        f"administrators cannot pass by the reviewers of {name}",
        ENVIRONMENT,
        _bypass(path),
        _bypass_faults,
        lambda seen: (
            Call(
                "PUT", path, _environment_body(setup, seen, reviewed) | {"can_admins_bypass": False}
            ),
        ),
    )
    return (*found, passing) if reviewed else found


def _environment_body(setup: Setup, seen: Any, reviewed: bool) -> dict[str, Any]:
    there = {(kind, one["id"]) for kind, one in reviewers_of(seen)} if reviewed else set()
    asked = [("User", one.id) for one in setup.reviewers] if reviewed else []
    everyone = [*sorted(there), *(one for one in asked if one not in there)]
    return {
        "wait_timer": 0,
        "prevent_self_review": reviewed,
        "reviewers": [{"type": kind, "id": number} for kind, number in everyone],
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
    }


def _environment_faults(setup: Setup, seen: Any, reviewed: bool) -> tuple[str, ...]:
    if seen is None:
        return ("it is not there",)
    found = []
    if not (seen.get("deployment_branch_policy") or {}).get("custom_branch_policies"):
        found.append("it opens for other branches than main")
    there = [one for _, one in reviewers_of(seen)]
    if not reviewed:
        return (
            (*found, "every run waits for an approval, and the clock with it")
            if there
            else (*found,)
        )
    logins = {one.get("login", "").lower() for one in there}
    lacking = [one.login for one in setup.reviewers if one.login.lower() not in logins]
    if not there:
        found.append("nobody has to approve")
    elif lacking:
        found.append(f"{', '.join(lacking)} may not approve")
    rules = seen.get("protection_rules", [])
    if not any(rule.get("prevent_self_review") for rule in rules):
        found.append("whoever starts a run may approve it")
    return tuple(found)


def reviewers_of(seen: Any) -> list[tuple[str, Any]]:
    """Return (type, account) of everybody who may approve."""
    rules = (seen or {}).get("protection_rules", [])
    return [(one["type"], one["reviewer"]) for rule in rules for one in rule.get("reviewers", [])]


def _bypass(path: str) -> Callable[[Reader], Any]:
    def look(reader: Reader) -> Any:
        seen = reader.one(path)
        if seen is not None and "can_admins_bypass" not in seen:
            raise NotSaid("GitHub does not say it; look under Settings → Environments")
        return seen

    return look


def _bypass_faults(seen: Any) -> tuple[str, ...]:
    return (_ADMINISTRATORS,) if not seen or seen["can_admins_bypass"] else ()


def _names(seen: Any) -> set[str]:
    return {one["name"] for one in seen or ()}


def _branch_faults(seen: Any) -> tuple[str, ...]:
    found = _names(seen)
    more = sorted(found - {BRANCH})
    told = [f"it opens for `{name}` too: remove that branch" for name in more]
    return tuple(told) if BRANCH in found else (f"it does not open for {BRANCH}", *told)


def _secrets(setup: Setup, name: str) -> Wanted:
    needed = [one for one in ENVIRONMENTS[name].secrets if one not in setup.leave_out]
    path = f"{environment_path(setup, name)}/secrets"

    def missing(seen: Any) -> list[str]:
        return [one for one in needed if one not in _names(seen)]

    return Wanted(
        f"secrets of environment {name}",
        NO_SECRET,
        lambda reader: reader.all(path, "secrets"),
        lambda seen: tuple(f"{one} is not there" for one in missing(seen)),
        lambda seen: tuple(secret_call(setup, name, one) for one in missing(seen)),
        tuple(one.what for one in _environment(setup, name)),
    )


def _variable(setup: Setup, bot: Bot) -> Wanted:
    root = f"{setup.root}/actions/variables"
    body = {"name": BOT_ID, "value": bot.client}

    def faults(seen: Any) -> tuple[str, ...]:
        if seen is None:
            return ("it is not there",)
        return () if seen["value"] == bot.client else (f"it names another App than {bot.slug}",)

    return Wanted(
        f"variable {BOT_ID}",
        NO_BOT,
        lambda reader: reader.one(f"{root}/{BOT_ID}"),
        faults,
        lambda seen: (
            Call("PATCH", f"{root}/{BOT_ID}", body) if seen else Call("POST", root, body),
        ),
    )


def _rulesets(setup: Setup) -> tuple[Wanted, ...]:
    rewritten = _ruleset(setup, REWRITTEN, [{"type": "deletion"}, {"type": "non_fast_forward"}], [])
    if setup.bot is None:
        return (rewritten,)
    bot = {"actor_id": setup.bot.app, "actor_type": "Integration", "bypass_mode": "always"}
    # A second person has to look at a change as soon as there is one.
    parameters = {
        "required_approving_review_count": 1 if len(setup.reviewers) > 1 else 0,
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    }
    rule = {"type": "pull_request", "parameters": parameters}
    return rewritten, _ruleset(setup, REVIEWED, [rule], [bot])


def _ruleset(
    setup: Setup, name: str, rules: list[dict[str, Any]], bypass: list[dict[str, Any]]
) -> Wanted:
    root = f"{setup.root}/rulesets"
    body = {
        "name": name,
        "target": "branch",
        "enforcement": "active",
        "bypass_actors": bypass,
        "conditions": {"ref_name": {"include": [f"refs/heads/{BRANCH}"], "exclude": []}},
        "rules": rules,
    }

    def look(reader: Reader) -> Any:
        listed = reader.all(root) or []
        number = next((one["id"] for one in listed if one["name"] == name), None)
        seen = None if number is None else reader.one(f"{root}/{number}")
        if seen is not None and "bypass_actors" not in seen:
            raise Hidden("GitHub does not show to this token who may pass by")
        return seen

    return Wanted(
        f"ruleset “{name}”",
        RULESET,
        look,
        lambda seen: _ruleset_faults(seen, body),
        lambda seen: (
            Call("PUT", f"{root}/{seen['id']}", body) if seen else Call("POST", root, body),
        ),
    )


def _ruleset_faults(seen: Any, body: Mapping[str, Any]) -> tuple[str, ...]:
    if seen is None:
        return ("it is not there",)
    found = []
    if seen.get("enforcement") != "active":
        found.append("it is not enforced")
    if seen.get("conditions", {}).get("ref_name") != body["conditions"]["ref_name"]:
        found.append(f"it is not for {BRANCH} alone")
    there = {rule["type"] for rule in seen.get("rules", [])}
    found += [f"the rule `{r['type']}` is missing" for r in body["rules"] if r["type"] not in there]
    actors = {(one["actor_type"], one.get("actor_id")) for one in seen["bypass_actors"]}
    asked = {(one["actor_type"], one["actor_id"]) for one in body["bypass_actors"]}
    found += [f"{kind} {number} can pass by" for kind, number in sorted(actors - asked, key=str)]
    if asked - actors:
        found.append("the bot cannot add records")
    return tuple(found)


def _labels() -> dict[str, str]:
    return {**LABELS, QUEUE_LABEL: "Mentors claim here"}


def _label(setup: Setup, name: str, description: str) -> Wanted:
    root = f"{setup.root}/labels"
    body = {"name": name, "color": _COLOUR.get(name, "c5def5"), "description": description}
    return Wanted(
        f"label {name}",
        NOT_SHOWN,
        lambda reader: reader.one(f"{root}/{name}"),
        lambda seen: () if seen else ("it is not there",),
        lambda _: (Call("POST", root, body),),
    )


def _queue(setup: Setup) -> Wanted:
    root = f"{setup.root}/issues"
    body = {"title": _QUEUE_TITLE, "body": _QUEUE_BODY, "labels": [QUEUE_LABEL]}

    def faults(seen: Any) -> tuple[str, ...]:
        return () if seen else (f"no open issue has the label `{QUEUE_LABEL}`",)

    return Wanted(
        "the queue's issue",
        NOT_SHOWN,
        lambda reader: reader.all(f"{root}?labels={QUEUE_LABEL}&state=open"),
        faults,
        lambda _: (Call("POST", root, body),),
    )


def _pages(setup: Setup) -> Wanted:
    path = f"{setup.root}/pages"
    body = {"build_type": "workflow"}

    def faults(seen: Any) -> tuple[str, ...]:
        if seen is None:
            return ("Pages is off",)
        return () if seen.get("build_type") == "workflow" else ("it is not built by the workflow",)

    return Wanted(
        "Pages, built by the workflow",
        NOT_SHOWN,
        lambda reader: reader.one(path),
        faults,
        lambda seen: (Call("PUT" if seen else "POST", path, body),),
    )
