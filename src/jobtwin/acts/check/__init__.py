"""check: everything that is wrong in twins, tracks, policies, cohorts and mentors, all at once.

`proving` goes deeper: it runs a twin's declared solutions, right and wrong ones, and says which do
not end as declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from jobtwin.credential.text import check_record
from jobtwin.errors import EngineError, Refused, UsageError
from jobtwin.findings import Code
from jobtwin.harness import environment, twin_code
from jobtwin.records import layout, measured
from jobtwin.records.base import Loaded, Part, Record, load
from jobtwin.records.organisation import (
    ActKeys,
    Carriers,
    Cohort,
    Destroyed,
    Issuer,
    IssuerKeys,
    Mentor,
    Revealed,
)
from jobtwin.records.outcome import Employers
from jobtwin.records.pack import Packed, Unpacked
from jobtwin.records.root import Root
from jobtwin.records.track import Track
from jobtwin.records.twin import Twin
from jobtwin.repository.ledger import POLICIES
from jobtwin.rules import deadline, outcome, twin_texts, twins, visibility

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jobtwin.findings import Finding

NO_FILE = Code(
    "CHK-001",
    "a file that the twin needs is missing",
    why="A twin with `harness` can be started, and then everything must be there.",
    fix="Add the file, or take `harness` out until it is there.",
)
NO_IMPORT = Code(
    "CHK-002",
    "the twin's harness cannot be used",
    why="Without it no kit could be made and nothing measured.",
    fix="Mend what the message says; `jobtwin check --deep TWIN` then runs it.",
)
UNKNOWN_POLICY = Code(
    "CHK-003",
    "a policy of an unknown kind",
    why="A file that no act reads says something that does not apply.",
    fix="Name it `<kind>-<date>.yml` with one of the kinds in policy/README.md.",
)

COHORT = Code(
    "CHK-004",
    "a cohort does not fit its track",
    why="An attempt could not be started in it, or would have no deadline.",
    fix="Name a track under `tracks/`, and give every twin without minutes a window in days.",
)

OF_ANOTHER = Code(
    "CHK-005",
    "measurements lie beside another twin",
    why="A twin's page would show what another one's solutions came to.",
    fix="Move the file to the folder of the twin that it names; `check --deep --keep` writes it.",
)

P = TypeVar("P", bound=Part)
_SIGNED = (Twin, Track, Issuer)
"""What credentials take texts from."""
_SINGLE: dict[str, type[Part]] = {
    "keys/issuer.yml": Issuer,
    "keys/issuer-keys.yml": IssuerKeys,
    "keys/acts.yml": ActKeys,
    "keys/root.yml": Root,
    layout.CARRIERS: Carriers,
}
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong, and what is only to be known."""

    files: int
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    """Twins that cannot be started yet: nothing is wrong with them."""


def check(repo: Path) -> Checked:
    """Return what is wrong in a repository's definitions, as they lie in its folder."""
    reader = _Reader(repo)
    loaded = reader.all("twins/*/twin.yml", Twin)
    found = [finding for twin in loaded for finding in twins.check_twin(twin)]
    for twin in loaded:
        found += _check_parts(repo, twin)
    found += _check_measured(repo)
    by_id = {twin.record.id: twin.record for twin in loaded}
    tracks = {track.record.id: track for track in reader.all("tracks/*.yml", Track)}
    for track in tracks.values():
        found += twins.check_track(track, by_id)
    for path in sorted(repo.glob("policy/*.yml")):
        kind = path.name.split("-")[0]
        if kind in POLICIES:
            reader.one(path, POLICIES[kind])
        else:
            found.append(UNKNOWN_POLICY.at(f"`{kind}` is not a kind of policy", _name(repo, path)))
    for path in sorted(repo.glob("cohorts/*.yml")):
        if path.stem.count("."):
            reader.one(path, _OF_COHORT.get(path.stem.partition(".")[2], Cohort))
        elif (cohort := reader.one(path, Cohort)) is not None:
            found += _check_cohort(cohort, tracks, by_id)
    reader.all("mentors/*.yml", Mentor)
    for name, model in _SINGLE.items():
        reader.all(name, model)
    for employers in reader.all(layout.EMPLOYERS, Employers):
        found += outcome.check_employers(employers.record, employers.path)
    notes = [note for twin in loaded if (note := twins.startable(twin))]
    return Checked(reader.files, (*reader.findings, *found), tuple(notes))


