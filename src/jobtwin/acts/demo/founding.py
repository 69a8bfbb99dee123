"""How the demo's organisation is founded: real keys, a sealed gold set, one mentor, one cohort."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.acts.demo.mentor import GOLD_SET
from jobtwin.acts.demo.stage import PlayedMentor, Stage
from jobtwin.errors import EngineError, UsageError
from jobtwin.forge import founding
from jobtwin.forge.events import Account
from jobtwin.forge.local import LocalForge
from jobtwin.harness import twin_code
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.organisation import Cohort, Issuer, Mentor
from jobtwin.records.track import Track
from jobtwin.repository import ssh
from jobtwin.repository.append import Author
from jobtwin.repository.definitions import read_twin
from jobtwin.repository.git import Git
from jobtwin.rules import deadline, gold, seeds

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobtwin.harness.grading import Machine

FOUNDED = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FOUNDER = Author("Demo Founder", "founder@people.invalid")
ADA = Account(2001, "ada")
GOLD_ITEMS = 24
WINDOW_DAYS = 14
HOST = "demo.jobtwins.example"
"""Nobody's (RFC 2606): the demo's site is read from its folder, or served on loopback."""
PORT = 8765
_LEFT_OUT = tuple(
    f"{folder}/"
    for folder in (
        "tests", "submissions", "grades", "credentials", "outcomes", "cohorts", "mentors", "keys",
        "calibration",
    )
)  # fmt: skip


def founded(
    project: Path, twin: str, out: Path, machine: Machine, tell: Callable[[str], None]
) -> Stage:
    """Return the stage with an organisation founded from the project's own files.

    Its cohort is of the first track that names the twin; raises `UsageError` where none does.
    """
    entropy = cache(lambda _: secrets.token_bytes(32))
    made = founding.found(_issuer(), _cohort(project, twin), FOUNDED, entropy)
    founding.write_secrets(made.holders, out / "secrets")
    key = out / "secrets" / "mentor-ada"
    public = ssh.make_key(key, "ada")
    ada = Mentor(
        format=1,
        id="ada",
        name="Ada Demo",
        key=" ".join(public.split()[:2]),
        since=FOUNDED,
        account=seeds.subject(made.holders.subject, ADA.number),
    )
    files = project_files(project) | made.files | {layout.mentor("ada"): write(ada)}
    files |= _gold_set(project, twin, made.gold_public)
    forge = LocalForge(out / "forge", FOUNDED)
    forge.found(files, "Found the organisation", FOUNDER)
    forge.now = START
    return Stage(project, twin, forge, made.holders, machine, PlayedMentor("ada", ADA, key), tell)


def project_files(project: Path) -> dict[str, bytes]:
    """Return the project's files that an organisation begins with; records and tests stay out."""
    listed = Git(project).attempt("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed.returncode != 0:
        raise EngineError(f"{project} is not a clone of the project", "run it from a git clone")
    names = filter(None, listed.stdout.decode("utf-8").split("\0"))
    kept = (name for name in names if not name.startswith(_LEFT_OUT) or name.endswith("README.md"))
    return {name: (project / name).read_bytes() for name in kept if (project / name).is_file()}


def _gold_set(project: Path, twin_id: str, public: bytes) -> dict[str, bytes]:
    twin = read_twin(project, twin_id)
    harness = twin_code.load(project / "twins" / twin_id)
    items = harness.gold(secrets.token_bytes(32), GOLD_ITEMS)
    return gold.seal(twin, GOLD_SET, items, public, secrets.token_bytes(16), FOUNDED)


def _issuer() -> Issuer:
    return Issuer(
        format=1,
        name="Job Twins Demo",
        url=f"https://{HOST}",
        did=f"did:web:{HOST}",
        description="A demonstration on one machine. Its credentials are worth nothing.",
        test=True,
    )


def _cohort(project: Path, twin: str) -> Cohort:
    track = _track(project, twin)
    bare = Cohort(
        format=1,
        id="demo-2026",
        track=track.id,
        opens=FOUNDED,
        closes=datetime(2027, 3, 1, tzinfo=UTC),
        visibility="open",
        secret_commitment="sha256:" + "0" * 64,
    )
    theirs = (read_twin(project, item.twin) for item in track.twins)
    windowed = tuple(one.id for one in theirs if deadline.lacks_window(one, bare))
    return bare.model_copy(update={"windows": founding.windows(WINDOW_DAYS, windowed)})


def _track(project: Path, twin: str) -> Track:
    for path in sorted(project.glob("tracks/*.yml")):
        track = load(Track, path.read_bytes(), path.name).record
        if twin in {item.twin for item in track.twins}:
            return track
    raise UsageError(f"no track names {twin}", "add it to a file in tracks/: cohorts are of tracks")
