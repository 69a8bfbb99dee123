"""The workflow files of main: which they are, what they run, and which environments they open."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from jobtwin.findings import Code, Finding
from jobtwin.forge.trust_model import ENVIRONMENTS, UNPRIVILEGED, WITHOUT_SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.forge.github.settings import Reader, Setup

WORKFLOW = Code(
    "DOC-003",
    "a workflow runs what nobody has fixed, or opens what it must not",
    why="Jobs with secrets run only what a person wrote into a workflow file: actions by their "
    "full sha, and the engine at one commit that is in main's history.",
    fix="Take the workflow files of a release, run scripts/pin, and bring them by a pull request.",
)
FOLDER = ".github/workflows"
_USES = re.compile(r"^\s*(?:-\s+)?uses:\s*[\"']?([^\s\"'#]+)", re.MULTILINE)
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
_SHA = re.compile(r"[0-9a-f]{40}")


def checks(reader: Reader, setup: Setup) -> Iterator[tuple[str, Callable[[], Iterator[Finding]]]]:
    """Yield what is looked at, and how."""
    yield "the workflow files", partial(_workflows, reader, setup)


def _workflows(reader: Reader, setup: Setup) -> Iterator[Finding]:
    listed = reader.one(f"{setup.root}/contents/{FOLDER}?ref=main") or ()
    texts = {one["name"]: read(reader, setup, f"{FOLDER}/{one['name']}") or b"" for one in listed}
    files = {name: content.decode("utf-8", "replace") for name, content in texts.items()}
    jobs = {*WITHOUT_SECRETS, *(job for one in ENVIRONMENTS.values() for job in one.jobs)}
    known = {f"{workflow}.yml" for workflow, _ in jobs}
    for name in sorted(known - files.keys()):
        yield WORKFLOW.at("it is not there", f"{FOLDER}/{name}")
    for name in sorted(files.keys() - known):
        yield WORKFLOW.at("the trust model does not know it", f"{FOLDER}/{name}")
    for name, text in sorted(files.items()):
        for used in _USES.findall(text):
            if not used.startswith("./") and not _PINNED.fullmatch(used):
                yield WORKFLOW.at(f"`{used}` is not pinned by its full sha", f"{FOLDER}/{name}")
        yield from _environments(name, text)
    yield from _engine(reader, setup, {n: t for n, t in files.items() if n in known})


def _environments(name: str, text: str) -> Iterator[Finding]:
    """Yield each environment that a job opens without being meant to."""
    workflow, path = name.removesuffix(".yml"), f"{FOLDER}/{name}"
    for job, told in _jobs(text).items():
        named = told.get("environment")
        environment = named.get("name") if isinstance(named, Mapping) else named
        if environment is None:
            continue
        known = ENVIRONMENTS.get(str(environment))
        if known is None or (workflow, job) not in known.jobs:
            yield WORKFLOW.at(f"its job `{job}` opens the environment {environment}", path)


def _jobs(text: str) -> Mapping[str, Mapping[str, Any]]:
    import yaml

    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        return {}  # GitHub cannot read it either, and runs nothing of it
    jobs = data.get("jobs") if isinstance(data, dict) else None
    listed = jobs if isinstance(jobs, dict) else {}
    return {str(name): job for name, job in listed.items() if isinstance(job, dict)}


def _checkouts(text: str) -> Iterator[Mapping[str, Any]]:
    """Return what each step that fetches a commit is given."""
    steps = (step for job in _jobs(text).values() for step in job.get("steps") or ())
    given = (step.get("with") for step in steps if isinstance(step, dict))
    return (one for one in given if isinstance(one, dict) and "ref" in one)


def _engine(reader: Reader, setup: Setup, files: Mapping[str, str]) -> Iterator[Finding]:
    """Yield why the privileged workflows do not all run one commit of main."""
    pins: dict[str, str] = {}
    for name, text in sorted(files.items()):
        if name.removesuffix(".yml") in UNPRIVILEGED:
            continue
        found = [str(one["ref"]) for one in _checkouts(text) if one.get("path") == "engine"]
        if not found or not all(map(_SHA.fullmatch, found)):
            yield WORKFLOW.at("it does not fix the commit that it runs", f"{FOLDER}/{name}")
        pins |= dict.fromkeys(found, name)
    if len(pins) > 1:
        yield WORKFLOW.at(f"workflows run {len(pins)} different commits: {', '.join(sorted(pins))}")
    for pin in sorted(filter(_SHA.fullmatch, pins)):
        compared = reader.one(f"{setup.root}/compare/{pin}...main")
        if compared is None or compared["status"] not in ("ahead", "identical"):
            yield WORKFLOW.at(f"{pin} is not in main's history", f"{FOLDER}/{pins[pin]}")


def read(reader: Reader, setup: Setup, path: str) -> bytes | None:
    """Return a file of main, None where there is none."""
    found = reader.one(f"{setup.root}/contents/{path}?ref=main")
    return None if found is None else base64.b64decode(found["content"])
