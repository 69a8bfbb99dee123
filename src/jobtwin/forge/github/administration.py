"""Looking at and changing an organisation's repository's settings, by an administrator's token.

What must be so is known in `wanted`. Each call may be repeated: it states what is to be, or adds
what is not there (after a lost answer, at worst the queue has a second issue).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from github import Auth, Github, GithubException
from jobtwin.errors import EngineError, UsageError
from jobtwin.forge.github.patience import Patience
from jobtwin.forge.github.settings import Bot, Call, Hidden, Reviewer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from github.Requester import Requester

API = "https://api.github.com"
_PAGE = 100
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")
_NOTHING = object()


@dataclass(slots=True)
class Administration:
    """A repository's settings, as the token's owner sees and changes them."""

    requester: Requester = field(repr=False)
    repository: str
    patience: Patience
    said_at: datetime | None = None
    """GitHub's own time when it last answered."""

    def one(self, path: str) -> Any:
        """Return what is at a path, None where there is nothing.

        Raises `Hidden` where the token may not see it, `EngineError` where GitHub fails for long.
        """
        found = self.patience.ask("show a setting", lambda: self._get(path))
        return None if found is _NOTHING else found

    def all(self, path: str, key: str = "") -> list[Any] | None:
        """Return all pages of a list, None where there is nothing; `key`: the member it is in."""
        found: list[Any] = []
        mark = "&" if "?" in path else "?"
        for page in range(1, 1000):
            told = self.one(f"{path}{mark}per_page={_PAGE}&page={page}")
            if told is None:
                return None
            listed = told[key] if key else told
            found += listed
            if len(listed) < _PAGE:
                break
        return found

    def change(self, call: Call, secrets: Mapping[str, str]) -> None:
        """Carry a call out, sealing the secret that it names into it; raises `EngineError`."""
        made = self._sealed(call, secrets) if call.secret else call
        self.patience.ask(f"{call.method} {call.path}", lambda: self._send(made))

    def bot(self, *, slug: str = "", client: str = "") -> Bot | None:
        """Return the App by its slug or client id; None where it is not installed here."""
        found = self.installation(slug=slug, client=client)
        return found and Bot(found["app_slug"], found["app_id"], found.get("client_id", client))

    def installation(self, *, slug: str = "", client: str = "") -> Any:
        """Return how an App is installed in the organisation; None where it is not."""
        owner = self.repository.partition("/")[0]
        listed = self.all(f"/orgs/{owner}/installations", "installations") or []
        return next(
            (
                one
                for one in listed
                if (slug and one["app_slug"] == slug)
                or (client and client in (one.get("client_id"), str(one["app_id"])))
            ),
            None,
        )

    def reviewer(self, login: str) -> Reviewer:
        """Return somebody's account; raises `UsageError` where there is none."""
        found = self.one(f"/users/{login}") if _LOGIN.fullmatch(login) else None
        if found is None:
            raise UsageError(f"GitHub knows no account `{login}`", "correct --reviewer")
        return Reviewer(str(found["login"]), int(found["id"]))

    def _get(self, path: str) -> Any:
        try:
            headers, told = self.requester.requestJsonAndCheck("GET", path)
        except GithubException as error:
            if error.status == 404:
                return _NOTHING
            if error.status in (401, 403) and not _is_limit(error):
                raise Hidden(f"GitHub answers {error.status}") from None
            raise
        self._note(headers)
        return told

    def _send(self, call: Call) -> None:
        try:
            self.requester.requestJsonAndCheck(
                call.method, call.path, input=dict(call.body) if call.body is not None else None
            )
        except GithubException as error:
            # What was made by an earlier try, whose answer was lost, is there.
            if not (call.method == "POST" and _already_there(error)):
                raise

    def _note(self, headers: Mapping[str, Any]) -> None:
        try:
            self.said_at = parsedate_to_datetime(str(headers.get("date", "")))
        except ValueError:
            return

    def _sealed(self, call: Call, secrets: Mapping[str, str]) -> Call:
        if call.secret not in secrets:
            raise EngineError(f"the secret {call.secret} is not here", "name its folder: --secrets")
        key = self.one(f"{call.path.rpartition('/')[0]}/public-key")
        if key is None:
            raise EngineError(f"GitHub has no public key to seal {call.secret} to")
        sealed = seal(str(key["key"]), secrets[call.secret])
        return replace(call, body={"encrypted_value": sealed, "key_id": str(key["key_id"])})


def seal(public_key: str, value: str) -> str:
    """Return a secret as only the owner of a public key can open it (libsodium's sealed box)."""
    from nacl.encoding import Base64Encoder
    from nacl.public import PublicKey, SealedBox

    box = SealedBox(PublicKey(public_key.encode("ascii"), Base64Encoder))
    return base64.b64encode(box.encrypt(value.encode("utf-8"))).decode("ascii")


def connect(
    repository: str, token: str, api: str = API, patience: Patience | None = None
) -> Administration:
    """Return a repository's settings; nothing is asked yet. Raises `UsageError`."""
    parts = urlsplit(api)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise UsageError("GITHUB_API_URL must be an https URL")
    client = Github(
        base_url=api.rstrip("/"),
        auth=Auth.Token(token),
        timeout=30,
        retry=None,  # `Patience` asks again
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
    return Administration(client.requester, named(repository), patience or Patience())


def named(repository: str) -> str:
    """Return `owner/name`; raises `UsageError` for anything else."""
    if not _REPOSITORY.fullmatch(repository):
        raise UsageError(f"{repository!r} is not the name of a repository", "write ORG/NAME")
    return repository


def _is_limit(error: GithubException) -> bool:
    headers, words = error.headers or {}, str(error.message or "").lower()
    spent = headers.get("x-ratelimit-remaining") == "0"
    return spent or "retry-after" in headers or "rate limit" in words


def _already_there(error: GithubException) -> bool:
    told = str(error.data).lower()
    return error.status == 303 or (
        error.status in (409, 422) and ("already_exists" in told or "already exist" in told)
    )
