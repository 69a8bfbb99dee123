"""`python -m jobtwin.llm`: one server with the settings on stdin, for whoever starts it as a peer.

Settings are one JSON object on one line: `kind` (`llm` or `feature`), `seed` (hex), `settings` of a
feature (of the models: `tier`, `tuned`), `scale`, `requests` (how many are answered, or null),
`socket`, `trace` (a file), and `attended`: whether it ends when stdin closes, so that it does not
outlive who started it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobtwin.llm.server import Settings, serve

if TYPE_CHECKING:
    from jobtwin.llm.trace import Line


async def _serve(given: dict[str, Any]) -> None:
    socket = Path(given["socket"])
    with Path(given["trace"]).open("w", encoding="ascii", buffering=1) as trace:

        def record(line: Line) -> None:
            trace.write(line.text())

        settings = Settings(
            bytes.fromhex(given["seed"]),
            given["scale"],
            record,
            given["requests"],
            given["settings"] if given["kind"] == "feature" else None,
            (given["settings"] or {}).get("tuned", {}) if given["kind"] == "llm" else {},
            (given["settings"] or {}).get("tier", 1) if given["kind"] == "llm" else 1,
        )
        # Under another name until everybody may connect: then it is there and ready at once.
        hidden = socket.with_name(f".{socket.name}")
        runner, _ = await serve(settings, socket=hidden)
        hidden.chmod(0o666)
        hidden.rename(socket)
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stopped.set)
        if given.get("attended"):
            loop.add_reader(sys.stdin.fileno(), stopped.set)
        await stopped.wait()
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.stdin.readline())))
