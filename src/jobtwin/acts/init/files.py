"""An organisation's own files and its secrets, as they lie on the founder's machine.

Whatever exists is left as it is. A run that was cut off is completed by the next: secrets are
written first, and what is missing is made from them.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from jobtwin import keys, multikey
from jobtwin.errors import EngineError, Refused, UsageError
from jobtwin.findings import Code
from jobtwin.forge import founding
from jobtwin.keys import Holders
from jobtwin.records import layout
from jobtwin.records.base import Part, load, stamp
from jobtwin.records.organisation import ActKeys, Cohort, Issuer, IssuerKeys, Window
from jobtwin.records.track import Track
from jobtwin.records.twin import Twin
from jobtwin.repository.git import Git
from jobtwin.rules import deadline, seeds
from jobtwin.sealing import public_half
from jobtwin.yamlfile import dump

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path
    from typing import TypeVar

    P = TypeVar("P", bound=Part)

UNFIT_FOLDER = Code(
    "INI-001",
    "the folder is no place for secrets",
    why="Whatever lies in a git repository or in a synchronised folder is copied to places that "
    "nobody keeps in mind.",
    fix="Name a folder of your own outside of every repository, on an encrypted disk: --secrets.",
)
NOT_TOGETHER = Code(
    "INI-002",
    "the secrets do not belong to the organisation's keys",
    why="New keys beside old ones would sign records that nobody accepts.",
    fix="Name the folder that the secrets were written to when the keys were made: --secrets.",
)
SYNCED = (
    "dropbox", "onedrive", "google drive", "googledrive", "my drive", "nextcloud", "owncloud",
    "icloud drive", "mobile documents", "pcloud", "box sync", "cloudstorage", "syncthing", "mega",
)  # fmt: skip
_COMMITMENT = "sha256:" + "0" * 64


@dataclass(frozen=True, slots=True)
class Wish:
    """What the founder says about the organisation and its cohort."""

    name: str
    url: str
    description: str
    email: str | None
    repository: str | None
    """URL of the repository."""
    cohort: str
    track: str
    opens: datetime
    closes: datetime
    days: int
    """Window of a twin that has no minutes of its own."""
    sealed: bool = False
    """Whether work and reviews are encrypted until the learner agrees."""


@dataclass(frozen=True, slots=True)
class Made:
    """What is missing here, to be written."""

    files: Mapping[str, bytes]
    """Path in the clone → content; only files that are not there."""
    holders: Holders
    """All secrets; those that are not in the folder are new."""


def make(repo: Path, wish: Wish, at: datetime, folder: Path, draw: Callable[[], bytes]) -> Made:
    """Return what is missing of an organisation's files and secrets; nothing is written.

    `draw` returns 32 bytes that nobody knows. Raises `Refused` for what cannot be, and where keys
    are there whose secrets are not.
    """
    held = keys.from_folder(folder)
    issuer = issuer_of(repo) or _issuer(wish)
    cohort = _there(repo, layout.cohort(wish.cohort), Cohort) or _cohort(repo, wish)
    wanted = (
        layout.ISSUER, layout.cohort(cohort.id), layout.ACT_KEYS,
        layout.ISSUER_KEYS, layout.JWKS, layout.DID,
    )  # fmt: skip
    missing = [path for path in wanted if not (repo / path).is_file()]
    _refuse_strangers(repo, cohort, held, folder, needed=bool(missing))
    if not missing:
        return Made({}, held)
    made = founding.found(issuer, cohort, at, _entropy(held, cohort.id, draw))
    if layout.ACT_KEYS in missing or layout.ISSUER_KEYS in missing:
        _refuse_other_names(held, made.holders, folder)
    files = dict(made.files)
    if (there := _there(repo, layout.ISSUER_KEYS, IssuerKeys)) is not None:
        files |= founding.key_files(issuer, there)
    known = {**made.holders.secrets, **held.secrets}
    for name in ("cohorts", "cohort_keys"):
        known[name] = _joined(held.secrets.get(name, ""), made.holders.secrets[name])
    return Made({path: files[path] for path in missing}, Holders(known))


def write(repo: Path, folder: Path, made: Made) -> tuple[str, ...]:
    """Write secrets, then files; return what is new, as words for a person."""
    told = [f"{folder / name} (0600)" for name in founding.write_secrets(made.holders, folder)]
    for path, content in made.files.items():
        target = repo / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(content)
        told.append(path)
    return tuple(told)


def preview(repo: Path, wish: Wish, at: datetime) -> Made:
    """Return what a first run would write, with blanks for what is drawn then."""
    issuer = issuer_of(repo) or _issuer(wish)
    cohort = _there(repo, layout.cohort(wish.cohort), Cohort) or _cohort(repo, wish)
    made = founding.found(issuer, cohort, at, lambda _: bytes(32))
    drawn = (seeds.commitment(bytes(32)), public_half(bytes(32)).hex())
    shown = {
        path: _blanked(content, drawn)
        if path in (layout.ISSUER, layout.cohort(cohort.id))
        else b"(the public halves of keys that are drawn then)\n"
        for path, content in made.files.items()
        if not (repo / path).is_file()
    }
    return Made(shown, Holders())


def _blanked(content: bytes, drawn: tuple[str, ...]) -> bytes:
    for value in drawn:
        content = content.replace(value.encode(), b"(of a secret drawn then)")
    return content


def refuse_unfit(folder: Path, repo: Path) -> None:
    """Raise `Refused` where secrets would be tracked, synchronised or read by others."""
    place = folder.expanduser().resolve()
    inside = place.is_relative_to(repo.resolve())
    above = next(one for one in (place, *place.parents) if one.is_dir())
    synced = next((part for part in place.parts if part.lower().startswith(SYNCED)), None)
    if inside:
        raise Refused([UNFIT_FOLDER.at("it lies in the clone", str(folder))])
    if Git(above).attempt("rev-parse", "--git-dir").returncode == 0:
        raise Refused([UNFIT_FOLDER.at("it lies in a git repository", str(folder))])
    if synced or any((one / ".stfolder").exists() for one in (place, *place.parents)):
        name = f"`{synced}`" if synced else "a synchronised folder"
        raise Refused([UNFIT_FOLDER.at(f"it lies in {name}", str(folder))])
    if place.is_dir() and place.stat().st_mode & 0o077:
        hint = f"chmod 700 {folder}"
        raise Refused(
            [UNFIT_FOLDER.at("others of this machine may enter it", str(folder), hint=hint)]
        )


def issuer_of(repo: Path) -> Issuer | None:
    """Return the issuer that a clone has already."""
    return _there(repo, layout.ISSUER, Issuer)


def _issuer(wish: Wish) -> Issuer:
    if not wish.url.startswith("https://"):
        raise UsageError("the site's URL must begin with https://", "correct --url")
    host = wish.url.removeprefix("https://").replace(":", "%3A").split("/")
    data = {
        "format": 1,
        "name": wish.name,
        "url": wish.url,
        "did": "did:web:" + ":".join(host),
        "description": wish.description,
        "email": wish.email,
        "repository": wish.repository,
    }
    return _valid(Issuer, data, layout.ISSUER)


def _cohort(repo: Path, wish: Wish) -> Cohort:
    data = {
        "format": 1,
        "id": wish.cohort,
        "track": wish.track,
        "opens": stamp(wish.opens),
        "closes": stamp(wish.closes),
        "visibility": "sealed" if wish.sealed else "open",
        "secret_commitment": _COMMITMENT,
    }
    bare = _valid(Cohort, data, layout.cohort(wish.cohort))
    if wish.closes <= wish.opens:
        raise UsageError("the cohort closes before it opens", "correct --opens and --closes")
    windows = tuple(Window(twin=one, days=wish.days) for one in _windowed(repo, bare))
    return bare.model_copy(update={"windows": windows})


def _windowed(repo: Path, cohort: Cohort) -> list[str]:
    """Return the twins of the cohort's track that have no minutes of their own."""
    track = _there(repo, f"tracks/{cohort.track}.yml", Track)
    if track is None:
        raise UsageError(f"there is no track `{cohort.track}` in tracks/", "correct --track")
    named = [*(item.twin for item in track.twins), *([track.capstone] if track.capstone else [])]
    twins = (_there(repo, layout.twin(name), Twin) for name in named)
    return [twin.id for twin in twins if twin and deadline.lacks_window(twin, cohort)]


