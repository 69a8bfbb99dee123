"""An organisation on the local GitHub: the engine as one commit, its founding as the next.

The first commit is the project as it lies here; the second brings the organisation's own files and
the workflows with the first commit's id written into them by `scripts/pin`. A mentor with
a real SSH key is calibrated on a sealed gold set. All of it is made once and copied for each test.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.conftest import PROJECT, START, beginning, entropy
from tests.github.local_github import LocalGitHub
from tests.github.ordering import APP_KEY, NAME
from tests.github.repositories import Entry, Files, Repositories
from tests.github.runs import Environment

from jobtwin.acts.calibrate import calibrate
from jobtwin.acts.calibrate.handing_out import hand_out
from jobtwin.forge.events import Account, Event
from jobtwin.harness.contract import GoldItem
from jobtwin.keys import VARIABLES, Holders
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.calibration import GoldSet
from jobtwin.records.organisation import Mentor
from jobtwin.records.twin import Twin
from jobtwin.repository import append, ssh
from jobtwin.repository.git import Git
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree
from jobtwin.rules import gold, seeds
from jobtwin.rules.signature import REVIEW, ROUND

TWIN = "jt-incident-4"
FOUNDED = datetime(2026, 8, 1, tzinfo=UTC)
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
CALIBRATED = START - timedelta(days=7)
ADA = Account(2001, "ada")
"""A mentor who is calibrated."""
BO = Account(2002, "bo")
"""A mentor who is not, yet."""
OTTO = Account(3001, "otto")
"""Operator, and reviewer of the environment `signing`."""
_LEFT_OUT = re.compile(
    r"(tests|bench|submissions|grades|credentials|cohorts|mentors|keys|calibration)/"
)
HELD = {
    "clock": ("clock", "subject", "cohorts"),
    "grading": ("clock", "subject", "cohorts"),
    "desk": ("desk", "subject", "cohorts"),
    "gold": ("desk", "subject", "gold"),
    "signing": ("issuer", "subject"),
    "github-pages": (),
}
"""Which secrets each environment holds; the bot's key is in all that hold any."""


@dataclass(frozen=True, slots=True)
class Template:
    """A founded organisation, to be copied."""

    repositories: Path
    cache: Path
    keys: Path
    engine: str
    """The commit that the workflows run."""


def founded(folder: Path) -> Template:
    """Make the organisation below a folder."""
    repositories = Repositories(folder / "repositories")
    repositories.create(NAME)
    engine = repositories.commit(NAME, "main", project(), "The engine", "founder", FOUNDED)
    own = beginning().files | pinned(repositories.git(NAME), engine, folder / "pinning")
    keys = folder / "keys"
    keys.mkdir()
    own |= _mentor(keys, ADA) | _mentor(keys, BO) | _gold_set()
    repositories.commit(NAME, "main", own, "Found the organisation", "founder", FOUNDED)
    _calibrate(repositories.git(NAME), keys / ADA.login)
    repositories.git(NAME).run("gc", "-q")
    cache = folder / "commits"
    cache.mkdir()
    return Template(folder / "repositories", cache, keys, engine)


def copied(template: Template, folder: Path) -> LocalGitHub:
    """Return a local GitHub of its own with the organisation in it."""
    shutil.copytree(template.repositories, folder / "repositories", symlinks=True)
    github = LocalGitHub(folder, START, environments(beginning().holders), cache=template.cache)
    github.api.account(800, NAME.partition("/")[0])
    github.api.add_repository(NAME)
    github.api.account(OTTO.number, OTTO.login)
    github.api.account(ADA.number, ADA.login)
    return github


def environments(holders: Holders) -> dict[str, Environment]:
    """Return the environments, each with the secrets that its jobs need and no others."""
    made: dict[str, Environment] = {}
    for name, held in HELD.items():
        secrets = {VARIABLES[secret]: holders.secrets[secret] for secret in held}
        if held:
            secrets["JOBTWIN_BOT_KEY"] = APP_KEY
        made[name] = Environment(secrets, (OTTO.login,) if name == "signing" else ())
    return made


