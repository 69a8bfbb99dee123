"""The repository that a learner submits, at its pinned commit: fetched, checked and kept as data.

Everything about it is hostile: the URL, the server behind it, the tree and every name in it. No
checkout is made, nothing of it is run, and large content is refused before it is read.
"""

from __future__ import annotations

import io
import ipaddress
import re
import socket
import tarfile
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobtwin.errors import EngineError, Refused
from jobtwin.findings import Code, Finding
from jobtwin.repository import bounded, committers
from jobtwin.repository.committers import Committers
from jobtwin.repository.git import Git, create
from jobtwin.repository.tree import Tree
from jobtwin.rules.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobtwin.records.twin import SnapshotLimits

BAD_URL = Code(
    "SNP-001",
    "the repository's URL cannot be used",
    why="Only a public https URL means the same repository for everybody.",
    fix="Give the https URL of a public repository, without user name, password or query.",
)
NOT_FETCHED = Code(
    "SNP-002",
    "the commit could not be fetched",
    why="Only what can be fetched at that moment can be kept and graded.",
    fix="Push the commit, check that the repository is public, and hand in again.",
)
NOT_A_FILE = Code(
    "SNP-003",
    "the repository holds something that is not a regular file",
    why="Symlinks and submodules point somewhere else, so they cannot be kept as they are.",
    fix="Replace it by the file itself.",
)
BAD_NAME = Code(
    "SNP-004",
    "a path cannot be kept",
    why="It would mean something else, or nothing, on another machine.",
    fix="Rename it: plain UTF-8, relative, nothing below `.git`, no two alike but for case.",
)
TOO_MANY = Code(
    "SNP-005",
    "the repository holds too many files",
    why="The brief says how many are taken in.",
    fix="Leave out what is generated or downloaded.",
)
TOO_LARGE = Code(
    "SNP-006",
    "the repository is too large",
    why="The brief says how much is taken in.",
    fix="Leave out what is generated or downloaded; keep data small.",
)
ATTRIBUTES = Code(
    "SNP-007",
    "the repository holds a .gitattributes file",
    why="It can make git show other bytes than those that were committed.",
    fix="Remove the file from the commit that you submit.",
)

_REFUSALS = {
    ("could not read Username", "Authentication failed", "not found", "does not exist"): (
        "there is no repository at this address that everybody may read"
    ),
    ("not our ref", "unadvertised object"): "the repository has no such commit where it is hosted",
}
"""What servers and git say, in parts → the same in words."""
MIB = 1024 * 1024
SHOWN = 20
"""So many findings of one kind are listed; the rest is counted."""
FETCH_SECONDS = 120
LEFT_BEHIND = -1
"""The size of a file that was too large to be fetched."""
_PRIVATE = re.compile(r"(^|\.)(localhost|local|internal|invalid|test|example|onion)$")
_REGULAR = ("100644", "100755")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_KILLED = "fatal: fetch-pack: invalid index-pack output"
"""Git's first words when what unpacks was killed, by the bound on its file or its time."""
LISTING = bounded.Bounds(seconds=60, file_bytes=MIB, output_bytes=32 * MIB)
"""Enough for the names of 100,000 files; trees may be folded so that they unfold without end."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A submitted repository, as it is kept."""

    commit: str
    tree: str
    files: dict[str, bytes] = field(repr=False)
    tar: bytes = field(repr=False)
    """Deterministic: the same files give the same bytes everywhere."""
    digest: str
    committers: Committers = field(default_factory=Committers, compare=False)
    """Who committed to it; nobody where files were uploaded."""


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    blob: str
    size: int
    path: bytes


