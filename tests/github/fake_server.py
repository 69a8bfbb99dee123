"""The HTTP side of the local GitHub's API: routes, authorisation, faults, and what was asked.

Routes are added by `@route` in any module that is imported. What is answered is known elsewhere.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.github.fake_state import Caller, Repository

_DOCS = "https://docs.github.com/rest"


class ApiError(Exception):
    """What the API answers instead of what was asked for."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.data = {
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            **more,
        }


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a route sees it."""

    method: str
    path: str
    names: Mapping[str, str]
    """What stands in the path: `{number}` → its text."""
    query: Mapping[str, str]
    body: Any
    caller: Caller
    repository: Repository | None

    @property
    def repo(self) -> Repository:
        """The repository that the path names."""
        if self.repository is None:
            raise ApiError(404, "Not Found")
        return self.repository

    def number(self, name: str) -> int:
        """Return a number that stands in the path."""
        if not self.names[name].isdecimal():
            raise ApiError(404, "Not Found")
        return int(self.names[name])


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route answers."""

    data: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that arrived, and what was answered."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    template: str
    """The route's path as GitHub writes it, empty where there is none."""
    status: int
    answer: Any
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    """Of the request."""
    faulty: bool = False
    """A fault answered, not the route."""


@dataclass(slots=True)
class Fault:
    """A failure that was asked for."""

    method: str
    pattern: re.Pattern[str]
    status: int
    left: int
    """How often it still strikes; negative: for ever."""
    headers: Mapping[str, str]
    body: Any
    delay: float
    drop: bool
    taken: bool

    def strikes(self, method: str, path: str) -> bool:
        """Say whether this request fails, and count it."""
        if self.left == 0 or method != self.method or not self.pattern.search(path):
            return False
        self.left -= 1
        return True


