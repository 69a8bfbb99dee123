"""submit: write what the pull request brings, after checking all that the server will check.

Works on the learner's machine, on the kit's folder. What is written goes to a clone of the
organisation's repository, or at once to the learner's fork.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobtwin import sealing
from jobtwin.acts import kit
from jobtwin.credential import holder
from jobtwin.errors import GitError, Refused, UsageError
from jobtwin.forge.github import sending
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.intake import CheckpointRequest, StartRequest
from jobtwin.repository import boxes, outgoing, snapshot
from jobtwin.repository.append import Author
from jobtwin.repository.definitions import open_cohort, read_twin
from jobtwin.repository.git import Git
from jobtwin.rules import intake
from jobtwin.yamlfile import dump

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from jobtwin.findings import Finding
    from jobtwin.forge.github import opening
    from jobtwin.forge.github.sending import Address
    from jobtwin.records.base import Loaded
    from jobtwin.records.twin import Checkpoint, Twin

LEARNER = Author("learner", "learner@people.invalid")
"""The pull request says who you are; your name and address need not be in its commits."""
SALTS = ".jobtwin"
FEEDBACK_KEY = "feedback-"
"""How the files in it begin that open feedback."""


@dataclass(frozen=True, slots=True)
class HandIn:
    """What the learner wants to hand in; what is None is found in the kit's folder."""

    checkpoint: str
    self_checks: Mapping[str, bool]
    repo_url: str | None = None
    commit: str | None = None
    upload: bool = False
    force: bool = False
    final: bool = False
    note: str = ""


def prepare(
    repo: Path, folder: Path, wanted: HandIn, rewrite: Mapping[str, str] | None = None
) -> dict[str, bytes]:
    """Return the inbox that hands a checkpoint of the kit in `folder` in.

    `repo` is a folder with the organisation's twins. Checks what `receive` will check, fetching
    the commit as it will; raises `Refused` with every finding. `rewrite` maps an https prefix to a
    folder, for a forge on this machine. Where the attempt is sealed, all of it comes in one box.
    """
    origin = kit.origin_of(folder)
    twin = read_twin(repo, origin.twin)
    twin = boxes.only_in_a_box(twin) if origin.sealed_to else twin
    if twin.harness is None:
        raise UsageError(f"{twin.id} has no harness to hand work in to")
    with_code = _checkpoint(twin, wanted.checkpoint).repository
    name = f"{wanted.checkpoint}.yml"
    is_upload = _is_upload(twin, wanted)
    content = dump(_data(wanted, folder, with_code=with_code, is_upload=is_upload))
    request = load(CheckpointRequest, content, name)
    work = snapshot.from_folder(folder, twin.harness.snapshot)
    brought = kit.inbox_of(repo, twin, bytes.fromhex(origin.kit_seed), work)
    files = {**brought, name: content}
    if with_code and is_upload:
        files |= _upload(work)
    if findings := [*_check(twin, request), *_check_files(twin, files)]:
        raise Refused(findings)
    if request.record.repo_url and request.record.commit:
        limits = twin.harness.snapshot
        snapshot.fetch(request.record.repo_url, request.record.commit, limits, rewrite)
    if origin.sealed_to:
        key, salt = bytes.fromhex(origin.sealed_to), secrets.token_bytes(boxes.SALT_BYTES)
        return {boxes.BOX: boxes.close(files, key, origin.kit_seed, salt)}
    return files


def _is_upload(twin: Twin, wanted: HandIn) -> bool:
    """Say whether the files themselves are handed in: asked for, or the twin's first mode."""
    named = bool(wanted.repo_url or wanted.commit)
    return wanted.upload or (not named and twin.submission_modes[0] == "file_upload")


def _data(wanted: HandIn, folder: Path, *, with_code: bool, is_upload: bool) -> dict[str, Any]:
    """Return the checkpoint file as data; only a checkpoint with code names a repository."""
    data: dict[str, Any] = {"format": 1, "checkpoint": wanted.checkpoint}
    if with_code and is_upload:
        data["mode"] = "file_upload"
    elif with_code:
        data |= {"mode": "repo_url", "commit": wanted.commit or committed(folder)}
        if url := wanted.repo_url or published_url(folder):
            data["repo_url"] = url
    data |= {"self_checks": dict(sorted(wanted.self_checks.items()))}
    return data | {"force": wanted.force, "final": wanted.final, "note": wanted.note}


