"""docs/reference/commands.md: every command with its options, as `--help` says them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from jobtwin.cli import ACTS, TOOLS, _group

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = """# Commands

What `jobtwin COMMAND --help` says, on one page. Exit codes: 0 fine, 1 the participant must act,
2 usage, 3 our fault or the machine's. Results go to stdout, talk to stderr.
"""


def commands_page() -> str:
    """Return the page of all commands, in the order of the story."""
    parts = [_INTRODUCTION]
    root = click.Context(_group, info_name="jobtwin")
    for name in [*ACTS, *TOOLS]:
        command = _group.get_command(root, name)
        if command is None:
            raise LookupError(name)
        parts += _command(command, root, name, 2)
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _command(command: click.Command, parent: click.Context, name: str, level: int) -> Iterator[str]:
    context = click.Context(command, parent, info_name=name)
    yield f"{'#' * level} {context.command_path}"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"```text\n{context.command_path} {usage}\n```"
    yield _plain(inspect.cleandoc(command.help or ""))
    yield _parameters(command, context)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None and not found.hidden:
                yield from _command(found, context, inner, level + 1)


def _parameters(command: click.Command, context: click.Context) -> str:
    lines = ["| option | what it does |", "|---|---|"]
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is None or "--help" in parameter.opts:
            continue
        lines.append(f"| `{_cell(record[0])}` | {_plain(_cell(record[1]))} |")
    return "\n".join(lines) if len(lines) > 2 else "It has no options."


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _plain(text: str) -> str:
    """Return help as Markdown shows it: its own marks stay, `<` opens nothing."""
    return text.replace("\b\n", "").replace("<", "&lt;")
