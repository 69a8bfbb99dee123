"""Git over HTTP, as GitHub serves it: everybody reads, who holds a token that may write pushes.

GitHub's refusals stand in `pre_receive.sh`. After a push, whoever waits for it is told which refs
moved and by whose token, so that `push` workflows start as they do on GitHub.
"""

from __future__ import annotations

import base64
import gzip
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.github.repositories import Repositories

from jobtwin.repository.git import environment

SERVICES = ("git-upload-pack", "git-receive-pack")
_UNAUTHORIZED = 401
_FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class Pushed:
    """What one push did."""

    repository: str
    token: str
    moved: Mapping[str, tuple[str | None, str | None]]
    """Ref → the commits before and after."""


@dataclass(slots=True)
class GitServer:
    """A server on loopback; `permissions` says what a token may do in a repository."""

    repositories: Repositories
    permissions: Callable[[str, str], Mapping[str, str] | None]
    """(token, `owner/name`) → permission → `read` or `write`; None for a token nobody gave out."""
    before_push: list[Callable[[str, str], None]] = field(default_factory=list)
    """Called with repository and token when a push has arrived, and before it is taken in."""
    after_push: list[Callable[[Pushed], None]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Serve until `stop`."""
        owner = self

        class Handler(_Handler):
            git = owner

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
        """Where it serves, for GITHUB_SERVER_URL."""
        if self._server is None:
            raise RuntimeError("the server has not been started")
        return f"http://127.0.0.1:{self._server.server_port}"

    def refs(self, repository: str) -> dict[str, str]:
        """Return each ref with its commit."""
        listed = self.repositories.git(repository).text("show-ref")
        pairs = (line.split(" ", 1) for line in listed.split("\n") if line)
        return {ref: commit for commit, ref in pairs}


class _Handler(BaseHTTPRequestHandler):
    git: GitServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        service = parse_qs(split.query).get("service", [""])[0]
        repository = self._repository(split.path.removesuffix("/info/refs"))
        if service not in SERVICES or not split.path.endswith("/info/refs"):
            self._answer(404, b"")
        elif self._may(repository, service):
            told = f"# service={service}\n".encode()
            head = f"{len(told) + 4:04x}".encode() + told + b"0000"
            refs = self._git(service, repository, "--advertise-refs")
            self._answer(200, head + refs, f"application/x-{service}-advertisement")

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        service = path.rpartition("/")[2]
        repository = self._repository(path.rpartition("/")[0])
        body = self._body()
        if service not in SERVICES:
            self._answer(404, b"")
        elif self._may(repository, service):
            if service == "git-upload-pack":
                answer = self._git(service, repository, stdin=body)
            else:
                answer = self._push(repository, body)
            self._answer(200, answer, f"application/x-{service}-result")

    def _push(self, repository: str, body: bytes) -> bytes:
        token = self._token()
        for hook in self.git.before_push:
            hook(repository, token)
        with self.git.lock:  # so that nobody else's push is taken for this one
            before = self.git.refs(repository)
            answer = self._git("git-receive-pack", repository, stdin=body)
            after = self.git.refs(repository)
        moved = {
            ref: (before.get(ref), after.get(ref))
            for ref in before.keys() | after.keys()
            if before.get(ref) != after.get(ref)
        }
        for told in self.git.after_push if moved else ():
            told(Pushed(repository, token, moved))
        return answer

    def _may(self, repository: str, service: str) -> bool:
        if not self.git.repositories.exists(repository):
            self._answer(404, b"Repository not found.\n")
            return False
        if service == "git-upload-pack" and not self._token():
            return True
        granted = self._granted(repository)
        if granted is None:
            self._answer(_UNAUTHORIZED, b"Invalid username or token.\n")
            return False
        wanted = ("write",) if service == "git-receive-pack" else ("read", "write")
        # What everybody may read, a token without `contents` may read as well.
        if service == "git-receive-pack" and granted.get("contents") not in wanted:
            self._answer(_FORBIDDEN, b"Write access to repository not granted.\n")
            return False
        return True

    def _granted(self, repository: str) -> Mapping[str, str] | None:
        return self.git.permissions(self._token(), repository)

    def _token(self) -> str:
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return value.strip()
        if kind.lower() != "basic":
            return ""
        return base64.b64decode(value).decode("utf-8", "replace").partition(":")[2]

    def _repository(self, path: str) -> str:
        return path.strip("/").removesuffix(".git")

    def _git(self, service: str, repository: str, *options: str, stdin: bytes = b"") -> bytes:
        granted = self._granted(repository) or {}
        env = {
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "LOCAL_GITHUB_WORKFLOWS": granted.get("workflows", ""),
        }
        folder = str(self.git.repositories.git(repository).path)
        done = subprocess.run(
            ["git", service.removeprefix("git-"), "--stateless-rpc", *options, folder],
            input=stdin,
            capture_output=True,
            env=environment(env),
            check=False,
        )
        return done.stdout

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

    def _chunks(self) -> Any:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _answer(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        if status == _UNAUTHORIZED:
            self.send_header("WWW-Authenticate", 'Basic realm="GitHub"')
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *ignored: object) -> None:
        """Say nothing: requests are kept where they matter."""
