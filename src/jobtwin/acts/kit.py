"""kit: write the repository that a learner starts from; one seed gives the same bytes anywhere."""

from __future__ import annotations

import fnmatch
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobtwin.errors import EngineError, UsageError
from jobtwin.harness import file_tree, twin_code
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.kit import KitOrigin
from jobtwin.records.organisation import Issuer
from jobtwin.records.report import Needed
from jobtwin.repository.append import Author
from jobtwin.repository.definitions import read_twin
from jobtwin.repository.git import create
from jobtwin.site.markup import authored, percent, table
from jobtwin.site.report_page import needed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobtwin.records.twin import Twin

BRIEF = "BRIEF.md"
ORIGIN = ".jobtwin.yml"
DEVCONTAINER = ".devcontainer/devcontainer.json"
IMAGE = "mcr.microsoft.com/devcontainers/python:3.11-bookworm"
INBOX = "inbox/"
"""Where a kit keeps what goes to the pull request's inbox."""
AUTHOR = Author("Job Twins kit", "kit@jobtwin.invalid")
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""The moment of a kit's first commit: always the same, so that its id is."""
STARTABLE = "take a twin whose page says that it can be started"


def kit(repo: Path, twin_id: str, seed: bytes, sealed_to: str | None = None) -> dict[str, bytes]:
    """Return a kit's files: scaffold, dataset of this seed, BRIEF.md, container, .jobtwin.yml.

    `sealed_to` is the key of a sealed attempt, in hex; the kit keeps it for `submit`. Raises
    `UsageError` for a twin that cannot be started yet.
    """
    twin = read_twin(repo, twin_id)
    if twin.harness is None:
        raise UsageError(f"{twin_id} cannot be started yet: it has no harness", STARTABLE)
    folder = repo / "twins" / twin_id
    made = twin_code.load(folder).kit(seed)
    origin = KitOrigin(
        format=1,
        twin=twin.id,
        twin_version=twin.version,
        kit_seed=seed.hex(),
        sealed_to=sealed_to,
    )
    own = {ORIGIN: write(origin), DEVCONTAINER: devcontainer(_repository(repo))}
    brief = render((folder / "brief.md").read_text("utf-8"), made.facts) + counted(twin)
    return {**own, **made.files, BRIEF: brief.encode("utf-8"), ORIGIN: own[ORIGIN]}


def devcontainer(repository: str | None) -> bytes:
    """Return devcontainer.json (containers.dev): Python, and `jobtwin eval` where it is known.

    `repository` is the https URL that jobtwin is installed from. A twin's scaffold may bring a
    file of its own instead.
    """
    data: dict[str, Any] = {
        "name": "Job Twin",
        "image": IMAGE,
        # `jobtwin eval` puts your code into a sandbox of its own, which a container within a
        # container can make only so.
        "securityOpt": ["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"],
        "remoteUser": "vscode",
    }
    if repository:
        data["containerEnv"] = {"JOBTWIN_REPO": repository}
        data["postCreateCommand"] = ["pip", "install", "--user", f"git+{repository}"]
    return json.dumps(data, indent=2).encode("ascii") + b"\n"


def _repository(repo: Path) -> str | None:
    """Return where the organisation's repository is, as it says itself."""
    path = repo / layout.ISSUER
    return (
        load(Issuer, path.read_bytes(), layout.ISSUER).record.repository if path.is_file() else None
    )


def render(template: str, facts: Mapping[str, str]) -> str:
    """Return the brief with the kit's facts; raises `EngineError` where one is missing."""
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # Markdown, not HTML: there is nothing to escape, and the facts are the twin's own.
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    try:
        return environment.from_string(template).render(facts)
    except TemplateError as error:
        raise EngineError(f"the brief cannot be filled in: {error}") from error


def counted(twin: Twin) -> str:
    """Return the end of a brief: everything that counts, by the machine, a mentor, the learner."""
    return f"{_figures(twin)}{_rubric(twin)}{_self_checks(twin)}"


def _figures(twin: Twin) -> str:
    bars = {line.metric: line for line in twin.bar}
    rows = []
    for metric in twin.metrics:
        line = bars.get(metric.id)
        bar = Needed(comparator=line.comparator, value=line.value) if line else None
        asked = needed(bar, metric.unit) if bar else "shown only"
        rows.append((authored(metric.title), asked, authored(metric.meaning)))
    return f"\n## Every figure\n\n{table(('Figure', 'Bar', 'What it is'), rows)}\n"


def _rubric(twin: Twin) -> str:
    rows = [(authored(one.title), percent(one.weight), authored(one.tests)) for one in twin.rubric]
    passing = f"Pass at {percent(twin.pass_threshold)} of the weighted average."
    listed = table(("Dimension", "Weight", "What it tests"), rows)
    return f"\n## What a mentor grades\n\n{passing}\n\n{listed}\n"


def _self_checks(twin: Twin) -> str:
    rows = [(one.id, authored(one.question), one.kind) for one in twin.failure_modes]
    listed = table(("Check", "Question", "Class"), rows)
    return f"\n## What you are asked before you submit\n\n{listed}\n"


def write_kit(files: Mapping[str, bytes], out: Path) -> None:
    """Write a kit to a new or empty folder; raises `UsageError` where something lies already."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is not an empty folder", "name a new one: work is never replaced")
    file_tree.write(files, out)


def commit_kit(out: Path) -> str:
    """Make the folder a git repository with the kit as its first commit, and return its id."""
    git = create(out, bare=False)
    git.run("add", "-A", "-f")
    git.run("commit", "-q", "-m", "The kit as it was handed out", env=AUTHOR.environment(BEGINNING))
    return git.text("rev-parse", "HEAD")


def origin_of(folder: Path) -> KitOrigin:
    """Return what the kit in a folder was made from; raises `UsageError` where that is not said."""
    path = folder / ORIGIN
    if not path.is_file():
        raise UsageError(
            f"{folder} has no {ORIGIN}, so it is not known which kit it is",
            "go to the kit's folder: `jobtwin kit` made it, with that file in it",
        )
    return load(KitOrigin, path.read_bytes()[: 1 << 16], ORIGIN).record


def inbox_of(repo: Path, twin: Twin, seed: bytes, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what the learner wrote for the inbox: asked for, and not as the kit of `seed` has it.

    `files` is the work; paths come back without `inbox/`. A kit may take long to draw, so it is
    made only where there is something to compare.
    """
    named = {
        path: path.removeprefix(INBOX)
        for path in files
        if path.startswith(INBOX)
        if any(fnmatch.fnmatchcase(path.removeprefix(INBOX), one.pattern) for one in twin.inbox)
    }
    given = kit(repo, twin.id, seed) if named else {}
    return {name: files[path] for path, name in named.items() if given.get(path) != files[path]}
