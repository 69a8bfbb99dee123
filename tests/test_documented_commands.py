"""Every command that a page tells its reader to paste exists, with each option that it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest
from tests.conftest import PROJECT

from jobtwin.cli import _group
from jobtwin.cli.subcommands import OrDefault

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = sorted(
    path.relative_to(PROJECT).as_posix()
    for place in ("README.md", "CONTRIBUTING.md", "docs/tutorials/*.md", "docs/how-to/*.md")
    for path in PROJECT.glob(place)
)
_FENCED = re.compile(r"^( *)```(?:sh|bash|console)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"(?:^|\s)(?:\.venv/bin/)?jobtwin ([^|;&#>\n]+)")


def _calls(page: str) -> Iterator[list[str]]:
    """Yield the words after `jobtwin` of every command in a page's blocks."""
    for _, block in _FENCED.findall((PROJECT / page).read_text("utf-8")):
        for call in _CALL.findall(block.replace("\\\n", " ")):
            yield call.replace("[", " ").replace("]", " ").split()


def _unknown(words: list[str]) -> str | None:
    """Return the first word that names no command or option."""
    command: click.Command = _group
    context, rest = click.Context(command), list(words)
    while isinstance(command, click.Group):
        if isinstance(command, OrDefault) and rest[:1] != ["--help"]:
            known_kind = bool(rest) and rest[0] in command.commands
            rest = rest if known_kind else [command.default, *rest]
        if not rest or rest[0].startswith("-"):
            break
        found = command.get_command(context, rest.pop(0))
        if found is None:
            return f"command in {words}"
        command = found
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    known |= {"--help", "--version"}
    named = [word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)]
    return next((name for name in named if name not in known), None)


def test_there_are_commands_to_look_at() -> None:
    assert sum(1 for page in PAGES for _ in _calls(page)) > 60


@pytest.mark.parametrize("page", PAGES)
def test_every_command_on_a_page_can_be_pasted(page: str) -> None:
    wrong = [(_unknown(words), " ".join(words)) for words in _calls(page)]
    assert [one for one in wrong if one[0]] == []
