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
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(place)
    listener.listen()
    _begin(listener, lambda: asyncio.open_connection("127.0.0.1", port))


def port_to_socket(place: str) -> int:
    """Return a port that is listened at from now on, and carried to the socket `place`."""
    listener = socket.create_server(("127.0.0.1", 0))
    _begin(listener, lambda: asyncio.open_unix_connection(place))
    return int(listener.getsockname()[1])


def with_model() -> dict[str, str]:
    """Return an environment whose OpenAI-compatible address leads to the model server of ours."""
    place = os.environ.get("JOBTWIN_PEER_LLM")
    if place is None:
        return dict(os.environ)
    address = f"http://127.0.0.1:{port_to_socket(place)}/v1"
    return {**os.environ, "OPENAI_BASE_URL": address, "OPENAI_API_KEY": "none"}


def _begin(listener: socket.socket, reach: Callable[[], Awaitable[Streams]]) -> None:
    lines: set[asyncio.Task[None]] = set()  # the loop forgets one whose near end has said all

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.ensure_future(_carry(reach, reader, writer))
        lines.add(line)
        line.add_done_callback(lines.discard)

    async def stand() -> None:
        server = await asyncio.start_server(accept, sock=listener)
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(stand()), daemon=True).start()


async def _carry(
    reach: Callable[[], Awaitable[Streams]],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
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


async def _one_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()