def _check(twin: Twin, request: Loaded[CheckpointRequest]) -> Iterator[Finding]:
    yield from intake.check_request(twin, request)
    if not request.record.force:
        yield from intake.check_self_checks(twin, request)


def _check_files(twin: Twin, files: Mapping[str, bytes]) -> Iterator[Finding]:
    yield from intake.check_names(twin, files)
    yield from intake.check_changes(
        intake.Change(f"{layout.INBOX}/{path}", "100644", len(body)) for path, body in files.items()
    )


def _checkpoint(twin: Twin, name: str) -> Checkpoint:
    for checkpoint in twin.checkpoints:
        if checkpoint.id == name:
            return checkpoint
    known = ", ".join(checkpoint.id for checkpoint in twin.checkpoints)
    raise UsageError(f"{twin.id} has no checkpoint {name!r}", f"there are: {known}")


def _upload(work: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the work as files of the inbox, without hidden files and the kit's own inbox."""
    return {
        f"{intake.UPLOAD}{path}": body
        for path, body in work.items()
        if not path.startswith((".", kit.INBOX)) and "/." not in path
    }


def _replaced(files: Mapping[str, bytes]) -> str:
    """Return the folder whose files are replaced: an upload is the whole of the work."""
    is_upload = any(path.startswith(intake.UPLOAD) for path in files)
    return f"{layout.INBOX}/{intake.UPLOAD}" if is_upload else ""


def committed(folder: Path) -> str:
    """Return the commit that the kit's folder is at.

    Raises `UsageError` where it is no repository, or where something is not committed yet.
    """
    git = Git(folder)
    head = git.attempt("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head.returncode != 0:
        raise UsageError(f"{folder} has no commit to hand in", "commit, or name --commit")
    if git.run("status", "--porcelain", "--untracked-files=no"):
        raise UsageError(
            f"{folder} has changes that are not committed", "commit and push them, or name --commit"
        )
    return head.stdout.decode("ascii").strip()


def published_url(folder: Path) -> str | None:
    """Return the https URL of the folder's remote `origin`, where it has one."""
    found = Git(folder).attempt("remote", "get-url", "origin")
    url = found.stdout.decode("utf-8", "replace").strip()
    if url.startswith("git@") and ":" in url:
        host, path = url.removeprefix("git@").split(":", 1)
        url = f"https://{host}/{path}"
    return url if url.startswith("https://") else None


def commit(clone: Path, files: Mapping[str, bytes], branch: str, at: datetime) -> str:
    """Commit the files to the inbox on a branch of the clone, and return the commit's id.

    A branch that neither the clone nor a remote of it has begins at main. The same files again
    change nothing; an upload replaces the one that was there. Raises `UsageError` where the clone's
    work tree is in the way.
    """
    git = Git(clone)
    known = git.text("for-each-ref", f"refs/heads/{branch}", f"refs/remotes/*/{branch}")
    done = git.attempt("switch", "-q", *([branch] if known else ["-c", branch, "main"]))
    if done.returncode != 0:
        raise UsageError(
            f"{clone} cannot go to the branch {branch}: {done.stderr.decode().strip()}",
            "use a clean clone of the organisation's repository",
        )
    if folder := _replaced(files):
        git.run("rm", "-q", "-r", "-f", "--ignore-unmatch", "--", folder)
    paths = []
    for path, content in files.items():
        target = clone / layout.INBOX / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        paths.append(f"{layout.INBOX}/{path}")
    git.run("add", "-f", "--", *paths)
    if git.attempt("diff", "--cached", "--quiet").returncode != 0:
        message = f"Hand in {', '.join(sorted(files))}"[:72]
        quiet = ["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", message]
        git.run(*quiet, env=LEARNER.environment(at))
    return git.text("rev-parse", "HEAD")


def push(clone: Path, remote: str, branch: str, environment: Mapping[str, str]) -> None:
    """Push the branch as the person would, with their own git configuration and credentials.

    `environment` is the person's own. Raises `UsageError` with git's words.
    """
    try:
        done = Git(clone).attempt(
            "push", remote, f"{branch}:{branch}", env=outgoing.own(environment)
        )
    except GitError as error:
        raise UsageError(f"the push did not end: {error.message}", "push by hand") from error
    if done.returncode != 0:
        raise UsageError(f"the push failed: {done.stderr.decode('utf-8', 'replace').strip()}")


def send(
    files: Mapping[str, bytes],
    address: Address,
    learner: opening.Person | None,
    at: datetime,
    environment: Mapping[str, str],
) -> list[str]:
    """Push inbox files to the learner's fork and open the pull request; return what was done.

    As `sending.send`, which says what is asked for and raised.
    """
    inbox = {f"{layout.INBOX}/{path}": content for path, content in files.items()}
    brought = outgoing.Brought(inbox, _replaced(files))
    parcel = sending.Parcel(brought, LEARNER, "Attempt", "Opened by `jobtwin submit`.")
    return sending.send(parcel, address, learner, at, environment)


def write_start_request(
    repo: Path,
    twin_id: str,
    at: datetime,
    *,
    name: str | None = None,
    public_name: str | None = None,
    relations: tuple[str, ...] = (),
    employer: str | None = None,
) -> str:
    """Write start.yml to the inbox of a clone, and return what to do next, in words.

    With `name`, the file gets `sha256$` and the SHA-256 of name and salt (Open Badges 3.0,
    IdentityObject); the salt stays in `.jobtwin/` of the clone, which git ignores. Raises
    `UsageError` where start.yml lies already, or where the twin cannot be started.
    """
    wish = Wish(twin_id, name, public_name, relations, employer)
    _need_harness(repo, twin_id)
    target = repo / layout.INBOX / "start.yml"
    if target.exists():
        raise UsageError(f"{target} is there already", "hand it in, or remove it")
    content, kept = start_file(repo, wish, repo, at)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    said = [f"wrote {target}: commit it on a branch, push, and open a pull request.", *kept]
    said.append("The clock starts when the pull request opens, not before.")
    return "\n".join(said)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which twin a learner wants to start, and what the platform is told."""

    twin: str
    name: str | None = None
    """Hashed with a salt that stays here."""
    public_name: str | None = None
    relations: tuple[str, ...] = ()
    employer: str | None = None
    """By its domain."""


def start_file(repo: Path, wish: Wish, keep: Path, at: datetime) -> tuple[bytes, list[str]]:
    """Return start.yml, and what was kept in the folder `keep`, in words.

    Where the cohort that is open at this moment is sealed, a key for the feedback is made. Raises
    `UsageError` where the twin cannot be started, and `Refused` for a wrong wish.
    """
    _need_harness(repo, wish.twin)
    data: dict[str, Any] = {"format": 1, "twin": wish.twin, "relations": list(wish.relations)}
    if wish.employer is not None:
        data["employer"] = wish.employer
    if wish.public_name is not None:
        data["public_name"] = wish.public_name
    load(StartRequest, dump(data), "start.yml")
    said = []
    if wish.name is not None:
        name, salt = holder.clean(wish.name), secrets.token_hex(16)
        data["recipient"] = holder.hashed(name, salt)
        kept = _keep(keep, f"name-{wish.twin}-{salt[:8]}.txt", holder.keep(name, salt))
        said.append(f"wrote {kept}: keep it, nobody else has it.")
    cohort = open_cohort(repo, wish.twin, at)
    if cohort and cohort.visibility == "sealed":
        secret = secrets.token_bytes(32)
        public = data["feedback_to"] = sealing.public_half(secret).hex()
        kept = _keep(keep, f"{FEEDBACK_KEY}{wish.twin}-{public[:8]}.key", f"{secret.hex()}\n")
        said.append(f"wrote {kept}: it alone opens your feedback; keep it, nobody else has it.")
    return write(load(StartRequest, dump(data), "start.yml").record), said


def _need_harness(repo: Path, twin_id: str) -> None:
    if read_twin(repo, twin_id).harness is None:
        raise UsageError(f"{twin_id} cannot be started yet: it has no harness", kit.STARTABLE)


def _keep(folder: Path, name: str, text: str) -> Path:
    """Write something that is the learner's alone, where git ignores it."""
    folder = folder / SALTS
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", "ascii")
    path = folder / name
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path
