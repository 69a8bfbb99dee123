"""jobtwin llm: serve the simulated models that some twins build upon."""

from __future__ import annotations

import asyncio
import signal
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobtwin.cli import options
from jobtwin.errors import UsageError

if TYPE_CHECKING:
    from jobtwin.llm.server import Settings
    from jobtwin.llm.trace import Line


@click.group("llm")
def command() -> None:
    """Simulated language models behind an OpenAI-compatible address."""


@command.command("models")
@options.as_json
def models(as_json: bool) -> None:
    """List the models with their prices and what each is good for."""
    import json
    from dataclasses import asdict

    from jobtwin.llm.models import MODELS

    if as_json:
        listed = [asdict(model) for model in MODELS.values()]
        click.echo(json.dumps({"format": 1, "models": listed}, indent=2))
        return
    click.echo("model         in $/M  out $/M  first ms  token ms  at once  compares")
    for one in MODELS.values():
        click.echo(
            f"{one.id:<13} {one.input_price:>6.2f} {one.output_price:>8.2f} {one.ttft_ms:>9.0f} "
            f"{one.token_ms:>9.1f} {one.concurrency:>8}  {'yes' if one.compares else 'no'}"
        )


@command.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@click.option("--socket", type=click.Path(path_type=Path), help="A unix socket instead of a port.")
@click.option("--seed", default="0" * 64, help="64 hex digits; another seed gives other models.")
@click.option(
    "--scale",
    type=click.FloatRange(0, 10),
    default=1.0,
    show_default=True,
    help="How much of the modelled time is really waited; 0 for none.",
)
@click.option("--trace", type=click.Path(path_type=Path), help="Account of every request, JSONL.")
@click.option(
    "--tier",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="Factor on the requests at once that each model takes.",
)
@click.option(
    "--tuned",
    type=click.Path(path_type=Path),
    help='What is otherwise about a model here, JSON: {"sim-small": {"misreads": 0.1}}.',
)
def serve(
    port: int,
    socket: Path | None,
    seed: str,
    scale: float,
    trace: Path | None,
    tier: int,
    tuned: Path | None,
) -> None:
    """Serve until interrupted, on loopback or on a unix socket."""
    from jobtwin.llm.server import Settings

    if len(seed) != 64 or not set(seed) <= set("0123456789abcdef"):
        raise UsageError("the seed is not 64 hex digits", "leave it out for the public one")
    others = _tuned(tuned) if tuned is not None else {}
    with ExitStack() as stack:
        settings = Settings(bytes.fromhex(seed), scale, tier=tier, tuned=others)
        if trace is not None:
            file = stack.enter_context(trace.open("w", encoding="ascii", buffering=1))

            def record(line: Line) -> None:
                file.write(line.text())

            settings = replace(settings, record=record)
        asyncio.run(_until_stopped(settings, port, socket))


def _tuned(path: Path) -> dict[str, dict[str, float]]:
    """Return what a file says of models: numbers that a model has, by its name."""
    import json

    from jobtwin.llm.models import MODELS

    try:
        said = json.loads(path.read_bytes())
        known = {
            name: {key: getattr(MODELS[name], key) for key in values}
            for name, values in said.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} does not tune models: {error}", "see `--help`") from error
    for name, values in said.items():
        for key, value in values.items():
            if not _is_number(value) or not _is_number(known[name][key]):
                raise UsageError(f"{path}: `{key}` of {name} is no number", "see `--help`")
    return {str(name): dict(values) for name, values in said.items()}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


async def _until_stopped(settings: Settings, port: int, socket: Path | None) -> None:
    from jobtwin.llm.server import serve as start

    try:
        runner, taken = await start(settings, port=port, socket=socket)
    except OSError as error:
        where = socket or f"port {port}"
        raise UsageError(f"{where} cannot be served: {error.strerror}", "name another") from error
    where = f"unix:{socket}" if socket else f"http://127.0.0.1:{taken}/v1"
    options.talk(f"serving at {where}; OPENAI_BASE_URL={where} and any OPENAI_API_KEY reach it")
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stopped.set)
    await stopped.wait()
    await runner.cleanup()