Handle = Callable[[Any, Request], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One path of the API."""

    method: str
    template: str
    pattern: re.Pattern[str]
    needs: tuple[str, ...]
    handle: Handle


ROUTES: list[Route] = []


def route(method: str, template: str, needs: tuple[str, ...] = ()) -> Callable[[Handle], Handle]:
    """Register a route; `needs` names permissions of which the caller must have one."""
    parts = re.split(r"(\{\w+\})", template)
    pattern = "".join(f"(?P<{p[1:-1]}>[^/]+)" if p[0:1] == "{" else re.escape(p) for p in parts)

    def register(handle: Handle) -> Handle:
        ROUTES.append(Route(method, template, re.compile(pattern), needs, handle))
        return handle

    return register


_LEVELS = {"read": 1, "write": 2, "admin": 3}


def may(caller: Caller, needs: tuple[str, ...]) -> bool:
    """Say whether a caller has one of the permissions."""
    if caller.permissions is None or not needs:
        return True
    for need in needs:
        name, _, level = need.partition(":")
        if _LEVELS[level] <= _LEVELS.get(caller.permissions.get(name, ""), 0):
            return True
    return False


def paged(request: Request, items: list[Any], url: str) -> Answer:
    """Return one page of a list, with the links that lead on."""
    size = min(100, max(1, int(request.query.get("per_page", "30"))))
    page = max(1, int(request.query.get("page", "1")))
    last = max(1, -(-len(items) // size))
    others = "".join(f"&{k}={v}" for k, v in request.query.items() if k not in ("page", "per_page"))
    links = {"next": page + 1, "last": last} if page < last else {}
    if page > 1:
        links |= {"prev": page - 1, "first": 1}
    told = [f'<{url}{request.path}?per_page={size}&page={n}{others}>; rel="{k}"'
            for k, n in links.items()]  # fmt: skip
    headers = {"Link": ", ".join(told)} if told else {}
    return Answer(items[(page - 1) * size : page * size], 200, headers)


class Server:
    """The HTTP side: routing, authorisation, faults, recording."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *ignored: object) -> None:
        self.stop()

    def start(self) -> None:
        """Serve until `stop`."""
        owner = self

        class Handler(_Handler):
            api = owner

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop serving."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        """Where it serves, for GITHUB_API_URL."""
        if self._server is None:
            raise RuntimeError("the server has not been started")
        return f"http://127.0.0.1:{self._server.server_port}"

    def fault(
        self,
        method: str,
        pattern: str,
        *,
        status: int = 502,
        times: int = 1,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        delay: float = 0.0,
        drop: bool = False,
        taken: bool = False,
    ) -> None:
        """Make requests fail; `taken`: after they are carried out; `drop`: without any answer.

        `times` −1 fails for ever; `delay` is in seconds, `status` 0 only delays. A `body` that is
        a text is sent as a page, as GitHub's front does when what is behind it is away.
        """
        told = body if body is not None else {"message": "Server Error"}
        kind = re.compile(pattern)
        self.faults.append(
            Fault(method, kind, status, times, headers or {}, told, delay, drop, taken)
        )

    def caller(self, token: str) -> Caller | None:
        """Return who a token speaks for."""
        raise NotImplementedError

    def find(self, name: str) -> Repository | None:
        """Return a repository by `owner/name`."""
        raise NotImplementedError

    def handle(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Answer | None:
        """Answer a request; None drops the connection."""
        split = urlsplit(path)
        with self.lock:
            fault = next((f for f in self.faults if f.strikes(method, split.path)), None)
        if fault and fault.delay:
            time.sleep(fault.delay)
        carried = fault is None or fault.taken or fault.status == 0
        with self.lock:
            found = self._route(method, split.path)
            answer, data = self._carry_out(found, split.path, split.query, headers, body, carried)
            if fault and fault.status:
                answer = Answer(fault.body, fault.status, fault.headers)
            self.exchanges.append(
                Exchange(
                    method, split.path, dict(parse_qsl(split.query)), data,
                    found[0].template if found else "", answer.status, answer.data,
                    dict(headers), bool(fault and fault.status),
                )
            )  # fmt: skip
        return None if fault and fault.drop else answer

    def _route(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        for one in ROUTES:
            if one.method == method and (found := one.pattern.fullmatch(path)):
                return one, {name: unquote(text) for name, text in found.groupdict().items()}
        return None

    def _carry_out(
        self,
        found: tuple[Route, dict[str, str]] | None,
        path: str,
        query: str,
        headers: Mapping[str, str],
        body: bytes,
        carried: bool,
    ) -> tuple[Answer, Any]:
        data: Any = None
        try:
            data = json.loads(body) if body else None
            token = headers.get("Authorization", "").partition(" ")[2].strip()
            caller = self.caller(token)
            if caller is None:
                raise ApiError(401, "Bad credentials")
            if found is None:
                raise ApiError(404, "Not Found")
            if not carried:
                return Answer(None), data
            one, names = found
            repository = self.find(f"{names.get('owner', '')}/{names.get('repo', '')}")
            if "repo" in names and repository is None:
                raise ApiError(404, "Not Found")
            if not may(caller, one.needs):
                raise ApiError(403, "Resource not accessible by integration")
            asked = dict(parse_qsl(query, keep_blank_values=True))
            told = one.handle(
                self, Request(one.method, path, names, asked, data, caller, repository)
            )
            return (told if isinstance(told, Answer) else Answer(told)), data
        except ApiError as error:
            return Answer(error.data, error.status), data
        except ValueError:
            return Answer({"message": "Problems parsing JSON"}, 400), data


class _Handler(BaseHTTPRequestHandler):
    api: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits for an acknowledgement
    wbufsize = -1

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        answer = self.api.handle(self.command, self.path, dict(self.headers.items()), body)
        if answer is None:
            self.close_connection = True
            return
        is_page = isinstance(answer.data, str)
        content = answer.data.encode() if is_page else json.dumps(answer.data).encode()
        content = b"" if answer.status == 204 else content
        headers = {
            "Date": self.date_time_string(),
            "Content-Type": "text/html" if is_page else "application/json; charset=utf-8",
            "Content-Length": str(len(content)),
            **answer.headers,
        }
        self.send_response_only(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - http.server's names

    def log_message(self, *ignored: object) -> None:
        """Say nothing: requests are kept."""
