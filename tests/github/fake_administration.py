"""The routes of the local GitHub's API by which a repository is administered.

`administered(github, "academy/credentials")` makes a repository of an organisation with the App
installed; its settings then lie in `github.state[name].settings` and can be spoilt by tests.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from nacl.public import PrivateKey, SealedBox
from tests.github import fake_views
from tests.github.fake_server import ROUTES, Answer, ApiError, Request, Route, paged, route
from tests.github.fake_state import Issue, Repository

from jobtwin.forge.trust_model import BOT_PERMISSIONS
from jobtwin.records.base import stamp

if TYPE_CHECKING:
    from tests.github.fake_api import FakeGitHub

CLIENT = "Iv23liAAAAAAAAAAAAAA"
"""Client id of the App."""
_REPO = "/repos/{owner}/{repo}"
_ENVIRONMENT = f"{_REPO}/environments/{{environment_name}}"
_ADMIN = ("administration:read",)
_KEY = PrivateKey(b"NOT A SECRET, but a key of tests")
_ONE_EACH = ("environments", "secrets", "organization_secrets", "rulesets", "variables")


def administered(github: FakeGitHub, name: str) -> Repository:
    """Return a repository of an organisation, empty of settings, with the App installed."""
    repo = github.state.get(name) or github.add_repository(name)
    repo.settings |= {one: {} for one in _ONE_EACH}
    repo.settings |= {
        "shown": {"private": False, "default_branch": "main", "archived": False},
        "owner": "Organization",
        "actions": {"enabled": True, "allowed_actions": "all", "sha_pinning_required": False},
        "token": {
            "default_workflow_permissions": "write",
            "can_approve_pull_request_reviews": True,
        },
        "approval": {"approval_policy": "first_time_contributors"},
        "bot": {"permissions": dict(BOT_PERMISSIONS), "repository_selection": "selected"},
        "keys": [],
        "writers": [],
        "pages": None,
        "says_bypass": True,
    }
    return repo


@route("GET", _REPO)
def _repository(github: FakeGitHub, request: Request) -> Any:
    shown = fake_views.full_repository(github, request.repo)
    settings = request.repo.settings
    if "owner" in settings:
        shown["owner"]["type"] = settings["owner"]
        everything = ("admin", "maintain", "push", "triage", "pull")
        shown["permissions"] = dict.fromkeys(everything, request.caller.permissions is None)
    return {**shown, **settings.get("shown", {})}


# Before the edge's own, which knows nothing of settings.
ROUTES.insert(0, ROUTES.pop())


@route("GET", "/users/{username}")
def _user(github: FakeGitHub, request: Request) -> Any:
    who = github.accounts.get(request.names["username"])
    if who is None:
        raise ApiError(404, "Not Found")
    counts = ("public_repos", "public_gists", "followers", "following")
    texts = ("name", "company", "blog", "location", "email", "hireable", "bio")
    moments = dict.fromkeys(("created_at", "updated_at"), stamp(github.now))
    shown = fake_views.account(github, who)
    return {**shown, **dict.fromkeys(texts), "blog": "", **dict.fromkeys(counts, 0), **moments}


@route("GET", "/orgs/{org}/installations", ("organization_administration:read",))
def _installations(github: FakeGitHub, request: Request) -> Any:
    org = request.names["org"]
    owned = [repo for name, repo in github.state.items() if name.startswith(f"{org}/")]
    bot = next((repo.settings["bot"] for repo in owned if repo.settings.get("bot")), None)
    listed = [] if bot is None else [_installation(github, org, bot)]
    return {"total_count": len(listed), "installations": listed}


def _installation(github: FakeGitHub, org: str, bot: dict[str, Any]) -> dict[str, Any]:
    url = f"{github.url}/app/installations/1"
    return {
        "id": 1,
        "account": {**fake_views.account(github, github.accounts[org]), "type": "Organization"},
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{github.url}/installation/repositories",
        "html_url": f"{fake_views.HOST}/organizations/{org}/settings/installations/1",
        "app_id": github.app,
        "client_id": CLIENT,
        "app_slug": github.slug,
        "target_id": 800,
        "target_type": "Organization",
        "events": [],
        "created_at": stamp(github.now),
        "updated_at": stamp(github.now),
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": None,
        **bot,
    }


@route("GET", f"{_REPO}/environments", ("actions:read",))
def _environments(github: FakeGitHub, request: Request) -> Any:
    names = request.repo.settings["environments"]
    listed = [_seen(github, request.repo, name) for name in names]
    return {"total_count": len(listed), "environments": listed}


@route("GET", _ENVIRONMENT, ("actions:read",))
def _environment(github: FakeGitHub, request: Request) -> Any:
    _of(request)
    return _seen(github, request.repo, request.names["environment_name"])


@route("PUT", _ENVIRONMENT, ("administration:write",))
def _put_environment(github: FakeGitHub, request: Request) -> Any:
    name, body = request.names["environment_name"], request.body
    people = {one.number for one in github.accounts.values()}
    if any(one["id"] not in people for one in body["reviewers"]):
        raise ApiError(422, "Validation Failed")
    fresh: dict[str, Any] = {"branches": [], "secrets": {}}
    made = request.repo.settings["environments"].setdefault(name, fresh)
    made["body"] = body
    return _seen(github, request.repo, name)


def _seen(github: FakeGitHub, repo: Repository, name: str) -> dict[str, Any]:
    body = repo.settings["environments"][name]["body"]
    by_id = {one.number: one for one in github.accounts.values()}
    reviewers = [
        {"type": one["type"], "reviewer": fake_views.account(github, by_id[one["id"]])}
        for one in body["reviewers"]
    ]
    rules: list[dict[str, Any]] = [{"id": 1, "node_id": "x", "type": "branch_policy"}]
    if reviewers:
        told = {"prevent_self_review": body["prevent_self_review"], "reviewers": reviewers}
        rules.append({"id": 2, "node_id": "y", "type": "required_reviewers", **told})
    bypass = {"can_admins_bypass": body.get("can_admins_bypass", True)}
    return {
        "id": 1,
        "node_id": "z",
        "name": name,
        "url": f"{github.url}/repos/{repo.name}/environments/{name}",
        "html_url": f"{fake_views.HOST}/{repo.name}/deployments/activity_log",
        "created_at": stamp(github.now),
        "updated_at": stamp(github.now),
        "protection_rules": rules,
        "deployment_branch_policy": body["deployment_branch_policy"],
        **(bypass if repo.settings["says_bypass"] else {}),
    }


@route("GET", f"{_ENVIRONMENT}/deployment-branch-policies", ("actions:read",))
def _branches(github: FakeGitHub, request: Request) -> Any:
    listed = [_branch(name) for name in _of(request)["branches"]]
    return {"total_count": len(listed), "branch_policies": listed}


@route("POST", f"{_ENVIRONMENT}/deployment-branch-policies", ("administration:write",))
def _add_branch(github: FakeGitHub, request: Request) -> Any:
    name = request.body["name"]
    if name in _of(request)["branches"]:
        raise ApiError(303, "See Other")
    _of(request)["branches"].append(name)
    return _branch(name)


def _branch(name: str) -> dict[str, Any]:
    return {"id": 1, "node_id": "b", "name": name, "type": "branch"}


@route("GET", f"{_ENVIRONMENT}/secrets", ("environments:read",))
def _secrets(github: FakeGitHub, request: Request) -> Answer:
    return _named(github, request, _of(request)["secrets"])


@route("GET", f"{_ENVIRONMENT}/secrets/public-key", ("environments:read",))
def _public_key(github: FakeGitHub, request: Request) -> Any:
    _of(request)
    key = base64.b64encode(bytes(_KEY.public_key)).decode()
    return {"key_id": "0123456789", "key": key}


@route("PUT", f"{_ENVIRONMENT}/secrets/{{secret_name}}", ("environments:write",))
def _put_secret(github: FakeGitHub, request: Request) -> Answer:
    held, name = _of(request)["secrets"], request.names["secret_name"]
    if request.body["key_id"] != "0123456789":
        raise ApiError(422, "Validation Failed")
    status = 204 if name in held else 201
    held[name] = SealedBox(_KEY).decrypt(base64.b64decode(request.body["encrypted_value"])).decode()
    return Answer({} if status == 201 else None, status)


@route("GET", f"{_REPO}/actions/secrets", ("secrets:read",))
def _repository_secrets(github: FakeGitHub, request: Request) -> Answer:
    return _named(github, request, request.repo.settings["secrets"])


@route("GET", f"{_REPO}/actions/organization-secrets", ("secrets:read",))
def _organization_secrets(github: FakeGitHub, request: Request) -> Answer:
    return _named(github, request, request.repo.settings["organization_secrets"])


def _named(github: FakeGitHub, request: Request, names: Any) -> Answer:
    moments = dict.fromkeys(("created_at", "updated_at"), stamp(github.now))
    page = paged(request, [{"name": name, **moments} for name in names], github.url)
    return Answer({"total_count": len(names), "secrets": page.data}, 200, page.headers)


@route("GET", f"{_REPO}/actions/variables/{{name}}", ("variables:read",))
def _variable(github: FakeGitHub, request: Request) -> Any:
    name = request.names["name"]
    value = request.repo.settings["variables"].get(name)
    if value is None:
        raise ApiError(404, "Not Found")
    moments = dict.fromkeys(("created_at", "updated_at"), stamp(github.now))
    return {"name": name, "value": value, **moments}


@route("POST", f"{_REPO}/actions/variables", ("variables:write",))
def _add_variable(github: FakeGitHub, request: Request) -> Answer:
    request.repo.settings["variables"][request.body["name"]] = request.body["value"]
    return Answer({}, 201)


@route("PATCH", f"{_REPO}/actions/variables/{{name}}", ("variables:write",))
def _change_variable(github: FakeGitHub, request: Request) -> Answer:
    request.repo.settings["variables"][request.names["name"]] = request.body["value"]
    return Answer(None, 204)


@route("GET", f"{_REPO}/rulesets")
def _rulesets(github: FakeGitHub, request: Request) -> Answer:
    short = ("id", "name", "target", "source_type", "source", "enforcement")
    found = request.repo.settings["rulesets"].values()
    return paged(request, [{name: one[name] for name in short} for one in found], github.url)


@route("GET", f"{_REPO}/rulesets/{{ruleset_id}}")
def _ruleset(github: FakeGitHub, request: Request) -> Any:
    found = request.repo.settings["rulesets"].get(request.number("ruleset_id"))
    if found is None:
        raise ApiError(404, "Not Found")
    hidden = request.caller.permissions is not None
    return {name: value for name, value in found.items() if not (hidden and name[:6] == "bypass")}


@route("POST", f"{_REPO}/rulesets", ("administration:write",))
def _add_ruleset(github: FakeGitHub, request: Request) -> Answer:
    number = github.next_id()
    return Answer(_kept(request, number), 201)


@route("PUT", f"{_REPO}/rulesets/{{ruleset_id}}", ("administration:write",))
def _change_ruleset(github: FakeGitHub, request: Request) -> Any:
    return _kept(request, request.number("ruleset_id"))


def _kept(request: Request, number: int) -> dict[str, Any]:
    origin = {"source_type": "Repository", "source": request.repo.name}
    made = {"id": number, **request.body, **origin}
    request.repo.settings["rulesets"][number] = made
    return made


def _settings(path: str, name: str) -> None:
    """Register what is read and replaced as a whole."""

    @route("GET", f"{_REPO}/{path}", _ADMIN)
    def _read(github: FakeGitHub, request: Request) -> Any:
        return request.repo.settings[name]

    @route("PUT", f"{_REPO}/{path}", ("administration:write",))
    def _replace(github: FakeGitHub, request: Request) -> Answer:
        request.repo.settings[name] = dict(request.body)
        return Answer(None, 204)


_settings("actions/permissions", "actions")
_settings("actions/permissions/workflow", "token")
_settings("actions/permissions/fork-pr-contributor-approval", "approval")


@route("GET", f"{_REPO}/labels/{{name}}", ("issues:read",))
def _label(github: FakeGitHub, request: Request) -> Any:
    if request.names["name"] not in request.repo.labels:
        raise ApiError(404, "Not Found")
    return fake_views.label(github, request.repo, request.names["name"])


@route("POST", f"{_REPO}/labels", ("issues:write",))
def _add_label(github: FakeGitHub, request: Request) -> Answer:
    body = request.body
    if body["name"] in request.repo.labels:
        raise ApiError(422, "Validation Failed", errors=[{"code": "already_exists"}])
    request.repo.labels[body["name"]] = (body["color"], body["description"])
    return Answer(fake_views.label(github, request.repo, body["name"]), 201)


@route("POST", f"{_REPO}/issues", ("issues:write",))
def _add_issue(github: FakeGitHub, request: Request) -> Answer:
    repo, body = request.repo, request.body
    number = len(repo.issues) + len(repo.pulls) + 1
    who = request.caller.account
    made = Issue(number, who, body["title"], body["body"], github.now, github.now, body["labels"])
    repo.issues[number] = made
    return Answer(fake_views.issue(github, repo, number), 201)


@route("GET", f"{_REPO}/pages", ("pages:read",))
def _pages(github: FakeGitHub, request: Request) -> Any:
    if request.repo.settings["pages"] is None:
        raise ApiError(404, "Not Found")
    return _page(github, request.repo)


@route("POST", f"{_REPO}/pages", ("pages:write",))
def _add_pages(github: FakeGitHub, request: Request) -> Answer:
    request.repo.settings["pages"] = request.body["build_type"]
    return Answer(_page(github, request.repo), 201)


@route("PUT", f"{_REPO}/pages", ("pages:write",))
def _change_pages(github: FakeGitHub, request: Request) -> Answer:
    request.repo.settings["pages"] = request.body["build_type"]
    return Answer(None, 204)


def _page(github: FakeGitHub, repo: Repository) -> dict[str, Any]:
    return {
        "url": f"{github.url}/repos/{repo.name}/pages",
        "status": "built",
        "cname": None,
        "custom_404": False,
        "html_url": f"https://{repo.owner}.github.io/{repo.name.partition('/')[2]}/",
        "build_type": repo.settings["pages"],
        "public": True,
        "https_enforced": True,
    }


@route("GET", f"{_REPO}/collaborators", ("metadata:read",))
def _collaborators(github: FakeGitHub, request: Request) -> Answer:
    names = ("pull", "triage", "push", "maintain", "admin")
    found = []
    for login, role in request.repo.settings["writers"]:
        at = names.index(role)
        may = {name: place <= at for place, name in enumerate(names)}
        shown = fake_views.account(github, github.accounts[login])
        found.append({**shown, "permissions": may, "role_name": role})
    return paged(request, found, github.url)


@route("GET", f"{_REPO}/keys", _ADMIN)
def _keys(github: FakeGitHub, request: Request) -> Answer:
    return paged(request, request.repo.settings["keys"], github.url)


def _contents(github: FakeGitHub, request: Request) -> Any:
    path, name = request.names["path"], request.repo.name
    revision = request.query.get("ref", "main")
    content = github.repositories.read(name, revision, path)
    if content is not None:
        return _file(github, name, path, content)
    git = github.repositories.git(name)
    listed = git.attempt("ls-tree", "-z", "--name-only", revision, f"{path}/")
    names = [one for one in listed.stdout.decode().split("\0") if one]
    if not names:
        raise ApiError(404, "Not Found")
    return [
        {k: v for k, v in _file(github, name, one, b"").items() if k not in ("content", "encoding")}
        for one in names
    ]


def _file(github: FakeGitHub, name: str, path: str, content: bytes) -> dict[str, Any]:
    url = f"{github.url}/repos/{name}/contents/{path}"
    return {
        "type": "file",
        "encoding": "base64",
        "size": len(content),
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "content": base64.encodebytes(content).decode(),
        "sha": "0" * 40,
        "url": url,
        "git_url": url,
        "html_url": url,
        "download_url": url,
        "_links": {"git": url, "self": url, "html": url},
    }


_PATH = re.compile(r"/repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)/contents/(?P<path>.+)")
ROUTES.append(Route("GET", f"{_REPO}/contents/{{path}}", _PATH, ("contents:read",), _contents))


@route("GET", f"{_REPO}/compare/{{basehead}}", ("contents:read",))
def _compare(github: FakeGitHub, request: Request) -> Any:
    base, _, head = request.names["basehead"].partition("...")
    git = github.repositories.git(request.repo.name)
    if any(git.attempt("cat-file", "-e", one).returncode for one in (base, head)):
        raise ApiError(404, "Not Found")
    is_before = git.attempt("merge-base", "--is-ancestor", base, head).returncode == 0
    return {"status": "ahead" if is_before else "diverged"}


def _of(request: Request) -> dict[str, Any]:
    found: dict[str, Any] | None = request.repo.settings["environments"].get(
        request.names["environment_name"]
    )
    if found is None:
        raise ApiError(404, "Not Found")
    return found
