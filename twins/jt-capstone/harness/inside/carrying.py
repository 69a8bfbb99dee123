"""Carries bytes between a unix socket and a port of this sandbox, whichever side listens."""

# ruff: noqa: TID251 - a script of its own, inside a sandbox that is told by variables
from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Awaitable, Callable

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_PIECE = 65536


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def socket_to_port(place: str, port: int) -> None:
    """Listen at the socket `place` from now on and carry each connection to the port."""
    _begin(
        lambda carry: asyncio.start_unix_server(carry, place),
        lambda: asyncio.open_connection("127.0.0.1", port),
    )


def port_to_socket(port: int, place: str) -> None:
    """Listen at the port from now on and carry each connection to the socket `place`."""
    _begin(
        lambda carry: asyncio.start_server(carry, "127.0.0.1", port),
        lambda: asyncio.open_unix_connection(place),
    )


def with_model() -> dict[str, str]:
    """Return an environment whose OpenAI-compatible address leads to the model server of ours."""
    place = os.environ.get("JOBTWIN_PEER_LLM")
    if place is None:
        return dict(os.environ)
    port = free_port()
    port_to_socket(port, place)
    told = {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEY": "none"}
    return {**os.environ, **told}


def _begin(
    listen: Callable[[Callable[..., Awaitable[None]]], Awaitable[asyncio.Server]],
    reach: Callable[[], Awaitable[Streams]],
) -> None:
    ready = threading.Event()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await reach()
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(_one_way(reader, far_writer), _one_way(far_reader, writer))
        finally:
            writer.close()
            far_writer.close()

    async def stand() -> None:
        server = await listen(carry)
        ready.set()
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(stand()), daemon=True).start()
    ready.wait(10)


async def _one_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()
