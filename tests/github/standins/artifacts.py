"""Artifacts as GitHub keeps them: immutable zip files of a run, each with an id and a digest.

Lost on the way: modes, links (what they lead to is taken), empty folders, and hidden files unless
somebody asks for them.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

MOST = 500
"""Artifacts of one job."""
_FORBIDDEN = set('":<>|*?\r\n\\/')


class ArtifactError(Exception):
    """What GitHub would say instead of doing it."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One artifact of a run."""

    id: int
    name: str
    run: int
    digest: str
    """SHA-256 of the zip file."""
    folder: str

    @property
    def zip(self) -> Path:
        """The zip file."""
        return Path(self.folder) / "content.zip"


def listed(store: Path, run: int) -> list[Artifact]:
    """Return a run's artifacts, oldest first."""
    found = sorted((store / str(run)).glob("*/artifact.json"), key=lambda path: int(path.parts[-2]))
    return [Artifact(**json.loads(path.read_bytes())) for path in found]


def keep(store: Path, run: int, name: str, files: dict[str, bytes]) -> Artifact:
    """Keep files under a name; raises `ArtifactError` when the name is taken or cannot be one."""
    if not name or _FORBIDDEN & set(name):
        raise ArtifactError(f"The artifact name is not valid: {name}")
    there = listed(store, run)
    if any(artifact.name == name for artifact in there):
        raise ArtifactError("Conflict: an artifact with this name already exists on the run")
    if len(there) >= MOST:
        raise ArtifactError("Artifact storage quota has been hit")
    for path in files:
        if any(bad & set(part) for part in Path(path).parts for bad in [_FORBIDDEN - {"/", "\\"}]):
            raise ArtifactError(f"The path for one of the files in artifact is not valid: {path}")
    number = 1 + max((int(p.name) for p in store.glob("*/*") if p.name.isdecimal()), default=5000)
    folder = store / str(run) / str(number)
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "content.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
        for path, content in sorted(files.items()):
            zipped.writestr(zipfile.ZipInfo(path), content, zipfile.ZIP_DEFLATED)
    digest = hashlib.sha256((folder / "content.zip").read_bytes()).hexdigest()
    artifact = Artifact(number, name, run, digest, str(folder))
    (folder / "artifact.json").write_text(json.dumps(asdict(artifact)), "utf-8")
    return artifact


def unpack(artifact: Artifact, target: Path) -> None:
    """Unpack an artifact as plain files; raises `ArtifactError` where a name leaves the folder."""
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(artifact.zip) as zipped:
        for entry in zipped.infolist():
            path = (target / entry.filename).resolve()
            if not path.is_relative_to(target.resolve()):
                raise ArtifactError(f"Malformed extraction path: {entry.filename}")
            if entry.is_dir():
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(zipped.read(entry))
            path.chmod(0o644)


def collected(patterns: Sequence[str], root: Path, *, hidden: bool) -> dict[str, bytes]:
    """Return the files that `path` names, by their path below what they have in common."""
    kept: list[Path] = []
    starts: list[Path] = []
    for pattern in filter(None, (line.strip() for line in patterns)):
        if pattern.startswith("!"):
            left_out = set(_found(root / pattern[1:].strip(), hidden=True))
            kept = [path for path in kept if path not in left_out]
            continue
        whole = root / Path(pattern).expanduser()
        kept += _found(whole, hidden=hidden)
        starts.append(whole if whole.is_dir() else whole.parent)
    if len(starts) == 1 and not glob.has_magic(str(starts[0])):
        common = starts[0]
    else:
        common = Path(os.path.commonpath([path.parent for path in kept])) if kept else root
    return {str(path.relative_to(common)): path.read_bytes() for path in dict.fromkeys(kept)}


def _found(pattern: Path, *, hidden: bool) -> Iterator[Path]:
    for name in sorted(glob.glob(str(pattern), recursive=True, include_hidden=hidden)):  # noqa: PTH207 - hidden files
        path = Path(name)
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path, followlinks=True):
            if not hidden:
                folders[:] = [item for item in folders if not item.startswith(".")]
            yield from (
                Path(folder, item) for item in sorted(names) if hidden or not item.startswith(".")
            )
