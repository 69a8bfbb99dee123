"""The service behind an address: HTTP on loopback or on a unix socket, with modelled waiting."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from jobtwin.llm import wire
from jobtwin.llm.models import MODELS
from jobtwin.llm.request import BadRequestError
from jobtwin.llm.service import Answer, Service, TurnedAwayError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from jobtwin.llm.trace import Line

MAX_BODY = 4 << 20


@dataclass(frozen=True, slots=True)
class Settings:
    """How the models are served."""

    seed: bytes
    scale: float = 1.0
    """How much of the modelled time is really waited: 1 all of it, 0 none."""
    record: Callable[[Line], object] = lambda line: None


def application(settings: Settings) -> web.Application:
    """Return the server as an aiohttp application."""
    began = time.monotonic()
    service = Service(settings.seed, lambda: (time.monotonic() - began) * 1000, settings.record)
    app = web.Application(client_max_size=MAX_BODY)
    endpoint = _Endpoint(service, settings.scale)
    app.router.add_post("/v1/chat/completions", endpoint.complete)
    app.router.add_get("/v1/models", _models)
    app.router.add_get("/v1/models/{name}", _model)
    app.router.add_get("/healthz", _healthz)
    app.router.add_route("*", "/{path:.*}", _not_found)
    return app


async def serve(
    settings: Settings, host: str = "127.0.0.1", port: int = 0, socket: Path | None = None
) -> tuple[web.AppRunner, int]:
    """Start serving and return what stops it, with the port; 0 on a unix socket."""
    runner = web.AppRunner(application(settings), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    if socket is not None:
        await web.UnixSite(runner, str(socket)).start()
        return runner, 0
    site = web.TCPSite(runner, host, port, reuse_address=True)
    await site.start()
    return runner, runner.addresses[0][1]


@dataclass(frozen=True, slots=True)
class _Endpoint:
    service: Service
    scale: float

    async def complete(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            error = BadRequestError("The body is larger than 4 MiB.", None, None, 413)
            return _json(*wire.bad_request(error))
        try:
            answer = self.service.begin(body)
        except BadRequestError as error:
            return _json(*wire.bad_request(error))
        except TurnedAwayError as error:
            return _json(*wire.turned_away(error))
        try:
            return await self._answer(request, answer)
        finally:
            self.service.end(answer)

    async def _answer(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        if answer.timing.fails:
            await self._wait(answer.timing.first_ms)
            return _json(*wire.failed())
        if answer.request.stream:
            return await self._stream(request, answer)
        await self._wait(answer.timing.total_ms(answer.completion.completion_tokens))
        return _json(200, wire.completion(answer))

    async def _stream(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        )
        await response.prepare(request)
        await self._wait(answer.timing.first_ms)
        came = 0
        for brings, event in wire.chunks(answer):
            if came and brings:
                await self._wait(answer.timing.token_ms * brings)
            came += brings
            await response.write(event)
        await response.write_eof()
        return response

    async def _wait(self, ms: float) -> None:
        if self.scale > 0:
            await asyncio.sleep(ms * self.scale / 1000)


def _json(status: int, body: dict[str, Any]) -> web.Response:
    content = json.dumps(body, separators=(",", ":")).encode("ascii")
    return web.Response(status=status, body=content, content_type="application/json")


async def _models(request: web.Request) -> web.Response:
    return _json(200, wire.models())


async def _model(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name in MODELS:
        return _json(200, wire.model(name))
    error = BadRequestError(f"The model '{name}' does not exist", "model", "model_not_found", 404)
    return _json(*wire.bad_request(error))


async def _healthz(request: web.Request) -> web.Response:
    return _json(200, {"status": "ok"})


async def _not_found(request: web.Request) -> web.Response:
    return _json(*wire.not_found(request.path))