def _valid(model: type[P], data: Mapping[str, object], path: str) -> P:
    given = {name: value for name, value in data.items() if value is not None}
    return load(model, dump(given, ""), path).record


def _there(repo: Path, path: str, model: type[P]) -> P | None:
    file = repo / path
    return load(model, file.read_bytes(), path).record if file.is_file() else None


def _entropy(held: Holders, cohort: str, draw: Callable[[], bytes]) -> Callable[[str], bytes]:
    """Return what secrets are made of: what is held, else what is drawn."""
    known = {
        name: bytes.fromhex(held.secrets[name].rpartition(":")[2])
        for name in ("clock", "desk", "issuer", "subject", "gold")
        if name in held.secrets
    }
    if f"{cohort}:" in held.secrets.get("cohorts", ""):
        known[f"cohort {cohort}"] = held.cohort(cohort)
    if f"{cohort}:" in held.secrets.get("cohort_keys", ""):
        known[f"cohort key {cohort}"] = held.cohort_key(cohort)
    return cache(lambda name: known[name] if name in known else draw())


def _joined(held: str, new: str) -> str:
    return held if new in held.split(",") else ",".join(filter(None, (held, new)))


def _refuse_strangers(
    repo: Path, cohort: Cohort, held: Holders, folder: Path, *, needed: bool
) -> None:
    """Raise `Refused` where keys are here and the folder's secrets are not theirs."""
    acts, own = _there(repo, layout.ACT_KEYS, ActKeys), _there(repo, layout.ISSUER_KEYS, IssuerKeys)
    if not (acts or own) or not (held.secrets or needed):
        return
    of_acts = {(one.id, one.public_key) for one in acts.keys} if acts else set()
    of_issuer = {(one.fragment, one.public_key) for one in own.keys} if own else of_acts
    listed = {"clock": of_acts, "desk": of_acts, "issuer": of_issuer}
    for name, public in listed.items():
        if name not in held.secrets:
            raise Refused([NOT_TOGETHER.at(f"{keys.FILES[name]} is not there", str(folder))])
        signer = held.signer(name)
        if public and (signer.key_id, multikey.encode(signer.public_key)) not in public:
            raise Refused([NOT_TOGETHER.at(f"{keys.FILES[name]} is another key's", str(folder))])
    _refuse_strange_cohort(repo, cohort, held, folder)