def project() -> dict[str, bytes | Entry | None]:
    """Return the project's own files as they lie here."""
    git = Git(PROJECT)
    listed = git.lines("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    files: dict[str, bytes | Entry | None] = {}
    for name in listed:
        path = PROJECT / name
        if (_LEFT_OUT.match(name) and not name.endswith("README.md")) or not path.is_file():
            continue
        content = path.read_bytes()
        files[name] = Entry("100755", content) if os.access(path, os.X_OK) else content
    return files


def pinned(origin: Git, engine: str, work: Path) -> dict[str, bytes]:
    """Return the workflows as `scripts/pin` makes them run the engine at a commit."""
    origin.run("clone", "-q", str(origin.path), str(work))
    subprocess.run([work / "scripts" / "pin", engine], check=True, capture_output=True)
    found = sorted((work / ".github" / "workflows").glob("*.yml"))
    return {str(path.relative_to(work)): path.read_bytes() for path in found}


def answered(ledger: Ledger, mentor: str) -> bytes:
    """Return a mentor's first round on the gold set: everything as the reference has it."""
    gold_set = ledger.need(GoldSet, gold.set_path(TWIN, "gold-1"))
    sealed = ledger.tree.read(gold.reference_path(gold_set)) or b""
    secrets = gold.secrets_of(gold_set, beginning().holders.gold)
    answers = gold.open_reference(gold_set, sealed, secrets.answers).scores
    return write(gold.make_round(mentor, gold_set, 1, answers))


def signed(keys: Path, mentor: str, path: str, content: bytes) -> Files:
    """Return a file as a mentor's pull request brings it, signed by a real `ssh-keygen`."""
    namespace = REVIEW if path.startswith("grades/") else ROUND
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "signed"
        file.write_bytes(content)
        command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(keys / mentor), "-n", namespace]
        subprocess.run([*command, str(file)], check=True, capture_output=True)
        return {path: content, f"{path}.sig": file.with_name("signed.sig").read_bytes()}


def _mentor(keys: Path, who: Account) -> dict[str, bytes]:
    public = ssh.make_key(keys / who.login, who.login)
    record = Mentor(
        format=1,
        id=who.login,
        name=f"{who.login.title()} Example",
        key=" ".join(public.split()[:2]),
        since=FOUNDED,
        account=seeds.subject(beginning().holders.subject, who.number),
    )
    return {layout.mentor(who.login): write(record)}


def _gold_set() -> dict[str, bytes]:
    twin = load(Twin, (PROJECT / layout.twin(TWIN)).read_bytes()).record
    items = tuple(
        GoldItem(
            {"report.md": f"# Item {number}\n".encode()},
            {line.id: LEVELS[(number + place) % 5] for place, line in enumerate(twin.rubric)},
            ("a defect",),
        )
        for number in range(24)
    )
    public = beginning().gold_public
    return gold.seal(twin, "gold-1", items, public, entropy("salt")[:16], FOUNDED)


def _calibrate(git: Git, key: Path) -> None:
    holders = beginning().holders
    asked = Event("issue_comment.created:1", CALIBRATED, ADA, comment=f"/calibrate {TWIN}")
    with Tree(git, "refs/heads/main") as tree:
        handed = hand_out(asked, Ledger(tree), holders)
    append.add(git, handed.records, handed.message, CALIBRATED)
    event = Event("pull_request.opened:1", CALIBRATED, ADA)
    with Tree(git, "refs/heads/main") as tree:
        ledger = Ledger(tree)
        content = answered(ledger, ADA.login)
        signature = ssh.sign_bytes_with_ssh(key, ROUND, content)
        effects = calibrate(event, ledger, holders, content, signature)
    append.add(git, effects.records, effects.message, CALIBRATED)
