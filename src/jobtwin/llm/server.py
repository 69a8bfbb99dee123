"""The service behind an address: HTTP on loopback or on a unix socket, with modelled waiting."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiohttp import web

from jobtwin.llm import wire
from jobtwin.llm.feature import Feature, answer, read, text_of
from jobtwin.llm.models import MODELS
from jobtwin.llm.request import BadRequestError
from jobtwin.llm.service import Answer, Service, TurnedAwayError
from jobtwin.llm.trace import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

MAX_BODY = 4 << 20
NOTED = 100
"""Requests beyond a feature's budget that are written down: who hammers on, fills no disk."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the models are served."""

    seed: bytes
    scale: float = 1.0
    """How much of the modelled time is really waited: 1 all of it, 0 none."""
    record: Callable[[Line], object] = lambda line: None
    requests: int | None = None
    """How many requests are answered; the next are turned away. None for no end."""
    feature: Mapping[str, Any] | None = None
    """Settings of a feature, which is then served at `/ask` instead of the models."""
    tuned: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Model → what is otherwise about it here, such as `misreads`."""
    tier: int = 1
    """How many times its requests at once each model takes."""


def application(settings: Settings) -> web.Application:
    """Return the server as an aiohttp application."""
    began = time.monotonic()

    def now_ms() -> float:
        return (time.monotonic() - began) * 1000

    app = web.Application(client_max_size=MAX_BODY)
    if settings.feature is None:
        service = Service(settings.seed, now_ms, settings.record, settings.tier, settings.tuned)
        endpoint = _Endpoint(service, settings)
        app.router.add_post("/v1/chat/completions", endpoint.complete)
        app.router.add_get("/v1/models", _models)
        app.router.add_get("/v1/models/{name}", _model)
    else:
        app.router.add_post("/ask", _Asked(read(settings.feature), settings, now_ms).ask)
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


async def _body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        message = "The body is larger than 4 MiB."
        raise BadRequestError(message, None, None, 413) from None


async def _waited(ms: float, scale: float) -> None:
    if scale > 0:
        await asyncio.sleep(ms * scale / 1000)


@dataclass(slots=True)
class _Asked:
    """A feature behind `/ask`, with a budget."""

    feature: Feature
    settings: Settings
    now_ms: Callable[[], float]
    number: int = 0
    sent: Counter[str] = field(default_factory=Counter)

    async def ask(self, request: web.Request) -> web.StreamResponse:
        self.number += 1
        at = round(self.now_ms(), 3)
        most = self.settings.requests
        if most is not None and self.number > most:
            if self.number <= most + NOTED:
                self.settings.record(Line(self.number, at, self.feature.model, "", 0, 429))
            return _json(*wire.used_up(most))
        try:
            text = text_of(await _body(request))
        except BadRequestError as error:
            self.settings.record(Line(self.number, at, "", "", 0, error.status))
            return _json(*wire.bad_request(error))
        self.sent[text] += 1
        given = answer(self.settings.seed, self.feature, text, self.number, self.sent[text])
        self.settings.record(replace(given.line, at_ms=at))
        await _waited(given.total_ms, self.settings.scale)
        return _json(given.status, given.body)


@dataclass(frozen=True, slots=True)
class _Endpoint:
    service: Service
    settings: Settings

    async def complete(self, request: web.Request) -> web.StreamResponse:
        most = self.settings.requests
        if most is not None and self.service.number >= most:
            return _json(*wire.used_up(most))
        try:
            answer = self.service.begin(await _body(request))
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
            await _waited(answer.timing.first_ms, self.settings.scale)
            return _json(*wire.failed())
        if answer.request.stream:
            return await self._stream(request, answer)
        total = answer.timing.total_ms(answer.completion.completion_tokens)
        await _waited(total, self.settings.scale)
        return _json(200, wire.completion(answer))

    async def _stream(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        )
        await response.prepare(request)
        await _waited(answer.timing.first_ms, self.settings.scale)
        came = 0
        for brings, event in wire.chunks(answer):
            if came and brings:
                await _waited(answer.timing.token_ms * brings, self.settings.scale)
            came += brings
            await response.write(event)
        await response.write_eof()
        return response


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
