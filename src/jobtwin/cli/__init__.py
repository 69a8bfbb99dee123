"""The command line: argv, environment, clock, exit code, and nothing else.

Each act is a module here of the same name with one `command`, loaded only when it is asked for.
stdout is the product, stderr the talk. Exit codes: 0 fine, 1 the participant must act, 2 usage,
3 our fault or the machine's.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import TYPE_CHECKING

import click

from jobtwin.errors import JobtwinError, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

ACTS = {
    "check": "say what is wrong in twins, tracks, policies and mentors",
    "start": "start the clock of an attempt",
    "kit": "write the repository that a learner starts from",
    "eval": "measure your work with the exact scorer, on your own machine",
    "submit": "hand a checkpoint in",
    "receive": "write the receipt for a push",
    "evaluate": "run what was handed in, and measure it",
    "claim": "take the next attempt to grade",
    "review": "write, check and sign a review",
    "decide": "judge an attempt by its bar and its reviews",
    "record": "list every attempt of a learner",
    "appeal": "put what was not cleared before another pair of mentors",
    "seal": "read sealed feedback, publish by consent, or end a sealed cohort",
    "issue": "sign the credentials that are due",
    "revoke": "say that a credential no longer holds",
    "attest": "say what became of the holder after 90 days",
    "rekey": "add, retire or withdraw a key of the issuer's",
    "calibrate": "measure how well a mentor agrees with the reference",
    "sweep": "look for what an event should have done and did not",
    "build": "build the static site",
    "verify": "verify a credential",
    "audit": "replay the whole history",
    "new": "write a twin that runs, for its author to change",
    "init": "set an organisation's copy up, here and on GitHub",
    "doctor": "compare a live repository with the trust model",
    "demo": "play a whole cohort on this machine",
}


TOOLS = {
    "llm": "serve the simulated models that some twins build upon",
    "vc-api": "answer the W3C's conformance suites on loopback",
}
"""Commands that are no acts: nothing of an organisation is read or written."""


class _Acts(click.Group):
    """Loads an act's command when it is used; knows the names and one line about each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*ACTS, *TOOLS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ACTS and cmd_name not in TOOLS:
            return None
        module = importlib.import_module(f"jobtwin.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Acts, in the order of the story"):
            formatter.write_dl(list(ACTS.items()))
        with formatter.section("Beside them"):
            formatter.write_dl(list(TOOLS.items()))


@click.group(cls=_Acts, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="jobtwin")
def _group() -> None:
    """Graded simulations of real production AI work, as credentials anyone can verify."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    # Whatever else is installed has no word in how a record is read, and is not searched for it.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result = _group.main(args=arguments, prog_name="jobtwin", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except JobtwinError as error:
        _tell(error, "--json" in (sys.argv if arguments is None else arguments))
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort:
        click.echo("stopped", err=True)
        return 3
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _tell(error: JobtwinError, as_json: bool) -> None:
    if isinstance(error, Refused) and as_json:
        findings = [{name: getattr(f, name) for name in f.__slots__} for f in error.findings]
        click.echo(json.dumps({"format": 1, "ok": False, "findings": findings}, indent=2))
    elif isinstance(error, Refused) and error.findings:
        for finding in error.findings:
            click.echo(str(finding), err=True)
            if finding.hint:
                click.echo(f"  hint: {finding.hint}", err=True)
    else:
        click.echo(f"jobtwin: {error.message}", err=True)
        if error.hint:
            click.echo(f"  hint: {error.hint}", err=True)