def fetch(
    url: str, commit: str, limits: SnapshotLimits, rewrite: Mapping[str, str] | None = None
) -> Fetched:
    """Fetch one commit from a public https URL; raises `Refused` with every finding.

    `rewrite` maps an https prefix to a folder: how a forge on this machine is reached, and the
    only way that anything but https is ever used.
    """
    if not _COMMIT.fullmatch(commit):
        raise Refused([NOT_FETCHED.at("the commit is not named by its 40 digits")])
    local = next((prefix for prefix in rewrite or {} if url.startswith(prefix)), None)
    if not local and (findings := list(check_url(url))):
        raise Refused(findings)
    source = url
    if local and rewrite:
        name = PurePosixPath(url.removeprefix(local))
        if ".." in name.parts or name.is_absolute():
            raise Refused([BAD_URL.at("the URL leaves the forge")])
        source = str(Path(rewrite[local]) / name)
    with tempfile.TemporaryDirectory() as folder:
        git = create(Path(folder) / "fetched", bare=True)
        _fetch(git, source, commit, limits, local is not None)
        return replace(_read(git, commit, limits), committers=committers.of(git, commit))


def check_url(url: str) -> Iterator[Finding]:
    """Yield what is wrong with a repository's URL."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        yield BAD_URL.at("it cannot be read as a URL")
        return
    if parts.scheme != "https" or not host:
        yield BAD_URL.at("it must begin with https:// and name a host")
        return
    if parts.username or parts.password or parts.query or parts.fragment:
        yield BAD_URL.at("it must have no user name, password, query or fragment")
    if _PRIVATE.search(host) or _is_address(host) or "." not in host:
        yield BAD_URL.at(f"`{host}` is not a public host")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _fetch(git: Git, source: str, commit: str, limits: SnapshotLimits, is_local: bool) -> None:
    allowed = "file" if is_local else "https"
    options = ["-c", "protocol.allow=never", "-c", f"protocol.{allowed}.allow=always"]
    options += ["-c", "transfer.fsckObjects=true", "-c", "fetch.recurseSubmodules=false"]
    options += ["-c", "credential.helper=", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"]
    options += ["-c", "http.followRedirects=false", "-c", "uploadpack.allowAnySHA1InWant=true"]
    # One pack whatever its size, checked as a stream, so that the bounds hold for the whole.
    options += ["-c", "fetch.unpackLimit=1", "-c", "core.bigFileThreshold=1m"]
    # A blob over the limit is left behind; what a lying server sends all the same is bounded.
    largest = f"--filter=blob:limit={limits.file_mib * MIB + 1}"
    options += [] if is_local else _pinned(source)
    # By a name: git does not filter what comes from a bare path.
    git.run("config", "remote.submitted.url", source)
    plain = (git.path / "config").read_bytes()
    arguments = [*options, "fetch", "-q", "--no-tags", "--depth=1", largest, "submitted"]
    most = (2 * limits.mib + 8) * MIB
    ended = bounded.run(
        git, [*arguments, f"{commit}:refs/heads/submitted"], bounded.Bounds(FETCH_SECONDS, most)
    )
    if ended.status == 0:
        # The commits before it, without their files: where they do not come, the head's will do.
        deeper = [f"--depth={committers.DEPTH}", "--filter=tree:0", "submitted", commit]
        fetch_only = [*options, "fetch", "-q", "--no-tags"]
        bounded.run(git, [*fetch_only, *deeper], committers.HISTORY)
    # Nothing that is missing is ever asked for later.
    (git.path / "config").write_bytes(plain)
    if ended.is_late:
        raise Refused([NOT_FETCHED.at(f"it took longer than {FETCH_SECONDS} s")])
    if ended.status != 0:
        reason = _reason(ended.words)
        if reason == _KILLED:
            raise Refused([TOO_LARGE.at(f"what the server sends is more than {most // MIB} MiB")])
        raise Refused([NOT_FETCHED.at(_in_words(ended.words, _printable(reason)))])


def _in_words(said: str, reason: str) -> str:
    """Return why nothing came, for a person; what is not known by its words is told in git's."""
    for marks, words in _REFUSALS.items():
        if any(mark in said for mark in marks):
            return f"{words} (git says: {reason})"
    return f"git says: {reason}"


def _reason(words: str) -> str:
    lines = [line for line in words.split("\n") if not line.startswith("warning:")]
    return (lines or [words])[0][:200]


