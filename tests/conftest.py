"""An organisation to try acts on: a forge on this machine, founded from the project's own twins."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from jobtwin.credential import canonical
from jobtwin.credential.compiled import Shapes
from jobtwin.forge import founding
from jobtwin.forge.events import Account
from jobtwin.forge.local import LocalForge
from jobtwin.records.organisation import Cohort, Issuer
from jobtwin.repository.append import Author
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobtwin.credential.compiled.cut import Cut
    from jobtwin.keys import Holders

# How long something takes is measured by scripts/bench, never judged by a test.
settings.register_profile("jobtwin", deadline=None)
settings.load_profile("jobtwin")

PROJECT = Path(__file__).parent.parent
GENERAL = canonical.canonicalise
"""As it is before a test puts another in its place."""
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FOUNDER = Author("A Founder", "founder@people.invalid")


@pytest.fixture(autouse=True, scope="session")
def every_form_out_of_a_template_is_the_general_one() -> Iterator[None]:
    """Compare whatever is signed by a template, in any test, with what the general way gives."""
    fill, compared = Shapes._fill, set[int]()

    def compare(self: Shapes, whole: Cut | None) -> bytes | None:
        form = fill(self, whole)
        if whole is not None and form is not None:
            seen = hash((whole.shape, *whole.strings, form))
            if seen not in compared:
                assert form == GENERAL(whole.marked(whole.leaves()), self._extra)
                compared.add(seen)
        return form

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shapes, "_fill", compare)
        yield


def entropy(name: str) -> bytes:
    """Return the same 32 bytes for a name each time; nothing made of it is a secret."""
    return hashlib.sha256(f"NOT A SECRET {name}".encode()).digest()


@dataclass
class Organisation:
    """A founded organisation on a local forge."""

    forge: LocalForge
    holders: Holders
    gold_public: bytes
    opened: list[Tree] = field(default_factory=list)

    def ledger(self) -> Ledger:
        """Return the records as main has them now."""
        self.opened.append(Tree(self.forge.origin, "refs/heads/main"))
        return Ledger(self.opened[-1])


def issuer() -> Issuer:
    """Return an issuer whose site is on loopback."""
    return Issuer(
        format=1,
        name="Test Issuer",
        url="https://credentials.example",
        did="did:web:credentials.example",
        description="An issuer that exists in tests only.",
        test=True,
    )


def cohort() -> Cohort:
    """Return a cohort that is open from the start of every test."""
    return Cohort(
        format=1,
        id="autumn-2026",
        track="production-ai-engineer",
        opens=datetime(2026, 9, 1, tzinfo=UTC),
        closes=datetime(2027, 3, 1, tzinfo=UTC),
        visibility="open",
        windows=founding.windows(14, ("jt-rag-1", "jt-evals-2", "jt-latency-3", "jt-safety-5")),
        secret_commitment="sha256:" + "0" * 64,
    )


def project_files(*folders: str) -> dict[str, bytes]:
    """Return the project's own data files, by their paths."""
    found = (path for folder in folders for path in (PROJECT / folder).rglob("*"))
    return {
        str(path.relative_to(PROJECT)): path.read_bytes()
        for path in sorted(found)
        if path.is_file() and "__pycache__" not in path.parts
    }


def found_at(root: Path, more: dict[str, bytes]) -> LocalForge:
    """Found the organisation on a forge of its own, with more files."""
    forge = LocalForge(root, START)
    files = project_files("twins", "tracks", "policy") | beginning().files | more
    forge.found(files, "Found the organisation", FOUNDER)
    return forge


def beginning() -> founding.Organisation:
    """Return what the organisation begins with: the same keys and secrets each time."""
    return founding.found(issuer(), cohort(), datetime(2026, 8, 1, tzinfo=UTC), entropy)


@pytest.fixture(scope="session")
def plain_origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of an organisation without more files, in one pack: quick to copy."""
    forge = found_at(tmp_path_factory.mktemp("plain"), {})
    forge.origin.run("gc", "-q")
    return forge.origin.path


@pytest.fixture
def found_organisation(tmp_path: Path, plain_origin: Path) -> Iterator[Callable[..., Organisation]]:
    """Return a function that founds an organisation, with more files where a test wants them."""

    made_so_far: list[Organisation] = []

    def make(more: dict[str, bytes] | None = None) -> Organisation:
        if more:
            forge = found_at(tmp_path / "forge", more)
        else:
            forge = LocalForge(tmp_path / "forge", START)
            shutil.copytree(plain_origin, forge.origin.path)
        made = beginning()
        made_so_far.append(Organisation(forge, made.holders, made.gold_public))
        return made_so_far[-1]

    yield make
    for organisation in made_so_far:
        for tree in organisation.opened:
            tree.close()


@pytest.fixture
def unready() -> dict[str, bytes]:
    """A twin that cannot be started yet: the capstone's file without its harness."""
    path = "twins/jt-capstone/twin.yml"
    return {path: (PROJECT / path).read_bytes().partition(b"\nharness:\n")[0] + b"\n"}


@pytest.fixture
def organisation(found_organisation: Callable[..., Organisation]) -> Organisation:
    """A founded organisation with the project's twins, tracks and policies."""
    return found_organisation()


@pytest.fixture
def learner() -> Account:
    """Somebody who learns."""
    return Account(1001, "lea")