def _refuse_other_names(held: Holders, made: Holders, folder: Path) -> None:
    for name in ("clock", "desk", "issuer"):
        if held.secrets.get(name, made.secrets[name]) != made.secrets[name]:
            found = f"{keys.FILES[name]} was made for another founding"
            raise Refused(
                [NOT_TOGETHER.at(found, str(folder), hint="Name a new folder: --secrets")]
            )


def _refuse_strange_cohort(repo: Path, cohort: Cohort, held: Holders, folder: Path) -> None:
    if not (repo / layout.cohort(cohort.id)).is_file():
        return
    try:
        known = seeds.commitment(held.cohort(cohort.id))
        opens = public_half(held.cohort_key(cohort.id)).hex() if cohort.sealed_to else None
    except EngineError as error:
        raise Refused([NOT_TOGETHER.at(error.message, str(folder))]) from None
    if known != cohort.secret_commitment:
        found = f"the secret of cohort `{cohort.id}` is not the one it commits to"
        raise Refused([NOT_TOGETHER.at(found, str(folder))])
    if opens != cohort.sealed_to:
        found = f"the key of cohort `{cohort.id}` does not open what is sealed to it"
        raise Refused([NOT_TOGETHER.at(found, str(folder))])


def from_the_system() -> bytes:
    """Return 32 bytes of the operating system's entropy."""
    return secrets.token_bytes(32)
