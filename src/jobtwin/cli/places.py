"""Where things are on a person's machine: the organisation's repository, and what is kept."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click

import jobtwin
from jobtwin.errors import UsageError
from jobtwin.repository import copies

if TYPE_CHECKING:
    from jobtwin.forge.github.opening import Person
    from jobtwin.forge.github.sending import Address
    from jobtwin.harness.grading import Machine

organisation = click.option(
    "--repo",
    metavar="FOLDER|URL",
    help="The organisation's repository, a folder or https URL; else $JOBTWIN_REPO, else where "
    "jobtwin is installed from.",
)
twin_tree = click.option(
    "--twin-tree",
    metavar="HEX",
    help="With a URL: the git tree of the twin that the attempt was started with.",
)
sandboxing = click.option(
    "--unsandboxed",
    is_flag=True,
    help="Run your own code without walls, where no sandbox can be used.",
)


def find_organisation(given: str | None, twin: str | None = None, tree: str | None = None) -> Path:
    """Return a folder that holds the twins; raises `UsageError` where there is none.

    A URL is fetched, a commit once; with `tree`, what is returned holds `twin` as that tree has it.
    """
    named = given or os.environ.get("JOBTWIN_REPO")
    if named and copies.is_url(named):
        kept = cache().parent
        return (
            copies.twin_of_tree(named, twin, tree, kept)
            if twin and tree
            else copies.twins_at(named, kept)
        )
    if tree:
        raise UsageError("--twin-tree needs the URL that it is fetched from", "name it by --repo")
    here = Path.cwd()
    wanted = [Path(named)] if named else [here, *here.parents]
    if not named:
        wanted.append(Path(jobtwin.__file__).resolve().parents[2])
    for folder in wanted:
        if any(folder.glob("twins/*/twin.yml")):
            return folder
    raise UsageError(
        "the organisation's repository was not found", "name it by --repo or JOBTWIN_REPO"
    )


def repository_url(given: str | None) -> str:
    """Return the URL of the organisation's repository; raises `UsageError` where none is named."""
    named = given or os.environ.get("JOBTWIN_REPO") or ""
    if not copies.is_url(named):
        raise UsageError(
            "the URL of the organisation's repository is not named",
            "name it by --repo or JOBTWIN_REPO, or a clone to commit in by --to",
        )
    is_here = named.startswith("file://")
    return named if is_here else named.rstrip("/").removesuffix(".git")


def token(url: str) -> str:
    """Return the person's token for GitHub, or nothing; none is for any other server."""
    if not url.startswith(f"{server()}/"):
        return ""
    for name in ("GH_TOKEN", "GITHUB_TOKEN"):
        if found := os.environ.get(name):
            return found
    try:
        host = server().partition("://")[2]
        asked = ["gh", "auth", "token", "--hostname", host]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def address(url: str, branch: str, fork: str | None) -> tuple[Address, Person | None]:
    """Return where files go, and GitHub by the person's token where there is one.

    `url` is the organisation's repository, `fork` `owner/name` on the same server or a URL.
    """
    from jobtwin.forge.github.sending import Address

    found = token(url)
    named = fork or ""
    if named and "://" not in named and not named.startswith("git@"):
        named = f"{url.rsplit('/', 2)[0]}/{named}"
    return Address(url, branch, named, found), person(url, found) if found else None


def person(url: str, found: str) -> Person:
    """Return GitHub by a person's token, at the repository that `url` names."""
    from jobtwin.forge.github import opening
    from jobtwin.forge.github.patience import Patience

    return opening.connect(found, opening.name_of(url), api(), Patience())


def server() -> str:
    """Return where GitHub's pages are."""
    return (os.environ.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/")


def api() -> str:
    """Return where GitHub's API is."""
    return os.environ.get("GITHUB_API_URL") or "https://api.github.com"


def cache() -> Path:
    """Return where installed environments are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "jobtwin" / "environments"


def x25519_key(text: str) -> str:
    """Return a public key as its 64 hex digits; raises `UsageError` for anything else."""
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise UsageError(
            "a key is 64 lower-case hexadecimal digits", "the answer to your start has it"
        )
    return text


def seed(text: str) -> bytes:
    """Return a seed from its 64 hex digits; raises `UsageError` for anything else."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise UsageError("a seed is 64 hexadecimal digits", "the answer to your start has it")
    return value


def machine(unsandboxed: bool = False) -> Machine:
    """Return where code is run: behind the first walls that hold, or on request without any."""
    from jobtwin.harness.grading import Machine
    from jobtwin.harness.sandbox import choose
    from jobtwin.harness.sandbox.unsandboxed import Unsandboxed

    return Machine(Unsandboxed() if unsandboxed else choose(), cache())