_OF_COHORT: Mapping[str, type[Record]] = {
    "revealed": Revealed,
    "destroyed": Destroyed,
    "packed": Packed,
    "unpacked": Unpacked,
}
"""What may lie beside a cohort's file."""


def _check_cohort(
    loaded: Loaded[Cohort], tracks: Mapping[str, Loaded[Track]], by_id: Mapping[str, Twin]
) -> Iterator[Finding]:
    cohort = loaded.record
    yield from visibility.check_cohort(cohort, loaded.path)
    if cohort.track not in tracks:
        yield loaded.finding(COHORT, f"there is no track `{cohort.track}`", "track")
        return
    track = tracks[cohort.track].record
    named = [*(item.twin for item in track.twins), *([track.capstone] if track.capstone else [])]
    for name in named:
        if name in by_id and deadline.lacks_window(by_id[name], cohort):
            yield loaded.finding(COHORT, f"`{name}` has no window", "windows")


class _Reader:
    """Reads files as records, and keeps what is wrong with their form."""

    def __init__(self, repo: Path) -> None:
        self.repo = repo
        self.files = 0
        self.findings: list[Finding] = []

    def all(self, pattern: str, model: type[P]) -> list[Loaded[P]]:
        """Return the records of every file that can be read."""
        found = (self.one(path, model) for path in sorted(self.repo.glob(pattern)))
        return [loaded for loaded in found if loaded]

    def one(self, path: Path, model: type[P]) -> Loaded[P] | None:
        """Return one record, or None where its form is wrong."""
        self.files += 1
        try:
            with path.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
            loaded = load(model, content, _name(self.repo, path))
        except Refused as refused:
            self.findings += refused.findings
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from error
        else:
            self.findings += check_record(loaded) if model in _SIGNED else ()
            return loaded
        return None


def _name(repo: Path, path: Path) -> str:
    return path.relative_to(repo).as_posix()


def _check_parts(repo: Path, loaded: Loaded[Twin]) -> Iterator[Finding]:
    """Yield what keeps a twin that says it can be started from being started."""
    twin = loaded.record
    if twin.harness is None:
        return
    folder = repo / loaded.path.rsplit("/", 1)[0]
    needed = ("brief.md", twin.harness.environment.lock, "proofs/proofs.yml")
    for name in needed:
        if not (folder / name).is_file():
            yield loaded.finding(NO_FILE, f"`{name}` is missing", "harness")
    brief = folder / "brief.md"
    if brief.is_file():
        text = brief.read_text("utf-8", errors="replace")
        yield from twin_texts.check_texts(loaded, text, _name(repo, brief))
    lock = folder / twin.harness.environment.lock
    if lock.is_file():
        yield from environment.parse_lock(lock.read_bytes(), _name(repo, lock))[1]
    try:
        twin_code.load(folder)
    except EngineError as error:
        yield loaded.finding(NO_IMPORT, error.message, "harness")


def _check_measured(repo: Path) -> Iterator[Finding]:
    """Yield what keeps a site from showing what was measured."""
    for path in sorted(repo.glob(f"twins/*/{measured.NAME}")):
        name = _name(repo, path)
        try:
            kept = measured.load(path.read_bytes(), name)
        except Refused as refused:
            yield from refused.findings
        else:
            if kept.twin != path.parent.name:
                yield OF_ANOTHER.at(f"it is about `{kept.twin}`", name)
