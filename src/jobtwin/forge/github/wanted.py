"""What must be so in an organisation's repository on GitHub; how to see each thing, and to mend it.

The trust model says who may what; this says it in the words of GitHub's API. `init` makes each
thing so, `doctor` says where it is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobtwin.findings import Code
from jobtwin.forge.github import guards
from jobtwin.forge.github.settings import (
    ACTIONS,
    NO_BOT,
    NOT_SHOWN,
    Bot,
    Call,
    Setup,
    Wanted,
)
from jobtwin.forge.trust_model import BOT_ID, ENVIRONMENTS, QUEUE_LABEL
from jobtwin.rules.standing import LABELS

_COLOUR = {"passed": "0e8a16", "retake": "fbca04", "refused": "d93f0b", "late": "d93f0b"}
_QUEUE_TITLE = "The queue: claim the next attempt to grade"
_QUEUE_BODY = (
    "Calibrated mentors comment `/claim <twin>` here, for example `/claim jt-incident-4`. The "
    "platform draws one of the oldest attempts that wait and that you may grade, and answers here "
    "with the next steps. What waits, and for how long, is on the site's queue page."
)


def wanted(setup: Setup) -> tuple[Wanted, ...]:
    """Return everything that must be so, in the order in which it can be made so."""
    environments = tuple(one for name in ENVIRONMENTS for one in guards.environment(setup, name))
    secrets = tuple(
        guards.secrets(setup, name) for name, one in ENVIRONMENTS.items() if one.secrets
    )
    bot = (_variable(setup, setup.bot),) if setup.bot else ()
    shown = (*(_label(setup, *one) for one in _labels().items()), _queue(setup), _pages(setup))
    return (*_actions(setup), *environments, *secrets, *bot, *guards.rulesets(setup), *shown)


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