def _pinned(url: str) -> list[str]:
    """Return the option that holds git to the public addresses that the host has now.

    Otherwise a name that leads to an address of our own network would be as good as the address.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Refused([NOT_FETCHED.at(f"`{host}` is not found")]) from error
    addresses = sorted({str(entry[4][0]) for entry in found})
    if not all(ipaddress.ip_address(address).is_global for address in addresses):
        raise Refused([BAD_URL.at(f"`{host}` is not at a public address")])
    shown = ",".join(f"[{name}]" if ":" in name else name for name in addresses)
    return ["-c", f"http.curloptResolve={host}:{port}:{shown}"]


def _read(git: Git, commit: str, limits: SnapshotLimits) -> Fetched:
    entries = _entries(git, commit)
    if findings := list(_check(entries, limits)):
        raise Refused(findings)
    with Tree(git, commit) as submitted:
        files = {entry.path.decode("utf-8"): submitted.blob(entry.blob) for entry in entries}
    tree = git.text("rev-parse", f"{commit}^{{tree}}")
    return _kept(commit, tree, files)


def from_files(files: Mapping[str, bytes], commit: str, limits: SnapshotLimits) -> Fetched:
    """Take in uploaded files; raises `Refused` with every finding."""
    entries = [
        _Entry("100644", "", len(body), path.encode("utf-8", "surrogateescape"))
        for path, body in files.items()
    ]
    if findings := list(_check(entries, limits)):
        raise Refused(findings)
    with tempfile.TemporaryDirectory() as folder:
        git = create(Path(folder) / "uploaded", bare=True)
        lines = [
            f"100644 {git.run('hash-object', '-w', '--stdin', stdin=body).decode().strip()}\t{path}"
            for path, body in sorted(files.items())
        ]
        git.run("update-index", "--add", "--index-info", stdin="\n".join(lines).encode() + b"\n")
        tree = git.text("write-tree")
    return _kept(commit, tree, dict(sorted(files.items())))


def from_folder(folder: Path, limits: SnapshotLimits) -> dict[str, bytes]:
    """Return the files of a folder on the learner's own machine; what git ignores is left out.

    Raises `Refused` with every finding, for what would be refused when it is handed in.
    """
    paths = {name: folder / name for name in _names_in(folder)}
    entries = [
        _Entry(
            "120000" if path.is_symlink() else "100644",
            "",
            path.lstat().st_size,
            name.encode("utf-8", "surrogateescape"),
        )
        for name, path in paths.items()
    ]
    if findings := list(_check(entries, limits)):
        raise Refused(findings)
    return {name: path.read_bytes() for name, path in paths.items()}


def _names_in(folder: Path) -> list[str]:
    """Return the relative paths of files and symlinks, as git sees them where it does."""
    git = Git(folder)
    top = git.attempt("rev-parse", "--show-prefix")
    if top.returncode == 0 and not top.stdout.strip():
        listed = git.run("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        known = {name.decode("utf-8", "surrogateescape") for name in listed.split(b"\0") if name}
    else:  # no repository, or somewhere inside another one that knows nothing of this folder
        found = (path.relative_to(folder) for path in folder.rglob("*"))
        known = {path.as_posix() for path in found if "__pycache__" not in path.parts}
    return sorted(
        name for name in known if (folder / name).is_symlink() or (folder / name).is_file()
    )


def _entries(git: Git, commit: str) -> list[_Entry]:
    listed = _listed(git, "ls-tree", "-r", "-z", "--full-tree", commit)
    sizes = _sizes(git)
    found = []
    for line in filter(None, listed.split(b"\0")):
        head, path = line.split(b"\t", 1)
        mode, _, blob = head.decode("ascii").split()
        found.append(_Entry(mode, blob, sizes.get(blob, LEFT_BEHIND), path))
    return found


def _sizes(git: Git) -> dict[str, int]:
    """Return the size of each object that is here; one that was left behind is not asked for."""
    form = "--batch-check=%(objectname) %(objectsize)"
    listed = _listed(git, "cat-file", form, "--batch-all-objects", "--unordered")
    pairs = (line.split() for line in listed.decode("ascii").splitlines())
    return {name: int(size) for name, size in pairs}


def _listed(git: Git, *arguments: str) -> bytes:
    ended = bounded.run(git, arguments, LISTING)
    if ended.is_cut or ended.is_late:
        raise Refused([TOO_MANY.at("its folders hold more names than can be listed")])
    if ended.status != 0:
        raise Refused([NOT_FETCHED.at("the commit has no tree that can be read")])
    return ended.output


def _check(entries: list[_Entry], limits: SnapshotLimits) -> Iterator[Finding]:
    findings: dict[str, list[Finding]] = {}
    seen: set[str] = set()
    for entry in entries:
        for finding in _check_entry(entry, limits, seen):
            findings.setdefault(finding.code, []).append(finding)
    for found in findings.values():
        yield from found[:SHOWN]
        if len(found) > SHOWN:
            rest = f"and {len(found) - SHOWN:,} more of the same"
            yield Finding(found[0].code, rest, hint=found[0].hint)
    if len(entries) > limits.files:
        yield TOO_MANY.at(f"{len(entries):,} files; at most {limits.files:,} are taken in")
    total = sum(max(entry.size, 0) for entry in entries)
    if total > limits.mib * MIB:
        yield TOO_LARGE.at(f"{total:,} bytes in all; at most {limits.mib} MiB are taken in")


def _check_entry(entry: _Entry, limits: SnapshotLimits, seen: set[str]) -> Iterator[Finding]:
    shown = _printable(entry.path.decode("utf-8", "backslashreplace"))
    if entry.mode not in _REGULAR:
        kind = {"120000": "a symlink", "160000": "a submodule"}.get(
            entry.mode, "not a regular file"
        )
        yield NOT_A_FILE.at(f"`{shown}` is {kind}", shown)
        return
    if problem := _problem_with(entry.path):
        yield BAD_NAME.at(f"`{shown}` {problem}", shown)
    folded = entry.path.decode("utf-8", "surrogateescape").casefold()
    if folded in seen:
        yield BAD_NAME.at(f"`{shown}` differs from another path by case only", shown)
    seen.add(folded)
    if shown.rsplit("/", 1)[-1] == ".gitattributes":
        yield ATTRIBUTES.at(f"`{shown}` is there", shown)
    if entry.size == LEFT_BEHIND or entry.size > limits.file_mib * MIB:
        yield TOO_LARGE.at(f"`{shown}` is over {limits.file_mib} MiB", shown)


def _problem_with(raw: bytes) -> str:
    try:
        path = raw.decode("utf-8")
    except UnicodeDecodeError:
        return "is not UTF-8"
    if _printable(path) != path or "\\" in path or ":" in path:
        return "holds a character that cannot be kept"
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "is not a plain relative path"
    if any(part.casefold().rstrip(" .") == ".git" or part.casefold() == "git~1" for part in parts):
        return "lies below .git"
    return "" if len(raw) <= 240 else "is longer than 240 bytes"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def _kept(commit: str, tree: str, files: dict[str, bytes]) -> Fetched:
    packed = tar(files)
    return Fetched(commit, tree, files, packed, digest(packed))


def tar(files: Mapping[str, bytes]) -> bytes:
    """Pack files as a tar file that depends on nothing but them."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, body in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size = len(body)
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(body))
    return target.getvalue()


def untar(content: bytes) -> dict[str, bytes]:
    """Return the files of a tar file of ours; raises `EngineError` for anything else."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for entry in archive:
                body = archive.extractfile(entry) if _is_plain(entry) else None
                if body is None or _problem_with(entry.name.encode("utf-8", "surrogateescape")):
                    raise EngineError(
                        f"the archive holds `{_printable(entry.name)}`, which we never write"
                    )
                files[entry.name] = body.read()
    except (tarfile.TarError, ValueError, OverflowError, RecursionError) as error:
        raise EngineError("the archive cannot be read") from error
    return files


def _is_plain(entry: tarfile.TarInfo) -> bool:
    """Say whether an entry holds its own bytes: a sparse file could be of any size."""
    return entry.isreg() and not entry.issparse()


def swhid(tree: str) -> str:
    """Return the Software Hash Identifier of a git tree (ISO/IEC 18670)."""
    return f"swh:1:dir:{tree}"
