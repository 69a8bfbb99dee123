"""What guards secrets and history: environments, their secrets, and rulesets of main."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jobtwin.forge.github.settings import (
    BRANCH,
    ENVIRONMENT,
    NO_SECRET,
    RULESET,
    Call,
    Hidden,
    NotSaid,
    Reader,
    Setup,
    Wanted,
)
from jobtwin.forge.trust_model import ENVIRONMENTS

REWRITTEN = "jobtwin: main is never rewritten"
REVIEWED = "jobtwin: changes come by pull request"
_ADMINISTRATORS = "they can: switch “Allow administrators to bypass” off at Settings → Environments"


def environment_path(setup: Setup, name: str) -> str:
    """Return the path of an environment."""
    return f"{setup.root}/environments/{name}"


def secret_call(setup: Setup, environment: str, name: str) -> Call:
    """Return the call that uploads a secret to an environment."""
    path = f"{environment_path(setup, environment)}/secrets/{name}"
    return Call("PUT", path, {"encrypted_value": f"(sealed {name})", "key_id": "(of it)"}, name)


def environment(setup: Setup, name: str) -> tuple[Wanted, ...]:
    """Return what must be so of an environment."""
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


def secrets(setup: Setup, name: str) -> Wanted:
    """Return that an environment has its secrets."""
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
        tuple(one.what for one in environment(setup, name)),
    )


def rulesets(setup: Setup) -> tuple[Wanted, ...]:
    """Return what keeps main as it is; the second needs the bot, which may pass it by."""
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
